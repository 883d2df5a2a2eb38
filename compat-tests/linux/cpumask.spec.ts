// SPDX-License-Identifier: GPL-2.0-only
//
// CPU masks on a machine without processors.
import { expect } from 'chai';
import fc from 'fast-check';

import { alloc_cpumask_var, cpu_active, cpu_active_mask, cpu_online, cpu_online_mask, cpu_possible,
	cpu_possible_mask, cpu_present, cpu_present_mask, cpulist_parse, cpumask_and, cpumask_andnot,
	cpumask_clear, cpumask_clear_cpu, cpumask_copy, cpumask_cpus, cpumask_empty, cpumask_equal,
	cpumask_first, cpumask_intersects, cpumask_next, cpumask_of_cpus, cpumask_or, cpumask_parse,
	cpumask_pr, cpumask_pr_list, cpumask_set_cpu, cpumask_setall, cpumask_size, cpumask_subset,
	cpumask_test_cpu, cpumask_weight, free_cpumask_var, nr_cpu_ids, num_online_cpus,
	num_possible_cpus, num_present_cpus, set_cpu_active, set_cpu_online, set_cpu_possible,
	set_cpu_present, zalloc_cpumask_var } from '../../lib/linux/cpumask.js';
import { EINVAL, EOVERFLOW, ERANGE } from '../../lib/linux/errno.js';
import { FAIL_ALL, FAIL_CPUMASK, failslab } from '../../lib/linux/fault-inject.js';
import { kmalloc, kzalloc, slab_objects } from '../../lib/linux/slab.js';
import { fill } from '../../lib/machine/memory.js';
import { bare_machine, bare_shutdown, LogReader } from '../support/bare.js';

