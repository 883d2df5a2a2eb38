// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rcupdate.h>. The readers and the grace period are in rcutree.ts. The _bh flavour
// and the plain one are the same readers, so synchronize_rcu() waits for both (in 4.18 that held
// for non-preemptible kernels, RHEL's).
import { atomic_store_ptr, READ_ONCE } from '../machine/memory.js';
import { local_bh_disable, local_bh_enable, may_sleep } from './preempt.js';
import { rcu_read_enter, rcu_read_exit, wait_for_readers } from './rcutree.js';

export { rcu_init, rcu_read_depth, rcu_read_enter, rcu_read_exit, rcu_reader } from './rcutree.js';

export const rcu_read_lock = rcu_read_enter;
export const rcu_read_unlock = rcu_read_exit;

export function rcu_read_lock_bh(): void {
	local_bh_disable();
}

export function rcu_read_unlock_bh(): void {
	local_bh_enable();
}

/** Publish a pointer: what it points to is written before. */
export const rcu_assign_pointer = atomic_store_ptr;
/** Read a published pointer; the data behind it is ordered by the dependency. */
export const rcu_dereference_bh = READ_ONCE;
export const rcu_dereference = READ_ONCE;

/** Wait until all read-side critical sections that have begun are over. Sleeps. */
export function synchronize_rcu(): void {
	if (may_sleep('synchronize_rcu'))
		wait_for_readers();
}
