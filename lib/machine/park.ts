// SPDX-License-Identifier: GPL-2.0-only
//
// The one place where a thread waits: busy waiting that ends (relax), sleeping on a word (sleep_on,
// wake_up), and the parking of an idle CPU (park, kick).
//
// A CPU's thread may not simply block on a word: the work that would change the word may be queued
// on that very CPU. So a CPU that sleeps goes on running what is queued on it, as the kernel's
// worker pool starts another worker when one sleeps, and parks on its own park word; wake_up()
// looks for such sleepers.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, futex_wait, futex_wait_async,
	futex_wake, load, READ_ONCE, store, WRITE_ONCE } from './memory.js';
import { park_begin, park_end, uncount_idle } from './idle.js';
import { bss, machine_field, per_thread } from './layout.js';
import { load_native } from './native.js';
import { int, struct } from './struct.js';
import { on_attach, on_detach, this_cpu, this_thread_ptr, thread_ptr } from './thread.js';

/**
 * On what a CPU sleeps. parked: 0, PARKED or PARKED_IN_C; waits_for: address of the word that a
 * sleeping CPU waits for; woken: how often C has woken it. C has it too (native/shared-words.h).
 */
export const park_words = struct('park_words', { parked: int, waits_for: int, woken: int });
const words = park_words.offset;
const PARK = per_thread(128, 128);
/** How many cpu_sleep_on() are on the stack of this thread. */
const DEPTH = PARK + words.parked + 64;
/** In Atomics.wait. */
export const PARKED = 1;
/** In the addon's futexWait(). */
export const PARKED_IN_C = 2;
/** How many CPUs are in cpu_sleep_on(); wake_up() looks for them only if there are any. */
const SLEEPING_CPUS = bss(128, 128);
/** A word that never changes, to sleep on for a while. */
const NEVER = bss(128, 128);

/** What a CPU does besides sleeping. The kernel floor above sets it. */
export interface Duties {
	/** Run one thing that is due; false if there was nothing. */
	run(): boolean;
	/** Is something due? Must see what was published before the caller's last full barrier. */
	pending(): boolean;
	/** Is this CPU one that others count on? The thread of an offline CPU is not. */
	online(): boolean;
	/** Milliseconds until something becomes due by itself, or Infinity. */
	until_deadline(): number;
}

const IDLE: Duties = { run: () => false, pending: () => false, online: () => true,
	until_deadline: () => Infinity };
let duties = IDLE;
/** Does this thread, which is no CPU, run its duties while it sleeps? */
let duties_while_sleeping = false;
let lock_spins = 0;
let nr_cpu_ids = 0;
let yield_cpu: () => void = () => {
	futex_wait(NEVER, 0, 0.05);
};

on_attach(() => {
	lock_spins = load(machine_field('lock_spins'));
	nr_cpu_ids = load(machine_field('nr_cpu_ids'));
	const { native } = load_native();
	if (native !== null)
		yield_cpu = native.schedYield;
});

on_detach(() => {
	duties = IDLE;
	duties_while_sleeping = false;
	look_out = null;
});

export function set_duties(d: Duties): void {
	duties = d;
}

/**
 * Let a thread that is no CPU run these duties while it sleeps in a function of the kernel, until
 * it leaves the machine. The booting thread does so, since other threads wait for it meanwhile.
 */
export function set_duties_while_sleeping(d: Duties): void {
	duties = d;
	duties_while_sleeping = true;
}

/**
 * One turn of a busy wait. The holder of what is waited for may have been descheduled, so after a
 * short spin the core is given away, and after many such turns the thread naps.
 * @param turns how often the caller has called before, from 0
 */
export function relax(turns: number): void {
	if (turns < lock_spins)
		return;
	if (turns < lock_spins + 200)
		yield_cpu();
	else
		futex_wait(NEVER, 0, turns < lock_spins + 1000 ? 0.1 : 1);
}

/**
 * Between two looks of a busy wait for something that comes within a microsecond: whoever writes it
 * needs the line for more than one access.
 */
export function cpu_relax(): void {
	for (let turns = 100; turns > 0;)
		turns--;
}

/**
 * Sleep until *addr is no longer `value`, the word is woken, or the time is over. As with any futex
 * the caller checks its condition again afterwards.
 * @param timeout milliseconds
 * @returns false if the time is over
 */
