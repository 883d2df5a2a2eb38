// SPDX-License-Identifier: GPL-2.0-only
//
// Processors: CPU n is a worker thread named cpu/n and pinned to core n. It runs its duties (work
// items, timers; the kernel floor provides them), spins for a short while when there are none, then
// parks. Between duties it returns to its event loop when it has to: modules are to be loaded, or
// callbacks that ran here left something asynchronous.
import { existsSync } from 'node:fs';
import { parentPort, Worker } from 'node:worker_threads';
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, attach_memory, load,
	READ_ONCE, store } from './memory.js';
import { bundle, import_kernel } from './bundle.js';
import { bss, machine_field, per_thread } from './layout.js';
import { spin_begin, spin_end } from './idle.js';
import { cpu_relax, Duties, forget_sleeper, kick, park, park_async, set_duties,
	set_duties_while_sleeping, sleep_on, sleep_on_async, wake_up, watch_async } from './park.js';
import { load_native } from './native.js';
import { load_pending_modules, LOADED, modules_pending, PROGRESS } from './module-table.js';
import { int, struct } from './struct.js';
import { attach_thread, attached, detach_thread, MachineHandle, on_detach, this_cpu,
	this_thread_ptr, thread_ptr } from './thread.js';

export const enum CpuState {
	none,
	starting,
	running,
	stopped,
}

/**
 * What is known of a CPU's thread: CpuState, its id in the system, the core it is pinned to or -1,
 * errno of pinning, Request, how often a thread has been started for the CPU. Also in
 * native/shared-words.h.
 */
export const cpu_status = struct('cpu_status', { state: int, tid: int, core: int, pin_errno: int,
	request: int, starts: int });
const status = cpu_status.offset;
const STATUS = per_thread(32, 16);
/**
 * Things of this CPU's callbacks that are still to come, see hold_event_loop(). A line of its own:
 * others release.
 */
const OUTSTANDING = per_thread(128, 128);
/** Of the thread of a CPU: enum Life. */
const LIFE = per_thread(4);
/** How many CPU threads have come up or ended, to sleep on. */
export const PROCESSOR_CHANGES = bss(4);
/**
 * calls: changes whenever something is to be done by the booting thread; wanted: CPUs that a thread
 * is to be started for. Also in native/shared-words.h.
 */
export const booter = struct('booter', { calls: int, wanted: int });
const BOOTER = bss(booter.size);
const CALLS = BOOTER + booter.offset.calls;
const WANTED = BOOTER + booter.offset.wanted;

/**
 * What is wanted of a CPU's thread. start: that there is one; the booting thread starts it. retire:
 * that it ends when it is idle, since its CPU has been offline for long. retired: it does.
 */
const enum Request {
	none,
	start,
	retire,
	retired,
}

/**
 * Whether the thread of a CPU takes part in the machine. none: not yet, or it has left in order.
 * alive: it does. died: it has ended without having left, and what it held has been cleaned up.
 */
const enum Life {
	none,
	alive,
	died,
}

/** So long a thread may take to start (ms), as a CPU to answer in the kernel (10 s). */
const START_MS = 10_000;

const SYSTEM_STATE = machine_field('system_state');
const enum SystemState {
	booting,
	running,
	halted,
}

/** While asynchronous things are outstanding, busy CPUs visit their event loop this often (ms). */
const EVENT_LOOP_PERIOD = 1;

/** What main knows of a processor. */
export interface Processor {
	readonly cpu: number;
	readonly worker: Worker;
	readonly ended: Promise<void>;
}

/** How the thread of a CPU has ended. */
export interface ProcessorEnd {
	readonly cpu: number;
	/** What the thread has given to process.exit(), 1 after an error or terminate(). */
	readonly exit_code: number;
	/** The uncaught exception, or why Node.js has ended the thread. */
	readonly error: Error | null;
	/**
	 * It was a CPU of the machine, and has not left it in order. Else the error, if there is one,
	 * has kept it from starting.
	 */
	readonly died: boolean;
}

/** What the thread of a CPU gets to begin with. */
export interface CpuThreadData {
	readonly cpu: number;
	readonly handle: MachineHandle;
}

/**
 * Options that every thread of a machine is started with. A process that runs a script from its
 * command line (`node --input-type=module --eval ...`) hands that option on to its workers, which
 * refuse it since they run a file.
 */
const worker_options = (): { execArgv?: string[] } =>
	process.execArgv.some((arg) => arg.startsWith('--input-type')) ? { execArgv: [] } : {};

