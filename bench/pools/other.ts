// SPDX-License-Identifier: GPL-2.0-only
//
// What else a pool costs: to start and to end, to be idle, and memory for what is in flight.
import type { Sample, Spec } from '../spec.js';
import { collect_garbage, idle_percent } from '../resources.js';
import { run_in_order } from './ordered.js';
import { open_pool, PoolName } from './pool.js';

/** From before the library is loaded until the first result is there; and the way back. */
export async function startup(name: PoolName, spec: Spec): Promise<Sample[]> {
	const start = performance.now();
	const { pool } = await open_pool(name, spec);
	await pool.run(0);
	const up = performance.now();
	await pool.close();
	const down = performance.now();
	return [{ us: (up - start) * 1000 }, { work: 'shutdown', us: (down - up) * 1000 }];
}

export async function idle(name: PoolName, spec: Spec): Promise<Sample[]> {
	const { pool } = await open_pool(name, spec);
	await run_in_order(pool, 1000, 100);
	const percent = await idle_percent();
	await pool.close();
	return [{ percent }];
}

/** Resident memory for each task in flight. */
export async function memory(name: PoolName, spec: Spec): Promise<Sample[]> {
	const { pool } = await open_pool(name, spec);
	await run_in_order(pool, 1000, 100);
	await collect_garbage();
	const before = process.memoryUsage.rss();
	const all = Array.from({ length: spec.jobs }, (_, i) => pool.run(i));
	const bytes = (process.memoryUsage.rss() - before) / spec.jobs;
	await Promise.all(all);
	await pool.close();
	return [{ bytes }];
}
