// SPDX-License-Identifier: GPL-2.0-only
//
// padata: farm work out over CPUs, deliver the results in the order of submission.
//
// A port of kernel/padata.c of kernel 4.18.0-80.el8 (git blob
// d568cc56405f8835d499df7b6555a406e99c9e96, the same as in mainline v4.18), function for function,
// in its order and under its names. "L123" is the line of that file where a function begins. Each
// body has the kernel's statements in the kernel's order. What is ours is a call of a function from
// one of the files beside this one, whose name says what it saves or checks; internal.ts lists
// them. Where the code of 4.18 and its document part, quirk() tells which of the two is done
// (lib/quirks.ts). The document's functions that 4.18 has lost stand in document.ts.
//
// How to read it: an address is a number. `load(pd + pdo.pinst)` is `pd->pinst`, and `pd +
// pdo.refcnt` is `&pd->refcnt`. pd->refcnt is padata_refcnt() here, see in-flight.ts, and
// pd->reorder_objects is padata_reorder_objects(), see order.ts.
import { alloc_cpumask_var, alloc_percpu, atomic_inc_return, atomic_set, attribute, begin_batch,
	bitmap_parse, BLOCKING_INIT_NOTIFIER_HEAD, blocking_notifier_call_chain,
	blocking_notifier_chain_register, blocking_notifier_chain_unregister, bss, BUG_ON, bytes_at,
	call, call_parallel, call_serial, claim_object, container_of, continue_run, cpu_in_table,
	cpu_online, cpu_online_mask, cpu_possible_mask, cpu_table_size, CPUHP_AP_ONLINE_DYN,
	cpuhp_remove_multi_state, cpuhp_setup_state_multi, cpuhp_state_add_instance_nocalls_cpuslocked,
	cpuhp_state_remove_instance_nocalls, cpumask_and, cpumask_clear_cpu, cpumask_copy,
	cpumask_equal, cpumask_first, cpumask_next, cpumask_pr, cpumask_test_cpu, cpus_held,
	cpus_read_lock, cpus_read_unlock, dead_cpu_workers, del_timer, del_timer_sync, divide_by_weight,
	EBUSY, EINPROGRESS, EINVAL, EIO, end_run, ENODATA, ENOMEM, ENOMEM_LEAVES_STOPPED, ERR_PTR,
	exclude_going_cpu, flush_late_comers, flush_work, forget_pd, free_cpumask_var, free_percpu,
	FREE_WITHOUT_WAIT, get_cpu, has_no_cpu, hold_process, HOTPLUG_LOCK_ORDER, HZ, IMPLICIT_START,
	INIT_LIST_HEAD, init_ring, init_sysfs_structs, INIT_WORK, insert_finished, is_cpu_of_a_mask,
	jiffies, kernel_function, kfree, kobject_init, kobject_put, kzalloc, list_add_tail,
	list_del_init, list_empty, list_head, list_next, list_replace_init, load, load_u8,
	local_bh_disable, local_bh_enable, lock_for_change, make_cpu_table, mask_is_usable,
	masks_with_cpu, may_alloc, mod_timer, more_arrives, must_reorder, mutex_init, mutex_lock,
	mutex_unlock, next_is_finished, next_of_batch, NO_RUN, NOTIFIER_REREGISTER, nr_cpu_ids,
	object_is_outstanding, object_is_serialised, OFFLINE_DIVIDE_ERROR, OFFLINE_UNNOTIFIED,
	padata_attr_type, PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, padata_cpumask, PADATA_INIT,
	padata_instance, PADATA_INVALID, padata_list, padata_may_lock, padata_next_queue,
	padata_parallel_queue, padata_priv, padata_refcnt, padata_reorder_objects, PADATA_RESET,
	padata_serial_queue, padata_sysfs_entry, PAGE_SIZE, parallel_data, parallel_is_over,
	per_cpu_ptr, per_thread, PTR_ERR, put_cpu, queue_work_on, quirk, rcu_assign_pointer,
	rcu_dereference_bh, rcu_read_lock, rcu_read_lock_bh, rcu_read_unlock, rcu_read_unlock_bh,
	read_cstring, release_process, remember_pd, REMOVE_CLEARS_BOTH, reorder_offers_by,
	REORDER_TIMER, reorders_elsewhere, ring_size, smp_processor_id, spin_lock, spin_lock_init,
	spin_trylock_bh, spin_unlock, spin_unlock_bh, START_WHEN_INVALID, STOP_IGNORES_ASYNC, store,
	store_ptr, store_u8, synchronize_rcu, take_back_change, take_next, take_over_reordering,
	this_cpu_ptr, this_thread_ptr, thrown_parallels_end_by, timer_setup, too_many_in_flight,
	UNCHECKED_MISUSE, UNFLUSHED_REORDER_WORK, unlock_after_change, usable_weight,
	user_masks_changed, wait_until_serialised, worker_waits, write_cstring } from './internal.js';

const priv = padata_priv.offset;
const plist = padata_list.offset;
const pq = padata_parallel_queue.offset;
const sq = padata_serial_queue.offset;
const pdo = parallel_data.offset;
const pi = padata_instance.offset;
const pcpu = padata_cpumask.offset.pcpu;
const cbcpu = padata_cpumask.offset.cbcpu;

/** The local list heads of the two workers, which C has on the stack. */
const STACK = per_thread(64, 128);
const parallel_local = (): number => this_thread_ptr(STACK);
const serial_local = (): number => this_thread_ptr(STACK) + list_head.size;

