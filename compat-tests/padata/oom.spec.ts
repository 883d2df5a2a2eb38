// SPDX-License-Identifier: GPL-2.0-only
//
// Out of memory at each allocation of each call: NULL or -ENOMEM, and nothing else has happened.
import '../../lib/index.js';
import { expect } from 'chai';
import { alloc_workqueue, cpu_down, cpu_online, cpu_possible_mask, cpu_up, destroy_workqueue,
	ENOMEM, failslab, failslab_candidates, kernel_kobj, kobject_add, kset, kset_create_and_add,
	kset_unregister, PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, padata_add_cpu, padata_alloc,
	padata_alloc_possible, padata_free, padata_instance, padata_remove_cpu, padata_set_cpumask,
	padata_set_cpumasks, percpu_in_use, slab_objects, sysfs_read, sysfs_write, WQ_MEM_RECLAIM,
	WQ_UNBOUND } from '../../lib/index.js';
import { use_machine } from '../support/machine.js';
import { notified } from './api.jobs.js';
import { Instance, JOBS, mask } from './instance.js';

const S = PADATA_CPU_SERIAL;
const P = PADATA_CPU_PARALLEL;

/**
 * Fail the first allocation of a call, then the second..., until it succeeds.
 * @returns how many allocations it has
 */
function sweep(call: () => number, failed: number, then: () => void): number {
	for (let n = 1;; n++) {
		const before = [slab_objects(), percpu_in_use()];
		failslab({ probability: 100, interval: n, times: 1 });
		let ret: number;
		let candidates: number;
		try {
			ret = call();
			candidates = failslab_candidates();
		} finally {
			failslab({});
		}
		if (candidates < n) {
			expect(ret, 'with memory').not.to.equal(failed);
			return candidates;
		}
		expect(ret, `allocation ${n} failed`).to.equal(failed);
		expect([slab_objects(), percpu_in_use()], `left behind when allocation ${n} failed`).to.deep
			.equal(before);
		then();
	}
}

