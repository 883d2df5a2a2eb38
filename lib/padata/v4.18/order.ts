// SPDX-License-Identifier: GPL-2.0-only
//
// The order: where a finished object waits for its turn, and which one is next. 4.18 has a list for
// each parallel CPU and takes the head of the list of the CPU in turn. That is the next object only
// if the CPU's objects were completed in order; the quirk positional_reorder does the same.
//
// By default there is a ring with a place for each number instead. It needs no lock and no search,
// and it gives the order of submission always. Together with the difference of two counters
// (in-flight.ts) and one lock for a run (batching.ts) it took an empty job on two CPUs from 1479 to
// 615 ns (docs/performance.md, "Where the time goes"). What can be observed, the order, is the
// document's.
import { atomic_dec, atomic_inc, atomic_read } from '../../linux/atomic.js';
import { list_add_tail, list_del_init, list_head, list_next } from '../../linux/list.js';
import { padata_list, padata_parallel_queue, padata_priv,
	parallel_data } from '../../linux/padata.js';
import { per_cpu_ptr } from '../../linux/percpu.js';
import { spin_lock, spin_unlock } from '../../linux/spinlock.js';
import { atomic_cmpxchg, atomic_load, atomic_store, load, READ_ONCE, store,
	store_ptr } from '../../machine/memory.js';
import { nr_threads } from '../../machine/thread.js';
import { POSITIONAL_REORDER, quirk } from '../../quirks.js';
import { cpu_in_table, divide_by_weight, usable_weight } from './cpu-table.js';
import { MAX_OBJ_NUM } from './in-flight.js';
import { is_outstanding } from './misuse.js';

const priv = padata_priv.offset;
const plist = padata_list.offset;
const pq = padata_parallel_queue.offset;
const pdo = parallel_data.offset;
/** See parallel_runs_on(). */
const PARALLEL_CPU = priv.list + list_head.offset.prev;

/**
 * Places in the ring: a power of 2 that more objects than are ever in flight fit in, see slot_of().
 */
function ring_places(): number {
	return 1 << 32 - Math.clz32(MAX_OBJ_NUM + nr_threads());
}

/** The bytes of the ring. */
export const ring_size = (): number => ring_places() * 4;

/** pd gets the ring at this address, zeroed and aligned to 1024. */
export function init_ring(pd: number, ring: number): void {
	store_ptr(pd + pdo.ring, ring);
	store(pd + pdo.ring_mask, ring_size() - 1024);
}

/**
 * The place of a number. The object of number n - size has been serialised long ago: no more are in
 * flight than MAX_OBJ_NUM, and one for each thread that found room for the last at the same time.
 * Neighbours are finished by different CPUs, so they lie in different lines.
 */
function slot_of(pd: number, seq_nr: number): number {
	return load(pd + pdo.ring)
		+ ((seq_nr << 6 & 0x3c0) | (seq_nr >>> 2 & 0x3c)
			| (seq_nr << 2 & load(pd + pdo.ring_mask)));
}

/** The queue where the next object will show up. */
export function padata_next_queue(pd: number): number {
	divide_by_weight(pd);
	// Atomic: it must not be read before an unlock that the caller has made (arm64 would let a
	// plain load overtake it).
	const cpu = cpu_in_table(pd, (atomic_load(pd + pdo.processed) >>> 0) % usable_weight(pd));
	return per_cpu_ptr(load(pd + pdo.pqueue), cpu);
}

/**
 * An object is finished and waits for its turn from now on: `list_add_tail()` to the reorder list
 * in 4.18. With a full barrier behind it.
 */
export function insert_finished(pd: number, pqueue: number, padata: number): void {
	if (!quirk(POSITIONAL_REORDER)) {
		atomic_store(slot_of(pd, load(padata + priv.seq_nr)), padata);
		return;
	}
	spin_lock(pqueue + pq.reorder + plist.lock);
	atomic_inc(pd + pdo.reorder_objects);
	list_add_tail(padata, pqueue + pq.reorder);
	spin_unlock(pqueue + pq.reorder + plist.lock);
}

/**
 * parallel() of this object has returned on this thread, and padata_do_serial() is to come: note it
 * in its place in the ring, as a negative number, so that objects_left_by() finds it. It may have
 * been finished meanwhile, and be gone; then it is not noted, or what is noted is no object that
 * objects_left_by() would take for one. The caller's read-side section keeps pd.
 * @param seq_nr the object's, read before parallel()
 */
export function note_outstanding(pd: number, seq_nr: number, padata: number): void {
	const slot = slot_of(pd, seq_nr);
	const seen = atomic_load(slot);
	if (seen <= 0 && is_outstanding(padata))
		atomic_cmpxchg(slot, seen, -padata);
}

/** The objects of pd that parallel() has left outstanding on this CPU, whose thread has died. */
export function objects_left_by(cpu: number, pd: number): number[] {
	const objects: number[] = [];
	for (let i = 0; i < ring_places(); i++) {
		const slot = load(pd + pdo.ring) + i * 4;
		const padata = -READ_ONCE(slot);
		if (padata <= 0)
			continue;
		// What is noted may be of an object that has gone. What is as in the note is that object,
		// or one that the same can be said of.
		if (is_outstanding(padata) && load(padata + priv.pd) === pd
			&& slot_of(pd, load(padata + priv.seq_nr)) === slot && parallel_ran_on(padata) === cpu)
			objects.push(padata);
	}
	return objects;
}

/**
 * Note on which CPU parallel() is called. While that runs, and until padata_do_serial(), the object
 * is in no list, and its `list.prev` has it.
 */
export function parallel_runs_on(padata: number, cpu: number): void {
	store(padata + PARALLEL_CPU, cpu);
}

/** The CPU of parallel_runs_on(), until the object is inserted among those that are finished. */
export function parallel_ran_on(padata: number): number {
	return load(padata + PARALLEL_CPU);
}

/** Take the object whose turn it is. Called with pd->lock held. @returns 0 if it is not finished */
export function take_next(pd: number): number {
	if (quirk(POSITIONAL_REORDER))
		return take_next_in_list(pd);
	const processed = load(pd + pdo.processed);
	const slot = slot_of(pd, processed);
	const padata = READ_ONCE(slot);
	if (padata > 0) {
		store(slot, 0);
		store(pd + pdo.processed, processed + 1 | 0);
		return padata;
	}
	return 0;
}

/** As 4.18 has it: the head of the list of the CPU in turn. */
function take_next_in_list(pd: number): number {
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
 * A look without locks whether take_next() would find an object. It may see a list that another
 * thread changes; that thread looks itself after its change. The caller's read-side section keeps
 * pd.
 */
export function next_is_finished(pd: number): boolean {
	// Atomic: as in padata_next_queue().
	if (!quirk(POSITIONAL_REORDER))
		return atomic_load(slot_of(pd, atomic_load(pd + pdo.processed))) > 0;
	if (usable_weight(pd) === 0)
		return false;
	const reorder = padata_next_queue(pd) + pq.reorder;
	return atomic_load(reorder) !== reorder;
}

/** How many objects wait for their turn: `pd->reorder_objects` in 4.18. The ring is counted. */
export function padata_reorder_objects(pd: number): number {
	if (quirk(POSITIONAL_REORDER))
		return atomic_read(pd + pdo.reorder_objects);
	let n = 0;
	for (let i = 0; i < ring_places(); i++)
		if (READ_ONCE(load(pd + pdo.ring) + i * 4) > 0)
			n++;
	return n;
}