// ---- the path of an object
// -------------------------------------------------------------------------------------------------

/** The cpu_index-th usable parallel CPU, ascending (L38). */
function padata_index_to_cpu(pd: number, cpu_index: number): number {
	return cpu_in_table(pd, cpu_index);
}

/**
 * The next CPU in turn, and the object's number (L49). The caller has seen to it that there is a
 * CPU.
 */
function padata_cpu_hash(pd: number, padata: number): number {
	const seq_nr = atomic_inc_return(pd + pdo.seq_nr);
	store(padata + priv.seq_nr, seq_nr);
	const cpu_index = (seq_nr >>> 0) % usable_weight(pd);
	return padata_index_to_cpu(pd, cpu_index);
}

/** Run the objects queued on this CPU, as one batch with softirqs off (L65). */
const padata_parallel_worker = kernel_function(
	function padata_parallel_worker(parallel_work: number): void {
		const pqueue = container_of(parallel_work, padata_parallel_queue, 'work');
		const local_list = parallel_local();
		let rounds = 0;
		do {
			local_bh_disable();
			take_over_reordering();
			spin_lock(pqueue + pq.parallel + plist.lock);
			list_replace_init(pqueue + pq.parallel, local_list);
			spin_unlock(pqueue + pq.parallel + plist.lock);

			begin_batch();
			while (!list_empty(local_list)) {
				const padata = list_next(local_list);
				list_del_init(padata);
				next_of_batch(local_list);
				call_parallel(padata);
			}
			local_bh_enable();
		} while (more_arrives(pqueue, rounds++));
	},
);

/**
 * Submit an object (L104). Any thread, any context; does not sleep.
 *
 * @param pinst the instance
 * @param padata address of the object's padata_priv, with parallel and serial set; a multiple of 8.
 * The caller must leave it alone until its serial() runs, which may free or resubmit it.
 * @param cb_cpu the CPU for serial(); it must be in the usable serial mask
 * @returns 0: accepted, parallel() and serial() will be called once each. -EINVAL: the instance is
 * not started, or one of its masks has no online CPU, or cb_cpu is not in the usable serial mask
 * (tested in this order), or padata is no address. -EBUSY: the masks are being changed, or 1000
 * objects are in flight; not accepted, try again later. -EALREADY: the object is in flight.
 */
export function padata_do_parallel(pinst: number, padata: number, cb_cpu: number): number {
	let err: number;
	rcu_read_lock_bh();
	const pd = rcu_dereference_bh(pinst + pi.pd);
	out: {
		err = -EINVAL;
		const flags = load_u8(pinst + pi.flags);
		if ((flags & PADATA_INIT) === 0 || (flags & PADATA_INVALID) !== 0)
			break out;
		if (!cpumask_test_cpu(cb_cpu, load(pd + pdo.cpumask + cbcpu)))
			break out;
		if (has_no_cpu(pd))
			break out;
		err = -EBUSY;
		if ((flags & PADATA_RESET) !== 0)
			break out;
		if (too_many_in_flight(pd))
			break out;
		divide_by_weight(pd);
		err = claim_object(padata);
		if (err !== 0)
			break out;
		store_ptr(padata + priv.pd, pd);
		store(padata + priv.cb_cpu, cb_cpu);

		const target_cpu = padata_cpu_hash(pd, padata);
		store(padata + priv.cpu, target_cpu);
		const queue = per_cpu_ptr(load(pd + pdo.pqueue), target_cpu);

		spin_lock(queue + pq.parallel + plist.lock);
		list_add_tail(padata, queue + pq.parallel);
		spin_unlock(queue + pq.parallel + plist.lock);

		if (!worker_waits(queue))
			queue_work_on(target_cpu, load(pinst + pi.wq), queue + pq.work);
	}
	rcu_read_unlock_bh();
	return err;
}

/**
 * Take the next object in the order of submission (L166). Called with pd->lock held.
 * @returns the object; ERR_PTR(-ENODATA) if it is this CPU that has to finish it (4.18, for its
 * timer); ERR_PTR(-EINPROGRESS) if it is not there yet
 */
function padata_get_next(pd: number): number {
	const padata = take_next(pd);
	if (padata !== 0)
		return padata;
	if (quirk(REORDER_TIMER) && smp_processor_id() >= 0
		&& load(this_cpu_ptr(load(pd + pdo.pqueue)) + pq.cpu_index)
			=== load(padata_next_queue(pd) + pq.cpu_index))
		return ERR_PTR(-ENODATA);
	return ERR_PTR(-EINPROGRESS);
}

/**
 * Hand the objects whose turn has come to their callback CPUs (L212). One CPU at a time does it;
 * who finds the lock taken leaves it to the holder.
 */
