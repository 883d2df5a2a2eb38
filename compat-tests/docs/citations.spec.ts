// SPDX-License-Identifier: GPL-2.0-only
//
// What specs, sources and documents cite lies in the repository: the sections of kernel-4.18.md
// that they name are there, and nothing is cited that a reader cannot open.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const FOLDERS = ['lib', 'native', 'include', 'compat-tests', 'bench', 'docs', 'examples',
	'scripts'];
const TEXT = /\.(?:ts|mjs|cjs|c|h|cc|cpp|md|scn|expected|document)$/;

/**
 * Names of notes that are not in the repository. In two parts, as this file is looked into as well.
 */
const ELSEWHERE = new RegExp(
	['\\bfacts' + '\\.md', 'report' + '\\.md', 'FIDEL' + 'ITY', '\\.\\./sha' + 'red',
		'\\bFacts' + ' \\d'].join('|'),
);

function texts(): [file: string, text: string][] {
	const below = FOLDERS.flatMap((folder) =>
		readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
			join(folder, name)
		)
	);
	const top = readdirSync(root).filter((name) => name.endsWith('.md'));
	return [...below, ...top].filter((name) => TEXT.test(name)).map((
		name,
	) => [name, readFileSync(join(root, name), 'utf8')]);
}

describe('docs: citations', () => {
	const all = texts();

	it('name sections of docs/kernel-4.18.md that are there', () => {
		const page = readFileSync(join(root, 'docs/kernel-4.18.md'), 'utf8');
		const sections = [...page.matchAll(/^#+ (\d+(?:\.\d+)?)\.? /gm)].map(([, number]) =>
			number
		);
		const cited = all.flatMap(([file, text]) =>
			[...text.matchAll(/kernel-4\.18\.md (\d+(?:\.\d+)?)/g)].map(([, number]) => ({ file,
				number })
			)
		);
		expect(cited).to.not.be.empty;
		expect(cited.filter(({ number }) => !sections.includes(number))).to.deep.equal([]);
	});

	it('name nothing that lies elsewhere', () => {
		expect(all.filter(([, text]) => ELSEWHERE.test(text)).map(([file]) => file)).to.deep.equal(
			[],
		);
	});
});
