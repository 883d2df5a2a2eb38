// SPDX-License-Identifier: GPL-2.0-only
//
// padata: farm work out over CPUs, deliver the results in the order of submission.
//
// A port of kernel/padata.c of 4.18.0-80.el8, function for function, in its order and under its names; "L123" is the line
// there. Where that code and its document part, quirk() tells which of the two is done (lib/quirks.ts). Functions that the
// document has and 4.18 has lost (padata_set_cpumasks, padata_add_cpu) stand beside their relatives.
//
// How to read it: an address is a number. `load(pd + pdo.pinst)` is `pd->pinst`, `pd + pdo.refcnt` is `&pd->refcnt`.
// A function that takes callbacks' or users' objects trusts them no more than it must: what would corrupt the kernel is
// refused and reported (misuse), unless the quirk unchecked_misuse is on.
import { atomic_inc, atomic_inc_return, atomic_read, atomic_set, atomic_dec, smp_mb } from './linux/atomic.js';
import { BUG_ON, divide_error, misuse, Oops, oops_in_callback } from './linux/bug.js';
import { bitmap_parse } from './linux/bitmap.js';
import { cpus_held, cpus_read_lock, cpus_read_unlock, cpuhp_state_remove_instance_nocalls } from './linux/cpu.js';
import { cpuhp_remove_multi_state, cpuhp_setup_state_multi, cpuhp_state_add_instance_nocalls_cpuslocked,
	CPUHP_AP_ONLINE_DYN } from './linux/cpuhotplug.js';
import { alloc_cpumask_var, cpu_online, cpu_online_mask, cpu_possible_mask, cpumask_and, cpumask_clear_cpu, cpumask_copy,
	cpumask_equal, cpumask_first, cpumask_intersects, cpumask_next, cpumask_pr, cpumask_set_cpu, cpumask_test_cpu,
	free_cpumask_var, nr_cpu_ids } from './linux/cpumask.js';
import { debug_activate, debug_stamp, debug_state } from './linux/debugobjects.js';
import { ERR_PTR, PTR_ERR } from './linux/err.js';
import { EALREADY, EBUSY, EDEADLK, EFAULT, EINPROGRESS, EINVAL, EIO, ENODATA, ENOMEM } from './linux/errno.js';
import { HZ, jiffies } from './linux/jiffies.js';
import { attribute, kobj_type, kobject_init, kobject_put, sysfs_ops } from './linux/kobject.js';
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, list_head, list_next,
	list_replace_init } from './linux/list.js';
import { mutex_init, mutex_lock, mutex_owned_by_me, mutex_unlock } from './linux/mutex.js';
import { BLOCKING_INIT_NOTIFIER_HEAD, blocking_notifier_call_chain, blocking_notifier_chain_register,
	blocking_notifier_chain_unregister } from './linux/notifier.js';
import { PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, PADATA_INIT, PADATA_INVALID, PADATA_RESET, padata_cpumask, padata_instance,
	padata_list, padata_parallel_queue, padata_priv, padata_serial_queue, parallel_data } from './linux/padata.js';
import { alloc_percpu, free_percpu, per_cpu_ptr, this_cpu_ptr } from './linux/percpu.js';
import { local_bh_disable, local_bh_enable, may_sleep } from './linux/preempt.js';
import { rcu_assign_pointer, rcu_dereference_bh, rcu_read_lock, rcu_read_lock_bh, rcu_read_unlock, rcu_read_unlock_bh,
	synchronize_rcu } from './linux/rcupdate.js';
import { is_heap_address, PAGE_SIZE } from './linux/page_alloc.js';
import { kfree, kzalloc } from './linux/slab.js';
import { get_cpu, put_cpu, smp_processor_id } from './linux/smp.js';
import { spin_lock, spin_lock_init, spin_trylock_bh, spin_unlock, spin_unlock_bh } from './linux/spinlock.js';
import { read_cstring, write_cstring } from './linux/string.js';
import { sysfs_changed } from './linux/sysfs.js';
import { del_timer, del_timer_sync, mod_timer, timer_setup } from './linux/timer.js';
import { wait_event, wake_up } from './linux/wait.js';
import { flush_work, INIT_WORK, linger, on_flush, queue_work_on } from './linux/workqueue.js';
import { call, function_in, function_name, slot_name, is_c_function, kernel_function, store_function } from './machine/function.js';
import { offer, offer_done, offer_pending, offer_stands, take_offer, withdraw_offer } from './machine/handoff.js';
import { bss, per_thread } from './machine/layout.js';
import { atomic_load, atomic_store, bytes_at, load, load_u8, READ_ONCE, store, store_ptr, store_u8 } from './machine/memory.js';
import { hold_event_loop, release_event_loop } from './machine/processor.js';
import { hold_process, release_process } from './machine/lifetime.js';
import { container_of, fn_ptr, struct } from './machine/struct.js';
import { nr_threads, this_thread_ptr } from './machine/thread.js';
import { ENOMEM_LEAVES_STOPPED, FREE_WITHOUT_WAIT, HOTPLUG_LOCK_ORDER, IMPLICIT_START, NOTIFIER_REREGISTER,
	OFFLINE_DIVIDE_ERROR, OFFLINE_UNNOTIFIED, POSITIONAL_REORDER, quirk, REMOVE_CLEARS_BOTH, REORDER_TIMER, START_WHEN_INVALID,
	STOP_IGNORES_ASYNC, UNCHECKED_MISUSE, UNFLUSHED_REORDER_WORK } from './quirks.js';

const MAX_OBJ_NUM = 1000;

const priv = padata_priv.offset;
const plist = padata_list.offset;
const pq = padata_parallel_queue.offset;
const sq = padata_serial_queue.offset;
const pdo = parallel_data.offset;
const pi = padata_instance.offset;
const pcpu = padata_cpumask.offset.pcpu;
const cbcpu = padata_cpumask.offset.cbcpu;

/** padata_priv.state of an object that is in flight; anything else means that it is the caller's. */
const QUEUED = 1;
const PARALLEL = 2;
const DONE = 3;
const state_names = ['not in flight', 'queued', 'in parallel()', 'waiting for its turn'];

/** The local list heads of the two workers, which C has on the stack. */
const STACK = per_thread(64, 128);
const parallel_local = (): number => this_thread_ptr(STACK);
const serial_local = (): number => this_thread_ptr(STACK) + list_head.size;

// ---- misuse ---------------------------------------------------------------------------------------------------------

const object = (padata: number): string => `object ${padata.toString(16)} on cpu ${smp_processor_id()}`;

