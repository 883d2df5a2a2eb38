// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/spinlock.h>. A spinlock is one word: 0 free, else held, by the thread of that
// number less 2. (C has values of its own, see native/linux/twins/spinlock.c.) Waiters spin on a
// plain read, then give the core away, since the holder may have been descheduled (relax). Inside a
// lock plain accesses suffice; the unlock is an atomic store, which the peeks after it (is the work
// pending? is the CPU parked?) come behind, as they are atomic loads.
import { atomic_cmpxchg, atomic_store, READ_ONCE, store } from '../machine/memory.js';
import { relax } from '../machine/park.js';
import { cpu_thread_has_died } from '../machine/processor.js';
import { int } from '../machine/struct.js';
import { on_attach, this_thread } from '../machine/thread.js';
import { die, report_oops } from './bug.js';
import { local_bh_disable, local_bh_enable, preempt_disable, preempt_enable } from './preempt.js';

export const spinlock_t = int;

/** What this thread puts into a lock. */
let mark = 1;
on_attach(() => {
	mark = this_thread() + 2;
});

export function spin_lock_init(lock: number): void {
	store(lock, 0);
}

export function spin_is_locked(lock: number): boolean {
	return READ_ONCE(lock) !== 0;
}

export function spin_lock(lock: number): void {
	preempt_disable();
	if (atomic_cmpxchg(lock, 0, mark) !== 0)
		spin_lock_slowpath(lock);
}

/** A waiter looks so often whether the holder is there still; it naps by then. */
const TURNS_TO_LOOK = 1024;

function spin_lock_slowpath(lock: number): void {
	let turns = 0;
	do {
		for (let held = READ_ONCE(lock); held !== 0; held = READ_ONCE(lock)) {
			relax(turns++);
			if (turns % TURNS_TO_LOOK === 0 && cpu_thread_has_died(held - 2))
				holder_has_died(lock, held - 2);
		}
	} while (atomic_cmpxchg(lock, 0, mark) !== 0);
}

function holder_has_died(lock: number, cpu: number): never {
	preempt_enable();
	die(
		`INFO: task blocked for ever: it spins for spinlock ${
			lock.toString(16)
		}, which CPU ${cpu} held when its thread died`,
	);
}

/**
 * The thread of a CPU has died: an oops if it held this lock. For a lock that others only try, so
 * that nobody would come to wait for it and find out.
 */
export function report_if_held_by(lock: number, cpu: number): void {
	if (READ_ONCE(lock) === cpu + 2)
		report_oops(
			`BUG: spinlock ${lock.toString(16)} was held by CPU ${cpu} when its thread died`,
		);
}

export function spin_trylock(lock: number): boolean {
	preempt_disable();
	if (READ_ONCE(lock) === 0 && atomic_cmpxchg(lock, 0, mark) === 0)
		return true;
	preempt_enable();
	return false;
}

export function spin_unlock(lock: number): void {
	atomic_store(lock, 0);
	preempt_enable();
}

export function spin_lock_bh(lock: number): void {
	local_bh_disable();
	spin_lock(lock);
}

export function spin_trylock_bh(lock: number): boolean {
	local_bh_disable();
	if (spin_trylock(lock))
		return true;
	local_bh_enable();
	return false;
}

export function spin_unlock_bh(lock: number): void {
	spin_unlock(lock);
	local_bh_enable();
}
