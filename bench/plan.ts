// SPDX-License-Identifier: GPL-2.0-only
//
// What is measured: each row of the results as a Spec.
import { availableParallelism } from 'node:os';
import { POOLS } from './pools/pool.js';
import type { PadataOptions, Spec } from './spec.js';
import { JobName } from './work/job.js';

/** A row, and the C++ program that makes it if it is not child.ts. */
export interface Planned extends Spec {
	readonly program?: 'loop' | 'tbb' | 'ring';
	/** What child.ts needs of the same kind. */
	readonly library?: 'parallel';
	/** Known beforehand not to be there. */
	readonly missing?: string;
}

const threads = availableParallelism();

/**
 * About how long a job takes with everybody but the fastest (us): the number of jobs is made so
 * that a run takes about a second.
 */
const ABOUT: Readonly<Record<JobName, number>> = { empty: 10, aes: 8, sha256: 30, deflate: 600,
	mixed: 16 };
const RUN_US = 1e6;

const about = (job: JobName, us = ABOUT[job]): number => Math.ceil(RUN_US / us);
const WARM = 1 / 3;

const FAST: PadataOptions = { submitter: 'cpu' };
const MAIN: PadataOptions = { submitter: 'main' };

/** V8's budget for what it puts in line does not do for the path of a job. */
const INLINE_MORE = ['--max-inlined-bytecode-size-cumulative=5000',
	'--max-inlined-bytecode-size=1000'];

const padata_impls: Readonly<Record<string, PadataOptions>> = {
	'padata': FAST,
	'padata-main': MAIN,
	'padata-serial': { submitter: 'serial' },
};

function throughput(job: JobName, impl: string, more: Partial<Planned> = {}): Planned {
	const jobs = more.jobs ?? about(job);
	return { work: job, impl, measurement: 'throughput', job, jobs, warm: Math.ceil(jobs * WARM),
		threads, ...more };
}

function loop_rows(job: JobName): Planned[] {
	return ['loop', 'loop-threads'].map((impl) => throughput(job, impl));
}

function padata_rows(job: JobName, jobs: number): Planned[] {
	return Object.entries(padata_impls).map(([impl, padata]) =>
		throughput(job, impl, { jobs, padata })
	);
}

/** With 64 KiB in a job nobody makes batches. */
function pool_rows(job: JobName, batches: readonly number[]): Planned[] {
	return POOLS.flatMap((pool) => [
		throughput(job, pool, pool === 'workerpool' ? { jobs: about(job) / 2 } : {}),
		...batches.map((batch) =>
			throughput(job, `${pool}-${batch}`, { batch, jobs: about(job) * 2 })
		),
	]);
}

function native_rows(work: string, job: JobName, us: number, with_loop = false): Planned[] {
	const row = (impl: string, program: 'loop' | 'tbb' | 'ring', jobs = about(job, us)): Planned =>
		throughput(job, impl, { work, program, jobs });
	return [...with_loop ? [row('loop', 'loop')] : [], row('tbb', 'tbb'),
		row('c-ring', 'ring', job === 'empty' ? about(job, 0.02) : undefined)];
}