/**
 * A function that sleeps, or takes pinst->lock, begins: is there such an instance, and would the caller not wait for
 * itself? In the kernel the first is a wild pointer, the second a hang.
 * @returns 0, -EINVAL or -EDEADLK
 */
function padata_may_lock(pinst: number, what: string): number {
	if (quirk(UNCHECKED_MISUSE))
		return 0;
	if (!is_heap_address(pinst) || load(pinst + pi.pd) === 0) {
		misuse(`${what}: ${pinst === 0 ? 'NULL' : String(pinst)} is not a padata instance`);
		return -EINVAL;
	}
	if (!may_sleep(what))
		return -EDEADLK;
	if (mutex_owned_by_me(pinst + pi.lock)) {
		misuse(`${what}: called by a notifier of the same instance ${pinst.toString(16)}, whose lock is held`);
		return -EDEADLK;
	}
	return 0;
}

/** An object comes in. @returns 0; -EINVAL: it is no object at all; -EALREADY: it is in flight */
function padata_claim(padata: number): number {
	if (quirk(UNCHECKED_MISUSE))
		return 0;
	if (!(padata >= 4096) || (padata & 7) !== 0 || debug_state(padata + priv.state) !== 0)
		return padata_refuse(padata);
	debug_activate(padata + priv.state, QUEUED);
	return 0;
}

function padata_refuse(padata: number): number {
	if (!(padata >= 4096) || (padata & 7) !== 0) {
		misuse(`padata_do_parallel: ${padata === 0 ? 'NULL' : String(padata)} is not the address of a padata_priv`);
		return -EINVAL;
	}
	misuse(`padata_do_parallel: ${object(padata)} is in flight already (${state_names[debug_state(padata + priv.state)]})`);
	return -EALREADY;
}

/** padata_do_serial() is called for an object. @returns false if it is not outstanding */
function padata_unclaim(padata: number): boolean {
	if (quirk(UNCHECKED_MISUSE))
		return true;
	const at = padata + priv.state;
	// A plain test and store: two callers at the very same moment are not told apart, all others are.
	if (padata >= 4096 && READ_ONCE(at) === debug_stamp(at, PARALLEL)) {
		store(at, debug_stamp(at, DONE));
		return true;
	}
	padata_not_outstanding(padata);
	return false;
}

function padata_not_outstanding(padata: number): void {
	const state = padata >= 4096 ? state_names[debug_state(padata + priv.state)] : 'no address';
	misuse(`padata_do_serial: ${object(padata)} is not outstanding (${state})`);
}

// ---- the path of an object ------------------------------------------------------------------------------------------

/**
 * The cpu_index-th usable parallel CPU, ascending (L38). Departure: read from a table that is made with the masks; stepping
 * through the mask costs a loop over CPUs for each object.
 */
function padata_index_to_cpu(pd: number, cpu_index: number): number {
	return load(pd + pdo.cpus + cpu_index * 4);
}

/**
 * The number of objects in flight: `pd->refcnt` in 4.18. Departure: it is the difference of two counters, of what has been
 * accepted and what has been serialised, each written on its own side only. One counter that both sides write is a line
 * that goes to and fro twice for each object.
 */
export function padata_refcnt(pd: number): number {
	// In this order: what comes and goes between the two reads is then counted once too often, not once too little.
	const serialised = atomic_read(pd + pdo.serialised);
	return atomic_read(pd + pdo.seq_nr) + 1 - serialised | 0;
}

/** What this thread last saw of the serialised objects of the parallel_data with this id: it can only have got more. */
let seen_id = 0;
let seen_serialised = 0;

/** Are as many objects in flight as there may be? Looks at the other side's counter only if it seems so. */
function padata_full(pd: number): boolean {
	if (seen_id === load(pd + pdo.id) && (atomic_read(pd + pdo.seq_nr) - seen_serialised | 0) < MAX_OBJ_NUM - 1)
		return false;
	seen_id = load(pd + pdo.id);
	seen_serialised = atomic_read(pd + pdo.serialised);
	return (atomic_read(pd + pdo.seq_nr) - seen_serialised | 0) >= MAX_OBJ_NUM - 1;
}

/** The next CPU in turn, and the object's number (L49). The caller has seen to it that there is a CPU. */
function padata_cpu_hash(pd: number, padata: number): number {
	const seq_nr = atomic_inc_return(pd + pdo.seq_nr);
	store(padata + priv.seq_nr, seq_nr);
	return padata_index_to_cpu(pd, (seq_nr >>> 0) % load(pd + pdo.weight));
}

/** The object whose parallel() runs on this thread now, until padata_do_serial() has been called for it. */
let in_parallel = 0;

/** Call parallel(). What it leaves outstanding holds this CPU's event loop, so that its promises and I/O go on. */
function call_parallel(padata: number): void {
	if (!quirk(UNCHECKED_MISUSE))
		store(padata + priv.state, debug_stamp(padata + priv.state, PARALLEL));
	// What C leaves outstanding does not need this thread's event loop. (Asked now: behind the call the object may be gone.)
	const in_js = !is_c_function(padata + priv.parallel);
	in_parallel = padata;
	try {
		function_in(padata + priv.parallel, 'j')(padata);
	} catch (error) {
		parallel_threw(padata, error);
	}
	if (in_parallel !== 0) {
		in_parallel = 0;
		if (in_js)
			hold_event_loop(smp_processor_id());
	}
}

function parallel_threw(padata: number, error: unknown): void {
	if (error instanceof Oops && quirk(UNCHECKED_MISUSE))
		throw error;
	oops_in_callback(`parallel() ${slot_name(padata + priv.parallel)} of ${object(padata)}`, error);
	// Nobody else will finish it, and everything behind it waits.
	if (in_parallel === padata) {
		store(padata + priv.info, -EFAULT);
		padata_do_serial(padata);
	}
}

/** Objects that padata_parallel_worker() finishes before it reorders, at most. */
const DEFER_AT_MOST = 32;

/** Will padata_parallel_worker() on this thread finish more objects, before it looks after the order? */
let more_to_do = false;

/** Rounds of padata_parallel_worker() before it lets timers and the event loop have their turn. */
const ROUNDS_AT_MOST = 64;

/** May things be put off, or done in batches, that 4.18 does at once? Not with the quirks that depend on the moment. */
function may_put_off(): boolean {
	return !quirk(REORDER_TIMER | UNFLUSHED_REORDER_WORK | UNCHECKED_MISUSE);
}

