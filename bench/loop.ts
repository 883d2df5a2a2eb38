// SPDX-License-Identifier: GPL-2.0-only
//
// The plain loop: one thread, no library.
import type { Sample, Spec } from './spec.js';
import { Stopwatch } from './stopwatch.js';
import { Check } from './work/check.js';
import { bytes_of_slots, fill_slots, fold, slots_in } from './work/job.js';
import { make_runner } from './work/runner.js';

export function throughput({ job, jobs, warm }: Spec): Sample[] {
	const slot = slots_in(new ArrayBuffer(bytes_of_slots(job)), job);
	fill_slots(job, slot);
	const run = make_runner(job, slot);
	const loop = (n: number): number => {
		let sum = 0;
		for (let i = 0; i < n; i++)
			sum = fold(sum, run(i));
		return sum;
	};
	loop(warm);
	const watch = new Stopwatch();
	const sum = loop(jobs);
	const time = watch.per_job(jobs);
	const check = new Check(job);
	check.sum(sum, jobs);
	return [{ ...time, digest: check.digest }];
}