function throughput_rows(): Planned[] {
	return [
		...padata_rows('empty', about('empty', 0.4)),
		throughput('empty', 'padata-inlined', { jobs: about('empty', 0.4), padata: FAST,
			node: INLINE_MORE }),
		throughput('empty', 'padata-all-cb', { jobs: about('empty', 0.5),
			padata: { ...MAIN, all_callbacks: true } }),
		throughput('empty', 'padata-4-instances', { jobs: about('empty', 0.5),
			padata: { ...MAIN, instances: 4 } }),
		throughput('empty', 'padata-kzalloc', { jobs: about('empty', 0.5),
			padata: { ...MAIN, alloc: true } }),
		...pool_rows('empty', [16, 64]),
		...native_rows('empty', 'empty', 0.2),

		...loop_rows('aes'),
		...padata_rows('aes', about('aes', 4)),
		...pool_rows('aes', [16, 64]),
		...native_rows('aes-c', 'aes', 0.5, true),
		throughput('aes', 'padata', { work: 'aes-c', library: 'parallel', jobs: about('aes', 0.7),
			padata: { ...FAST, c: true } }),
		throughput('aes', 'padata-main', { work: 'aes-c', library: 'parallel',
			jobs: about('aes', 0.7), padata: { ...MAIN, c: true } }),
		throughput('empty', 'padata-c', { library: 'parallel', jobs: about('empty', 0.5),
			padata: { ...FAST, c: true } }),

		...loop_rows('sha256'),
		...padata_rows('sha256', about('sha256')),
		...pool_rows('sha256', []),
		...native_rows('sha256', 'sha256', 30),
		...loop_rows('deflate'),
		...padata_rows('deflate', about('deflate')),
		...pool_rows('deflate', []),
		...loop_rows('mixed'),
		...padata_rows('mixed', about('mixed')),
		...pool_rows('mixed', [16]),
		...native_rows('mixed', 'mixed', 16),
	];
}

function latency_rows(): Planned[] {
	const one = (impl: string, jobs: number): Planned => ({ work: 'latency', impl,
		measurement: 'latency', job: 'empty', jobs, warm: Math.min(jobs, 5000), threads });
	const loaded = (impl: string, load: number): Planned => (
		{ work: `latency-${load}`, impl, measurement: 'load', job: 'sha256', jobs: about('sha256'),
			warm: Math.ceil(about('sha256') * WARM), threads, load: load / 100 }
	);
	return [
		one('padata', 300_000),
		one('padata-parked', 400),
		one('padata-main', 20_000),
		...POOLS.map((pool) => one(pool, 5000)),
		...[50, 90].flatMap((load) => ['padata-main', ...POOLS].map((impl) => loaded(impl, load))),
	];
}

function cost_rows(): Planned[] {
	const row = (measurement: 'startup' | 'idle' | 'memory' | 'growth', impl: string, jobs: number,
		runs?: number): Planned => (
			{ work: measurement, impl, measurement, job: 'empty', jobs, warm: 1000, threads,
				...runs === undefined ? {} : { runs } }
		);
	const everybody = ['padata', ...POOLS];
	return [
		...everybody.map((impl) => row('startup', impl, 1)),
		...everybody.map((impl) => row('idle', impl, 0, 3)),
		row('memory', 'padata', 500_000, 3),
		...POOLS.map((pool) => row('memory', pool, 50_000, 3)),
		row('growth', 'padata', 10_000_000, 1),
	];
}

/** Curves: how the cost of an empty job grows, and how jobs of some length scale. */
function curve_rows(): Planned[] {
	const simulated = [1, 2, 4, 8, 16, 32, 64];
	const point = (work: string, x: number, us: number, padata: PadataOptions,
		more: Partial<Planned> = {}): Planned => (
			throughput('empty', 'padata', { work, x, jobs: about('empty', us), padata, runs: 3,
				...more })
		);
	const cores = Array.from({ length: threads }, (_, i) => i + 1).filter((n) =>
		n <= 4 || n % 4 === 0 || n === threads
	);
	return [
		...simulated.map((x) => point('cpus', x, 2, { ...MAIN, nr_cpus: x })),
		...simulated.map((x) =>
			point('parallel-mask', x, 2, { ...MAIN, nr_cpus: 64, parallel: x })
		),
		...simulated.map((x) =>
			point('mask-change', x, 0, { ...MAIN, nr_cpus: x }, { measurement: 'masks', jobs: 500 })
		),
		...[1, 4, 16, 64, 256, 960].map((x) =>
			point('in-flight', x, x < 16 ? 2 : 0.5, { submitter: 'serial', in_flight: x })
		),
		...cores.map((x) =>
			throughput('sha256', 'padata', { work: 'cores', x, padata: { ...MAIN, cores: x },
				runs: 3 })
		),
	];
}

export const plan =
	(): Planned[] => [...throughput_rows(), ...latency_rows(), ...cost_rows(), ...curve_rows()];
