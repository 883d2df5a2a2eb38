// SPDX-License-Identifier: GPL-2.0-only
//
// The attributes of an instance, as pcrypt shows them:
// /sys/kernel/<kset>/<instance>/{serial,parallel}_cpumask.
import '../../lib/index.js';
import { expect } from 'chai';
import { cpu_down, cpu_up, EEXIST, EINVAL, EISDIR, ENOENT, ENOTDIR, EOVERFLOW, kernel_kobj,
	kobject_add, kobject_get, kobject_put, kset, kset_create_and_add, kset_unregister, padata_free,
	padata_instance, padata_register_cpumask_notifier, padata_set_cpumask, PADATA_CPU_SERIAL,
	sysfs_list, sysfs_mode, sysfs_read, sysfs_write } from '../../lib/index.js';
import { use_machine } from '../support/machine.js';
import { Instance, JOBS, mask, notifications } from './instance.js';

/** Declare the tests for a machine with so many CPUs. */
export function sysfs_tests(nr_cpus: number, quirks: 'none' | 'v4.18'): void {
	const v418 = quirks === 'v4.18';
	describe(`padata: sysfs, ${nr_cpus} CPUs, quirks ${quirks}`, function() {
		this.timeout(60_000);
		const t = use_machine({ nr_cpus, quirks }, JOBS);
		const dir = '/sys/kernel/pcrypt/pencrypt';
		const serial = `${dir}/serial_cpumask`;
		const parallel = `${dir}/parallel_cpumask`;
		/** A mask as the attributes print it. */
		const text = (low: string, high = '0'): string =>
			nr_cpus === 4 ? `${low}\n` : `${high},${low.padStart(8, '0')}\n`;

		function shown(): Instance {
			const set_of = kset_create_and_add('pcrypt', 0, kernel_kobj());
			t().at_end(() => kset_unregister(set_of));
			const i = new Instance(t(), { p: [0, 1, 2, 3], cb: [0, 1, 2, 3] });
			// The directory holds no reference, so the instance goes first.
			expect(
				kobject_add(i.at + padata_instance.offset.kobj, set_of + kset.offset.kobj,
					'pencrypt'),
			).to.equal(0);
			return i;
		}

		it("two files, 0644, which show the user's masks", () => {
			const i = shown().start();
			expect(sysfs_list('/sys/kernel/pcrypt')).to.deep.equal(['pencrypt']);
			expect(sysfs_list(dir)).to.deep.equal(['serial_cpumask', 'parallel_cpumask']);
			expect([sysfs_mode(serial), sysfs_mode(parallel), sysfs_mode(dir)]).to.deep.equal([
				0o644,
				0o644,
				0o755,
			]);
			expect([sysfs_read(serial), sysfs_read(parallel)]).to.deep.equal([text('f'),
				text('f')]);
			padata_set_cpumask(i.at, PADATA_CPU_SERIAL, mask(t(), 1, 3));
			expect([sysfs_read(serial), sysfs_read(parallel)]).to.deep.equal([text('a'),
				text('f')]);
			expect(cpu_down(3)).to.equal(0);
			expect([sysfs_read(serial), i.usable().cb]).to.deep.equal([text('a'), [1]]);
			expect(cpu_up(3)).to.equal(0);
		});

		it('a write sets that mask, and no other', () => {
			const i = shown().start();
			padata_register_cpumask_notifier(i.at, i.block(1));
			expect(sysfs_write(serial, '3\n')).to.equal(2);
			expect([i.user(), i.usable(), notifications()]).to.deep.equal([{ p: [0, 1, 2, 3],
				cb: [0, 1] }, { p: [0, 1, 2, 3], cb: [0, 1] }, ['1: 1 0,1,2,3/0,1 INIT|RESET']]);
			expect(sysfs_write(parallel, '0000000C')).to.equal(8);
			expect([i.user(), notifications()]).to.deep.equal([{ p: [2, 3], cb: [0, 1] }, [
				'1: 2 2,3/0,1 INIT|RESET',
			]]);
			expect([i.probe(1), i.probe(2)]).to.deep.equal(['0', '-EINVAL']);
			// Nobody: taken, and the instance is INVALID.
			expect([sysfs_write(parallel, '0'), sysfs_read(parallel), i.flags()]).to.deep.equal([1,
				text('0'), v418 ? 'INVALID' : 'INIT|INVALID']);
			notifications();
		});

		it('a stopped instance: the mask is set, and only 4.18 starts', () => {
			const i = shown();
			expect([sysfs_write(serial, '1'), i.flags()]).to.deep.equal([1, v418 ? 'INIT' : '0']);
		});

		it('text that is no mask', () => {
			const i = shown().start();
			const state = i.state();
			const wrong: [string, number][] = [['', 0], ['g', -EINVAL], ['0xf', -EINVAL], ['f f',
				-EINVAL], [',', -EINVAL], ['\n', -EINVAL], ['1,,5', -EINVAL], [',44', -EINVAL], [
				'f,\n',
				-EINVAL,
			], ['-1', -EINVAL], ['0-3', -EINVAL], ['100000000', -EOVERFLOW], ['4,00000000',
				-EOVERFLOW]];
			for (const path of [serial, parallel])
				for (const [input, ret] of wrong)
					expect(sysfs_write(path, input), JSON.stringify(input)).to.equal(ret);
			expect(i.state()).to.deep.equal(state);
			expect([sysfs_write(serial, ' f \n'), sysfs_write(serial, '3\0f'), sysfs_read(serial)])
				.to.deep.equal([4, 3, text('3')]);
			if (nr_cpus > 4)
				expect([sysfs_write(serial, '2,1'), sysfs_read(serial), i.user().cb]).to.deep.equal(
					[3, text('1', '2'), [0, 33]],
				);
		});

		it('paths', () => {
			const i = shown();
			expect([sysfs_read(dir), sysfs_write(dir, '1'), sysfs_read(`${dir}/x`),
				sysfs_read(`${serial}/x`)]).to.deep.equal([-EISDIR, -EISDIR, -ENOENT, -ENOTDIR]);
			kobject_get(i.at + padata_instance.offset.kobj);
			padata_free(i.at);
			// Somebody else's reference: it is there and works.
			expect(sysfs_read(serial)).to.equal(text('f'));
			kobject_put(i.at + padata_instance.offset.kobj);
			i.forget();
			expect(sysfs_read(serial)).to.equal(-ENOENT);
			expect(sysfs_list('/sys/kernel/pcrypt')).to.deep.equal([]);
		});

		it('a name that is there already: -EEXIST; the second instance can be freed', () => {
			shown();
			const second = new Instance(t());
			const set_of = kset_create_and_add('other', 0, kernel_kobj());
			t().at_end(() => kset_unregister(set_of));
			expect(
				kobject_add(second.at + padata_instance.offset.kobj, set_of + kset.offset.kobj,
					'a'),
			).to.equal(0);
			const third = new Instance(t());
			expect(
				kobject_add(third.at + padata_instance.offset.kobj, set_of + kset.offset.kobj, 'a'),
			).to.equal(-EEXIST);
			t().expect_log(/cannot create duplicate filename/,
				/kobject_add_internal failed for a with -EEXIST/);
			expect(third.start().probe()).to.equal('0');
		});
	});
}
