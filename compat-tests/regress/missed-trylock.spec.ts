// SPDX-License-Identifier: GPL-2.0-only
//
// An object whose padata_do_serial() found pd->lock taken is orphaned.
//
// 1. CPU 0: padata_do_serial() of object 0. It takes pd->lock, passes object 0 on, and sees that
// object 1 is not there. 2. CPU 1: padata_do_serial() of object 1. The object is in its place; the
// trylock fails: CPU 0 is expected to see to it. 3. CPU 0: it gives the lock back, and does not
// look again.
//
// Upstream: 5.4, 6fc4dbcf0276 "padata: Replace delayed timer with immediate workqueue in
// padata_reorder" (4.18's timer makes up for it a second later, if it is armed); 5.3, cf144f81a99d
// "padata: use smp_mb in padata_reorder to avoid orphaned padata jobs", for the look that was there
// and could be made before the unlock. Seen: serial() of object 1 never runs.
import { expect } from 'chai';
import { flush_workqueue, per_cpu_ptr, load, padata_priv, parallel_data, padata_serial_queue,
	work_pending } from '../../lib/index.js';
import { pool_of } from '../../lib/linux/workqueue.js';
import { set } from '../support/machine.js';
import { Parallel } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { drop_lock, hold_lock, keep_busy, look_until, regress_machine } from './support.js';

describe('regress: a missed trylock', () => {
	const t = regress_machine();

	it('who holds pd->lock looks again after giving it back', () => {
		const i = new Instance(t(), { p: [0, 1], cb: [2] }).start();
		const first = i.run(0, 2, { parallel: Parallel.gate });
		const second = i.run(1, 2, { parallel: Parallel.hold });
		i.entered(first);
		i.entered(second);
		const work = per_cpu_ptr(load(i.pd() + parallel_data.offset.squeue), 2)
			+ padata_serial_queue.offset.work;
		// Step 1: CPU 0 is stopped where it queues the serial work, after its last look.
		hold_lock(pool_of(2));
		set(i.gate);
		look_until(() => work_pending(work));
		// Step 2: from here, so through reorder_work on CPU 1; the item behind it shows that it is
		// over.
		expect(load(second + padata_priv.offset.cpu)).to.equal(1);
		i.release(second);
		set(keep_busy(t(), 1));
		// Step 3.
		drop_lock(pool_of(2));
		expect(i.wait(2)).to.deep.equal([0, 1]);
		flush_workqueue(i.wq);
	});
});
