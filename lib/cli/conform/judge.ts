// SPDX-License-Identifier: GPL-2.0-only
//
// What an answer is worth.
import type { Answer } from './driver.js';
import { compare } from './match.js';
import { Against, command_of, is_report, Scenario } from './scenario.js';

export type Verdict = 'pass' | 'fail' | 'skip' | 'error' | 'timeout';

export interface Outcome {
	readonly verdict: Verdict;
	/** One line that says why; empty for a pass. */
	readonly reason: string;
	/** What helps to find out: lines around the difference, standard error. */
	readonly details: readonly string[];
}

const PASS: Outcome = { verdict: 'pass', reason: '', details: [] };
const CONTEXT = 3;
const LONGEST = 300;

/** Output may be anything: keep a report readable, and free of control characters. */
export function printable(text: string): string {
	const clean = text.replace(/[\0-\x1f\x7f-\x9f\ufffd]/g, '?');
	return clean.length > LONGEST ? `${clean.slice(0, LONGEST)}...` : clean;
}

const is_trace_line = (line: string): boolean =>
	/^[!|] /.test(line) || is_report(line) || command_of(line) !== null;

export function judge(scenario: Scenario, against: Against,
	{ lines, problem, stderr }: Answer): Outcome
{
	const details = stderr.trim().split('\n').filter((line) => line !== '').slice(-10).map((line) =>
		`stderr: ${printable(line)}`
	);
	const garbage = lines.findIndex((line) => !is_trace_line(line));
	const difference = compare(scenario.expected[against], lines, scenario.patterns);
	// The first of them is what the others come from.
	const missing = lines.findIndex((line) =>
		!/^[!|]/.test(line) && line.endsWith(' => unsupported')
	);
	if (missing >= 0 && problem === null && (difference === null || difference.line > missing))
		return { verdict: 'skip',
			reason: `the driver has no "${printable(command_of(lines[missing])!.split(' ')[0])}"`,
			details };
	if (garbage >= 0 && difference !== null && garbage + 1 <= difference.line)
		return { verdict: 'error',
			reason: `line ${garbage + 1} is not a line of a trace: ${printable(lines[garbage])}`,
			details };
	if (problem !== null) {
		const last = lines.length === 0
			? 'nothing was answered'
			: `the last line was: ${printable(lines.at(-1)!)}`;
		return { verdict: problem.kind === 'timeout' ? 'timeout' : 'error',
			reason: `${problem.text}; ${last}`, details };
	}
	if (difference === null)
		return PASS;
	const { line, expected, got } = difference;
	const before = lines.slice(Math.max(0, line - 1 - CONTEXT), line - 1).map((text) =>
		`  ${printable(text)}`
	);
	return {
		verdict: 'fail',
		reason: `line ${line}: wanted ${
			expected === undefined ? 'no more' : `"${printable(expected)}"`
		}, got ${got === undefined ? 'nothing' : `"${printable(got)}"`}`,
		details: [...before, `- ${expected === undefined ? '(end)' : printable(expected)}`,
			`+ ${got === undefined ? '(end)' : printable(got)}`, ...details],
	};
}
