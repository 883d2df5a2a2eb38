// SPDX-License-Identifier: GPL-2.0-only
//
// The scenario language: one command a line in, events, results and bodies out
// (compat-tests/golden/README.md describes it). A command that waits for objects which the driver
// itself holds is answered "blocked"; its result follows as an event when they have been released,
// at the latest at the end of the scenario.
import type { Machine, ModuleFunctions } from '../../index.js';
import { alloc_cpumask_var, alloc_workqueue, bytes_at, cpu_online_mask, cpu_possible_mask,
	cpu_present, cpumask_clear, cpumask_first, cpumask_next, cpumask_pr, cpumask_set_cpu,
	destroy_workqueue, errno_name, FAIL_KZALLOC, failslab, free_cpumask_var, kfree, kmalloc,
	kobject, kobject_add, kobject_get, kernel_kobj, load, load_u8, notifier_block, nr_cpu_ids, Oops,
	padata_alloc, padata_alloc_possible, padata_do_parallel, padata_instance, padata_parallel_queue,
	padata_priv, parallel_data, per_cpu_ptr, READ_ONCE, sleep_on, store, store_function, sysfs_read,
	timer_pending, work_on_cpu, workqueue_empty, workqueue_in_flight, WQ_CPU_INTENSIVE,
	WQ_MEM_RECLAIM } from '../../index.js';
import { kref_read } from '../../linux/kref.js';
import { timer_active } from '../../linux/timer.js';
import { PAGE_SIZE } from '../../linux/page_alloc.js';
import { fill } from '../../machine/memory.js';
import { function_at } from '../../machine/function.js';
import { padata_refcnt } from '../../padata/v4.18/in-flight.js';
import { padata_reorder_objects } from '../../padata/v4.18/order.js';
import { quirk, STOP_IGNORES_ASYNC } from '../../quirks.js';
import { file, masks_text, SYSFS_NAME } from './jobs.js';
import { crash_lines, crash_lines_of, is_crash } from './crash.js';
import { flags_text, parse_int10, parse_mask, quote, ScenarioError, unquote,
	words } from './text.js';
import { BLOCKS, drive_block, drive_object, drive_world, EVENT_BYTES, FILL, Mode, ModeName,
	SERIAL_BYTES, serial_calls, SERIALS, State, state_names, take_events } from './world.js';

const o = drive_object.offset;
const b = drive_block.offset;
const world = drive_world.offset;
const pi = padata_instance.offset;
const pdo = parallel_data.offset;

const NAMED_RETURNS: ReadonlyMap<string, number> = new Map([['DONE', 0], ['OK', 1], ['STOP',
	0x8001], ['BAD', 0x8002], ['-EINVAL', -22], ['-ENOMEM', -12]]);
const CALLS = ['', 'start', 'stop', 'unregister'];

/** A call that was begun so long ago, with nothing left to run, waits for another blocked one. */
const BLOCKED_AFTER_MS = 100;
/** settle: a timer that is still pending after this long never stops. */
const TIMER_LIMIT_MS = 10_000;
/** storm: -EBUSY is seen within some milliseconds. */
const STORM_LIMIT_MS = 20_000;
const STORM_BATCH = 16;

/** A command whose result is still to come. */
interface Blocked {
	readonly command: string;
	result: string | null;
}

export class Driver {
	readonly #w: number;
	readonly #wq: number;
	readonly #objects: number[] = [];
	/** Those that `reset` has made nameless; they may be in flight still. */
	readonly #forgotten: number[] = [];
	readonly #blocked: Blocked[] = [];
	readonly #registered = new Set<number>();
	readonly #deferred: (() => void)[] = [];
	#crash: string[] | null = null;
	#log_seen = 0;

