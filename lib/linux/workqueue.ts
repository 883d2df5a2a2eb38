// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/workqueue.h>. Each CPU has one pool, and the CPU's thread is its worker: it runs
// the items in the order of queueing. When an item sleeps, the thread goes on with the items behind
// it (machine/park.ts), as the kernel starts another worker; so an item may be "running" further up
// the same stack, which the list of frames records.
//
// The contract kept: an item is queued at most once (PENDING); PENDING is cleared before the
// function is called; an item never runs on two CPUs at once; at most max_active items of a queue
// are active on a CPU; flush_work() waits for the last queued instance.
import { atomic_fetch_add, atomic_fetch_or, atomic_load, atomic_store, load, READ_ONCE, store,
	WRITE_ONCE } from '../machine/memory.js';
import { call1, function_name, is_c_function, kernel_function,
	store_function } from '../machine/function.js';
import { leftover } from '../machine/leftover.js';
import { bss, machine_field, per_thread } from '../machine/layout.js';
import { c_items_wait, cpu_relax, kick, relax, sleep_on, wake_up } from '../machine/park.js';
import { event_loop_wanted, notify_booter } from '../machine/processor.js';
import { fn_ptr, int, long, ptr, struct } from '../machine/struct.js';
import { on_attach, this_cpu, this_thread, this_thread_ptr,
	thread_ptr } from '../machine/thread.js';
import { misuse, Oops, oops_in_callback, WARN } from './bug.js';
import { complete, completion, init_completion, wait_for_completion } from './completion.js';
import { cpu_online, cpu_running, cpu_running_mask, cpumask_first, cpumask_next, no_cpu_runs,
	nr_cpu_ids } from './cpumask.js';
import { EDEADLK, ENOMEM } from './errno.js';
import { jiffies } from './jiffies.js';
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, list_head,
	list_next } from './list.js';
import { mutex, mutex_init, mutex_lock, mutex_unlock } from './mutex.js';
import { alloc_percpu, free_percpu, per_cpu_ptr } from './percpu.js';
import { may_sleep, preempt_only_count, restore_preempt_count, softirq_count } from './preempt.js';
import { rcu_read_depth, synchronize_rcu } from './rcupdate.js';
import { kfree, kmalloc_kind, kzalloc } from './slab.js';
import { spin_lock, spin_lock_init, spin_unlock } from './spinlock.js';
import { del_timer, del_timer_sync, mod_timer, timer_list, timer_setup } from './timer.js';

export const WQ_UNBOUND = 1 << 1;
export const WQ_FREEZABLE = 1 << 2;
export const WQ_MEM_RECLAIM = 1 << 3;
export const WQ_HIGHPRI = 1 << 4;
export const WQ_CPU_INTENSIVE = 1 << 5;
export const WQ_SYSFS = 1 << 6;
const __WQ_DRAINING = 1 << 16;
/** One item at a time: all on one CPU. */
export const __WQ_ORDERED = 1 << 17;
export const WQ_MAX_ACTIVE = 512;
export const WQ_DFL_ACTIVE = 256;
/** In place of a CPU: any. */
export const WORK_CPU_UNBOUND = -1;

/**
 * data: low word: the pool_workqueue while the item is queued, with the flags below; high word: the
 * CPU of the pool it was last on, + 1.
 */
export const work_struct = struct('work_struct', { data: long, entry: list_head, func: fn_ptr });
export const delayed_work = struct('delayed_work', { work: work_struct, timer: timer_list, wq: ptr,
	cpu: int });
const w = work_struct.offset;
const last_pool = w.data + 4;
const PENDING = 1;
const COLOR_SHIFT = 1;
const PWQ_MASK = ~63;

export const workqueue_struct = struct('workqueue_struct', {
	pwqs: ptr,
	flags: int,
	max_active: int,
	color: int,
	flushers: int,
	idle_seq: int,
	next: ptr,
	flush_mutex: mutex,
});
const wqs = workqueue_struct.offset;

/** A queue's share of one CPU's pool. in_flight counts by flush color: queued or running. */
const pool_workqueue = struct('pool_workqueue', {
	wq: ptr,
	nr_active: int,
	in_flight0: int,
	in_flight1: int,
	delayed: list_head,
});
const pwqo = pool_workqueue.offset;

const FRAMES_MAX = 16;
/** An item that runs, or sleeps further up the stack. flushers: those who wait for it to end. */
const frame = struct('frame', { work: ptr, pwq: ptr, func: int, color: int, flushers: ptr });
const fr = frame.offset;

const worker_pool = struct('worker_pool', {
	lock: int,
	depth: int,
	executed: int,
	pad: int,
	waiting: ptr,
	worklist: list_head,
	highpri: list_head,
});
const pl = worker_pool.offset;
const POOLS = per_thread(worker_pool.size + (FRAMES_MAX + 1) * frame.size, 128);
const FRAMES = worker_pool.size;

/** One who waits in flush_work(): [next, the work it waits for while that is pending, done] */
const flusher = struct('flusher', { next: ptr, work: ptr, done: int });
const fl = flusher.offset;
const FLUSHERS_MAX = 16;
const FLUSHERS = per_thread(FLUSHERS_MAX * flusher.size);

