// SPDX-License-Identifier: GPL-2.0-only
//
// The addon's typed face, and the search for it. Everything above works without an addon too, on unpinned threads: so
// nothing here throws, and the caller decides what a missing addon means.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What native/ exports. "The calling thread" is the thread whose JavaScript makes the call: main or one worker.
 * Where a number is returned as a result code, it is 0 or a negative errno; a wrong type of argument is a TypeError.
 */
export interface Native {
	/** Let the calling thread run on this CPU only. -EINVAL: no such CPU, or the cpuset does not allow it. */
	readonly pin: (cpu: number) => number;
	/** Let the calling thread run on these CPUs; the kernel drops those that are absent. -EINVAL: none is left. */
	readonly setAffinity: (cpus: readonly number[]) => number;
	/** The CPUs the calling thread may run on, ascending. */
	readonly getAffinity: () => number[];
	/** The CPUs that any thread of the system may run on, by thread id; or -ESRCH. */
	readonly getAffinityOf: (tid: number) => number[] | number;
	/** The CPU the calling thread runs on at this moment. */
	readonly currentCpu: () => number;
	/** The calling thread's id in the system: on the main thread, process.pid. */
	readonly gettid: () => number;
	/** Name the calling thread (`top -H`, `/proc/self/task/TID/comm`). Only the first 15 bytes are taken. */
	readonly setThreadName: (name: string) => number;
	/** The calling thread's name. */
	readonly getThreadName: () => string;
	/** Let another runnable thread have this core. */
	readonly schedYield: () => void;
	/** A full memory barrier on every thread of this process that runs, once the process is registered. */
	readonly membarrier: () => number;
	/** Register this process for membarrier(). -ENOSYS: the system has none (before 4.14). */
	readonly membarrierRegister: () => number;
	/**
	 * The address of the first byte of the memory that `view` lies over, wherever in it the view begins. The memory
	 * must be kept alive by other means.
	 */
	readonly memoryBase: (view: Int32Array | Uint8Array) => bigint;
}

/** The addon, or why there is none. */
export type LoadedNative =
	| { readonly native: Native; readonly error: null }
	| { readonly native: null; readonly error: string };

/** The package: this file runs as dist/lib/machine/native.js, or as a part of dist/bundle/index.js. */
const ROOT = import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + 1);

let loaded: LoadedNative | undefined;
let off: LoadedNative | undefined;

/** Let the addon count as absent, or not any more: for the booting thread, and each thread when it joins. */
export function switch_native_off(is_off: boolean): void {
	off = is_off ? { native: null, error: 'the addon is switched off by the boot option native' } : undefined;
}

/** Load the addon into this thread: the first call searches for it, the others return what that found. */
export function load_native(): LoadedNative {
	return off ?? (loaded ??= search());
}

function search(): LoadedNative {
	if (process.env['PADATA_NATIVE'] === 'off')
		return { native: null, error: 'the addon is switched off by PADATA_NATIVE=off' };

	const failures: string[] = [];
	for (const place of places()) {
		const file = fileURLToPath(new URL(place, ROOT));
		const addon = { exports: {} };
		try {
			// What require() comes down to, without its search.
			process.dlopen(addon, file);
			return { native: addon.exports as Native, error: null };
		} catch (err) {
			failures.push(!existsSync(file) ? `${place} does not exist`
				: `${place} cannot be loaded (${err instanceof Error ? err.message : String(err)})`);
		}
	}
	return { native: null, error: `no addon: ${failures.join(', ')}` };
}

// What was compiled here comes first: beside it, a prebuilt one can only be older, or made for another machine.
function* places(): Generator<string> {
	yield 'build/Release/padata.node';
	yield `prebuilds/${platform()}/padata.node`;
}

/** The folder in prebuilds/ for this process: machine and C library. */
export function platform(): string {
	// The one sure sign of musl is its dynamic loader, which lies in the memory of every process that uses it.
	const musl = readFileSync('/proc/self/maps', 'latin1').includes('/ld-musl-');
	return `${musl ? 'linuxmusl' : 'linux'}-${process.arch}`;
}
