// SPDX-License-Identifier: GPL-2.0-only
//
// What the *.watched.ts tests of the kernel floor have other threads do.
import { atomic_load, rcu_read_lock, rcu_read_unlock } from '../../lib/index.js';
import { cpu_park_words } from '../../lib/machine/park.js';
import { arrive, delay_stores, drain_stores, tell, watch } from '../support/watch.js';
import { item } from '../support/work.jobs.js';

/**
 * A read-side section whose begin is in the store buffer of this thread's processor until a barrier is
 * asked for. @param at [in the section, barrier wanted, barrier made, the section is about to end]
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
 * Work: the next time this CPU is about to say that it parks, it stops. @param work its gate: [it has
 * come there, it may go on, what came of it: a value of Parked]
 */
export function stops_before_parking(work: number): void {
	const at = work_gate(work);
	const me = cpu_park_words();
	watch((what, addr, value) => {
		if (addr !== me)
			return;
		if ((what === 'atomic_store' || what === 'WRITE_ONCE') && value !== 0) {
			arrive(at);
		} else if (what === 'futex_wait' || what === 'futex_wait_async' || what === 'atomic_store') {
			watch(null);
			tell(at + 8, what === 'atomic_store' ? Parked.awake : Parked.sleeps);
		}
	});
}

const work_gate = (work: number): number => atomic_load(work + item.offset.gate);
