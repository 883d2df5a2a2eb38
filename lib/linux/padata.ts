// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/padata.h> of 4.18.0-80.el8: structs and constants. The fields of 4.18 come first, in
// its order; what this port needs besides stands behind them. Words that different CPUs write have
// lines of their own.
import { aligned, array, fn_ptr, int, ptr, struct, u8, unsigned_int } from '../machine/struct.js';
import { atomic_t } from './atomic.js';
import { kobject } from './kobject.js';
import { hlist_node, list_head } from './list.js';
import { mutex } from './mutex.js';
import { blocking_notifier_head } from './notifier.js';
import { spinlock_t } from './spinlock.js';
import { timer_list } from './timer.js';
import { work_struct } from './workqueue.js';

export const PADATA_CPU_SERIAL = 0x01;
export const PADATA_CPU_PARALLEL = 0x02;

export const PADATA_INIT = 1;
export const PADATA_RESET = 2;
export const PADATA_INVALID = 4;

/**
 * A job. It is embedded in a structure of the caller's, who sets parallel and serial; `info` is the
 * caller's as well. seq_nr: number in the order of submission. state: where it is, see
 * lib/padata/v4.18/misuse.ts.
 */
export const padata_priv = struct('padata_priv', {
	list: list_head,
	pd: ptr,
	cb_cpu: int,
	cpu: int,
	info: int,
	parallel: fn_ptr,
	serial: fn_ptr,
	seq_nr: unsigned_int,
	state: unsigned_int,
});

export const padata_list = struct('padata_list', { list: list_head, lock: spinlock_t });

/** The objects of one callback CPU whose turn has come. */
export const padata_serial_queue = struct('padata_serial_queue', { serial: padata_list,
	work: work_struct, pd: ptr });

/**
 * One CPU's objects: those to be run in parallel, and those that have been, waiting for their turn.
 */
export const padata_parallel_queue = struct('padata_parallel_queue', {
	parallel: aligned(padata_list),
	lingers: int,
	reorder: aligned(padata_list),
	pd: ptr,
	work: aligned(work_struct),
	reorder_work: work_struct,
	num_obj: atomic_t,
	cpu_index: int,
});

export const padata_cpumask = struct('padata_cpumask', { pcpu: ptr, cbcpu: ptr });

/**
 * What one pair of usable masks needs; a change of the masks makes a new one. serialised: how many
 * objects have been; what has been accepted less that is the refcnt of 4.18. flush_waits: somebody
 * sleeps until that is 0. weight: number of usable parallel CPUs; cpus: these CPUs ascending, as
 * many as there are possible CPUs. id: tells it from an earlier one at the same address. ring: see
 * lib/padata/v4.18/order.ts. next_pd: links all of them, see lib/padata/v4.18/dead-cpu.ts.
 */
export const parallel_data = struct('parallel_data', {
	pinst: ptr,
	pqueue: ptr,
	squeue: ptr,
	reorder_objects: aligned(atomic_t),
	serialised: aligned(atomic_t),
	seq_nr: aligned(atomic_t),
	cpumask: aligned(padata_cpumask),
	lock: aligned(spinlock_t),
	processed: unsigned_int,
	timer: timer_list,
	flush_waits: aligned(int),
	weight: int,
	id: int,
	ring: ptr,
	ring_mask: int,
	next_pd: ptr,
	cpus: array(int, 0),
});

export const padata_instance = struct('padata_instance', {
	node: hlist_node,
	wq: ptr,
	pd: ptr,
	cpumask: padata_cpumask,
	cpumask_change_notifier: blocking_notifier_head,
	kobj: kobject,
	lock: mutex,
	flags: u8,
});