export function padata_reorder(pd: number): void {
	do {
		if (!spin_trylock_bh(pd + pdo.lock))
			return;

		let run = NO_RUN;
		for (;;) {
			const padata = padata_get_next(pd);
			if (PTR_ERR(padata) === -EINPROGRESS)
				break;
			if (PTR_ERR(padata) === -ENODATA) {
				end_run(pd, run);
				del_timer(pd + pdo.timer);
				spin_unlock_bh(pd + pdo.lock);
				return;
			}
			const cb_cpu = load(padata + priv.cb_cpu);
			const squeue = per_cpu_ptr(load(pd + pdo.squeue), cb_cpu);
			run = continue_run(pd, run, cb_cpu, squeue);
			list_add_tail(padata, squeue + sq.serial);
		}
		end_run(pd, run);

		// The unlock is a full barrier: an object that is inserted after our last look belongs to a
		// padata_do_serial() whose trylock comes after the unlock, or which we see below. Pairs
		// with the barrier in insert_finished().
		spin_unlock_bh(pd + pdo.lock);

		if (quirk(REORDER_TIMER)) {
			if (padata_reorder_objects(pd) !== 0
				&& (load_u8(load(pd + pdo.pinst) + pi.flags) & PADATA_RESET) === 0)
				mod_timer(pd + pdo.timer, jiffies() + HZ);
			else
				del_timer(pd + pdo.timer);
			return;
		}
	} while (next_is_finished(pd));
}
reorder_offers_by(padata_reorder);

/** padata_reorder() on the CPU of the object that came (L280). */
const invoke_padata_reorder = kernel_function(function invoke_padata_reorder(work: number): void {
	local_bh_disable();
	const pqueue = container_of(work, padata_parallel_queue, 'reorder_work');
	padata_reorder(load(pqueue + pq.pd));
	local_bh_enable();
});

/**
 * A second has passed with objects waiting: reorder, on the CPU whose object is the next (L292).
 * 4.18 only.
 */
const padata_reorder_timer = kernel_function(function padata_reorder_timer(t: number): void {
	const pd = container_of(t, parallel_data, 'timer');
	const cpu = get_cpu();
	const next_queue = padata_next_queue(pd);
	const target_cpu = padata_index_to_cpu(pd,
		(load(pd + pdo.processed) >>> 0) % usable_weight(pd));
	if (cpu !== target_cpu)
		queue_work_on(target_cpu, load(load(pd + pdo.pinst) + pi.wq), next_queue + pq.reorder_work);
	else
		padata_reorder(pd);
	put_cpu();
});

/**
 * Run serial() of the objects whose turn has come on this callback CPU, with softirqs off (L327).
 */
const padata_serial_worker = kernel_function(
	function padata_serial_worker(serial_work: number): void {
		local_bh_disable();
		const squeue = container_of(serial_work, padata_serial_queue, 'work');
		const pd = load(squeue + sq.pd);
		const local_list = serial_local();

		spin_lock(squeue + sq.serial + plist.lock);
		list_replace_init(squeue + sq.serial, local_list);
		spin_unlock(squeue + sq.serial + plist.lock);

		while (!list_empty(local_list)) {
			const padata = list_next(local_list);
			list_del_init(padata);
			call_serial(padata);
			object_is_serialised(pd);
		}
		local_bh_enable();
	},
);

/**
 * An object's work is complete (L363). To be called once for each object, by its parallel() or by
 * whatever finishes the job later; any thread, any context; does not sleep. serial() follows when
 * its turn has come.
 */
export function padata_do_serial(padata: number): void {
	if (!object_is_outstanding(padata))
		return;
	const pd = load(padata + priv.pd);
	const target_cpu = load(padata + priv.cpu);
	parallel_is_over(padata, target_cpu);

	// As soon as the object is in the list it may be serialised, and pd with it be gone, but for
	// this.
	rcu_read_lock();
	const cpu = get_cpu();
	const reorder_via_wq = cpu !== target_cpu;
	const pqueue = per_cpu_ptr(load(pd + pdo.pqueue), target_cpu);
	insert_finished(pd, pqueue, padata);
	put_cpu();

	if (must_reorder(pd)) {
		if (reorder_via_wq)
			queue_work_on(target_cpu, load(load(pd + pdo.pinst) + pi.wq), pqueue + pq.reorder_work);
		else if (!reorders_elsewhere(pd))
			padata_reorder(pd);
	}
	rcu_read_unlock();
}
thrown_parallels_end_by(padata_do_serial);
dead_cpu_workers({
	padata_parallel_worker,
	padata_serial_worker,
	parallel_local: STACK,
	serial_local: STACK + list_head.size,
});

// ---- parallel_data: what a pair of usable masks needs
// -------------------------------------------------------------------------------------------------

/**
 * The usable masks: what of the user's masks is online (L402).
 * @param going a CPU that counts as offline already, or -1
 * @returns 0 or -ENOMEM
 */
function padata_setup_cpumasks(pd: number, pcpumask: number, cbcpumask: number,
	going: number): number
{
	const usable_p = alloc_cpumask_var();
	if (usable_p === 0)
		return -ENOMEM;
	store_ptr(pd + pdo.cpumask + pcpu, usable_p);
	cpumask_and(usable_p, pcpumask, cpu_online_mask);
	const usable_cb = alloc_cpumask_var();
	if (usable_cb === 0) {
		free_cpumask_var(usable_p);
		return -ENOMEM;
	}
	store_ptr(pd + pdo.cpumask + cbcpu, usable_cb);
	cpumask_and(usable_cb, cbcpumask, cpu_online_mask);
	exclude_going_cpu(pd, going);
	make_cpu_table(pd);
	return 0;
}

/** L419 */
function __padata_list_init(pd_list: number): void {
	INIT_LIST_HEAD(pd_list);
	spin_lock_init(pd_list + plist.lock);
}