/** Items for the loop to run before it looks at timers and the event loop again. */
const ITEMS_AT_ONCE = 32;

const SYSTEM_WQS = bss(64);
/** All workqueues, for moving the items of a dead CPU. */
const WORKQUEUES = bss(16);
const ROUND_ROBIN = bss(4);

let my_pool = 0;
let flush_depth = 0;
let idle_spins = 0;

/** Its first word is its lock. */
export const pool_of = (cpu: number): number => thread_ptr(POOLS, cpu);
const frame_of = (pool: number, i: number): number => pool + FRAMES + i * frame.size;

on_attach(() => {
	// The booting thread has the number behind the CPUs'.
	my_pool = this_thread() <= load(machine_field('nr_cpu_ids')) ? this_thread_ptr(POOLS) : 0;
	idle_spins = load(machine_field('idle_spins'));
	flush_depth = 0;
});

// ---- set-up
// -------------------------------------------------------------------------------------------------

/** The booting thread calls it once, before any CPU runs. */
export function workqueue_init(): void {
	for (let cpu = 0; cpu <= nr_cpu_ids; cpu++) {
		const pool = pool_of(cpu);
		spin_lock_init(pool);
		INIT_LIST_HEAD(pool + pl.worklist);
		INIT_LIST_HEAD(pool + pl.highpri);
	}
	[0, WQ_HIGHPRI, 0, WQ_UNBOUND].forEach((flags, i) => {
		store(SYSTEM_WQS + i * 8, alloc_workqueue('system', flags, 0));
	});
}

export const system_wq = (): number => load(SYSTEM_WQS);
export const system_highpri_wq = (): number => load(SYSTEM_WQS + 8);
export const system_long_wq = (): number => load(SYSTEM_WQS + 16);
export const system_unbound_wq = (): number => load(SYSTEM_WQS + 24);

/**
 * Make a workqueue.
 * @param name for messages only
 * @param flags WQ_* bits
 * @param max_active items of it that may be active on a CPU at once, 1..512; 0 is 256
 * @returns the workqueue, or NULL if there is no memory
 */
export function alloc_workqueue(name: string, flags: number, max_active: number): number {
	const wq = kzalloc(workqueue_struct.size);
	const pwqs = wq === 0 ? 0 : alloc_percpu(pool_workqueue.size);
	if (pwqs === 0) {
		kfree(wq);
		return 0;
	}
	store(wq + wqs.pwqs, pwqs);
	store(wq + wqs.flags, flags);
	if (max_active < 0 || max_active > WQ_MAX_ACTIVE)
		WARN(
			`alloc_workqueue: max_active ${max_active} of ${name} is out of range, clamped to 1..${WQ_MAX_ACTIVE}`,
		);
	store(wq + wqs.max_active,
		max_active === 0 ? WQ_DFL_ACTIVE : Math.max(1, Math.min(max_active, WQ_MAX_ACTIVE)));
	mutex_init(wq + wqs.flush_mutex);
	for (let cpu = 0; cpu <= nr_cpu_ids; cpu++) {
		const pwq = per_cpu_ptr(pwqs, cpu);
		store(pwq + pwqo.wq, wq);
		INIT_LIST_HEAD(pwq + pwqo.delayed);
	}
	spin_lock(WORKQUEUES);
	store(wq + wqs.next, load(WORKQUEUES + 8));
	store(WORKQUEUES + 8, wq);
	spin_unlock(WORKQUEUES);
	return wq;
}

/** @param func number of the function; it is called with the item's address */
export function INIT_WORK(work: number, func: number): void {
	store(work + w.data, 0);
	store(work + last_pool, 0);
	INIT_LIST_HEAD(work + w.entry);
	store_function(work + w.func, func);
}

export function INIT_DELAYED_WORK(dwork: number, func: number): void {
	INIT_WORK(dwork, func);
	timer_setup(dwork + delayed_work.offset.timer, delayed_work_timer, 0);
}

export function work_pending(work: number): boolean {
	return (READ_ONCE(work) & PENDING) !== 0;
}

// ---- queueing
// -------------------------------------------------------------------------------------------------

/**
 * Queue an item on a CPU. Any thread, any context. An offline CPU's items run on another one.
 * @returns false if it was pending already
 */
export function queue_work_on(cpu: number, wq: number, work: number): boolean {
	// The peek saves an RMW on a line that the CPU is about to write. It is enough: what the item
	// is to find was published with a full barrier (an unlock) before, and PENDING is cleared with
	// one before the item looks.
	if ((atomic_load(work) & PENDING) !== 0 || (atomic_fetch_or(work, PENDING) & PENDING) !== 0)
		return false;
	__queue_work(cpu, wq, work);
	return true;
}

export function queue_work(wq: number, work: number): boolean {
	return queue_work_on(WORK_CPU_UNBOUND, wq, work);
}

export function schedule_work(work: number): boolean {
	return queue_work(system_wq(), work);
}

export function schedule_work_on(cpu: number, work: number): boolean {
	return queue_work_on(cpu, system_wq(), work);
}

