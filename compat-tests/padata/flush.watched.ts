// SPDX-License-Identifier: GPL-2.0-only
//
// What uses a parallel_data when its last object has been serialised: the flush has to wait for it,
// since the parallel_data is freed after the flush. Each test holds one such user up.
import { expect } from 'chai';
import { load, padata_priv, padata_serial_queue, padata_stop_async, parallel_data, per_cpu_ptr,
	READ_ONCE, store, store_function, work_pending } from '../../lib/index.js';
import { spin_begin, spin_end } from '../../lib/machine/idle.js';
import { padata_reorder } from '../../lib/padata/v4.18/padata.js';
import { offer_reordering, offer_stands,
	withdraw_offer } from '../../lib/padata/v4.18/reorder-offer.js';
import { Point, POINTS } from '../support/points.js';
import { set, until, use_machine } from '../support/machine.js';
import { watch } from '../support/watch.js';
import { keep_busy, look_until, queue_blocker, start_async_threads,
	waits } from '../regress/support.js';
import { job, Parallel } from './api.jobs.js';
import { Instance, JOBS, ruin } from './instance.js';

const GUARDS = new URL('./guards.jobs.js', import.meta.url).href;
const REGRESS = new URL('../regress/regress.jobs.js', import.meta.url).href;
const j = job.offset;

