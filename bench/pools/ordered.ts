// SPDX-License-Identifier: GPL-2.0-only
import { fold_power } from '../work/job.js';
import type { Pool } from './pool.js';

/**
 * Run jobs 0 .. n-1, at most `in_flight` of them at a time, and take the results in the order of
 * submission.
 * @param batch jobs in a task; n is a multiple of it
 * @returns the sum over the results
 */
export async function run_in_order(pool: Pool, n: number, in_flight: number,
	batch = 1): Promise<number>
{
	const tasks = n / batch;
	const ring = new Array<Promise<number>>(Math.max(1, Math.floor(in_flight / batch)));
	const power = fold_power(batch);
	let sum = 0;
	for (let head = 0, tail = 0; head < tasks; head++) {
		for (; tail < tasks && tail - head < ring.length; tail++)
			ring[tail % ring.length] = pool.run(tail * batch);
		sum = Math.imul(sum, power) + await ring[head % ring.length] | 0;
	}
	return sum;
}
