// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/timer.h>. Each CPU has a list of its timers, sorted by expiry. They run in that
// CPU's loop, between work items and with softirqs off, so never in the middle of a section with
// softirqs off. A timer is never early.
import { load, READ_ONCE, store, WRITE_ONCE } from '../machine/memory.js';
import { call, function_name, store_function } from '../machine/function.js';
import { bss, per_thread } from '../machine/layout.js';
import { kick, relax } from '../machine/park.js';
import { fn_ptr, int, long, struct } from '../machine/struct.js';
import { this_cpu, thread_ptr } from '../machine/thread.js';
import { misuse, Oops, oops_in_callback } from './bug.js';
import { cpu_online, cpu_running, cpu_running_mask, cpumask_first, nr_cpu_ids } from './cpumask.js';
import { HZ, jiffies } from './jiffies.js';
import { hlist_node } from './list.js';
import { preempt_only_count, restore_preempt_count, softirq_count } from './preempt.js';
import { rcu_read_depth } from './rcupdate.js';
import { spin_lock, spin_lock_bh, spin_unlock, spin_unlock_bh } from './spinlock.js';

/**
 * entry.next links the base's list, entry.pprev is PENDING while the timer is in one; flags holds
 * the base's CPU.
 */
export const timer_list = struct('timer_list', { entry: hlist_node, expires: long, function: fn_ptr,
	flags: int });
const timer = timer_list.offset;
const pending = timer.entry + hlist_node.offset.pprev;
const PENDING = 1;
/**
 * In place of the CPU in `flags`: it is on its way from one base to another, wait until it has
 * arrived.
 */
const MIGRATING = -1;

const timer_base = struct('timer_base', { lock: int, running: int, first: int });
const tb = timer_base.offset;
const BASES = per_thread(timer_base.size, 128);
/** Held while a timer changes its base: it is on none then, and two threads may arm it at once. */
const MOD_LOCK = bss(128, 128);

const base_of = (cpu: number): number => thread_ptr(BASES, cpu);

function expires_of(t: number): number {
	return load(t + timer.expires + 4) * 0x100000000 + (load(t + timer.expires) >>> 0);
}

/**
 * @param fn number of the handler; it is called with the timer's address, on a CPU, with softirqs
 *   off
 * @param _flags TIMER_*: none of them means anything here
 */
export function timer_setup(t: number, fn: number, _flags: number): void {
	store(t + timer.entry, 0);
	store(t + pending, 0);
	store_function(t + timer.function, fn);
	store(t + timer.flags, 0);
}

export function timer_pending(t: number): boolean {
	return READ_ONCE(t + pending) !== 0;
}

/** Is it pending, or does its handler run now? */
export function timer_active(t: number): boolean {
	const base = lock_timer_base(t);
	const active = load(t + pending) !== 0 || load(base + tb.running) === t;
	spin_unlock_bh(base);
	return active;
}

/** Lock the base a timer belongs to; it may change until the lock is held. */
function lock_timer_base(t: number): number {
	for (let turns = 0;; turns++) {
		const cpu = READ_ONCE(t + timer.flags);
		if (cpu !== MIGRATING) {
			const base = base_of(cpu);
			spin_lock_bh(base);
			// A timer leaves a base and comes to a base under that base's lock.
			if (READ_ONCE(t + timer.flags) === cpu)
				return base;
			spin_unlock_bh(base);
		}
		relax(turns);
	}
}

/**
 * @param to what `pending` says afterwards: 0, or PENDING if it is put into a list again, so that
 *   nobody sees it idle in between
 */
function detach(base: number, t: number, to = 0): boolean {
	if (load(t + pending) === 0)
		return false;
	let at = base + tb.first;
	while (load(at) !== t)
		at = load(at);
	store(at, load(t + timer.entry));
	WRITE_ONCE(t + pending, to);
	return true;
}

function enqueue(base: number, t: number): void {
	const expires = expires_of(t);
	let at = base + tb.first;
	while (load(at) !== 0 && expires_of(load(at)) <= expires)
		at = load(at);
	store(t + timer.entry, load(at));
	WRITE_ONCE(t + pending, PENDING);
	WRITE_ONCE(at, t);
}

/** The CPU for timers of nobody's; without any the base where the timer is. */
function first_running_cpu(without: number): number {
	const cpu = cpumask_first(cpu_running_mask);
	return cpu < nr_cpu_ids ? cpu : without;
}

/**
 * (Re)arm a timer. Any thread, any context.
 * @param expires absolute, in jiffies
 * @returns 1 if it was pending
 */
export function mod_timer(t: number, expires: number): number {
	spin_lock_bh(MOD_LOCK);
	let base = lock_timer_base(t);
	const was = detach(base, t, PENDING) ? 1 : 0;
	const here = this_cpu();
	let cpu = here >= 0 && cpu_running(here) ? here : first_running_cpu(load(t + timer.flags));
	// A timer whose handler runs stays where it is, so that del_timer_sync() finds it.
	if (base !== base_of(cpu) && load(base + tb.running) !== t) {
		WRITE_ONCE(t + timer.flags, MIGRATING);
		spin_unlock_bh(base);
		base = base_of(cpu);
		spin_lock_bh(base);
		store(t + timer.flags, cpu);
	} else {
		cpu = load(t + timer.flags);
	}
	store(t + timer.expires, expires | 0);
	store(t + timer.expires + 4, Math.floor(expires / 0x100000000));
	enqueue(base, t);
	const first = load(base + tb.first) === t;
	spin_unlock_bh(base);
	spin_unlock_bh(MOD_LOCK);
	// The timer may have run by now, and its handler have freed it.
	if (first)
		kick(cpu);
	return was;
}