/** L426 */
function padata_init_squeues(pd: number): void {
	const usable = load(pd + pdo.cpumask + cbcpu);
	for (let cpu = cpumask_first(usable); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, usable)) {
		const squeue = per_cpu_ptr(load(pd + pdo.squeue), cpu);
		store_ptr(squeue + sq.pd, pd);
		__padata_list_init(squeue + sq.serial);
		INIT_WORK(squeue + sq.work, padata_serial_worker);
	}
}

/**
 * Queues of all possible CPUs; those outside the usable parallel mask only get cpu_index -1 (L440).
 */
function padata_init_pqueues(pd: number): void {
	const usable = load(pd + pdo.cpumask + pcpu);
	let cpu_index = 0;
	for (let cpu = cpumask_first(cpu_possible_mask); cpu < nr_cpu_ids;
		cpu = cpumask_next(cpu, cpu_possible_mask))
	{
		const pqueue = per_cpu_ptr(load(pd + pdo.pqueue), cpu);
		if (!cpumask_test_cpu(cpu, usable)) {
			store(pqueue + pq.cpu_index, -1);
			continue;
		}
		store_ptr(pqueue + pq.pd, pd);
		store(pqueue + pq.cpu_index, cpu_index++);
		__padata_list_init(pqueue + pq.reorder);
		__padata_list_init(pqueue + pq.parallel);
		INIT_WORK(pqueue + pq.work, padata_parallel_worker);
		INIT_WORK(pqueue + pq.reorder_work, invoke_padata_reorder);
		atomic_set(pqueue + pq.num_obj, 0);
	}
}

/** Numbers parallel_datas, so that one is not taken for another that had its memory before. */
const last_pd_id = bss(4);

/**
 * A parallel_data for the user's masks (L467). Empty usable masks are accepted.
 * @returns NULL if there is no memory
 */
function padata_alloc_pd(pinst: number, pcpumask: number, cbcpumask: number, going = -1): number {
	// The table of CPUs and the ring lie behind it.
	const ring = Math.ceil((parallel_data.size + cpu_table_size()) / 1024) * 1024;
	const pd = kzalloc(ring + ring_size());
	if (pd === 0)
		return 0;
	init_ring(pd, pd + ring);
	store(pd + pdo.id, atomic_inc_return(last_pd_id));
	err: {
		const pqueue = alloc_percpu(padata_parallel_queue.size);
		if (pqueue === 0)
			break err;
		store(pd + pdo.pqueue, pqueue);
		const squeue = alloc_percpu(padata_serial_queue.size);
		if (squeue === 0)
			break err;
		store(pd + pdo.squeue, squeue);
		if (padata_setup_cpumasks(pd, pcpumask, cbcpumask, going) < 0)
			break err;
		padata_init_pqueues(pd);
		padata_init_squeues(pd);
		timer_setup(pd + pdo.timer, padata_reorder_timer, 0);
		atomic_set(pd + pdo.seq_nr, -1);
		atomic_set(pd + pdo.reorder_objects, 0);
		atomic_set(pd + pdo.serialised, 0);
		store_ptr(pd + pdo.pinst, pinst);
		spin_lock_init(pd + pdo.lock);
		remember_pd(pd);
		return pd;
	}
	free_percpu(load(pd + pdo.squeue));
	free_percpu(load(pd + pdo.pqueue));
	kfree(pd);
	return 0;
}

/** L508 */
function padata_free_pd(pd: number): void {
	forget_pd(pd);
	free_cpumask_var(load(pd + pdo.cpumask + pcpu));
	free_cpumask_var(load(pd + pdo.cpumask + cbcpu));
	free_percpu(load(pd + pdo.pqueue));
	free_percpu(load(pd + pdo.squeue));
	kfree(pd);
}

/**
 * Wait until every object has been serialised (L518). Nothing may be submitted to pd any more;
 * sleeps. In 4.18 an object whose padata_do_serial() is still to come is a BUG.
 */
function padata_flush_queues(pd: number): void {
	const usable_p = load(pd + pdo.cpumask + pcpu);
	const usable_cb = load(pd + pdo.cpumask + cbcpu);
	for (let cpu = cpumask_first(usable_p); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, usable_p))
		flush_work(per_cpu_ptr(load(pd + pdo.pqueue), cpu) + pq.work);

	del_timer_sync(pd + pdo.timer);

	if (padata_reorder_objects(pd) !== 0)
		padata_reorder(pd);

	if (!quirk(STOP_IGNORES_ASYNC))
		wait_until_serialised(pd);

	for (let cpu = cpumask_first(usable_cb); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, usable_cb))
		flush_work(per_cpu_ptr(load(pd + pdo.squeue), cpu) + sq.work);

	if (!quirk(UNFLUSHED_REORDER_WORK))
		flush_late_comers(pd);

	BUG_ON(padata_refcnt(pd) !== 0, 'padata.c:539');
}

// ---- the instance
// -------------------------------------------------------------------------------------------------

function padata_set_flags(pinst: number, set: number, clear = 0): void {
	store_u8(pinst + pi.flags, load_u8(pinst + pi.flags) & ~clear | set);
}

/** L542 */
function __padata_start(pinst: number): void {
	padata_set_flags(pinst, PADATA_INIT);
}

