// SPDX-License-Identifier: GPL-2.0-only
//
// What the *.watched.ts tests of the kernel floor have other threads do.
import { atomic_load, complete_all, down_read, down_write, load, rcu_read_lock, rcu_read_unlock,
	up_read, up_write } from '../../lib/index.js';
import { cpu_park_words } from '../../lib/machine/park.js';
import { arrive, delay_stores, drain_stores, tell, watch } from '../support/watch.js';
import { item } from '../support/work.jobs.js';

/**
 * A read-side section whose begin is in the store buffer of this thread's processor until a barrier
 * is asked for. @param at [in the section, barrier wanted, barrier made, the section is about to
 * end]
 */
export function reads_with_delayed_stores(at: number): void {
	delay_stores(true);
	rcu_read_lock();
	arrive(at);
	drain_stores();
	tell(at + 8);
	tell(at + 12);
	rcu_read_unlock();
	delay_stores(false);
}

export const Parked = { sleeps: 1, awake: 2 } as const;

/**
 * Work: the next time this CPU is about to say that it parks, it stops. @param work its gate: [it
 * has come there, it may go on, what came of it: a value of Parked]
 */
export function stops_before_parking(work: number): void {
	const at = work_gate(work);
	const me = cpu_park_words();
	watch((what, addr, value) => {
		if (addr !== me)
			return;
		if ((what === 'atomic_store' || what === 'WRITE_ONCE') && value !== 0) {
			arrive(at);
		} else if (what === 'futex_wait' || what === 'futex_wait_async'
			|| what === 'atomic_store')
		{
			watch(null);
			tell(at + 8, what === 'atomic_store' ? Parked.awake : Parked.sleeps);
		}
	});
}

const work_gate = (work: number): number => atomic_load(work + item.offset.gate);

/**
 * Work: from now on this CPU counts, in the first word of the gate, how often it wakes the sleepers
 * of a word that it has not changed since it woke them last.
 */
export function watches_wake_ups(work: number): void {
	const at = work_gate(work);
	const changed = new Set<number>();
	let wrong = 0;
	watch((what, addr) => {
		if (what === 'futex_wake' && !changed.delete(addr))
			tell(at, ++wrong);
		else if (what.startsWith('atomic_') && what !== 'atomic_load')
			changed.add(addr);
	});
	tell(at + 4);
}

export function watches_nothing(_work: number): void {
	watch(null);
}

export function completes_all(work: number): void {
	complete_all(load(work + item.offset.other));
}

/** Work: take the rwsem `other`, for reading and for writing. */
export function reads_and_writes(work: number): void {
	const sem = load(work + item.offset.other);
	down_read(sem);
	up_read(sem);
	down_write(sem);
	up_write(sem);
}
