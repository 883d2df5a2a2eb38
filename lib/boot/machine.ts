// SPDX-License-Identifier: GPL-2.0-only
//
// init/main.c of this machine: boot() lays out the memory, sets up the kernel floor by floor, and starts the CPUs; shutdown
// is the way back. One machine at a time in a process.
import { EventEmitter } from 'node:events';
import { workerData } from 'node:worker_threads';
import { failslab, FailslabKnobs } from '../linux/fault-inject.js';
import { rcu_init } from '../linux/rcupdate.js';
import { host_cpu_down, host_cpu_up, set_usable_cpus } from '../linux/cpu.js';
import { CPU_DEVICE_BYTES, cpu_dev_init } from '../linux/cpu_device.js';
import { cpu_online, cpu_online_mask, cpu_possible_mask, cpu_present_mask, cpumask_cpus, set_cpu_active, set_cpu_online, set_cpu_possible,
	set_cpu_present } from '../linux/cpumask.js';
import { EFAULT } from '../linux/errno.js';
import { kobject_subsys_init } from '../linux/kobject.js';
import { page_alloc_init } from '../linux/page_alloc.js';
import { percpu_unit_size } from '../linux/percpu.js';
import { dmesg, KERN_EMERG, KERN_WARNING, LOG_SEQ, LogRecord, printk, printk_init } from '../linux/printk.js';
import { slab_init } from '../linux/slab.js';
import { next_timer_ms, run_timer_softirq, timers_due } from '../linux/timer.js';
import { pool_pending, run_pool, workqueue_init } from '../linux/workqueue.js';
import { start_c } from '../c/api.js';
import { LoadedModule, ModuleParams, Modules } from '../c/insmod.js';
import { padata_driver_init } from '../padata/v4.18/padata.js';
import { kernel_function } from '../machine/function.js';
import { cpu_cgroups, cpu_quota } from '../machine/hotplug/cgroup.js';
import { Pinned, PinnedThread } from '../machine/hotplug/affinity.js';
import { CpuEvent, noted_cpu_events, cpu_events_noted } from '../machine/hotplug/event.js';
import { Follower } from '../machine/hotplug/follow.js';
import { open_sources } from '../machine/hotplug/source.js';
import { image } from '../machine/image.js';
import { IMAGE_END, machine_field, THREAD_SIZE } from '../machine/layout.js';
import { end_foreign_threads, foreign_thread, ForeignThreadData, start_foreign_threads, stop_foreign_threads } from '../machine/foreign.js';
import { process_is_held, process_released } from '../machine/lifetime.js';
import { allocate_memory, atomic_load, attach_memory, load, MEMORY_MAX, memory_view, store } from '../machine/memory.js';
import { load_module, ModuleFunctions } from '../machine/module.js';
import { load_native, switch_native_off } from '../machine/native.js';
import { leftover } from '../machine/leftover.js';
import { Duties, wake_up, watch_async } from '../machine/park.js';
import { answer_calls, answer_calls_asleep, cpu_thread_status, CpuState, CpuThreadData, end_calls, Processor, processor_thread, processors_started,
	processors_to_start, retire_processor, set_cpu_thread_core, start_processor, stop_processors, system_is_running } from '../machine/processor.js';
import { RemoteThread, remote_thread, RemoteThreadData } from '../machine/remote/thread.js';
import { service_call, service_thread, ServiceThreadData, stop_services } from '../machine/service.js';
import { round_up } from '../machine/struct.js';
import { attach_thread, attached, detach_thread, machine_handle, MachineHandle, this_cpu } from '../machine/thread.js';
import { format_cpu_list, host_topology, parse_cpu_list, Topology, usable_cpus } from '../machine/topology.js';
import { cpu_event, remote_operations, watch_machine } from './control-socket.js';
import { quirk_mask, QuirkSelection, UNCHECKED_MISUSE } from '../quirks.js';