/** Run the objects queued on this CPU, as one batch with softirqs off (L65); then, departure, what comes shortly after. */
const padata_parallel_worker = kernel_function(function padata_parallel_worker(parallel_work: number): void {
	const pqueue = container_of(parallel_work, padata_parallel_queue, 'work');
	const local_list = parallel_local();
	let rounds = 0;
	do {
		local_bh_disable();
		if (offer_pending())
			padata_take_over();

		spin_lock(pqueue + pq.parallel + plist.lock);
		list_replace_init(pqueue + pq.parallel, local_list);
		spin_unlock(pqueue + pq.parallel + plist.lock);

		let n = 0;
		while (!list_empty(local_list)) {
			const padata = list_next(local_list);
			list_del_init(padata);
			more_to_do = !list_empty(local_list) && ++n % DEFER_AT_MOST !== 0;
			call_parallel(padata);
		}
		local_bh_enable();
	} while (padata_linger(pqueue, rounds++));
});

/**
 * Departure: a worker that has emptied its list waits a moment for more, while nothing else is to be done on its CPU.
 * Submitters do not queue the work meanwhile: that costs both sides the lines of the pool, the work and the queue for
 * each object, once the CPU is faster than they are.
 * @returns is there more?
 */
function padata_linger(pqueue: number, rounds: number): boolean {
	if (!may_put_off())
		return false;
	if (rounds === 0)
		store(pqueue + pq.lingers, 1);
	if (rounds < ROUNDS_AT_MOST && linger(pqueue + pq.parallel))
		return true;
	// Pairs with the unlock of the list in padata_do_parallel(): who saw the 1 did not queue the work; its object is in the list
	// that we look at now. (Atomic: on arm64 a plain load could be made before the store.)
	atomic_store(pqueue + pq.lingers, 0);
	if (atomic_load(pqueue + pq.parallel) !== pqueue + pq.parallel)
		queue_work_on(smp_processor_id(), load(load(load(pqueue + pq.pd) + pdo.pinst) + pi.wq), pqueue + pq.work);
	return false;
}

/**
 * Departure: in the middle of a batch the order is looked after only now and then, or by a CPU that has time: see
 * machine/handoff.ts. The objects in question have a callback CPU that is busy, or they are handed over by another one.
 * @returns false: reorder now
 */
function padata_defer(pd: number): boolean {
	return more_to_do && may_put_off() && offer(pd);
}

/** Reorder where somebody has put it off. @returns was there anything? */
export function padata_take_over(): boolean {
	// pd is kept from before it is taken: pairs with padata_flush_reorder_works(), which withdraws the offer.
	rcu_read_lock();
	const pd = take_offer();
	if (pd !== 0) {
		padata_reorder(pd);
		offer_done();
	}
	rcu_read_unlock();
	return pd !== 0;
}
on_flush(padata_take_over);

/**
 * Submit an object (L104). Any thread, any context; does not sleep.
 *
 * @param pinst the instance
 * @param padata address of the object's padata_priv, with parallel and serial set; a multiple of 8. The caller must leave
 * it alone until its serial() runs, which may free or resubmit it.
 * @param cb_cpu the CPU for serial(); it must be in the usable serial mask
 * @returns 0: accepted, parallel() and serial() will be called once each.
 * -EINVAL: the instance is not started, or one of its masks has no online CPU, or cb_cpu is not in the usable serial mask
 * (tested in this order), or padata is no address.
 * -EBUSY: the masks are being changed, or 1000 objects are in flight; not accepted, try again later.
 * -EALREADY: the object is in flight.
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
		// A change of the masks may be between lifting INVALID and publishing the parallel_data with a CPU.
		if (load(pd + pdo.weight) === 0 && !quirk(OFFLINE_DIVIDE_ERROR))
			break out;
		err = -EBUSY;
		if ((flags & PADATA_RESET) !== 0)
			break out;
		if (padata_full(pd))
			break out;
		// 4.18: the number modulo the number of CPUs.
		if (load(pd + pdo.weight) === 0)
			divide_error();
		err = padata_claim(padata);
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

		// The unlock was a full barrier: pairs with padata_linger().
		if (atomic_load(queue + pq.lingers) === 0)
			queue_work_on(target_cpu, load(pinst + pi.wq), queue + pq.work);
	}
	rcu_read_unlock_bh();
	return err;
}

/** The queue where the next object will show up. */
function padata_next_queue(pd: number): number {
	const weight = load(pd + pdo.weight);
	if (weight === 0)
		divide_error();
	// Atomic: it must not be read before an unlock that the caller has made (arm64 would let a plain load overtake it).
	const cpu = padata_index_to_cpu(pd, (atomic_load(pd + pdo.processed) >>> 0) % weight);
	return per_cpu_ptr(load(pd + pdo.pqueue), cpu);
}

/**
 * Where an object waits for its turn. Departure: 4.18 has a list for each parallel CPU, and takes the head of the list of
 * the CPU in turn for the next object, which it is only if the CPU's objects were completed in order. A ring with a place
 * for each number needs no lock and no search. The object of number n - size has been serialised long ago: no more are in
 * flight than MAX_OBJ_NUM, and one for each thread that found room for the last at the same time.
 * Neighbours are finished by different CPUs: they lie in different lines.
 */
function padata_slot(pd: number, seq_nr: number): number {
	return load(pd + pdo.ring) + ((seq_nr << 6 & 0x3c0) | (seq_nr >>> 2 & 0x3c) | (seq_nr << 2 & load(pd + pdo.ring_mask)));
}

/** How many objects wait for their turn: `pd->reorder_objects` in 4.18. Counted, but for the quirk that has the lists. */
export function padata_reorder_objects(pd: number): number {
	if (quirk(POSITIONAL_REORDER))
		return atomic_read(pd + pdo.reorder_objects);
	let n = 0;
	for (let i = 0; i < ring_size(); i++)
		if (READ_ONCE(load(pd + pdo.ring) + i * 4) !== 0)
			n++;
	return n;
}

/** padata_get_next() as 4.18 has it: the head of the list of the CPU in turn. @returns 0 if the list is empty */
function padata_get_next_positional(pd: number): number {
	const reorder = padata_next_queue(pd) + pq.reorder;
	spin_lock(reorder + plist.lock);
	let padata = list_next(reorder);
	if (padata === reorder) {
		padata = 0;
	} else {
		list_del_init(padata);
		atomic_dec(pd + pdo.reorder_objects);
		store(pd + pdo.processed, (load(pd + pdo.processed) + 1) | 0);
	}
	spin_unlock(reorder + plist.lock);
	return padata;
}

