// SPDX-License-Identifier: GPL-2.0-only
//
// Which CPUs there are: possible, present and online from sysfs, allowed for this process from its
// affinity (a cpuset or taskset shows up there). Numbers may have gaps.
import { readFileSync } from 'node:fs';
import { parse_cpu_list } from './cpu-list.js';
import { load_native } from './native.js';

export interface Topology {
	readonly possible: readonly number[];
	readonly present: readonly number[];
	readonly online: readonly number[];
	readonly allowed: readonly number[];
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
		const m = /^Cpus_allowed_list:\s*(.*)$/m.exec(
			readFileSync(`${root}/proc/self/status`, 'utf8'),
		);
		return m === null ? null : parse_cpu_list(m[1], '/proc/self/status');
	} catch {
		return null;
	}
}

/**
 * The host's CPUs. Those that are allowed are those of the calling thread; without the addon, of
 * the main thread.
 * @param root the directory that /sys and /proc are in; for tests another one, which says also what
 *   is allowed
 * @param before an earlier look, which stands for what cannot be read now: a process may be out of
 *   file descriptors for a while
 * @param tid another thread whose CPUs are those that are allowed
 */
export function host_topology(root = '', before?: Topology, tid?: number): Topology {
	const sysfs = `${root}/sys/devices/system/cpu`;
	const native = root === '' ? load_native().native : null;
	const of_thread = tid === undefined ? native?.getAffinity() : native?.getAffinityOf(tid);
	const affinity = (Array.isArray(of_thread) ? of_thread : null) ?? allowed_by_status(root)
		?? before?.allowed;
	// Without /sys the process may at least run on these.
	const online = read_list(`${sysfs}/online`) ?? before?.online ?? affinity ?? [0];
	const present = read_list(`${sysfs}/present`) ?? before?.present ?? online;
	const possible = read_list(`${sysfs}/possible`) ?? before?.possible ?? present;
	return { possible, present, online, allowed: affinity ?? online };
}

/** Does /sys say which CPUs there are? Else they are those of the affinity mask. */
export function topology_is_known(root: string): boolean {
	return read_list(`${root}/sys/devices/system/cpu/online`) !== null;
}

/** The CPUs that this process may run on and that are online, ascending. */
export function usable_cpus({ online, allowed }: Topology): number[] {
	return online.filter((cpu) => allowed.includes(cpu));
}
