// SPDX-License-Identifier: GPL-2.0-only
//
// Latency of a pool, seen from the main thread: from the call (or from when a job should have come)
// until its result is taken in order.
import { latency_sample } from '../stats.js';
import type { Sample, Spec } from '../spec.js';
import { jobs } from '../work/job.js';
import { arrivals } from '../work/arrivals.js';
import { run_in_order } from './ordered.js';
import { open_pool, Pool, PoolName } from './pool.js';

/** One job at a time. */
export async function latency(name: PoolName, spec: Spec): Promise<Sample[]> {
	const { pool } = await open_pool(name, spec);
	await run_in_order(pool, spec.warm, 1);
	const us = new Float64Array(spec.jobs);
	for (let i = 0; i < us.length; i++) {
		const start = performance.now();
		await pool.run(i);
		us[i] = (performance.now() - start) * 1000;
	}
	await pool.close();
	return [latency_sample(us)];
}

/** Jobs come at random, so many per second as are `load` of what the pool can do at most. */
export async function load(name: PoolName, spec: Spec): Promise<Sample[]> {
	const { pool } = await open_pool(name, spec);
	const { in_flight } = jobs[spec.job];
	await run_in_order(pool, spec.warm, in_flight);
	const start = performance.now();
	await run_in_order(pool, spec.jobs, in_flight);
	const us_per_job = (performance.now() - start) * 1000 / spec.jobs;
	const us = await open_loop(pool, arrivals(spec.jobs, us_per_job / spec.load!), in_flight);
	await pool.close();
	return [{ ...latency_sample(us), per_second: 1e6 * spec.load! / us_per_job }];
}

/** @param due when each job comes, in microseconds from now */
async function open_loop(pool: Pool, due: Float64Array, in_flight: number): Promise<Float64Array> {
	const us = new Float64Array(due.length);
	const ring = new Array<Promise<number>>(in_flight);
	const start = performance.now();
	const now = (): number => (performance.now() - start) * 1000;
	let submitted = 0;
	let taken = 0;
	const submitter = async (): Promise<void> => {
		while (submitted < due.length) {
			for (const t = now();
				submitted < due.length && due[submitted] <= t && submitted - taken < in_flight;
				submitted++)
				ring[submitted % in_flight] = pool.run(submitted);
			// No timer of Node's is fine enough for what comes in a few microseconds: look again
			// after each turn of the event loop.
			await new Promise((resolve) => setImmediate(resolve));
		}
	};
	const consumer = async (): Promise<void> => {
		while (taken < due.length) {
			if (taken === submitted) {
				await new Promise((resolve) => setImmediate(resolve));
				continue;
			}
			await ring[taken % in_flight];
			us[taken] = now() - due[taken];
			taken++;
		}
	};
	await Promise.all([submitter(), consumer()]);
	return us;
}