/**
 * Take the next object in the order of submission (L166). Called with pd->lock held.
 * @returns the object; ERR_PTR(-ENODATA) if it is this CPU that has to finish it (4.18, for its timer);
 * ERR_PTR(-EINPROGRESS) if it is not there yet
 */
function padata_get_next(pd: number): number {
	if (!quirk(POSITIONAL_REORDER)) {
		const processed = load(pd + pdo.processed);
		const slot = padata_slot(pd, processed);
		const padata = READ_ONCE(slot);
		if (padata !== 0) {
			store(slot, 0);
			store(pd + pdo.processed, processed + 1 | 0);
			return padata;
		}
	} else {
		const padata = padata_get_next_positional(pd);
		if (padata !== 0)
			return padata;
	}

	if (quirk(REORDER_TIMER) && smp_processor_id() >= 0
		&& load(this_cpu_ptr(load(pd + pdo.pqueue)) + pq.cpu_index) === load(padata_next_queue(pd) + pq.cpu_index))
		return ERR_PTR(-ENODATA);
	return ERR_PTR(-EINPROGRESS);
}

/**
 * A look without locks whether padata_get_next() would find an object. It may see a list that changes under it; then
 * whoever changes it looks after us. The parallel_data is kept by the caller's read-side section.
 */
function padata_next_ready(pd: number): boolean {
	// Atomic: it must not be read before an unlock that the caller has made (arm64 would let a plain load overtake it).
	if (!quirk(POSITIONAL_REORDER))
		return atomic_load(padata_slot(pd, atomic_load(pd + pdo.processed))) !== 0;
	if (load(pd + pdo.weight) === 0)
		return false;
	const reorder = padata_next_queue(pd) + pq.reorder;
	return atomic_load(reorder) !== reorder;
}

/**
 * The end of a run of objects for one callback CPU: let its list go, and see that the CPU looks at it. Departure: 4.18 takes
 * the lock and queues the work for each object.
 */
function padata_end_run(pd: number, cb_cpu: number, squeue: number): void {
	if (cb_cpu < 0)
		return;
	spin_unlock(squeue + sq.serial + plist.lock);
	// From here on the objects may be serialised and the last one gone: pd is kept by the read-side section that
	// softirqs-off is (unless 4.18's window is wanted: it frees without waiting for us).
	queue_work_on(cb_cpu, load(load(pd + pdo.pinst) + pi.wq), squeue + sq.work);
}

/**
 * Hand the objects whose turn has come to their callback CPUs (L212). One CPU at a time does it; who finds the lock taken
 * leaves it to the holder.
 */
export function padata_reorder(pd: number): void {
	do {
		if (!spin_trylock_bh(pd + pdo.lock))
			return;

		let run_cpu = -1;
		let squeue = 0;
		for (;;) {
			const padata = padata_get_next(pd);
			if (PTR_ERR(padata) === -EINPROGRESS)
				break;
			if (PTR_ERR(padata) === -ENODATA) {
				padata_end_run(pd, run_cpu, squeue);
				del_timer(pd + pdo.timer);
				spin_unlock_bh(pd + pdo.lock);
				return;
			}
			const cb_cpu = load(padata + priv.cb_cpu);
			if (cb_cpu !== run_cpu) {
				padata_end_run(pd, run_cpu, squeue);
				run_cpu = cb_cpu;
				squeue = per_cpu_ptr(load(pd + pdo.squeue), cb_cpu);
				spin_lock(squeue + sq.serial + plist.lock);
			}
			list_add_tail(padata, squeue + sq.serial);
		}
		padata_end_run(pd, run_cpu, squeue);

		// The unlock is a full barrier: an object that is inserted after our last look belongs to a padata_do_serial() whose
		// trylock comes after the unlock, or which we see below. Pairs with the unlock of reorder->lock in padata_do_serial().
		spin_unlock_bh(pd + pdo.lock);

		if (quirk(REORDER_TIMER)) {
			if (padata_reorder_objects(pd) !== 0 && (load_u8(load(pd + pdo.pinst) + pi.flags) & PADATA_RESET) === 0)
				mod_timer(pd + pdo.timer, jiffies() + HZ);
			else
				del_timer(pd + pdo.timer);
			return;
		}
	} while (padata_next_ready(pd));
}

/** padata_reorder() on the CPU of the object that came (L280). */
const invoke_padata_reorder = kernel_function(function invoke_padata_reorder(work: number): void {
	local_bh_disable();
	const pqueue = container_of(work, padata_parallel_queue, 'reorder_work');
	padata_reorder(load(pqueue + pq.pd));
	local_bh_enable();
});

/** A second has passed with objects waiting: reorder, on the CPU whose object is the next (L292). 4.18 only. */
const padata_reorder_timer = kernel_function(function padata_reorder_timer(t: number): void {
	const pd = container_of(t, parallel_data, 'timer');
	const cpu = get_cpu();
	const next_queue = padata_next_queue(pd);
	const target_cpu = padata_index_to_cpu(pd, (load(pd + pdo.processed) >>> 0) % load(pd + pdo.weight));
	if (cpu !== target_cpu)
		queue_work_on(target_cpu, load(load(pd + pdo.pinst) + pi.wq), next_queue + pq.reorder_work);
	else
		padata_reorder(pd);
	put_cpu();
});

/** Call serial(); it may free or resubmit the object. */
function call_serial(padata: number): void {
	const serial = load(padata + priv.serial);
	if (!quirk(UNCHECKED_MISUSE))
		store(padata + priv.state, 0);
	try {
		function_in(padata + priv.serial, 's')(padata);
	} catch (error) {
		serial_threw(padata, serial, error);
	}
}

function serial_threw(padata: number, serial: number, error: unknown): void {
	if (error instanceof Oops && quirk(UNCHECKED_MISUSE))
		throw error;
	oops_in_callback(`serial() ${function_name(serial)} of ${object(padata)}`, error);
}

/** Run serial() of the objects whose turn has come on this callback CPU, with softirqs off (L327). */
const padata_serial_worker = kernel_function(function padata_serial_worker(serial_work: number): void {
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
		// One by one: the object counts against the limit until its serial() has returned. The RMW is a full barrier, so a
		// flush that has set flush_waits and still saw the old count is seen here.
		atomic_inc(pd + pdo.serialised);
		if (READ_ONCE(pd + pdo.flush_waits) !== 0 && padata_refcnt(pd) === 0)
			wake_up(pd + pdo.serialised);
	}
	local_bh_enable();
});

/**
 * An object's work is complete (L363). To be called once for each object, by its parallel() or by whatever finishes the
 * job later; any thread, any context; does not sleep. serial() follows when its turn has come.
 */
