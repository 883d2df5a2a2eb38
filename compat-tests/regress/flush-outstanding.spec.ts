// SPDX-License-Identifier: GPL-2.0-only
//
// The flush cannot make users complete what they have under way.
//
// 1. Object 0 is submitted; its parallel() returns and leaves the work outstanding. 2.
// padata_stop(), a change of the masks or padata_free() flush the work items, and find an object in
// flight still.
//
// Upstream: 5.6, 07928d9bfc81 "padata: Remove broken queue flushing". Seen: BUG_ON(refcnt) in
// padata_flush_queues().
import { expect } from 'chai';
import { PADATA_CPU_PARALLEL, padata_free_async, padata_set_cpumask_async,
	padata_stop_async } from '../../lib/index.js';
import { Parallel } from '../padata/api.jobs.js';
import { Instance, mask } from '../padata/instance.js';
import { prepare_async_threads, regress_machine, waits } from './support.js';

describe('regress: flushing with work outstanding', () => {
	const t = regress_machine();
	prepare_async_threads(t);

	for (const [name, call] of [
		['padata_stop', (i: Instance): Promise<number> => padata_stop_async(i.at)],
		['padata_set_cpumask',
			(i: Instance): Promise<number> =>
				padata_set_cpumask_async(i.at, PADATA_CPU_PARALLEL, mask(t(), 1))],
		['padata_free', (i: Instance): Promise<number> => padata_free_async(i.at)],
	] as const)
		it(`${name} waits for it`, async () => {
			const i = new Instance(t(), { p: [0], cb: [2] }).start();
			const held = i.run(0, 2, { parallel: Parallel.hold });
			i.entered(held);
			const called = call(i);
			const waited = await waits(t(), called);
			const before = i.serialised();
			i.release(held);
			expect([waited, before]).to.deep.equal([true, 0]);
			expect(await called).to.equal(0);
			expect(i.serialised()).to.equal(1);
			if (name === 'padata_free')
				i.forget();
		});
});
