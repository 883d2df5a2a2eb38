// SPDX-License-Identifier: GPL-2.0-only
//
// A booted machine, as the thread that has booted it sees it: it starts and ends the threads,
// follows the host's CPUs, delivers the kernel log as events, and loads modules.
import { EventEmitter } from 'node:events';
import { LoadedModule, ModuleParams, Modules } from '../c/insmod.js';
import { clean_up_dead_cpu, cpu_died, host_cpu_down, host_cpu_up,
	set_usable_cpus } from '../linux/cpu.js';
import { cpu_online, cpu_online_mask, cpumask_cpus, no_cpu_runs,
	set_cpu_present } from '../linux/cpumask.js';
import { EFAULT } from '../linux/errno.js';
import { dmesg, dmesg_or_dropped, KERN_EMERG, KERN_ERR, LOG_SEQ, LogRecord, pr_err,
	printk } from '../linux/printk.js';
import { pool_pending, run_pool_without_cpu } from '../linux/workqueue.js';
import { end_c_call_threads, start_c_call_threads,
	stop_c_call_threads } from '../machine/c-call-thread.js';
import { kernel_function } from '../machine/function.js';
import { Pinned, PinnedThread } from '../machine/hotplug/affinity.js';
import { cpu_events_noted, CpuEvent, noted_cpu_events } from '../machine/hotplug/event.js';
import { Follower } from '../machine/hotplug/follow.js';
import { open_sources } from '../machine/hotplug/source.js';
import { machine_field } from '../machine/layout.js';
import { process_is_held, process_released } from '../machine/keep-alive.js';
import { atomic_load, load } from '../machine/memory.js';
import { load_module, ModuleFunctions } from '../machine/module.js';
import { load_native } from '../machine/native.js';
import { set_look_out, wake_up, watch_async } from '../machine/park.js';
import { booter_serve, booter_serve_while_sleeping, bury_those_gone, booter_stop_serving,
	cpu_thread_status, CpuState, Processor, ProcessorEnd, processors_started, processors_to_start,
	retire_processor, set_cpu_thread_core, start_processor, stop_processors,
	system_is_running } from '../machine/processor.js';
import { SocketThread } from '../machine/control-socket/thread.js';
import { async_call, stop_async_threads } from '../machine/async-thread.js';
import { detach_thread, MachineHandle } from '../machine/thread.js';
import { host_topology } from '../machine/topology.js';
import { cpu_event } from './control-socket.js';
import { CpusInfo, describe_cpus } from './cpus.js';
import { bad, Plan } from './options.js';
import { KERNEL } from './thread-entry.js';

/**
 * Events, one for each record of the kernel log. An oops on a CPU that nobody listens for is an
 * uncaught exception; a misuse that nobody listens for is a process warning.
 */
export interface MachineEvents {
	printk: [LogRecord];
	oops: [LogRecord];
	misuse: [LogRecord];
	uevent: [LogRecord];
	/** A C module says that it is finished; text says by which call. */
	power_off: [LogRecord];
	/**
	 * A CPU has come or gone, by hand or with the host's, or should have; or its thread has died.
	 * If nobody listens, the error that a thread has died of is an uncaught exception, and another
	 * end of it is a process warning.
	 */
	cpu: [CpuEvent];
}

/** The two operations that follow the host, run by async threads. */
const HOST_CPU_UP = kernel_function(host_cpu_up);
const HOST_CPU_DOWN = kernel_function(host_cpu_down);
/** The end of a CPU whose thread has died, likewise. */
const CPU_DIED = kernel_function(cpu_died);

/** A CPU that has been offline for so long (ms) does without its thread. */
const RETIRE_MS = 10_000;