function pick_cpu(cpu: number, wq: number): number {
	if (cpu >= 0 && cpu < nr_cpu_ids) {
		if (cpu_running(cpu))
			return cpu;
	} else if (this_cpu() >= 0 && (load(wq + wqs.flags) & WQ_UNBOUND) === 0
		&& cpu_running(this_cpu()))
	{
		return this_cpu();
	} else if ((load(wq + wqs.flags) & __WQ_ORDERED) === 0) {
		const turn = cpumask_next(atomic_load(ROUND_ROBIN), cpu_running_mask);
		const next = turn < nr_cpu_ids ? turn : cpumask_first(cpu_running_mask);
		atomic_store(ROUND_ROBIN, next);
		return next;
	}
	return cpumask_first(cpu_running_mask);
}

/**
 * Is the item running on that pool (in any frame)? With another function it is another item, in
 * memory that the running one has freed. Under the pool's lock.
 */
function find_frame(pool: number, work: number): number {
	for (let i = load(pool + pl.depth) - 1; i >= 0; i--)
		if (load(frame_of(pool, i) + fr.work) === work
			&& load(frame_of(pool, i) + fr.func) === load(work + w.func))
			return frame_of(pool, i);
	return 0;
}

/**
 * Does this thread run an item of the queue now, or what such an item has left to it? These may go
 * on queueing while the queue drains.
 */
function is_chained_work(wq: number): boolean {
	if (leftover.in_hand())
		return true;
	if (my_pool === 0)
		return false;
	for (let i = load(my_pool + pl.depth) - 1; i >= 0; i--)
		if (load(load(frame_of(my_pool, i) + fr.pwq) + pwqo.wq) === wq)
			return true;
	return false;
}

function __queue_work(wanted: number, wq: number, work: number): void {
	if ((load(wq + wqs.flags) & __WQ_DRAINING) !== 0 && !is_chained_work(wq)) {
		WARN(`queue_work: work ${work.toString(16)} is dropped: its workqueue is being drained`);
		atomic_store(work, 0);
		return;
	}
	let cpu = pick_cpu(wanted, wq);
	let pool = pool_of(cpu);
	const last = load(work + last_pool) - 1;
	if (last >= 0 && last !== cpu) {
		// Non-reentrancy: while it runs over there it is queued over there.
		const other = pool_of(last);
		spin_lock(other);
		if (find_frame(other, work) !== 0) {
			cpu = last;
			pool = other;
		} else {
			spin_unlock(other);
			spin_lock(pool);
		}
	} else {
		spin_lock(pool);
	}
	if (!may_queue_on(cpu) && find_frame(pool, work) === 0) {
		// It went offline between the choice and the lock; its list has been moved, so it must not
		// get another item.
		spin_unlock(pool);
		return __queue_work(WORK_CPU_UNBOUND, wq, work);
	}
	const color = load(wq + wqs.color);
	const pwq = per_cpu_ptr(load(wq + wqs.pwqs), cpu);
	if (wq === 0 || load(pwq + pwqo.wq) !== wq) {
		// Found out further on, the pool's lock would stay held.
		spin_unlock(pool);
		atomic_store(work, 0);
		misuse(
			`queue_work: work ${work.toString(16)} is dropped: ${
				wq === 0 ? 'NULL' : wq.toString(16)
			} is not a workqueue`,
		);
		return;
	}
	insert_work(pool, pwq, wq, work, cpu, color);
	spin_unlock(pool);
	see_to(cpu);
}

/** An item has been queued: its CPU, or else the booting thread, looks at its pool. */
function see_to(cpu: number): void {
	if (cpu < nr_cpu_ids)
		kick(cpu);
	else
		notify_booter();
}

/**
 * May an item be given to this CPU? The number behind the CPUs' is that of the booting thread,
 * which has a pool for the time when no CPU is left.
 */
function may_queue_on(cpu: number): boolean {
	return cpu < nr_cpu_ids ? cpu_running(cpu) : no_cpu_runs();
}

/** Under the pool's lock. */
function insert_work(pool: number, pwq: number, wq: number, work: number, cpu: number,
	color: number): void
{
	const count = pwq + pwqo.in_flight0 + color * 4;
	store(count, load(count) + 1);
	store(work + last_pool, cpu + 1);
	WRITE_ONCE(work, pwq | PENDING | color << COLOR_SHIFT);
	if (load(pwq + pwqo.nr_active) < load(wq + wqs.max_active)) {
		store(pwq + pwqo.nr_active, load(pwq + pwqo.nr_active) + 1);
		list_add_tail(work + w.entry, list_of(pool, wq));
	} else {
		list_add_tail(work + w.entry, pwq + pwqo.delayed);
	}
}

function list_of(pool: number, wq: number): number {
	return pool + ((load(wq + wqs.flags) & WQ_HIGHPRI) !== 0 ? pl.highpri : pl.worklist);
}

// ---- running
// -------------------------------------------------------------------------------------------------

/** Has this CPU an item to run? */
export function pool_pending(): boolean {
	if (list_empty(my_pool + pl.worklist) && list_empty(my_pool + pl.highpri))
		return false;
	if (READ_ONCE(my_pool + pl.depth) === 0)
		return true;
	if (READ_ONCE(my_pool + pl.depth) === FRAMES_MAX)
		return false;
	// Some item sleeps further up this stack: what is queued may be that item again, which has to
	// wait for its end.
	spin_lock(my_pool);
	const work = next_work(my_pool);
	spin_unlock(my_pool);
	return work !== 0;
}