/**
 * What a thread of the machine runs: the public face, so that jobs importing it get the same instance, or the image of that.
 * It loads nothing else, since that would be looked for and read by each thread.
 */
const KERNEL = image?.entry ?? new URL('../index.js', import.meta.url).href;

export interface BootOptions {
	/** Simulate a machine with CPUs 0..nr_cpus-1 instead of the host's. 1..8192. */
	readonly nr_cpus?: number;
	/**
	 * Use only these CPUs: a list like "0-3,8", or numbers. On the host they must be online and allowed; of a simulated
	 * machine they are the ones that are online at first.
	 */
	readonly cpus?: string | readonly number[];
	/** Pin each CPU's thread to its core. Default: true on the host's CPUs, false on simulated ones. */
	readonly pin?: boolean;
	/**
	 * Follow the host: CPUs that it takes offline, or that the process may not use any more, go offline here, and come back with it.
	 * Default: true on the host's CPUs if they are pinned, else false; not for simulated ones. "poll": look also once a second, which
	 * finds what nobody tells of, such as taskset(1). See docs/hotplug.md.
	 */
	readonly hotplug?: boolean | 'poll';
	/**
	 * The directory where this host's /sys and /proc are; "" is the usual place. For tests: of another one the CPUs are taken from
	 * there, also those that the process may use; no uevents come, and nobody looks without hotplug "poll".
	 */
	readonly host_root?: string;
	/** Bytes of memory of the machine, 8 MiB .. 2 GiB; only what is used is committed. Default 256 MiB. */
	readonly memory?: number;
	/** How many threads that are no CPUs can join at once (this one, workers that attach, service threads). Default 32. */
	readonly tasks?: number;
	/** "none" (default), "v4.18", or a list of quirks. */
	readonly quirks?: QuirkSelection;
	/** Red zones, poison and checks in the allocator. Default false. */
	readonly debug?: boolean;
	/** Make allocations fail from the beginning; see failslab(). */
	readonly failslab?: FailslabKnobs;
	/** "auto" (default): without the addon boot unpinned, with a warning on the log; "required": that is an error; "off". */
	readonly native?: 'auto' | 'required' | 'off';
	/**
	 * Let this user's other processes read and write the machine's sysfs, over a Unix socket in $XDG_RUNTIME_DIR; see docs/sysfs.md.
	 * Default: false, or true if the environment says PADATA_SYSFS=on.
	 */
	readonly sysfs_socket?: boolean;
}

/** A CPU as `padata cpus` shows it. */
export interface CpuInfo {
	readonly cpu: number;
	readonly online: boolean;
	/** Kernel thread id of its thread; 0 without the addon or without a thread. */
	readonly tid: number;
	/** The cores its thread may run on, read back from the kernel; null without the addon or without a thread. */
	readonly affinity: readonly number[] | null;
}

/** The CPUs of a machine. Lists of numbers are ascending. */
export interface CpusInfo {
	readonly possible: readonly number[];
	readonly present: readonly number[];
	readonly online: readonly number[];
	/** Those of the host that this process may use. */
	readonly allowed: readonly number[];
	/**
	 * How many CPUs' time this process may have, by the quotas of its control groups (cpu.max, or cpu.cfs_quota_us), e.g. 1.5; null:
	 * there is no quota. With less than the online ones, the CPUs wait for each other's time.
	 */
	readonly quota: number | null;
	/** The present ones. */
	readonly cpus: readonly CpuInfo[];
}

interface Plan {
	readonly nr_cpu_ids: number;
	readonly possible: readonly number[];
	readonly present: readonly number[];
	readonly online: readonly number[];
	readonly cores: number;
	readonly pin: boolean;
	readonly memory: number;
	readonly tasks: number;
	readonly quirks: number;
	/** The host as it was looked at; null: the CPUs are simulated. */
	readonly host: Topology | null;
	readonly host_root: string;
	readonly hotplug: boolean | 'poll';
	/** The option `cpus`. */
	readonly wanted: readonly number[] | null;
	readonly sysfs_socket: boolean;
}

