// SPDX-License-Identifier: GPL-2.0-only
//
// An instance for a test: made, looked at, and taken away again, with whatever the test left in
// flight.
import { expect } from 'chai';
import { alloc_workqueue, atomic_load, boot, BootOptions, cpu_possible_mask, cpumask_cpus,
	cpumask_of_cpus, cpumask_size, destroy_workqueue, errno_name, kobject, load, load_u8, Machine,
	padata_alloc, padata_cpumask, padata_do_parallel, padata_do_serial, padata_free,
	padata_instance, padata_priv, padata_start, parallel_data, QuirkSelection, store,
	store_function, WQ_CPU_INTENSIVE, WQ_MEM_RECLAIM } from '../../lib/index.js';
import { flags_text } from '../../lib/cli/drive/text.js';
import { padata_refcnt } from '../../lib/padata/v4.18/in-flight.js';
import { set, TestMachine, until } from '../support/machine.js';
import { block, call_args, job, Notified, notified, Parallel } from './api.jobs.js';

export const JOBS = new URL('./api.jobs.js', import.meta.url).href;
const j = job.offset;
const pi = padata_instance.offset;

/** [quirks, are they on?] */
export const MODES = [['none', false], ['v4.18',
	true]] as const satisfies readonly (readonly [QuirkSelection, boolean])[];

/** A cpumask of these CPUs until the end of the test. */
export function mask(t: TestMachine, ...cpus: readonly number[]): number {
	const at = t.alloc(cpumask_size());
	cpumask_of_cpus(at, cpus);
	return at;
}

export interface JobOptions {
	parallel?: number;
	serial?: number;
	op?: number;
	arg?: number;
	n?: number;
	other?: number;
}

export class Instance {
	readonly wq: number;
	readonly at: number;
	/** [how many serial() calls, slots taken, ids] */
	readonly trace: number;
	readonly gate: number;
	#jobs: number[] = [];
	#freed = false;