/** The next item that does not run further up this stack, or 0. Under the pool's lock. */
function next_work(pool: number): number {
	for (const list of [pool + pl.highpri, pool + pl.worklist])
		for (let entry = list_next(list); entry !== list; entry = list_next(entry))
			if ((load(pool + pl.depth) === 0 || find_frame(pool, entry - w.entry) === 0)
				&& !(c_items_wait && is_c_function(entry - w.entry + w.func)))
				return entry - w.entry;
	return 0;
}

/** Run items of this CPU's pool, a few at most. @returns did any run? */
export function run_pool(): boolean {
	if (!pool_pending())
		return false;
	const cpu = this_cpu();
	const pool = my_pool;
	spin_lock(pool);
	let n = 0;
	for (; n < ITEMS_AT_ONCE && cpu_online(cpu) && !leftover.pending(); n++) {
		const work = next_work(pool);
		if (work === 0)
			break;
		process_one_work(pool, work);
	}
	spin_unlock(pool);
	if (!cpu_online(cpu)) {
		// Left here when the CPU went offline, because an earlier instance was running here.
		workqueue_offline_cpu(cpu);
		return true;
	}
	return n > 0;
}

/**
 * On the booting thread: run what is queued here because all CPUs have died. @returns did any run?
 */
export function run_pool_without_cpu(): boolean {
	if (!pool_pending())
		return false;
	spin_lock(my_pool);
	const work = next_work(my_pool);
	if (work !== 0)
		process_one_work(my_pool, work);
	spin_unlock(my_pool);
	return work !== 0;
}

/**
 * The item that runs here has nothing left to do, and expects more in a list soon: wait a moment,
 * as the idle CPU would if the item ended, unless the CPU has anything else to do.
 * @returns is there something in the list?
 */
export function linger(list: number): boolean {
	if (load(my_pool + pl.depth) !== 1 || event_loop_wanted())
		return false;
	if (!list_empty(list))
		return true;
	const delayed = load(frame_of(my_pool, 0) + fr.pwq) + pwqo.delayed;
	let turns = idle_spins;
	while (list_empty(list) && --turns > 0 && list_empty(my_pool + pl.worklist)
		&& list_empty(delayed)
		&& list_empty(my_pool + pl.highpri) && !leftover.pending())
		cpu_relax();
	return !list_empty(list) && cpu_online(this_cpu());
}

/** Called and returns with the pool's lock held; it is not held while the function runs. */
function process_one_work(pool: number, work: number): void {
	const data = load(work);
	const pwq = data & PWQ_MASK;
	const color = data >> COLOR_SHIFT & 1;
	const depth = load(pool + pl.depth);
	const f = frame_of(pool, depth);
	const func = load(work + w.func);
	list_del_init(work + w.entry);
	store(f + fr.work, work);
	store(f + fr.pwq, pwq);
	store(f + fr.func, func);
	store(f + fr.color, color);
	store(f + fr.flushers, 0);
	if (load(pool + pl.waiting) !== 0)
		adopt_flushers(pool, f, work);
	store(pool + pl.depth, depth + 1);
	// PENDING goes with a full barrier before the function looks at its data. Pairs with
	// queue_work_on().
	atomic_store(work, 0);
	spin_unlock(pool);

	run_work(work, func);

	spin_lock(pool);
	store(pool + pl.depth, depth);
	store(pool + pl.executed, load(pool + pl.executed) + 1);
	const wq = load(pwq + pwqo.wq);
	pwq_dec_active(pool, wq, pwq);
	pwq_dec_in_flight(wq, pwq, color);
	if (load(f + fr.flushers) !== 0)
		finish_flushers(f);
}

/** As the end of process_one_work(), of an item that a dead CPU ran. Under the pool's lock. */
function work_has_ended(pool: number, f: number): void {
	const pwq = load(f + fr.pwq);
	const wq = load(pwq + pwqo.wq);
	pwq_dec_active(pool, wq, pwq);
	pwq_dec_in_flight(wq, pwq, load(f + fr.color));
	finish_flushers(f);
}

/**
 * An active item of the queue has left: the first of those that max_active holds back takes its
 * place.
 */
function pwq_dec_active(pool: number, wq: number, pwq: number): void {
	store(pwq + pwqo.nr_active, load(pwq + pwqo.nr_active) - 1);
	pwq_activate_delayed(pool, wq, pwq);
}

function pwq_activate_delayed(pool: number, wq: number, pwq: number): void {
	while (!list_empty(pwq + pwqo.delayed)
		&& load(pwq + pwqo.nr_active) < load(wq + wqs.max_active))
	{
		const entry = list_next(pwq + pwqo.delayed);
		list_del_init(entry);
		list_add_tail(entry, list_of(pool, wq));
		store(pwq + pwqo.nr_active, load(pwq + pwqo.nr_active) + 1);
	}
}

/** The item may have freed itself: it is not touched after its function was called. */
function run_work(work: number, func: number): void {
	const softirq = softirq_count();
	const rcu = rcu_read_depth();
	const preempt = preempt_only_count();
	try {
		call1(work + w.func, work);
	} catch (error) {
		if (!(error instanceof Oops))
			oops_in_callback(`work function ${function_name(func)} (work ${work.toString(16)})`,
				error);
	}
	if (restore_preempt_count(softirq, preempt, rcu))
		misuse(
			`workqueue leaked lock or atomic: ${function_name(func)} (work ${work.toString(16)})`,
		);
}