export function padata_do_serial(padata: number): void {
	if (!padata_unclaim(padata))
		return;
	const pd = load(padata + priv.pd);
	const target_cpu = load(padata + priv.cpu);
	if (in_parallel === padata)
		in_parallel = 0;
	else if (!is_c_function(padata + priv.parallel))
		release_event_loop(target_cpu);

	// As soon as the object is in the list it may be serialised, and pd with it be gone, but for this.
	rcu_read_lock();
	const cpu = get_cpu();
	const reorder_via_wq = cpu !== target_cpu;
	const pqueue = per_cpu_ptr(load(pd + pdo.pqueue), target_cpu);

	if (quirk(POSITIONAL_REORDER)) {
		spin_lock(pqueue + pq.reorder + plist.lock);
		atomic_inc(pd + pdo.reorder_objects);
		list_add_tail(padata, pqueue + pq.reorder);
		spin_unlock(pqueue + pq.reorder + plist.lock);
	} else {
		atomic_store(padata_slot(pd, load(padata + priv.seq_nr)), padata);
	}
	put_cpu();

	// Departure: who is not the next in turn need not try. The store above is a full barrier: if we do not see that the
	// object before ours has been taken, its taker sees ours. Pairs with the unlock of pd->lock in padata_reorder().
	const looked_after = more_to_do && offer_stands(pd);
	if (!looked_after && (quirk(REORDER_TIMER) || padata_next_ready(pd))) {
		if (reorder_via_wq)
			queue_work_on(target_cpu, load(load(pd + pdo.pinst) + pi.wq), pqueue + pq.reorder_work);
		else if (!padata_defer(pd))
			padata_reorder(pd);
	}
	rcu_read_unlock();
}

// ---- parallel_data: what a pair of usable masks needs ---------------------------------------------------------------

/**
 * The usable masks: what of the user's masks is online (L402).
 * @param going a CPU that counts as offline already, or -1
 * @returns 0 or -ENOMEM
 */
function padata_setup_cpumasks(pd: number, pcpumask: number, cbcpumask: number, going: number): number {
	const usable_p = alloc_cpumask_var();
	if (usable_p === 0)
		return -ENOMEM;
	const usable_cb = alloc_cpumask_var();
	if (usable_cb === 0) {
		free_cpumask_var(usable_p);
		return -ENOMEM;
	}
	store_ptr(pd + pdo.cpumask + pcpu, usable_p);
	store_ptr(pd + pdo.cpumask + cbcpu, usable_cb);
	cpumask_and(usable_p, pcpumask, cpu_online_mask);
	cpumask_and(usable_cb, cbcpumask, cpu_online_mask);
	if (going >= 0) {
		cpumask_clear_cpu(going, usable_p);
		cpumask_clear_cpu(going, usable_cb);
	}
	padata_index_cpus(pd);
	return 0;
}

/** Make the table behind padata_index_to_cpu(). */
function padata_index_cpus(pd: number): void {
	const usable = load(pd + pdo.cpumask + pcpu);
	let n = 0;
	for (let cpu = cpumask_first(usable); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, usable))
		store(pd + pdo.cpus + n++ * 4, cpu);
	store(pd + pdo.weight, n);
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

/** Queues of all possible CPUs; those outside the usable parallel mask only get cpu_index -1 (L440). */
function padata_init_pqueues(pd: number): void {
	const usable = load(pd + pdo.cpumask + pcpu);
	let cpu_index = 0;
	for (let cpu = cpumask_first(cpu_possible_mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, cpu_possible_mask)) {
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

/** Places in the ring: a power of 2 that more objects than are ever in flight fit in, see padata_slot(). */
function ring_size(): number {
	return 1 << 32 - Math.clz32(MAX_OBJ_NUM + nr_threads());
}

/** A parallel_data for the user's masks (L467). Empty usable masks are accepted. @returns NULL if there is no memory */
function padata_alloc_pd(pinst: number, pcpumask: number, cbcpumask: number, going = -1): number {
	const cpus = parallel_data.size + nr_cpu_ids * 4;
	const ring = Math.ceil(cpus / 1024) * 1024;
	const ring_bytes = ring_size() * 4;
	const pd = kzalloc(ring + ring_bytes);
	if (pd === 0)
		return 0;
	store_ptr(pd + pdo.ring, pd + ring);
	store(pd + pdo.ring_mask, ring_bytes - 1024);
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
		return pd;
	}
	free_percpu(load(pd + pdo.squeue));
	free_percpu(load(pd + pdo.pqueue));
	kfree(pd);
	return 0;
}

/** L508 */
function padata_free_pd(pd: number): void {
	free_cpumask_var(load(pd + pdo.cpumask + pcpu));
	free_cpumask_var(load(pd + pdo.cpumask + cbcpu));
	free_percpu(load(pd + pdo.pqueue));
	free_percpu(load(pd + pdo.squeue));
	kfree(pd);
}

/** flush_work() for the work items at `work` in the queues of these CPUs. */
function padata_flush_works(cpumask: number, queues: number, work: number): void {
	for (let cpu = cpumask_first(cpumask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, cpumask))
		flush_work(per_cpu_ptr(queues, cpu) + work);
}

/**
 * Wait until every object has been serialised (L518). Nothing may be submitted to pd any more; sleeps. In 4.18 an object
 * whose padata_do_serial() is still to come is a BUG.
 */
function padata_flush_queues(pd: number): void {
	const usable_p = load(pd + pdo.cpumask + pcpu);
	const usable_cb = load(pd + pdo.cpumask + cbcpu);
	padata_flush_works(usable_p, load(pd + pdo.pqueue), pq.work);

	del_timer_sync(pd + pdo.timer);

	if (padata_reorder_objects(pd) !== 0)
		padata_reorder(pd);

	if (!quirk(STOP_IGNORES_ASYNC))
		padata_wait_unused(pd);

	padata_flush_works(usable_cb, load(pd + pdo.squeue), sq.work);

	if (!quirk(UNFLUSHED_REORDER_WORK))
		padata_flush_reorder_works(pd);

	BUG_ON(padata_refcnt(pd) !== 0, 'padata.c:539');
}

/** Sleep until no object is in flight. */
function padata_wait_unused(pd: number): void {
	store(pd + pdo.flush_waits, 1);
	// Pairs with the RMW in padata_serial_worker().
	smp_mb();
	wait_event(pd + pdo.serialised, () => padata_refcnt(pd) === 0);
	store(pd + pdo.flush_waits, 0);
}

/**
 * Wait for those who came after their object had been serialised: a padata_do_serial(), a reorder_work, a timer, and the
 * serial work once more: padata_reorder() queues it after the object is in the list, and a run that was under way may have
 * taken the object and ended before that.
 */
function padata_flush_reorder_works(pd: number): void {
	const usable_p = load(pd + pdo.cpumask + pcpu);
	const usable_cb = load(pd + pdo.cpumask + cbcpu);
	// After this nobody offers pd any more, after the second one nobody who has taken the offer is at it.
	synchronize_rcu();
	withdraw_offer(pd);
	synchronize_rcu();
	padata_flush_works(usable_p, load(pd + pdo.pqueue), pq.reorder_work);
	padata_flush_works(usable_cb, load(pd + pdo.squeue), sq.work);
	del_timer_sync(pd + pdo.timer);
}

// ---- the instance ---------------------------------------------------------------------------------------------------

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
 * Replace the parallel_data (L562): refuse objects, publish the new one, wait for the old objects, tell the notifiers of
 * what has changed in the usable masks, accept objects. Under pinst->lock.
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
		blocking_notifier_call_chain(pinst + pi.cpumask_change_notifier, notification_mask, pd_new + pdo.cpumask);

	padata_set_flags(pinst, 0, PADATA_RESET);
}