/** Refuse new objects, wait for the old ones (L547). Under pinst->lock. */
function __padata_stop(pinst: number): void {
	if ((load_u8(pinst + pi.flags) & PADATA_INIT) === 0)
		return;
	padata_set_flags(pinst, 0, PADATA_INIT);
	synchronize_rcu();

	// 4.18 takes the hotplug lock here, inside pinst->lock; here the callers have it.
	if (quirk(HOTPLUG_LOCK_ORDER))
		cpus_read_lock();
	padata_flush_queues(load(pinst + pi.pd));
	if (quirk(HOTPLUG_LOCK_ORDER))
		cpus_read_unlock();
}

/**
 * Replace the parallel_data (L562): refuse objects, publish the new one, wait for the old objects,
 * tell the notifiers of what has changed in the usable masks, accept objects. Under pinst->lock.
 */
function padata_replace(pinst: number, pd_new: number): void {
	const pd_old = load(pinst + pi.pd);
	let notification_mask = 0;

	padata_set_flags(pinst, PADATA_RESET);
	rcu_assign_pointer(pinst + pi.pd, pd_new);
	synchronize_rcu();

	if (!cpumask_equal(load(pd_old + pdo.cpumask + pcpu), load(pd_new + pdo.cpumask + pcpu)))
		notification_mask |= PADATA_CPU_PARALLEL;
	if (!cpumask_equal(load(pd_old + pdo.cpumask + cbcpu), load(pd_new + pdo.cpumask + cbcpu)))
		notification_mask |= PADATA_CPU_SERIAL;

	padata_flush_queues(pd_old);
	padata_free_pd(pd_old);

	if (notification_mask !== 0)
		blocking_notifier_call_chain(pinst + pi.cpumask_change_notifier, notification_mask,
			pd_new + pdo.cpumask);

	padata_set_flags(pinst, 0, PADATA_RESET);
}

/**
 * Be told of changes of the usable masks (L597). The callback gets (nblock, bits, masks):
 * PADATA_CPU_SERIAL and PADATA_CPU_PARALLEL or-ed, and the address of a padata_cpumask with the new
 * usable masks. It runs in the thread that changes the masks, with the instance's lock held, after
 * the old objects have been serialised; padata_do_parallel() refuses meanwhile. It must not change,
 * start or stop the instance, nor (un)register notifiers of it. Sleeps.
 *
 * @param nblock address of a notifier_block with notifier_call and priority set; higher priorities
 *   are called first
 * @returns 0; -EEXIST if the block is registered already; -EDEADLK from atomic context or a
 * notifier of the instance; -EINVAL if there is no such instance
 */
export function padata_register_cpumask_notifier(pinst: number, nblock: number): number {
	const refused = padata_may_lock(pinst, 'padata_register_cpumask_notifier');
	if (refused !== 0)
		return refused;
	return blocking_notifier_chain_register(pinst + pi.cpumask_change_notifier, nblock,
		quirk(NOTIFIER_REREGISTER));
}

/**
 * The end of padata_register_cpumask_notifier() (L612). Sleeps.
 * @returns 0; -ENOENT if the block is not registered; -EDEADLK from atomic context or a notifier of
 * the instance; -EINVAL if there is no such instance
 */
export function padata_unregister_cpumask_notifier(pinst: number, nblock: number): number {
	const refused = padata_may_lock(pinst, 'padata_unregister_cpumask_notifier');
	if (refused !== 0)
		return refused;
	return blocking_notifier_chain_unregister(pinst + pi.cpumask_change_notifier, nblock, {
		hang: quirk(UNCHECKED_MISUSE),
	});
}

/**
 * Does the mask contain an online CPU? PADATA_INVALID is set or cleared accordingly (L623), so it
 * says what the mask that was asked for last is: callers ask for the serial mask only if the
 * parallel one is good.
 */
function padata_validate_cpumask(pinst: number, cpumask: number, going = -1): boolean {
	if (!mask_is_usable(cpumask, going)) {
		padata_set_flags(pinst, PADATA_INVALID);
		return false;
	}
	padata_set_flags(pinst, 0, PADATA_INVALID);
	return true;
}

/** Both masks, the serial one only if the parallel one is good. */
function padata_validate_cpumasks(pinst: number, pcpumask: number, cbcpumask: number,
	going = -1): boolean
{
	return padata_validate_cpumask(pinst, pcpumask, going)
		&& padata_validate_cpumask(pinst, cbcpumask, going);
}

/**
 * L635; under pinst->lock and the hotplug lock.
 * @returns 0 also for masks without an online CPU; or -ENOMEM
 */
export function __padata_set_cpumasks(pinst: number, pcpumask: number, cbcpumask: number): number {
	let pd = 0;
	if (!quirk(ENOMEM_LEAVES_STOPPED) && (pd = padata_alloc_pd(pinst, pcpumask, cbcpumask)) === 0)
		return -ENOMEM;

	const valid = padata_validate_cpumasks(pinst, pcpumask, cbcpumask);
	if (!valid && quirk(IMPLICIT_START))
		__padata_stop(pinst);

	if (quirk(ENOMEM_LEAVES_STOPPED) && (pd = padata_alloc_pd(pinst, pcpumask, cbcpumask)) === 0)
		return -ENOMEM;

	cpumask_copy(load(pinst + pi.cpumask + pcpu), pcpumask);
	cpumask_copy(load(pinst + pi.cpumask + cbcpu), cbcpumask);
	user_masks_changed(pinst);
	padata_replace(pinst, pd);

	if (valid && quirk(IMPLICIT_START))
		__padata_start(pinst);
	return 0;
}

