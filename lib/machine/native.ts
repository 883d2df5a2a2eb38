// SPDX-License-Identifier: GPL-2.0-only
//
// The addon's typed face, and the search for it. Everything above works without an addon too, on
// unpinned threads: so nothing here throws, and the caller decides what a missing addon means.
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

/**
 * What native/ exports. "The calling thread" is the thread whose JavaScript makes the call: main or
 * one worker. Where a number is returned as a result code, it is 0 or a negative errno; a wrong
 * type of argument is a TypeError.
 */
export interface Native {
	/**
	 * Let the calling thread run on this CPU only. -EINVAL: no such CPU, or the cpuset does not
	 * allow it.
	 */
	readonly pin: (cpu: number) => number;
	/**
	 * Let the calling thread run on these CPUs; the kernel drops those that are absent. -EINVAL:
	 * none is left.
	 */
	readonly setAffinity: (cpus: readonly number[]) => number;
	/** The CPUs the calling thread may run on, ascending. */
	readonly getAffinity: () => number[];
	/** The CPUs that any thread of the system may run on, by thread id; or -ESRCH. */
	readonly getAffinityOf: (tid: number) => number[] | number;
	/** As setAffinity() for any thread of the process, by thread id; or -ESRCH. */
	readonly setAffinityOf: (tid: number, cpus: readonly number[]) => number;
	/**
	 * Get the kernel's messages about CPUs (uevents) in the calling thread's event loop, without
	 * keeping that alive. `told` is called with each one's bytes, or with a negative errno:
	 * -ENOBUFS if messages have been lost, -EMSGSIZE if one was cut off; after any other none will
	 * come any more. Returns what closeUevents() takes, or a negative errno: there is no such
	 * socket.
	 */
	readonly openUevents: (told: (message: Uint8Array | number) => void) => object | number;
	readonly closeUevents: (handle: object) => void;
	/** The CPU the calling thread runs on at this moment. */
	readonly currentCpu: () => number;
	/** The calling thread's id in the system: on the main thread, process.pid. */
	readonly gettid: () => number;
	/**
	 * Name the calling thread (`top -H`, `/proc/self/task/TID/comm`). Only the first 15 bytes are
	 * taken.
	 */
	readonly setThreadName: (name: string) => number;
	/** The calling thread's name. */
	readonly getThreadName: () => string;
	/** Let another runnable thread have this core. */
	readonly schedYield: () => void;
	/**
	 * A full memory barrier on every thread of this process that runs, once the process is
	 * registered.
	 */
	readonly membarrier: () => number;
	/** Register this process for membarrier(). -ENOSYS: the system has none (before 4.14). */
	readonly membarrierRegister: () => number;
	/**
	 * The address of the first byte of the memory that `view` lies over, wherever in it the view
	 * begins. The memory must be kept alive by other means.
	 */
	readonly memoryBase: (view: Int32Array | Uint8Array) => bigint;

	// ---- for C code (native/c-to-js.c, js-to-c.c, modules.c)
	// ---------------------------------------------------------------------------------------------

