// SPDX-License-Identifier: GPL-2.0-only
//
// Does a trace answer what is expected? Line by line; only the result of a blocked command may come
// later than expected, as it is not determined with which command it is seen.
import { command_of, is_report } from './scenario.js';

/** The first difference. A missing line is undefined, and so is one that should not be there. */
export interface Difference {
	readonly line: number;
	readonly expected: string | undefined;
	readonly got: string | undefined;
}

/** `*` stands for any text without a line's end. */
export function line_matches(expected: string, got: string, patterns: boolean): boolean {
	if (!patterns || !expected.includes('*'))
		return expected === got;
	return new RegExp(
		`^${
			expected.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')).join('.*')
		}$`,
	).test(got);
}

/** A blocked command's result. */
const is_deferred = (line: string): boolean =>
	line.startsWith('! ') && !line.startsWith('! notify ');

interface Numbered {
	readonly text: string;
	readonly line: number;
	readonly before: number;
}

/** Take the deferred results out. `before`: how many other lines come before it. */
function split(lines: readonly string[]): { plain: Numbered[]; deferred: Numbered[] } {
	const plain: Numbered[] = [];
	const deferred: Numbered[] = [];
	lines.forEach((text, i) =>
		(is_deferred(text) ? deferred : plain).push({ text, line: i + 1, before: plain.length })
	);
	return { plain, deferred };
}

/**
 * A crash may be seen before or after what else there is to say of the command: its events and its
 * result.
 */
function report_at(lines: readonly Numbered[], from: number): number {
	let at = from;
	while (at < lines.length && lines[at].text.startsWith('! '))
		at++;
	if (at < lines.length && command_of(lines[at].text) !== null)
		at++;
	return at < lines.length && is_report(lines[at].text) ? at : from;
}

/** @returns null if the trace is as expected */
export function compare(expected: readonly string[], got: readonly string[], patterns: boolean):
	| Difference
	| null
{
	const want = split(expected);
	const have = split(got);
	/** For each expected line, how many lines of the trace belong to it and those before it. */
	const reached = [0];
	let g = 0;
	for (const [e, { text }] of want.plain.entries()) {
		const next = want.plain[e + 1]?.text;
		if (patterns && text === '| ...') {
			while (g < have.plain.length && have.plain[g].text.startsWith('| ')
				&& !(next !== undefined && line_matches(next, have.plain[g].text, true)))
				g++;
		} else {
			if (is_report(text))
				g = report_at(have.plain, g);
			const line = have.plain[g];
			if (line === undefined || !line_matches(text, line.text, patterns))
				return { line: line?.line ?? got.length + 1, expected: text, got: line?.text };
			g++;
			if (is_report(text))
				return null;
		}
		reached.push(g);
	}
	if (g < have.plain.length)
		return { line: have.plain[g].line, expected: undefined, got: have.plain[g].text };
	const left = [...have.deferred];
	for (const { text, before } of want.deferred) {
		const at = left.findIndex((line) => line_matches(text, line.text, patterns));
		if (at < 0)
			return { line: got.length + 1, expected: text, got: left[0]?.text };
		const [found] = left.splice(at, 1);
		if (found.before < reached[before])
			return { line: found.line, expected: `${text} (not so early)`, got: found.text };
	}
	return left.length === 0
		? null
		: { line: left[0].line, expected: undefined, got: left[0].text };
}