function pwq_dec_in_flight(wq: number, pwq: number, color: number): void {
	const count = pwq + pwqo.in_flight0 + color * 4;
	const left = load(count) - 1;
	store(count, left);
	if (left === 0 && READ_ONCE(wq + wqs.flushers) !== 0) {
		atomic_fetch_add(wq + wqs.idle_seq, 1);
		wake_up(wq + wqs.idle_seq);
	}
}

// ---- flushing
// -------------------------------------------------------------------------------------------------

function adopt_flushers(pool: number, f: number, work: number): void {
	let link = pool + pl.waiting;
	while (load(link) !== 0) {
		const waiter = load(link);
		if (load(waiter + fl.work) === work) {
			store(link, load(waiter));
			store(waiter, load(f + fr.flushers));
			store(f + fr.flushers, waiter);
		} else {
			link = waiter;
		}
	}
}

function finish_flushers(f: number): void {
	let waiter = load(f + fr.flushers);
	while (waiter !== 0) {
		// The waiter's record is reused as soon as it sees `done`.
		const next = load(waiter);
		atomic_store(waiter + fl.done, 1);
		wake_up(waiter + fl.done);
		waiter = next;
	}
}

/**
 * Wait until the last queued instance of an item has finished. Sleeps. From an item that the wait
 * is for, or from atomic context, it is refused with a report.
 * @returns false if there was nothing to wait for
 */
export function flush_work(work: number): boolean {
	if (!may_sleep('flush_work'))
		return false;
	const waiter = prepare_flush(work);
	if (waiter === 0)
		return false;
	while (READ_ONCE(waiter + fl.done) === 0)
		sleep_on(waiter + fl.done, 0);
	flush_depth--;
	return true;
}

/** @returns the record to sleep on, or 0 */
function prepare_flush(work: number): number {
	for (;;) {
		const cpu = load(work + last_pool) - 1;
		if (cpu < 0)
			return 0;
		const pool = pool_of(cpu);
		spin_lock(pool);
		if (load(work + last_pool) - 1 !== cpu) {
			spin_unlock(pool);
			continue;
		}
		const waiter = this_thread_ptr(FLUSHERS) + flush_depth * flusher.size;
		store(waiter + fl.done, 0);
		store(waiter + fl.work, work);
		const f = find_frame(pool, work);
		if ((load(work) & PENDING) !== 0 && (load(work) & PWQ_MASK) !== 0) {
			store(waiter, load(pool + pl.waiting));
			store(pool + pl.waiting, waiter);
		} else if (f !== 0 && pool === my_pool) {
			spin_unlock(pool);
			misuse(
				`flush_work: work ${work.toString(16)} (${
					function_name(load(f + fr.func))
				}) waits for itself`,
			);
			return 0;
		} else if (f !== 0) {
			store(waiter, load(f + fr.flushers));
			store(f + fr.flushers, waiter);
		} else {
			spin_unlock(pool);
			return 0;
		}
		if (++flush_depth === FLUSHERS_MAX)
			WARN('flush_work: too many nested flushes');
		spin_unlock(pool);
		return waiter;
	}
}

/**
 * Make PENDING the caller's: nobody else can queue the item until the caller clears it. An item
 * that is queued leaves its queue. PENDING without a queue belongs to somebody who is about to
 * queue the item, or cancels it: wait for that.
 * @returns was it queued?
 */
function grab_pending(work: number): boolean {
	for (let turns = 0;; turns++) {
		if ((atomic_fetch_or(work, PENDING) & PENDING) === 0)
			return false;
		const cpu = load(work + last_pool) - 1;
		if (cpu >= 0) {
			const pool = pool_of(cpu);
			spin_lock(pool);
			const data = load(work);
			if (load(work + last_pool) - 1 === cpu && (data & PENDING) !== 0
				&& (data & PWQ_MASK) !== 0)
			{
				take_off(pool, work, data);
				WRITE_ONCE(work, PENDING);
				spin_unlock(pool);
				return true;
			}
			spin_unlock(pool);
		}
		relax(turns);
	}
}

/**
 * Take a pending item off its queue.
 * @returns was it pending?
 */
export function cancel_work(work: number): boolean {
	const was = grab_pending(work);
	atomic_store(work, 0);
	return was;
}

/** Under the pool's lock: the item leaves its list; who waits for it has waited enough. */
function take_off(pool: number, work: number, data: number): void {
	const pwq = data & PWQ_MASK;
	const wq = load(pwq + pwqo.wq);
	const was_active = !in_list(pwq + pwqo.delayed, work + w.entry);
	list_del_init(work + w.entry);
	if (was_active)
		pwq_dec_active(pool, wq, pwq);
	const scratch = frame_of(pool, FRAMES_MAX);
	if (load(pool + pl.waiting) !== 0) {
		store(scratch + fr.flushers, 0);
		adopt_flushers(pool, scratch, work);
		finish_flushers(scratch);
	}
	pwq_dec_in_flight(wq, pwq, data >> COLOR_SHIFT & 1);
}