/**
 * Set one of the masks (L677); otherwise as padata_set_cpumasks().
 *
 * @param cpumask_type PADATA_CPU_SERIAL or PADATA_CPU_PARALLEL
 * @returns as padata_set_cpumasks(); -EINVAL for any other cpumask_type, also for both bits, with
 *   nothing changed
 */
export function padata_set_cpumask(pinst: number, cpumask_type: number, cpumask: number): number {
	const refused = padata_may_lock(pinst, 'padata_set_cpumask');
	if (refused !== 0)
		return refused;
	let err = -EINVAL;
	lock_for_change(pinst);
	if (cpumask_type === PADATA_CPU_PARALLEL)
		err = __padata_set_cpumasks(pinst, cpumask, load(pinst + pi.cpumask + cbcpu));
	else if (cpumask_type === PADATA_CPU_SERIAL)
		err = __padata_set_cpumasks(pinst, load(pinst + pi.cpumask + pcpu), cpumask);
	unlock_after_change(pinst);
	return err;
}

/**
 * Accept objects (L714). Sleeps while the masks are being changed.
 * @returns 0, also if it is started already; -EINVAL if one of the masks has no online CPU: the
 * flag is not set then; -EDEADLK from atomic context or a notifier of the instance; -EINVAL also if
 * there is no such instance
 */
export function padata_start(pinst: number): number {
	const refused = padata_may_lock(pinst, 'padata_start');
	if (refused !== 0)
		return refused;
	let err = 0;
	mutex_lock(pinst + pi.lock);
	if ((load_u8(pinst + pi.flags) & PADATA_INVALID) !== 0)
		err = -EINVAL;
	if (err === 0 || quirk(START_WHEN_INVALID))
		__padata_start(pinst);
	mutex_unlock(pinst + pi.lock);
	return err;
}

/**
 * Refuse objects, and wait until those in flight have been serialised, also those whose
 * padata_do_serial() is still to come (L736). Sleeps. Not from parallel(), serial() or a notifier
 * of the instance: that is refused and reported.
 */
export function padata_stop(pinst: number): void {
	if (padata_may_lock(pinst, 'padata_stop') !== 0)
		return;
	if (!quirk(HOTPLUG_LOCK_ORDER))
		cpus_read_lock();
	mutex_lock(pinst + pi.lock);
	__padata_stop(pinst);
	mutex_unlock(pinst + pi.lock);
	if (!quirk(HOTPLUG_LOCK_ORDER))
		cpus_read_unlock();
}

// ---- single CPUs, and hotplug
// -------------------------------------------------------------------------------------------------

/**
 * A CPU has been added to a mask, or has come online (L746). Under pinst->lock.
 * @returns 0 or -ENOMEM
 */
export function __padata_add_cpu(pinst: number, cpu: number): number {
	if (!cpu_online(cpu))
		return 0;
	const pcpumask = load(pinst + pi.cpumask + pcpu);
	const cbcpumask = load(pinst + pi.cpumask + cbcpu);
	const pd = padata_alloc_pd(pinst, pcpumask, cbcpumask);
	if (pd === 0)
		return -ENOMEM;
	padata_replace(pinst, pd);
	if (padata_validate_cpumasks(pinst, pcpumask, cbcpumask) && quirk(IMPLICIT_START))
		__padata_start(pinst);
	return 0;
}

/**
 * A CPU has been removed from a user mask, or is going offline (L766). Under pinst->lock.
 * @param going the CPU, if it is still online but going; else -1
 * @returns 0 or -ENOMEM
 */
function __padata_remove_cpu(pinst: number, cpu: number, going: number): number {
	const pcpumask = load(pinst + pi.cpumask + pcpu);
	const cbcpumask = load(pinst + pi.cpumask + cbcpu);
	if (!cpu_online(cpu)) {
		if (!quirk(REMOVE_CLEARS_BOTH))
			padata_validate_cpumasks(pinst, pcpumask, cbcpumask);
		return 0;
	}
	// What 4.18 looks at here still has the CPU that goes.
	const gone = quirk(OFFLINE_DIVIDE_ERROR) ? -1 : going;
	let pd = 0;
	if (!quirk(ENOMEM_LEAVES_STOPPED) && (pd = padata_alloc_remove_pd(pinst, going)) === 0)
		return -ENOMEM;

	const valid = padata_validate_cpumasks(pinst, pcpumask, cbcpumask, gone);
	if (!valid && quirk(IMPLICIT_START))
		__padata_stop(pinst);

	if (quirk(ENOMEM_LEAVES_STOPPED) && (pd = padata_alloc_remove_pd(pinst, going)) === 0)
		return -ENOMEM;
	padata_replace(pinst, pd);

	// 4.18: only now, silently, and in both.
	if (quirk(REMOVE_CLEARS_BOTH) || going >= 0) {
		cpumask_clear_cpu(cpu, load(pd + pdo.cpumask + cbcpu));
		cpumask_clear_cpu(cpu, load(pd + pdo.cpumask + pcpu));
		make_cpu_table(pd);
	}
	return 0;
}

/**
 * The parallel_data for __padata_remove_cpu(): without the CPU that goes, unless its going is not
 * to be told.
 */
function padata_alloc_remove_pd(pinst: number, going: number): number {
	return padata_alloc_pd(pinst, load(pinst + pi.cpumask + pcpu), load(pinst + pi.cpumask + cbcpu),
		quirk(OFFLINE_UNNOTIFIED) ? -1 : going);
}

