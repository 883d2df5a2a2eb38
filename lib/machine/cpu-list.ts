// SPDX-License-Identifier: GPL-2.0-only
//
// Lists of CPUs as the kernel writes them, "0-3,8": the one parser and the one printer. Whoever
// calls the parser words its errors.

/** What stands between two commas. */
export interface CpuRegion {
	readonly first: number;
	readonly last: number;
	/** Of "0-10:2/4": the first 2 of every 4 CPUs of the range. null: all of them. */
	readonly pattern: { readonly used: number; readonly group: number } | null;
}

/** One region; whitespace may stand around it. @returns null: it is none */
export function parse_cpu_region(text: string): CpuRegion | null {
	const m = /^(\d+)(?:-(\d+))?(?::(\d+)\/(\d+))?$/.exec(text.trim());
	if (m === null)
		return null;
	const pattern = m[3] === undefined ? null : { used: Number(m[3]), group: Number(m[4]) };
	return { first: Number(m[1]), last: Number(m[2] ?? m[1]), pattern };
}

/**
 * What is wrong with a list: the region `part` is none, ends before it begins, or has a CPU beyond
 * `max`.
 */
export interface CpuListProblem {
	readonly problem: 'syntax' | 'backwards' | 'beyond';
	readonly part: string;
	readonly last: number;
}

/**
 * Read a list of CPUs and ranges of CPUs, without patterns.
 * @param max highest number that a CPU can have
 * @returns the numbers in ascending order, each once; or what is wrong first
 */
export function read_cpu_list(text: string, max: number): number[] | CpuListProblem {
	const cpus = new Set<number>();
	for (const part of text.split(',')) {
		const region = parse_cpu_region(part);
		if (region === null || region.pattern !== null)
			return { problem: 'syntax', part, last: -1 };
		const { first, last } = region;
		if (last < first || last > max)
			return { problem: last < first ? 'backwards' : 'beyond', part, last };
		for (let cpu = first; cpu <= last; cpu++)
			cpus.add(cpu);
	}
	return [...cpus].sort((a, b) => a - b);
}

/**
 * Parse a list of CPUs as the kernel prints them: "0-3,8".
 * @throws RangeError saying what is wrong
 */
export function parse_cpu_list(text: string, what = 'CPU list'): number[] {
	const trimmed = text.trim();
	const list = trimmed === '' ? [] : read_cpu_list(trimmed, 65535);
	if (Array.isArray(list))
		return list;
	throw new RangeError(`${what}: ${
		list.problem === 'syntax'
			? `"${list.part}" is neither a CPU nor a range of CPUs`
			: `the range "${list.part}" is empty or too large`
	}`);
}

/** "0-3,8" for [0, 1, 2, 3, 8]; "" for none. */
export function format_cpu_list(cpus: readonly number[]): string {
	const parts: string[] = [];
	for (let i = 0; i < cpus.length;) {
		let j = i;
		while (j + 1 < cpus.length && cpus[j + 1] === cpus[j] + 1)
			j++;
		parts.push(i === j ? String(cpus[i]) : `${cpus[i]}-${cpus[j]}`);
		i = j + 1;
	}
	return parts.join(',');
}
