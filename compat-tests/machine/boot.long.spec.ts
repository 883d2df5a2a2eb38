// SPDX-License-Identifier: GPL-2.0-only
//
// Booting a machine with more CPUs than a mask's word has bits, on unpinned threads.
import { expect } from 'chai';
import { alloc_workqueue, destroy_workqueue, flush_work, INIT_DELAYED_WORK, load, num_online_cpus,
	queue_work_on, system_wq } from '../../lib/index.js';
import { jobs, with_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;

describe('machine: boot', () => {
	// Starting a thread takes 80 ms of CPU time for an empty worker and 150 ms with the kernel's
	// modules, twice that with coverage (measured): 130 of them are 10 to 20 s on two cores that do
	// nothing else.
	it('has 130 CPUs', () =>
		with_machine({ nr_cpus: 130, native: 'off' }, async (t) => {
			expect(num_online_cpus()).to.equal(130);
			await t.load(jobs('work'));
			const all = Array.from({ length: 130 }, (_, cpu) => {
				const w = t.alloc(item.size);
				INIT_DELAYED_WORK(w, t.fn['run']);
				queue_work_on(cpu, system_wq(), w);
				return w;
			});
			all.forEach((w) => flush_work(w));
			all.forEach((w, cpu) => expect(load(w + it_.cpu)).to.equal(cpu));
			const wq = alloc_workqueue('all', 0, 1);
			destroy_workqueue(wq);
		})).timeout(120_000);
});
