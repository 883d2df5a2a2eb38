// SPDX-License-Identifier: GPL-2.0-only
//
// The padata API as its document and the facts of 4.18 have it: every return value, flag and notification, without quirks
// and with those of 4.18; then each quirk alone.
import '../../lib/index.js';
import { expect } from 'chai';
import { alloc_workqueue, cpu_down, cpu_up, destroy_workqueue, EEXIST, EINVAL, ENOENT, errno_name, failslab, flush_workqueue, kobject_get, load, NOTIFY_STOP,
	Oops, PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, padata_add_cpu, padata_alloc, padata_alloc_possible, padata_do_serial, padata_free, padata_free_async, padata_instance,
	padata_parallel_queue, padata_register_cpumask_notifier, padata_remove_cpu, padata_set_cpumask, padata_set_cpumask_async, padata_set_cpumasks, padata_start,
	padata_stop, padata_stop_async, padata_unregister_cpumask_notifier, parallel_data, per_cpu_ptr, queue_work_on, INIT_WORK, Quirk, store, store_u8, system_wq,
	timer_pending, work_pending, WQ_MEM_RECLAIM, workqueue_in_flight } from '../../lib/index.js';
import { set, TestMachine, until, use_machine, with_machine } from '../support/machine.js';
import { blocker, job, notified, Parallel, Serial } from './api.jobs.js';
import { Instance, JOBS, mask, MODES, notifications, ruin } from './instance.js';

const S = PADATA_CPU_SERIAL;
const P = PADATA_CPU_PARALLEL;
const j = job.offset;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('padata: the core on machines of several sizes', function () {
	for (const [quirks] of MODES)
		for (const nr_cpus of [1, 2, 4, 8])
			describe(`${nr_cpus} CPUs, quirks ${quirks}`, () => core(use_machine({ nr_cpus, quirks }, JOBS), nr_cpus, quirks));
});

function core(t: () => TestMachine, nr: number, quirks: string): void {
	it('objects go round the CPUs and come back in order, on the CPU asked for', () => {
		const i = new Instance(t()).start();
		const cb = nr - 1;
		const jobs = range(10 * nr).map((id) => i.run(id, cb));
		expect(i.wait(jobs.length)).to.deep.equal(range(jobs.length));
		jobs.forEach((at, n) => {
			expect(load(at + j.par_cpu), `parallel() ${n}`).to.equal(n % nr);
			expect(load(at + j.ser_cpu), `serial() ${n}`).to.equal(cb);
			expect([load(at + j.par_n), load(at + j.ser_n), load(at + j.softirq)]).to.deep.equal([1, 1, 1]);
		});
		padata_stop(i.at);
		expect([i.refcnt(), i.flags()]).to.deep.equal([0, '0']);
	});

	it('refuses until it is started, and after it is stopped', () => {
		const i = new Instance(t());
		expect(i.probe()).to.equal('-EINVAL');
		i.start();
		expect([i.flags(), i.probe(), padata_start(i.at), i.flags()]).to.deep.equal(['INIT', '0', 0, 'INIT']);
		padata_stop(i.at);
		padata_stop(i.at);
		expect([i.flags(), i.probe()]).to.deep.equal(['0', '-EINVAL']);
	});

	it('takes 1000 objects, and one more when one has been serialised', () => {
		const i = new Instance(t()).start();
		const held = i.run(0, 0, { parallel: Parallel.hold });
		for (let id = 1; id < 1000; id++)
			i.run(id);
		expect(i.refcnt()).to.equal(1000);
		const next = i.job(1000);
		// -EINVAL goes before -EBUSY.
		expect(errno_name(i.submit(next, nr))).to.equal('-EINVAL');
		expect(errno_name(i.submit(next))).to.equal('-EBUSY');
		i.entered(held);
		i.release(held);
		expect(i.wait(1000)).to.deep.equal(range(1000));
		padata_stop(i.at);
		i.start();
		expect(errno_name(i.submit(next))).to.equal('0');
		i.wait(1001);
	});

	it('finishes many objects with serial() on all CPUs', () => {
		const i = new Instance(t()).start();
		for (let id = 0; id < 500; id++)
			// 4.18 would not bring back into order what is finished later.
			i.run(id, id % nr, { parallel: id % 7 === 0 && quirks === 'none' ? Parallel.promise : Parallel.sync });
		const order = i.wait(500);
		for (let cpu = 0; cpu < nr; cpu++)
			expect(order.filter((id) => id % nr === cpu), `on cpu ${cpu}`).to.deep.equal(range(500).filter((id) => id % nr === cpu));
	});
}

describe('padata: 130 CPUs', function () {
	this.timeout(60_000);
	it('objects go round all of them, and the masks have three words', async () => {
		await with_machine({ nr_cpus: 130 }, async (t) => {
			await t.load(JOBS);
			const i = new Instance(t).start();
			const jobs = range(260).map((id) => i.run(id, 129));
			expect(i.wait(260)).to.deep.equal(range(260));
			expect(jobs.map((at) => load(at + j.par_cpu))).to.deep.equal(range(260).map((n) => n % 130));
			expect(padata_set_cpumasks(i.at, mask(t, 31, 32, 63, 64, 129), mask(t, 128))).to.equal(0);
			expect([i.probe(129), i.probe(128)]).to.deep.equal(['-EINVAL', '0']);
			expect(i.usable()).to.deep.equal({ p: [31, 32, 63, 64, 129], cb: [128] });
			const five = range(10).map((id) => i.run(id, 128));
			i.wait(271);
			expect(five.map((at) => load(at + j.par_cpu))).to.deep.equal([32, 63, 64, 129, 31, 32, 63, 64, 129, 31]);
			expect(cpu_down(129)).to.equal(0);
			expect(i.usable().p).to.deep.equal([31, 32, 63, 64]);
		});
	});
});