/**
 * Remove a CPU from one or both masks (L801). Objects in flight are serialised first. Sleeps. Not
 * from parallel(), serial() or a notifier of the instance.
 *
 * @param cpu 0 up to the number of possible CPUs; it may be offline, or in neither mask
 * @param mask PADATA_CPU_SERIAL, PADATA_CPU_PARALLEL or both
 * @returns 0, also if no online CPU is left: the instance is INVALID then; -EINVAL if mask has
 * neither bit, or there is no such CPU; -ENOMEM, with nothing changed; -EDEADLK from atomic context
 * or a notifier of the instance
 */
export function padata_remove_cpu(pinst: number, cpu: number, mask: number): number {
	if (!is_cpu_of_a_mask(cpu, mask, 'padata_remove_cpu'))
		return -EINVAL;
	const refused = padata_may_lock(pinst, 'padata_remove_cpu');
	if (refused !== 0)
		return refused;
	lock_for_change(pinst);
	const removed = masks_with_cpu(pinst, cpu, mask);
	if ((mask & PADATA_CPU_SERIAL) !== 0)
		cpumask_clear_cpu(cpu, load(pinst + pi.cpumask + cbcpu));
	if ((mask & PADATA_CPU_PARALLEL) !== 0)
		cpumask_clear_cpu(cpu, load(pinst + pi.cpumask + pcpu));
	user_masks_changed(pinst);
	const err = __padata_remove_cpu(pinst, cpu, -1);
	take_back_change(pinst, err, cpu, removed, true);
	unlock_after_change(pinst);
	return err;
}

/** L825 */
function pinst_has_cpu(pinst: number, cpu: number): boolean {
	return cpumask_test_cpu(cpu, load(pinst + pi.cpumask + pcpu))
		|| cpumask_test_cpu(cpu, load(pinst + pi.cpumask + cbcpu));
}

/** A CPU has come online: hotplug callback (L831). */
const padata_cpu_online = kernel_function(
	function padata_cpu_online(cpu: number, node: number): number {
		const pinst = container_of(node, padata_instance, 'node');
		if (!pinst_has_cpu(pinst, cpu))
			return 0;
		mutex_lock(pinst + pi.lock);
		const ret = __padata_add_cpu(pinst, cpu);
		mutex_unlock(pinst + pi.lock);
		return ret;
	},
);

/**
 * A CPU is about to go offline: hotplug callback (L846). It is still online, and its work still
 * runs there.
 */
const padata_cpu_prep_down = kernel_function(
	function padata_cpu_prep_down(cpu: number, node: number): number {
		const pinst = container_of(node, padata_instance, 'node');
		if (!pinst_has_cpu(pinst, cpu))
			return 0;
		mutex_lock(pinst + pi.lock);
		const ret = __padata_remove_cpu(pinst, cpu, cpu);
		mutex_unlock(pinst + pi.lock);
		return ret;
	},
);

/** The dynamic hotplug state of the two callbacks (L861). */
const hp_online = bss(4);

/** The last reference has gone (L864). Does not touch the workqueue. */
function __padata_free(pinst: number): void {
	if (!quirk(FREE_WITHOUT_WAIT)) {
		// 4.18 has hotplug forget the instance first: a callback CPU that goes offline before the
		// last object has been serialised does not wait for it, and serial() runs on another CPU.
		cpus_read_lock();
		padata_stop(pinst);
		synchronize_rcu();
		padata_flush_queues(load(pinst + pi.pd));
		cpus_read_unlock();
	}
	cpuhp_state_remove_instance_nocalls(load(hp_online), pinst + pi.node);
	if (quirk(FREE_WITHOUT_WAIT))
		padata_stop(pinst);
	padata_free_pd(load(pinst + pi.pd));
	store_ptr(pinst + pi.pd, 0);
	free_cpumask_var(load(pinst + pi.cpumask + pcpu));
	free_cpumask_var(load(pinst + pi.cpumask + cbcpu));
	kfree(pinst);
	release_process();
}

// ---- sysfs
// -------------------------------------------------------------------------------------------------

/** L882 */
const padata_sysfs_release = kernel_function(function padata_sysfs_release(kobj: number): void {
	__padata_free(container_of(kobj, padata_instance, 'kobj'));
});

const entry = padata_sysfs_entry.offset;

const is_serial = (attr: number): boolean =>
	read_cstring(load(attr + attribute.offset.name)) === 'serial_cpumask';

/** Print the user's mask, not the usable one (L895). */
const show_cpumask = kernel_function(
	function show_cpumask(pinst: number, attr: number, buf: number): number {
		const refused = padata_may_lock(pinst, 'show_cpumask');
		if (refused !== 0)
			return refused;
		mutex_lock(pinst + pi.lock);
		const text = cpumask_pr(load(pinst + pi.cpumask + (is_serial(attr) ? cbcpu : pcpu)));
		mutex_unlock(pinst + pi.lock);
		if (text.length + 1 >= PAGE_SIZE)
			return -EINVAL;
		write_cstring(buf, `${text}\n`);
		return text.length + 1;
	},
);

