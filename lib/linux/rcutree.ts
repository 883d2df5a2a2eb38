// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rcutree.h>. Each thread has a counter on a line of its own, which is odd while
// the thread is in a read-side critical section. A grace period waits until every counter that was
// odd has changed. Readers are on the path of every job. So the barrier between the counter and
// what the section reads is made on the other side where that is possible: membarrier(2) makes it
// on all threads, and a reader needs two plain stores, which take 2 ns instead of 8 ns.
//
// This file knows neither softirqs nor what may sleep: preempt.ts and rcupdate.ts stand on it.
import { atomic_load, atomic_store, load, store, WRITE_ONCE } from '../machine/memory.js';
import { machine_field, per_thread } from '../machine/layout.js';
import { load_native } from '../machine/native.js';
import { relax } from '../machine/park.js';
import { on_attach, on_detach, this_thread_ptr, thread_ptr } from '../machine/thread.js';

const READER = per_thread(128, 128);

/** Where in a thread's area its counter is: C counts its foreign threads itself. */
export const rcu_reader = READER;

let reader = 0;
let reader_depth = 0;
let nr_threads = 0;
let barrier_on_all: (() => void) | null = null;

/**
 * The booting thread: find out whether readers can do without barriers. x86 only: there a plain
 * store comes after everything before it, which is what the end of a section needs. Linux waits for
 * a grace period of its own when a process asks for this, some 15 ms, so the CPUs' threads should
 * be on their way already; they attach after it.
 */
export function rcu_init(): void {
	const possible = process.arch === 'x64' && load_native().native?.membarrierRegister() === 0;
	store(machine_field('membarrier'), possible ? 1 : 0);
	find_barrier();
}

function find_barrier(): void {
	barrier_on_all = load(machine_field('membarrier')) !== 0
		? load_native().native!.membarrier
		: null;
}

on_attach(() => {
	reader = this_thread_ptr(READER);
	reader_depth = 0;
	nr_threads = load(machine_field('nr_threads'));
	find_barrier();
});

// Nobody must wait for a reader that has gone.
on_detach(() => {
	while (reader_depth > 0)
		rcu_read_exit();
});

/**
 * A thread has died: nobody waits for the read-side critical section that it was in. One that
 * cleans up behind itself ends its section when it leaves the machine.
 */
export function rcu_reader_died(thread: number): void {
	const at = thread_ptr(READER, thread);
	if (at !== reader && (load(at) & 1) !== 0)
		atomic_store(at, load(at) + 1);
}

/** Begin a read-side critical section; they nest. */
export function rcu_read_enter(): void {
	if (reader_depth++ === 0)
		count();
}

export function rcu_read_exit(): void {
	if (--reader_depth === 0)
		count();
}

/**
 * What the section reads is read after the counter is odd, and before it is even. Pairs with
 * wait_for_readers().
 */
function count(): void {
	if (barrier_on_all !== null)
		WRITE_ONCE(reader, load(reader) + 1);
	else
		atomic_store(reader, load(reader) + 1);
}

/** How deep this thread is in read-side sections; softirqs off counts as one. */
export function rcu_read_depth(): number {
	return reader_depth;
}

/**
 * Wait until all read-side critical sections that have begun are over. The caller's own is not one
 * of them.
 */
export function wait_for_readers(): void {
	// A reader whose counter we do not see as odd below began after this, and sees what the caller
	// has published.
	barrier_on_all?.();
	const before: number[] = [];
	for (let thread = 0; thread < nr_threads; thread++)
		before.push(atomic_load(thread_ptr(READER, thread)));
	for (let thread = 0; thread < nr_threads; thread++) {
		const at = thread_ptr(READER, thread);
		if (at === reader)
			continue;
		// A reader does not wake us: its exit is on the path of every job, this is not.
		for (let turns = 0; (before[thread] & 1) !== 0 && atomic_load(at) === before[thread];
			turns++)
			relax(turns);
	}
}
