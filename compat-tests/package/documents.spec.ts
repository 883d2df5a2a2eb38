// SPDX-License-Identifier: GPL-2.0-only
//
// What npm run test:package runs of the documents: that nothing in them is left out.
import { expect } from 'chai';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout } from './checkout.js';
import { check_list } from './documents.js';
import { code_blocks, inline_commands } from './markdown.js';

describe('package: the documents', () => {
	let folder: string;
	beforeEach(() => {
		folder = mkdtempSync(join(tmpdir(), 'padata-documents-'));
		for (const name of ['README.md', 'docs'])
			cpSync(join(checkout, name), join(folder, name), { recursive: true });
	});
	afterEach(() => rmSync(folder, { recursive: true }));

	it('have no block of code that is neither run nor listed with a reason', () => {
		check_list(folder);
	});

	it('may not get a block, or a command in the text, that nobody knows', () => {
		for (const [file, more, named] of [
			['docs/quirks.md', '\n\tconst x = 1;\n', /quirks\.md:\d+: const x = 1;/],
			['README.md', '\n```js\nconst x = 1;\n```\n', /README\.md:\d+: const x = 1;/],
			['docs/headers.md', 'Type `npx padata cc x.c`.\n',
				/headers\.md:\d+: npx padata cc x\.c/],
		] as const) {
			const before = readFileSync(join(folder, file));
			appendFileSync(join(folder, file), more);
			expect(() => {
				check_list(folder);
			}).to.throw(named);
			writeFileSync(join(folder, file), before);
		}
	});

	it('may not lose a block that is listed', () => {
		const file = join(folder, 'docs/performance.md');
		writeFileSync(file,
			readFileSync(file, 'utf8').replaceAll('\tnpm run bench', 'npm run bench'));
		expect(() => {
			check_list(folder);
		}).to.throw(/in no document.*performance\.md: npm run bench/s);
	});

	it('are searched for indented blocks, fenced blocks and commands', () => {
		const text = 'Text.\n\n\ta\n\t\tb\n\n\tc\nText `npx d`.\n\n1. Item.\n\n\t\te\n\n'
			+ '```sh\nf\n\n\tg\n```\n';
		expect(code_blocks(text)).to.deep.equal([
			{ line: 3, text: 'a\n\tb\n\nc\n' },
			{ line: 11, text: 'e\n' },
			{ line: 13, text: 'f\n\n\tg\n' },
		]);
		expect(inline_commands(text)).to.deep.equal([{ line: 7, text: 'npx d\n' }]);
	});
});
