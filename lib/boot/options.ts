// SPDX-License-Identifier: GPL-2.0-only
//
// The options of boot(): their checks, and the plan of the machine that they and the host make.
import { FailslabKnobs } from '../linux/fault-inject.js';
import { format_cpu_list, parse_cpu_list } from '../machine/cpu-list.js';
import { MEMORY_MAX } from '../machine/memory.js';
import { round_up } from '../machine/struct.js';
import { host_topology, Topology, usable_cpus } from '../machine/topology.js';
import { quirk_mask, QuirkSelection } from '../quirks.js';

export interface BootOptions {
	/** Simulate a machine with CPUs 0..nr_cpus-1 instead of the host's. 1..8192. */
	readonly nr_cpus?: number;
	/**
	 * Use only these CPUs: a list like "0-3,8", or numbers. On the host they must be online and
	 * allowed; of a simulated machine they are the ones that are online at first.
	 */
	readonly cpus?: string | readonly number[];
	/**
	 * Pin each CPU's thread to its core. Default: true on the host's CPUs, false on simulated ones.
	 */
	readonly pin?: boolean;
	/**
	 * Follow the host: CPUs that it takes offline, or that the process may not use any more, go
	 * offline here, and come back with it. Default: true on the host's CPUs if they are pinned,
	 * else false; not for simulated ones. "poll": look also once a second, which finds what nobody
	 * tells of, such as taskset(1). See docs/hotplug.md.
	 */
	readonly hotplug?: boolean | 'poll';
	/**
	 * The directory where this host's /sys and /proc are; "" is the usual place. For tests: of
	 * another one the CPUs are taken from there, also those that the process may use; no uevents
	 * come, and nobody looks without hotplug "poll".
	 */
	readonly host_root?: string;
	/**
	 * Bytes of memory of the machine, 8 MiB .. 2 GiB; only what is used is committed. Default 256
	 * MiB.
	 */
	readonly memory?: number;
	/**
	 * How many guest threads, which are no CPUs, can join at once: this one, workers that attach,
	 * async threads. Default 32.
	 */
	readonly tasks?: number;
	/** "none" (default), "v4.18", or a list of quirks. */
	readonly quirks?: QuirkSelection;
	/** Red zones, poison and checks in the allocator. Default false. */
	readonly debug?: boolean;
	/** Make allocations fail from the beginning; see failslab(). */
	readonly failslab?: FailslabKnobs;
	/**
	 * "auto" (default): without the addon boot unpinned, with a warning on the log; "required":
	 * that is an error; "off".
	 */
	readonly native?: 'auto' | 'required' | 'off';
	/**
	 * Let this user's other processes read and write the machine's sysfs, over a Unix socket in
	 * $XDG_RUNTIME_DIR; see docs/sysfs.md. Default: false, or true if the environment says
	 * PADATA_SYSFS=on.
	 */
	readonly sysfs_socket?: boolean;
}

/** The machine that is to be booted. */
export interface Plan {
	readonly nr_cpu_ids: number;
	readonly possible: readonly number[];
	readonly present: readonly number[];
	readonly online: readonly number[];
	readonly cores: number;
	readonly pin: boolean;
	readonly memory: number;
	readonly tasks: number;
	readonly quirks: number;
	/** The host as it was looked at; null: the CPUs are simulated. */
	readonly host: Topology | null;
	readonly host_root: string;
	readonly hotplug: boolean | 'poll';
	/** The option `cpus`. */
	readonly wanted: readonly number[] | null;
	readonly sysfs_socket: boolean;
}

/** Refuse an option. */
export function bad(option: string, why: string): never {
	throw new RangeError(`boot: option ${option}: ${why}`);
}

function integer(option: string, value: number, min: number, max: number): number {
	if (!Number.isInteger(value) || value < min || value > max)
		bad(option, `${String(value)} is not an integer from ${min} to ${max}`);
	return value;
}

const OPTIONS = ['nr_cpus', 'cpus', 'pin', 'hotplug', 'host_root', 'memory', 'tasks', 'quirks',
	'debug', 'failslab', 'native', 'sysfs_socket'];

