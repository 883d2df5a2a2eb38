// SPDX-License-Identifier: GPL-2.0-only
//
// Where news of the host's CPUs comes from. A source only says that something has happened, perhaps
// to which CPU; what is the case is read from /sys and /proc after that (follow.ts), so that a
// message that is late, lost or doubled does no harm.
import { FSWatcher, readlinkSync, watch } from 'node:fs';
import { load_native } from '../native.js';
import { host_topology } from '../topology.js';
import { cpu_cgroups, cpuset_files } from './cgroup.js';
import { CpuEventOrigin } from './event.js';
import { INIT_USER_NS, parse_uevent, UeventSocket } from './uevent.js';

export interface CpuNews {
	readonly source: CpuEventOrigin;
	/** The CPU that has become online or offline, if the source says so. */
	readonly cpu?: number;
	readonly online?: boolean;
}

/** None of them keeps the process alive. */
export interface CpuEventSource {
	/** Begin. @returns 0, or a negative errno: it is not to be had here */
	open(listener: (news: CpuNews) => void): number;
	close(): void;
}

const ENOENT = 2;
const ENOBUFS = 105;

/**
 * Uevents, on a netlink socket. -ENOSYS without the addon; -EAFNOSUPPORT, -EPERM, ... where there
 * is no such socket.
 */
export class UeventSource implements CpuEventSource {
	#handle: object | null = null;

	constructor(private readonly socket: UeventSocket) {}

	open(listener: (news: CpuNews) => void): number {
		const opened = this.socket.openUevents((message) => {
			if (typeof message === 'number') {
				// ENOBUFS: the kernel has dropped some. Whatever else it is, nothing can be relied
				// on any more.
				listener({ source: message === -ENOBUFS ? 'uevent' : 'reread' });
				return;
			}
			const uevent = parse_uevent(message);
			if (uevent === 'other')
				return;
			if (uevent === 'unclear')
				listener({ source: 'uevent' });
			else if (uevent.action === 'online' || uevent.action === 'offline')
				listener({ source: 'uevent', cpu: uevent.cpu, online: uevent.action === 'online' });
			else
				listener({ source: 'uevent', cpu: uevent.cpu });
		});
		if (typeof opened === 'number')
			return opened;
		this.#handle = opened;
		return 0;
	}

	close(): void {
		if (this.#handle !== null)
			this.socket.closeUevents(this.#handle);
		this.#handle = null;
	}
}

/**
 * Writes to the files of the cpuset, the process's own and those above. -ENOENT: there are none.
 */
export class CpusetSource implements CpuEventSource {
	#watchers: FSWatcher[] = [];

	constructor(private readonly root = '') {}

	open(listener: (news: CpuNews) => void): number {
		for (const file of cpuset_files(cpu_cgroups(this.root)))
			try {
				const watcher = watch(file, { persistent: false }, () =>
					listener({ source: 'cgroup' }));
				// The group has been removed, or there are too many watches. The others go on.
				watcher.on('error', () => watcher.close());
				this.#watchers.push(watcher);
			} catch {
				// As above.
			}
		return this.#watchers.length > 0 ? 0 : -ENOENT;
	}

	close(): void {
		for (const watcher of this.#watchers)
			watcher.close();
		this.#watchers = [];
	}
}

/** A look at /sys and /proc now and then: where no message comes, and for what none tells of. */
export class RereadSource implements CpuEventSource {
	#timer: NodeJS.Timeout | null = null;

	constructor(private readonly read: () => string, private readonly period_ms = 1000) {}

	open(listener: (news: CpuNews) => void): number {
		let last = this.read();
		this.#timer = setInterval(() => {
			const now = this.read();
			if (now !== last)
				listener({ source: 'reread' });
			last = now;
		}, this.period_ms).unref();
		return 0;
	}

	close(): void {
		if (this.#timer !== null)
			clearInterval(this.#timer);
		this.#timer = null;
	}
}

/**
 * Open the sources of this host that are to be had.
 * @param root as host_topology(); where it is another there are no uevents, and nobody looks
 *   without `poll`
 * @param poll look now and then in any case
 * @returns those that are open
 */
export function open_sources(root: string, poll: boolean,
	listener: (news: CpuNews) => void): CpuEventSource[]
{
	const open: CpuEventSource[] = [];
	const add = (source: CpuEventSource): boolean =>
		source.open(listener) === 0 && open.push(source) > 0;
	const { native } = load_native();
	const told = root !== ''
		|| native !== null && add(new UeventSource(native)) && all_uevents_come();
	add(new CpusetSource(root));
	if (poll || !told)
		add(new RereadSource(() => JSON.stringify(host_topology(root))));
	return open;
}

function all_uevents_come(): boolean {
	try {
		return readlinkSync('/proc/self/ns/user') === INIT_USER_NS;
	} catch {
		return false;
	}
}