describe('padata: the flush and the last users of a parallel_data', () => {
	const t = use_machine({ nr_cpus: 3 }, JOBS, POINTS, GUARDS, REGRESS);
	before(() => start_async_threads(t()));

	/** Offer it. @returns the word that it is offered in */
	function make_offer(pd: number): number {
		let word = 0;
		watch((what, addr, value) => {
			if (what === 'atomic_cmpxchg' && value === pd)
				word = addr;
		});
		const made = offer_reordering(pd);
		watch(null);
		expect(made).to.equal(true);
		return word;
	}

	// 1. Thread A: padata_stop() waits for object 0. 2. CPU 1: parallel() of an object of another
	// instance finishes object 0. There is more in its
	//     batch, so it is about to offer the reordering to a CPU that has time.
	//  3. Another thread, which reorders just now, passes object 0 on. It is serialised.
	//  4. Thread A: nothing is in flight. The flush waits for a grace period, so for CPU 1.
	//  5. CPU 1: it makes the offer, and ends its batch.
	//  6. Thread A: it withdraws the offer, and padata_stop() returns.
	// Without the first grace period of the flush, A looks for an offer before step 5. An idle CPU
	// takes the offer when the parallel_data has been freed.
	it('a parallel_data that has been flushed is not on offer', async () => {
		const i = new Instance(t(), { p: [1], cb: [0] }).start();
		const last = i.run(0, 0, { parallel: Parallel.hold });
		i.entered(last);
		store(last + j.n, 1);
		const pd = i.pd();
		const other = new Instance(t(), { p: [1], cb: [0] }).start();
		const at = t().alloc(16);
		const first = other.job(0, { other: last, arg: at });
		store_function(first + j.priv + padata_priv.offset.parallel, t().fn['finishes_other']);

		// This thread counts as an idle CPU that looks out for offers: else none is made.
		spin_begin();
		const gates = [keep_busy(t(), 1)];
		expect(other.submit(first)).to.equal(0);
		other.run(1);
		const stopped = padata_stop_async(i.at);
		look_until(() => READ_ONCE(pd + parallel_data.offset.flush_waits) !== 0);
		set(gates[0]);
		until(at, (n) => n !== 0, 'CPU 1 before its offer');
		padata_reorder(pd);
		expect(i.wait(1)).to.deep.equal([0]);
		// Nobody takes the offer.
		gates.push(keep_busy(t(), 0), keep_busy(t(), 2));
		const waited = await waits(t(), stopped);
		set(at + 4);
		until(at + 8, (n) => n !== 0, 'CPU 1 behind its batch');
		await stopped;
		const stands = offer_stands(pd);
		if (stands)
			withdraw_offer(pd);
		set(at + 12);
		gates.forEach((gate) => set(gate));
		spin_end();
		expect({ waited, stands }).to.deep.equal({ waited: true, stands: false });
		other.wait(2);
	});

	// 1. The parallel_data is on offer, and nothing is in flight any more. 2. Thread A:
	// padata_stop() has waited for a grace period, and is about to withdraw the offer. 3. Thread B:
	// an idle CPU, say, takes the offer, and is about to look for the next object. 4. Thread A:
	// there is no offer any more. It waits for another grace period, so for B. Without the second
	// grace period of the flush, B looks into memory that has been freed.
	it('the flush waits for who has taken the offer to reorder', async () => {
		const i = new Instance(t(), { p: [1], cb: [0] }).start();
		const pd = i.pd();
		const gates = [0, 1, 2].map((cpu) => keep_busy(t(), cpu));
		const withdraw = new Point(t(), make_offer(pd), { kinds: ['atomic_cmpxchg'] });
		const stopped = withdraw.call('stops', i.at);
		withdraw.reached();
		const taken = new Point(t(), pd + parallel_data.offset.lock);
		const taker = taken.call('takes_over');
		taken.reached();
		withdraw.let_go();
		const waited = await waits(t(), stopped);
		taken.let_go();
		await Promise.all([stopped, taker]);
		gates.forEach((gate) => set(gate));
		expect(waited).to.equal(true);
	});

	//  1. Thread A: padata_stop() waits for object 0, behind which objects 1 and 2 are complete.
	//  2. CPU 1: object 0 is complete. CPU 1 passes on objects 0 and 2 for CPU 0, and object 1 for
	//     CPU 2 between them. It has queued the serial work of CPU 0 for object 0. It is held up
	//     where it would queue that for object 2, which is in CPU 0's list already.
	//  3. CPU 0: the serial work takes objects 0 and 2. All objects are serialised.
	//  4. Thread A: nothing is in flight, and no serial work is queued. The flush waits for CPU 1's
	//     read-side section.
	//  5. CPU 1: it queues the serial work of CPU 0, which is busy, and its section ends.
	//  6. CPU 0: the serial work runs once more, and finds its list empty.
	// Unless the flush looks for serial work again after step 5, step 6 is in freed memory.
	it('the flush waits for serial work queued after its object has been serialised', async () => {
		const i = new Instance(t(), { p: [1], cb: [0, 2] }).start();
		const pd = i.pd();
		const first = i.run(0, 0, { parallel: Parallel.hold });
		i.run(1, 2);
		i.run(2, 0);
		i.entered(first);
		const work = per_cpu_ptr(load(pd + parallel_data.offset.squeue), 0)
			+ padata_serial_queue.offset.work;
		const queues = new Point(t(), work, { kinds: ['atomic_load'], skip: 1 }).arm_on(1);
		const stopped = padata_stop_async(i.at);
		look_until(() => READ_ONCE(pd + parallel_data.offset.flush_waits) !== 0);
		const before = queue_blocker(t(), 0);
		before.entered();
		i.release(first);
		queues.reached();
		const behind = queue_blocker(t(), 0);
		set(before.gate);
		behind.entered();
		expect(i.wait(3).toSorted()).to.deep.equal([0, 1, 2]);
		expect(await waits(t(), stopped)).to.equal(true);
		queues.let_go();
		// CPU 1 is through with it when it runs something else.
		keep_busy(t(), 1);
		const waited = await waits(t(), stopped);
		set(behind.gate);
		await stopped;
		expect(waited).to.equal(true);
	});
});

describe('padata: the flush of 4.18', () => {
	//  1. CPU 1: it passes on the last object. CPU 0 is busy, so the serial work is queued only.
	//  2. Thread A: padata_stop() flushes the work items. The document has it wait for all objects;
	//     4.18 waits for the work items, then it is a BUG if an object is in flight.
	//  3. CPU 0: it calls serial().
	it('waits for serial work that is queued', () =>
		ruin({ quirks: 'v4.18' }, async (t) => {
			await t.load(REGRESS);
			await start_async_threads(t);
			const i = new Instance(t, { p: [1], cb: [0] }).start();
			const busy = queue_blocker(t, 0);
			busy.entered();
			i.run(0, 0);
			const squeue = per_cpu_ptr(load(i.pd() + parallel_data.offset.squeue), 0);
			look_until(() => work_pending(squeue + padata_serial_queue.offset.work));
			const stopped = padata_stop_async(i.at);
			const waited = await waits(t, stopped);
			set(busy.gate);
			expect(waited).to.equal(true);
			expect(await stopped).to.equal(0);
			expect([i.wait(1), t.trouble()]).to.deep.equal([[0], []]);
			i.free();
		}));
});