function wanted_cpus(cpus: string | readonly number[], usable: readonly number[],
	why: string): number[]
{
	let list: number[];
	try {
		list = typeof cpus === 'string'
			? parse_cpu_list(cpus, '')
			: [...new Set(cpus)].sort((a, b) => a - b);
	} catch (error) {
		bad('cpus', (error as Error).message.replace(/^: /, ''));
	}
	if (list.length === 0)
		bad('cpus', 'the list is empty');
	for (const cpu of list)
		if (!usable.includes(cpu))
			bad('cpus', `CPU ${cpu} ${why} (${format_cpu_list(usable)} are)`);
	return list;
}

/**
 * Check the options, and decide what the machine is like.
 * @throws RangeError naming the option that is wrong
 */
export function make_plan(options: BootOptions): Plan {
	for (const name of Object.keys(options))
		if (!OPTIONS.includes(name))
			bad(name, `there is no such option; there are: ${OPTIONS.join(', ')}`);
	for (const name of ['pin', 'debug', 'sysfs_socket'] as const)
		if (options[name] !== undefined && typeof options[name] !== 'boolean')
			bad(name, `${String(options[name])} is not a boolean`);
	if (options.native !== undefined && !['auto', 'required', 'off'].includes(options.native))
		bad('native', `"${options.native as string}" is not "auto", "required" or "off"`);
	if (options.hotplug !== undefined && typeof options.hotplug !== 'boolean'
		&& options.hotplug !== 'poll')
		bad('hotplug', `${String(options.hotplug)} is not true, false or "poll"`);
	if (options.host_root !== undefined && typeof options.host_root !== 'string')
		bad('host_root', `${String(options.host_root)} is not a string`);
	if (options.hotplug !== undefined && options.hotplug !== false && options.nr_cpus !== undefined)
		bad('hotplug', 'there is no host to follow: the CPUs are simulated (nr_cpus)');
	let quirks: number;
	try {
		quirks = quirk_mask(options.quirks ?? 'none');
	} catch (error) {
		bad('quirks', (error as Error).message.replace(/^quirks: /, ''));
	}
	const host_root = options.host_root ?? '';
	const host = host_topology(host_root);
	const usable = usable_cpus(host);
	const memory = round_up(
		integer('memory', options.memory ?? 256 * 1024 * 1024, 8 * 1024 * 1024, MEMORY_MAX),
		64 * 1024,
	);
	const tasks = integer('tasks', options.tasks ?? 32, 1, 1024);
	const sysfs_socket = options.sysfs_socket ?? wanted_by_environment('PADATA_SYSFS');
	const common = { cores: usable.length, memory, tasks, quirks, host_root, sysfs_socket };
	if (options.nr_cpus !== undefined) {
		const n = integer('nr_cpus', options.nr_cpus, 1, 8192);
		const all = Array.from({ length: n }, (_, cpu) => cpu);
		const online = options.cpus === undefined
			? all
			: wanted_cpus(options.cpus, all, 'is not a CPU of the simulated machine');
		return { ...common, nr_cpu_ids: n, possible: all, present: all, online,
			pin: options.pin ?? false, host: null, hotplug: false, wanted: null };
	}
	const online = options.cpus === undefined
		? usable
		: wanted_cpus(options.cpus, usable, 'is not online and allowed');
	if (online.length === 0)
		bad('cpus', 'no CPU is online and allowed for this process');
	const pin = options.pin ?? true;
	return { ...common, nr_cpu_ids: Math.max(...host.possible, ...online) + 1,
		possible: host.possible, present: host.present, online, pin, host,
		hotplug: options.hotplug ?? pin, wanted: options.cpus === undefined ? null : online };
}

function wanted_by_environment(name: string): boolean {
	const value = process.env[name] ?? '';
	if (!['on', 'off', ''].includes(value))
		throw new RangeError(`boot: ${name}=${value} in the environment is neither "on" nor "off"`);
	return value === 'on';
}
