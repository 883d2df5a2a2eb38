// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/mutex.h>. The owner word holds the owner's thread number + 1, and a flag while
// somebody waits. What would be a deadlock of a thread with itself is a crash with a name instead.
import { atomic_cmpxchg, atomic_load, atomic_xchg, READ_ONCE, store } from '../machine/memory.js';
import { sleep_on, wake_up } from '../machine/park.js';
import { cpu_thread_has_died } from '../machine/processor.js';
import { array, int, long, struct } from '../machine/struct.js';
import { this_thread } from '../machine/thread.js';
import { die } from './bug.js';
import { list_head } from './list.js';
import { may_sleep } from './preempt.js';
import { spinlock_t } from './spinlock.js';

/** The C layout; only `owner` is used. */
export const mutex = struct('mutex', { owner: long, wait_lock: spinlock_t, osq: array(int, 1),
	wait_list: list_head });

const WAITERS = 0x40000000;
/** So often (ms) a waiter looks whether the owner is there still. */
const LOOK_MS = 500;

export function mutex_init(lock: number): void {
	store(lock, 0);
	store(lock + 4, 0);
}

export function mutex_is_locked(lock: number): boolean {
	return READ_ONCE(lock) !== 0;
}

/** Does this thread hold it (also in a frame that sleeps further up its stack)? */
export function mutex_owned_by_me(lock: number): boolean {
	return (READ_ONCE(lock) & ~WAITERS) === this_thread() + 1;
}

export function mutex_trylock(lock: number): boolean {
	return atomic_cmpxchg(lock, 0, this_thread() + 1) === 0;
}

/**
 * Sleeps. A thread that holds the mutex already, or may not sleep, gets an Oops: in the kernel it
 * would hang here.
 */
export function mutex_lock(lock: number): void {
	// Reported also if it does not have to wait this time.
	const may_wait = may_sleep('mutex_lock');
	if (mutex_trylock(lock))
		return;
	__mutex_lock(lock, may_wait);
}

function __mutex_lock(lock: number, may_wait: boolean): void {
	if (mutex_owned_by_me(lock))
		die('INFO: task blocked for ever: it waits in __mutex_lock for a mutex that it holds');
	if (!may_wait)
		die('BUG: scheduling while atomic: mutex_lock');
	const me = this_thread() + 1;
	for (;;) {
		const owner = atomic_load(lock);
		// Whoever has waited takes it with the flag set: there may be others behind it.
		if (owner === 0 ? atomic_cmpxchg(lock, 0, me | WAITERS) === 0 : false)
			return;
		if (owner !== 0
			&& ((owner & WAITERS) !== 0 || atomic_cmpxchg(lock, owner, owner | WAITERS) === owner))
			sleep_on(lock, owner | WAITERS, LOOK_MS);
		// (The word is the owner's as long as it is dead.)
		const holder = (owner & ~WAITERS) - 1;
		if (cpu_thread_has_died(holder) && atomic_load(lock) === (owner | WAITERS))
			die(
				`INFO: task blocked for ever: it waits in __mutex_lock for mutex ${
					lock.toString(16)
				}, which CPU ${holder} held when its thread died`,
			);
	}
}

export function mutex_unlock(lock: number): void {
	if ((atomic_xchg(lock, 0) & WAITERS) !== 0)
		wake_up(lock);
}