function bad(option: string, why: string): never {
	throw new RangeError(`boot: option ${option}: ${why}`);
}

function integer(option: string, value: number, min: number, max: number): number {
	if (!Number.isInteger(value) || value < min || value > max)
		bad(option, `${String(value)} is not an integer from ${min} to ${max}`);
	return value;
}

const OPTIONS = ['nr_cpus', 'cpus', 'pin', 'hotplug', 'host_root', 'memory', 'tasks', 'quirks', 'debug', 'failslab', 'native', 'sysfs_socket'];

function wanted_cpus(cpus: string | readonly number[], usable: readonly number[], why: string): number[] {
	let list: number[];
	try {
		list = typeof cpus === 'string' ? parse_cpu_list(cpus, '') : [...new Set(cpus)].sort((a, b) => a - b);
	} catch (error) {
		bad('cpus', (error as Error).message.replace(/^: /, ''));
	}
	if (list.length === 0)
		bad('cpus', 'the list is empty');
	for (const cpu of list)
		if (!usable.includes(cpu))
			bad('cpus', `CPU ${cpu} ${why} (${format_cpu_list(usable)} are)`);
	return list;
}

function make_plan(options: BootOptions): Plan {
	for (const name of Object.keys(options))
		if (!OPTIONS.includes(name))
			bad(name, `there is no such option; there are: ${OPTIONS.join(', ')}`);
	for (const name of ['pin', 'debug', 'sysfs_socket'] as const)
		if (options[name] !== undefined && typeof options[name] !== 'boolean')
			bad(name, `${String(options[name])} is not a boolean`);
	if (options.native !== undefined && !['auto', 'required', 'off'].includes(options.native))
		bad('native', `"${options.native as string}" is not "auto", "required" or "off"`);
	if (options.hotplug !== undefined && typeof options.hotplug !== 'boolean' && options.hotplug !== 'poll')
		bad('hotplug', `${String(options.hotplug)} is not true, false or "poll"`);
	if (options.host_root !== undefined && typeof options.host_root !== 'string')
		bad('host_root', `${String(options.host_root)} is not a string`);
	if (options.hotplug !== undefined && options.hotplug !== false && options.nr_cpus !== undefined)
		bad('hotplug', 'there is no host to follow: the CPUs are simulated (nr_cpus)');
	let quirks: number;
	try {
		quirks = quirk_mask(options.quirks ?? 'none');
	} catch (error) {
		bad('quirks', (error as Error).message.replace(/^quirks: /, ''));
	}
	const host_root = options.host_root ?? '';
	const host = host_topology(host_root);
	const usable = usable_cpus(host);
	const memory = round_up(integer('memory', options.memory ?? 256 * 1024 * 1024, 8 * 1024 * 1024, MEMORY_MAX), 64 * 1024);
	const tasks = integer('tasks', options.tasks ?? 32, 1, 1024);
	const sysfs_socket = options.sysfs_socket ?? wanted_by_environment('PADATA_SYSFS');
	const common = { cores: usable.length, memory, tasks, quirks, host_root, sysfs_socket };
	if (options.nr_cpus !== undefined) {
		const n = integer('nr_cpus', options.nr_cpus, 1, 8192);
		const all = Array.from({ length: n }, (_, cpu) => cpu);
		const online = options.cpus === undefined ? all : wanted_cpus(options.cpus, all, 'is not a CPU of the simulated machine');
		return { ...common, nr_cpu_ids: n, possible: all, present: all, online, pin: options.pin ?? false, host: null, hotplug: false, wanted: null };
	}
	const online = options.cpus === undefined ? usable : wanted_cpus(options.cpus, usable, 'is not online and allowed');
	if (online.length === 0)
		bad('cpus', 'no CPU is online and allowed for this process');
	const pin = options.pin ?? true;
	return { ...common, nr_cpu_ids: Math.max(...host.possible, ...online) + 1, possible: host.possible, present: host.present, online, pin, host,
		hotplug: options.hotplug ?? pin, wanted: options.cpus === undefined ? null : online };
}