/**
 * Start a thread of the machine, of any kind.
 * @param kernel URL of the module that is the kernel, which is all that the thread loads
 * @param data for the kind's beginning (boot/thread-entry.ts)
 * @throws Error: the system has no thread left for this process
 */
export function start_thread(kernel: string, name: string, data: object): Worker {
	try {
		return new Worker(new URL(kernel), { ...worker_options(),
			workerData: { bundle, padata_thread: data }, name });
	} catch (error) {
		throw new Error(
			`padata: the system refuses a thread (${name}): ${
				(error as Error).message
			}; see the limits of threads (ulimit -u, pids.max of the control group) and of memory (ulimit -v)`,
			{ cause: error },
		);
	}
}

/**
 * Start the thread of a CPU. It is up when cpu_thread_status() says running.
 * @param kernel URL of the module that is the kernel, which is all that the thread loads
 * @param clean_up called if the thread has died and could not clean up by itself: does so
 * @param on_end told when the thread has ended
 */
export function start_processor(cpu: number, handle: MachineHandle, kernel: string,
	clean_up: (cpu: number) => void, on_end: (end: ProcessorEnd) => void): Processor
{
	const at = thread_ptr(STATUS, cpu);
	const starts = load(at + status.starts) + 1;
	store(at + status.starts, starts);
	store(thread_ptr(LIFE, cpu), Life.none);
	store(at + status.state, CpuState.starting);
	let worker: Worker;
	try {
		worker = start_thread(kernel, `cpu/${cpu}`, { cpu, handle } satisfies CpuThreadData);
	} catch (error) {
		// Who waits for the CPU is told that it does not come.
		change_state(at, CpuState.stopped);
		throw error;
	}
	// A machine does not hold the process; what does is counted in machine.users.
	worker.unref();
	const ended = new Promise<void>((resolve) => {
		let error: Error | null = null;
		worker.once('error', (e) => error = e);
		worker.once('exit', (exit_code) => {
			// One that has retired has said so itself, and its CPU may have another one by now.
			const current = load(at + status.starts) === starts;
			const died = current && processor_died(cpu, clean_up);
			if (current && READ_ONCE(at + status.state) !== CpuState.none)
				change_state(at, CpuState.stopped);
			on_end({ cpu, exit_code, error, died });
			resolve();
		});
	});
	return { cpu, worker, ended };
}

/**
 * The thread of a CPU has ended: clean up behind it, unless it has left in order or has cleaned up
 * itself.
 * @returns has it died?
 */
function processor_died(cpu: number, clean_up: (cpu: number) => void): boolean {
	const life = thread_ptr(LIFE, cpu);
	const before = atomic_load(life);
	if (before === Life.alive)
		bury(cpu, clean_up);
	return before !== Life.none;
}

/** What the machine's floor and those above have of a thread that has died is set right. */
function bury(cpu: number, clean_up: (cpu: number) => void): void {
	atomic_store(thread_ptr(LIFE, cpu), Life.died);
	const at = thread_ptr(STATUS, cpu);
	if (atomic_cmpxchg(at + status.request, Request.retire, Request.none) === Request.retired)
		store(at + status.request, Request.none);
	forget_sleeper(cpu);
	clean_up(cpu);
	store(at + status.tid, 0);
	store(at + status.core, -1);
	// What callbacks have left in its event loop does not come any more.
	atomic_store(thread_ptr(OUTSTANDING, cpu), 0);
	store(thread_ptr(LOADED, cpu), 0);
	change_state(at, CpuState.stopped);
	// load_module() does not wait for it.
	atomic_fetch_add(PROGRESS, 1);
	wake_up(PROGRESS);
}

/** Has the thread with this number been a CPU that has died, and has not got another one yet? */
export function cpu_thread_has_died(thread: number): boolean {
	return thread >= 0 && thread < load(machine_field('nr_cpu_ids'))
		&& atomic_load(thread_ptr(LIFE, thread)) === Life.died;
}

/** Is there a thread that is this CPU? There is none when it has died. */
export function processor_lives(cpu: number): boolean {
	return atomic_load(thread_ptr(LIFE, cpu)) === Life.alive;
}

function change_state(at: number, state: CpuState): void {
	atomic_store(at + status.state, state);
	atomic_fetch_add(PROCESSOR_CHANGES, 1);
	wake_up(PROCESSOR_CHANGES);
}

// ---- threads that come later, and go
// -------------------------------------------------------------------------------------------------

/**
 * A CPU comes online: see that it has a thread. Sleeps until the booting thread has started one.
 * The caller has the hotplug lock for writing, so nobody else does this.
 * @returns false: it has not started, or the machine is being shut down
 */