	/**
	 * Map a memory that nothing has been stored in once more, for C. Returns the upper half of its
	 * address there, or a negative errno: -EBUSY if this process has mapped one already, -EINVAL if
	 * it does not begin on a page.
	 */
	readonly mapMemory: (view: Int32Array) => number;
	/** No C code runs any more that knows an address in it. */
	readonly unmapMemory: () => void;
	/**
	 * Tell C what lies where.
	 * @param machine address of the struct machine
	 * @param variables addresses and numbers by name
	 */
	readonly startMachine: (machine: number, variables: Readonly<Record<string, number>>) => void;
	/** The functions that joinThread() wants, in its order. */
	readonly functionNames: () => string[];
	/**
	 * The calling thread can call C from now on, and be called.
	 * @param park its park words if it is a CPU, else 0
	 */
	readonly joinThread: (functions: readonly ((...args: never[]) => unknown)[],
		cpu_sleep: (seen: number, ms: number, holds: boolean) => void, cpu: number, slot: number,
		park: number) => void;
	readonly leaveThread: () => void;
	/**
	 * Carry out calls of foreign threads, until cCallAttention() has been called since it returned
	 * `attention`, or none has come for a while.
	 * @param lane 0: those that do not sleep; 1: those that may
	 * @param alone called before a call that may sleep is carried out while no other thread is idle
	 */
	readonly serve: (lane: number, attention: number, alone: () => void) => number;
	readonly cCallAttention: () => void;
	/** As serve(): be the thread of kthreads, one after the other. */
	readonly runKthreads: (attention: number, alone: () => void) => number;
	/** How many kthreads have begun and not ended. */
	readonly kthreadsRunning: () => number;
	/** End the process at once, although kthreads run. */
	readonly exitNow: (code: number) => void;
	/**
	 * Sleep while the word at an address is `value`, for at most `ms` milliseconds. Woken by C, or
	 * by futexWake().
	 */
	readonly futexWait: (addr: number, value: number, ms: number) => void;
	readonly futexWake: (addr: number) => void;
	/**
	 * The C function at an address; undefined if there is no code.
	 * @param kinds see machine/c-function.ts
	 */
	readonly cFunction: (low: number, high: number, kinds: string) =>
		| ((...args: number[]) => number)
		| undefined;
	/** "function [module]" */
	readonly cFunctionName: (low: number, high: number) => string;
	/** The machine shuts down; c-call threads still run. */
	readonly stopMachine: () => void;
	/**
	 * A library is loaded.
	 * @param info address of its padata_module_info()
	 * @param percpu its section of percpu variables
	 * @param symbols the symbol table of its file, if there is one (lib/c/elf.ts), and the names in
	 *   it
	 * @returns its index, or a negative errno
	 */
	readonly moduleLoaded: (info: bigint, percpu: bigint, percpu_size: number, symbols?: Uint8Array,
		names?: Uint8Array) => number;
	/** Objects in flight whose serial() is the module's. */
	readonly moduleJobs: (index: number) => number;
	/** Its kthreads that have not ended. */
	readonly moduleTasks: (index: number) => number;
	/** How often somebody has taken a reference to it. */
	readonly moduleUsers: (index: number) => number;
	/** Nothing of it is called any more. */
	readonly moduleUnloaded: (index: number) => void;
	/** Those names that neither the process nor the libraries define. */
	readonly missingSymbols: (names: readonly string[], libraries: readonly string[]) => string[];
	/**
	 * Set a parameter.
	 * @param accessor address of the module's padata_module_info(); returns 0, -ENOENT, -EINVAL,
	 *   -ERANGE, ...
	 */
	readonly moduleParam: (accessor: bigint, name: string, value: string | undefined) => number;
	/** Only where AddressSanitizer is in the process: may C use what is at an address? */
	readonly sanitizeMemory?: (at: number, size: number, usable: boolean) => void;
	/**
	 * The files that C modules make; path without the slash before it. A negative errno on failure.
	 */
	readonly fileRead: (path: string) => string | number;
	readonly fileList: (path: string) => string | number;
	readonly fileWrite: (path: string, text: string) => number;
	/** Name the calling thread, also as C sees it. */
	readonly setTaskName: (name: string) => void;
	/**
	 * For `padata esp`: the sending end of an ESP security association with AES-128-GCM. It belongs
	 * to this thread.
	 * @param key 16 bytes
	 * @param nonce salt and IV, 12 bytes; the last four of each packet are its sequence number
	 * @param esp_header SPI and room for the sequence number, 8 bytes
	 * @param outer the outer IP header without lengths, traffic class, id and checksum
	 * @returns null where Node.js has no OpenSSL that can be found
	 */
	readonly espOpen: (key: Uint8Array, nonce: Uint8Array, esp_header: Uint8Array,
		outer: Uint8Array) => object | null;
	/**
	 * Wrap the n packets that are described from memory[packets] on (lib/cli/esp/burst.ts), with
	 * sequence numbers from `seq` on. Their records lie behind each other from memory[out] on.
	 * @param room bytes that there are at `out`
	 * @returns their length; -EINVAL if anything does not lie within the memory or its room, -EIO
	 *   if OpenSSL fails
	 */
	readonly espSeal: (sa: object, memory: Uint8Array, packets: number, n: number, seq: number,
		out: number, room: number) => number;
	/** A record of kind misuse on the kernel log. */
	readonly kernelMisuse: (text: string) => void;
}

/** The addon, or why there is none. */
export type LoadedNative =
	| { readonly native: Native; readonly error: null }
	| { readonly native: null; readonly error: string };

/**
 * The package: this file runs as dist/lib/machine/native.js, or as a part of dist/bundle/index.js.
 */
const ROOT = import.meta.url.slice(0, import.meta.url.lastIndexOf('/dist/') + 1);

let loaded: LoadedNative | undefined;
let off: LoadedNative | undefined;

/**
 * Let the addon count as absent, or not any more: for the booting thread, and each thread when it
 * joins.
 */
export function switch_native_off(is_off: boolean): void {
	off = is_off
		? { native: null, error: 'the addon is switched off by the boot option native' }
		: undefined;
}

/**
 * Load the addon into this thread: the first call searches for it, the others return what that
 * found.
 */
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
			// What require() comes down to, without its search; and C modules find the kernel's
			// functions in it.
			process.dlopen(addon, file, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL);
			return { native: addon.exports as Native, error: null };
		} catch (err) {
			failures.push(!existsSync(file)
				? `${place} does not exist`
				: `${place} cannot be loaded (${
					err instanceof Error ? err.message : String(err)
				})`);
		}
	}
	return { native: null, error: `no addon: ${failures.join(', ')}` };
}

// What was compiled here comes first: beside it, a prebuilt one can only be older, or made for
// another machine.
function* places(): Generator<string> {
	yield 'build/Release/padata.node';
	yield `prebuilds/${platform()}/padata.node`;
}

/** The folder in prebuilds/ for this process: machine and C library. */
export function platform(): string {
	// The one sure sign of musl is its dynamic loader, which lies in the memory of every process
	// that uses it.
	const musl = readFileSync('/proc/self/maps', 'latin1').includes('/ld-musl-');
	return `${musl ? 'linuxmusl' : 'linux'}-${process.arch}`;
}