/**
 * Be told of changes of the usable masks (L597). The callback gets (nblock, bits, masks): PADATA_CPU_SERIAL and
 * PADATA_CPU_PARALLEL or-ed, and the address of a padata_cpumask with the new usable masks. It runs in the thread that
 * changes the masks, with the instance's lock held, after the old objects have been serialised; padata_do_parallel()
 * refuses meanwhile. It must not change, start or stop the instance, nor (un)register notifiers of it. Sleeps.
 *
 * @param nblock address of a notifier_block with notifier_call and priority set; higher priorities are called first
 * @returns 0; -EEXIST if the block is registered already; -EDEADLK from atomic context or a notifier of the instance;
 * -EINVAL if there is no such instance
 */
export function padata_register_cpumask_notifier(pinst: number, nblock: number): number {
	const refused = padata_may_lock(pinst, 'padata_register_cpumask_notifier');
	if (refused !== 0)
		return refused;
	return blocking_notifier_chain_register(pinst + pi.cpumask_change_notifier, nblock, quirk(NOTIFIER_REREGISTER));
}

/**
 * The end of padata_register_cpumask_notifier() (L612). Sleeps.
 * @returns 0; -ENOENT if the block is not registered; -EDEADLK from atomic context or a notifier of the instance; -EINVAL
 * if there is no such instance
 */
export function padata_unregister_cpumask_notifier(pinst: number, nblock: number): number {
	const refused = padata_may_lock(pinst, 'padata_unregister_cpumask_notifier');
	if (refused !== 0)
		return refused;
	return blocking_notifier_chain_unregister(pinst + pi.cpumask_change_notifier, nblock, { hang: quirk(UNCHECKED_MISUSE) });
}

/** Does the mask contain an online CPU, apart from one that is going? */
function padata_mask_usable(cpumask: number, going: number): boolean {
	if (going < 0)
		return cpumask_intersects(cpumask, cpu_online_mask);
	for (let cpu = cpumask_first(cpumask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, cpumask))
		if (cpu !== going && cpu_online(cpu))
			return true;
	return false;
}

/**
 * Does the mask contain an online CPU? PADATA_INVALID is set or cleared accordingly (L623), so it says what the mask that
 * was asked for last is: callers ask for the serial mask only if the parallel one is good.
 */
function padata_validate_cpumask(pinst: number, cpumask: number, going = -1): boolean {
	if (!padata_mask_usable(cpumask, going)) {
		padata_set_flags(pinst, PADATA_INVALID);
		return false;
	}
	padata_set_flags(pinst, 0, PADATA_INVALID);
	return true;
}

/** Both masks, the serial one only if the parallel one is good. */
function padata_validate_cpumasks(pinst: number, pcpumask: number, cbcpumask: number, going = -1): boolean {
	return padata_validate_cpumask(pinst, pcpumask, going) && padata_validate_cpumask(pinst, cbcpumask, going);
}

/** L635; under pinst->lock and the hotplug lock. @returns 0 also for masks without an online CPU; or -ENOMEM */
function __padata_set_cpumasks(pinst: number, pcpumask: number, cbcpumask: number): number {
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
	sysfs_changed(pinst + pi.kobj);
	padata_replace(pinst, pd);

	if (valid && quirk(IMPLICIT_START))
		__padata_start(pinst);
	return 0;
}

/** Take the two locks of a mask change, in the order that is asked for. */
function padata_lock(pinst: number): void {
	if (quirk(HOTPLUG_LOCK_ORDER)) {
		mutex_lock(pinst + pi.lock);
		cpus_read_lock();
	} else {
		cpus_read_lock();
		mutex_lock(pinst + pi.lock);
	}
}

function padata_unlock(pinst: number): void {
	cpus_read_unlock();
	mutex_unlock(pinst + pi.lock);
}

/**
 * Set both masks (document; in the kernel until 4.6). Objects in flight are serialised first. An expensive operation;
 * sleeps. Not from parallel(), serial() or a notifier of the instance.
 *
 * @param pcpumask CPUs for parallel(); may contain offline ones, which are used as soon as they are online
 * @param cbcpumask CPUs for serial()
 * @returns 0, also if a mask has no online CPU: the instance is INVALID then, until one is online; -ENOMEM, with nothing
 * changed; -EDEADLK from atomic context or a notifier of the instance; -EINVAL if there is no such instance
 */
export function padata_set_cpumasks(pinst: number, pcpumask: number, cbcpumask: number): number {
	const refused = padata_may_lock(pinst, 'padata_set_cpumasks');
	if (refused !== 0)
		return refused;
	padata_lock(pinst);
	const err = __padata_set_cpumasks(pinst, pcpumask, cbcpumask);
	padata_unlock(pinst);
	return err;
}

/**
 * Set one of the masks (L677); otherwise as padata_set_cpumasks().
 *
 * @param cpumask_type PADATA_CPU_SERIAL or PADATA_CPU_PARALLEL
 * @returns as padata_set_cpumasks(); -EINVAL for any other cpumask_type, also for both bits, with nothing changed
 */
export function padata_set_cpumask(pinst: number, cpumask_type: number, cpumask: number): number {
	const refused = padata_may_lock(pinst, 'padata_set_cpumask');
	if (refused !== 0)
		return refused;
	let err = -EINVAL;
	padata_lock(pinst);
	if (cpumask_type === PADATA_CPU_PARALLEL)
		err = __padata_set_cpumasks(pinst, cpumask, load(pinst + pi.cpumask + cbcpu));
	else if (cpumask_type === PADATA_CPU_SERIAL)
		err = __padata_set_cpumasks(pinst, load(pinst + pi.cpumask + pcpu), cpumask);
	padata_unlock(pinst);
	return err;
}