export function processor_wanted(cpu: number): boolean {
	const at = thread_ptr(STATUS, cpu);
	const end = performance.now() + START_MS;
	let asked = false;
	for (;;) {
		const seen = atomic_load(PROCESSOR_CHANGES);
		const state = atomic_load(at + status.state);
		if (state === CpuState.running && stays(at))
			return true;
		const left = end - performance.now();
		if (state === CpuState.stopped && asked || stopping() || left <= 0) {
			// Who comes after us must not find a request of ours.
			if (atomic_cmpxchg(at + status.request, Request.start, Request.none) === Request.start)
				atomic_fetch_add(WANTED, -1);
			return false;
		}
		if (!asked && (state === CpuState.none || state === CpuState.stopped)) {
			asked = true;
			store(at + status.state, CpuState.none);
			atomic_store(at + status.request, Request.start);
			atomic_fetch_add(WANTED, 1);
			notify_booter();
		}
		sleep_on(PROCESSOR_CHANGES, seen, left);
	}
}

/**
 * Of a running thread: will it be there from now on? It will if it has not made up its mind to end.
 */
function stays(at: number): boolean {
	return atomic_load(at + status.request) === Request.none
		|| atomic_cmpxchg(at + status.request, Request.retire, Request.none) !== Request.retired;
}

/**
 * The thread of a CPU that has been offline for long shall end when nothing is left for it to do.
 * @returns has it ended, or is it about to?
 */
export function retire_processor(cpu: number): boolean {
	const at = thread_ptr(STATUS, cpu);
	const state = atomic_load(at + status.state);
	if (state === CpuState.none || state === CpuState.stopped)
		return true;
	if (atomic_load(at + status.state) !== CpuState.running)
		return false;
	const before = atomic_cmpxchg(at + status.request, Request.none, Request.retire);
	kick(cpu);
	return before === Request.retired;
}

/**
 * Tell the booting thread that there is something for it to do: a thread is to be started, or an
 * event of CPUs is to be delivered. Any thread may call it.
 */
export function notify_booter(): void {
	start_threads?.();
	atomic_fetch_add(CALLS, 1);
	wake_up(CALLS);
	// The booting thread may sleep in a function of the kernel.
	kick(load(machine_field('nr_cpu_ids')));
}

/** On the booting thread: starts processors_to_start(). */
let start_threads: (() => void) | null = null;
on_detach(() => {
	start_threads = null;
});

/** CPUs that a thread is to be started for; the caller starts them. */
export function processors_to_start(): number[] {
	const cpus: number[] = [];
	for (let cpu = 0; load(WANTED) > 0 && cpu < load(machine_field('nr_cpu_ids')); cpu++)
		if (atomic_cmpxchg(thread_ptr(STATUS, cpu) + status.request, Request.start, Request.none)
			=== Request.start)
		{
			atomic_fetch_add(WANTED, -1);
			cpus.push(cpu);
		}
	return cpus;
}

/**
 * On the booting thread: do what notify_booter() asks for, now and whenever the event loop runs,
 * until booter_stop_serving() is called.
 * @param start starts processors_to_start(). It is called also while this thread is in cpu_up(),
 * and while it sleeps after booter_serve_while_sleeping().
 * @param deliver delivers the events of CPUs
 */
export async function booter_serve(start: () => void, deliver: () => void): Promise<void> {
	start_threads = start;
	while (start_threads === start) {
		const seen = atomic_load(CALLS);
		start();
		deliver();
		await watch_async(CALLS, seen);
	}
}

/** On the booting thread: let booter_serve() end. */
export function booter_stop_serving(): void {
	start_threads = null;
	atomic_fetch_add(CALLS, 1);
	wake_up(CALLS);
}

/**
 * On the booting thread: from now on start threads of CPUs also while this thread sleeps in a
 * function of the kernel.
 * @param work what the thread does for CPUs when none is left
 */
export function booter_serve_while_sleeping(work: Pick<Duties, 'run' | 'pending'>): void {
	const run = (): boolean => {
		if (work.run())
			return true;
		if (!processors_due())
			return false;
		start_threads?.();
		return start_threads !== null;
	};
	set_duties_while_sleeping({ run, pending: () => work.pending() || processors_due(),
		online: () => false, until_deadline: () => Infinity });
}

/**
 * Clean up behind threads that have ended without a word, after a full heap or terminate(). The
 * booting thread hears of that in its event loop; while it sleeps it asks the host. Without the
 * addon nobody knows the threads' ids.
 * @param clean_up as for start_processor()
 */
