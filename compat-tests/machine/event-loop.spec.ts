// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU's event loop: what callbacks leave in it goes on.
import { expect } from 'chai';
import { alloc_workqueue, cancel_work_sync, destroy_workqueue, flush_work, INIT_DELAYED_WORK,
	kzalloc, kfree, load, padata_alloc_possible, padata_do_parallel, padata_free, padata_priv,
	padata_start, padata_stop, queue_work_on, store, store_function,
	system_wq } from '../../lib/index.js';
import { jobs, set, until, until_async, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';
import { job } from '../support/async.jobs.js';

const it_ = item.offset;

describe('machine: event loop of a CPU', () => {
	const t = use_machine({ nr_cpus: 2 }, jobs('work'), jobs('async'));

	function work(name: string, fields: Record<string, number> = {}): number {
		const at = t().alloc(item.size);
		INIT_DELAYED_WORK(at, t().fn[name]);
		for (const [field, value] of Object.entries(fields))
			store(at + it_[field as 'gate'], value);
		return at;
	}

	for (const name of ['leaves_timer', 'leaves_immediates', 'leaves_promise'])
		it(`goes on after a work item that ${name.replace('_', ' ')} behind`, () => {
			for (let i = 0; i < 5; i++)
				for (const cpu of [0, 1]) {
					const gate = t().alloc(64);
					const w = work(name, { gate });
					queue_work_on(cpu, system_wq(), w);
					flush_work(w);
					until(gate, (v) => v === 1, 'what was left behind');
				}
		});

	it('does not keep queued work waiting meanwhile', () => {
		const gate = t().alloc(64);
		const slow = work('leaves_interval_until', { gate });
		queue_work_on(0, system_wq(), slow);
		flush_work(slow);
		for (let i = 0; i < 20; i++) {
			const w = work('run');
			queue_work_on(0, system_wq(), w);
			flush_work(w);
		}
		expect(load(gate + 4), 'the interval').to.equal(0);
		set(gate, 1);
		until(gate + 4, (v) => v === 1, 'the interval ends');
	});

	describe('while objects are outstanding', () => {
		let wq = 0;
		let pinst = 0;
		let done = 0;

		beforeEach(() => {
			wq = alloc_workqueue('padata', 0, 1);
			pinst = padata_alloc_possible(wq);
			padata_start(pinst);
			done = t().alloc(64);
			t().at_end(() => {
				padata_stop(pinst);
				padata_free(pinst);
				destroy_workqueue(wq);
			});
		});

		function submit(parallel: string, n: number): number[] {
			return Array.from({ length: n }, (_, i) => {
				const at = kzalloc(job.size);
				store(at + job.offset.done, done);
				store(at + job.offset.id, i);
				store_function(at + padata_priv.offset.parallel, t().fn[parallel]);
				store_function(at + padata_priv.offset.serial, t().fn['serial']);
				expect(padata_do_parallel(pinst, at, i % 2)).to.equal(0);
				return at;
			});
		}

		for (const name of ['awaits_timer', 'awaits_file', 'awaits_promise', 'awaits_mixture'])
			it(`goes on: parallel() that ${name.replace('_', ' ')}`, async () => {
				const all = submit(name, 40);
				await until_async(done, (v) => v === 40, 'serial() of all');
				all.forEach((at) => kfree(at));
				expect(load(done + 4), 'out of order').to.equal(0);
			});

		it('goes on while the CPU is busy with other items, too', () => {
			const trace = t().alloc(64);
			const busy = [0, 1].map((cpu) => {
				const w = work('requeue_always', { trace, wq: system_wq() });
				queue_work_on(cpu, system_wq(), w);
				t().at_end(() => cancel_work_sync(w));
				return w;
			});
			const all = submit('awaits_timer', 10);
			until(done, (v) => v === 10, 'serial() of all');
			busy.forEach((w) => cancel_work_sync(w));
			padata_stop(pinst);
			all.forEach((at) => kfree(at));
		});

		it('lets the CPU block again when all are done', () => {
			const all = submit('awaits_timer', 10);
			until(done, (v) => v === 10, 'serial() of all');
			padata_stop(pinst);
			all.forEach((at) => kfree(at));
			// What is queued then is run as ever.
			for (let i = 0; i < 50; i++) {
				const w = work('run');
				queue_work_on(i % 2, system_wq(), w);
				flush_work(w);
			}
			set(done, 0);
		});
	});
});
