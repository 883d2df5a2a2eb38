// SPDX-License-Identifier: GPL-2.0-only
//
// Batching, in three places. A parallel worker that has emptied its list waits a moment for more,
// and submitters do not queue its work meanwhile. A worker in the middle of a batch leaves the
// reordering to others (reorder-offer.ts). And a run of objects for one callback CPU takes that
// CPU's lock once and queues its work once.
//
// Without the first two an empty job on two CPUs cost 615 ns instead of 248; without the third, the
// ring and the difference of counters 1479 instead of 615 (docs/performance.md, "Where the time
// goes"): each queueing costs both sides the lines of the pool, the work and the queue. Nobody can
// observe it. A worker waits only while nothing else is to be done on its CPU, an object whose turn
// has come is handed over before the lock of pd is released, and the quirks that depend on the
// moment switch it off.
import { smp_processor_id } from '../../linux/smp.js';
import { list_empty } from '../../linux/list.js';
import { padata_instance, padata_list, padata_parallel_queue, padata_serial_queue,
	parallel_data } from '../../linux/padata.js';
import { per_cpu_ptr } from '../../linux/percpu.js';
import { spin_lock, spin_unlock } from '../../linux/spinlock.js';
import { linger, queue_work_on } from '../../linux/workqueue.js';
import { atomic_load, atomic_store, load, store } from '../../machine/memory.js';
import { quirk, REORDER_TIMER } from '../../quirks.js';
import { may_put_off, offer_reordering, offer_stands } from './reorder-offer.js';
import { next_is_finished } from './order.js';

const plist = padata_list.offset;
const pq = padata_parallel_queue.offset;
const sq = padata_serial_queue.offset;
const pdo = parallel_data.offset;
const pi = padata_instance.offset;

/** The workqueue of an instance, by a parallel_data of its. */
export const wq_of = (pd: number): number => load(load(pd + pdo.pinst) + pi.wq);

// ---- workers that wait for more
// -------------------------------------------------------------------------------------------------

/** Rounds of a worker before it lets timers and the event loop have their turn. */
const ROUNDS_AT_MOST = 64;

/**
 * A worker has emptied its list: wait a moment for more, while nothing else is to be done on its
 * CPU.
 * @param rounds how often it has asked before, in this run of its work item
 * @returns is there more?
 */
export function more_arrives(pqueue: number, rounds: number): boolean {
	if (!may_put_off())
		return false;
	if (rounds === 0)
		store(pqueue + pq.lingers, 1);
	if (rounds < ROUNDS_AT_MOST && linger(pqueue + pq.parallel))
		return true;
	// Pairs with the unlock of the list in padata_do_parallel(): a submitter that saw the 1 did not
	// queue the work, and its object is in the list that we look at now. (Atomic: on arm64 a plain
	// load could be made before the store.)
	atomic_store(pqueue + pq.lingers, 0);
	if (atomic_load(pqueue + pq.parallel) !== pqueue + pq.parallel)
		queue_work_on(smp_processor_id(), wq_of(load(pqueue + pq.pd)), pqueue + pq.work);
	return false;
}

/**
 * Does the worker of this queue wait for more, so that it sees a new object without its work being
 * queued? The unlock of the list before this was a full barrier: pairs with more_arrives().
 */
export function worker_waits(pqueue: number): boolean {
	return atomic_load(pqueue + pq.lingers) !== 0;
}

// ---- reordering in the middle of a batch
// -------------------------------------------------------------------------------------------------

/** Objects that a worker finishes before it reorders, at most. */
const DEFER_AT_MOST = 32;

/** Will the worker on this thread finish more objects before it must look after the order? */
let more_to_do = false;
let in_batch = 0;

/** The worker on this thread finishes no more objects. */
export function end_batch(): void {
	more_to_do = false;
}

/** A worker begins with the objects of its local list. */
export function begin_batch(): void {
	in_batch = 0;
}

/** It has taken one object out of the local list, and calls its parallel() next. */
export function next_of_batch(local_list: number): void {
	more_to_do = !list_empty(local_list) && ++in_batch % DEFER_AT_MOST !== 0;
}

/**
 * padata_do_serial() has inserted an object: must somebody try to reorder? Not if it is not the
 * next in turn. The insertion was a full barrier: if we do not see that the object before ours has
 * been taken, its taker sees ours. Pairs with the unlock of pd->lock in padata_reorder(). Nor if
 * this worker offers the reordering still.
 */
export function must_reorder(pd: number): boolean {
	return !(more_to_do && offer_stands(pd)) && (quirk(REORDER_TIMER) || next_is_finished(pd));
}

/** In the middle of a batch: leave the reordering to another CPU. @returns false: reorder now */
export function reorders_elsewhere(pd: number): boolean {
	return more_to_do && may_put_off() && offer_reordering(pd);
}

// ---- runs of objects for one callback CPU
// -------------------------------------------------------------------------------------------------

/** Of a run that has not begun. */
export const NO_RUN = -1;

/**
 * padata_reorder() hands an object to a callback CPU: take the lock of that CPU's list, unless the
 * run before is for the same CPU and has it.
 * @param run the callback CPU of the run, or NO_RUN
 * @returns the run
 */
export function continue_run(pd: number, run: number, cb_cpu: number, squeue: number): number {
	if (cb_cpu === run)
		return run;
	end_run(pd, run);
	spin_lock(squeue + sq.serial + plist.lock);
	return cb_cpu;
}

/** Let the list of the run go, and see that its CPU looks at it. */
export function end_run(pd: number, run: number): void {
	if (run === NO_RUN)
		return;
	const squeue = per_cpu_ptr(load(pd + pdo.squeue), run);
	spin_unlock(squeue + sq.serial + plist.lock);
	// From here on the objects may be serialised and the last one gone: pd is kept by the read-side
	// section that softirqs-off is (unless 4.18's window is wanted: it frees without waiting for
	// us).
	queue_work_on(run, wq_of(pd), squeue + sq.work);
}
