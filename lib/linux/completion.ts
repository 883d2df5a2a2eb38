// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/completion.h>. The word `done` counts; sleepers sleep on it.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store,
	READ_ONCE } from '../machine/memory.js';
import { sleep_on, sleep_on_async, wake_up } from '../machine/park.js';
import { struct, unsigned_int } from '../machine/struct.js';
import { die } from './bug.js';
import { jiffies_to_msecs } from './jiffies.js';
import { list_head } from './list.js';
import { may_sleep } from './preempt.js';
import { spinlock_t } from './spinlock.js';

const wait_queue_head = struct('wait_queue_head', { lock: spinlock_t, head: list_head });
export const completion = struct('completion', { done: unsigned_int, wait: wait_queue_head });

const ALL = 0x3fffffff;

export function init_completion(x: number): void {
	atomic_store(x, 0);
}

export const reinit_completion = init_completion;

/** Let one waiter go on. Any thread, any context. */
export function complete(x: number): void {
	atomic_fetch_add(x, 1);
	// The waiter may have freed x by now; a wake-up on an address that is something else is
	// harmless.
	wake_up(x);
}

/** Let all waiters go on, also later ones, until reinit_completion(). */
export function complete_all(x: number): void {
	atomic_store(x, ALL);
	wake_up(x);
}

export function completion_done(x: number): boolean {
	return READ_ONCE(x) !== 0;
}

export function try_wait_for_completion(x: number): boolean {
	for (;;) {
		const done = atomic_load(x);
		if (done === 0)
			return false;
		if (done >= ALL || atomic_cmpxchg(x, done, done - 1) === done)
			return true;
	}
}

/** Sleeps. */
export function wait_for_completion(x: number): void {
	wait_for_completion_timeout(x, Infinity);
}

/**
 * Sleeps for at most `timeout` jiffies.
 * @returns false if the time was over first
 */
export function wait_for_completion_timeout(x: number, timeout: number): boolean {
	if (!may_sleep('wait_for_completion'))
		die('BUG: scheduling while atomic: wait_for_completion');
	const end = performance.now() + jiffies_to_msecs(timeout);
	while (!try_wait_for_completion(x)) {
		const left = end - performance.now();
		if (left <= 0)
			return false;
		sleep_on(x, 0, left);
	}
	return true;
}

/** As wait_for_completion, for a thread whose event loop goes on meanwhile. */
export async function wait_for_completion_async(x: number): Promise<void> {
	while (!try_wait_for_completion(x))
		await sleep_on_async(x, 0);
}