export function sleep_on(addr: number, value: number, timeout = Infinity): boolean {
	if (this_cpu() >= 0 || duties_while_sleeping)
		return cpu_sleep_on(addr, value, timeout);
	return look_out === null
		? futex_wait(addr, value, timeout) !== 'timed-out'
		: sleep_and_look_out(addr, value, timeout, look_out);
}

/** So often (ms) a thread that sleeps looks out. */
const LOOK_OUT_MS = 250;
let look_out: (() => void) | null = null;

/**
 * Let this thread, which is no CPU, do something now and then while it sleeps, until it leaves the
 * machine: for what nobody wakes it for. It may call set_duties_while_sleeping().
 */
export function set_look_out(fn: () => void): void {
	look_out = fn;
}

function sleep_and_look_out(addr: number, value: number, timeout: number,
	look: () => void): boolean
{
	let left = timeout;
	for (; left > LOOK_OUT_MS; left -= LOOK_OUT_MS) {
		if (futex_wait(addr, value, LOOK_OUT_MS) !== 'timed-out')
			return true;
		look();
		if (duties_while_sleeping)
			return cpu_sleep_on(addr, value, left);
	}
	return futex_wait(addr, value, left) !== 'timed-out';
}

/**
 * As sleep_on, for a thread whose event loop goes on meanwhile. Unlike sleep_on_async it does not
 * keep that loop alive.
 */
export async function watch_async(addr: number, value: number,
	timeout = Infinity): Promise<boolean>
{
	const r = futex_wait_async(addr, value, timeout);
	return (r.async ? await r.value : r.value) !== 'timed-out';
}

/**
 * How long (ms) sleep_on_async() relies on being woken before it looks at the word itself. A
 * wake-up of Atomics.waitAsync() can be lost when another thread of the process ends just then: a
 * worker waited for ever on Node.js 20.20.2, in one of some hundred runs of two workers that each
 * had a machine, although the word had changed. Its CPUs were parked and nothing else was pending.
 */
const LOOK_MS = 1000;

/**
 * As sleep_on, for a thread whose event loop goes on meanwhile; a pending wait keeps the thread
 * alive.
 */
export async function sleep_on_async(addr: number, value: number,
	timeout = Infinity): Promise<boolean>
{
	// Atomics.waitAsync alone does not hold the event loop (nodejs/node#44729).
	const keep = setInterval(() => undefined, 0x7fffffff);
	const end = timeout === Infinity ? Infinity : performance.now() + timeout;
	let left = timeout;
	try {
		do {
			if (await watch_async(addr, value, Math.min(left, LOOK_MS))
				|| atomic_load(addr) !== value)
				return true;
			left = end - performance.now();
		} while (left > 0);
		return false;
	} finally {
		clearInterval(keep);
	}
}

/**
 * Wake who sleeps on addr. The caller has changed the word by an atomic store or read-modify-write
 * before.
 */
export function wake_up(addr: number, count = 0x7fffffff): void {
	futex_wake(addr, count);
	if (atomic_load(SLEEPING_CPUS) !== 0) {
		// The booting thread, which has the number behind the CPUs', may sleep like one.
		for (let cpu = 0; cpu <= nr_cpu_ids; cpu++)
			if (READ_ONCE(thread_ptr(PARK, cpu) + words.waits_for) === addr)
				kick(cpu);
	}
}

function cpu_sleep_on(addr: number, value: number, timeout: number): boolean {
	const me = this_thread_ptr(PARK);
	const outer = load(me + words.waits_for);
	const end = timeout === Infinity ? Infinity : performance.now() + timeout;
	WRITE_ONCE(me + words.waits_for, addr);
	// A full barrier between saying what we wait for and looking at it: pairs with the change of
	// the word before wake_up().
	atomic_fetch_add(SLEEPING_CPUS, 1);
	const depth = this_thread_ptr(DEPTH);
	store(depth, load(depth) + 1);
	try {
		while (atomic_load(addr) === value) {
			if (duties.run())
				continue;
			const left = end === Infinity ? Infinity : end - performance.now();
			if (left <= 0)
				return false;
			park(() => READ_ONCE(addr) !== value, left);
		}
		return true;
	} finally {
		store(depth, load(depth) - 1);
		atomic_fetch_add(SLEEPING_CPUS, -1);
		WRITE_ONCE(me + words.waits_for, outer);
	}
}