	/** Not started. */
	constructor(readonly t: TestMachine,
		{ p, cb, traces = 4096 }: { p?: readonly number[]; cb?: readonly number[];
			traces?: number } = {})
	{
		this.wq = alloc_workqueue('api', WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
		this.at = padata_alloc(this.wq, p === undefined ? cpu_possible_mask : mask(t, ...p),
			cb === undefined ? cpu_possible_mask : mask(t, ...cb));
		expect(this.at).not.to.equal(0);
		this.trace = t.alloc(8 + traces * 4);
		this.gate = t.alloc(64);
		t.at_end(() => this.free());
	}

	/** Finish what is in flight, free the instance and its workqueue. */
	free(): void {
		if (this.#freed)
			return;
		this.#freed = true;
		this.release_all();
		padata_free(this.at);
		destroy_workqueue(this.wq);
	}

	/** The test has seen to it. */
	forget(): void {
		this.#freed = true;
		destroy_workqueue(this.wq);
	}

	/** Open the gate; padata_do_serial() for what is held. */
	release_all(): void {
		set(this.gate);
		for (const at of this.#jobs)
			if (load(at + j.parallel) === Parallel.hold) {
				this.entered(at);
				if (load(at + j.n) === 0)
					this.release(at);
			}
		this.#jobs = [];
	}

	start(): this {
		expect(padata_start(this.at)).to.equal(0);
		return this;
	}

	job(id: number,
		{ parallel = 0, serial = 0, op = 0, arg = 0, n = 0, other = 0 }: JobOptions = {}): number
	{
		const at = this.t.alloc(job.size);
		const { fn } = this.t;
		store_function(at + j.priv + padata_priv.offset.parallel, fn['parallel']);
		store_function(at + j.priv + padata_priv.offset.serial, fn['serial']);
		for (const [field, value] of [['trace', this.trace], ['gate', this.gate], ['id', id], [
			'parallel',
			parallel,
		], ['serial', serial], ['op', op], ['arg', arg], ['n', n], ['other', other]] as const)
			store(at + j[field], value);
		return at;
	}

	/** @returns what padata_do_parallel() says */
	submit(at: number, cb_cpu = 0): number {
		const ret = padata_do_parallel(this.at, at + j.priv, cb_cpu);
		if (ret === 0)
			this.#jobs.push(at);
		return ret;
	}

	/** Submit a new job, which must be accepted. */
	run(id: number, cb_cpu = 0, options: JobOptions = {}): number {
		const at = this.job(id, options);
		expect(errno_name(this.submit(at, cb_cpu)), `job ${id}`).to.equal('0');
		return at;
	}

	/** A job that padata accepts now? It is waited for if so. */
	probe(cb_cpu = 0): string {
		const before = this.serialised();
		const ret = this.submit(this.job(999), cb_cpu);
		if (ret === 0)
			this.wait(before + 1);
		return errno_name(ret);
	}

	/** A held job: its parallel() has been called. */
	entered(at: number): void {
		until(at + j.entered, (n) => n > 0, 'parallel()');
	}

	/** padata_do_serial() for a held job. */
	release(at: number): void {
		store(at + j.n, 1);
		padata_do_serial(at + j.priv);
	}

	serialised(): number {
		return atomic_load(this.trace);
	}

	/**
	 * Wait until serial() has been called n times in all. @returns ids in the order of the calls
	 */
	wait(n: number): number[] {
		until(this.trace, (count) => count >= n, `serial() number ${n}`);
		return Array.from({ length: this.serialised() }, (_, i) => load(this.trace + 8 + i * 4));
	}

	flags(): string {
		return flags_text(load_u8(this.at + pi.flags));
	}

	/** The user's masks. */
	user(): { p: number[]; cb: number[] } {
		return masks(this.at + pi.cpumask);
	}

	usable(): { p: number[]; cb: number[] } {
		return masks(this.pd() + parallel_data.offset.cpumask);
	}

	pd(): number {
		return load(this.at + pi.pd);
	}

	refcnt(): number {
		return padata_refcnt(this.pd());
	}

	references(): number {
		return load(this.at + pi.kobj + kobject.offset.kref);
	}

	/** All that a failed call must leave alone. */
	state(): object {
		return { flags: this.flags(), user: this.user(), usable: this.usable(), pd: this.pd(),
			references: this.references() };
	}

	/** A notifier block that notes its calls in `notified`. Not registered. */
	block(id: number,
		{ priority = 0, ret = 0, probe = 0, op = 0, arg = 0, throws = false } = {}): number
	{
		const at = this.t.alloc(block.size);
		const b = block.offset;
		store_function(at + b.nb, this.t.fn['notify']);
		store(at + b.nb + 16, priority);
		for (const [field, value] of [['pinst', this.at], ['id', id], ['ret', ret], ['probe',
			probe], ['op', op], ['arg', arg], ['throws', Number(throws)]] as const)
			store(at + b[field], value);
		notified.length = 0;
		return at + b.nb;
	}

	args(masks_of = 0, nblock = 0): number {
		const at = this.t.alloc(call_args.size);
		const a = call_args.offset;
		store(at + a.pinst, this.at);
		store(at + a.wq, this.wq);
		store(at + a.mask, masks_of);
		store(at + a.block, nblock);
		return at;
	}
}

export function masks(at: number): { p: number[]; cb: number[] } {
	return { p: cpumask_cpus(load(at + padata_cpumask.offset.pcpu)),
		cb: cpumask_cpus(load(at + padata_cpumask.offset.cbcpu)) };
}

/** Calls of notify() since the last time, as "action parallel/serial flags". */
export function notifications(): string[] {
	return notified.splice(0).map((n: Notified) =>
		`${n.id}: ${n.action} ${n.p.join(',')}/${n.cb.join(',')} ${flags_text(n.flags)}`
		+ `${n.submit === null ? '' : ` submit ${errno_name(n.submit)}`}${
			n.locked ? '' : ' not locked'
		}`
	);
}

/** A machine that the test may leave in ruins: nothing is checked at its end. */
export async function ruin(options: BootOptions,
	run: (t: TestMachine) => Promise<void> | void): Promise<void>
{
	const machine: Machine = await boot({ nr_cpus: 4, ...options });
	const t = new TestMachine(machine);
	try {
		await t.load(JOBS);
		await run(t);
	} finally {
		notified.length = 0;
		await machine.shutdown();
	}
}
