// SPDX-License-Identifier: GPL-2.0-only
//
// Processors: CPU n is a worker thread named cpu/n and pinned to core n. It runs its duties (work items, timers; the
// kernel floor provides them), spins for a short while when there are none, then parks. Between duties it returns to
// its event loop when it has to: modules are to be loaded, or callbacks that ran here left something asynchronous.
import { Worker } from 'node:worker_threads';
import { atomic_fetch_add, atomic_load, atomic_store, load, READ_ONCE, store } from './memory.js';
import { bss, machine_field, per_thread } from './layout.js';
import { spin_begin, spin_end } from './handoff.js';
import { cpu_relax, Duties, kick, park, park_async, set_duties, sleep_on_async, wake_up } from './park.js';
import { load_native } from './native.js';
import { load_pending_modules, modules_pending } from './module.js';
import { MachineHandle, this_cpu, this_thread_ptr, thread_ptr } from './thread.js';

export const enum CpuState { none, starting, running, stopped }

/** [state, thread id, core it is pinned to or -1, errno of pinning] */
const STATUS = per_thread(16, 16);
/** Things of this CPU's callbacks that are still to come, see hold_event_loop(). A line of its own: others release. */
const OUTSTANDING = per_thread(128, 128);
/** How many CPU threads have come up or ended, to sleep on. */
const CHANGES = bss(4);

/** While asynchronous things are outstanding, busy CPUs visit their event loop this often (ms). */
const EVENT_LOOP_PERIOD = 1;

/** What main knows of a processor. */
export interface Processor {
	readonly cpu: number;
	readonly worker: Worker;
	readonly ended: Promise<void>;
}

export interface CpuThreadData {
	readonly padata_cpu: number;
	readonly handle: MachineHandle;
	/** URL of the module that is the kernel; it is loaded before the thread joins. */
	readonly kernel: string;
}

/**
 * Options that every thread of a machine is started with. A process that runs a script from its command line
 * (`node --input-type=module --eval ...`) hands that option on to its workers, which refuse it since they run a file.
 */
export const worker_options = (): { execArgv?: string[] } => process.execArgv.some((arg) => arg.startsWith('--input-type')) ? { execArgv: [] } : {};

/**
 * Start the thread of a CPU. It is up when cpu_thread_status() says running.
 * @param on_error told if the thread dies of an exception, which is always a bug
 */
export function start_processor(cpu: number, handle: MachineHandle, kernel: string, on_error: (cpu: number, error: Error) => void): Processor {
	store(thread_ptr(STATUS, cpu), CpuState.starting);
	const data: CpuThreadData = { padata_cpu: cpu, handle, kernel };
	const worker = new Worker(new URL('./cpu-thread.js', import.meta.url), { ...worker_options(), workerData: data, name: `cpu/${cpu}` });
	// A machine does not hold the process; what does is counted in machine.users.
	worker.unref();
	const ended = new Promise<void>((resolve) => {
		worker.once('error', (error) => on_error(cpu, error));
		worker.once('exit', () => {
			atomic_store(thread_ptr(STATUS, cpu), CpuState.stopped);
			resolve();
		});
	});
	return { cpu, worker, ended };
}

/** Wait until all CPUs of the list have left the state `starting`. */
export async function processors_started(cpus: readonly number[]): Promise<void> {
	for (;;) {
		const seen = atomic_load(CHANGES);
		if (cpus.every((cpu) => READ_ONCE(thread_ptr(STATUS, cpu)) !== CpuState.starting))
			return;
		await sleep_on_async(CHANGES, seen, 100);
	}
}

/** What `padata cpus` shows of a CPU's thread. */
export function cpu_thread_status(cpu: number): { state: CpuState; tid: number; core: number; pin_errno: number } {
	const at = thread_ptr(STATUS, cpu);
	return { state: READ_ONCE(at), tid: READ_ONCE(at + 4), core: READ_ONCE(at + 8), pin_errno: READ_ONCE(at + 12) };
}

/** Tell all processors to end once their queues are empty. */
export function stop_processors(cpus: readonly number[]): void {
	atomic_store(machine_field('stop'), 1);
	for (const cpu of cpus)
		kick(cpu);
}

