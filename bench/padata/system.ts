// SPDX-License-Identifier: GPL-2.0-only
//
// A booted machine with instances and objects, ready to be measured.
import * as k from 'padata';
import { host_topology, usable_cpus } from '../../lib/machine/topology.js';
import type { PadataOptions } from '../spec.js';
import { Check } from '../work/check.js';
import { bytes_of_slots, fill_slots, JobName, JOBS, jobs } from '../work/job.js';
import { load_c, set_parallel } from './c.js';
import { bench_channel, bench_run, channel_at, run_size } from './layout.js';
import { make_job, submit, wait_for } from './submit.js';

const r = bench_run.offset;
const c = bench_channel.offset;

export type Callback = 'serial' | 'serial_free' | 'serial_timed' | 'serial_again'
	| 'serial_again_timed';

export interface SystemOptions extends PadataOptions {
	readonly job: JobName;
	readonly serial?: Callback;
	/** How many latencies are to be noted. */
	readonly samples?: number;
	/** The CPUs of parallel() and the one of serial(). */
	readonly parallel_cpus?: (online: readonly number[]) => readonly number[];
	readonly callback_cpu?: (online: readonly number[]) => number;
}

function succeed(what: string, err: number): void {
	if (err !== 0)
		throw new Error(`${what}: ${err}`);
}

function zalloc(bytes: number): number {
	const at = k.kzalloc(bytes);
	if (at === 0)
		throw new Error(`no memory for ${bytes} bytes`);
	return at;
}

function set_parallel_mask(pinst: number, cpus: readonly number[]): void {
	const mask = k.alloc_cpumask_var();
	for (const cpu of cpus)
		k.cpumask_set_cpu(cpu, mask);
	succeed('padata_set_cpumask', k.padata_set_cpumask(pinst, k.PADATA_CPU_PARALLEL, mask));
	k.free_cpumask_var(mask);
}

/**
 * Objects in flight: as many as the job's nature allows, and never so many that serial(), which
 * counts itself, may not submit.
 */
function objects_in_flight(
	{ job, submitter, in_flight = jobs[job].in_flight }: SystemOptions,
): number {
	return submitter === 'serial' ? Math.min(in_flight, 960) : in_flight;
}

/**
 * How often a channel tells how far it is: seldom, but often enough that a submitter who waits for
 * half a window goes on in time.
 */
function publish_step(in_flight: number, nr_channels: number): number {
	let step = 1;
	while (step < 32 && step * 2 <= in_flight / (4 * nr_channels))
		step *= 2;
	return step;
}

function default_callback({ submitter, alloc }: SystemOptions): Callback {
	if (submitter === 'serial')
		return 'serial_again';
	return alloc === true ? 'serial_free' : 'serial';
}

export class System {
	#complaint: string | null = null;

	private constructor(
		readonly machine: k.Machine,
		readonly run: number,
		readonly pinsts: readonly number[],
		private readonly options: SystemOptions,
		private readonly functions: k.ModuleFunctions,
		private readonly wqs: readonly number[],
		private readonly online: readonly number[],
	) {
		machine.on('oops', ({ text }) => {
			this.#complaint ??= text;
		});
		machine.on('misuse', ({ text }) => {
			this.#complaint ??= text;
		});
	}

	static async boot(options: SystemOptions): Promise<System> {
		const { nr_cpus, cores, job, instances = 1 } = options;
		const machine = await k.boot({
			...nr_cpus === undefined ? {} : { nr_cpus },
			...cores === undefined ? {} : { cpus: usable_cpus(host_topology()).slice(0, cores) },
		});
		const functions = await machine.load_module(new URL('./jobs.js', import.meta.url));
		const { online } = machine.cpus();
		const callbacks = options.all_callbacks === true
			? online
			: [options.callback_cpu?.(online) ?? online[online.length - 1]];
		const nr_channels = instances * callbacks.length;
		const in_flight = objects_in_flight(options);

		const run = zalloc(run_size(nr_channels));
		const wqs: number[] = [];
		const pinsts: number[] = [];
		for (let i = 0; i < instances; i++) {
			wqs.push(k.alloc_workqueue(`bench-${i}`, k.WQ_MEM_RECLAIM | k.WQ_CPU_INTENSIVE, 1));
			pinsts.push(k.padata_alloc_possible(wqs[i]));
			const parallel_cpus = options.parallel_cpus?.(online)
				?? online.slice(0, options.parallel);
			if (parallel_cpus.length < online.length)
				set_parallel_mask(pinsts[i], parallel_cpus);
			succeed('padata_start', k.padata_start(pinsts[i]));
			callbacks.forEach((cb_cpu, at) => {
				const channel = channel_at(run, i * callbacks.length + at);
				k.store(channel + c.pinst, pinsts[i]);
				k.store(channel + c.cb_cpu, cb_cpu);
				k.store(channel + c.publish, publish_step(in_flight, nr_channels));
			});
		}
		const values: Partial<Record<keyof typeof r, number>> = {
			job: JOBS.indexOf(job),
			in_flight,
			nr_channels,
			slots: job === 'empty' || job === 'mixed' ? 0 : zalloc(bytes_of_slots(job)),
			samples: options.samples === undefined ? 0 : zalloc(options.samples * 4),
			parallel: functions[job === 'empty' ? 'parallel_empty' : 'parallel'],
			serial: functions[options.serial ?? default_callback(options)],
		};
		for (const [name, value] of Object.entries(values))
			k.store(run + r[name as keyof typeof r], value);
		const system = new System(machine, run, pinsts, options, functions, wqs, online);
		fill_slots(job, system.slot);
		if (options.alloc !== true)
			system.#make_objects(in_flight);
		return system;
	}