/**
 * Accept objects (L714). Sleeps while the masks are being changed.
 * @returns 0, also if it is started already; -EINVAL if one of the masks has no online CPU: the flag is not set then;
 * -EDEADLK from atomic context or a notifier of the instance; -EINVAL also if there is no such instance
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
 * Refuse objects, and wait until those in flight have been serialised, also those whose padata_do_serial() is still to
 * come (L736). Sleeps. Not from parallel(), serial() or a notifier of the instance: that is refused and reported.
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

// ---- single CPUs, and hotplug ---------------------------------------------------------------------------------------

/** A CPU has been added to a mask, or has come online (L746). Under pinst->lock. @returns 0 or -ENOMEM */
function __padata_add_cpu(pinst: number, cpu: number): number {
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

/** The bits of PADATA_CPU_* for the user masks that contain the CPU. */
function padata_user_bits(pinst: number, cpu: number): number {
	return (cpumask_test_cpu(cpu, load(pinst + pi.cpumask + cbcpu)) ? PADATA_CPU_SERIAL : 0)
		| (cpumask_test_cpu(cpu, load(pinst + pi.cpumask + pcpu)) ? PADATA_CPU_PARALLEL : 0);
}

/** Set (or clear) the CPU in the user masks of `bits`. */
function padata_change_user_masks(pinst: number, cpu: number, bits: number, set: boolean): void {
	const change = set ? cpumask_set_cpu : cpumask_clear_cpu;
	if ((bits & PADATA_CPU_SERIAL) !== 0)
		change(cpu, load(pinst + pi.cpumask + cbcpu));
	if ((bits & PADATA_CPU_PARALLEL) !== 0)
		change(cpu, load(pinst + pi.cpumask + pcpu));
	sysfs_changed(pinst + pi.kobj);
}

/** Are the arguments of padata_add_cpu() and padata_remove_cpu() such that there is something to do? */
function padata_check_cpu(cpu: number, mask: number, what: string): boolean {
	if ((mask & (PADATA_CPU_SERIAL | PADATA_CPU_PARALLEL)) === 0)
		return false;
	if (Number.isInteger(cpu) && cpu >= 0 && cpu < nr_cpu_ids)
		return true;
	misuse(`${what}: there is no cpu ${cpu}`);
	return false;
}

/**
 * Add a CPU to one or both masks (document; in the kernel until 4.6). If it is online, objects in flight are serialised
 * first. Sleeps. Not from parallel(), serial() or a notifier of the instance.
 *
 * @param cpu 0 up to the number of possible CPUs; an offline one is used as soon as it is online
 * @param mask PADATA_CPU_SERIAL, PADATA_CPU_PARALLEL or both
 * @returns 0; -EINVAL if mask has neither bit, or there is no such CPU; -ENOMEM, with nothing changed; -EDEADLK from
 * atomic context or a notifier of the instance
 */
export function padata_add_cpu(pinst: number, cpu: number, mask: number): number {
	if (!padata_check_cpu(cpu, mask, 'padata_add_cpu'))
		return -EINVAL;
	const refused = padata_may_lock(pinst, 'padata_add_cpu');
	if (refused !== 0)
		return refused;
	padata_lock(pinst);
	const added = mask & ~padata_user_bits(pinst, cpu);
	padata_change_user_masks(pinst, cpu, mask, true);
	const err = __padata_add_cpu(pinst, cpu);
	if (err !== 0 && !quirk(ENOMEM_LEAVES_STOPPED))
		padata_change_user_masks(pinst, cpu, added, false);
	padata_unlock(pinst);
	return err;
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
		padata_index_cpus(pd);
	}
	return 0;
}

/** The parallel_data for __padata_remove_cpu(): without the CPU that goes, unless its going is not to be told. */
function padata_alloc_remove_pd(pinst: number, going: number): number {
	return padata_alloc_pd(pinst, load(pinst + pi.cpumask + pcpu), load(pinst + pi.cpumask + cbcpu),
		quirk(OFFLINE_UNNOTIFIED) ? -1 : going);
}

/**
 * Remove a CPU from one or both masks (L801). Objects in flight are serialised first. Sleeps. Not from parallel(),
 * serial() or a notifier of the instance.
 *
 * @param cpu 0 up to the number of possible CPUs; it may be offline, or in neither mask
 * @param mask PADATA_CPU_SERIAL, PADATA_CPU_PARALLEL or both
 * @returns 0, also if no online CPU is left: the instance is INVALID then; -EINVAL if mask has neither bit, or there is no
 * such CPU; -ENOMEM, with nothing changed; -EDEADLK from atomic context or a notifier of the instance
 */
export function padata_remove_cpu(pinst: number, cpu: number, mask: number): number {
	if (!padata_check_cpu(cpu, mask, 'padata_remove_cpu'))
		return -EINVAL;
	const refused = padata_may_lock(pinst, 'padata_remove_cpu');
	if (refused !== 0)
		return refused;
	padata_lock(pinst);
	const removed = mask & padata_user_bits(pinst, cpu);
	padata_change_user_masks(pinst, cpu, mask, false);
	const err = __padata_remove_cpu(pinst, cpu, -1);
	if (err !== 0 && !quirk(ENOMEM_LEAVES_STOPPED))
		padata_change_user_masks(pinst, cpu, removed, true);
	padata_unlock(pinst);
	return err;
}

/** L825 */
function pinst_has_cpu(pinst: number, cpu: number): boolean {
	return padata_user_bits(pinst, cpu) !== 0;
}

/** A CPU has come online: hotplug callback (L831). */
const padata_cpu_online = kernel_function(function padata_cpu_online(cpu: number, node: number): number {
	const pinst = container_of(node, padata_instance, 'node');
	if (!pinst_has_cpu(pinst, cpu))
		return 0;
	mutex_lock(pinst + pi.lock);
	const ret = __padata_add_cpu(pinst, cpu);
	mutex_unlock(pinst + pi.lock);
	return ret;
});

/** A CPU is about to go offline: hotplug callback (L846). It is still online, and its work still runs there. */
const padata_cpu_prep_down = kernel_function(function padata_cpu_prep_down(cpu: number, node: number): number {
	const pinst = container_of(node, padata_instance, 'node');
	if (!pinst_has_cpu(pinst, cpu))
		return 0;
	mutex_lock(pinst + pi.lock);
	const ret = __padata_remove_cpu(pinst, cpu, cpu);
	mutex_unlock(pinst + pi.lock);
	return ret;
});

