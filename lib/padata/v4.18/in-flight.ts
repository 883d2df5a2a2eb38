// SPDX-License-Identifier: GPL-2.0-only
//
// Objects in flight: `pd->refcnt` in 4.18. Here the number is the difference of two counters, of
// what has been accepted and what has been serialised, and each is written on its own side only.
// One counter that both sides write is a cache line that goes to and fro twice for each object.
// Together with the ring (order.ts) and one lock for a run (batching.ts) it took an empty job on
// two CPUs from 1479 to 615 ns (docs/performance.md, "Where the time goes"). The limit is exact for
// whoever looks: an old count of the serialised ones only makes the submitter look again, and a
// flush waits until the difference is 0.
import { atomic_inc, atomic_read, smp_mb } from '../../linux/atomic.js';
import { cpumask_first, cpumask_next, nr_cpu_ids } from '../../linux/cpumask.js';
import { padata_cpumask, padata_parallel_queue, padata_serial_queue,
	parallel_data } from '../../linux/padata.js';
import { per_cpu_ptr } from '../../linux/percpu.js';
import { synchronize_rcu } from '../../linux/rcupdate.js';
import { del_timer_sync } from '../../linux/timer.js';
import { wait_event, wake_up } from '../../linux/wait.js';
import { flush_work } from '../../linux/workqueue.js';
import { load, READ_ONCE, store } from '../../machine/memory.js';
import { serial_is_over } from './in-hand.js';
import { withdraw_offer } from './reorder-offer.js';

export const MAX_OBJ_NUM = 1000;

const pdo = parallel_data.offset;
const pq = padata_parallel_queue.offset;
const sq = padata_serial_queue.offset;
const { pcpu, cbcpu } = padata_cpumask.offset;

/** The number of objects in flight. */
export function padata_refcnt(pd: number): number {
	// In this order: an object that comes and goes between the two reads is then counted once too
	// often, and never once too little.
	const serialised = atomic_read(pd + pdo.serialised);
	return atomic_read(pd + pdo.seq_nr) + 1 - serialised | 0;
}

/** What this thread last saw of the serialised objects of the parallel_data with this id. */
let seen_id = 0;
let seen_serialised = 0;

/**
 * Are as many objects in flight as there may be? Looks at the other side's counter only if it seems
 * so, since that can only have grown.
 */
export function too_many_in_flight(pd: number): boolean {
	if (seen_id === load(pd + pdo.id)
		&& (atomic_read(pd + pdo.seq_nr) - seen_serialised | 0) < MAX_OBJ_NUM - 1)
		return false;
	seen_id = load(pd + pdo.id);
	seen_serialised = atomic_read(pd + pdo.serialised);
	return (atomic_read(pd + pdo.seq_nr) - seen_serialised | 0) >= MAX_OBJ_NUM - 1;
}

/**
 * An object's serial() has returned: it does not count any more. The increment is a full barrier,
 * so a flush that has set flush_waits and still saw the old count is seen here. Pairs with
 * wait_until_serialised().
 */
export function object_is_serialised(pd: number): void {
	atomic_inc(pd + pdo.serialised);
	serial_is_over();
	if (READ_ONCE(pd + pdo.flush_waits) !== 0 && padata_refcnt(pd) === 0)
		wake_up(pd + pdo.serialised);
}

/** Sleep until no object is in flight, also those whose padata_do_serial() is still to come. */
export function wait_until_serialised(pd: number): void {
	store(pd + pdo.flush_waits, 1);
	// Pairs with the increment in object_is_serialised().
	smp_mb();
	wait_event(pd + pdo.serialised, () => padata_refcnt(pd) === 0);
	store(pd + pdo.flush_waits, 0);
}

/** flush_work() for the work items at `work` in the queues of these CPUs. */
function flush_works(cpumask: number, queues: number, work: number): void {
	for (let cpu = cpumask_first(cpumask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, cpumask))
		flush_work(per_cpu_ptr(queues, cpu) + work);
}

/**
 * Wait for those who come after their object has been serialised: a padata_do_serial(), a
 * reorder_work, a timer, and the serial work once more. padata_reorder() queues that after the
 * object is in the list, and a run that was under way may have taken the object and ended before.
 */
export function flush_late_comers(pd: number): void {
	// After the first grace period nobody offers pd any more, after the second one nobody who has
	// taken the offer is at it.
	synchronize_rcu();
	withdraw_offer(pd);
	synchronize_rcu();
	flush_works(load(pd + pdo.cpumask + pcpu), load(pd + pdo.pqueue), pq.reorder_work);
	flush_works(load(pd + pdo.cpumask + cbcpu), load(pd + pdo.squeue), sq.work);
	del_timer_sync(pd + pdo.timer);
}
