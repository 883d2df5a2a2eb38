// SPDX-License-Identifier: GPL-2.0-only
//
// Processors: CPU n is a worker thread named cpu/n and pinned to core n. It runs its duties (work items, timers; the
// kernel floor provides them), spins for a short while when there are none, then parks. Between duties it returns to
// its event loop when it has to: modules are to be loaded, or callbacks that ran here left something asynchronous.
import { parentPort, Worker } from 'node:worker_threads';
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, attach_memory, load, READ_ONCE, store } from './memory.js';
import { image, import_kernel } from './image.js';
import { bss, machine_field, per_thread } from './layout.js';
import { spin_begin, spin_end } from './handoff.js';
import { cpu_relax, Duties, kick, park, park_async, set_duties, sleep_on, sleep_on_async, wake_up } from './park.js';
import { load_native } from './native.js';
import { load_pending_modules, modules_pending } from './module.js';
import { attach_thread, detach_thread, MachineHandle, this_cpu, this_thread_ptr, thread_ptr } from './thread.js';

export const enum CpuState { none, starting, running, stopped }

/** [state, thread id, core it is pinned to or -1, errno of pinning] */
const STATUS = per_thread(16, 16);
/** Things of this CPU's callbacks that are still to come, see hold_event_loop(). A line of its own: others release. */
const OUTSTANDING = per_thread(128, 128);
/** How many CPU threads have come up or ended, to sleep on. */
const CHANGES = bss(4);

const SYSTEM_STATE = machine_field('system_state');
const enum SystemState { booting, running, halted }

/** While asynchronous things are outstanding, busy CPUs visit their event loop this often (ms). */
const EVENT_LOOP_PERIOD = 1;

/** What main knows of a processor. */
export interface Processor {
	readonly cpu: number;
	readonly worker: Worker;
	readonly ended: Promise<void>;
}

/** What the thread of a CPU gets to begin with. */
export interface CpuThreadData {
	readonly cpu: number;
	readonly handle: MachineHandle;
}

/**
 * Options that every thread of a machine is started with. A process that runs a script from its command line
 * (`node --input-type=module --eval ...`) hands that option on to its workers, which refuse it since they run a file.
 */
const worker_options = (): { execArgv?: string[] } => process.execArgv.some((arg) => arg.startsWith('--input-type')) ? { execArgv: [] } : {};

/**
 * Start a thread of the machine, of any kind.
 * @param kernel URL of the module that is the kernel, which is all that the thread loads
 * @param data for the kind's beginning (boot.ts, thread_entry())
 */
export function start_thread(kernel: string, name: string, data: object): Worker {
	return new Worker(new URL(kernel), { ...worker_options(), workerData: { image, padata_thread: data }, name });
}

/**
 * Start the thread of a CPU. It is up when cpu_thread_status() says running.
 * @param kernel URL of the module that is the kernel, which is all that the thread loads
 * @param on_error told if the thread dies of an exception, which is always a bug
 */
export function start_processor(cpu: number, handle: MachineHandle, kernel: string, on_error: (cpu: number, error: Error) => void): Processor {
	store(thread_ptr(STATUS, cpu), CpuState.starting);
	const worker = start_thread(kernel, `cpu/${cpu}`, { cpu, handle } satisfies CpuThreadData);
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

/** The kernel is set up: the threads of the CPUs, which have started meanwhile, may run it. */
export function system_is_running(): void {
	atomic_store(SYSTEM_STATE, SystemState.running);
	wake_up(SYSTEM_STATE);
}

/** What `padata cpus` shows of a CPU's thread. */
export function cpu_thread_status(cpu: number): { state: CpuState; tid: number; core: number; pin_errno: number } {
	const at = thread_ptr(STATUS, cpu);
	return { state: READ_ONCE(at), tid: READ_ONCE(at + 4), core: READ_ONCE(at + 8), pin_errno: READ_ONCE(at + 12) };
}

/** Tell all processors to end once their queues are empty. */
export function stop_processors(cpus: readonly number[]): void {
	atomic_store(machine_field('stop'), 1);
	// The kernel could not be set up: those that wait for it shall not.
	if (atomic_cmpxchg(SYSTEM_STATE, SystemState.booting, SystemState.halted) === SystemState.booting)
		wake_up(SYSTEM_STATE);
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

/**
 * The whole life of a CPU's thread.
 * @param start_kernel what the kernel floor does on a CPU that comes up; returns its duties
 */
export async function processor_thread(data: CpuThreadData, start_kernel: () => Duties): Promise<void> {
	attach_memory(data.handle.memory);
	while (atomic_load(SYSTEM_STATE) === SystemState.booting)
		sleep_on(SYSTEM_STATE, SystemState.booting);
	if (atomic_load(SYSTEM_STATE) === SystemState.running) {
		attach_thread(data.handle, data.cpu);
		const duties = start_kernel();
		if (modules_pending())
			await load_pending_modules();
		// A listener on the port keeps the event loop, and so the thread, alive between two looks at the queues.
		parentPort!.on('message', () => undefined);
		announce_processor();
		// The booting thread is looking for the user's module meanwhile.
		await import_kernel();
		await run_processor(duties);
		detach_thread();
	}
	// It ends this thread only. What callbacks have left in the event loop (an interval, a timer that would complete a job)
	// must not run any more: the machine is gone.
	process.exit();
}

/** Pin and name this thread, and say that it is up. */
function announce_processor(): void {
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
async function run_processor(duties: Duties): Promise<void> {
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
	// When this CPU was first seen busy with something outstanding; 0: not yet. The clock costs a thread 1.5 ms at the first look.
	let busy_since = 0;
	for (;;) {
		// Looked at before the queues: what was queued before the machine was told to stop is done.
		const stop = stopping();
		if (duties.run()) {
			ran = true;
			if (READ_ONCE(outstanding) > 0) {
				const now = performance.now();
				busy_since ||= now;
				if (now - busy_since >= EVENT_LOOP_PERIOD)
					return Turn.visit;
			}
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
		busy_since = 0;
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
