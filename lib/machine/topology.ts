// SPDX-License-Identifier: GPL-2.0-only
//
// Which CPUs there are: possible, present and online from sysfs, allowed for this process from its affinity (a cpuset or
// taskset shows up there). Numbers may have gaps.
import { readFileSync } from 'node:fs';
import { load_native } from './native.js';

export interface Topology {
	readonly possible: readonly number[];
	readonly present: readonly number[];
	readonly online: readonly number[];
	readonly allowed: readonly number[];
}

/**
 * Parse a list of CPUs as the kernel prints them: "0-3,8".
 * @throws RangeError saying what is wrong
 */
export function parse_cpu_list(text: string, what = 'CPU list'): number[] {
	const cpus = new Set<number>();
	const trimmed = text.trim();
	if (trimmed === '')
		return [];
	for (const part of trimmed.split(',')) {
		const m = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
		if (m === null)
			throw new RangeError(`${what}: "${part}" is neither a CPU nor a range of CPUs`);
		const first = Number(m[1]);
		const last = m[2] === undefined ? first : Number(m[2]);
		if (last < first || last > 65535)
			throw new RangeError(`${what}: the range "${part}" is empty or too large`);
		for (let cpu = first; cpu <= last; cpu++)
			cpus.add(cpu);
	}
	return [...cpus].sort((a, b) => a - b);
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

function read_list(path: string): number[] | null {
	try {
		return parse_cpu_list(readFileSync(path, 'utf8'), path);
	} catch {
		return null;
	}
}

/** What /proc says of the process's main thread. */
function allowed_by_status(root: string): number[] | null {
	try {
		const m = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync(`${root}/proc/self/status`, 'utf8'));
		return m === null ? null : parse_cpu_list(m[1], '/proc/self/status');
	} catch {
		return null;
	}
}

/**
 * The host's CPUs. Those that are allowed are those of the calling thread; without the addon, of the main thread.
 * @param root the directory that /sys and /proc are in; for tests another one, which says also what is allowed
 * @param before an earlier look, which stands for what cannot be read now: a process may be out of file descriptors for a while
 * @param tid another thread whose CPUs are those that are allowed
 */
export function host_topology(root = '', before?: Topology, tid?: number): Topology {
	const sysfs = `${root}/sys/devices/system/cpu`;
	const online = read_list(`${sysfs}/online`) ?? before?.online ?? [0];
	const present = read_list(`${sysfs}/present`) ?? before?.present ?? online;
	const possible = read_list(`${sysfs}/possible`) ?? before?.possible ?? present;
	const native = root === '' ? load_native().native : null;
	const of_thread = tid === undefined ? native?.getAffinity() : native?.getAffinityOf(tid);
	const allowed = (Array.isArray(of_thread) ? of_thread : null) ?? allowed_by_status(root) ?? before?.allowed ?? online;
	return { possible, present, online, allowed };
}

/** The CPUs that this process may run on and that are online, ascending. */
export function usable_cpus({ online, allowed }: Topology): number[] {
	return online.filter((cpu) => allowed.includes(cpu));
}
