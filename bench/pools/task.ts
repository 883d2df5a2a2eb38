// SPDX-License-Identifier: GPL-2.0-only
//
// What a worker of any pool does with a task.
import type { WorkerData } from './pool.js';
import { fold, slots_in } from '../work/job.js';

export type Task = (first: number) => number;

/**
 * @param worker_data as it comes: some pools put their own data beside ours
 */
export async function make_task(worker_data: unknown): Promise<Task> {
	const mine = (data: unknown): data is WorkerData =>
		typeof data === 'object' && data !== null && 'memory' in data;
	const data = [worker_data].flat().find(mine);
	if (data === undefined)
		throw new Error('the pool has not passed the workerData on');
	const { job, batch, memory } = data;
	if (job === 'empty' && batch === 1)
		return (first) => first;
	const { make_runner } = await import('../work/runner.js');
	const run = make_runner(job, slots_in(memory, job));
	if (batch === 1)
		return run;
	return (first) => {
		let sum = 0;
		for (let i = first; i < first + batch; i++)
			sum = fold(sum, run(i));
		return sum;
	};
}
