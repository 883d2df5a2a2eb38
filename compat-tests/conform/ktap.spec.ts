// SPDX-License-Identifier: GPL-2.0-only
//
// KTAP as the kernel's parsers want it, whatever a driver has answered.
import { expect } from 'chai';
import type { Outcome, Verdict } from '../../lib/cli/conform/judge.js';
import { all_groups, Column, select } from '../../lib/cli/conform/plan.js';
import { ktap } from '../../lib/cli/conform/report/ktap.js';
import type { Report } from '../../lib/cli/conform/run.js';
import { KernelReading, KtapTest, parse_ktap, read_as_kernel } from '../support/ktap.js';

const columns: Column[] = [
	{ title: 'one', against: 'document', command: 'true' },
	{ title: '# two - # SKIP', against: '4.18', command: 'true' },
];
const groups = select(all_groups(), { suites: ['document', 'crash'], names: [], grep: null });

/** A report in which the outcomes take turns. */
function report(outcomes: readonly Outcome[]): Report {
	let n = 0;
	return { columns,
		groups: groups.map((group) => ({ group,
			results: group.rows.map((row) => ({ row,
				outcomes: columns.map(() => outcomes[n++ % outcomes.length]) })
			) })
		) };
}

const outcome = (verdict: Verdict, reason = '', details: readonly string[] = []): Outcome => ({
	verdict,
	reason,
	details,
});
const leaves = (tests: readonly KtapTest[]): KtapTest[] =>
	tests.flatMap((test) => test.tests.length === 0 ? [test] : leaves(test.tests));

const ALL = [outcome('pass'), outcome('fail', 'line 3: wanted "a", got "b"', ['- a', '+ b']),
	outcome('skip', 'the driver has no "seq"'), outcome('error', 'exit code 1'),
	outcome('timeout', 'no end after 1 s')];