/**
 * A callback that ran on a CPU has left something for later: that CPU goes back to its event loop when it is idle, and
 * now and then when it is not, until release_event_loop() has been called as often.
 */
export function hold_event_loop(cpu: number): void {
	atomic_fetch_add(thread_ptr(OUTSTANDING, cpu), 1);
}

/** The other end of hold_event_loop(); may be called from any thread, also before it. */
export function release_event_loop(cpu: number): void {
	atomic_fetch_add(thread_ptr(OUTSTANDING, cpu), -1);
}

/** Do callbacks that have run on this CPU wait for something from its event loop? */
export function event_loop_wanted(): boolean {
	return READ_ONCE(this_thread_ptr(OUTSTANDING)) > 0;
}

/** Looked at in each turn of an idle CPU's loop. */
const STOP = machine_field('stop');
const stopping = (): boolean => READ_ONCE(STOP) !== 0;

/** A turn of the event loop: promise reactions, timers, I/O callbacks. */
const event_loop_turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Does anything keep this event loop busy, besides the port to the parent that every worker has? Asked only before the
 * thread would block, so it may cost a microsecond; event_loop_turn() is over then, so an immediate is a callback's.
 */
function event_loop_busy(): boolean {
	for (const what of process.getActiveResourcesInfo())
		if (what !== 'MessagePort')
			return true;
	return false;
}

/** Pin and name this thread, and say that it is up. */
export function announce_processor(): void {
	const { native } = load_native();
	const me = this_thread_ptr(STATUS);
	const cpu = this_cpu();
	store(me + 8, -1);
	if (native !== null) {
		store(me + 4, native.gettid());
		native.setThreadName(`cpu/${cpu}`);
		if (load(machine_field('pin')) !== 0) {
			const err = native.pin(cpu);
			store(me + 12, err);
			if (err === 0)
				store(me + 8, cpu);
		}
	}
	atomic_store(me, CpuState.running);
	atomic_fetch_add(CHANGES, 1);
	wake_up(CHANGES);
}

/** The life of a CPU's thread, from announce_processor() until the machine stops. */
export async function run_processor(duties: Duties): Promise<void> {
	const outstanding = this_thread_ptr(OUTSTANDING);
	set_duties(duties);
	const awake = (): boolean => stopping() || modules_pending();
	for (;;) {
		const why = run_duties(duties, outstanding, awake);
		if (why === Turn.stop)
			return;
		if (modules_pending())
			await load_pending_modules();
		else if (why === Turn.park && READ_ONCE(outstanding) > 0 || event_loop_busy())
			await park_async(() => awake() || READ_ONCE(outstanding) <= 0);
		await event_loop_turn();
	}
}

const enum Turn { stop, park, visit }

/** Run duties until the event loop is needed (park: nothing else to do; visit: come back at once) or the machine stops. */
function run_duties(duties: Duties, outstanding: number, awake: () => boolean): Turn {
	const idle_spins = load(machine_field('idle_spins'));
	// What a callback left in the event loop (a promise, a socket) gets one turn before the thread blocks.
	let ran = false;
	let visited = performance.now();
	for (;;) {
		// Looked at before the queues: what was queued before the machine was told to stop is done.
		const stop = stopping();
		if (duties.run()) {
			ran = true;
			if (READ_ONCE(outstanding) > 0 && performance.now() - visited >= EVENT_LOOP_PERIOD)
				return Turn.visit;
			continue;
		}
		if (modules_pending())
			return Turn.visit;
		if (stop)
			return Turn.stop;
		if (idle_spin(duties, awake, idle_spins))
			continue;
		if (READ_ONCE(outstanding) > 0)
			return Turn.park;
		if (ran)
			return Turn.visit;
		if (event_loop_busy())
			return Turn.park;
		park(awake, Infinity);
		visited = performance.now();
	}
}

/** Look out for something to do for a moment. @returns is there anything? */
function idle_spin(duties: Duties, awake: () => boolean, turns: number): boolean {
	spin_begin();
	let found = duties.pending() || awake();
	while (!found && --turns > 0) {
		cpu_relax();
		found = duties.pending() || awake();
	}
	spin_end();
	return found;
}