function wanted_by_environment(name: string): boolean {
	const value = process.env[name] ?? '';
	if (!['on', 'off', ''].includes(value))
		throw new RangeError(`boot: ${name}=${value} in the environment is neither "on" nor "off"`);
	return value === 'on';
}

function lay_out(plan: Plan, options: BootOptions): SharedArrayBuffer {
	const threads = IMAGE_END;
	const nr_threads = plan.nr_cpu_ids + plan.tasks;
	const percpu = round_up(threads + nr_threads * THREAD_SIZE, 4096);
	const unit = percpu_unit_size(plan.nr_cpu_ids, plan.memory);
	const heap = percpu + unit * plan.nr_cpu_ids;
	const least = heap + 4 * 1024 * 1024 + plan.nr_cpu_ids * CPU_DEVICE_BYTES;
	if (least > plan.memory)
		bad('memory', `${plan.memory} bytes are too few for ${plan.nr_cpu_ids} CPUs; it takes at least ${round_up(least, 1 << 20)}`);
	let memory: SharedArrayBuffer;
	try {
		memory = allocate_memory(plan.memory);
	} catch (error) {
		bad('memory', `${plan.memory} bytes cannot be had: ${(error as Error).message}`);
	}
	attach_memory(memory);
	// Without it, or in a process that has a machine for C already, TypeScript goes on alone.
	const memory_high = Math.max(0, load_native().native?.mapMemory(memory_view()) ?? 0);
	// Turns of an idle CPU before it parks, of about 0.1 us each. A spinning thread that keeps another from running costs
	// more than a wake-up, and the thread that submits runs as well.
	const oversubscribed = plan.online.length > plan.cores;
	const values: Record<string, number> = {
		memory_size: plan.memory, nr_cpu_ids: plan.nr_cpu_ids, nr_threads, threads, percpu, percpu_unit: unit, heap, heap_end: plan.memory,
		quirks: plan.quirks, debug: options.debug === true ? 1 : 0, pin: plan.pin ? 1 : 0,
		native_off: options.native === 'off' ? 1 : 0, memory_high, unchecked: (plan.quirks & UNCHECKED_MISUSE) !== 0 ? 1 : 0,
		idle_spins: oversubscribed ? 10 : plan.online.length + 1 > plan.cores ? 100 : 3000, lock_spins: oversubscribed ? 100 : 2000,
	};
	for (const [name, value] of Object.entries(values))
		store(machine_field(name as Parameters<typeof machine_field>[0]), value);
	return memory;
}

/** The kernel floor by floor, on the booting thread. */
function start_kernel(plan: Plan, options: BootOptions): void {
	rcu_init();
	printk_init();
	page_alloc_init();
	slab_init();
	for (const cpu of plan.possible)
		set_cpu_possible(cpu, true);
	for (const cpu of plan.present)
		set_cpu_present(cpu, true);
	for (const cpu of plan.online) {
		set_cpu_online(cpu, true);
		set_cpu_active(cpu, true);
	}
	set_usable_cpus(plan.host === null ? plan.possible : usable_cpus(plan.host));
	workqueue_init();
	kobject_subsys_init();
	const no_device = cpu_dev_init();
	if (no_device !== 0)
		throw new Error(`boot: cpu_dev_init failed: ${no_device}`);
	const err = padata_driver_init();
	if (err < 0)
		throw new Error(`boot: padata_driver_init failed: ${err}`);
	start_c();
	if (options.failslab !== undefined)
		failslab(options.failslab);
}

/** What a CPU's thread does in its loop. Called on that thread when it has joined the machine. */
function start_secondary(): Duties {
	const cpu = this_cpu();
	return {
		run: () => {
			const ran = leftover.run() || run_pool();
			return timers_due(cpu) ? run_timer_softirq(cpu) || ran : ran;
		},
		pending: () => leftover.pending() || pool_pending() || timers_due(cpu),
		online: () => cpu_online(cpu),
		until_deadline: () => next_timer_ms(cpu),
	};
}