/** Ways to spoil a report. */
const WRONG: readonly [string, (text: string) => string][] = [
	['no version line', (text) => text.replace('KTAP version 1\n', '')],
	['no version line of a subtest', (text) => text.replace(/^ {2}KTAP version 1\n/m, '')],
	['another version', (text) => text.replace('KTAP version 1', 'KTAP version 2')],
	['no name of a subtest', (text) => text.replace(/^ {2}# Subtest: .*\n/m, '')],
	['another name of a subtest', (text) => text.replace(/^( {2}# Subtest: )/m, '$1x')],
	['no plan', (text) => text.replace(/^ {4}1\.\..*\n/m, '')],
	['a plan for more', (text) => text.replace(/^( {4}1\.\.)/m, '$11')],
	['a plan for less', (text) => text.replace(/^( {4}1\.\.).*$/m, '$11')],
	['a number left out', (text) => text.replace(/^( {4}not ok )2 /m, '$13 ')],
	['a number twice', (text) => text.replace(/^( {4}not ok )2 /m, '$11 ')],
	['a result missing in a group', (text) => text.replace(/^ {4}not ok 2 .*\n/m, '')],
	["a group's result missing", (text) => text.replace(/^ {2}not ok 1 .*\n/m, '')],
	['a result missing', (text) => text.replace(/^not ok 2 .*\n/m, '')],
	['the end missing', (text) => text.slice(0, text.length / 2 | 0).replace(/[^\n]*$/, '')],
	['a reason that is no diagnostic line',
		(text) => text.replace(/^ {4}# .*$/m, '    not ok 1 why')],
	['other indentation', (text) => text.replace(/^ {4}not ok 1 /m, '   not ok 1 ')],
	['deeper indentation', (text) => text.replace(/^ {4}not ok 1 /m, '      not ok 1 ')],
	['a tab', (text) => text.replace(/^ {4}not ok 1 /m, '\tnot ok 1 ')],
	['an empty line', (text) => text.replace(/^ {4}not ok 1 /m, '\n$&')],
	['a parent that is ok in spite of its children', (text) => text.replace(/^not ok 1/m, 'ok 1')],
	['an unknown directive', (text) => text.replace(/^( {4}not ok 1 .*)$/m, '$1 # PERHAPS')],
	['text between', (text) => text.replace(/^ {4}not ok 1 /m, '    hello\n    not ok 1 ')],
	['something behind', (text) => `${text}ok 3 more\n`],
];

/** What the kernel's parser should make of it. */
const meant = (tests: readonly KtapTest[]): KernelReading[] =>
	tests.map(({ name, ok, directive, tests: inner }) => ({
		name,
		status: directive === 'SKIP' ? 'skip' : ok ? 'pass' : 'fail',
		tests: meant(inner),
	}));

describe('conform: KTAP', () => {
	it('is nested: drivers, groups, rows, with a plan on each level', () => {
		const tests = parse_ktap(ktap(report([outcome('pass')])));
		expect(tests).to.have.lengthOf(2);
		for (const driver of tests) {
			expect(driver.tests.map(({ name }) => name)).to.deep.equal(
				groups.map(({ title }) => title),
			);
			expect(driver.tests.map(({ tests: rows }) => rows.length)).to.deep.equal(
				groups.map(({ rows }) => rows.length),
			);
		}
		expect(tests.every(({ ok }) => ok)).to.equal(true);
	});

	it('says of each row what has become of it', () => {
		const rows = leaves(parse_ktap(ktap(report(ALL))));
		const given = columns.flatMap((_, c) =>
			report(ALL).groups.flatMap(({ results }) =>
				results.map(({ outcomes }) => outcomes[c].verdict)
			)
		);
		expect(rows.map(({ ok, directive }) => directive ?? (ok ? 'pass' : 'fail'))).to.deep.equal(
			given.map((verdict) =>
				['pass', 'fail'].includes(verdict) ? verdict : verdict.toUpperCase()
			),
		);
		for (const { ok, directive } of rows.filter((row) => row.directive !== null))
			expect(ok, directive!).to.equal(directive === 'SKIP');
	});

	it("is to the kernel's parser what was meant, wherever in a log it stands", () => {
		for (const given of [[ALL[0]], [ALL[1]], [ALL[2]], ALL]) {
			const text = ktap(report(given));
			const { tests, errors } = read_as_kernel(text);
			expect(errors).to.deep.equal([]);
			expect(tests).to.deep.equal(meant(parse_ktap(text)));
			const log = `[    0.1] booting\n${
				text.replace(/^/gm, '[    1.0] ')
			}\n[    2.0] reboot: System halted\nok 3 x\n`;
			expect(read_as_kernel(log)).to.deep.equal({ tests, errors });
		}
	});

	it('is not broken by what a driver prints', () => {
		const nasty = ['ok 1 x', 'not ok 2', '1..5', 'KTAP version 1', '# Subtest: y',
			'  # Subtest: y', 'Subtest: y', 'a # SKIP b', 'ok 1 x # SKIP', '\x1b[2J\0\x07',
			'tab\there', 'x'.repeat(5000), '', '\ud800', '- - -', '[   12.5] reboot: System halted',
			'Kernel panic - not syncing: VFS: Unable', 'List of all partitions:'];
		for (const text of nasty) {
			for (const given of [outcome('fail', text, [text, `+ ${text}`]), outcome('skip', text),
				outcome('error', text)])
			{
				const output = ktap(report([given]));
				expect(read_as_kernel(output), JSON.stringify(text)).to.deep.equal({
					tests: meant(parse_ktap(output)),
					errors: [],
				});
			}
			const [plain, broken] = [outcome('pass'), outcome('fail', text, [text, `+ ${text}`])]
				.map((each) => leaves(parse_ktap(ktap(report([each])))));
			expect(broken.map(({ name }) => name)).to.deep.equal(plain.map(({ name }) => name));
			expect(broken.some(({ ok }) => ok)).to.equal(false);
			expect(
				leaves(parse_ktap(ktap(report([outcome('skip', text)])))).every(({ directive }) =>
					directive === 'SKIP'
				),
				JSON.stringify(text),
			).to.equal(true);
		}
	});

	it("is read strictly here: what the kernel's rules do not allow is an error", () => {
		const good = ktap(report([outcome('fail', 'why', ['more'])]));
		expect(parse_ktap(good)).to.have.lengthOf(2);
		for (const [name, change] of WRONG) {
			expect(change(good), name).to.not.equal(good);
			expect(() => parse_ktap(change(good)), name).to.throw();
		}
	});

	it("is wrong to the kernel's parser too, or something else than meant, when it is spoilt", () => {
		const good = ktap(report(ALL));
		const wanted = read_as_kernel(good);
		// Indentation, text between, what comes behind, and other directives do not matter to it; a
		// subtest begins with its version or its name.
		const lenient = ['no version line of a subtest', 'no name of a subtest',
			'other indentation', 'a tab', 'deeper indentation', 'an unknown directive',
			'text between', 'something behind', 'an empty line'];
		for (const [name, change] of WRONG.filter(([what]) => !lenient.includes(what))) {
			expect(change(good), name).to.not.equal(good);
			expect(read_as_kernel(change(good)), name).to.not.deep.equal(wanted);
		}
	});
});