/** The dynamic hotplug state of the two callbacks (L861). */
const hp_online = bss(4);

/** The last reference has gone (L864). Does not touch the workqueue. */
function __padata_free(pinst: number): void {
	if (!quirk(FREE_WITHOUT_WAIT)) {
		// 4.18 has hotplug forget the instance first: a callback CPU that goes offline before the last object has been
		// serialised does not wait for it, and serial() runs on another CPU.
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

// ---- sysfs ----------------------------------------------------------------------------------------------------------

/** L882 */
const padata_sysfs_release = kernel_function(function padata_sysfs_release(kobj: number): void {
	__padata_free(container_of(kobj, padata_instance, 'kobj'));
});

/** L888 */
const padata_sysfs_entry = struct('padata_sysfs_entry', { attr: attribute, show: fn_ptr, store: fn_ptr });
const entry = padata_sysfs_entry.offset;

const is_serial = (attr: number): boolean => read_cstring(load(attr + attribute.offset.name)) === 'serial_cpumask';

/** Print the user's mask, not the usable one (L895). */
const show_cpumask = kernel_function(function show_cpumask(pinst: number, attr: number, buf: number): number {
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
});

/** Set the mask that is written, in hex (L913). */
const store_cpumask = kernel_function(function store_cpumask(pinst: number, attr: number, buf: number, count: number): number {
	const new_cpumask = alloc_cpumask_var();
	if (new_cpumask === 0)
		return -ENOMEM;
	let ret = bitmap_parse(bytes_at(buf, count), nr_cpu_ids, new_cpumask);
	if (ret === 0) {
		ret = padata_set_cpumask(pinst, is_serial(attr) ? PADATA_CPU_SERIAL : PADATA_CPU_PARALLEL, new_cpumask);
		if (ret === 0)
			ret = count;
	}
	free_cpumask_var(new_cpumask);
	return ret;
});

/** L961: an attribute that cannot be read is -EIO. */
const padata_sysfs_show = kernel_function(function padata_sysfs_show(kobj: number, attr: number, buf: number): number {
	const pentry = container_of(attr, padata_sysfs_entry, 'attr');
	return load(pentry + entry.show) === 0 ? -EIO : call(pentry + entry.show, 'ppp', container_of(kobj, padata_instance, 'kobj'), attr, buf);
});

/** L976: an attribute that cannot be written is -EIO. (4.18 tests the other pointer; both attributes have both.) */
const padata_sysfs_store = kernel_function(function padata_sysfs_store(kobj: number, attr: number, buf: number, count: number): number {
	const pentry = container_of(attr, padata_sysfs_entry, 'attr');
	return load(pentry + entry.store) === 0 ? -EIO
		: call(pentry + entry.store, 'pppn', container_of(kobj, padata_instance, 'kobj'), attr, buf, count);
});

const padata_sysfs_ops = bss(sysfs_ops.size);
const padata_attr_type = bss(kobj_type.size);
/** serial_cpumask, parallel_cpumask: both 0644 (L955). */
const ATTR_NAMES = ['serial_cpumask', 'parallel_cpumask'] as const;
const padata_attrs = bss(padata_sysfs_entry.size * ATTR_NAMES.length);
const padata_attr_names = bss(32 * ATTR_NAMES.length);
const padata_default_attrs = bss(8 * (ATTR_NAMES.length + 1));

/** Fill in the static structs. */
function padata_sysfs_init(): void {
	ATTR_NAMES.forEach((name, i) => {
		const at = padata_attrs + i * padata_sysfs_entry.size;
		write_cstring(padata_attr_names + i * 32, name);
		store_ptr(at + entry.attr + attribute.offset.name, padata_attr_names + i * 32);
		store(at + entry.attr + attribute.offset.mode, 0o644);
		store_function(at + entry.show, show_cpumask);
		store_function(at + entry.store, store_cpumask);
		store_ptr(padata_default_attrs + i * 8, at + entry.attr);
	});
	store_function(padata_sysfs_ops + sysfs_ops.offset.show, padata_sysfs_show);
	store_function(padata_sysfs_ops + sysfs_ops.offset.store, padata_sysfs_store);
	store_function(padata_attr_type + kobj_type.offset.release, padata_sysfs_release);
	store_ptr(padata_attr_type + kobj_type.offset.sysfs_ops, padata_sysfs_ops);
	store_ptr(padata_attr_type + kobj_type.offset.default_attrs, padata_default_attrs);
}

// ---- making and freeing an instance ---------------------------------------------------------------------------------

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
 * Make an instance; it is not started (document; static in 4.18, L1012). Sleeps; it takes the hotplug lock, or uses it if
 * the caller has it.
 *
 * @param wq the workqueue the work is done in: a bound one. It stays the caller's.
 * @param pcpumask CPUs for parallel(); at least one must be online, the others are used as soon as they are
 * @param cbcpumask CPUs for serial(), likewise
 * @returns its address, or NULL: a mask has no online CPU, there is no memory, wq is NULL, or the context is atomic
 */
export function padata_alloc(wq: number, pcpumask: number, cbcpumask: number): number {
	if (!quirk(UNCHECKED_MISUSE)) {
		if (!may_sleep('padata_alloc'))
			return 0;
		if (!is_heap_address(wq) || !(pcpumask > 0) || !(cbcpumask > 0)) {
			misuse(`padata_alloc: ${!is_heap_address(wq) ? 'wq' : !(pcpumask > 0) ? 'pcpumask' : 'cbcpumask'} is not an address of one`);
			return 0;
		}
	}
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
 * Drop the caller's reference (L1085). The last one waits until all objects have been serialised and frees the instance.
 * Sleeps. Not from parallel(), serial() or a notifier of the instance: that is refused and reported.
 */
export function padata_free(pinst: number): void {
	if (padata_may_lock(pinst, 'padata_free') !== 0)
		return;
	kobject_put(pinst + pi.kobj);
}

/** Register the hotplug callbacks (L1093). The booting thread calls it once. @returns 0 or the error */
export function padata_driver_init(): number {
	padata_sysfs_init();
	const ret = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, padata_cpu_online, padata_cpu_prep_down);
	if (ret < 0)
		return ret;
	store(hp_online, ret);
	return 0;
}

/** The end of padata_driver_init(). No instance may be left. */
export function padata_driver_exit(): void {
	cpuhp_remove_multi_state(load(hp_online));
}