	/**
	 * @param emit gets each line of the trace
	 * @param serials so many calls of serial() are kept for trace and summary
	 */
	constructor(readonly machine: Machine, readonly jobs: ModuleFunctions,
		readonly emit: (line: string) => void, serials = SERIALS)
	{
		this.#w = kmalloc(drive_world.size);
		fill(this.#w, 0, drive_world.size);
		store(this.#w + world.serialLog, kmalloc(serials * SERIAL_BYTES));
		store(this.#w + world.serialMax, serials);
		store(this.#w + world.eventText, kmalloc(EVENT_BYTES));
		this.#wq = alloc_workqueue('drive', WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
		store_function(this.#w + world.probe + padata_priv.offset.parallel, jobs.parallel);
		store_function(this.#w + world.probe + padata_priv.offset.serial, jobs.serial);
		this.#log_seen = machine.dmesg().at(-1)?.seq ?? -1;
	}

	/** Has the kernel crashed (as a quirk has it)? Then there is no use in further commands. */
	get crashed(): boolean {
		return this.#crash !== null;
	}

	/** The address of the instance that the scenario has allocated, or 0. */
	get instance(): number {
		return this.#pinst;
	}

	get #pinst(): number {
		return load(this.#w + world.pinst);
	}

	get #pd(): number {
		return load(this.#pinst + pi.pd);
	}

	/** Run one line of a scenario. */
	async run(line: string): Promise<void> {
		if (line.trim() === '' || line.startsWith('#'))
			return;
		if (line.startsWith('echo ')) {
			this.emit(`-- ${line.slice(5)}`);
			return;
		}
		const [name, ...args] = words(line);
		let result: string | string[];
		try {
			result = await this.#execute(name, args, line);
		} catch (error) {
			if (!(error instanceof Oops))
				throw error;
			this.#finish_events();
			this.#crash = crash_lines(error.event, error.trace, 'play');
			this.#crash.forEach((text) => this.emit(text));
			return;
		}
		// Nothing is held that a blocked command could wait for: it returns, and that belongs to
		// this command.
		while (this.#held().length === 0 && this.#blocked.some(({ result: late }) => late === null))
			await this.#turn();
		this.#finish_events();
		if (this.#crashed_on_a_cpu())
			return;
		const [first, ...body] = typeof result === 'string' ? [result] : result;
		this.emit(`${name === 'trace' ? name : line} => ${first}`);
		body.forEach((text) => this.emit(`| ${text}`));
	}

	/** Print the notifier calls of the command, and the results of commands that were blocked. */
	#finish_events(): void {
		take_events(this.#w).forEach((text) => this.emit(text));
		for (const blocked of this.#blocked.splice(0))
			if (blocked.result === null)
				this.#blocked.push(blocked);
			else
				this.emit(`! ${blocked.command} => ${blocked.result}`);
	}

	#crashed_on_a_cpu(): boolean {
		for (const record of this.machine.dmesg(this.#log_seen + 1)) {
			this.#log_seen = record.seq;
			if (is_crash(record) && this.#crash === null) {
				this.#crash = crash_lines_of(record.text, 'kworker');
				this.#crash.forEach((text) => this.emit(text));
			}
		}
		return this.crashed;
	}

	/**
	 * The end of the scenario: let go of everything, so that all commands return and the machine
	 * can shut down.
	 */
	async finish(): Promise<void> {
		if (!this.crashed) {
			this.#release(this.#held(), 'own', this.jobs.release);
			while (this.#blocked.some(({ result }) => result === null))
				await this.#turn();
			this.#finish_events();
			if (this.#pinst !== 0 && !this.#crashed_on_a_cpu()) {
				this.#settle();
				while (this.#pinst !== 0)
					await this.#call('free', this.jobs.put, [this.#pinst], (left) =>
						this.#gone(left));
			}
		}
		// A crashed kernel may hold locks and has lost objects: nothing of it can be freed.
		if (this.crashed)
			return;
		this.#deferred.forEach((free) => free());
		[...this.#forgotten, ...this.#objects].forEach((at) => kfree(at));
		kfree(load(this.#w + world.serialLog));
		kfree(load(this.#w + world.eventText));
		kfree(this.#w);
		destroy_workqueue(this.#wq);
	}

	async #execute(name: string, args: readonly string[],
		line: string): Promise<string | string[]>
	{
		const needs_instance = !['env', 'alloc', 'alloc_possible', 'trace', 'summary', 'fail',
			'cpu', 'release', 'release_missed', 'reset', 'again', 'quiet', 'sysread', 'syswrite']
			.includes(name);
		if (needs_instance && this.#pinst === 0)
			return 'no instance';
		const pinst = this.#pinst;
		const jobs = this.jobs;
		switch (name) {
			case 'env':
				return `nr_cpu_ids=${nr_cpu_ids} possible=${cpumask_pr(cpu_possible_mask)} online=${
					cpumask_pr(cpu_online_mask)
				}`;
			case 'alloc':
				return this.#alloc(() =>
					this.#with_masks([args[0], args[1]], ([p, cb]) => padata_alloc(this.#wq, p, cb))
				);
			case 'alloc_possible':
				return this.#alloc(() => padata_alloc_possible(this.#wq));
			case 'start':
				return this.#call(line, jobs.start, [pinst]);
			case 'stop':
				return this.#call(line, jobs.stop, [pinst], () => 'done');
			case 'free':
				return this.#call(line, jobs.free, [pinst], (left) => this.#gone(left));
			case 'kobj_put':
				return this.#call(line, jobs.put, [pinst], (left) => this.#gone(left));
			case 'kobj_get':
				kobject_get(pinst + pi.kobj);
				return `references=${kref_read(pinst + pi.kobj + kobject.offset.kref)}`;
			case 'set_cpumask': {
				const type = args[0] === 'par'
					? 2
					: args[0] === 'ser'
					? 1
					: parse_int10(args[0], 'set_cpumask');
				return this.#with_masks_async([args[1]],
					([mask]) => this.#call(line, jobs.set_cpumask, [pinst, type, mask]));
			}
			case 'set_cpumasks':
				return this.#with_masks_async([args[0], args[1]],
					([p, cb]) => this.#call(line, jobs.set_cpumasks, [pinst, p, cb]));
			case 'add_cpu':
				return this.#call(line, jobs.add_cpu, [pinst, parse_int10(args[0], name),
					parse_int10(args[1], name)]);
			case 'remove_cpu':
				return this.#call(line, jobs.remove_cpu, [pinst, parse_int10(args[0], name),
					parse_int10(args[1], name)]);
			case 'notifier_register':
				return this.#register(line, args);
			case 'notifier_unregister':
				return this.#unregister(line, args);
			case 'show':
				return this.#show(attribute(args[0]));
			case 'store':
				return this.#store(line, jobs.store_attribute, [pinst, attribute(args[0])],
					unquote(args.slice(1).join(' ')));
			case 'sysfs_add':
				return errno_name(kobject_add(pinst + pi.kobj, kernel_kobj(), SYSFS_NAME));
			case 'sysread': {
				const text = sysfs_read(file(attribute(args[0])));
				return typeof text === 'number'
					? errno_name(text)
					: `${text.length} ${quote(Buffer.from(text, 'latin1'))}`;
			}
			case 'syswrite':
				return this.#store(line, jobs.write, [attribute(args[0])],
					unquote(args.slice(1).join(' ')));
			case 'submit':
				return this.#submit(args);
			case 'release':
				return this.#release_command(args);
			case 'release_missed':
				return `released=${this.#release(this.#range(args), 'own', jobs.release_missed)}`;
			case 'again': {
				const at = this.#objects[parse_int10(args[0], name)];
				if (at === undefined)
					throw new ScenarioError(`again: there is no object ${args[0]}`);
				this.#on_cpu(load(at + o.cpu), jobs.again, at);
				return 'done';
			}
			case 'reset':
				this.#forgotten.push(...this.#objects.splice(0));
				store(this.#w + world.serials, 0);
				return '0';
			case 'settle':
				return this.#settle();
			case 'quiet':
				this.#quiet();
				return this.#pinst === 0 ? 'no instance' : `refcnt=${padata_refcnt(this.#pd)}`;
			case 'timer':
				return timer_pending(this.#pd + pdo.timer) ? 'armed' : 'idle';
			case 'state':
				return this.#state();
			case 'trace':
				return this.#trace(args);
			case 'order':
				return this.#order(args);
			case 'masks':
				return this.#masks_line();
			case 'storm':
				return this.#storm(args);
			case 'summary':
				return this.#summary();
			case 'seq': {
				const n = parse_int10(args[0], name);
				store(this.#pd + pdo.seq_nr, (n - 1) | 0);
				store(this.#pd + pdo.processed, n | 0);
				store(this.#pd + pdo.serialised, n | 0);
				// Threads know how far it was: that the count can go back is new to them
				// (padata_full).
				store(this.#pd + pdo.id, load(this.#pd + pdo.id) + (1 << 20));
				return '0';
			}
			case 'fail': {
				const n = parse_int10(args[0], name);
				failslab(
					n > 0 ? { probability: 100, interval: n, times: 1, filter: FAIL_KZALLOC } : {},
				);
				return '0';
			}
			case 'cpu': {
				const cpu = parse_int10(args[0], name);
				return cpu_present(cpu)
					? this.#call(line, jobs.hotplug, [cpu, parse_int10(args[1], name)])
					: '-ENOENT';
			}
			default:
				return 'unsupported';
		}
	}

	// ---- calls that may sleep
	// ---------------------------------------------------------------------------------------------

	#held(): number[] {
		return [...this.#forgotten, ...this.#objects].filter((at) =>
			READ_ONCE(at + o.state) === State.held
		);
	}

	/**
	 * Make a call that may wait for objects. If the driver holds some it must go on, so the call is
	 * made in another thread. It is blocked when it says that it waits for the objects of the
	 * present parallel_data, which those that are held keep. If another command is blocked already,
	 * it may also want a lock that the other has: then time has to tell.
	 */
	async #call(command: string, fn: number, args: readonly number[],
		text: (ret: number) => string = errno_name): Promise<string>
	{
		if (this.#held().length === 0 && this.#blocked.length === 0 || quirk(STOP_IGNORES_ASYNC))
			return text((function_at(fn) as (...a: readonly number[]) => number)(...args));
		const blocked: Blocked = { command, result: null };
		let oops: Error | null = null;
		const begun = READ_ONCE(this.#w + world.begun);
		this.machine.call_async(this.jobs.begin, [this.#w, fn, ...args]).then((ret) => {
			blocked.result = text(ret);
		}, (error: unknown) => {
			oops = error as Error;
		});
		for (let end = Infinity; blocked.result === null && oops === null;) {
			await this.#turn();
			if ((this.#blocked.length === 0 && this.#pinst !== 0
				? this.#waited_for()
				: performance.now() > end) && !this.#busy())
				break;
			// Its thread may take long to start.
			if (end === Infinity && READ_ONCE(this.#w + world.begun) !== begun)
				end = performance.now() + BLOCKED_AFTER_MS;
		}
		if (oops !== null)
			throw oops as Error;
		if (blocked.result !== null)
			return blocked.result;
		this.#blocked.push(blocked);
		return `blocked (${this.#held().length} held)`;
	}

	/**
	 * Does somebody sleep until the held objects are serialised? Whatever he had to do before that
	 * has been done then.
	 */
	#waited_for(): boolean {
		return this.#held().some((at) =>
			READ_ONCE(load(at + padata_priv.offset.pd) + pdo.flush_waits) !== 0
		);
	}

	#turn(): Promise<void> {
		return new Promise((resolve) => {
			setTimeout(resolve, 1);
		});
	}

	/** Run something on a CPU and wait for it; a crash there is looked for afterwards. */
	#on_cpu(cpu: number, fn: number, arg: number): void {
		try {
			work_on_cpu(cpu, fn, arg);
		} catch (error) {
			if (!this.#crashed_on_a_cpu())
				throw error;
		}
	}

	// ---- the instance
	// ---------------------------------------------------------------------------------------------

	#alloc(alloc: () => number): string {
		if (this.#pinst !== 0)
			return '-EEXIST';
		const pinst = alloc();
		store(this.#w + world.pinst, pinst);
		return pinst === 0 ? 'NULL' : 'instance';
	}

	#gone(left: number): string {
		if (left > 0)
			return `references=${left}`;
		store(this.#w + world.pinst, 0);
		this.#registered.clear();
		return 'released';
	}

	#mask(hex: string): number {
		const mask = alloc_cpumask_var();
		cpumask_clear(mask);
		for (const cpu of parse_mask(hex, nr_cpu_ids))
			cpumask_set_cpu(cpu, mask);
		return mask;
	}

	#with_masks<T>(hex: readonly string[], use: (masks: readonly number[]) => T): T {
		const masks = hex.map((text) => this.#mask(text));
		try {
			return use(masks);
		} finally {
			masks.forEach(free_cpumask_var);
		}
	}

	async #with_masks_async(hex: readonly string[],
		use: (masks: readonly number[]) => Promise<string>): Promise<string>
	{
		const masks = hex.map((text) => this.#mask(text));
		const result = await use(masks);
		// A blocked call still reads them.
		this.#free_later(result, () => masks.forEach(free_cpumask_var));
		return result;
	}

	/** Free what a command's call has read: now, or at the end if the call is blocked. */
	#free_later(result: string, free: () => void): void {
		if (result.startsWith('blocked'))
			this.#deferred.push(free);
		else
			free();
	}

	#block(args: readonly string[]): number {
		const id = parse_int10(args[0], 'notifier');
		if (id < 0 || id >= BLOCKS)
			throw new ScenarioError(`notifier ${id}: there are 0..${BLOCKS - 1}`);
		return this.#w + world.blocks + id * drive_block.size;
	}

	async #register(line: string, args: readonly string[]): Promise<string> {
		const block = this.#block(args);
		const id = Number(args[0]);
		if (!this.#registered.has(id)) {
			const call = CALLS.indexOf(args[3] ?? '');
			if (call < 0)
				throw new ScenarioError(`notifier_register: unknown call "${args[3]}"`);
			fill(block, 0, drive_block.size);
			store_function(block + b.nb + notifier_block.offset.notifier_call, this.jobs.notify);
			store(block + b.nb + notifier_block.offset.priority, parse_int10(args[1], 'priority'));
			store(block + b.world, this.#w);
			store(block + b.id, id);
			store(block + b.ret,
				NAMED_RETURNS.get(args[2]) ?? parse_int10(args[2], 'return value'));
			store(block + b.call, call);
		}
		return this.#call(line, this.jobs.register, [this.#pinst, block + b.nb], (err) => {
			if (err === 0)
				this.#registered.add(id);
			return errno_name(err);
		});
	}

	async #unregister(line: string, args: readonly string[]): Promise<string> {
		const block = this.#block(args);
		return this.#call(line, this.jobs.unregister, [this.#pinst, block + b.nb], (err) => {
			if (err === 0)
				this.#registered.delete(Number(args[0]));
			return errno_name(err);
		});
	}

	#show(index: number): string {
		const buf = kmalloc(PAGE_SIZE);
		try {
			const count = (function_at(this.jobs.show) as (...a: number[]) => number)(this.#pinst,
				index, buf);
			return count < 0 ? errno_name(count) : `${count} ${quote(bytes_at(buf, count))}`;
		} finally {
			kfree(buf);
		}
	}

	async #store(line: string, fn: number, where: readonly number[],
		text: Uint8Array): Promise<string>
	{
		const buf = kmalloc(text.length + 1);
		fill(buf, 0, text.length + 1);
		bytes_at(buf, text.length).set(text);
		const result = await this.#call(line, fn, [...where, buf, text.length]);
		this.#free_later(result, () => kfree(buf));
		return result;
	}

	/** Of the state, what every padata has. */
	#masks_line(): string {
		const pinst = this.#pinst;
		return `flags=${flags_text(load_u8(pinst + pi.flags))} user=${
			masks_text(pinst + pi.cpumask)
		} usable=${masks_text(this.#pd + pdo.cpumask)}`;
	}

	#state(): string {
		const pd = this.#pd;
		const index: number[] = [];
		for (let cpu = cpumask_first(cpu_possible_mask); cpu < nr_cpu_ids;
			cpu = cpumask_next(cpu, cpu_possible_mask))
			index.push(
				load(
					per_cpu_ptr(load(pd + pdo.pqueue), cpu)
						+ padata_parallel_queue.offset.cpu_index,
				),
			);
		return `${this.#masks_line()} `
			+ `refcnt=${padata_refcnt(pd)} reorder=${padata_reorder_objects(pd)} processed=${
				READ_ONCE(pd + pdo.processed) >>> 0
			} `
			+ `seq=${READ_ONCE(pd + pdo.seq_nr)} index=${index.join(',')}`;
	}

	/** Sleep for a moment, on a word that nobody changes. */
	#nap(): void {
		sleep_on(this.#w + world.nap, 0, 0.2);
	}

	/**
	 * Is something queued or running, or left to a CPU that has time? The sum over the CPUs misses
	 * an item that has queued another one on a CPU which has been counted, so the second look is
	 * under all locks. (Not the first: a CPU that has crashed may hold one.)
	 */
	#busy(): boolean {
		return workqueue_in_flight(this.#wq) !== 0 || !workqueue_empty(this.#wq);
	}

	#quiet(): void {
		while (this.#busy() && !this.#crashed_on_a_cpu())
			this.#nap();
	}

	#settle(): string {
		// A handler that runs is about to queue work, or to arm the timer again.
		const timer = (): boolean => timer_active(this.#pd + pdo.timer);
		const end = performance.now() + TIMER_LIMIT_MS;
		do {
			this.#quiet();
			if (timer())
				this.#nap();
		} while (!this.crashed && (timer() || this.#busy()) && performance.now() < end);
		return `refcnt=${padata_refcnt(this.#pd)} timer=${timer() ? 'armed' : 'idle'}`;
	}

	// ---- objects
	// ---------------------------------------------------------------------------------------------

	#submit(args: readonly string[]): string {
		const count = parse_int10(args[0], 'submit');
		if (!Object.hasOwn(Mode, args[2] ?? ''))
			throw new ScenarioError(`submit: unknown mode "${args[2]}"`);
		const mode = Mode[args[2] as ModeName];
		const first = this.#objects.length;
		const results = new Map<number, number>();
		for (let i = 0; i < count; i++) {
			const rc = this.#submit_one(
				args[1] === 'rr' ? i % nr_cpu_ids : parse_int10(args[1], 'cb_cpu'),
				mode,
			);
			results.set(rc, (results.get(rc) ?? 0) + 1);
		}
		const ids = count === 1 ? `ids=${first}` : `ids=${first}-${first + count - 1}`;
		if (count === 1)
			return `${errno_name([...results.keys()][0])} ${ids}`;
		const ok = results.get(0) ?? 0;
		results.delete(0);
		const errors = [...results].sort(([x], [y]) => errno_name(y).localeCompare(errno_name(x)))
			.map(([rc, n]) => ` ${errno_name(rc)}=${n}`).join('');
		return `ok=${ok}${errors} ${ids}`;
	}

	#new_object(id: number, cb: number, mode: number, serial: number): number {
		const at = kmalloc(drive_object.size);
		if (at === 0)
			throw new ScenarioError(
				'submit: the machine has no memory left; give it more with --memory',
			);
		fill(at, 0, drive_object.size);
		fill(at, FILL & 255, padata_priv.size);
		store_function(at + padata_priv.offset.parallel, this.jobs.parallel);
		store_function(at + padata_priv.offset.serial, serial);
		store(at + o.world, this.#w);
		store(at + o.id, id);
		store(at + o.mode, mode);
		store(at + o.cb, cb);
		store(at + o.cpu, -1);
		return at;
	}

	#submit_one(cb: number, mode: number): number {
		const at = this.#new_object(this.#objects.length, cb, mode, this.jobs.serial);
		this.#objects.push(at);
		const rc = padata_do_parallel(this.#pinst, at + o.priv, cb);
		store(at + o.rc, rc);
		if (rc === 0)
			store(at + o.cpu, load(at + padata_priv.offset.cpu));
		return rc;
	}

	/** The objects with ids A..B-1; all without arguments. */
	#range(args: readonly string[]): number[] {
		const a = args[0] === undefined ? 0 : parse_int10(args[0], 'A');
		const end = args[1] === undefined
			? this.#objects.length
			: Math.min(parse_int10(args[1], 'B'), this.#objects.length);
		return this.#objects.slice(a, Math.max(a, end));
	}

	#release_command(args: readonly string[]): string {
		const range = this.#range(args);
		const order = args[2] ?? 'fwd';
		const mod = /^mod:(\d+):(\d+)$/.exec(order);
		let ordered: number[];
		if (order === 'fwd')
			ordered = range;
		else if (order === 'rev')
			ordered = [...range].reverse();
		else if (order === 'scramble')
			ordered = range.map((_, i) => range[(i * 7919 + 13) % range.length]);
		else if (mod !== null)
			ordered = range.filter((at) => load(at + o.id) % Number(mod[1]) === Number(mod[2]));
		else
			throw new ScenarioError(`release: unknown order "${order}"`);
		return `released=${this.#release(ordered, args[3] ?? 'own', this.jobs.release)}`;
	}

	#release(objects: readonly number[], where: string, fn: number): number {
		let released = 0;
		for (const at of objects) {
			if (READ_ONCE(at + o.state) !== State.held)
				continue;
			this.#on_cpu(release_cpu(where, load(at + o.cpu)), fn, at);
			released++;
		}
		return released;
	}

	#trace(args: readonly string[]): string[] {
		const range = this.#range(args);
		return [`objects=${range.length}`, ...range.map((at) => this.#object_line(at)),
			...this.#serial_lines(range)];
	}

	/** For each callback CPU the ids of these objects in the order of the serial() calls. */
	#serial_lines(objects: readonly number[]): string[] {
		const ids = new Set(objects.map((at) => load(at + o.id)));
		const serial = new Map<number, number[]>();
		for (const [cpu, id] of serial_calls(this.#w))
			if (ids.has(id))
				serial.set(cpu, [...serial.get(cpu) ?? [], id]);
		return [...serial.keys()].sort((x, y) => x - y).map((cpu) =>
			`serial cb=${cpu}: ${serial.get(cpu)!.join(' ')}`
		);
	}

	/** Of a trace, what every padata has to say: not which CPU parallel() ran on. */
	#order(args: readonly string[]): string[] {
		const range = this.#range(args);
		const accepted = range.filter((at) => load(at + o.rc) === 0);
		const count = (test: (at: number) => boolean): number => accepted.filter(test).length;
		return [
			`accepted=${accepted.length} done=${
				count((at) => load(at + o.state) === State.done)
			} ser_elsewhere=${count(ser_elsewhere)} `
			+ `repeated=${count(repeated)} bh_on=${
				accepted.reduce((n, at) => n + load(at + o.bhOn), 0)
			}`,
			...this.#serial_lines(range),
		];
	}

	/**
	 * Submit objects while another thread changes the parallel mask, each again after -EBUSY, until
	 * somebody was told -EBUSY.
	 */
	async #storm(args: readonly string[]): Promise<string> {
		const wanted = parse_int10(args[0], 'storm');
		if (this.#held().length > 0)
			throw new ScenarioError(
				'storm: objects are held, and masks cannot be changed before they are released',
			);
		const one = this.#mask('1');
		store(this.#w + world.storm, 1);
		const masks = this.machine.call_async(this.jobs.storm_masks, [this.#w, this.#pinst, one,
			cpu_possible_mask]);
		const objects: number[] = [];
		const errors = { busy: 0, other: 0 };
		let at = 0;
		for (const end = performance.now() + STORM_LIMIT_MS;
			(objects.length < wanted || errors.busy === 0) && performance.now() < end;)
		{
			if (at === 0)
				at = this.#new_object(objects.length, objects.length % nr_cpu_ids, Mode.sync,
					this.jobs.storm_serial);
			const rc = padata_do_parallel(this.#pinst, at + o.priv, load(at + o.cb));
			if (rc === 0) {
				objects.push(at);
				at = 0;
			} else {
				errors[rc === -16 ? 'busy' : 'other']++;
			}
			// The other thread has to begin, and this one must not fill the queues before it has.
			if (rc !== 0 || objects.length % STORM_BATCH === 0)
				await this.#turn();
		}
		store(this.#w + world.storm, 0);
		await masks;
		this.#quiet();
		const lost = objects.filter((object) => READ_ONCE(object + o.state) !== State.done).length;
		const twice = objects.filter(repeated).length;
		this.#deferred.push(() =>
			[...objects, at].filter((object) => object !== 0).forEach((object) => kfree(object))
		);
		free_cpumask_var(one);
		return `accepted=${objects.length < wanted ? 'some' : 'all'} busy=${
			errors.busy > 0 ? 'some' : 'none'
		} other=${errors.other} lost=${lost} repeated=${twice}`;
	}

	#object_line(at: number): string {
		const rc = load(at + o.rc);
		const head = `obj ${load(at + o.id)}: rc=${errno_name(rc)} cb=${load(at + o.cb)}`;
		if (rc !== 0)
			return head;
		const where = (count: number, cpu: number, wanted: number, name: string): string =>
			load(at + count) === 0 ? '-' : load(at + cpu) === load(at + wanted) ? name : 'other';
		return `${head} cpu=${load(at + o.cpu)} par=${
			where(o.parCount, o.parCpu, o.cpu, 'own')
		} ser=${where(o.serCount, o.serCpu, o.cb, 'cb')} `
			+ `state=${state_names[load(at + o.state)]}${repeated(at) ? ' REPEATED' : ''}`;
	}

	#summary(): string {
		const accepted = this.#objects.filter((at) => load(at + o.rc) === 0);
		const count = (objects: readonly number[], test: (at: number) => boolean): number =>
			objects.filter(test).length;
		const per_cpu = Array.from({ length: nr_cpu_ids },
			(_, cpu) => count(accepted, (at) => load(at + o.cpu) === cpu));
		const last = new Map<number, number>();
		let descents = 0;
		for (const [cpu, id] of serial_calls(this.#w)) {
			if (id < (last.get(cpu) ?? -1))
				descents++;
			last.set(cpu, id);
		}
		return `objects=${this.#objects.length} accepted=${accepted.length} einval=${
			count(this.#objects, (at) => load(at + o.rc) === -22)
		} `
			+ `ebusy=${count(this.#objects, (at) => load(at + o.rc) === -16)} done=${
				count(accepted, (at) => load(at + o.state) === State.done)
			} `
			+ `held=${count(accepted, (at) => load(at + o.state) === State.held)} `
			+ `par_elsewhere=${
				count(accepted, (at) =>
					load(at + o.parCount) > 0 && load(at + o.parCpu) !== load(at + o.cpu))
			} `
			+ `ser_elsewhere=${count(accepted, ser_elsewhere)} repeated=${
				count(accepted, repeated)
			} `
			+ `bh_on=${accepted.reduce((n, at) => n + load(at + o.bhOn), 0)} descents=${descents} `
			+ `info_changed=${count(accepted, (at) => load(at + o.infoChanged) !== 0)} per_cpu=${
				per_cpu.join(',')
			}`;
	}
}

/** Has parallel() or serial() been called more than once? */
const repeated = (at: number): boolean => load(at + o.parCount) > 1 || load(at + o.serCount) > 1;
/** Has serial() run on another CPU than cb_cpu? */
const ser_elsewhere = (at: number): boolean =>
	load(at + o.serCount) > 0 && load(at + o.serCpu) !== load(at + o.cb);

function attribute(name: string | undefined): number {
	const index = ['serial', 'parallel'].indexOf(name ?? '');
	if (index < 0)
		throw new ScenarioError(`attribute "${name}" is neither serial nor parallel`);
	return index;
}

function release_cpu(where: string, own: number): number {
	if (where === 'own')
		return own;
	if (where === 'other') {
		const next = cpumask_next(own, cpu_online_mask);
		return next < nr_cpu_ids ? next : cpumask_first(cpu_online_mask);
	}
	const m = /^cpu(\d+)$/.exec(where);
	if (m === null)
		throw new ScenarioError(`release: unknown place "${where}"`);
	return Number(m[1]);
}