function in_list(head: number, entry: number): boolean {
	for (let at = list_next(head); at !== head; at = list_next(at))
		if (at === entry)
			return true;
	return false;
}

/**
 * Take a pending item off its queue and wait until it does not run. It may be one that queues
 * itself again: it can not meanwhile. Sleeps.
 * @returns was it pending?
 */
export function cancel_work_sync(work: number): boolean {
	if (!may_sleep('cancel_work_sync'))
		return false;
	const was = grab_pending(work);
	flush_work(work);
	atomic_store(work, 0);
	return was;
}

/** Wait until every item queued before the call has finished. Sleeps. */
export function flush_workqueue(wq: number): void {
	if (!may_sleep('flush_workqueue'))
		return;
	if (is_chained_work(wq))
		return misuse(
			`flush_workqueue: called from an item of workqueue ${wq.toString(16)} itself`,
		);
	mutex_lock(wq + wqs.flush_mutex);
	// New items get the other color; wait until no CPU has one of the old color. The last flush has
	// emptied the other one.
	const color = load(wq + wqs.color);
	atomic_fetch_add(wq + wqs.flushers, 1);
	lock_all_pools();
	atomic_store(wq + wqs.color, color ^ 1);
	unlock_all_pools();
	wait_in_flight(wq, color);
	atomic_fetch_add(wq + wqs.flushers, -1);
	mutex_unlock(wq + wqs.flush_mutex);
	finish_leftover();
}

/**
 * An item that has ended may have left something to whoever has time. It belongs to the item, so a
 * flush waits for it too: it does what nobody has taken, and a grace period is the end of what
 * others do.
 */
function finish_leftover(): void {
	if (!leftover.outstanding())
		return;
	leftover.run();
	synchronize_rcu();
}

function wait_in_flight(wq: number, color: number): void {
	for (;;) {
		const seen = atomic_load(wq + wqs.idle_seq);
		let left = 0;
		// The lock keeps items from moving off a dead CPU to one that has been counted already.
		spin_lock(WORKQUEUES);
		for (let cpu = 0; cpu <= nr_cpu_ids; cpu++)
			left += READ_ONCE(per_cpu_ptr(load(wq + wqs.pwqs), cpu) + pwqo.in_flight0 + color * 4);
		spin_unlock(WORKQUEUES);
		if (left === 0)
			return;
		sleep_on(wq + wqs.idle_seq, seen);
	}
}

function lock_all_pools(): void {
	for (let cpu = 0; cpu <= nr_cpu_ids; cpu++)
		spin_lock(pool_of(cpu));
}

function unlock_all_pools(): void {
	for (let cpu = 0; cpu <= nr_cpu_ids; cpu++)
		spin_unlock(pool_of(cpu));
}

/**
 * Nothing is queued or running, nor left by an item to whoever has time. That holds at one moment
 * on all CPUs, since an item may queue another one on a CPU behind the counter's back.
 */
export function workqueue_empty(wq: number): boolean {
	lock_all_pools();
	// Under the locks nobody can queue what somebody else has left to it.
	const empty = workqueue_in_flight(wq) === 0 && !leftover.outstanding();
	unlock_all_pools();
	return empty;
}

/** Items of a queue that are queued or running, on all CPUs. Exact when nothing moves meanwhile. */
export function workqueue_in_flight(wq: number): number {
	let n = 0;
	for (let cpu = 0; cpu <= nr_cpu_ids; cpu++) {
		const pwq = per_cpu_ptr(load(wq + wqs.pwqs), cpu);
		n += READ_ONCE(pwq + pwqo.in_flight0) + READ_ONCE(pwq + pwqo.in_flight1);
	}
	return n;
}

/** Flush until the queue is empty; only its own items may queue more meanwhile. Sleeps. */
export function drain_workqueue(wq: number): void {
	if (!may_sleep('drain_workqueue'))
		return;
	atomic_fetch_or(wq + wqs.flags, __WQ_DRAINING);
	do {
		flush_workqueue(wq);
	} while (!workqueue_empty(wq));
	atomic_store(wq + wqs.flags, load(wq + wqs.flags) & ~__WQ_DRAINING);
}

/** Drain a workqueue and free it. Sleeps. */
export function destroy_workqueue(wq: number): void {
	if (!may_sleep('destroy_workqueue'))
		return;
	if (is_chained_work(wq))
		return misuse(
			`destroy_workqueue: called from an item of workqueue ${wq.toString(16)} itself`,
		);
	spin_lock(WORKQUEUES);
	const known = link_to(wq) !== 0;
	spin_unlock(WORKQUEUES);
	if (!known)
		return misuse(`destroy_workqueue: ${wq.toString(16)} is not a workqueue`);
	drain_workqueue(wq);
	// The last item may still be in the epilogue of its run: it holds the pool's lock there.
	for (let cpu = 0; cpu <= nr_cpu_ids; cpu++) {
		spin_lock(pool_of(cpu));
		spin_unlock(pool_of(cpu));
	}
	spin_lock(WORKQUEUES);
	store(link_to(wq), load(wq + wqs.next));
	spin_unlock(WORKQUEUES);
	free_percpu(load(wq + wqs.pwqs));
	store(wq + wqs.pwqs, 0);
	kfree(wq);
}

