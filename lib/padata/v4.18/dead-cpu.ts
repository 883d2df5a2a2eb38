// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU whose thread dies: a callback called process.exit(), left an uncaught error behind, or
// filled the heap, or another thread terminated it. The Linux kernel has no such case. Here no
// thread may wait for ever for the objects that were on that CPU.
//
// - An object whose parallel() was running on the CPU, or had returned there without a call of
//   padata_do_serial(), is completed with info -EFAULT, because no other thread would finish it.
// - An object that the CPU had taken off a queue and not begun goes back to the queue, and
//   parallel() is called for it once, on another CPU.
// - The object inside serial() counts as serialised. The objects behind it go back to the front of
//   the serial list that they came from, so that the order is kept.
//
// If no CPU is left, the booting thread runs the work items. For an object that was not begun it
// sets info to -EFAULT in place of the call of parallel() (callbacks.ts), and it calls serial().
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

/**
 * A lock, and the head of the list of all parallel_datas: those in use, and those that a change of
 * the masks is replacing.
 */
const PDS = bss(16);
const FIRST = PDS + 8;

/** Put a new parallel_data into the list. */
export function remember_pd(pd: number): void {
	spin_lock(PDS);
	store(pd + pdo.next_pd, load(FIRST));
	store(FIRST, pd);
	spin_unlock(PDS);
}

/** Take a parallel_data that is about to be freed out of the list. */
export function forget_pd(pd: number): void {
	spin_lock(PDS);
	let link = FIRST;
	while (load(link) !== pd)
		link = load(link) + pdo.next_pd;
	store(link, load(pd + pdo.next_pd));
	spin_unlock(PDS);
}

/**
 * The two workers of padata.ts: their function numbers, and where in the area of each thread in
 * shared memory the list lies that the worker is going through.
 */
export interface Workers {
	readonly padata_parallel_worker: number;
	readonly padata_serial_worker: number;
	readonly parallel_local: number;
	readonly serial_local: number;
}

/** padata.ts registers its workers here, because an import of them would be a circle. */
export function dead_cpu_workers(workers: Workers): void {
	on_cpu_death((cpu, works) => padata_dead_cpu(cpu, works, workers));
}

function padata_dead_cpu(cpu: number, works: readonly RunningWork[], workers: Workers): void {
	// The dying thread may run this itself. Then it must not go on with the objects that its worker
	// took off the queue.
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
	// No parallel_data is freed while PDS is locked.
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
	// The worker does not wait for more objects on that queue any longer, so a submitter must queue
	// its work. Pairs with the look of worker_waits() at this word, as the store in more_arrives()
	// (batching.ts) does.
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
	// The head of the list is 0, not initialised, if no worker has run on that thread.
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
