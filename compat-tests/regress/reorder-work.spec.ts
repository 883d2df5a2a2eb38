// SPDX-License-Identifier: GPL-2.0-only
//
// reorder_work runs after its parallel_data has been freed.
//
// 1. padata_do_serial() of the last object is called on a CPU that is not the object's; the object
// is in its place, and
//     reorder_work is queued on the object's CPU 1, which is busy with something else.
// 2. The masks are changed: the flush reorders by itself, the object is serialised, the old
// parallel_data is freed. 3. CPU 1 gets round to reorder_work.
//
// Upstream: 6.14, dd7d37ccf6b1 "padata: avoid UAF for reorder_work", CVE-2025-21726. Seen: a work
// item in freed memory.
import { expect } from 'chai';
import { PADATA_CPU_PARALLEL, padata_set_cpumask_async } from '../../lib/index.js';
import { set } from '../support/machine.js';
import { Parallel } from '../padata/api.jobs.js';
import { Instance, mask } from '../padata/instance.js';
import { keep_busy, prepare_async_threads, regress_machine, waits } from './support.js';

describe('regress: reorder_work', () => {
	const t = regress_machine();
	prepare_async_threads(t);

	it('a parallel_data outlives its reorder_work', async () => {
		const i = new Instance(t(), { p: [1], cb: [0] }).start();
		const held = i.run(0, 0, { parallel: Parallel.hold });
		i.entered(held);
		const gate = keep_busy(t(), 1);
		i.release(held);
		const called = padata_set_cpumask_async(i.at, PADATA_CPU_PARALLEL, mask(t(), 2));
		expect(i.wait(1)).to.deep.equal([0]);
		const waited = await waits(t(), called);
		set(gate);
		expect(waited).to.equal(true);
		expect(await called).to.equal(0);
	});
});
