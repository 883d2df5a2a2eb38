// SPDX-License-Identifier: GPL-2.0-only
//
// A machine without processors: the memory, the allocator, the log and the CPU masks, under this
// thread as a guest thread. For tests of kernel code that needs no CPU's thread. boot() does the
// same and much more.
import { cpumask_of_cpus, cpu_active_mask, cpu_online_mask, cpu_possible_mask,
	cpu_present_mask } from '../../lib/linux/cpumask.js';
import { page_alloc_init } from '../../lib/linux/page_alloc.js';
import { percpu_unit_size } from '../../lib/linux/percpu.js';
import { dmesg, LogRecord, printk_init } from '../../lib/linux/printk.js';
import { slab_init } from '../../lib/linux/slab.js';
import { forget_module_functions, install_function, KernelFunction,
	MODULE_FUNCTIONS } from '../../lib/machine/function.js';
import { STATIC_END, machine_field, THREAD_SIZE } from '../../lib/machine/layout.js';
import { attach_memory, store } from '../../lib/machine/memory.js';
import { attach_thread, detach_thread, machine_handle,
	MachineHandle } from '../../lib/machine/thread.js';

const MEMORY = 16 * 1024 * 1024;
const GUEST_THREADS = 8;

export interface BareOptions {
	/** Default 4. */
	readonly nr_cpu_ids?: number;
	/** Red zones, poison and checks in the allocator. Default true. */
	readonly debug?: boolean;
}

let functions = 0;

/**
 * Boot it, with all CPUs in all masks.
 * @returns what another thread needs to join it as a guest thread
 */
export function bare_machine({ nr_cpu_ids = 4, debug = true }: BareOptions = {}): MachineHandle {
	const memory = new SharedArrayBuffer(MEMORY);
	const nr_threads = nr_cpu_ids + GUEST_THREADS;
	const percpu = STATIC_END + nr_threads * THREAD_SIZE;
	const percpu_unit = percpu_unit_size(nr_cpu_ids, MEMORY);
	attach_memory(memory);
	const fields = {
		memory_size: MEMORY,
		nr_cpu_ids,
		nr_threads,
		threads: STATIC_END,
		percpu,
		percpu_unit,
		heap: percpu + percpu_unit * nr_cpu_ids,
		heap_end: MEMORY,
		debug: debug ? 1 : 0,
		lock_spins: 100,
		idle_spins: 100,
	} as const;
	for (const [name, value] of Object.entries(fields))
		store(machine_field(name as keyof typeof fields), value);
	const handle = machine_handle(memory);
	attach_thread(handle, -1);
	printk_init();
	page_alloc_init();
	slab_init();
	for (const mask of [cpu_possible_mask, cpu_present_mask, cpu_online_mask, cpu_active_mask])
		cpumask_of_cpus(mask, Array(nr_cpu_ids).keys());
	functions = 0;
	return handle;
}

/** Leave it. Its memory and the functions given to it are gone. */
export function bare_shutdown(): void {
	detach_thread();
	forget_module_functions();
}

/** A number for store_function() and the like, good until bare_shutdown(), on this thread only. */
export function test_function(fn: KernelFunction): number {
	const index = MODULE_FUNCTIONS + functions++;
	install_function(index, fn.name || 'test_function', fn);
	return index;
}

/** Reads the kernel log from where it is now. */
export class LogReader {
	#next = (dmesg().at(-1)?.seq ?? -1) + 1;

	/** The texts of the records since the last call, of one kind or of all. */
	read(kind?: LogRecord['kind']): string[] {
		const records = dmesg(this.#next);
		this.#next = (records.at(-1)?.seq ?? this.#next - 1) + 1;
		return records.filter((record) => kind === undefined || record.kind === kind).map((
			{ text },
		) => text);
	}
}
