// SPDX-License-Identifier: GPL-2.0-only
//
// Where things lie in the memory:
//
//	0 .. 4095             never handed out: NULL and small numbers are not objects
//	4096 .. STATIC_END    static data of the kernel ("bss"), placed while the modules load
//	threads               one THREAD_SIZE area for each thread that runs kernel code
//	per-CPU units         one for each possible CPU (linux/percpu.ts)
//	heap                  all the rest (linux/slab.ts)
//
// Static data gets its address when its module is loaded. All threads load the same modules in the
// same order, so the addresses agree; static_fingerprint() proves it when a thread attaches.
import { bundle } from './bundle.js';
import { CType, int, ptr, round_up, struct } from './struct.js';

const STATIC_START = 4096;
export const STATIC_END = 1024 * 1024;
/** Bytes of static data of one thread. */
export const THREAD_SIZE = 8192;

let static_top = STATIC_START;
let thread_top = 0;
let hash = 0;

/**
 * The file that calls bss() or per_thread(). It is taken from the call site and not from the text
 * of the stack, whose making takes milliseconds with source maps. The bundle is one file.
 */
function calling_file(): string {
	if (bundle !== undefined)
		return '';
	// eslint-disable-next-line @typescript-eslint/unbound-method -- it is only put back
	const { prepareStackTrace, stackTraceLimit } = Error;
	Error.stackTraceLimit = 4;
	Error.prepareStackTrace = (_, sites) => sites[3]?.getFileName() ?? '';
	const file = new Error().stack as unknown as string;
	Error.prepareStackTrace = prepareStackTrace;
	Error.stackTraceLimit = stackTraceLimit;
	return file.slice(file.lastIndexOf('/') + 1);
}

/** Note who has got which place. */
function note(at: number, size: number): void {
	for (const n of [at, size, ...Buffer.from(calling_file())])
		hash = Math.imul(hash ^ n, 16777619);
}

/**
 * Static data: the address of `size` zeroed bytes, the same on every thread. Call it at module load
 * only.
 */
export function bss(size: number, align = 8): number {
	const at = round_up(static_top, align);
	static_top = at + size;
	note(at, size);
	if (static_top > STATIC_END)
		throw new RangeError('static data of the kernel does not fit into STATIC_END');
	return at;
}

/**
 * Static data that each thread has of its own: an offset for thread_ptr(). Call it at module load
 * only.
 */
export function per_thread(size: number, align = 8): number {
	const at = round_up(thread_top, align);
	thread_top = at + size;
	note(at, size);
	if (thread_top > THREAD_SIZE)
		throw new RangeError('static data of a thread does not fit into THREAD_SIZE');
	return at;
}

/** Equal on two threads exactly when their static data agrees. */
export function static_fingerprint(): string {
	return `${static_top}.${thread_top}.${hash >>> 0}`;
}

/**
 * What boot decided; written once by the booting thread, before any other thread runs. C has it too
 * (native/shared-words.h).
 */
export const machine = struct('machine', {
	memory_size: int,
	nr_cpu_ids: int,
	nr_threads: int,
	threads: ptr,
	percpu: ptr,
	percpu_unit: int,
	heap: ptr,
	heap_end: ptr,
	quirks: int,
	debug: int,
	pin: int,
	idle_spins: int,
	lock_spins: int,
	stop: int,
	users: int,
	native_off: int,
	unchecked: int,
	membarrier: int,
	system_state: int,
	memory_high: int,
	c_unloaded: int,
	/**
	 * For C: THREAD_SIZE, and where in a thread's area TAKEN and the counter of RCU readers are.
	 */
	thread_size: int,
	thread_taken: int,
	thread_reader: int,
});
export const MACHINE = bss(machine.size, 128);
export const machine_field = (name: keyof typeof machine.offset): number =>
	MACHINE + machine.offset[name];

export type { CType };