/**
 * Where the threads of a machine begin: the last thing that happens when the kernel is loaded. On all other threads it does
 * nothing.
 */
export function thread_entry(): void {
	const given = workerData as { padata_thread?: CpuThreadData | ForeignThreadData | RemoteThreadData | ServiceThreadData } | null | undefined;
	const data = given?.padata_thread;
	if (data === undefined)
		return;
	// Taken, so that another copy of the package, which a job may import, does not begin the thread a second time.
	delete given!.padata_thread;
	// When the loading is over: what a thread does first may be to block.
	setImmediate(() => {
		if ('cpu' in data)
			void processor_thread(data, start_secondary);
		else if ('lane' in data)
			void foreign_thread(data);
		else if ('remote' in data)
			void remote_thread(data, (call, tell) => ({ perform: remote_operations(call, () => describe_cpus(data.host_root, data.booter)), stop: watch_machine(tell) }));
		else
			service_thread(data);
	});
}

/**
 * Events, one for each record of the kernel log. An oops on a CPU that nobody listens for is an uncaught exception; a
 * misuse that nobody listens for is a process warning.
 */
export interface MachineEvents {
	printk: [LogRecord];
	oops: [LogRecord];
	misuse: [LogRecord];
	uevent: [LogRecord];
	/** A C module says that it is finished; text says by which call. */
	power_off: [LogRecord];
	/** A CPU has come or gone, by hand or with the host's, or should have. */
	cpu: [CpuEvent];
}

/** The two operations that follow the host, run by service threads. */
const HOST_CPU_UP = kernel_function(host_cpu_up);
const HOST_CPU_DOWN = kernel_function(host_cpu_down);

/** A CPU that has been offline for so long (ms) does without its thread. */
const RETIRE_MS = 10_000;

/** A booted machine. */
export class Machine extends EventEmitter<MachineEvents> {
	readonly #modules = new Modules({ start: () => start_foreign_threads(this.handle, KERNEL), run: (fn, args) => this.call_async(fn, args) });
	/** The threads of the CPUs, by CPU. */
	readonly #processors = new Map<number, Processor>();
	/** Of all threads that there have been, those that have not ended. */
	readonly #ends = new Set<Promise<void>>();
	readonly #retiring = new Map<number, NodeJS.Timeout>();
	#follower: Follower | null = null;
	#cpu_events_seen = 0;
	readonly #keep = setInterval(() => undefined, 0x7fffffff);
	#remote: RemoteThread | null = null;
	#log_seen = 0;
	#stopping: Promise<void> | null = null;

	/** @internal */
	constructor(readonly handle: MachineHandle, private readonly plan: Plan) {
		super();
		this.#keep.unref();
	}

	/** @internal Start the threads of the CPUs that are online. They wait for the kernel to be set up. */
	start_cpus(): void {
		for (const cpu of this.plan.online)
			this.#start_cpu(cpu);
	}

