// SPDX-License-Identifier: GPL-2.0-only
//
// The test's side of late-reorder.worker.ts.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { load, padata_instance } from '../../lib/index.js';
import type { LateReorderData } from './late-reorder.worker.js';
import { set, TestMachine, until_async } from './machine.js';

const WORKER = new URL('./late-reorder.worker.js', import.meta.url);

/**
 * Call `run` on this thread while another one is in the middle of taking over the reordering of an
 * instance. It goes on when this thread has slept for a while, or has returned from `run`.
 * @param objects so many objects wait for that thread before it looks whether this one sleeps
 * @returns what `run` has returned
 */
export async function during_late_reorder<T>(t: TestMachine, pinst: number, objects: number,
	run: () => T | Promise<T>): Promise<T>
{
	const [holds, returned] = [t.alloc(64), t.alloc(64)];
	const data: LateReorderData = {
		handle: t.machine.handle,
		pd: load(pinst + padata_instance.offset.pd),
		objects,
		sleeper: process.pid,
		holds,
		returned,
	};
	const late = new Worker(WORKER, { workerData: data });
	const ended = once(late, 'exit');
	try {
		await until_async(holds, (value) => value !== 0, 'the thread has the lock');
		return await run();
	} finally {
		set(returned);
		await ended;
	}
}