/** A booted machine. */
export class Machine extends EventEmitter<MachineEvents> {
	readonly #modules = new Modules({ start: () => start_c_call_threads(this.handle, KERNEL),
		run: (fn, args) => this.call_async(fn, args) });
	/** The threads of the CPUs, by CPU. */
	readonly #processors = new Map<number, Processor>();
	/** Of all threads that there have been, those that have not ended. */
	readonly #ends = new Set<Promise<void>>();
	readonly #retiring = new Map<number, NodeJS.Timeout>();
	#follower: Follower | null = null;
	#cpu_events_seen = 0;
	readonly #keep = setInterval(() => undefined, 0x7fffffff);
	#control_socket: SocketThread | null = null;
	#log_seen = 0;
	#stopping: Promise<void> | null = null;

	/** @internal @param ended called when the machine has been shut down */
	constructor(readonly handle: MachineHandle, private readonly plan: Plan,
		private readonly ended: () => void)
	{
		super();
		this.#keep.unref();
	}

	/**
	 * @internal Start the threads of the CPUs that are online. They wait for the kernel to be set
	 *   up.
	 */
	start_cpus(): void {
		for (const cpu of this.plan.online)
			this.#start_cpu(cpu);
	}

	#start_cpu(cpu: number): void {
		const processor = start_processor(cpu, this.handle, KERNEL, clean_up_dead_cpu,
			this.#processor_ended);
		this.#processors.set(cpu, processor);
		this.#ends.add(processor.ended);
		void processor.ended.then(() => {
			this.#ends.delete(processor.ended);
			if (this.#processors.get(cpu) === processor)
				this.#processors.delete(cpu);
		});
	}

	/** A CPU that comes later, and stays offline if there is no thread for it. */
	#start_late_cpu(cpu: number): void {
		try {
			this.#start_cpu(cpu);
		} catch (error) {
			pr_err(`smpboot: CPU ${cpu} has no thread: ${(error as Error).message}`);
		}
	}

	/** @internal Let the CPUs run the kernel, and wait until they are up. */
	async smp_init(): Promise<void> {
		system_is_running();
		// Those that are not present yet may come.
		if (this.plan.online.length < this.plan.possible.length)
			serve_while_sleeping();
		set_look_out(() => {
			bury_those_gone(clean_up_dead_cpu);
			if (no_cpu_runs())
				serve_while_sleeping();
		});
		void booter_serve(() => processors_to_start().forEach((cpu) => this.#start_late_cpu(cpu)),
			() => {
				this.#deliver_cpu_events();
				while (run_pool_without_cpu());
			});
		process.on('exit', this.#at_exit);
		// While the threads start this one has nothing else to do.
		this.#follow_host();
		if (this.plan.sysfs_socket)
			this.#control_socket = new SocketThread(this.handle, KERNEL, this.plan.host_root,
				load_native().native?.gettid());
		await processors_started(this.plan.online);
		if (this.#failed !== null)
			throw this.#failed;
		await this.#control_socket?.listening.catch((error: unknown) =>
			bad('sysfs_socket', (error as Error).message)
		);
		this.#started = true;
		process.on('beforeExit', this.#before_exit);
		void this.#watch_log();
		// What has happened since the plan was made.
		if (this.plan.hotplug !== false)
			this.#follower?.news({ source: 'reread' });
	}

	#follow_host(): void {
		const { host, host_root, hotplug, wanted, pin, nr_cpu_ids } = this.plan;
		if (host === null)
			return;
		const { native } = load_native();
		const run = (fn: number, ...args: number[]): Promise<number> =>
			this.call_async(fn, args).catch(() => -EFAULT);
		let seen = host;
		const follower = new Follower({
			read: () => seen = host_topology(host_root, seen),
			wanted: (cpu) => wanted === null ? cpu < nr_cpu_ids : wanted.includes(cpu),
			online: () => cpumask_cpus(cpu_online_mask),
			host_is: (topology, usable) => {
				for (let cpu = 0; cpu < nr_cpu_ids; cpu++)
					set_cpu_present(cpu, topology.present.includes(cpu) || cpu_online(cpu));
				set_usable_cpus(usable);
			},
			up: (cpu) => run(HOST_CPU_UP, cpu),
			down: (cpu, last) => run(HOST_CPU_DOWN, cpu, Number(last)),
			pinned: pin && native !== null
				? { threads: () => this.#pinned_threads(), affinity: native, note: note_pinned }
				: null,
			emit: (event) => this.#cpu_event(event),
		}, host);
		this.#follower = follower;
		if (hotplug !== false)
			follower.open((listener) => open_sources(host_root, hotplug === 'poll', listener));
	}

	#pinned_threads(): PinnedThread[] {
		return [...this.#processors.keys()].map((cpu) => ({ cpu, ...cpu_thread_status(cpu) }))
			.filter(({ state }) => state === CpuState.running);
	}

	/**
	 * Look at the host's CPUs now, and follow it, also where the option hotplug is false. Resolves
	 * when that is done.
	 */
	async reread_cpus(): Promise<void> {
		await this.#follower?.reread();
	}

	#deliver_cpu_events(): void {
		const events = noted_cpu_events(this.#cpu_events_seen);
		this.#cpu_events_seen = cpu_events_noted();
		for (const event of events)
			this.#cpu_event(event);
	}

	#cpu_event(event: CpuEvent): void {
		// Also of one that should have come online: it has got a thread for that.
		if (event.what === 'online' || event.what === 'offline')
			this.#retire_later(event.cpu);
		this.#control_socket?.tell(cpu_event(event));
		// What a listener throws is its own affair.
		process.nextTick(() => this.emit('cpu', event));
	}

	/** A CPU that stays offline gives back the memory of its thread. */
	#retire_later(cpu: number): void {
		clearTimeout(this.#retiring.get(cpu));
		this.#retiring.delete(cpu);
		// What happens while the machine ends may be told late.
		if (this.#stopping !== null || cpu_online(cpu))
			return;
		this.#retiring.set(cpu, setTimeout(() => {
			if (!this.retire_cpu(cpu))
				// Something of its jobs is still to come in its event loop.
				this.#retire_later(cpu);
		}, RETIRE_MS).unref());
	}

	/**
	 * @internal End the thread of a CPU that is offline, as soon as it has nothing left to do.
	 * @returns does it end?
	 */
	retire_cpu(cpu: number): boolean {
		if (cpu_online(cpu))
			return true;
		// From now on a CPU may be without a thread.
		serve_while_sleeping();
		return retire_processor(cpu);
	}

	#started = false;
	#failed: Error | null = null;

	/** The thread of a CPU has ended. */
	readonly #processor_ended = (end: ProcessorEnd): void => {
		const { cpu, exit_code, error, died } = end;
		if (error !== null && !this.#started)
			this.#failed ??= death_of(end);
		if (!this.#started || this.#stopping !== null && error === null)
			return;
		if (died) {
			printk(KERN_ERR,
				`smpboot: the thread of CPU ${cpu} has died: ${
					error === null ? `exit code ${exit_code}` : error.message
				}`);
			if (this.#stopping === null) {
				void this.#take_down(end);
				return;
			}
		}
		if (error !== null)
			this.#fatal(death_of(end));
	};

	/** A CPU has died: it goes offline, and that is told. */
	async #take_down(end: ProcessorEnd): Promise<void> {
		const { cpu, exit_code, error } = end;
		const unheard = this.listenerCount('cpu') === 0;
		if (unheard && error !== null)
			this.#fatal(death_of(end));
		else if (unheard)
			process.emitWarning(death_of(end).message, 'PadataCpuDied');
		await async_call(this.handle, KERNEL, CPU_DIED, [cpu], true).catch(() => undefined);
		this.#cpu_event({ source: 'died', cpu, what: 'offline', ok: true, exit_code,
			...error === null ? {} : { cause: error } });
	}

	#fatal(error: Error): void {
		setImmediate(() => {
			throw error;
		});
	}

	/**
	 * The machine does not hold the process; what the user has allocated does, as an open server
	 * does.
	 */
	readonly #before_exit = (): void => {
		if (!process_is_held()) {
			void this.shutdown();
			return;
		}
		this.#keep.ref();
		void process_released().then(() => this.#keep.unref());
	};

	readonly #at_exit = (): void => {
		this.#control_socket?.remove();
		stop_processors([...this.#processors.keys()]);
		// Node.js waits for all threads: those that wait in C must not.
		end_c_call_threads();
		leave_kthreads();
	};

	async #watch_log(): Promise<void> {
		while (this.#stopping === null) {
			const seq = atomic_load(LOG_SEQ);
			this.#deliver_log();
			await watch_async(LOG_SEQ, seq);
		}
	}

	#deliver_log(): void {
		for (const record of dmesg_or_dropped(this.#log_seen)) {
			this.#log_seen = record.seq + 1;
			if (this.emit(record.kind, record))
				continue;
			if (record.kind === 'oops' && record.level === KERN_EMERG)
				this.#fatal(new Error(record.text));
			else if (record.kind === 'misuse')
				process.emitWarning(record.text, 'PadataMisuse');
		}
	}

	/** Load a JS module on all CPUs; its exported functions become kernel function pointers. */
	load_module<Exports = unknown>(url: string | URL): Promise<ModuleFunctions<Exports>> {
		return load_module<Exports>(url);
	}

	/** The kernel log: records from number `since` on. */
	dmesg(since = 0): LogRecord[] {
		return dmesg(since);
	}

	/**
	 * Run a sleeping kernel function on another thread, so that this one's event loop goes on.
	 * @internal the public face has a named twin for each
	 */
	async call_async(fn: number, args: readonly number[]): Promise<number> {
		const ret = await async_call(this.handle, KERNEL, fn, args);
		return typeof ret === 'number' ? ret : 0;
	}

	/**
	 * Load a C module, and run its init function.
	 * @param file a shared library, as `padata cc` makes it from a source that includes
	 *   include/linux/*.h
	 * @param params values of its module_param()s, by name
	 * @throws ModuleError, with nothing loaded: its code is ENOEXEC, ENOENT, EEXIST, ENOSYS,
	 * EINVAL, ERANGE or the name of what init has returned; `missing` lists the functions that the
	 * module needs and nobody has
	 */
	async insmod(file: string, params?: ModuleParams): Promise<LoadedModule> {
		return this.#modules.insmod(file, params);
	}

	/**
	 * Run a C module's exit function, and unload it.
	 * @param name as insmod() has returned it; "-" and "_" are the same
	 * @throws ModuleError: ENOENT; EBUSY while objects of it are in flight (force: its exit
	 * function may wait for them), or if it has no exit function
	 */
	rmmod(name: string, options?: { readonly force?: boolean }): Promise<void> {
		return this.#modules.rmmod(name, options);
	}

	/** The C modules that are loaded, in the order of loading. */
	modules(): LoadedModule[] {
		return this.#modules.list();
	}

	/** Numbers of the CPUs, and what each CPU's thread is pinned to. */
	cpus(): CpusInfo {
		return describe_cpus(this.plan.host_root);
	}

	/**
	 * Let the CPUs finish what is queued, and end their threads. Instances should have been freed;
	 * the memory goes with the machine. May be called twice.
	 */
	shutdown(): Promise<void> {
		this.#stopping ??= this.#shut_down();
		return this.#stopping;
	}

	async #shut_down(): Promise<void> {
		process.off('beforeExit', this.#before_exit);
		this.#keep.ref();
		await this.#control_socket?.close();
		if (load(machine_field('memory_high')) !== 0)
			load_native().native!.stopMachine();
		await this.#follower?.close();
		await stop_c_call_threads();
		await stop_async_threads();
		this.#retiring.forEach((timer) => clearTimeout(timer));
		stop_processors([...this.#processors.keys()]);
		await Promise.all(this.#ends);
		booter_stop_serving();
		process.off('exit', this.#at_exit);
		if ((load_native().native?.kthreadsRunning() ?? 0) > 0)
			process.once('exit', leave_kthreads);
		this.#deliver_log();
		// A wait that nobody ends would keep the memory.
		wake_up(LOG_SEQ);
		const for_c = load(machine_field('memory_high')) !== 0 ? load_native().native : null;
		detach_thread();
		for_c?.unmapMemory();
		clearInterval(this.#keep);
		this.ended();
	}
}

/**
 * This thread starts threads of CPUs also while it sleeps in a function of the kernel, and runs the
 * work items if no CPU is left.
 */
function serve_while_sleeping(): void {
	booter_serve_while_sleeping({ run: run_pool_without_cpu, pending: pool_pending });
}

function death_of({ cpu, exit_code, error }: ProcessorEnd): Error {
	return new Error(
		`padata: the thread of CPU ${cpu} died: ${error?.message ?? `exit code ${exit_code}`}`,
		error === null ? {} : { cause: error },
	);
}

/** @returns is it news? */
function note_pinned({ cpu, core, error }: Pinned): boolean {
	const before = cpu_thread_status(cpu);
	set_cpu_thread_core(cpu, core, error);
	return before.core !== core || before.pin_errno !== error;
}

/** Node.js would wait for the threads of kthreads that nobody has stopped, and for ever. */
function leave_kthreads(): void {
	const { native } = load_native();
	if (native !== null && native.kthreadsRunning() > 0)
		native.exitNow(Number(process.exitCode ?? 0));
}
