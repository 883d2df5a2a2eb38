// SPDX-License-Identifier: GPL-2.0-only
//
// The guard's part that runs on a CPU.
import { getHeapStatistics } from 'node:v8';
import { atomic_cmpxchg, atomic_store, kfree, kzalloc, load } from 'padata';
import { bench_run } from './padata/layout.js';
import { submit } from './padata/submit.js';

const r = bench_run.offset;

const elapsed_ns = (start: number): number => Math.round((performance.now() - start) * 1e6);

/** @returns nanoseconds for all jobs, submitted from this CPU, which runs them all */
export function time_jobs(run: number): number {
	const start = performance.now();
	submit(run, load(run + r.total));
	return elapsed_ns(start);
}

/** @returns nanoseconds for as many pairs of what a lock and an unlock are made of */
export function time_locks(run: number): number {
	const n = load(run + r.total);
	const word = kzalloc(128);
	const start = performance.now();
	for (let i = 0; i < n; i++) {
		if (atomic_cmpxchg(word, 0, 1) !== 0)
			throw new Error('somebody else has the lock');
		atomic_store(word, 0);
	}
	const ns = elapsed_ns(start);
	kfree(word);
	return ns;
}

/** @returns by how many bytes this thread's JavaScript heap has grown meanwhile */
export function heap_of_jobs(run: number): number {
	const before = getHeapStatistics().used_heap_size;
	submit(run, load(run + r.total));
	return getHeapStatistics().used_heap_size - before;
}