export function bury_those_gone(clean_up: (cpu: number) => void): void {
	for (let cpu = 0; cpu < load(machine_field('nr_cpu_ids')); cpu++) {
		const tid = load(thread_ptr(STATUS, cpu) + status.tid);
		if (processor_lives(cpu) && tid !== 0 && !existsSync(`/proc/self/task/${tid}`))
			bury(cpu, clean_up);
	}
}

const processors_due = (): boolean => atomic_load(WANTED) > 0;

/** Wait until all CPUs of the list have left the state `starting`. */
export async function processors_started(cpus: readonly number[]): Promise<void> {
	for (;;) {
		const seen = atomic_load(PROCESSOR_CHANGES);
		if (cpus.every((cpu) =>
			READ_ONCE(thread_ptr(STATUS, cpu) + status.state) !== CpuState.starting
		))
			return;
		await sleep_on_async(PROCESSOR_CHANGES, seen, 100);
	}
}

/** The kernel is set up: the threads of the CPUs, which have started meanwhile, may run it. */
export function system_is_running(): void {
	atomic_store(SYSTEM_STATE, SystemState.running);
	wake_up(SYSTEM_STATE);
}

/**
 * A CPU's thread has been pinned from outside: to that core, or to none (-1).
 * @param err why not: a negative errno
 */
export function set_cpu_thread_core(cpu: number, core: number, err: number): void {
	store(thread_ptr(STATUS, cpu) + status.core, core);
	store(thread_ptr(STATUS, cpu) + status.pin_errno, err);
}

/** What `padata cpus` shows of a CPU's thread. */
export function cpu_thread_status(
	cpu: number,
): { state: CpuState; tid: number; core: number; pin_errno: number } {
	const at = thread_ptr(STATUS, cpu);
	return {
		state: READ_ONCE(at + status.state),
		tid: READ_ONCE(at + status.tid),
		core: READ_ONCE(at + status.core),
		pin_errno: READ_ONCE(at + status.pin_errno),
	};
}

/** Tell all processors to end once their queues are empty. */
export function stop_processors(cpus: readonly number[]): void {
	atomic_store(machine_field('stop'), 1);
	// The kernel could not be set up: those that wait for it shall not.
	if (atomic_cmpxchg(SYSTEM_STATE, SystemState.booting, SystemState.halted)
		=== SystemState.booting)
		wake_up(SYSTEM_STATE);
	for (const cpu of cpus)
		kick(cpu);
}

/**
 * A callback that ran on a CPU has left something for later: that CPU goes back to its event loop
 * when it is idle, and now and then when it is not, until release_event_loop() has been called as
 * often.
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
export const stopping = (): boolean => READ_ONCE(STOP) !== 0;

/** A turn of the event loop: promise reactions, timers, I/O callbacks. */
const event_loop_turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Does anything keep this event loop busy, besides the port to the parent that every worker has?
 * Asked only before the thread would block, so it may cost a microsecond; event_loop_turn() is over
 * then, so an immediate is a callback's.
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
 * @param clean_up what the kernel floor does when the thread of this CPU dies
 */
export async function processor_thread(data: CpuThreadData, start_kernel: () => Duties,
	clean_up: (cpu: number) => void): Promise<void>
{
	attach_memory(data.handle.memory);
	while (atomic_load(SYSTEM_STATE) === SystemState.booting)
		sleep_on(SYSTEM_STATE, SystemState.booting);
	if (atomic_load(SYSTEM_STATE) === SystemState.running) {
		attach_thread(data.handle, data.cpu);
		// One that died while it loaded modules may have left its count.
		store(this_thread_ptr(LOADED), 0);
		const duties = start_kernel();
		if (modules_pending() && !await load_pending_modules(true)) {
			leave_for_good(data, CpuState.stopped);
			process.exit();
		}
		// A listener on the port keeps the event loop, and so the thread, alive between two looks
		// at the queues.
		parentPort!.on('message', () => undefined);
		process.once('exit', () => die_in_order(data, clean_up));
		announce_processor();
		// The booting thread is looking for the user's module meanwhile.
		await import_kernel();
		const stopped = await run_processor(duties);
		store(this_thread_ptr(LIFE), Life.none);
		if (stopped)
			detach_thread();
		else
			leave_for_good(data, CpuState.none);
	}
	await Promise.all([process.stdout, process.stderr].map(written));
	// It ends this thread only. What callbacks have left in the event loop (an interval, a timer
	// that would complete a job) must not run any more: the machine is gone.
	process.exit();
}

/**
 * Wait until what callbacks have printed has reached the thread that writes it. Node.js 20.19.0
 * drops the rest when a thread calls process.exit().
 */
