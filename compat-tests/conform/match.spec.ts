// SPDX-License-Identifier: GPL-2.0-only
//
// What counts as the expected answer and what does not: in small, and on the answers that the port
// gives to the whole suite, each damaged in every way that an implementation could be wrong.
import { expect } from 'chai';
import { judge } from '../../lib/cli/conform/judge.js';
import { compare } from '../../lib/cli/conform/match.js';
import { all_groups } from '../../lib/cli/conform/plan.js';
import { command_of, scenario } from '../../lib/cli/conform/scenario.js';
import { answer_of, leave_stage } from '../support/stage.js';

describe('conform: matching', () => {
	const differs = (expected: readonly string[], got: readonly string[]): number | null =>
		compare(expected, got, true)?.line ?? null;

	it('takes each line as it is, * as any text, | ... as any lines of a body', () => {
		expect(differs(['a => 0', 'b => 1'], ['a => 0', 'b => 1'])).to.equal(null);
		expect(differs(['a => *'], ['a => anything at all'])).to.equal(null);
		expect(differs(['a => x*z.'], ['a => xyz!'])).to.equal(1);
		expect(
			differs(['trace => *', '| ...', '| serial cb=0: 0 1'], ['trace => objects=2', '| obj 0',
				'| obj 1', '| serial cb=0: 0 1']),
		).to.equal(null);
		expect(
			differs(['trace => *', '| ...', '| serial cb=0: 0 1'], ['trace => objects=2', '| obj 0',
				'| serial cb=0: 1 0']),
		).to.not.equal(null);
		expect(
			differs(['trace => *', '| ...', '| serial cb=0: 0', 'free => released'], ['trace => x',
				'| serial cb=0: 0', '| serial cb=1: 1', 'free => released']),
		).to.equal(3);
		expect(compare(['a => *'], ['a => 1'], false)?.line).to.equal(1);
	});

	it('finds a line too few, a line too many, and two that have changed places', () => {
		expect(differs(['a => 0', 'b => 0'], ['a => 0'])).to.equal(2);
		expect(differs(['a => 0'], ['a => 0', 'b => 0'])).to.equal(2);
		expect(differs(['a => 0', 'b => 0'], ['b => 0', 'a => 0'])).to.equal(1);
	});

	it('lets a blocked command return later than expected, but not before, and not twice or otherwise', () => {
		const wanted = ['stop => blocked (1 held)', 'state => x', '! stop => done',
			'release 0 1 fwd => released=1', 'settle => refcnt=0'];
		const [blocked, state, done, release, settle] = wanted;
		expect(differs(wanted, wanted)).to.equal(null);
		expect(differs(wanted, [blocked, state, release, settle, done])).to.equal(null);
		expect(differs(wanted, [blocked, done, state, release, settle])).to.equal(2);
		expect(differs(wanted, [blocked, state, release, settle])).to.equal(5);
		expect(differs(wanted, [blocked, state, done, release, done, settle])).to.equal(5);
		expect(differs(wanted, [blocked, state, '! stop => -EINVAL', release, settle])).to.not
			.equal(null);
	});

	it('compares a crash by its kind, and nothing behind it', () => {
		const wanted = ['start => 0', 'KERNEL: kernel BUG*'];
		expect(differs(wanted, ['start => 0', 'KERNEL: kernel BUG at x:1!', 'KERNEL: RIP y'])).to
			.equal(null);
		expect(
			differs(wanted, ['start => 0', '! notify id=1', 'stop => done',
				'KERNEL: kernel BUG at x:1!']),
		).to.equal(null);
		expect(
			differs(wanted, ['start => 0', 'stop => done', 'free => released',
				'KERNEL: kernel BUG at x:1!']),
		).to.equal(2);
		expect(differs(wanted, ['start => 0', 'KERNEL: divide error'])).to.equal(2);
		expect(differs(wanted, ['start => 0', 'stop => done'])).to.equal(2);
		expect(differs(['start => 0'], ['start => 0', 'KERNEL: kernel BUG at x:1!'])).to.equal(2);
	});

	it('reads a scenario: its commands, and the lines that hold for one of the two only', () => {
		const s = scenario('x', `
			start => 0
			doc: state => flags=0
			4.18: state => flags=INIT
			! notify id=1
			trace => objects=1
			| obj 0
			4.18: KERNEL: kernel BUG*
			free => released
		`, 2);
		expect(s.commands).to.deep.equal(['start', 'state', 'trace', 'free']);
		expect(s.expected.document).to.deep.equal(['start => 0', 'state => flags=0',
			'! notify id=1', 'trace => objects=1', '| obj 0', 'free => released']);
		expect(s.expected['4.18']).to.deep.equal(['start => 0', 'state => flags=INIT',
			'! notify id=1', 'trace => objects=1', '| obj 0', 'KERNEL: kernel BUG*']);
	});
});