	#start_cpu(cpu: number): void {
		const processor = start_processor(cpu, this.handle, KERNEL, this.#died);
		this.#processors.set(cpu, processor);
		this.#ends.add(processor.ended);
		void processor.ended.then(() => {
			this.#ends.delete(processor.ended);
			if (this.#processors.get(cpu) === processor)
				this.#processors.delete(cpu);
		});
	}

	/** @internal Let the CPUs run the kernel, and wait until they are up. */
	async smp_init(): Promise<void> {
		system_is_running();
		// Those that are not present yet may come.
		if (this.plan.online.length < this.plan.possible.length)
			answer_calls_asleep();
		void answer_calls(() => processors_to_start().forEach((cpu) => this.#start_cpu(cpu)), () => this.#deliver_cpu_events());
		process.on('exit', this.#at_exit);
		// While the threads start this one has nothing else to do.
		this.#follow_host();
		if (this.plan.sysfs_socket)
			this.#remote = new RemoteThread(this.handle, KERNEL, this.plan.host_root, load_native().native?.gettid());
		await processors_started(this.plan.online);
		if (this.#failed !== null)
			throw this.#failed;
		await this.#remote?.listening.catch((error: unknown) => bad('sysfs_socket', (error as Error).message));
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
		const run = (fn: number, ...args: number[]): Promise<number> => this.call_async(fn, args).catch(() => -EFAULT);
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
			pinned: pin && native !== null ? { threads: () => this.#pinned_threads(), affinity: native, note: note_pinned } : null,
			emit: (event) => this.#cpu_event(event),
		}, host);
		this.#follower = follower;
		if (hotplug !== false)
			follower.open((listener) => open_sources(host_root, hotplug === 'poll', listener));
	}

	#pinned_threads(): PinnedThread[] {
		return [...this.#processors.keys()].map((cpu) => ({ cpu, ...cpu_thread_status(cpu) })).filter(({ state }) => state === CpuState.running);
	}

	/** Look at the host's CPUs now, and follow it, also where the option hotplug is false. Resolves when that is done. */
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
		this.#remote?.tell(cpu_event(event));
		// What a listener throws is its own affair.
		process.nextTick(() => this.emit('cpu', event));
	}

	/** A CPU that stays offline gives back the memory of its thread. */
	#retire_later(cpu: number): void {
		clearTimeout(this.#retiring.get(cpu));
		this.#retiring.delete(cpu);
		if (cpu_online(cpu))
			return;
		this.#retiring.set(cpu, setTimeout(() => {
			if (!this.retire_cpu(cpu))
				// Something of its jobs is still to come in its event loop.
				this.#retire_later(cpu);
		}, RETIRE_MS).unref());
	}

	/** @internal End the thread of a CPU that is offline, as soon as it has nothing left to do. @returns does it end? */
	retire_cpu(cpu: number): boolean {
		if (cpu_online(cpu))
			return true;
		// From now on a CPU may be without a thread.
		answer_calls_asleep();
		return retire_processor(cpu);
	}

	#started = false;
	#failed: Error | null = null;

	readonly #died = (cpu: number, error: Error): void => {
		this.#failed ??= new Error(`padata: the thread of CPU ${cpu} died: ${error.message}`, { cause: error });
		if (this.#started)
			this.#fatal(this.#failed);
	};

