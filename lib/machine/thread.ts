// SPDX-License-Identifier: GPL-2.0-only
//
// Who this thread is. A thread that runs kernel code is a CPU (number below nr_cpu_ids, its thread
// number is the CPU number) or a guest thread (main, or a worker that has attached: thread numbers
// from nr_cpu_ids up, no CPU).
import { attach_memory, atomic_cmpxchg, atomic_store, detach_memory, load,
	set_memory_high } from './memory.js';
import { MACHINE, THREAD_SIZE, static_fingerprint, machine, machine_field,
	per_thread } from './layout.js';
import { function_fingerprint } from './function.js';
import { switch_native_off } from './native.js';

/** What a thread needs to join a machine; it can be sent to any worker. */
export interface MachineHandle {
	readonly memory: SharedArrayBuffer;
	readonly image: string;
	readonly functions: string;
}

/** 1 while a guest thread has this thread number. */
export const TAKEN = per_thread(4);

export let attached = false;
let thread_id = -1;
let cpu_id = -1;
let area = 0;
let threads = 0;

const attach_calls: (() => void)[] = [];
const detach_calls: (() => void)[] = [];

/**
 * Run `fn` on every thread when it joins a machine (to cache what boot decided), and at once if it
 * has joined.
 */
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
	return { memory, image: static_fingerprint(), functions: function_fingerprint() };
}

/**
 * Join a machine.
 * @param cpu the CPU this thread is, or -1 for a guest thread
 * @throws Error if this thread has joined one already, has loaded another version of the code, or
 * no slot for a guest thread is left
 */
export function attach_thread(handle: MachineHandle, cpu: number): void {
	if (attached)
		throw new Error('padata: this thread is part of a machine already');
	if (handle.image !== static_fingerprint() || handle.functions !== function_fingerprint())
		throw new Error(
			'padata: this thread has loaded another build of the kernel code than the machine it joins',
		);
	attach_memory(handle.memory);
	threads = load(machine_field('threads'));
	const id = cpu >= 0 ? cpu : take_slot();
	if (id < 0) {
		detach_memory();
		throw new Error('padata: no thread slot left; raise the boot option "tasks"');
	}
	thread_id = id;
	cpu_id = cpu;
	area = threads + id * THREAD_SIZE;
	attached = true;
	switch_native_off(load(machine_field('native_off')) !== 0);
	set_memory_high(load(machine_field('memory_high')));
	for (const fn of attach_calls)
		fn();
}

/** A thread number for a guest thread, or -1. */
function take_slot(): number {
	const end = load(machine_field('nr_threads'));
	for (let id = load(machine_field('nr_cpu_ids')); id < end; id++)
		if (atomic_cmpxchg(thread_ptr(TAKEN, id), 0, 1) === 0)
			return id;
	return -1;
}

/** Leave the machine: nothing of it may be touched by this thread any more. */
export function detach_thread(): void {
	if (!attached)
		return;
	for (const fn of detach_calls)
		fn();
	// The last thing: another thread may have the number from here on.
	atomic_store(this_thread_ptr(TAKEN), 0);
	attached = false;
	thread_id = -1;
	cpu_id = -1;
	detach_memory();
}

/** How many threads this machine can have: CPUs and guest threads. */
export function nr_threads(): number {
	return load(machine_field('nr_threads'));
}

/** This thread's number; -1 before it has joined a machine. */
export function this_thread(): number {
	return thread_id;
}

/** The CPU this thread is, or -1 for a guest thread. */
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
