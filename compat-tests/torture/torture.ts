// SPDX-License-Identifier: GPL-2.0-only
//
// The storm: everything at once, for as long as wanted, and what must hold all the time is looked
// at all the time.
//
//	node dist/compat-tests/torture/torture.js [--seconds N] [--seed S] [--cpus N]
//	                                           [--quirks none] [--debug]
//
// Without --debug three quarters of the time go to a machine without debug checks, the rest to one
// with them. All decisions come from the seed; how the threads interleave does not.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { alloc_workqueue, boot, cpu_online_mask, cpu_up_async, cpumask_pr, destroy_workqueue_async,
	del_timer_sync, errno_name, failslab, INIT_DELAYED_WORK, jiffies, kernel_kobj, kfree,
	kobject_add, kzalloc, load, load_u8, LogRecord, Machine, mod_timer, ModuleFunctions,
	notifier_block, padata_alloc_async, padata_alloc_possible_async, padata_cpumask,
	padata_free_async, padata_instance, padata_parallel_queue, padata_register_cpumask_notifier,
	padata_serial_queue, padata_start_async, padata_unregister_cpumask_notifier, parallel_data,
	per_cpu_ptr, percpu_in_use, queue_delayed_work, QuirkSelection, READ_ONCE, slab_objects, store,
	store_function, system_wq, timer_setup, workqueue_in_flight, WQ_CPU_INTENSIVE, WQ_MEM_RECLAIM,
	WRITE_ONCE } from '../../lib/index.js';
import { padata_refcnt } from '../../lib/padata/v4.18/in-flight.js';
import { padata_reorder_objects } from '../../lib/padata/v4.18/order.js';
import { pages_in_use } from '../../lib/linux/page_alloc.js';
import { quirk_names, Quirk } from '../../lib/quirks.js';
import { COMPLETERS, CONTROLLERS, CPUS_MAX, failure_texts, instance_at, INSTANCES, storm_instance,
	storm_thread, storm_world, SUBMITTERS, thread_at, THREADS } from './storm.js';
import type { Role, StormThreadData } from './submitter.js';

export interface TortureOptions {
	readonly seconds?: number;
	readonly seed?: number;
	readonly cpus?: number;
	readonly quirks?: QuirkSelection;
	/** The allocator's checks. Default: both, one after the other. */
	readonly debug?: boolean;
	/** Where lines go; default console.log. */
	readonly print?: (line: string) => void;
}

export interface Report {
	readonly seed: number;
	readonly failures: readonly string[];
	/** How often which thing happened. */
	readonly counts: Readonly<Record<string, number>>;
	/** serial() calls by how far they were behind: [in order, 1, 2..3, 4..7, ...] */
	readonly distance: readonly number[];
}

const JOBS = new URL('./torture.jobs.js', import.meta.url).href;
const NO_PROGRESS_MS = 10_000;
/** Threads start and end slowly on a machine that has other things to do. */
const PATIENCE_MS = 30_000;
const BUCKETS = 32;
const w = storm_world.offset;
const si = storm_instance.offset;
const st = storm_thread.offset;
const pi = padata_instance.offset;
const pdo = parallel_data.offset;
const pq = padata_parallel_queue.offset;
const sq = padata_serial_queue.offset;
const { pcpu, cbcpu } = padata_cpumask.offset;

const COUNTS = ['mask_changes', 'mask_errors', 'ups', 'downs', 'hotplug_errors', 'starts',
	'start_errors', 'stops', 'notifier_changes', 'sysfs_writes', 'failslabs', 'extras',
	'extra_errors', 'held', 'event_loop', 'resubmitted', 'nested', 'ticks'] as const;

const sleep = (ms: number): Promise<void> =>
	new Promise((resolve) => {
		setTimeout(resolve, ms);
	});

