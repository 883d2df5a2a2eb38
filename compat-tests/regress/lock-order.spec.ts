// SPDX-License-Identifier: GPL-2.0-only
//
// pinst->lock and the hotplug lock are taken in both orders.
//
// 1. CPU 3 is taken down: the hotplug lock is held for writing; the callback for another instance
// waits for its objects. 2. A guest thread changes the masks of this instance: it takes
// pinst->lock, then waits for the hotplug lock. 3. The callback for this instance waits for
// pinst->lock.
//
// Upstream: 5.6, 38228e8848cd "padata: always acquire cpu_hotplug_lock before pinst->lock". Seen:
// both hang.
import { expect } from 'chai';
import { cpu_down_async, cpu_up, mutex_is_locked, PADATA_CPU_PARALLEL, padata_instance,
	padata_set_cpumask_async, padata_stop_async } from '../../lib/index.js';
import { Parallel } from '../padata/api.jobs.js';
import { Instance, mask } from '../padata/instance.js';
import { look_until, prepare_async_threads, regress_machine, waits } from './support.js';

describe('regress: lock order', () => {
	const t = regress_machine();
	prepare_async_threads(t);

	for (const [name, call] of [
		['padata_set_cpumask',
			(i: Instance): Promise<number> =>
				padata_set_cpumask_async(i.at, PADATA_CPU_PARALLEL, mask(t(), 0, 1, 3))],
		['padata_stop', (i: Instance): Promise<number> => padata_stop_async(i.at)],
	] as const)
		it(`${name} does not hold pinst->lock while it waits for the hotplug lock`, async () => {
			const i = new Instance(t()).start();
			// Callbacks run for the newest instance first.
			const other = new Instance(t(), { p: [3], cb: [0] }).start();
			const held = other.run(0, 0, { parallel: Parallel.hold });
			other.entered(held);
			const down = cpu_down_async(3);
			look_until(() => other.flags().includes('RESET'));
			const called = call(i);
			const waited = await waits(t(), called);
			const locked = mutex_is_locked(i.at + padata_instance.offset.lock);
			other.release(held);
			expect([waited, locked]).to.deep.equal([true, false]);
			expect(await Promise.all([down, called])).to.deep.equal([0, 0]);
			expect(cpu_up(3)).to.equal(0);
		});
});