/** The word in the list of workqueues that points to this one, or 0. Under its lock. */
function link_to(wq: number): number {
	let link = WORKQUEUES + 8;
	while (load(link) !== wq && load(link) !== 0)
		link = load(link) + wqs.next;
	return load(link) === 0 ? 0 : link;
}

// ---- delayed work
// -------------------------------------------------------------------------------------------------

export function delayed_work_timer_fn(timer: number): void {
	const dwork = timer - delayed_work.offset.timer;
	__queue_work(load(dwork + delayed_work.offset.cpu), load(dwork + delayed_work.offset.wq),
		dwork);
}
const delayed_work_timer = kernel_function(delayed_work_timer_fn);

/** @param delay jiffies; 0 queues at once @returns false if it was pending already */
export function queue_delayed_work_on(cpu: number, wq: number, dwork: number,
	delay: number): boolean
{
	if ((atomic_fetch_or(dwork, PENDING) & PENDING) !== 0)
		return false;
	__queue_delayed_work(cpu, wq, dwork, delay);
	return true;
}

/** PENDING is the caller's. */
function __queue_delayed_work(cpu: number, wq: number, dwork: number, delay: number): void {
	if (delay <= 0) {
		__queue_work(cpu, wq, dwork);
	} else {
		store(dwork + delayed_work.offset.wq, wq);
		store(dwork + delayed_work.offset.cpu, cpu);
		mod_timer(dwork + delayed_work.offset.timer, jiffies() + delay);
	}
}

