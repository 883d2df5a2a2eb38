// SPDX-License-Identifier: GPL-2.0-only
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { headers_document } from './headers-doc.js';

describe('docs/headers.md', () => {
	it('says what the headers say (else run node scripts/headers-doc.mjs)', () => {
		expect(readFileSync(new URL('../../../docs/headers.md', import.meta.url), 'utf8')).to.equal(headers_document());
	});
});