describe('cpumask', () => {
	afterEach(bare_shutdown);

	it('knows the CPU numbers of the machine, also of the next one', () => {
		bare_machine({ nr_cpu_ids: 5 });
		expect(nr_cpu_ids).to.equal(5);
		expect(cpumask_size()).to.equal(8);
		bare_shutdown();
		bare_machine({ nr_cpu_ids: 65 });
		expect(nr_cpu_ids).to.equal(65);
		expect(cpumask_size()).to.equal(16);
	});

	it('has a mask for possible, present, online and active CPUs', () => {
		bare_machine({ nr_cpu_ids: 70 });
		const masks = [cpu_possible_mask, cpu_present_mask, cpu_online_mask, cpu_active_mask];
		const set = [set_cpu_possible, set_cpu_present, set_cpu_online, set_cpu_active];
		const test = [cpu_possible, cpu_present, cpu_online, cpu_active];
		masks.forEach((mask, i) => {
			expect(cpumask_weight(mask)).to.equal(70);
			set[i](64 + i, false);
			expect(test.map((of) => of(64 + i)), `CPU ${64 + i}`).to.deep.equal(
				test.map((_, k) => k !== i),
			);
			expect(test[i](63)).to.equal(true);
		});
		expect([num_possible_cpus(), num_present_cpus(), num_online_cpus()]).to.deep.equal([69, 69,
			69]);
		set_cpu_online(3, false);
		expect([num_possible_cpus(), num_present_cpus(), num_online_cpus()]).to.deep.equal([69, 69,
			68]);
		set_cpu_online(66, true);
		expect([num_online_cpus(), cpu_online(66)]).to.deep.equal([69, true]);
		// No two of the masks overlap, on the largest machine that there can be.
		for (const [i, mask] of masks.entries())
			for (const other of masks.slice(i + 1))
				expect(Math.abs(mask - other)).to.be.at.least(8192 / 8);
	});

	it('walks over the CPUs of a mask', () => {
		bare_machine({ nr_cpu_ids: 100 });
		const mask = zalloc_cpumask_var();
		expect(cpumask_first(mask)).to.equal(nr_cpu_ids);
		expect(cpumask_next(-1, mask)).to.equal(nr_cpu_ids);
		for (const cpu of [2, 31, 32, 63, 64, 99])
			cpumask_set_cpu(cpu, mask);
		const seen: number[] = [];
		for (let cpu = cpumask_first(mask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, mask))
			seen.push(cpu);
		expect(seen).to.deep.equal([2, 31, 32, 63, 64, 99]).and.to.deep.equal(cpumask_cpus(mask));
		expect(cpumask_next(-1, mask)).to.equal(2);
		expect(cpumask_next(2, mask)).to.equal(31);
		expect(cpumask_next(99, mask)).to.equal(nr_cpu_ids);
		expect(cpumask_next(1000, mask)).to.be.at.least(nr_cpu_ids);
	});

	it('a CPU number that is none is in no mask and changes none', () => {
		bare_machine({ nr_cpu_ids: 4 });
		const mask = alloc_cpumask_var();
		fill(mask, 0xff, cpumask_size());
		const bad = [-1, 4, 5, 31, 32, 63, 64, 8192, 2 ** 32, 2 ** 32 + 1, 1.5, NaN, Infinity,
			undefined, null, '1'] as number[];
		for (const cpu of bad)
			expect(cpumask_test_cpu(cpu, mask), String(cpu)).to.equal(false);
		expect(cpumask_test_cpu(-0, mask)).to.equal(true);

		cpumask_clear(mask);
		const log = new LogReader();
		for (const cpu of bad) {
			cpumask_set_cpu(cpu, mask);
			cpumask_clear_cpu(cpu, mask);
		}
		expect(cpumask_cpus(mask)).to.deep.equal([]);
		cpumask_set_cpu(4, mask);
		const warnings = log.read('printk');
		expect(
			warnings.filter((text) => text.includes('cpumask_set_cpu: no CPU 4, nr_cpu_ids is 4')),
		).to.have.length(1);
		expect(
			warnings.filter((text) =>
				text.includes('cpumask_clear_cpu: no CPU -1, nr_cpu_ids is 4')
			),
		).to.have.length(1);
	});

	it('makes a mask of exactly the CPUs given', () => {
		bare_machine({ nr_cpu_ids: 40 });
		const mask = alloc_cpumask_var();
		cpumask_of_cpus(mask, new Set([39, 3, 3]));
		expect(cpumask_cpus(mask)).to.deep.equal([3, 39]);
		for (const bad of [40, -1, 1.5, NaN, '2' as unknown as number])
			expect(() => {
				cpumask_of_cpus(mask, [1, bad]);
			}).to.throw(RangeError, `no CPU ${bad}: CPU numbers of this machine are 0 to 39`);
		expect(cpumask_cpus(mask)).to.deep.equal([3, 39]);
		cpumask_of_cpus(mask, []);
		expect(cpumask_cpus(mask)).to.deep.equal([]);
	});

	it('computes with nr_cpu_ids bits', () => {
		const nr = 37;
		bare_machine({ nr_cpu_ids: nr });
		const [a, b, dst] = [alloc_cpumask_var(), alloc_cpumask_var(), alloc_cpumask_var()];
		const cpus = fc.uniqueArray(fc.integer({ min: 0, max: nr - 1 })).map((list) =>
			list.sort((x, y) => x - y)
		);
		fc.assert(fc.property(cpus, cpus, (in_a, in_b) => {
			cpumask_of_cpus(a, in_a);
			cpumask_of_cpus(b, in_b);
			const and = in_a.filter((cpu) => in_b.includes(cpu));
			const andnot = in_a.filter((cpu) => !in_b.includes(cpu));
			const written = (): number[] => {
				const list = cpumask_cpus(dst);
				fill(dst, 0xff, cpumask_size());
				return list;
			};
			expect([cpumask_and(dst, a, b), written()]).to.deep.equal([and.length > 0, and]);
			expect([cpumask_andnot(dst, a, b), written()]).to.deep.equal([andnot.length > 0,
				andnot]);
			cpumask_or(dst, a, b);
			expect(written()).to.deep.equal([...new Set([...in_a, ...in_b])].sort((x, y) => x - y));
			cpumask_copy(dst, a);
			expect(written()).to.deep.equal(in_a);
			cpumask_setall(dst);
			expect(written()).to.deep.equal([...Array(nr).keys()]);
			cpumask_clear(dst);
			expect(written()).to.deep.equal([]);
			expect(cpumask_equal(a, b)).to.equal(in_a.join() === in_b.join());
			expect(cpumask_intersects(a, b)).to.equal(and.length > 0);
			expect(cpumask_subset(a, b)).to.equal(andnot.length === 0);
			expect(cpumask_empty(a)).to.equal(in_a.length === 0);
			expect(cpumask_weight(a)).to.equal(in_a.length);
			expect(in_a.every((cpu) => cpumask_test_cpu(cpu, a))).to.equal(true);
		}));
	});

	it('reads and prints masks and lists', () => {
		bare_machine({ nr_cpu_ids: 36 });
		const mask = alloc_cpumask_var();
		expect(cpumask_parse('c,00000007\n', mask)).to.equal(0);
		expect(cpumask_pr(mask)).to.equal('c,00000007');
		expect(cpumask_pr_list(mask)).to.equal('0-2,34-35');
		expect(cpumask_parse('10,0', mask)).to.equal(-EOVERFLOW);
		expect(cpumask_parse(Buffer.from('g'), mask)).to.equal(-EINVAL);
		expect(cpumask_parse('3\nwhat follows does not count', mask)).to.equal(0);
		expect(cpumask_cpus(mask)).to.deep.equal([0, 1]);
		expect(cpulist_parse('0-3,35\nnor this', mask)).to.equal(0);
		expect(cpumask_cpus(mask)).to.deep.equal([0, 1, 2, 3, 35]);
		expect(cpulist_parse('36', mask)).to.equal(-ERANGE);
		expect(cpulist_parse('a', mask)).to.equal(-EINVAL);
	});

	it('allocates masks, which failslab can make fail as a kind of their own', () => {
		bare_machine({ nr_cpu_ids: 130 });
		const before = slab_objects();
		const dirty = alloc_cpumask_var();
		fill(dirty, 0xff, cpumask_size());
		free_cpumask_var(dirty);
		const mask = zalloc_cpumask_var();
		expect(cpumask_empty(mask)).to.equal(true);
		free_cpumask_var(mask);
		free_cpumask_var(0);
		expect(slab_objects()).to.equal(before);

		failslab({ probability: 100, times: -1, filter: FAIL_CPUMASK });
		expect([alloc_cpumask_var(), zalloc_cpumask_var()]).to.deep.equal([0, 0]);
		expect([kmalloc(16), kzalloc(16)]).to.not.include(0);
		failslab({ probability: 100, times: -1, filter: FAIL_ALL & ~FAIL_CPUMASK });
		expect(kmalloc(16)).to.equal(0);
		expect(alloc_cpumask_var()).to.not.equal(0);
		failslab({});
	});
});
