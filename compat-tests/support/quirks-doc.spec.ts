// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { quirks_document } from './quirks-doc.js';

describe('docs/quirks.md', () => {
	it('says what lib/quirks.ts says (else run node scripts/quirks-doc.mjs)', () => {
		expect(readFileSync(new URL('../../../docs/quirks.md', import.meta.url), 'utf8')).to.equal(quirks_document());
	});
});
