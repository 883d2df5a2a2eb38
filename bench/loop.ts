// SPDX-License-Identifier: GPL-2.0-only
//
// The plain loop: one thread, no library. And as many of them as there are cores, each for itself
// on memory of its own: no order, no queue, nothing to wait for. That is the most that the cores
// give to such jobs in one process.
import { once } from 'node:events';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import type { Sample, Spec } from './spec.js';
import { Stopwatch } from './stopwatch.js';
import { Check } from './work/check.js';
import { bytes_of_slots, fill_slots, fold, JobName, slots_in } from './work/job.js';
import { make_runner } from './work/runner.js';

/** @returns runs n jobs, gives the sum of their results */
function make_loop(job: JobName): (n: number) => number {
	const slot = slots_in(new ArrayBuffer(bytes_of_slots(job)), job);
	fill_slots(job, slot);
	const run = make_runner(job, slot);
	return (n) => {
		let sum = 0;
		for (let i = 0; i < n; i++)
			sum = fold(sum, run(i));
		return sum;
	};
}

export function throughput({ job, jobs, warm }: Spec): Sample[] {
	const loop = make_loop(job);
	loop(warm);
	const watch = new Stopwatch();
	const sum = loop(jobs);
	const time = watch.per_job(jobs);
	const check = new Check(job);
	check.sum(sum, jobs);
	return [{ ...time, digest: check.digest }];
}

interface LoopOfMany {
	readonly spec: Spec;
	readonly gate: Int32Array;
}

export async function throughput_of_threads(spec: Spec): Promise<Sample[]> {
	const { job, jobs, threads } = spec;
	const gate = new Int32Array(new SharedArrayBuffer(4));
	const workers = Array.from({ length: threads }, () =>
		new Worker(new URL(import.meta.url), {
			workerData: { spec, gate } satisfies LoopOfMany,
		}));
	const next_of_all = (): Promise<number[]> =>
		Promise.all(
			workers.map(async (worker) => ((await once(worker, 'message')) as [number])[0]),
		);
	await next_of_all();

	const sums = next_of_all();
	const watch = new Stopwatch();
	Atomics.store(gate, 0, 1);
	Atomics.notify(gate, 0);
	const all = await sums;
	const time = watch.per_job(jobs * threads);

	const check = new Check(job);
	for (const sum of all)
		check.sum(sum, jobs);
	return [{ ...time, digest: check.digest }];
}

if (!isMainThread) {
	const { spec, gate } = workerData as LoopOfMany;
	const loop = make_loop(spec.job);
	parentPort!.postMessage(loop(spec.warm));
	Atomics.wait(gate, 0, 0);
	parentPort!.postMessage(loop(spec.jobs));
}
