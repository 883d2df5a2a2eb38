// SPDX-License-Identifier: GPL-2.0-only
//
// What the port puts off or keeps beside the kernel's fields for the sake of speed must not be
// seen: an object whose turn has come does not wait for a CPU that is busy, and the limit is exact.
import '../../lib/index.js';
import { expect } from 'chai';
import { cpu_down_async, cpu_up_async, drain_workqueue, errno_name, flush_workqueue, INIT_WORK,
	load, PADATA_CPU_PARALLEL, padata_free_async, padata_set_cpumask, queue_work_on, store,
	system_wq } from '../../lib/index.js';
import { during_late_reorder } from '../support/late-reorder.js';
import { set, until, use_machine } from '../support/machine.js';
import { blocker, job, Parallel } from './api.jobs.js';
import { Instance, JOBS, mask } from './instance.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

for (const nr_cpus of [2, 3, 8])
	describe(`padata: what is put off, ${nr_cpus} CPUs`, () => {
		const t = use_machine({ nr_cpus }, JOBS);

		/**
		 * Keep CPU 0 busy until the returned gate is opened, so that what is submitted meanwhile
		 * becomes one batch.
		 */
		function block(): number {
			const busy = t().alloc(blocker.size);
			const gate = t().alloc(64);
			store(busy + blocker.offset.gate, gate);
			INIT_WORK(busy, t().fn['block_cpu']);
			queue_work_on(0, system_wq(), busy);
			until(busy + blocker.offset.entered, (n) => n > 0, 'the CPU is busy');
			return gate;
		}

		it('an object does not wait for the long one behind it in the same batch', () => {
			for (let round = 0; round < 20; round++) {
				const i = new Instance(t(), { p: [0], cb: [nr_cpus - 1] }).start();
				const gate = block();
				for (let id = 0; id < 5; id++)
					i.run(id, nr_cpus - 1);
				i.run(5, nr_cpus - 1, { parallel: Parallel.gate });
				i.run(6, nr_cpus - 1);
				set(gate);
				// The callback CPU sleeps, or has just gone to sleep, and CPU 0 is in parallel() of
				// the sixth.
				expect(i.wait(5)).to.deep.equal([0, 1, 2, 3, 4]);
				set(i.gate);
				expect(i.wait(7)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
				i.free();
			}
		});

		if (nr_cpus > 2)
			it('nor does one for another callback CPU', () => {
				for (let round = 0; round < 20; round++) {
					const i = new Instance(t(), { p: [0], cb: [1, 2] }).start();
					const gate = block();
					i.run(0, 1);
					i.run(1, 2);
					i.run(2, 1, { parallel: Parallel.gate });
					set(gate);
					expect(i.wait(2).toSorted()).to.deep.equal([0, 1]);
					set(i.gate);
					i.wait(3);
					i.free();
				}
			});

		it('an instance that is freed keeps its callback CPU until the last object has been serialised', async () => {
			const i = new Instance(t(), { p: [0], cb: [1] }).start();
			const held = i.run(0, 1, { parallel: Parallel.hold });
			i.entered(held);
			// Two async threads, so that neither call below waits for one to start.
			await Promise.all([cpu_up_async(1), cpu_up_async(1)]);
			const freed = padata_free_async(i.at);
			while (i.flags() !== '0')
				await turn();
			let down = false;
			const off = cpu_down_async(1).then((err) => {
				down = true;
				return err;
			});
			// It must wait; were it not to, it would be over by then (it takes some 10 turns).
			for (let n = 0; n < 2000 && !down; n++)
				await turn();
			expect(down).to.equal(false);
			i.release(held);
			expect([await off, await freed]).to.deep.equal([0, 0]);
			expect([i.serialised(), load(held + job.offset.ser_cpu)]).to.deep.equal([1, 1]);
			i.forget();
			expect(await cpu_up_async(1)).to.equal(0);
		});

		// 1. A CPU in the middle of a batch offers the reordering, and another one takes it.
		// 2. The first one finishes the batch, and its work item ends. The objects wait for the
		//    other.
		// 3. In 4.18 that item would have queued the serial work itself: a flush covers it, and a
		//    queue that drains accepts it.
		for (const [name, flush] of [
			['two flushes of the workqueue cover', (wq: number): void => {
				flush_workqueue(wq);
				flush_workqueue(wq);
			}],
			['drain_workqueue() covers', drain_workqueue],
		] as const)
			it(`${name} what a work item has left to another CPU`, async () => {
				const i = new Instance(t()).start();
				await during_late_reorder(t(), i.at, 4, () => {
					for (let id = 0; id < 4; id++)
						i.run(id, 1);
					flush(i.wq);
					expect([i.serialised(), i.refcnt()]).to.deep.equal([4, 0]);
				});
				i.free();
			});

		it('1000 objects are accepted, not one more, also by the next parallel_data', () => {
			const i = new Instance(t(), { p: [0], cb: [0] }).start();
			for (const cpus of [[0, 1], [0]]) {
				const held = Array.from({ length: 1000 }, (_, id) =>
					i.run(id, 0, { parallel: Parallel.hold }));
				expect([i.refcnt(), errno_name(i.submit(i.job(1000)))]).to.deep.equal([1000,
					'-EBUSY']);
				for (const at of held) {
					i.entered(at);
					i.release(at);
				}
				i.wait(1000);
				// The last one counts until its serial() has returned.
				flush_workqueue(i.wq);
				expect([i.refcnt(), i.probe()]).to.deep.equal([0, '0']);
				store(i.trace, 0);
				store(i.trace + 4, 0);
				expect(padata_set_cpumask(i.at, PADATA_CPU_PARALLEL, mask(t(), ...cpus))).to.equal(
					0,
				);
			}
		});
	});
