// SPDX-License-Identifier: GPL-2.0-only
import type { Sample, Spec } from '../spec.js';
import { Stopwatch } from '../stopwatch.js';
import { Check } from '../work/check.js';
import { jobs } from '../work/job.js';
import { run_in_order } from './ordered.js';
import { open_pool, PoolName } from './pool.js';

export async function throughput(name: PoolName, spec: Spec): Promise<Sample[]> {
	const { pool, slot } = await open_pool(name, spec);
	const { in_flight } = jobs[spec.job];
	const batch = spec.batch ?? 1;
	const n = Math.ceil(spec.jobs / batch) * batch;
	await run_in_order(pool, Math.ceil(spec.warm / batch) * batch, in_flight, batch);

	const watch = new Stopwatch();
	const sum = await run_in_order(pool, n, in_flight, batch);
	const time = watch.per_job(n);

	const check = new Check(spec.job);
	check.sum(sum, n);
	check.slots(slot);
	await pool.close();
	return [{ ...time, digest: check.digest }];
}
