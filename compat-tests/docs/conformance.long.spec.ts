// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { document_file, documents } from '../../scripts/docs/documents.js';
import { leave_stage } from '../support/stage.js';

describe('docs/conformance.md', () => {
	after(leave_stage);

	it('says what the port does (else run npm run docs:update -- conformance)', async function() {
		// It has to play everything.
		this.timeout(120_000);
		expect(readFileSync(document_file('conformance'), 'utf8')).to.equal(
			await documents.conformance(),
		);
	});
});