/**
 * Ways to be wrong. Each changes something that a caller of the API can notice; null if there is
 * nothing to change.
 */
const DAMAGES: readonly [string, (lines: readonly string[]) => string[] | null][] = [
	['two results change places',
		(lines) =>
			swap(lines, (a, b) => a !== b && command_of(a) !== null && command_of(b) !== null)],
	['a serial line is missing', (lines) => without(lines, (line) => line.startsWith('| serial '))],
	['two tasks of a callback CPU change places',
		(lines) => change(lines, /^(\| serial cb=\d+: (?:\d+ )*?)(\d+) (\d+)\b/, '$1$3 $2')],
	['a task is serialised twice',
		(lines) => change(lines, /^(\| serial cb=\d+: .*?)(\d+)$/, '$1$2 $2')],
	['-EINVAL is answered as 0', (lines) => change(lines, / => -EINVAL\b/, ' => 0')],
	['0 is answered as -EINVAL', (lines) => change(lines, / => 0\b/, ' => -EINVAL')],
	['-EBUSY is answered as 0', (lines) => change(lines, / => -EBUSY\b/, ' => 0')],
	['a notification is missing',
		(lines) => without(lines, (line) => line.startsWith('! notify '))],
	['a notification comes twice', (lines) => twice(lines, (line) => line.startsWith('! notify '))],
	['an answer comes twice', (lines) => twice(lines, (line) => / => /.test(line))],
	['the end is missing', (lines) => lines.slice(0, -1)],
	['a blocked command never returns',
		(lines) => without(lines, (line) => /^! (?!notify )/.test(line))],
	['nothing is answered', () => []],
];

function swap(lines: readonly string[], these: (a: string, b: string) => boolean): string[] | null {
	const i = lines.findIndex((line, n) => n + 1 < lines.length && these(line, lines[n + 1]));
	return i < 0 ? null : [...lines.slice(0, i), lines[i + 1], lines[i], ...lines.slice(i + 2)];
}
function without(lines: readonly string[], which: (line: string) => boolean): string[] | null {
	const i = lines.findIndex(which);
	return i < 0 ? null : lines.filter((_, n) => n !== i);
}
function twice(lines: readonly string[], which: (line: string) => boolean): string[] | null {
	const i = lines.findIndex(which);
	return i < 0 ? null : [...lines.slice(0, i + 1), ...lines.slice(i)];
}
function change(lines: readonly string[], what: RegExp, by: string): string[] | null {
	const i = lines.findIndex((line) => what.test(line));
	return i < 0 ? null : [...lines.slice(0, i), lines[i].replace(what, by), ...lines.slice(i + 1)];
}

describe('conform: a damaged answer is found out', function() {
	// Run alone, the first one has to play everything.
	this.timeout(60_000);
	after(leave_stage);
	const documented = all_groups().filter(({ suite }) => suite === 'document').flatMap((
		{ rows },
	) => rows.flatMap(({ scenarios }) => scenarios));

	for (const [name, damage] of DAMAGES)
		it(`${name}: in every scenario in which that can be`, async () => {
			let damaged = 0;
			for (const each of documented) {
				const answer = await answer_of(each, 'none');
				const lines = damage(answer.lines);
				if (lines === null)
					continue;
				damaged++;
				expect(judge(each, 'document', { ...answer, lines }).verdict, each.name).to.equal(
					'fail',
				);
			}
			expect(damaged).to.be.above(0);
		});
});
