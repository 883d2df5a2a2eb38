// SPDX-License-Identifier: GPL-2.0-only
//
// What the regression tests have others do: on async threads, and in sysfs.
import { atomic_load, atomic_store, padata_do_serial, rcu_read_lock, rcu_read_unlock,
	synchronize_rcu, wake_up } from '../../lib/index.js';
import { relax } from '../../lib/machine/park.js';

export function nothing(): void {
	// A round trip.
}

/** padata_do_serial() by a guest thread. */
export function finish(padata: number): void {
	padata_do_serial(padata);
}

export function grace_period(): void {
	synchronize_rcu();
}

/** A read-side section that lasts until the second word is set. @param at [begun, may end] */
export function read_section(at: number): void {
	rcu_read_lock();
	atomic_store(at, 1);
	wake_up(at);
	for (let turns = 0; atomic_load(at + 4) === 0; turns++)
		relax(turns);
	rcu_read_unlock();
}

/** An attribute's operations: they say that they have been called. */
export const SHOWN = 17;
export function show(): number {
	return SHOWN;
}
export function store_attribute(_pinst: number, _attr: number, _buf: number,
	count: number): number
{
	return count;
}
