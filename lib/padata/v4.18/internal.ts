// SPDX-License-Identifier: GPL-2.0-only
//
// Everything that padata.ts needs, in one list: first the kernel's headers, as <linux/...> has them
// in padata.c, then the machine that C does not need (functions by number, memory), then what is
// ours and stands beside padata.ts, a file for each subject.

// <linux/export.h>, <linux/cpumask.h>, <linux/err.h>, <linux/cpu.h>, <linux/padata.h>,
// <linux/mutex.h>, <linux/sched.h>, <linux/slab.h>, <linux/sysfs.h>, <linux/rcupdate.h>, and what
// they bring
export { atomic_inc_return, atomic_set } from '../../linux/atomic.js';
export { bitmap_parse } from '../../linux/bitmap.js';
export { BUG_ON } from '../../linux/bug.js';
export { cpus_held, cpus_read_lock, cpus_read_unlock,
	cpuhp_state_remove_instance_nocalls } from '../../linux/cpu.js';
export { cpuhp_remove_multi_state, cpuhp_setup_state_multi,
	cpuhp_state_add_instance_nocalls_cpuslocked,
	CPUHP_AP_ONLINE_DYN } from '../../linux/cpuhotplug.js';
export { alloc_cpumask_var, cpu_online, cpu_online_mask, cpu_possible_mask, cpumask_and,
	cpumask_clear_cpu, cpumask_copy, cpumask_equal, cpumask_first, cpumask_next, cpumask_pr,
	cpumask_test_cpu, free_cpumask_var, nr_cpu_ids } from '../../linux/cpumask.js';
export { ERR_PTR, PTR_ERR } from '../../linux/err.js';
export { EBUSY, EINPROGRESS, EINVAL, EIO, ENODATA, ENOMEM } from '../../linux/errno.js';
export { HZ, jiffies } from '../../linux/jiffies.js';
export { kobject_init, kobject_put } from '../../linux/kobject.js';
export { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, list_head, list_next,
	list_replace_init } from '../../linux/list.js';
export { mutex_init, mutex_lock, mutex_unlock } from '../../linux/mutex.js';
export { BLOCKING_INIT_NOTIFIER_HEAD, blocking_notifier_call_chain,
	blocking_notifier_chain_register,
	blocking_notifier_chain_unregister } from '../../linux/notifier.js';
export { PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, PADATA_INIT, PADATA_INVALID, PADATA_RESET,
	padata_cpumask, padata_instance, padata_list, padata_parallel_queue, padata_priv,
	padata_serial_queue, parallel_data } from '../../linux/padata.js';
export { PAGE_SIZE } from '../../linux/page_alloc.js';
export { alloc_percpu, free_percpu, per_cpu_ptr, this_cpu_ptr } from '../../linux/percpu.js';
export { local_bh_disable, local_bh_enable } from '../../linux/preempt.js';
export { rcu_assign_pointer, rcu_dereference_bh, rcu_read_lock, rcu_read_lock_bh, rcu_read_unlock,
	rcu_read_unlock_bh, synchronize_rcu } from '../../linux/rcupdate.js';
export { kfree, kzalloc } from '../../linux/slab.js';
export { get_cpu, put_cpu, smp_processor_id } from '../../linux/smp.js';
export { spin_lock, spin_lock_init, spin_trylock_bh, spin_unlock,
	spin_unlock_bh } from '../../linux/spinlock.js';
export { read_cstring, write_cstring } from '../../linux/string.js';
export { del_timer, del_timer_sync, mod_timer, timer_setup } from '../../linux/timer.js';
export { flush_work, INIT_WORK, queue_work_on } from '../../linux/workqueue.js';
export { attribute } from '../../linux/kobject.js';

// the machine
export { call, kernel_function } from '../../machine/function.js';
export { hold_process, release_process } from '../../machine/keep-alive.js';
export { bss, per_thread } from '../../machine/layout.js';
export { bytes_at, load, load_u8, store, store_ptr, store_u8 } from '../../machine/memory.js';
export { container_of } from '../../machine/struct.js';
export { this_thread_ptr } from '../../machine/thread.js';

// what is ours
export { ENOMEM_LEAVES_STOPPED, FREE_WITHOUT_WAIT, HOTPLUG_LOCK_ORDER, IMPLICIT_START,
	NOTIFIER_REREGISTER, OFFLINE_DIVIDE_ERROR, OFFLINE_UNNOTIFIED, quirk, REMOVE_CLEARS_BOTH,
	REORDER_TIMER, START_WHEN_INVALID, STOP_IGNORES_ASYNC, UNCHECKED_MISUSE,
	UNFLUSHED_REORDER_WORK } from '../../quirks.js';
export { begin_batch, continue_run, end_run, more_arrives, must_reorder, next_of_batch, NO_RUN,
	reorders_elsewhere, worker_waits } from './batching.js';
export { call_parallel, call_serial, parallel_is_over,
	thrown_parallels_end_by } from './callbacks.js';
export { cpu_in_table, cpu_table_size, divide_by_weight, exclude_going_cpu, has_no_cpu,
	make_cpu_table, usable_weight } from './cpu-table.js';
export { flush_late_comers, object_is_serialised, padata_refcnt, too_many_in_flight,
	wait_until_serialised } from './in-flight.js';
export { dead_cpu_workers, forget_pd, remember_pd } from './dead-cpu.js';
export { claim_object, is_cpu_of_a_mask, may_alloc, object_is_outstanding,
	padata_may_lock } from './misuse.js';
export { init_ring, insert_finished, next_is_finished, padata_next_queue, padata_reorder_objects,
	ring_size, take_next } from './order.js';
export { reorder_offers_by, take_over_reordering } from './reorder-offer.js';
export { init_sysfs_structs, padata_attr_type, padata_sysfs_entry } from './sysfs-structs.js';
export { lock_for_change, mask_is_usable, masks_with_cpu, take_back_change, unlock_after_change,
	user_masks_changed } from './user-masks.js';
