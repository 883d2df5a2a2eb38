// SPDX-License-Identifier: GPL-2.0-only
//
// What can be asked of a machine from outside, through its socket (machine/control-socket/,
// docs/sysfs.md), and what it tells those who watch.
import { list_dir, read_file, write_file } from '../c/files.js';
import { EACCES, EIO, EISDIR, ENOENT, ENOTDIR, errno_name } from '../linux/errno.js';
import { dmesg, dmesg_or_dropped, local_clock, LOG_SEQ, LogRecord } from '../linux/printk.js';
import { kernfs_event, sysfs_find, sysfs_mode, sysfs_read, sysfs_readdir } from '../linux/sysfs.js';
import { kernel_function } from '../machine/function.js';
import { CpuEvent } from '../machine/hotplug/event.js';
import { atomic_load } from '../machine/memory.js';
import { wake_up, watch_async } from '../machine/park.js';
import { ControlFailure, InstanceMasks } from '../machine/control-socket/protocol.js';
import { Perform } from '../machine/control-socket/server.js';
import { AsyncCall } from '../machine/control-socket/thread.js';

/** What those who watch are told. */
export type ControlEvent =
	/** A record of the kernel log. */
	| { readonly event: 'log'; readonly record: LogRecord }
	/** Something in sysfs has come, gone, or changed; time: seconds since boot. */
	| { readonly event: 'change'; readonly time: number }
	/** What machine.on('cpu') tells, when the booting thread does. */
	| { readonly event: 'cpu'; readonly time: number;
		readonly happened: Omit<CpuEvent, 'cause'> & { readonly reason?: string } }
	| { readonly event: 'end' };

/** To be told on the booting thread. */
export function cpu_event(happened: CpuEvent): ControlEvent {
	// An Error is nothing in JSON.
	const { cause, ...rest } = happened;
	return { event: 'cpu', time: local_clock(),
		happened: cause === undefined ? rest : { ...rest, reason: cause.message } };
}

const on_async_thread = (fn: (...args: never[]) => number | string): number => kernel_function(fn);
const READ = on_async_thread(function control_read(path: string): string | number {
	return read_file(path);
});
const WRITE = on_async_thread(function control_write(path: string, text: string): number {
	return write_file(path, text);
});
const MASKS = on_async_thread(function control_masks(): string {
	return JSON.stringify(read_masks());
});

/** The masks of all instances that are in sysfs. Sleeps, as sysfs_read() does. */
export function read_masks(): InstanceMasks[] {
	const masks: InstanceMasks[] = [];
	for (const path of sysfs_find('parallel_cpumask')) {
		const [parallel, serial] = ['parallel', 'serial'].map((name) =>
			sysfs_read(`${path}/${name}_cpumask`)
		);
		// It may be going just now.
		if (typeof parallel === 'string' && typeof serial === 'string')
			masks.push({ path, parallel: parallel.trim(), serial: serial.trim() });
	}
	return masks;
}

/**
 * What carries out requests.
 * @param call runs what may sleep
 * @param cpus says what Machine.cpus() does
 */
export function control_operations(call: AsyncCall, cpus: () => object): Perform {
	return async (request) => {
		try {
			switch (request.op) {
				case 'read': {
					const text = await call(READ, [request.path]);
					return typeof text === 'string' ? { text } : failure(request.path, text, 0o444);
				}
				case 'write': {
					const count = await call(WRITE, [request.path, request.value]) as number;
					return count >= 0 ? { count } : failure(request.path, count, 0o222);
				}
				case 'list':
					return list(request.path);
				case 'masks':
					return {
						masks: JSON.parse(await call(MASKS, []) as string) as InstanceMasks[],
					};
				case 'cpus':
					return cpus();
			}
		} catch (error) {
			// An oops, which is on the log.
			return { errno: EIO, error: 'EIO', at: 'call',
				message: (error as Error).message } satisfies ControlFailure;
		}
	};
}

/** A directory of the machine's: in its root is what its paths begin with. */
function list(path: string): object {
	if (/^\/+$/.test(path)) {
		const names = ['proc', 'sys'].filter((name) => typeof list_dir(`/${name}`) !== 'number');
		return { names, directories: names };
	}
	const entries = sysfs_readdir(path);
	const names = typeof entries === 'number' ? list_dir(path) : entries.map(({ name }) => name);
	if (typeof names === 'number')
		return failure(path, names, 0);
	const is_directory = (name: string): boolean => typeof list_dir(`${path}/${name}`) !== 'number';
	return { names, directories: typeof entries === 'number'
		? names.filter(is_directory)
		: entries.filter((e) => e.directory).map(({ name }) => name) };
}

/** @param err a negative errno @param wanted mode bits, one of which open() would have wanted */
function failure(path: string, err: number, wanted: number): ControlFailure {
	const error = errno_name(err).replace(/^-(?=E)/, '');
	return { errno: -err, error, at: fails_to_open(path, err, wanted) ? 'open' : 'call' };
}

/** Of these the file's own function returns some, too. */
function fails_to_open(path: string, err: number, wanted: number): boolean {
	if (![EACCES, EISDIR, ENOENT, ENOTDIR].includes(-err))
		return false;
	if (wanted === 0)
		return true;
	const mode = sysfs_mode(path);
	return mode < 0 || (mode & wanted) === 0 || typeof sysfs_readdir(path) !== 'number';
}

/**
 * Tell of what happens from now on. On a thread of the machine whose event loop runs.
 * @returns ends it
 */
export function watch_machine(tell: (event: ControlEvent) => void): () => void {
	let watching = true;
	let log_seen = (dmesg().at(-1)?.seq ?? -1) + 1;
	const follow = async (word: number, deliver: () => void): Promise<void> => {
		while (watching) {
			const seen = atomic_load(word);
			deliver();
			await watch_async(word, seen);
		}
	};
	void follow(LOG_SEQ, () => {
		for (const record of dmesg_or_dropped(log_seen)) {
			log_seen = record.seq + 1;
			tell({ event: 'log', record });
		}
	});
	void follow(kernfs_event, () => tell({ event: 'change', time: local_clock() }));
	return () => {
		watching = false;
		// A wait that nobody ends would keep the memory.
		wake_up(LOG_SEQ);
		wake_up(kernfs_event);
	};
}
