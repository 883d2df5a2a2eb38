// SPDX-License-Identifier: GPL-2.0-only
//
// A parallel worker that has emptied its list waits a moment for more. Until it says that it does
// so no more, submitters do not queue its work item. Each side stores something and then looks at
// what the other one stores: either the submitter queues the work, or the worker sees the object.
import { expect } from 'chai';
import { load, padata_parallel_queue, padata_stop_async, parallel_data,
	per_cpu_ptr } from '../../lib/index.js';
import { cpu_park_words } from '../../lib/machine/park.js';
import { this_thread_ptr, thread_ptr } from '../../lib/machine/thread.js';
import { Point, POINTS } from '../support/points.js';
import { use_machine } from '../support/machine.js';
import { await_word, delay_stores, tell, watch } from '../support/watch.js';
import { start_async_threads, waits } from '../regress/support.js';
import { Instance, JOBS } from './instance.js';

const GUARDS = new URL('./guards.jobs.js', import.meta.url).href;
const REGRESS = new URL('../regress/regress.jobs.js', import.meta.url).href;
const pq = padata_parallel_queue.offset;

describe('padata: a worker that waits for more', () => {
	const t = use_machine({ nr_cpus: 2 }, JOBS, POINTS, GUARDS, REGRESS);
	before(() => start_async_threads(t()));

	let i: Instance;
	let queue = 0;
	beforeEach(() => {
		i = new Instance(t(), { p: [1], cb: [0] }).start();
		queue = per_cpu_ptr(load(i.pd() + parallel_data.offset.pqueue), 1);
	});

	/** Submit an object, after which CPU 1 stops before it says that it waits no more. */
	function stop_waiting_worker(): Point {
		const point = new Point(t(), queue + pq.lingers, { kinds: ['atomic_store'] }).arm_on(1);
		i.run(0);
		point.reached();
		return point;
	}

	//  1. CPU 1: it has looked for more, and there is nothing.
	//  2. Thread A: it submits an object. CPU 1 waits for more, so the work is not queued.
	//  3. CPU 1: it says that it waits no more, and looks once more.
	it('takes an object that was submitted after its last look', () => {
		const point = stop_waiting_worker();
		i.run(1);
		point.let_go();
		expect(i.wait(2)).to.deep.equal([0, 1]);
	});

	//  1. CPU 1: it says that it waits no more, and looks once more: there is nothing.
	//  2. Thread A: it submits an object, and queues the work.
	// If step 1 says so with a plain store, A may still see that CPU 1 waits.
	it('has said that it waits no more when it looks for the last time', () => {
		const point = new Point(t(), queue + pq.parallel, { kinds: ['atomic_load'], behind: true,
			delays: true }).arm_on(1);
		i.run(0);
		point.reached();
		i.run(1);
		point.let_go();
		expect(i.wait(2)).to.deep.equal([0, 1]);
	});

	//  1. Thread A: it inserts an object in the list of CPU 1, and unlocks the list.
	//  2. Thread A: CPU 1 waits for more, so the work is not queued.
	//  3. CPU 1: it says that it waits no more, and looks once more: there is the object.
	// Before the unlock, step 2 may be made while the object is in the store buffer.
	it('sees an object whose submitter has seen it wait', () => {
		const point = stop_waiting_worker();
		const parked = thread_ptr(cpu_park_words() - this_thread_ptr(0), 1);
		let looked = false;
		delay_stores(true);
		watch((_what, addr) => {
			if (looked) {
				watch(null);
				tell(point.go_on);
				// CPU 1 has looked for the last time when it parks.
				await_word(parked);
			}
			looked = addr === queue + pq.lingers;
		});
		i.run(1);
		watch(null);
		delay_stores(false);
		expect(i.wait(2)).to.deep.equal([0, 1]);
	});

	// 1. CPU 1: it waits for more, outside of any read-side section. 2. Thread A: padata_stop()
	// finds all objects serialised. It waits for the end of the work item. 3. CPU 1: it looks at
	// its list, which is in the parallel_data.
	it('is waited for by the flush', async () => {
		const point = stop_waiting_worker();
		expect(i.wait(1)).to.deep.equal([0]);
		const stopped = padata_stop_async(i.at);
		const waited = await waits(t(), stopped);
		point.let_go();
		await stopped;
		expect(waited).to.equal(true);
	});
});
