// SPDX-License-Identifier: GPL-2.0-only
//
// The control groups of this process, of version 1 and 2, also both at once: where its cpuset is
// written down, and how much CPU time it may have. From /proc/self/cgroup (which group) and
// /proc/self/mountinfo (where the groups are).
import { existsSync, readFileSync } from 'node:fs';

export interface CpuCgroups {
	/**
	 * Directories of the cpuset's group and those above it, as far as they can be seen; the
	 * process's own first.
	 */
	readonly cpuset: readonly string[];
	/** As cpuset, of the group with the quota. */
	readonly cpu: readonly string[];
}

interface Hierarchy {
	readonly version: 1 | 2;
	readonly controllers: readonly string[];
	readonly root: string;
	readonly at: string;
}

/** mountinfo writes blank, tab, newline and backslash as octal numbers. */
const unescape_path = (text: string): string =>
	text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

/** The mounted hierarchies. A line that is not as proc(5) says is none. */
export function parse_mountinfo(text: string): Hierarchy[] {
	const found: Hierarchy[] = [];
	for (const line of text.split('\n')) {
		const [left, right] = line.split(' - ', 2);
		const [, , , root, at] = left.split(' ');
		const [type, , options] = right?.split(' ') ?? [];
		if (root === undefined || at === undefined || type !== 'cgroup' && type !== 'cgroup2')
			continue;
		found.push({ version: type === 'cgroup' ? 1 : 2, controllers: options?.split(',') ?? [],
			root: unescape_path(root), at: unescape_path(at) });
	}
	return found;
}

/** The process's path in the hierarchy of a controller; version 2 has the empty one. */
export function parse_cgroup(text: string): Map<string, string> {
	const paths = new Map<string, string>();
	for (const line of text.split('\n')) {
		const m = /^\d+:([^:]*):(\/.*)$/.exec(line);
		for (const controller of m?.[1].split(',') ?? [])
			paths.set(controller, m![2]);
	}
	return paths;
}

/**
 * What a group's path is below a mount of its hierarchy. A container may see less than the whole,
 * or be somewhere else.
 */
function below(root: string, path: string): string {
	if (root === '/')
		return path.startsWith('/..') ? '' : path === '/' ? '' : path;
	return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : '';
}

/** @param root as host_topology() */
export function cpu_cgroups(root = ''): CpuCgroups {
	let mounts: Hierarchy[];
	let paths: Map<string, string>;
	try {
		mounts = parse_mountinfo(readFileSync(`${root}/proc/self/mountinfo`, 'utf8'));
		paths = parse_cgroup(readFileSync(`${root}/proc/self/cgroup`, 'utf8'));
	} catch {
		return { cpuset: [], cpu: [] };
	}
	const dirs = (controller: string): string[] => {
		const v1 = mounts.find(({ version, controllers }) =>
			version === 1 && controllers.includes(controller)
		);
		const mount = v1 ?? mounts.find(({ version }) => version === 2);
		const path = paths.get(v1 === undefined ? '' : controller);
		if (mount === undefined || path === undefined)
			return [];
		const up: string[] = [];
		for (let rest = below(mount.root, path);; rest = rest.slice(0, rest.lastIndexOf('/'))) {
			up.push(`${root}${mount.at}${rest}`);
			if (rest === '')
				return up;
		}
	};
	return { cpuset: dirs('cpuset'), cpu: dirs('cpu') };
}

/** The files of the cpuset that change with what is allowed, those that there are. */
export function cpuset_files({ cpuset }: CpuCgroups): string[] {
	// A change from above is written into a group above, and seen in what is effective here.
	return cpuset.flatMap((dir) =>
		['cpuset.cpus', 'cpuset.cpus.effective', 'cpuset.effective_cpus', 'cpuset.cpus.partition']
			.map((name) => `${dir}/${name}`)
	)
		.filter((file) => existsSync(file));
}

function numbers(file: string): number[] {
	try {
		return readFileSync(file, 'utf8').trim().split(/\s+/).map(Number);
	} catch {
		return [];
	}
}

/**
 * How many CPUs' time the process may have: the least of its groups' quotas, e.g. 1.5; null if
 * there is none.
 */
export function cpu_quota({ cpu }: CpuCgroups): number | null {
	let least = Infinity;
	for (const dir of cpu) {
		// "max 100000" is NaN, -1 of version 1 is none.
		const [max, period] = numbers(`${dir}/cpu.max`);
		const [quota, of] = max !== undefined
			? [max, period]
			: [...numbers(`${dir}/cpu.cfs_quota_us`), ...numbers(`${dir}/cpu.cfs_period_us`)];
		if (quota > 0 && of > 0)
			least = Math.min(least, quota / of);
	}
	return least === Infinity ? null : least;
}