export function queue_delayed_work(wq: number, dwork: number, delay: number): boolean {
	return queue_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

export function schedule_delayed_work(dwork: number, delay: number): boolean {
	return queue_delayed_work(system_wq(), dwork, delay);
}

/** grab_pending() for a delayed item: its timer may hold PENDING as well. */
function grab_delayed(dwork: number): boolean {
	return del_timer(dwork + delayed_work.offset.timer) !== 0 || grab_pending(dwork);
}

/**
 * Queue it after `delay` jiffies from now, whether it is pending or not. @returns was it pending?
 */
export function mod_delayed_work(wq: number, dwork: number, delay: number): boolean {
	return mod_delayed_work_on(WORK_CPU_UNBOUND, wq, dwork, delay);
}

/** As mod_delayed_work(), on a CPU. */
export function mod_delayed_work_on(cpu: number, wq: number, dwork: number,
	delay: number): boolean
{
	const was = grab_delayed(dwork);
	__queue_delayed_work(cpu, wq, dwork, delay);
	return was;
}

/** @returns was it pending? */
export function cancel_delayed_work(dwork: number): boolean {
	const was = grab_delayed(dwork);
	atomic_store(dwork, 0);
	return was;
}

/** As cancel_work_sync(). Sleeps. @returns was it pending? */
export function cancel_delayed_work_sync(dwork: number): boolean {
	if (!may_sleep('cancel_delayed_work_sync'))
		return false;
	const was = grab_delayed(dwork);
	flush_work(dwork);
	atomic_store(dwork, 0);
	return was;
}

/** Run it now if it is pending, and wait for it. Sleeps. */
export function flush_delayed_work(dwork: number): boolean {
	if (!may_sleep('flush_delayed_work'))
		return false;
	if (del_timer_sync(dwork + delayed_work.offset.timer) !== 0)
		__queue_work(load(dwork + delayed_work.offset.cpu), load(dwork + delayed_work.offset.wq),
			dwork);
	return flush_work(dwork);
}

// ---- work_on_cpu
// -------------------------------------------------------------------------------------------------

const work_for_cpu = struct('work_for_cpu', { work: work_struct, done: completion, fn: fn_ptr,
	arg: int, ret: int, oops: int });
const wfc = work_for_cpu.offset;

const work_for_cpu_fn = kernel_function(function work_for_cpu_fn(work: number): void {
	store(work + wfc.oops, 1);
	try {
		const ret = call1(work + wfc.fn, load(work + wfc.arg));
		store(work + wfc.ret, typeof ret === 'number' ? ret : 0);
		store(work + wfc.oops, 0);
	} finally {
		complete(work + wfc.done);
	}
});

/**
 * Run a function on a CPU and wait for its result. Sleeps.
 * @param fn number of the function; it may sleep
 * @returns what the function returned; -ENOMEM; -EDEADLK from atomic context
 * @throws Error if the function threw there (the report is on the kernel log)
 */
export function work_on_cpu(cpu: number, fn: number, arg: number): number {
	if (!may_sleep('work_on_cpu'))
		return -EDEADLK;
	const work = kmalloc_kind(work_for_cpu.size, 0, 0);
	if (work === 0)
		return -ENOMEM;
	INIT_WORK(work, work_for_cpu_fn);
	init_completion(work + wfc.done);
	store_function(work + wfc.fn, fn);
	store(work + wfc.arg, arg);
	queue_work_on(cpu, system_highpri_wq(), work);
	wait_for_completion(work + wfc.done);
	// complete() comes before the end of the item: wait for that too before the memory goes.
	flush_work(work);
	const ret = load(work + wfc.ret);
	const threw = load(work + wfc.oops) !== 0;
	kfree(work);
	if (threw)
		throw new Error(
			`work_on_cpu: ${function_name(fn)} threw on CPU ${cpu}; see the kernel log`,
		);
	return ret;
}

// ---- hotplug
// -------------------------------------------------------------------------------------------------

/**
 * A CPU is no longer online: what is queued there runs elsewhere, as the kernel's unbound workers
 * do. An item that runs there just now ends there; if it is queued again it waits for that end
 * (run_pool() calls this again), since no item ever runs twice at once.
 */
export function workqueue_offline_cpu(cpu: number): void {
	const target = cpumask_first(cpu_running_mask);
	const from = pool_of(cpu);
	const to = pool_of(target);
	if (target === cpu)
		return;
	spin_lock(WORKQUEUES);
	spin_lock(Math.min(from, to));
	spin_lock(Math.max(from, to));
	// The CPU's own thread calls this too, some time after it has seen that it is offline: it may
	// be back by now. What is queued is queued under the lock, after a look whether the CPU is
	// online.
	if (!cpu_running(cpu))
		move_all(from, to, cpu, target);
	spin_unlock(Math.max(from, to));
	spin_unlock(Math.min(from, to));
	spin_unlock(WORKQUEUES);
	see_to(target);
}

/** Under both pools' locks and that of the list of workqueues. */
function move_all(from: number, to: number, cpu: number, target: number): void {
	move_list(from, to, target, from + pl.highpri, true);
	move_list(from, to, target, from + pl.worklist, true);
	for (let wq = load(WORKQUEUES + 8); wq !== 0; wq = load(wq + wqs.next)) {
		const pwq = per_cpu_ptr(load(wq + wqs.pwqs), cpu);
		move_list(from, to, target, pwq + pwqo.delayed, false);
		pwq_activate_delayed(from, wq, pwq);
	}
}

/** Under both pools' locks. @param active are the items in this list active ones? */
function move_list(from: number, to: number, target: number, list: number, active: boolean): void {
	for (let entry = list_next(list); entry !== list;) {
		const work = entry - w.entry;
		entry = list_next(entry);
		if (find_frame(from, work) === 0)
			move_work(from, to, target, work, active);
	}
}

function move_work(from: number, to: number, target: number, work: number, active: boolean): void {
	const old = load(work) & PWQ_MASK;
	const color = load(work) >> COLOR_SHIFT & 1;
	const wq = load(old + pwqo.wq);
	if (active)
		store(old + pwqo.nr_active, load(old + pwqo.nr_active) - 1);
	list_del_init(work + w.entry);
	const count = old + pwqo.in_flight0 + color * 4;
	store(count, load(count) - 1);
	insert_work(to, per_cpu_ptr(load(wq + wqs.pwqs), target), wq, work, target, color);
	let link = from + pl.waiting;
	while (load(link) !== 0) {
		const waiter = load(link);
		if (load(waiter + fl.work) === work) {
			store(link, load(waiter));
			store(waiter, load(to + pl.waiting));
			store(to + pl.waiting, waiter);
		} else {
			link = waiter;
		}
	}
}

/** What a CPU was running: the address of a work item, and the number of its function. */
export interface RunningWork {
	readonly work: number;
	readonly func: number;
}

/**
 * The work items that a CPU runs, the innermost first; the others sleep further up the stack. Of a
 * CPU whose thread has died: nothing changes there any more.
 */
export function works_of_dead_cpu(cpu: number): RunningWork[] {
	const pool = pool_of(cpu);
	const works: RunningWork[] = [];
	for (let i = load(pool + pl.depth) - 1; i >= 0; i--)
		works.push({ work: load(frame_of(pool, i) + fr.work),
			func: load(frame_of(pool, i) + fr.func) });
	return works;
}

/**
 * The thread of a CPU has died: the items that it ran have ended, its own flushes wait for nothing
 * any more, and what is queued there runs elsewhere.
 */
export function workqueue_dead_cpu(cpu: number): void {
	for (const { work, func } of works_of_dead_cpu(cpu))
		if (func === work_for_cpu_fn)
			complete(work + wfc.done);
	forget_flushes(cpu);
	const pool = pool_of(cpu);
	spin_lock(pool);
	for (let depth = load(pool + pl.depth) - 1; depth >= 0; depth--) {
		const f = frame_of(pool, depth);
		store(pool + pl.depth, depth);
		work_has_ended(pool, f);
	}
	spin_unlock(pool);
	workqueue_offline_cpu(cpu);
}

/** Take the flushes in which a dead CPU slept out of the lists of those who wait. */
function forget_flushes(cpu: number): void {
	const from = thread_ptr(FLUSHERS, cpu);
	const forget = (head: number): void => {
		for (let link = head; load(link) !== 0;)
			if (load(link) >= from && load(link) < from + FLUSHERS_MAX * flusher.size)
				store(link, load(load(link)));
			else
				link = load(link);
	};
	for (let other = 0; other <= nr_cpu_ids; other++) {
		const pool = pool_of(other);
		spin_lock(pool);
		forget(pool + pl.waiting);
		for (let i = load(pool + pl.depth) - 1; i >= 0; i--)
			forget(frame_of(pool, i) + fr.flushers);
		spin_unlock(pool);
	}
}
