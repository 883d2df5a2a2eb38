// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU whose thread dies: a callback has called process.exit(), has left an error behind that
// nobody has caught, or has filled the heap; or somebody has terminated the thread. In the kernel
// there is no such thing. Here nobody may wait for ever for the objects of that CPU.
//
// - What its parallel() has left outstanding, or was in the middle of, is completed with info
//   -EFAULT: nobody else would finish it.
// - What it had taken off a queue and not begun goes back, and runs on another CPU. Each object
//   gets one call of parallel().
// - The object inside serial() counts as serialised, and those behind it go back to the front of
//   the list of their callback CPU, so that the order is kept.
//
// If there is no other CPU, the work items run on the booting thread, which completes the objects
// with -EFAULT in place of parallel() (callbacks.ts) and calls serial().
import { on_cpu_death } from '../../linux/cpu.js';
import { list_add_tail, list_del_init, list_empty, list_next,
	list_replace_init } from '../../linux/list.js';
import { padata_list, padata_parallel_queue, padata_serial_queue,
	parallel_data } from '../../linux/padata.js';
import { report_if_held_by, spin_lock, spin_unlock } from '../../linux/spinlock.js';
import { queue_work_on, RunningWork } from '../../linux/workqueue.js';
import { bss } from '../../machine/layout.js';
import { atomic_store, load, store } from '../../machine/memory.js';
import { container_of } from '../../machine/struct.js';
import { thread_ptr } from '../../machine/thread.js';
import { end_batch, wq_of } from './batching.js';
import { fail_object } from './callbacks.js';
import { object_is_serialised } from './in-flight.js';
import { take_object_in_parallel, take_serial } from './in-hand.js';
import { objects_left_by } from './order.js';
import { taker_died } from './reorder-offer.js';

const plist = padata_list.offset;
const pq = padata_parallel_queue.offset;
const sq = padata_serial_queue.offset;
const pdo = parallel_data.offset;

/** [lock, the first parallel_data]: all that there are, also those that are being replaced. */
const PDS = bss(16);
const FIRST = PDS + 8;

/** A parallel_data has been made. */
export function remember_pd(pd: number): void {
	spin_lock(PDS);
	store(pd + pdo.next_pd, load(FIRST));
	store(FIRST, pd);
	spin_unlock(PDS);
}

/** It is about to be freed. */
export function forget_pd(pd: number): void {
	spin_lock(PDS);
	let link = FIRST;
	while (load(link) !== pd)
		link = load(link) + pdo.next_pd;
	store(link, load(pd + pdo.next_pd));
	spin_unlock(PDS);
}

/** The two workers of padata.ts: their numbers, and their local lists in a thread's area. */
export interface Workers {
	readonly padata_parallel_worker: number;
	readonly padata_serial_worker: number;
	readonly parallel_local: number;
	readonly serial_local: number;
}

/** padata.ts registers its workers, which this file cannot import. */
export function dead_cpu_ran(workers: Workers): void {
	on_cpu_death((cpu, works) => padata_dead_cpu(cpu, works, workers));
}

function padata_dead_cpu(cpu: number, works: readonly RunningWork[], workers: Workers): void {
	// The dying thread itself may be here, in the middle of a batch.
	end_batch();
	taker_died(cpu);
	for (const { work, func } of works)
		if (func === workers.padata_parallel_worker)
			parallel_worker_died(cpu, work, workers.parallel_local);
		else if (func === workers.padata_serial_worker)
			serial_worker_died(cpu, work, workers.serial_local);
	const padata = take_object_in_parallel(cpu);
	if (padata !== 0)
		fail_object(padata);
	// The lock keeps each parallel_data until its objects have been looked at.
	spin_lock(PDS);
	for (let pd = load(FIRST); pd !== 0; pd = load(pd + pdo.next_pd)) {
		report_if_held_by(pd + pdo.lock, cpu);
		for (const left of objects_left_by(cpu, pd))
			fail_object(left);
	}
	spin_unlock(PDS);
}

/** The objects that a worker has not begun go back to their queue, in front of later ones. */
function parallel_worker_died(cpu: number, work: number, local: number): void {
	const pqueue = container_of(work, padata_parallel_queue, 'work');
	put_back(thread_ptr(local, cpu), pqueue + pq.parallel);
	// Nobody waits for more there. Pairs with worker_waits(), as in more_arrives().
	atomic_store(pqueue + pq.lingers, 0);
	if (!list_empty(pqueue + pq.parallel))
		queue_work_on(cpu, wq_of(load(pqueue + pq.pd)), work);
}

function serial_worker_died(cpu: number, work: number, local: number): void {
	const squeue = container_of(work, padata_serial_queue, 'work');
	const pd = load(squeue + sq.pd);
	put_back(thread_ptr(local, cpu), squeue + sq.serial);
	if (!list_empty(squeue + sq.serial))
		queue_work_on(cpu, wq_of(pd), work);
	if (take_serial(cpu))
		object_is_serialised(pd);
}

/** The entries of a dead thread's local list go to the front of a padata_list. */
function put_back(local: number, list: number): void {
	// No worker has run on the thread if the list is 0.
	if (load(local) === 0 || list_empty(local))
		return;
	spin_lock(list + plist.lock);
	while (!list_empty(list)) {
		const later = list_next(list);
		list_del_init(later);
		list_add_tail(later, local);
	}
	list_replace_init(local, list);
	spin_unlock(list + plist.lock);
}
