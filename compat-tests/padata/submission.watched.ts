// SPDX-License-Identifier: GPL-2.0-only
//
// An object that padata_do_parallel() accepts while padata_stop() is being called.
//
//  1. Thread A: padata_stop() is about to clear PADATA_INIT.
//  2. Thread B: padata_do_parallel() finds PADATA_INIT set, and is held up before it takes a
//     number.
//  3. Thread A: it clears PADATA_INIT, and waits for a grace period, so for B.
//  4. Thread B: the object has its number, which A counts among those in flight.
//
// Without the grace period, or with the grace period before the flag is cleared, A finds no object
// in flight in step 3. It goes on to the end of the flush, where the object of step 4 is a BUG. A
// change of the masks does the same with PADATA_RESET and the old parallel_data.
import { expect } from 'chai';
import { padata_instance } from '../../lib/index.js';
import { Point, POINTS } from '../support/points.js';
import { start_async_threads, waits } from '../regress/support.js';
import { job, Parallel } from './api.jobs.js';
import { Instance, mask, ruin } from './instance.js';

const GUARDS = new URL('./guards.jobs.js', import.meta.url).href;
const REGRESS = new URL('../regress/regress.jobs.js', import.meta.url).href;

describe('padata: submission while', () => {
	for (const [name, call, flags] of [
		['padata_stop()', 'stops', '0'],
		['padata_set_cpumask()', 'sets_parallel_mask', 'INIT'],
	] as const)
		it(`${name} is called: it waits for an object whose submitter has seen the old state`, () =>
			ruin({ nr_cpus: 2 }, async (t) => {
				await t.load(POINTS, GUARDS, REGRESS);
				await start_async_threads(t);
				const i = new Instance(t, { p: [0], cb: [1] }).start();
				const held = i.job(0, { parallel: Parallel.hold });

				const change_point = new Point(t, i.at + padata_instance.offset.flags, {
					kinds: ['store_u8'],
				});
				const changed = change_point.call(call, i.at, mask(t, 1));
				change_point.reached();
				const submit_point = new Point(t, held, { size: job.size });
				const submitted = submit_point.call('submits', i.at, held, 1);
				submit_point.reached();
				change_point.let_go();
				expect(await waits(t, changed)).to.equal(true);

				submit_point.let_go();
				expect(await submitted).to.equal(0);
				i.entered(held);
				const waited = await waits(t, changed);
				i.release(held);
				expect(waited, 'the object is in flight').to.equal(true);
				expect(await changed).to.equal(0);
				expect([i.serialised(), i.flags()]).to.deep.equal([1, flags]);
				expect(t.trouble()).to.deep.equal([]);
				i.free();
			}));
});
