// SPDX-License-Identifier: GPL-2.0-only
import type { Sample, Spec } from '../spec.js';
import { Stopwatch } from '../stopwatch.js';
import { System } from './system.js';

export async function throughput({ job, jobs, warm, padata }: Spec): Promise<Sample[]> {
	const system = await System.boot({ submitter: 'main', ...padata, job });
	system.prepare(system.rounded(warm));
	system.go();

	const n = system.rounded(jobs);
	system.prepare(n);
	const watch = new Stopwatch();
	system.go();
	const time = watch.per_job(n);

	const digest = system.verify();
	await system.close();
	return [{ ...time, digest }];
}
