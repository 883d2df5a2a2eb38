// SPDX-License-Identifier: GPL-2.0-only
//
// The peers: Node's worker pools, each in the configuration in which it was fastest. A task is a
// job's number (or the first of a batch of them), the payload lies in shared memory: nobody is made
// to copy it.
import { bytes_of_slots, fill_slots, JobName, slots_in } from '../work/job.js';

export interface Pool {
	/** Run job `first`, or the batch that begins there; resolves to the fold() of the results. */
	run(first: number): Promise<number>;
	close(): Promise<void>;
}

export interface WorkerData {
	readonly job: JobName;
	readonly batch: number;
	readonly memory: SharedArrayBuffer;
}

export interface PoolOptions {
	readonly job: JobName;
	readonly batch?: number;
	readonly threads: number;
}

const worker = (name: string): URL => new URL(`./${name}.worker.js`, import.meta.url);

async function open_piscina(data: WorkerData, threads: number): Promise<Pool> {
	const { FixedQueue, Piscina } = await import('piscina');
	// With one task at a time for each worker, the default, it is four times slower.
	const pool = new Piscina<number, number>({
		filename: worker('piscina').href,
		workerData: data,
		minThreads: threads,
		maxThreads: threads,
		concurrentTasksPerWorker: 1000,
		idleTimeout: Infinity,
		taskQueue: new FixedQueue(),
		recordTiming: false,
	});
	return { run: (first) => pool.run(first), close: () => pool.destroy() };
}

async function open_tinypool(data: WorkerData, threads: number): Promise<Pool> {
	const { Tinypool } = await import('tinypool');
	const pool = new Tinypool({
		filename: worker('piscina').href,
		workerData: data,
		minThreads: threads,
		maxThreads: threads,
		concurrentTasksPerWorker: 1000,
		idleTimeout: 0x7fffffff,
	});
	return { run: (first) => pool.run(first) as Promise<number>, close: () => pool.destroy() };
}

async function open_workerpool(data: WorkerData, threads: number): Promise<Pool> {
	const { default: workerpool } = await import('workerpool');
	const pool = workerpool.pool(worker('workerpool').pathname, {
		workerType: 'thread',
		minWorkers: threads,
		maxWorkers: threads,
		workerThreadOpts: { workerData: data },
	});
	return {
		run: (first) => pool.exec('task', [first]),
		close: async () => {
			await pool.terminate();
		},
	};
}

async function open_poolifier(data: WorkerData, threads: number): Promise<Pool> {
	const { FixedThreadPool, WorkerChoiceStrategies } = await import('poolifier');
	const pool = new FixedThreadPool<number, number>(threads, worker('poolifier').pathname, {
		workerOptions: { workerData: data },
		enableEvents: false,
		workerChoiceStrategy: WorkerChoiceStrategies.LEAST_USED,
	});
	return { run: (first) => pool.execute(first), close: () => pool.destroy() };
}

const open = { piscina: open_piscina, tinypool: open_tinypool, workerpool: open_workerpool,
	poolifier: open_poolifier };
export type PoolName = keyof typeof open;
export const POOLS = Object.keys(open) as PoolName[];

/** The memory of the payload, and the pool that works on it. */
export async function open_pool(name: PoolName,
	{ job, batch = 1, threads }: PoolOptions
): Promise<{ pool: Pool; slot: (s: number) => Uint8Array }> {
	const memory = new SharedArrayBuffer(bytes_of_slots(job));
	const slot = slots_in(memory, job);
	fill_slots(job, slot);
	return { pool: await open[name]({ job, batch, memory }, threads), slot };
}
