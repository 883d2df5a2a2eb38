// SPDX-License-Identifier: GPL-2.0-only
//
// The census of idle CPUs: how many spin, and would see at once what changes, and how many are
// parked. Whoever has work to give away looks here whether somebody has time for it (leftover.ts).
import { atomic_fetch_add, atomic_load, load, READ_ONCE, store } from './memory.js';
import { bss, per_thread } from './layout.js';
import { on_attach, this_thread_ptr, thread_ptr } from './thread.js';

/** SPINNING for each CPU that is idle and awake, PARKED for each that sleeps. */
const IDLE = bss(128, 128);
const SPINNING = 1;
const PARKED = 1 << 16;

/** What this thread has added to the census, and will take back. */
const SHARE = per_thread(4);
let share = 0;
on_attach(() => {
	share = this_thread_ptr(SHARE);
});

function count(change: number): void {
	store(share, load(share) + change);
	atomic_fetch_add(IDLE, change);
}

/** A thread has died: take back what it has added to the census. */
export function uncount_idle(thread: number): void {
	const at = thread_ptr(SHARE, thread);
	atomic_fetch_add(IDLE, -load(at));
	store(at, 0);
}

/** This CPU has nothing to do and looks out for work, until spin_end(). */
export function spin_begin(): void {
	count(SPINNING);
}

/**
 * The CPU must look once more after this: somebody may have relied on it until now. Pairs with
 * only_sleepers().
 */
export function spin_end(): void {
	count(-SPINNING);
}

/** This CPU is about to sleep, until park_end(). As after spin_end(), it must look once more. */
export function park_begin(): void {
	count(PARKED);
}

export function park_end(): void {
	count(-PARKED);
}

function sleepers_alone(idle: number): boolean {
	return idle >= PARKED && (idle & PARKED - 1) === 0;
}

/** Are there idle CPUs, all of them asleep? A look that may be out of date. */
export function seems_only_sleepers(): boolean {
	return sleepers_alone(READ_ONCE(IDLE));
}

/**
 * Are there idle CPUs, all of them asleep? What the caller published with a full barrier before is
 * seen by every CPU that is counted as awake here. Pairs with spin_end() and park_begin().
 */
export function only_sleepers(): boolean {
	return sleepers_alone(atomic_load(IDLE));
}
