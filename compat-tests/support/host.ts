// SPDX-License-Identifier: GPL-2.0-only
//
// A host that a test makes up: a directory with what a machine reads of /sys and /proc, for the
// boot option host_root.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** Where the cpuset of the process of such a host is. */
export const CPUSET = 'sys/fs/cgroup/group/cpuset.cpus';

/** Files by their paths, below a directory of its own. */
export class HostTree {
	readonly root = mkdtempSync(join(tmpdir(), 'padata-host-'));

	constructor(files: Readonly<Record<string, string>>) {
		for (const [path, text] of Object.entries(files))
			this.write(path, text);
	}

	write(path: string, text: string): void {
		mkdirSync(dirname(join(this.root, path)), { recursive: true });
		writeFileSync(join(this.root, path), text);
	}

	/** Which CPUs are online. */
	online(list: string): void {
		this.write('sys/devices/system/cpu/online', `${list}\n`);
	}

	/** Which CPUs the process may use; nobody tells of that. */
	allowed(list: string): void {
		this.write('proc/self/status', `Name:\tnode\nCpus_allowed_list:\t${list}\n`);
	}

	remove(): void {
		rmSync(this.root, { recursive: true });
	}
}

/** Hosts that are removed after each test. */
export function use_host_trees(): (files: Readonly<Record<string, string>>) => HostTree {
	let trees: HostTree[] = [];
	afterEach(() => {
		trees.forEach((tree) => tree.remove());
		trees = [];
	});
	return (files) => {
		trees.push(new HostTree(files));
		return trees.at(-1)!;
	};
}

/** A host with these CPUs, all of them online and allowed, and a cpuset. */
export function host_with(possible: string): HostTree {
	const host = new HostTree({
		'sys/devices/system/cpu/possible': `${possible}\n`,
		'sys/devices/system/cpu/present': `${possible}\n`,
		'proc/self/cgroup': '0::/group\n',
		'proc/self/mountinfo': '31 23 0:28 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw\n',
		[CPUSET]: `${possible}\n`,
	});
	host.online(possible);
	host.allowed(possible);
	return host;
}
