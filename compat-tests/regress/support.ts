// SPDX-License-Identifier: GPL-2.0-only
//
// What the regression tests share: a machine with an instance's jobs, locks held against the port,
// and calls that must wait.
import '../../lib/index.js';
import { atomic_cmpxchg, atomic_store, flush_work, INIT_WORK, parallel_data, queue_work_on, store,
	system_wq } from '../../lib/index.js';
import { relax } from '../../lib/machine/park.js';
import { set, until, use_machine, TestMachine } from '../support/machine.js';
import { blocker } from '../padata/api.jobs.js';
import { Instance, JOBS } from '../padata/instance.js';

const ASYNC_THREADS = 4;

export function regress_machine(nr_cpus = 4, quirks: 'none' | 'v4.18' = 'none'): () => TestMachine {
	return use_machine({ nr_cpus, quirks }, JOBS,
		new URL('./regress.jobs.js', import.meta.url).href);
}

const prepared = new WeakSet<TestMachine>();

/**
 * Start async threads for all *_async calls that a test makes at the same time: a call that waits
 * for one to start looks as if it waited for what the test is about.
 */
export async function start_async_threads(t: TestMachine): Promise<void> {
	await Promise.all(
		Array.from({ length: ASYNC_THREADS }, () => t.machine.call_async(t.fn['nothing'], [])),
	);
	prepared.add(t);
}

/** The same before the tests of a describe block. */
export function prepare_async_threads(t: () => TestMachine): void {
	before(() => start_async_threads(t()));
}

/**
 * Calls to async threads that return at once, in the time of which a call that need not wait has
 * returned.
 */
const ROUND_TRIPS = 200;

/**
 * Does the call wait for something? A port that is wrong may get away with it on a machine that is
 * stuck; one that is right always says yes.
 */
export async function waits(t: TestMachine, call: Promise<number>): Promise<boolean> {
	if (!prepared.has(t))
		throw new Error(
			'waits() was called on a machine without async threads: call start_async_threads() first',
		);
	let over = false;
	const done = (): void => {
		over = true;
	};
	call.then(done, done);
	for (let n = 0; n < ROUND_TRIPS && !over; n++)
		await t.machine.call_async(t.fn['nothing'], []);
	return !over;
}

/** Take a spinlock as nobody: who wants it is stopped there. */
export function hold_lock(lock: number): void {
	for (let turns = 0; atomic_cmpxchg(lock, 0, 1) !== 0; turns++)
		relax(turns);
}

export function drop_lock(lock: number): void {
	atomic_store(lock, 0);
}

/** Look until it is so: for words whose writer wakes nobody. */
export function look_until(is_so: () => boolean): void {
	for (let turns = 0; !is_so(); turns++)
		relax(turns);
}

/** A work item that a CPU runs until the gate is opened. */
export interface Blocker {
	readonly gate: number;
	/** Wait until the CPU runs it. */
	readonly entered: () => void;
}

/**
 * Queue such an item. It runs when the CPU has finished what is queued already. At the end of the
 * test the gate is open, and the CPU has left the item: after that its memory is somebody else's.
 */
export function queue_blocker(t: TestMachine, cpu: number): Blocker {
	const busy = t.alloc(blocker.size);
	const gate = t.alloc(64);
	store(busy + blocker.offset.gate, gate);
	INIT_WORK(busy, t.fn['block_cpu']);
	queue_work_on(cpu, system_wq(), busy);
	t.at_end(() => {
		set(gate);
		flush_work(busy);
	});
	return {
		gate,
		entered: () => {
			until(busy + blocker.offset.entered, (n) => n > 0, `CPU ${cpu} is busy`);
		},
	};
}

/** Have a CPU run one work item until the returned gate is opened. */
export function keep_busy(t: TestMachine, cpu: number): number {
	const { gate, entered } = queue_blocker(t, cpu);
	entered();
	return gate;
}

/** Pretend that so many objects have gone through an instance that is unused. */
export function number_from(i: Instance, next: number): void {
	const { seq_nr, processed, serialised } = parallel_data.offset;
	store(i.pd() + seq_nr, next - 1 | 0);
	store(i.pd() + processed, next | 0);
	store(i.pd() + serialised, next | 0);
}
