// SPDX-License-Identifier: GPL-2.0-only
//
// What a thread has in hand: the object whose parallel() runs, and whether a serial() runs. It lies
// in shared memory, because a callback may end the thread (process.exit(), an uncaught error), and
// whoever cleans up behind it has to know (dead-cpu.ts). It costs an object three plain stores to a
// line of the thread's own.
import { per_thread } from '../../machine/layout.js';
import { load, store } from '../../machine/memory.js';
import { on_attach, this_thread_ptr, thread_ptr } from '../../machine/thread.js';

/** [object in parallel(), or 0; is a serial() running?] */
const HAND = per_thread(8, 8);
const SERIAL = 4;

let hand = 0;
on_attach(() => {
	hand = this_thread_ptr(HAND);
	store(hand, 0);
	store(hand + SERIAL, 0);
});

/**
 * The object whose parallel() runs on this thread, until padata_do_serial() has been called for it;
 * or 0.
 */
export function object_in_parallel(): number {
	return load(hand);
}

/** parallel() of this object begins; 0: none is running, or it has been finished. */
export function set_object_in_parallel(padata: number): void {
	store(hand, padata);
}

/** A serial() begins. */
export function serial_begins(): void {
	store(hand + SERIAL, 1);
}

/** The object of serial_begins() has been counted as serialised. */
export function serial_is_over(): void {
	store(hand + SERIAL, 0);
}

/** Take the object that was in parallel() on a thread that has died. @returns 0: there was none */
export function take_object_in_parallel(thread: number): number {
	const at = thread_ptr(HAND, thread);
	const padata = load(at);
	store(at, 0);
	return padata;
}

/** Was a thread that has died in a serial()? Only the first call says so. */
export function take_serial(thread: number): boolean {
	const at = thread_ptr(HAND, thread) + SERIAL;
	const was = load(at) !== 0;
	store(at, 0);
	return was;
}
