// SPDX-License-Identifier: GPL-2.0-only
//
// KTAP version 1 (the kernel's Documentation/dev-tools/ktap.rst): drivers, in each the groups, in
// each the rows.
import type { Outcome } from '../judge.js';
import { printable } from '../judge.js';
import type { Report } from '../run.js';

/** A result with its subtests. */
interface Test {
	readonly name: string;
	readonly outcome: Pick<Outcome, 'verdict' | 'reason' | 'details'> | null;
	readonly tests: readonly Test[];
}

/**
 * What the kernel's parser takes for the end of a machine's log: it reads nothing behind it. A
 * driver's last words may be just that.
 */
const END = /List of all partitions:|Kernel panic - not syncing: VFS:|reboot: System halted/g;

const harmless = (text: string): string =>
	printable(text).replace(END, (end) => end.replaceAll(':', ''));

/** A `#` would begin a directive, and a description does not begin with a dash. */
const description = (text: string): string =>
	harmless(text).replace(/#/g, '').replace(/^[\s-]+/, '').trim();

/** It must not be the head of a subtest. */
const diagnostic = (text: string): string => `# ${harmless(text).replace(/^Subtest:/, '-$&')}`;

const failed = ({ outcome, tests }: Test): boolean =>
	outcome === null ? tests.some(failed) : !['pass', 'skip'].includes(outcome.verdict);
const skipped = ({ outcome, tests }: Test): boolean =>
	outcome === null ? tests.every(skipped) : outcome.verdict === 'skip';

function directive(test: Test): string {
	const reason = description(test.outcome?.reason ?? '');
	if (skipped(test))
		return reason === '' ? ' # SKIP' : ` # SKIP ${reason}`;
	switch (test.outcome?.verdict) {
		case 'timeout':
			return ' # TIMEOUT';
		case 'error':
			return ' # ERROR';
		default:
			return '';
	}
}

function render(tests: readonly Test[], name: string | null): string[] {
	return [
		'KTAP version 1',
		...name === null ? [] : [`# Subtest: ${description(name)}`],
		`1..${tests.length}`,
		...tests.flatMap((test, i) => [
			...(test.tests.length === 0 ? diagnostics(test) : render(test.tests, test.name)).map((
				line,
			) => test.tests.length === 0 ? line : `  ${line}`),
			`${failed(test) ? 'not ok' : 'ok'} ${i + 1} ${description(test.name)}${
				directive(test)
			}`,
		]),
	];
}

/** Before the result line, as the kernel's tests have it. */
function diagnostics({ outcome }: Test): string[] {
	if (outcome === null || outcome.verdict === 'pass' || outcome.verdict === 'skip')
		return [];
	return [outcome.reason, ...outcome.details].map(diagnostic);
}

export function ktap({ columns, groups }: Report): string {
	const tests = columns.map(({ title }, c): Test => ({ name: title, outcome: null,
		tests: groups.map(({ group, results }): Test => ({
			name: group.title,
			outcome: null,
			tests: results.map(({ row, outcomes }): Test => ({ name: `${row.id} ${row.document}`,
				outcome: outcomes[c], tests: [] })
			),
		})) })
	);
	return `${render(tests, null).join('\n')}\n`;
}
