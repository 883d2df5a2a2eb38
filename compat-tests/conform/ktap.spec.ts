// SPDX-License-Identifier: GPL-2.0-only
//
// KTAP as the kernel's parsers want it, whatever a driver has answered.
import { expect } from 'chai';
import type { Outcome, Verdict } from '../../lib/cli/conform/judge.js';
import { allGroups, Column, select } from '../../lib/cli/conform/plan.js';
import { ktap } from '../../lib/cli/conform/report/ktap.js';
import type { Report } from '../../lib/cli/conform/run.js';
import { KtapTest, parse_ktap } from '../support/ktap.js';

const columns: Column[] = [
	{ title: 'one', against: 'document', command: 'true' },
	{ title: '# two - # SKIP', against: '4.18', command: 'true' },
];
const groups = select(allGroups(), { suites: ['document', 'crash'], names: [], grep: null });

/** A report in which the outcomes take turns. */
function report(outcomes: readonly Outcome[]): Report {
	let n = 0;
	return { columns, groups: groups.map((group) => ({ group, results: group.rows.map((row) => ({ row, outcomes: columns.map(() => outcomes[n++ % outcomes.length]) })) })) };
}

const outcome = (verdict: Verdict, reason = '', details: readonly string[] = []): Outcome => ({ verdict, reason, details });
const leaves = (tests: readonly KtapTest[]): KtapTest[] => tests.flatMap((test) => test.tests.length === 0 ? [test] : leaves(test.tests));

describe('conform: KTAP', () => {
	it('is nested: drivers, groups, rows, with a plan on each level', () => {
		const tests = parse_ktap(ktap(report([outcome('pass')])));
		expect(tests).to.have.lengthOf(2);
		for (const driver of tests) {
			expect(driver.tests.map(({ name }) => name)).to.deep.equal(groups.map(({ title }) => title));
			expect(driver.tests.map(({ tests: rows }) => rows.length)).to.deep.equal(groups.map(({ rows }) => rows.length));
		}
		expect(tests.every(({ ok }) => ok)).to.equal(true);
	});

	it('says of each row what has become of it', () => {
		const all = [outcome('pass'), outcome('fail', 'line 3: wanted "a", got "b"', ['- a', '+ b']), outcome('skip', 'the driver has no "seq"'),
			outcome('error', 'exit code 1'), outcome('timeout', 'no end after 1 s')];
		const rows = leaves(parse_ktap(ktap(report(all))));
		const given = columns.flatMap((_, c) => report(all).groups.flatMap(({ results }) => results.map(({ outcomes }) => outcomes[c].verdict)));
		expect(rows.map(({ ok, directive }) => directive ?? (ok ? 'pass' : 'fail'))).to.deep.equal(given.map((verdict) => ['pass', 'fail'].includes(verdict) ? verdict : verdict.toUpperCase()));
		for (const { ok, directive } of rows.filter((row) => row.directive !== null))
			expect(ok, directive!).to.equal(directive === 'SKIP');
	});

	it('is not broken by what a driver prints', () => {
		const nasty = ['ok 1 x', 'not ok 2', '1..5', 'KTAP version 1', '  # Subtest: y', 'a # SKIP b', '\x1b[2J\0\x07', 'tab\there', 'x'.repeat(5000), '', '\ud800', '- - -'];
		for (const text of nasty) {
			const [plain, broken] = [outcome('pass'), outcome('fail', text, [text, `+ ${text}`])].map((each) => leaves(parse_ktap(ktap(report([each])))));
			expect(broken.map(({ name }) => name)).to.deep.equal(plain.map(({ name }) => name));
			expect(broken.some(({ ok }) => ok)).to.equal(false);
			expect(leaves(parse_ktap(ktap(report([outcome('skip', text)])))).every(({ directive }) => directive === 'SKIP'), JSON.stringify(text)).to.equal(true);
		}
	});

	it('is read strictly here: what the kernel\'s rules do not allow is an error', () => {
		const good = ktap(report([outcome('fail', 'why', ['more'])]));
		expect(parse_ktap(good)).to.have.lengthOf(2);
		const wrong: [string, (text: string) => string][] = [
			['no version line', (text) => text.replace('KTAP version 1\n', '')],
			['no plan', (text) => text.replace(/^ {4}1\.\..*\n/m, '')],
			['a wrong plan', (text) => text.replace(/^( {4}1\.\.)/m, '$11')],
			['a number left out', (text) => text.replace(/^( {4}not ok )2 /m, '$13 ')],
			['other indentation', (text) => text.replace(/^ {4}not ok 1 /m, '   not ok 1 ')],
			['a tab', (text) => text.replace(/^ {4}not ok 1 /m, '\tnot ok 1 ')],
			['a result missing', (text) => text.replace(/^not ok 2 .*\n/m, '')],
			['a parent that is ok in spite of its children', (text) => text.replace(/^not ok 1/m, 'ok 1')],
			['an unknown directive', (text) => text.replace(/^( {4}not ok 1 .*)$/m, '$1 # PERHAPS')],
			['text between', (text) => text.replace(/^ {4}not ok 1 /m, '    hello\n    not ok 1 ')],
			['something behind', (text) => `${text}ok 3 more\n`],
		];
		for (const [name, change] of wrong) {
			expect(change(good), name).to.not.equal(good);
			expect(() => parse_ktap(change(good)), name).to.throw();
		}
	});
});
