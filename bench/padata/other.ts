// SPDX-License-Identifier: GPL-2.0-only
//
// What else a machine costs: to be idle, memory for objects, memory that is never given back, a
// change of the masks.
import * as k from 'padata';
import { collect_garbage, idle_percent } from '../resources.js';
import type { Sample, Spec } from '../spec.js';
import { System } from './system.js';

export async function idle({ job }: Spec): Promise<Sample[]> {
	const system = await System.boot({ job, submitter: 'main' });
	system.prepare(system.rounded(1000));
	system.go();
	const percent = await idle_percent();
	await system.close();
	return [{ percent }];
}

/** Resident memory for each object: a padata_priv and 16 bytes of the user's. */
export async function memory({ job, jobs }: Spec): Promise<Sample[]> {
	const system = await System.boot({ job, submitter: 'main' });
	system.prepare(system.rounded(1000));
	system.go();
	await collect_garbage();
	const objects = new Int32Array(jobs);
	const before = process.memoryUsage.rss();
	for (let i = 0; i < jobs; i++)
		objects[i] = k.kzalloc(k.padata_priv.size + 16);
	const bytes = (process.memoryUsage.rss() - before) / jobs;
	for (const object of objects)
		k.kfree(object);
	await system.close();
	return [{ bytes }];
}

/** How the process has grown after so many jobs, each with an object of its own. */
export async function growth({ job, jobs }: Spec): Promise<Sample[]> {
	const system = await System.boot({ job, submitter: 'main', alloc: true });
	const some = system.rounded(jobs / 10);
	system.prepare(some);
	system.go();
	await collect_garbage();
	const objects = k.slab_objects();
	const before = process.memoryUsage.rss();
	for (let done = 0; done < jobs; done += some) {
		system.prepare(some);
		system.go();
	}
	await collect_garbage();
	const bytes = process.memoryUsage.rss() - before;
	if (k.slab_objects() !== objects)
		throw new Error(`${k.slab_objects() - objects} objects were not freed`);
	system.verify();
	await system.close();
	return [{ bytes }];
}

/** A change of the parallel mask of an idle instance, from all CPUs to all but one and back. */
export async function masks({ job, jobs, padata }: Spec): Promise<Sample[]> {
	const system = await System.boot({ submitter: 'main', ...padata, job });
	const [pinst] = system.pinsts;
	const all = k.alloc_cpumask_var();
	const fewer = k.alloc_cpumask_var();
	k.cpumask_copy(all, k.cpu_possible_mask);
	k.cpumask_copy(fewer, all);
	k.cpumask_clear_cpu(k.cpumask_first(all), fewer);
	const change = (n: number): number => {
		const start = performance.now();
		for (let i = 0; i < n; i++) {
			const err = k.padata_set_cpumask(pinst, k.PADATA_CPU_PARALLEL,
				i % 2 === 0 ? fewer : all);
			if (err !== 0)
				throw new Error(`padata_set_cpumask: ${err}`);
		}
		return (performance.now() - start) * 1000 / n;
	};
	change(jobs);
	const us = change(jobs);
	k.free_cpumask_var(all);
	k.free_cpumask_var(fewer);
	await system.close();
	return [{ us }];
}
