// SPDX-License-Identifier: GPL-2.0-only
//
// Whoever has passed on the last object still uses a parallel_data that has been freed.
//
// 1. A guest thread is in padata_do_serial(): its object, the last one, is where others see it. 2.
// Another CPU passes the object on; serial() runs; nothing is in flight any more. 3. padata_free(),
// padata_stop() or a change of the masks finds the instance unused, and frees the parallel_data. 4.
// The guest thread goes on: it takes the parallel_data's lock, looks for its next object, or queues
// its work items.
//
// Upstream: 6.14, e01780ea4661 "padata: fix UAF in padata_reorder", CVE-2025-21727; 6.17,
// 71203f68c774 "padata: Fix pd UAF once and for all", CVE-2025-38584. Seen: use after free.
import { expect } from 'chai';
import { load, PADATA_CPU_PARALLEL, padata_free_async, padata_parallel_queue, padata_serial_queue,
	padata_set_cpumask_async, parallel_data, per_cpu_ptr, queue_work_on, READ_ONCE, store,
	work_pending } from '../../lib/index.js';
import { pool_of } from '../../lib/linux/workqueue.js';
import { set, until } from '../support/machine.js';
import { job, Parallel } from '../padata/api.jobs.js';
import { Instance, mask } from '../padata/instance.js';
import { drop_lock, hold_lock, keep_busy, look_until, prepare_async_threads, regress_machine,
	waits } from './support.js';

describe('regress: reordering and freeing', () => {
	const t = regress_machine();
	prepare_async_threads(t);

	it('padata_do_serial() by a guest thread is a read-side section for as long as it uses the parallel_data', async () => {
		const i = new Instance(t(), { p: [1], cb: [0] }).start();
		const held = i.run(0, 0, { parallel: Parallel.hold });
		i.entered(held);
		const work = per_cpu_ptr(load(i.pd() + parallel_data.offset.pqueue), 1)
			+ padata_parallel_queue.offset.reorder_work;
		hold_lock(pool_of(1));
		store(held + job.offset.n, 1);
		const finished = t().machine.call_async(t().fn['finish'], [held + job.offset.priv]);
		// Step 1: the guest thread has made its object visible, and is stopped where it queues
		// reorder_work.
		look_until(() => work_pending(work));
		const grace = t().machine.call_async(t().fn['grace_period'], []);
		const waited = await waits(t(), grace);
		drop_lock(pool_of(1));
		expect(waited).to.equal(true);
		await Promise.all([finished, grace]);
		expect(i.wait(1)).to.deep.equal([0]);
	});

	it('the flush waits for read-side sections that began before the last object was serialised', async () => {
		const i = new Instance(t(), { p: [1], cb: [0] }).start();
		const held = i.run(0, 0, { parallel: Parallel.hold });
		i.entered(held);
		const pd = i.pd();
		const called = padata_set_cpumask_async(i.at, PADATA_CPU_PARALLEL, mask(t(), 2));
		look_until(() => READ_ONCE(pd + parallel_data.offset.flush_waits) !== 0);
		const section = t().alloc(64);
		const reader = t().machine.call_async(t().fn['read_section'], [section]);
		until(section, (begun) => begun !== 0, 'the read-side section');
		i.release(held);
		expect(i.wait(1)).to.deep.equal([0]);
		const waited = await waits(t(), called);
		set(section + 4);
		expect(waited).to.equal(true);
		expect(await Promise.all([called, reader])).to.deep.equal([0, 0]);
	});

	it('the flush waits for serial work that was queued after a run had taken the object already', async () => {
		const i = new Instance(t(), { p: [1], cb: [0] }).start();
		i.run(0, 0);
		expect(i.wait(1)).to.deep.equal([0]);
		const gate = keep_busy(t(), 0);
		// What padata_end_run() does when it has been held up between letting the list go and this.
		queue_work_on(0, i.wq, per_cpu_ptr(load(i.pd() + parallel_data.offset.squeue), 0)
			+ padata_serial_queue.offset.work);
		const freed = padata_free_async(i.at);
		const waited = await waits(t(), freed);
		set(gate);
		expect(waited).to.equal(true);
		expect(await freed).to.equal(0);
		i.forget();
	});
});
