// SPDX-License-Identifier: GPL-2.0-only
//
// An instance under load: jobs for all callback CPUs by turns, some completed later, as many in
// flight as there are slots.
import { alloc_workqueue, atomic_load, destroy_workqueue_async, errno_name, kfree, kzalloc, load,
	load_u8, Machine, notifier_block, padata_alloc_possible, padata_cpumask, padata_do_parallel,
	padata_free_async, padata_instance, padata_priv, padata_register_cpumask_notifier, padata_start,
	parallel_data, READ_ONCE, store, store_function, WQ_CPU_INTENSIVE, WQ_MEM_RECLAIM,
	cpumask_cpus } from '../../../lib/index.js';
import { CPUS_MAX, load_job, load_world, Note, notes_since } from './load.jobs.js';

const j = load_job.offset;
const w = load_world.offset;
const pi = padata_instance.offset;

const SLOTS = 192;
const EINVAL = -22;
const EBUSY = -16;

export interface Usable {
	readonly parallel: readonly number[];
	readonly serial: readonly number[];
}

export class Load {
	readonly #wq: number;
	readonly pinst: number;
	readonly world: number;
	readonly #slots: number[] = [];
	#running: Promise<void> | null = null;
	#stop = false;
	accepted = 0;
	/** How often nobody was accepted: refused by all callback CPUs. */
	refused = 0;
	busy = 0;
	/** What was answered besides. */
	readonly odd = new Map<string, number>();

	constructor(machine: Machine, functions: Awaited<ReturnType<Machine['load_module']>>,
		private readonly cpus: number)
	{
		if (machine.cpus().possible.length > CPUS_MAX)
			throw new Error(`the load is for at most ${CPUS_MAX} CPUs`);
		this.#wq = alloc_workqueue('load', WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
		this.pinst = padata_alloc_possible(this.#wq);
		this.world = kzalloc(load_world.size);
		store_function(this.world + w.nb + notifier_block.offset.notifier_call,
			functions['notify']);
		for (let i = 0; i < SLOTS; i++) {
			const at = kzalloc(load_job.size);
			store_function(at + j.priv + padata_priv.offset.parallel, functions['parallel']);
			store_function(at + j.priv + padata_priv.offset.serial, functions['serial']);
			store(at + j.world, this.world);
			this.#slots.push(at);
		}
		if (padata_register_cpumask_notifier(this.pinst, this.world + w.nb) !== 0
			|| padata_start(this.pinst) !== 0)
			throw new Error('the instance does not start');
	}

	get done(): number {
		return atomic_load(this.world + w.done);
	}

	get in_flight(): number {
		return this.accepted - this.done;
	}

	/** What must be 0. */
	get wrong(): Readonly<Record<string, number>> {
		const at = this.world;
		return { disorder: load(at + w.disorder), elsewhere: load(at + w.elsewhere),
			repeated: load(at + w.repeated) };
	}

	get notes(): number {
		return READ_ONCE(this.world + w.notes);
	}

	notes_since(since: number): Note[] {
		return notes_since(this.world, since);
	}

	get flags(): number {
		return load_u8(this.pinst + pi.flags);
	}

	usable(): Usable {
		const masks = load(this.pinst + pi.pd) + parallel_data.offset.cpumask;
		return { parallel: cpumask_cpus(load(masks + padata_cpumask.offset.pcpu)),
			serial: cpumask_cpus(load(masks + padata_cpumask.offset.cbcpu)) };
	}

	/** Submit one. @returns its errno; all callback CPUs are tried in turn */
	#submit(at: number): number {
		let error = EINVAL;
		for (let i = 0; i < this.cpus && error === EINVAL; i++) {
			const cb = (this.accepted + i) % this.cpus;
			store(at + j.id, this.accepted + 1);
			store(at + j.cb, cb);
			store(at + j.later, this.accepted % 8 === 0 ? 4 + this.accepted % 13 : 0);
			store(at + j.runs, 0);
			store(at + j.state, 1);
			error = padata_do_parallel(this.pinst, at + j.priv, cb);
		}
		return error;
	}

	/** Submit into all free slots. @returns has any been accepted? */
	#fill(): boolean {
		const before = this.accepted;
		for (const at of this.#slots) {
			if (atomic_load(at + j.state) !== 0)
				continue;
			const error = this.#submit(at);
			if (error === 0) {
				this.accepted++;
				continue;
			}
			store(at + j.state, 0);
			if (error === EBUSY)
				this.busy++;
			else if (error === EINVAL)
				this.refused++;
			else
				this.odd.set(errno_name(error), (this.odd.get(errno_name(error)) ?? 0) + 1);
			break;
		}
		return this.accepted > before;
	}

	async #run(): Promise<void> {
		while (!this.#stop)
			await new Promise((resolve) => {
				setTimeout(resolve, this.#fill() ? 0 : 1);
			});
	}

	begin(): void {
		this.#stop = false;
		this.#running ??= this.#run();
	}

	/**
	 * Submit no more, and wait until nothing is in flight. @returns was that so within ten seconds?
	 */
	async end(): Promise<boolean> {
		this.#stop = true;
		await this.#running;
		this.#running = null;
		for (const end = performance.now() + 10_000; this.in_flight > 0;
			await new Promise((resolve) => {
				setTimeout(resolve, 2);
			}))
			if (performance.now() > end)
				return false;
		return true;
	}

	/** Wait until a good part of the slots is in flight. */
	async fills(): Promise<void> {
		for (const end = performance.now() + 10_000; this.in_flight < SLOTS / 2;
			await new Promise((resolve) => {
				setTimeout(resolve, 1);
			}))
			if (performance.now() > end)
				throw new Error(`only ${this.in_flight} jobs are in flight`);
	}

	/** Jobs a second, looked at for so long. */
	async rate(ms: number): Promise<number> {
		const [done, begun] = [this.done, performance.now()];
		await new Promise((resolve) => {
			setTimeout(resolve, ms);
		});
		return (this.done - done) / (performance.now() - begun) * 1000;
	}

	async free(): Promise<void> {
		await padata_free_async(this.pinst);
		await destroy_workqueue_async(this.#wq);
		[...this.#slots, this.world].forEach((at) => kfree(at));
	}
}