	#make_objects(in_flight: number): void {
		const objects = zalloc(in_flight * 4);
		if (this.options.c === true)
			// The upper half is the same of all pointers that C may follow.
			load_c(this.options.job, k.load(this.run + r.slots),
				k.load(this.pinsts[0] + k.padata_instance.offset.cpumask + 4));
		for (let i = 0; i < in_flight; i++) {
			const job = make_job(this.run);
			if (this.options.c === true)
				set_parallel(job);
			k.store(objects + i * 4, job);
		}
		k.store(this.run + r.objects, objects);
	}

	/** The payload. */
	readonly slot = (s: number): Uint8Array => {
		const { slot_bytes } = jobs[this.options.job];
		return k.bytes_at(k.load(this.run + r.slots) + s * slot_bytes, slot_bytes);
	};

	get nr_channels(): number {
		return k.load(this.run + r.nr_channels);
	}

	get in_flight(): number {
		return k.load(this.run + r.in_flight);
	}

	/** So many jobs that every channel has told of its last one. */
	rounded(n: number): number {
		const step = k.load(channel_at(this.run, 0) + c.publish) * this.nr_channels;
		return Math.ceil(n / step) * step;
	}

	/** Before jobs 0 .. n-1. */
	prepare(n: number): void {
		if (n !== this.rounded(n))
			throw new RangeError(`${n} jobs: the last ones would never be told of`);
		for (let i = 0; i < this.nr_channels; i++)
			for (const field of ['count', 'sum', 'consumed', 'want'] as const)
				k.store(channel_at(this.run, i) + c[field], 0);
		k.store(this.run + r.total, n);
		for (const cpu of this.online)
			succeed('prepare', k.work_on_cpu(cpu, this.functions.prepare, this.run));
	}

	/** Submit what has been prepared, and sleep until all is done. */
	go(): void {
		const n = k.load(this.run + r.total);
		switch (this.options.submitter) {
			case 'main':
				submit(this.run, n);
				break;
			case 'cpu':
				succeed('submit_here',
					k.work_on_cpu(this.online[0], this.functions.submit_here, this.run));
				break;
			case 'serial':
				succeed('submit_first_here',
					k.work_on_cpu(k.load(channel_at(this.run, 0) + c.cb_cpu),
						this.functions.submit_first_here, this.run));
				wait_for(this.run, n);
				break;
		}
	}

	/**
	 * Was everything done, in order, and as the loop does it?
	 * @returns the fingerprint of the results
	 */
	verify(): number {
		if (this.#complaint !== null)
			throw new Error(this.#complaint);
		const n = k.load(this.run + r.total);
		const check = new Check(this.options.job);
		for (let i = 0; i < this.nr_channels; i++)
			check.sum(k.load(channel_at(this.run, i) + c.sum), n, i, this.nr_channels);
		check.slots(this.slot);
		return check.digest;
	}

	/** The latencies that were noted, in microseconds. */
	latencies(): Float64Array {
		const at = k.load(this.run + r.samples);
		return Float64Array.from({ length: k.load(this.run + r.total) },
			(_, i) => k.load(at + i * 4) / 1000);
	}

	/** Give everything back, and end the machine. */
	async close(): Promise<void> {
		for (const pinst of this.pinsts) {
			await k.padata_stop_async(pinst);
			await k.padata_free_async(pinst);
		}
		for (const wq of this.wqs)
			await k.destroy_workqueue_async(wq);
		await this.machine.shutdown();
	}
}