/** What failslab does to kobject_add(), which says so as the kernel's does. */
const EXPECTED =
	/^WARNING: [^\n]*kobject_add_internal failed for extra\d+ \(error: -12 |^kobject: can not set name properly!/;

/** Too much has gone wrong to go on in this process. */
export class Stuck extends Error {}

class Storm {
	readonly #failures: string[] = [];
	readonly #workers: { worker: Worker; ended: Promise<void>; role: Role; over: boolean }[] = [];
	#world = 0;
	#fn: ModuleFunctions = {};
	#log_from = 0;
	#moved = { sum: -1, since: 0 };
	/**
	 * Of each instance: serial() calls, and since when there have been no more although there are
	 * objects in flight.
	 */
	#progress: { serialised: number; since: number }[] = [];

	constructor(private readonly machine: Machine, private readonly seed: number,
		private readonly nr_cpus: number, private readonly print: (line: string) => void)
	{}

	fail(text: string): void {
		if (this.#failures.length < 50) {
			this.#failures.push(text);
			this.print(`!!! ${text} (seed ${this.seed})`);
		}
	}

	get failures(): readonly string[] {
		return this.#failures;
	}

	#instances(): number[] {
		return Array.from({ length: INSTANCES }, (_, i) => instance_at(this.#world, i));
	}

	async set_up(): Promise<void> {
		this.#fn = await this.machine.load_module(JOBS);
		this.#log_from = (this.machine.dmesg().at(-1)?.seq ?? -1) + 1;
		const world = this.#world = kzalloc(storm_world.size);
		store(world + w.nr_cpus, this.nr_cpus);
		store(world + w.rng, this.seed ^ 0x1234567);
		for (let i = 0; i < THREADS; i++) {
			const thread = thread_at(world, i);
			store(thread + st.mask_p, kzalloc(128));
			store(thread + st.mask_cb, kzalloc(128));
			for (let k = 0; k < INSTANCES; k++) {
				store_function(thread + st.nb + k * notifier_block.size, this.#fn['notify_other']);
				store(thread + st.nb + k * notifier_block.size + notifier_block.offset.priority,
					i - 4);
			}
			store(thread + st.extra + si.world, world);
			store(thread + st.extra + si.id, 100 + i);
		}
		const all = load(thread_at(world, 0) + st.mask_p);
		store(all, (1 << this.nr_cpus) - 1);
		for (const [id, inst] of this.#instances().entries()) {
			const wq = alloc_workqueue(`storm${id}`, WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, id % 3);
			const pinst = await padata_alloc_async(wq, all, all);
			if (wq === 0 || pinst === 0)
				throw new Error('no memory for the storm');
			store(inst + si.world, world);
			store(inst + si.id, id);
			store(inst + si.wq, wq);
			store(inst + si.pinst, pinst);
			store(inst + si.told_p, load(all));
			store(inst + si.told_cb, load(all));
			store_function(inst + si.nb, this.#fn['notify']);
			padata_register_cpumask_notifier(pinst, inst + si.nb);
			kobject_add(pinst + pi.kobj, kernel_kobj(), `storm${id}`);
			await padata_start_async(pinst);
		}
		store(world + w.ticks_alive, 2);
		timer_setup(world + w.timer, this.#fn['tick'], 0);
		mod_timer(world + w.timer, jiffies() + 1);
		INIT_DELAYED_WORK(world + w.dwork, this.#fn['delayed']);
		queue_delayed_work(system_wq(), world + w.dwork, 2);
		let thread = 0;
		for (const [role, n] of [['submit', SUBMITTERS], ['complete', COMPLETERS], ['control',
			CONTROLLERS], ['hotplug', 1]] as const)
			for (let index = 0; index < n; index++)
				this.#start(role, index, thread++);
	}

	#start(role: Role, index: number, thread: number): void {
		const data: StormThreadData = { handle: this.machine.handle, jobs: JOBS, world: this.#world,
			role, index, thread, seed: Math.imul(this.seed + thread, 0x9e3779b1) ^ this.seed };
		const worker = new Worker(new URL('./submitter.js', import.meta.url), { workerData: data,
			name: `${role}${index}` });
		const entry = { worker, role, over: false, ended: once(worker, 'exit').then(() => {
			entry.over = true;
		}) };
		worker.on('error',
			(error) =>
				this.fail(`the ${role} thread ${index} died: ${error.stack ?? String(error)}`));
		this.#workers.push(entry);
	}

	/** Main looks after the storm every now and then. @throws Stuck if nothing moves any more */
	async #watch(): Promise<void> {
		await sleep(100);
		const now = performance.now();
		for (const [id, inst] of this.#instances().entries()) {
			const serialised = READ_ONCE(inst + si.serialised);
			const before = this.#progress[id];
			if (before === undefined || before.serialised !== serialised
				|| READ_ONCE(inst + si.accepted) === serialised)
				this.#progress[id] = { serialised, since: now };
			else if (now - before.since > NO_PROGRESS_MS)
				this.stuck(
					`instance ${id}: no serial() for ${
						NO_PROGRESS_MS / 1000
					} s, with objects in flight`,
				);
		}
		if (now - this.#moved.since > NO_PROGRESS_MS)
			this.stuck(`no serial() at all for ${NO_PROGRESS_MS / 1000} s`);
		const sum = this.#instances().reduce((n, inst) => n + READ_ONCE(inst + si.serialised), 0);
		if (sum !== this.#moved.sum)
			this.#moved = { sum, since: now };
		if (READ_ONCE(this.#world + w.failures) > 1000 || this.#failures.length >= 50)
			this.stuck('too many failures');
		this.#look_at_log();
	}

	stuck(why: string): never {
		this.fail(why);
		this.dump();
		for (const text of failure_texts(this.#world).slice(0, 10))
			this.fail(text);
		throw new Stuck(why);
	}

	#look_at_log(): void {
		for (const record of this.machine.dmesg(this.#log_from)) {
			this.#log_from = record.seq + 1;
			if (is_trouble(record) && !EXPECTED.test(record.text))
				this.fail(`on the kernel log: ${record.kind}: ${record.text}`);
		}
	}

	dump(): void {
		const world = this.#world;
		this.print(`online ${cpumask_pr(cpu_online_mask)}`);
		for (const [id, inst] of this.#instances().entries()) {
			const pinst = load(inst + si.pinst);
			const pd = load(pinst + pi.pd);
			if (pd === 0)
				continue;
			this.print(
				`instance ${id} ${pinst.toString(16)}: flags ${load_u8(pinst + pi.flags)} pd ${
					pd.toString(16)
				} refcnt ${padata_refcnt(pd)} reorder_objects ${padata_reorder_objects(pd)} `
					+ `processed ${load(pd + pdo.processed)} seq_nr ${
						load(pd + pdo.seq_nr)
					} flush_waits ${load(pd + pdo.flush_waits)} pd->lock ${load(pd + pdo.lock)} `
					+ `usable ${cpumask_pr(load(pd + pdo.cpumask + pcpu))}/${
						cpumask_pr(load(pd + pdo.cpumask + cbcpu))
					} user ${cpumask_pr(load(pinst + pi.cpumask + pcpu))}/${
						cpumask_pr(load(pinst + pi.cpumask + cbcpu))
					} `
					+ `accepted ${load(inst + si.accepted)} paralleled ${
						load(inst + si.paralleled)
					} serialised ${load(inst + si.serialised)} lock owner ${load(pinst + pi.lock)}`,
			);
		}
		for (let cpu = 0; cpu < this.nr_cpus; cpu++)
			this.print(`cpu ${cpu}: ${this.#cpu_state(cpu)}`);
		for (const [i, { role, over }] of this.#workers.entries())
			this.print(
				`thread ${i} ${role}: ${over ? 'over' : 'runs'} operation ${
					load(thread_at(world, i) + st.op)
				} on ${load(thread_at(world, i) + st.op_inst)}`,
			);
		this.print(
			`held: ${
				Array.from({ length: 512 }, (_, i) => load(world + w.slots + i * 4)).filter((at) =>
					at !== 0
				).length
			}`,
		);
	}

	/**
	 * What is pending on a CPU of each instance: items of its queues, and whether there are objects
	 * in its lists.
	 */
	#cpu_state(cpu: number): string {
		return this.#instances().map((inst, id) => {
			const pinst = load(inst + si.pinst);
			const pd = load(pinst + pi.pd);
			if (pd === 0)
				return `${id}: gone`;
			const p = per_cpu_ptr(load(pd + pdo.pqueue), cpu);
			const s = per_cpu_ptr(load(pd + pdo.squeue), cpu);
			const list = (at: number): string =>
				READ_ONCE(at) === at || READ_ONCE(at) === 0 ? '-' : READ_ONCE(at).toString(16);
			return `${id}: parallel ${list(p + pq.parallel)} ${
				load(p + pq.work).toString(16)
			} reorder ${list(p + pq.reorder)} ${load(p + pq.reorder_work).toString(16)} `
				+ `serial ${list(s + sq.serial)} ${load(s + sq.work).toString(16)} in flight ${
					workqueue_in_flight(load(inst + si.wq))
				}`;
		}).join('; ');
	}

	async blow(seconds: number): Promise<void> {
		await this.#wait('the threads start',
			() => READ_ONCE(this.#world + w.threads_up) === THREADS);
		this.#progress = [];
		this.#moved = { sum: -1, since: performance.now() };
		for (const end = performance.now() + seconds * 1000;
			performance.now() < end && this.#failures.length === 0
			&& READ_ONCE(this.#world + w.failures) === 0;)
			await this.#watch();
	}

	/** Wait for something in the calm, or before the storm. @throws Stuck if it does not come */
	async #wait(what: string, done: () => boolean): Promise<void> {
		for (const end = performance.now() + PATIENCE_MS; !done();) {
			await sleep(5);
			if (performance.now() > end)
				this.stuck(`${what}: not within ${PATIENCE_MS / 1000} s`);
		}
	}

	/** The calm: all objects are serialised, and it is looked at what is left. */
	async calm(): Promise<void> {
		const world = this.#world;
		WRITE_ONCE(world + w.stop, 1);
		await this.#wait('the threads end',
			() => this.#workers.every(({ role, over }) => over || role === 'complete'));
		failslab({});
		for (let cpu = 0; cpu < this.nr_cpus; cpu++) {
			const err = await cpu_up_async(cpu);
			if (err !== 0)
				this.fail(`cpu_up(${cpu}) returned ${err} in the calm`);
		}
		await this.#wait('all objects are serialised',
			() =>
				this.#instances().every((inst) =>
					READ_ONCE(inst + si.accepted) === READ_ONCE(inst + si.serialised)
				));
		WRITE_ONCE(world + w.stop_completing, 1);
		await this.#wait('the completers end',
			() =>
				this.#workers.every(({ over }) => over) && READ_ONCE(world + w.ticks_alive) === 0);
		await Promise.all(this.#workers.map(({ ended }) => ended));
		del_timer_sync(world + w.timer);
		for (const [id, inst] of this.#instances().entries())
			await this.#check_instance(id, inst);
		for (const text of failure_texts(world))
			this.fail(text);
	}

	async #check_instance(id: number, inst: number): Promise<void> {
		const pinst = load(inst + si.pinst);
		const pd = load(pinst + pi.pd);
		await this.#wait(`instance ${id}: refcnt 0`, () => padata_refcnt(pd) === 0);
		const mask = (at: number): number => load(load(at));
		const seen = {
			reorder_objects: padata_reorder_objects(pd),
			in_order: load(pd + pdo.processed) - load(pd + pdo.seq_nr) - 1 | 0,
			paralleled: load(inst + si.paralleled) - load(inst + si.accepted),
			told_p: load(inst + si.told_p) ^ mask(pd + pdo.cpumask + pcpu),
			told_cb: load(inst + si.told_cb) ^ mask(pd + pdo.cpumask + cbcpu),
			usable_p: mask(pd + pdo.cpumask + pcpu)
				^ mask(pinst + pi.cpumask + pcpu) & load(cpu_online_mask),
			usable_cb: mask(pd + pdo.cpumask + cbcpu)
				^ mask(pinst + pi.cpumask + cbcpu) & load(cpu_online_mask),
		};
		for (const [what, value] of Object.entries(seen))
			if (value !== 0)
				this.fail(`instance ${id} in the end: ${what} differs by ${value}`);
	}

	async tear_down(): Promise<void> {
		const world = this.#world;
		for (const inst of this.#instances()) {
			const err = padata_unregister_cpumask_notifier(load(inst + si.pinst), inst + si.nb);
			if (err !== 0)
				this.fail(`padata_unregister_cpumask_notifier returned ${err}`);
			await padata_free_async(load(inst + si.pinst));
			await destroy_workqueue_async(load(inst + si.wq));
		}
		for (let i = 0; i < THREADS; i++) {
			kfree(load(thread_at(world, i) + st.mask_p));
			kfree(load(thread_at(world, i) + st.mask_cb));
		}
		kfree(world);
		this.#look_at_log();
	}

	/** To be called before the memory goes. */
	counts(): { counts: Record<string, number>; distance: number[] } {
		const world = this.#world;
		const counts: Record<string, number> = {};
		const sum = (field: 'accepted' | 'paralleled' | 'serialised' | 'notified'): number =>
			[...this.#instances(), ...Array.from({ length: THREADS }, (_, i) =>
				thread_at(world, i) + st.extra)].reduce((n, inst) =>
					n + load(inst + si[field]), 0);
		counts['objects'] = sum('accepted');
		counts['serialised'] = sum('serialised');
		counts['notified'] = sum('notified');
		for (const name of COUNTS)
			counts[name] = load(world + w[name]);
		for (let err = 1; err < 256; err++)
			if (load(world + w.refused + err * 4) !== 0)
				counts[`refused ${errno_name(-err)}`] = load(world + w.refused + err * 4);
		return { counts,
			distance: Array.from({ length: BUCKETS }, (_, i) => load(world + w.distance + i * 4)) };
	}

	/** Threads that are stuck are left where they are, but do not hold the process. */
	abandon(): void {
		for (const { worker } of this.#workers)
			worker.unref();
	}
}

const is_trouble = (record: LogRecord): boolean =>
	record.kind === 'oops' || record.kind === 'misuse'
	|| record.kind === 'printk' && record.level <= 4;

/** Slabs keep their pages: so many may have come, of 4 KiB. */
const PAGES_MORE = 2048;

interface Run {
	readonly failures: readonly string[];
	readonly counts: Readonly<Record<string, number>>;
	readonly distance: readonly number[];
}

/** One machine's storm. */
async function storm(seconds: number, seed: number, cpus: number, debug: boolean,
	quirks: QuirkSelection, print: (line: string) => void): Promise<Run>
{
	const machine = await boot({ nr_cpus: cpus, debug, quirks });
	machine.on('oops', () => undefined);
	machine.on('misuse', () => undefined);
	const it = new Storm(machine, seed, cpus, print);
	let seen: { counts: Record<string, number>; distance: number[] };
	try {
		// Async threads keep what they once allocated: have one before counting.
		await padata_free_async(await padata_alloc_possible_async(system_wq()));
		const before = { slab: slab_objects(), percpu: percpu_in_use(), pages: pages_in_use() };
		await it.set_up();
		await it.blow(seconds);
		await it.calm();
		seen = it.counts();
		await it.tear_down();
		const left = { slab: slab_objects() - before.slab, percpu: percpu_in_use() - before.percpu,
			pages: pages_in_use() - before.pages };
		if (left.slab !== 0 || left.percpu !== 0 || left.pages > PAGES_MORE)
			it.fail(
				`not freed: ${left.slab} objects, ${left.percpu} percpu granules, ${left.pages} pages`,
			);
		seen.counts['pages'] = left.pages;
	} catch (error) {
		if (!(error instanceof Stuck))
			it.fail(`main: ${(error as Error).stack ?? String(error)}`);
		it.abandon();
		seen = it.counts();
	}
	let patience: NodeJS.Timeout | undefined;
	const late = new Promise<false>((resolve) => {
		patience = setTimeout(() => resolve(false), PATIENCE_MS);
	});
	if (await Promise.race([machine.shutdown(), late]) === false)
		it.fail(`shutdown does not end within ${PATIENCE_MS / 1000} s`);
	clearTimeout(patience);
	return { failures: it.failures, ...seen };
}

/** Run the storm. It fails by what its report says. */
export async function torture(options: TortureOptions = {}): Promise<Report> {
	const print = options.print ?? ((line: string): void => console.log(line));
	const seconds = options.seconds ?? 30;
	const seed = options.seed ?? Math.floor(Math.random() * 2 ** 31);
	const cpus = options.cpus ?? 8;
	if (!Number.isInteger(cpus) || cpus < 2 || cpus > CPUS_MAX)
		throw new RangeError(`torture: cpus: ${cpus} is not an integer from 2 to ${CPUS_MAX}`);
	print(`storm: seed ${seed}, ${seconds} s, ${cpus} CPUs`);
	const parts: [boolean, number][] = options.debug === undefined
		? [[false, seconds * 0.75], [true, seconds * 0.25]]
		: [[options.debug, seconds]];
	const failures: string[] = [];
	const counts: Record<string, number> = {};
	const distance = new Array<number>(BUCKETS).fill(0);
	for (const [debug, time] of parts) {
		if (failures.length > 0)
			break;
		const run = await storm(time, seed, cpus, debug, options.quirks ?? 'none', print);
		failures.push(...run.failures);
		for (const [name, n] of Object.entries(run.counts))
			counts[name] = (counts[name] ?? 0) + n;
		run.distance.forEach((n, i) => {
			distance[i] += n;
		});
	}
	print(`serial distance: in order ${distance[0]}`);
	distance.forEach((n, i) => {
		if (i > 0 && n > 0)
			print(`serial distance: ${2 ** (i - 1)}.. behind ${n} !!!`);
	});
	const what = Object.entries(counts).map(([name, n]) => `${name} ${n}`).join(', ');
	print(
		failures.length === 0
			? `SUCCESS: seed ${seed}: ${what}`
			: `FAILURE: seed ${seed}: ${failures.length} failures: ${what}`,
	);
	return { seed, failures, counts, distance };
}

function number_of(option: string, text: string | undefined, fallback: number): number {
	const value = text === undefined ? fallback : Number(text);
	if (!(value >= 0))
		throw new RangeError(`torture: --${option}: "${String(text)}" is not a number`);
	return value;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { seconds: { type: 'string' }, seed: { type: 'string' }, cpus: { type: 'string' },
			quirks: { type: 'string' }, debug: { type: 'boolean' } },
	});
	const quirks =
		values.quirks === undefined || values.quirks === 'none' || values.quirks === 'v4.18'
			? values.quirks ?? 'none'
			: values.quirks.split(',').filter((name): name is Quirk =>
				(quirk_names as readonly string[]).includes(name)
			);
	const { failures } = await torture({
		seconds: number_of('seconds', values.seconds, 30),
		seed: number_of('seed', values.seed ?? process.env['SEED'],
			Math.floor(Math.random() * 2 ** 31)),
		cpus: number_of('cpus', values.cpus, 8),
		quirks,
		...values.debug === true ? { debug: true } : {},
	});
	if (failures.length === 0)
		return;
	// What is stuck would keep the process.
	process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url))
	await main();