/** @returns 1 if it was pending; does not wait for a handler that runs */
export function del_timer(t: number): number {
	if (READ_ONCE(t + pending) === 0)
		return 0;
	const base = lock_timer_base(t);
	const was = detach(base, t) ? 1 : 0;
	spin_unlock_bh(base);
	return was;
}

/** As del_timer_sync(), but does not wait. @returns -1 if the handler runs: try again */
export function try_to_del_timer_sync(t: number): number {
	const base = lock_timer_base(t);
	const running = load(base + tb.running) === t;
	const was = !running && detach(base, t) ? 1 : 0;
	spin_unlock_bh(base);
	return running ? -1 : was;
}

/**
 * As del_timer, and the handler does not run any more when it returns. Not from the handler itself.
 */
export function del_timer_sync(t: number): number {
	let was = 0;
	for (let turns = 0;; turns++) {
		// Under the lock also if it is not pending: that and `running` are changed together.
		const base = lock_timer_base(t);
		was |= detach(base, t) ? 1 : 0;
		const running = load(base + tb.running) === t;
		spin_unlock_bh(base);
		if (!running)
			return was;
		if (this_cpu() >= 0 && base === base_of(this_cpu())) {
			misuse(`del_timer_sync: called from the handler of timer ${t.toString(16)} itself`);
			return was;
		}
		relax(turns);
	}
}

/** Milliseconds until this CPU's next timer, or Infinity. */
export function next_timer_ms(cpu: number): number {
	const first = READ_ONCE(base_of(cpu) + tb.first);
	return first === 0 ? Infinity : Math.max(0, (expires_of(first) + 1 - jiffies()) * (1000 / HZ));
}

/**
 * Is a timer of this CPU due? One load if it has none. A CPU that has gone offline leaves its
 * timers to timers_dead_cpu().
 */
export function timers_due(cpu: number): boolean {
	const first = READ_ONCE(base_of(cpu) + tb.first);
	return first !== 0 && expires_of(first) < jiffies() && cpu_online(cpu);
}

/** TIMER_SOFTIRQ: run what is due on this CPU. @returns did anything run? */
export function run_timer_softirq(cpu: number): boolean {
	const base = base_of(cpu);
	let ran = false;
	while (timers_due(cpu)) {
		spin_lock_bh(base);
		const t = load(base + tb.first);
		if (t === 0 || expires_of(t) >= jiffies()) {
			spin_unlock_bh(base);
			break;
		}
		detach(base, t);
		store(base + tb.running, t);
		spin_unlock(base);
		// Softirqs stay off: the handler runs in softirq context.
		expire(t);
		spin_lock(base);
		WRITE_ONCE(base + tb.running, 0);
		spin_unlock_bh(base);
		ran = true;
	}
	return ran;
}

function expire(t: number): void {
	const softirq = softirq_count();
	const rcu = rcu_read_depth();
	const preempt = preempt_only_count();
	const handler = load(t + timer.function);
	try {
		call(t + timer.function, 'p+softirq', t);
	} catch (error) {
		if (!(error instanceof Oops))
			oops_in_callback(`timer handler ${function_name(handler)}`, error);
	}
	if (restore_preempt_count(softirq, preempt, rcu))
		misuse(
			`timer handler ${function_name(handler)}: it leaked a lock or left softirqs disabled`,
		);
}

/** The thread of a CPU has died: the handler that it ran has ended. */
export function timer_handler_died(cpu: number): void {
	const base = base_of(cpu);
	spin_lock_bh(base);
	WRITE_ONCE(base + tb.running, 0);
	spin_unlock_bh(base);
}

/** A CPU has gone: its timers go on on another one, if there is one. */
export function timers_dead_cpu(cpu: number): void {
	const from = base_of(cpu);
	const other = first_running_cpu(cpu);
	const to = base_of(other);
	if (other === cpu)
		return;
	for (let turns = 0;; turns++) {
		spin_lock_bh(MOD_LOCK);
		spin_lock(Math.min(from, to));
		spin_lock(Math.max(from, to));
		// A handler that runs there may arm its timer there again: wait for its end.
		const running = load(from + tb.running) !== 0;
		for (let t = load(from + tb.first); !running && t !== 0; t = load(from + tb.first)) {
			detach(from, t, PENDING);
			store(t + timer.flags, other);
			enqueue(to, t);
		}
		spin_unlock(Math.max(from, to));
		spin_unlock(Math.min(from, to));
		spin_unlock_bh(MOD_LOCK);
		if (!running)
			break;
		relax(turns);
	}
	kick(other);
}
