// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/spinlock.h>. A spinlock is one word: 0 free, 1 held. Waiters spin on a plain
// read, then give the core away, since the holder may have been descheduled (relax). Inside a lock
// plain accesses suffice; the unlock is an atomic store, which the peeks after it (is the work
// pending? is the CPU parked?) come behind, as they are atomic loads.
import { atomic_cmpxchg, atomic_store, READ_ONCE, store } from '../machine/memory.js';
import { relax } from '../machine/park.js';
import { int } from '../machine/struct.js';
import { local_bh_disable, local_bh_enable, preempt_disable, preempt_enable } from './preempt.js';

export const spinlock_t = int;

export function spin_lock_init(lock: number): void {
	store(lock, 0);
}

export function spin_is_locked(lock: number): boolean {
	return READ_ONCE(lock) !== 0;
}

export function spin_lock(lock: number): void {
	preempt_disable();
	if (atomic_cmpxchg(lock, 0, 1) !== 0)
		spin_lock_slowpath(lock);
}

function spin_lock_slowpath(lock: number): void {
	let turns = 0;
	do {
		while (READ_ONCE(lock) !== 0)
			relax(turns++);
	} while (atomic_cmpxchg(lock, 0, 1) !== 0);
}

export function spin_trylock(lock: number): boolean {
	preempt_disable();
	if (READ_ONCE(lock) === 0 && atomic_cmpxchg(lock, 0, 1) === 0)
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