	#fatal(error: Error): void {
		setImmediate(() => { throw error; });
	}

	/** The machine does not hold the process; what the user has allocated does, as an open server does. */
	readonly #before_exit = (): void => {
		if (!process_is_held()) {
			void this.shutdown();
			return;
		}
		this.#keep.ref();
		void process_released().then(() => this.#keep.unref());
	};

	readonly #at_exit = (): void => {
		this.#remote?.remove();
		stop_processors([...this.#processors.keys()]);
		// Node.js waits for all threads: those that wait in C must not.
		end_foreign_threads();
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
		for (const record of dmesg(this.#log_seen)) {
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
	load_module(url: string | URL): Promise<ModuleFunctions> {
		return load_module(url);
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
		const ret = await service_call(this.handle, KERNEL, fn, args);
		return typeof ret === 'number' ? ret : 0;
	}

	/**
	 * Load a C module, and run its init function.
	 * @param file a shared library, as `padata cc` makes it from a source that includes include/linux/*.h
	 * @param params values of its module_param()s, by name
	 * @throws ModuleError, with nothing loaded: its code is ENOEXEC, ENOENT, EEXIST, ENOSYS, EINVAL, ERANGE or the name of what init
	 * has returned; `missing` lists the functions that the module needs and nobody has
	 */
	async insmod(file: string, params?: ModuleParams): Promise<LoadedModule> {
		return this.#modules.insmod(file, params);
	}

	/**
	 * Run a C module's exit function, and unload it.
	 * @param name as insmod() has returned it; "-" and "_" are the same
	 * @throws ModuleError: ENOENT; EBUSY while objects of it are in flight (force: its exit function may wait for them), or if it has no exit
	 * function
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
	 * Let the CPUs finish what is queued, and end their threads. Instances should have been freed; the memory goes with the
	 * machine. May be called twice.
	 */
	shutdown(): Promise<void> {
		this.#stopping ??= this.#shut_down();
		return this.#stopping;
	}

	async #shut_down(): Promise<void> {
		process.off('beforeExit', this.#before_exit);
		this.#keep.ref();
		await this.#remote?.close();
		if (load(machine_field('memory_high')) !== 0)
			load_native().native!.stopMachine();
		await this.#follower?.close();
		await stop_foreign_threads();
		await stop_services();
		this.#retiring.forEach((timer) => clearTimeout(timer));
		stop_processors([...this.#processors.keys()]);
		await Promise.all(this.#ends);
		end_calls();
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
		booted = null;
	}
}

/** @returns is it news? */
function note_pinned({ cpu, core, error }: Pinned): boolean {
	const before = cpu_thread_status(cpu);
	set_cpu_thread_core(cpu, core, error);
	return before.core !== core || before.pin_errno !== error;
}

/** On any thread of the machine. @param booter the thread that has booted it, if that is another one */
function describe_cpus(host_root: string, booter?: number): CpusInfo {
	const { native } = load_native();
	const present = cpumask_cpus(cpu_present_mask);
	return {
		possible: cpumask_cpus(cpu_possible_mask), present, online: cpumask_cpus(cpu_online_mask), allowed: host_topology(host_root, undefined, booter).allowed,
		quota: cpu_quota(cpu_cgroups(host_root)),
		cpus: present.map((cpu) => {
			const { tid, state } = cpu_thread_status(cpu);
			const affinity = native === null || state !== CpuState.running ? null : native.getAffinityOf(tid);
			return { cpu, online: cpu_online(cpu), tid, affinity: Array.isArray(affinity) ? affinity : null };
		}),
	};
}

/** Node.js would wait for the threads of kthreads that nobody has stopped, and for ever. */
function leave_kthreads(): void {
	const { native } = load_native();
	if (native !== null && native.kthreadsRunning() > 0)
		native.exitNow(Number(process.exitCode ?? 0));
}

let booted: Machine | null = null;
let booting = false;

/**
 * Boot a machine in this process. One at a time.
 * @throws RangeError naming the option that is wrong; Error if a machine is booted, or native is "required" and absent
 */
export async function boot(options: BootOptions = {}): Promise<Machine> {
	if (booting || booted !== null || attached)
		throw new Error('boot: a machine is booted in this thread already; shut it down first');
	booting = true;
	try {
		switch_native_off(options.native === 'off');
		const plan = make_plan(options);
		const { native, error } = load_native();
		if (native === null && options.native === 'required')
			throw new Error(`boot: option native: "required", but ${error ?? 'there is no addon'}`);
		const handle = machine_handle(lay_out(plan, options));
		attach_thread(handle, -1);
		const machine = new Machine(handle, plan);
		try {
			// A thread takes longer to start than the kernel to be set up.
			machine.start_cpus();
			start_kernel(plan, options);
			if (native === null && options.native !== 'off' && plan.pin)
				printk(KERN_WARNING, `padata: CPUs are not pinned: ${error ?? 'there is no addon'}`);
			await machine.smp_init();
		} catch (e) {
			await machine.shutdown();
			throw e;
		}
		booted = machine;
		return machine;
	} finally {
		booting = false;
	}
}

/** The machine that this thread has booted, or null. */
export function current_machine(): Machine | null {
	return booted;
}

/**
 * Join a machine from another thread of the process, as a task: the whole API can be called there.
 * @param handle machine.handle, sent to the thread in workerData or by a message
 */
export function attach(handle: MachineHandle): void {
	attach_thread(handle, -1);
}

/** Leave the machine. The thread must not hold anything of it. */
export function detach(): void {
	detach_thread();
}

