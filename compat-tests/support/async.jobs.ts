// SPDX-License-Identifier: GPL-2.0-only
//
// Jobs whose parallel() returns before the work is complete.
import { readFile } from 'node:fs/promises';
import { atomic_fetch_add, int, load, padata_do_serial, padata_priv, ptr, store, struct,
	wake_up } from '../../lib/index.js';

export const job = struct('async_job', { padata: padata_priv, done: ptr, id: int });

const timer = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function awaits_timer(padata: number): void {
	setTimeout(() => padata_do_serial(padata), load(padata + job.offset.id) % 4);
}

export async function awaits_file(padata: number): Promise<void> {
	await readFile('/proc/self/status');
	padata_do_serial(padata);
}

export async function awaits_promise(padata: number): Promise<void> {
	await Promise.resolve();
	await Promise.resolve();
	padata_do_serial(padata);
}

export async function awaits_mixture(padata: number): Promise<void> {
	const id = load(padata + job.offset.id);
	if (id % 3 !== 0) {
		await timer(id % 5);
		await readFile('/proc/self/stat');
		await new Promise((resolve) => setImmediate(resolve));
	}
	padata_do_serial(padata);
}

/** done: [how many, how many out of order, the next number on CPU 0, on CPU 1] */
export function serial(padata: number): void {
	const done = load(padata + job.offset.done);
	const id = load(padata + job.offset.id);
	const next = done + 8 + id % 2 * 4;
	if (load(next) !== id >> 1)
		atomic_fetch_add(done + 4, 1);
	store(next, (id >> 1) + 1);
	atomic_fetch_add(done, 1);
	wake_up(done);
}
