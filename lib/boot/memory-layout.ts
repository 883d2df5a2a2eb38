// SPDX-License-Identifier: GPL-2.0-only
//
// The layout of a machine's memory: lay_out() allocates it, divides it (machine/layout.ts lists the
// parts), and writes down what boot() has decided.
import { CPU_DEVICE_BYTES } from '../linux/cpu_device.js';
import { percpu_unit_size } from '../linux/percpu.js';
import { STATIC_END, machine_field, THREAD_SIZE } from '../machine/layout.js';
import { allocate_memory, attach_memory, memory_view, store } from '../machine/memory.js';
import { load_native } from '../machine/native.js';
import { round_up } from '../machine/struct.js';
import { UNCHECKED_MISUSE } from '../quirks.js';
import { bad, BootOptions, Plan } from './options.js';

/**
 * Make the memory of the machine, and join it to this thread's access layer.
 * @throws RangeError: the memory is too small, or cannot be allocated
 */
export function lay_out(plan: Plan, options: BootOptions): SharedArrayBuffer {
	const threads = STATIC_END;
	const nr_threads = plan.nr_cpu_ids + plan.tasks;
	const percpu = round_up(threads + nr_threads * THREAD_SIZE, 4096);
	const unit = percpu_unit_size(plan.nr_cpu_ids, plan.memory);
	// The booting thread has a unit too.
	const heap = percpu + unit * (plan.nr_cpu_ids + 1);
	const least = heap + 4 * 1024 * 1024 + plan.nr_cpu_ids * CPU_DEVICE_BYTES;
	if (least > plan.memory)
		bad('memory',
			`${plan.memory} bytes are too few for ${plan.nr_cpu_ids} CPUs; it takes at least ${
				round_up(least, 1 << 20)
			}`);
	let memory: SharedArrayBuffer;
	try {
		memory = allocate_memory(plan.memory);
	} catch (error) {
		bad('memory', `${plan.memory} bytes cannot be had: ${(error as Error).message}`);
	}
	attach_memory(memory);
	// Without it, or in a process that has a machine for C already, TypeScript goes on alone.
	const memory_high = Math.max(0, load_native().native?.mapMemory(memory_view()) ?? 0);
	// Turns of an idle CPU before it parks, of about 0.1 us each. A spinning thread that keeps
	// another from running costs more than a wake-up, and the thread that submits runs as well.
	const oversubscribed = plan.online.length > plan.cores;
	const values: Record<string, number> = {
		memory_size: plan.memory,
		nr_cpu_ids: plan.nr_cpu_ids,
		nr_threads,
		threads,
		percpu,
		percpu_unit: unit,
		heap,
		heap_end: plan.memory,
		quirks: plan.quirks,
		debug: options.debug === true ? 1 : 0,
		pin: plan.pin ? 1 : 0,
		native_off: options.native === 'off' ? 1 : 0,
		memory_high,
		unchecked: (plan.quirks & UNCHECKED_MISUSE) !== 0 ? 1 : 0,
		idle_spins: oversubscribed ? 10 : plan.online.length + 1 > plan.cores ? 100 : 3000,
		lock_spins: oversubscribed ? 100 : 2000,
	};
	for (const [name, value] of Object.entries(values))
		store(machine_field(name as Parameters<typeof machine_field>[0]), value);
	return memory;
}
