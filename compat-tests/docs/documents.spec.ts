// SPDX-License-Identifier: GPL-2.0-only
//
// The documents that are made of the sources are up to date. The one whose making takes long:
// conformance.long.spec.ts.
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { document_file, document_names, documents } from '../../scripts/docs/documents.js';

for (const name of document_names)
	if (name !== 'conformance')
		describe(`docs/${name}.md`, () => {
			it(`is what the sources say (else run npm run docs:update -- ${name})`, () => {
				expect(readFileSync(document_file(name), 'utf8')).to.equal(documents[name]());
			});
		});