describe('padata: out of memory', () => {
	const t = use_machine({ nr_cpus: 4, debug: true }, JOBS);
	const m = (...cpus: number[]): number => mask(t(), ...cpus);
	afterEach(() => {
		notified.length = 0;
	});

	it('alloc_workqueue', () => {
		for (const flags of [WQ_MEM_RECLAIM, WQ_UNBOUND, 0]) {
			let wq = 0;
			expect(sweep(() => wq = alloc_workqueue('oom', flags, 1), 0, () => undefined)).to.be
				.above(0);
			destroy_workqueue(wq);
		}
	});

	for (const [name, alloc] of [['padata_alloc',
		(wq: number): number => padata_alloc(wq, cpu_possible_mask, cpu_possible_mask)], [
		'padata_alloc_possible',
		padata_alloc_possible,
	]] as const)
		it(name, () => {
			const wq = alloc_workqueue('oom', WQ_MEM_RECLAIM, 1);
			t().at_end(() => destroy_workqueue(wq));
			let pinst = 0;
			// The instance, two user's masks, its parallel_data, two percpu areas, two usable
			// masks.
			expect(sweep(() => pinst = alloc(wq), 0, () => undefined)).to.equal(8);
			padata_free(pinst);
		});

	/** A call that may change a started instance, one that is not, and one that is INVALID. */
	function unchanged(name: string, allocations: number, call: (i: Instance) => number): void {
		for (const how of ['started', 'not started', 'INVALID'] as const)
			it(`${name}: ${how}`, () => {
				const i = new Instance(t(), { p: [0, 1], cb: [0, 1] });
				if (how !== 'not started')
					i.start();
				if (how === 'INVALID')
					padata_set_cpumask(i.at, P, m());
				padata_add_cpu(i.at, 2, S);
				i.block(1);
				const state = i.state();
				let runs = 0;
				expect(sweep(() => call(i), -ENOMEM, () => {
					expect(i.state()).to.deep.equal(state);
					expect(i.probe(2)).to.equal(how === 'started' ? '0' : '-EINVAL');
					runs++;
				})).to.equal(allocations);
				expect(runs).to.equal(allocations);
				expect(notified).to.deep.equal([]);
			});
	}

	unchanged('padata_set_cpumask(parallel)', 5, (i) => padata_set_cpumask(i.at, P, m_of(3)));
	unchanged('padata_set_cpumask(serial)', 5, (i) => padata_set_cpumask(i.at, S, m_of(3)));
	unchanged('padata_set_cpumask(nothing)', 5, (i) => padata_set_cpumask(i.at, S, m_of()));
	unchanged('padata_set_cpumasks', 5, (i) => padata_set_cpumasks(i.at, m_of(1, 2), m_of(3)));
	unchanged('padata_add_cpu', 5, (i) => padata_add_cpu(i.at, 3, P | S));
	unchanged('padata_remove_cpu', 5, (i) => padata_remove_cpu(i.at, 1, P | S));
	unchanged('padata_remove_cpu, the last one', 5, (i) => padata_remove_cpu(i.at, 2, S));

	/** Masks that are made before the sweep. */
	const made = new Map<string, number>();
	const m_of = (...cpus: number[]): number => made.get(cpus.join())!;
	beforeEach(() => {
		for (const cpus of [[3], [], [1, 2]])
			made.set(cpus.join(), m(...cpus));
	});

	it('the new masks hold when there is memory again', () => {
		const i = new Instance(t()).start();
		sweep(() => padata_set_cpumasks(i.at, m_of(1, 2), m_of(3)), -ENOMEM, () => undefined);
		expect([i.usable(), i.probe(3)]).to.deep.equal([{ p: [1, 2], cb: [3] }, '0']);
	});

	it('cpu_down: the CPU stays, in both instances', () => {
		const [a, b] = [new Instance(t()).start(), new Instance(t()).start()];
		const masks = [a.user(), a.usable()];
		expect(sweep(() => cpu_down(3), -ENOMEM, () => {
			expect(cpu_online(3)).to.equal(true);
			for (const i of [a, b])
				expect([i.user(), i.usable(), i.flags(), i.probe(3)]).to.deep.equal([...masks,
					'INIT', '0']);
		})).to.equal(10);
		t().at_end(() => void cpu_up(3));
		for (const i of [a, b])
			expect([i.usable(), i.probe(3), i.probe(2)]).to.deep.equal([{ p: [0, 1, 2],
				cb: [0, 1, 2] }, '-EINVAL', '0']);
	});

	it('cpu_up: the CPU stays away, in both instances', () => {
		expect(cpu_down(3)).to.equal(0);
		t().at_end(() => void cpu_up(3));
		const [a, b] = [new Instance(t()).start(), new Instance(t()).start()];
		const masks = { p: [0, 1, 2], cb: [0, 1, 2] };
		expect(sweep(() => cpu_up(3), -ENOMEM, () => {
			expect(cpu_online(3)).to.equal(false);
			for (const i of [a, b])
				expect([i.usable(), i.flags(), i.probe(3), i.probe(2)]).to.deep.equal([masks,
					'INIT', '-EINVAL', '0']);
		})).to.equal(10);
		for (const i of [a, b])
			expect([i.usable().cb, i.probe(3)]).to.deep.equal([[0, 1, 2, 3], '0']);
	});

	it('kobject_add, and an attribute that is read and written', () => {
		const i = new Instance(t()).start();
		const kobj = i.at + padata_instance.offset.kobj;
		const kset_of = kset_create_and_add('oom', 0, kernel_kobj());
		t().at_end(() => kset_unregister(kset_of));
		let failures = 0;
		for (let n = 1;; n++) {
			failslab({ probability: 100, interval: n, times: 1 });
			const ret = kobject_add(kobj, kset_of + kset.offset.kobj, 'one');
			const candidates = failslab_candidates();
			failslab({});
			if (candidates < n) {
				expect(ret).to.equal(0);
				break;
			}
			failures++;
			expect([ret, i.references(), i.probe()]).to.deep.equal([-ENOMEM, 1, '0']);
			expect(sysfs_read('/sys/kernel/oom/one/serial_cpumask')).to.equal(-2);
		}
		t().expect_log(/can not set name properly|kobject_add_internal failed/);
		expect(failures).to.be.above(1);
		const path = '/sys/kernel/oom/one/parallel_cpumask';
		const state = i.state();
		const same = (): void => expect(i.state()).to.deep.equal(state) && undefined;
		expect(sweep(() => {
			const r = sysfs_read(path);
			return typeof r === 'number' ? r : 0;
		}, -ENOMEM, same)).to.be.above(0);
		// The write's buffer, the mask, and the new parallel_data.
		expect(sweep(() => sysfs_write(path, '3'), -ENOMEM, () => {
			same();
			expect(i.probe()).to.equal('0');
		})).to.equal(7);
		expect([i.user().p, i.probe()]).to.deep.equal([[0, 1], '0']);
	});
});