function written(stream: NodeJS.WriteStream): Promise<void> {
	return stream.writableLength === 0 || !stream.writable
		? Promise.resolve()
		: new Promise((resolve) => stream.write('', () => resolve()));
}

/**
 * A callback has called process.exit(), or has not caught an error: this is the last JavaScript
 * that the thread runs, on top of whatever it was doing. It cleans up itself, because the booting
 * thread may be waiting in padata_stop() for the objects of this CPU, and hears of its end only in
 * its event loop. It does not come here if its heap is full, or by terminate(): the booting thread
 * cleans up then.
 */
function die_in_order(data: CpuThreadData, clean_up: (cpu: number) => void): void {
	if (!attached || !processor_lives(data.cpu))
		return;
	bury(data.cpu, clean_up);
	leave_for_good(data, CpuState.stopped);
}

/** This thread leaves the machine for good, and then its CPU may get another one. */
function leave_for_good(data: CpuThreadData, state: CpuState): void {
	detach_thread();
	attach_memory(data.handle.memory);
	const at = thread_ptr(STATUS, data.cpu);
	store(at + status.tid, 0);
	store(at + status.core, -1);
	store(at + status.request, Request.none);
	change_state(at, state);
}

/** Pin and name this thread, and say that it is up. */
function announce_processor(): void {
	const { native } = load_native();
	const me = this_thread_ptr(STATUS);
	const cpu = this_cpu();
	store(this_thread_ptr(LIFE), Life.alive);
	store(me + status.core, -1);
	if (native !== null) {
		store(me + status.tid, native.gettid());
		native.setThreadName(`cpu/${cpu}`);
		if (load(machine_field('pin')) !== 0) {
			const err = native.pin(cpu);
			store(me + status.pin_errno, err);
			if (err === 0)
				store(me + status.core, cpu);
		}
	}
	change_state(me, CpuState.running);
}

/**
 * The life of a CPU's thread, from announce_processor() until the machine stops.
 * @returns false: until it retires
 */
async function run_processor(duties: Duties): Promise<boolean> {
	const outstanding = this_thread_ptr(OUTSTANDING);
	set_duties(duties);
	const awake = (): boolean => stopping() || modules_pending();
	for (;;) {
		const why = run_duties(duties, outstanding, awake);
		if (why === Turn.stop || why === Turn.retire)
			return why === Turn.stop;
		if (modules_pending())
			await load_pending_modules();
		else if (why === Turn.park && READ_ONCE(outstanding) > 0 || event_loop_busy())
			await park_async(() => awake() || READ_ONCE(outstanding) <= 0);
		await event_loop_turn();
	}
}

const enum Turn {
	stop,
	park,
	visit,
	retire,
}

/** Shall this thread end when it is idle? */
const retire_wanted = (): boolean =>
	READ_ONCE(this_thread_ptr(STATUS) + status.request) === Request.retire;

/**
 * It is idle: end it, unless its CPU has come back just now. Nothing is queued on a CPU that is
 * offline.
 */
function may_retire(duties: Duties): boolean {
	return !duties.online()
		&& atomic_cmpxchg(this_thread_ptr(STATUS) + status.request, Request.retire, Request.retired)
			=== Request.retire;
}

/**
 * Run duties until the event loop is needed (park: nothing else to do; visit: come back at once),
 * the machine stops, or the thread is not wanted any more (retire).
 */
function run_duties(duties: Duties, outstanding: number, awake: () => boolean): Turn {
	const idle_spins = load(machine_field('idle_spins'));
	// What a callback left in the event loop (a promise, a socket) gets one turn before the thread
	// blocks.
	let ran = false;
	// When this CPU was first seen busy with something outstanding; 0: not yet. The clock costs a
	// thread 1.5 ms at the first look.
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
		if (retire_wanted() && may_retire(duties))
			return Turn.retire;
		park(() => awake() || retire_wanted() && !duties.online(), Infinity);
		busy_since = 0;
	}
}

/**
 * Look out for something to do for a moment. The last look is after this CPU has stopped to count
 * as one that looks: another CPU may have relied on it between the look before and that, and this
 * thread may go into its event loop next, where a callback can take long. Pairs with
 * only_sleepers().
 * @returns is there anything?
 */
function idle_spin(duties: Duties, awake: () => boolean, turns: number): boolean {
	spin_begin();
	let found = duties.pending() || awake();
	while (!found && --turns > 0) {
		cpu_relax();
		found = duties.pending() || awake();
	}
	spin_end();
	return found || duties.pending();
}
