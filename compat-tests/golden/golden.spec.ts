// SPDX-License-Identifier: GPL-2.0-only
//
// The recorded 4.18 code is the judge. With the quirks of 4.18 each trace comes out byte by byte,
// and each crash as an oops that names the same event and functions. Without quirks what comes out
// is what the document has (NAME.document, where that is not what 4.18 has answered), and the
// quirks named there are the reason.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { answers } from '../../lib/cli/conform/recorded.js';
import { command_of, is_report } from '../../lib/cli/conform/scenario.js';
import { expect_crash } from '../support/crash.js';
import { answer_of } from '../support/stage.js';
import { by_machine, crashes, document_tests, everything, is_large, is_quick_quirk,
	named_quirks_tests, traces } from './replay.js';

const folder = new URL('../../../compat-tests/golden/', import.meta.url);

/** What a file has besides its head. */
const lines = (path: string): string[] =>
	readFileSync(new URL(path, folder), 'utf8').split('\n').slice(0, -1).filter((line) =>
		!line.startsWith('#')
	);

describe('recorded traces with the quirks of 4.18', () => {
	by_machine(traces, () => 'v4.18', ({ name, scenario }, quirks) =>
		it(name, async () => {
			expect((await answer_of(scenario, quirks)).lines).to.deep.equal(
				lines(`traces/${name}.expected`),
			);
		}));
});

describe('recorded crashes with the quirks of 4.18', () => {
	by_machine(crashes, () => 'v4.18', ({ name, scenario }, quirks) =>
		it(name, async () => {
			const { lines: out } = await answer_of(scenario, quirks);
			expect_crash(out, lines(`${name}.expected`));
		}));
});

// The others of these two: golden.long.spec.ts.
document_tests(everything.filter((trace) => !is_large(trace)));
named_quirks_tests(everything.filter(is_quick_quirk));

describe('the expectations from the document', () => {
	for (const { name, quirks, scenario } of everything)
		it(`${name}: answers the commands, in the order of submission, and names a quirk where it differs`, () => {
			const { 'document': document, '4.18': v418 } = scenario.expected;
			expect(answers(scenario, document)).to.equal(true);
			expect(document.map(command_of).filter((command) => command !== null)).to.have.lengthOf(
				scenario.commands.length,
			);
			expect(document.some(is_report)).to.equal(false);
			expect(document.join('\n') === v418.join('\n')).to.equal(quirks.length === 0);
			for (const line of document.filter((text) => text.startsWith('| serial '))) {
				const ids = line.split(': ')[1].split(' ').map(Number);
				expect(ids, line).to.deep.equal([...ids].sort((a, b) => a - b));
			}
			for (const blocked of document.filter((text) => text.includes('=> blocked')))
				expect(
					document.some((text) => text.startsWith(`! ${blocked.split(' => ')[0]} => `)),
					`${blocked} returns in the end`,
				).to.equal(true);
		});
});
