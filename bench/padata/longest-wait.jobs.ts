// SPDX-License-Identifier: GPL-2.0-only
//
// The callbacks of longest-wait.ts. The run's struct is written by the callback CPU, but for the
// times at which objects were finished.
import { array, atomic_store, int, load, padata_do_serial, padata_priv, ptr, READ_ONCE, store,
	struct, work_struct } from 'padata';
import { now_ns } from './clock.js';

/** More than ever are in flight. */
const TIMES = 2048;
/** Buckets of powers of two, in microseconds. */
export const BUCKETS = 24;

export const wait_run = struct('wait_run', {
	work: work_struct,
	queued_ns: int,
	work_runs: int,
	work_longest_us: int,
	serialised: int,
	ready_ns: int,
	longest_us: int,
	of_objects: array(int, BUCKETS),
	of_works: array(int, BUCKETS),
	finished_ns: array(int, TIMES),
});
export const wait_job = struct('wait_job', { priv: padata_priv, run: ptr, n: int, spin_us: int });
const r = wait_run.offset;
const j = wait_job.offset;

/** From one time to another one, in microseconds; both are taken modulo 2^32 ns. */
const us_between = (from: number, to: number): number => (to - from | 0) / 1000;

function note(run: number, longest: number, histogram: number, us: number): void {
	const rounded = Math.max(0, Math.ceil(us));
	if (rounded > load(run + longest))
		store(run + longest, rounded);
	const at = run + histogram + Math.min(BUCKETS - 1, 32 - Math.clz32(rounded)) * 4;
	store(at, load(at) + 1);
}

export function parallel(padata: number): void {
	const run = load(padata + j.run);
	const spin = load(padata + j.spin_us);
	for (const start = now_ns() | 0; us_between(start, now_ns() | 0) < spin;);
	store(run + r.finished_ns + (load(padata + j.n) & TIMES - 1) * 4, now_ns() | 0);
	padata_do_serial(padata);
}

export function serial(padata: number): void {
	const run = load(padata + j.run);
	const n = load(run + r.serialised);
	// Its turn has come when it is finished, and all before it are.
	const finished = READ_ONCE(run + r.finished_ns + (n & TIMES - 1) * 4);
	const ready = n > 0 && us_between(finished, load(run + r.ready_ns)) > 0
		? load(run + r.ready_ns)
		: finished;
	store(run + r.ready_ns, ready);
	note(run, r.longest_us, r.of_objects, us_between(ready, now_ns() | 0));
	atomic_store(run + r.serialised, n + 1);
}

/** A plain work item on the callback CPU: what any item waits there. */
export function plain_work(run: number): void {
	note(run, r.work_longest_us, r.of_works, us_between(load(run + r.queued_ns), now_ns() | 0));
	atomic_store(run + r.work_runs, load(run + r.work_runs) + 1);
}
