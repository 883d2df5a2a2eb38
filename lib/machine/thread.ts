// SPDX-License-Identifier: GPL-2.0-only
//
// Who this thread is. A thread that runs kernel code is a CPU (number below nr_cpu_ids, its thread number is the CPU
// number) or a task (main, or a worker that has attached: thread numbers from nr_cpu_ids up, no CPU).
import { attach_memory, atomic_fetch_add, load } from './memory.js';
import { MACHINE, THREAD_SIZE, image_fingerprint, machine, machine_field, per_thread } from './layout.js';
import { function_fingerprint } from './function.js';

/** What a thread needs to join a machine; it can be sent to any worker. */
export interface MachineHandle {
	readonly memory: SharedArrayBuffer;
	readonly image: string;
	readonly functions: string;
}

export let attached = false;
let thread_id = -1;
let cpu_id = -1;
let area = 0;
let threads = 0;

const attach_calls: (() => void)[] = [];
const detach_calls: (() => void)[] = [];

/** Run `fn` on every thread when it joins a machine (to cache what boot decided), and at once if it has joined. */
export function on_attach(fn: () => void): void {
	attach_calls.push(fn);
	if (attached)
		fn();
}

/** Run `fn` when this thread leaves its machine. */
export function on_detach(fn: () => void): void {
	detach_calls.push(fn);
}

/** The handle of the machine this thread has joined or is about to boot. */
export function machine_handle(memory: SharedArrayBuffer): MachineHandle {
	return { memory, image: image_fingerprint(), functions: function_fingerprint() };
}

/**
 * Join a machine.
 * @param cpu the CPU this thread is, or -1 for a task
 * @throws Error if this thread has joined one already, has loaded another version of the code, or no task slot is left
 */
export function attach_thread(handle: MachineHandle, cpu: number): void {
	if (attached)
		throw new Error('padata: this thread is part of a machine already');
	if (handle.image !== image_fingerprint() || handle.functions !== function_fingerprint())
		throw new Error('padata: this thread has loaded another build of the kernel code than the machine it joins');
	attach_memory(handle.memory);
	let id = cpu;
	if (cpu < 0) {
		id = load(machine_field('nr_cpu_ids')) + atomic_fetch_add(machine_field('next_task'), 1);
		if (id >= load(machine_field('nr_threads')))
			throw new Error('padata: no thread slot left; raise the boot option "tasks"');
	}
	threads = load(machine_field('threads'));
	thread_id = id;
	cpu_id = cpu;
	area = threads + id * THREAD_SIZE;
	attached = true;
	for (const fn of attach_calls)
		fn();
}

/** Leave the machine: nothing of it may be touched by this thread any more. */
export function detach_thread(): void {
	if (!attached)
		return;
	for (const fn of detach_calls)
		fn();
	attached = false;
	thread_id = -1;
	cpu_id = -1;
	attach_memory(new SharedArrayBuffer(8));
}

/** This thread's number; -1 before it has joined a machine. */
export function this_thread(): number {
	return thread_id;
}

/** The CPU this thread is, or -1 for a task. */
export function this_cpu(): number {
	return cpu_id;
}

/** Address of this thread's copy of a per_thread() object. */
export function this_thread_ptr(offset: number): number {
	return area + offset;
}

/** Address of another thread's copy of a per_thread() object. */
export function thread_ptr(offset: number, thread: number): number {
	return threads + thread * THREAD_SIZE + offset;
}

export { MACHINE, machine, machine_field, per_thread };
