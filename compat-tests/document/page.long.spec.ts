// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { conformance_page } from '../support/conformance-page.js';
import { leave_stage } from '../support/stage.js';

describe('docs/conformance.md', () => {
	after(leave_stage);

	it('says what the port does (else run node scripts/conformance-doc.mjs)', async function () {
		// Run alone, it has to play everything.
		this.timeout(120_000);
		expect(readFileSync(new URL('../../../docs/conformance.md', import.meta.url), 'utf8')).to.equal(await conformance_page());
	});
});