/** Set the mask that is written, in hex (L913). */
const store_cpumask = kernel_function(
	function store_cpumask(pinst: number, attr: number, buf: number, count: number): number {
		const new_cpumask = alloc_cpumask_var();
		if (new_cpumask === 0)
			return -ENOMEM;
		let ret = bitmap_parse(bytes_at(buf, count), nr_cpu_ids, new_cpumask);
		if (ret === 0) {
			ret = padata_set_cpumask(pinst,
				is_serial(attr) ? PADATA_CPU_SERIAL : PADATA_CPU_PARALLEL, new_cpumask);
			if (ret === 0)
				ret = count;
		}
		free_cpumask_var(new_cpumask);
		return ret;
	},
);

/** L961: an attribute that cannot be read is -EIO. */
const padata_sysfs_show = kernel_function(
	function padata_sysfs_show(kobj: number, attr: number, buf: number): number {
		const pentry = container_of(attr, padata_sysfs_entry, 'attr');
		return load(pentry + entry.show) === 0
			? -EIO
			: call(pentry + entry.show, 'ppp', container_of(kobj, padata_instance, 'kobj'), attr,
				buf);
	},
);

/**
 * L976: an attribute that cannot be written is -EIO. (4.18 tests the other pointer; both attributes
 * have both.)
 */
const padata_sysfs_store = kernel_function(
	function padata_sysfs_store(kobj: number, attr: number, buf: number, count: number): number {
		const pentry = container_of(attr, padata_sysfs_entry, 'attr');
		return load(pentry + entry.store) === 0
			? -EIO
			: call(pentry + entry.store, 'pppn', container_of(kobj, padata_instance, 'kobj'), attr,
				buf, count);
	},
);

// ---- making and freeing an instance
// -------------------------------------------------------------------------------------------------

/** L1012; under the hotplug lock. */
function __padata_alloc(wq: number, pcpumask: number, cbcpumask: number): number {
	const pinst = kzalloc(padata_instance.size);
	if (pinst === 0)
		return 0;
	err: {
		const user_p = alloc_cpumask_var();
		store_ptr(pinst + pi.cpumask + pcpu, user_p);
		const user_cb = user_p === 0 ? 0 : alloc_cpumask_var();
		store_ptr(pinst + pi.cpumask + cbcpu, user_cb);
		if (user_cb === 0)
			break err;
		if (!padata_validate_cpumask(pinst, pcpumask) || !padata_validate_cpumask(pinst, cbcpumask))
			break err;
		const pd = padata_alloc_pd(pinst, pcpumask, cbcpumask);
		if (pd === 0)
			break err;
		rcu_assign_pointer(pinst + pi.pd, pd);
		store_ptr(pinst + pi.wq, wq);
		cpumask_copy(user_p, pcpumask);
		cpumask_copy(user_cb, cbcpumask);
		store_u8(pinst + pi.flags, 0);
		BLOCKING_INIT_NOTIFIER_HEAD(pinst + pi.cpumask_change_notifier);
		kobject_init(pinst + pi.kobj, padata_attr_type);
		mutex_init(pinst + pi.lock);
		cpuhp_state_add_instance_nocalls_cpuslocked(load(hp_online), pinst + pi.node);
		// An instance keeps the process alive, as an open server does.
		hold_process();
		return pinst;
	}
	free_cpumask_var(load(pinst + pi.cpumask + pcpu));
	free_cpumask_var(load(pinst + pi.cpumask + cbcpu));
	kfree(pinst);
	return 0;
}

/**
 * Make an instance; it is not started (document; static in 4.18, L1012). Sleeps; it takes the
 * hotplug lock, or uses it if the caller has it.
 *
 * @param wq the workqueue the work is done in: a bound one. It stays the caller's.
 * @param pcpumask CPUs for parallel(); at least one must be online, the others are used as soon as
 *   they are
 * @param cbcpumask CPUs for serial(), likewise
 * @returns its address, or NULL: a mask has no online CPU, there is no memory, wq is NULL, or the
 *   context is atomic
 */
export function padata_alloc(wq: number, pcpumask: number, cbcpumask: number): number {
	if (!may_alloc(wq, pcpumask, cbcpumask))
		return 0;
	const held = cpus_held();
	if (!held)
		cpus_read_lock();
	const pinst = __padata_alloc(wq, pcpumask, cbcpumask);
	if (!held)
		cpus_read_unlock();
	return pinst;
}

/** As padata_alloc() with all possible CPUs in both masks (L1073). */
export function padata_alloc_possible(wq: number): number {
	return padata_alloc(wq, cpu_possible_mask, cpu_possible_mask);
}

/**
 * Drop the caller's reference (L1085). The last one waits until all objects have been serialised
 * and frees the instance. Sleeps. Not from parallel(), serial() or a notifier of the instance: that
 * is refused and reported.
 */
export function padata_free(pinst: number): void {
	if (padata_may_lock(pinst, 'padata_free') !== 0)
		return;
	kobject_put(pinst + pi.kobj);
}

/**
 * Register the hotplug callbacks (L1093). The booting thread calls it once. @returns 0 or the error
 */
export function padata_driver_init(): number {
	init_sysfs_structs({
		show_cpumask,
		store_cpumask,
		padata_sysfs_show,
		padata_sysfs_store,
		padata_sysfs_release,
	});
	const ret = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, padata_cpu_online,
		padata_cpu_prep_down);
	if (ret < 0)
		return ret;
	store(hp_online, ret);
	return 0;
}

/** The end of padata_driver_init(). No instance may be left. */
export function padata_driver_exit(): void {
	cpuhp_remove_multi_state(load(hp_online));
}