/**
 * Block this CPU until somebody kicks it, unless something is due already.
 * @param ready looked at once more after the CPU counts as parked
 */
export function park(ready: () => boolean, timeout: number): void {
	const me = this_thread_ptr(PARK);
	const counted = lie_down(me);
	if (!ready() && !duties.pending())
		futex_wait(me + words.parked, PARKED, Math.min(timeout, duties.until_deadline()));
	get_up(me, counted);
}

/**
 * A C function on this CPU sleeps: run what is queued here meanwhile, and park where C can wake us.
 * @param seen return when the count of wake-ups by C is another
 * @param timeout milliseconds
 * @param holds does it hold a mutex or an rwsem? Another item of C on top of this one might wait
 *   for that, and this one for its end.
 */
export function cpu_sleep_in_c(seen: number, timeout: number, holds: boolean): void {
	const outer = c_items_wait;
	c_items_wait ||= holds;
	try {
		sleep_in_c(seen, timeout);
	} finally {
		c_items_wait = outer;
	}
}

/** Must work items of C wait on this CPU, since one that sleeps holds a lock? */
export let c_items_wait = false;

function sleep_in_c(seen: number, timeout: number): void {
	const me = this_thread_ptr(PARK);
	const end = timeout === Infinity ? Infinity : performance.now() + timeout;
	const { native } = load_native();
	while (atomic_load(me + words.woken) === seen) {
		if (duties.run())
			continue;
		const left = end === Infinity ? Infinity : end - performance.now();
		if (left <= 0)
			return;
		const counted = lie_down(me, PARKED_IN_C);
		if (atomic_load(me + words.woken) === seen && !duties.pending())
			native!.futexWait(me + words.parked, PARKED_IN_C,
				Math.min(left, duties.until_deadline()));
		get_up(me, counted);
	}
}

/** This CPU's park words, for C. */
export function cpu_park_words(): number {
	return this_thread_ptr(PARK);
}

/** As park, but the thread's event loop goes on while it waits. */
export async function park_async(ready: () => boolean): Promise<void> {
	const me = this_thread_ptr(PARK);
	const counted = lie_down(me);
	if (!ready() && !duties.pending()) {
		const r = futex_wait_async(me + words.parked, PARKED, duties.until_deadline());
		if (r.async)
			await r.value;
	}
	get_up(me, counted);
}

/**
 * Say that this CPU is parked; whoever calls it looks once more before it sleeps.
 * @returns for get_up()
 */
function lie_down(me: number, how = PARKED): boolean {
	atomic_store(me + words.parked, how);
	// A store and a load of the atomic kind: nothing below is read before others can see that we
	// park. (On arm64 a plain load would overtake an atomic store.) Pairs with the publication of
	// work (an unlock, an RMW) before kick() reads the word.
	atomic_load(me + words.parked);
	const counted = duties.online();
	if (counted)
		park_begin();
	return counted;
}

function get_up(me: number, counted: boolean): void {
	if (counted)
		park_end();
	atomic_store(me + words.parked, 0);
}

/**
 * The thread of a CPU has died: nobody counts on it as one that sleeps, is parked or looks out for
 * work.
 */
export function forget_sleeper(cpu: number): void {
	const depth = thread_ptr(DEPTH, cpu);
	atomic_fetch_add(SLEEPING_CPUS, -load(depth));
	store(depth, 0);
	store(thread_ptr(PARK, cpu) + words.waits_for, 0);
	atomic_store(thread_ptr(PARK, cpu) + words.parked, 0);
	uncount_idle(cpu);
}

/**
 * See that a CPU looks at its queues. Costs one load if it is awake. What it shall see was
 * published with a full barrier before (the unlock of a queue).
 */
export function kick(cpu: number): void {
	const word = thread_ptr(PARK, cpu) + words.parked;
	const how = atomic_load(word);
	if (how === 0 || atomic_cmpxchg(word, how, 0) !== how)
		return;
	if (how === PARKED)
		futex_wake(word, 1);
	else
		load_native().native!.futexWake(word);
}
