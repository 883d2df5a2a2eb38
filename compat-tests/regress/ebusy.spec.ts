// SPDX-License-Identifier: GPL-2.0-only
//
// -EBUSY means that the object has not been accepted.
//
// 1. A user submits an object while the masks are being changed, or while 1000 are in flight:
// -EBUSY. 2. He takes that for "accepted, the callback will come", as crypto's -EBUSY means: he
// waits for ever. Or he does the
//     work himself, or submits the object again: then padata must not know it.
//
// Upstream: 6.7, 8f4f68e788c3 "crypto: pcrypt - Fix hungtask for PADATA_RESET", CVE-2023-52813;
// 6.13, 662f2f13e66d "crypto: pcrypt - Call crypto layer directly when padata_do_parallel() return
// -EBUSY", CVE-2024-56690. Both put the user right. Seen, were padata wrong: a callback for an
// object that was refused, or -EALREADY.
import { expect } from 'chai';
import { bytes_at, errno_name, load, PADATA_CPU_PARALLEL, padata_register_cpumask_notifier,
	padata_set_cpumask, padata_unregister_cpumask_notifier } from '../../lib/index.js';
import { job, notified, Parallel } from '../padata/api.jobs.js';
import { Instance, mask } from '../padata/instance.js';
import { regress_machine } from './support.js';

const snapshot = (at: number): string => Buffer.from(bytes_at(at, job.size)).toString('hex');

describe('regress: -EBUSY', () => {
	const t = regress_machine();

	it('1000 in flight: the object is left alone, and can be submitted elsewhere', () => {
		const i = new Instance(t(), { p: [0], cb: [1] }).start();
		const elsewhere = new Instance(t()).start();
		const held = Array.from({ length: 1000 },
			(_, id) => i.run(id, 1, { parallel: Parallel.hold }));
		const refused = elsewhere.job(1);
		const before = snapshot(refused);
		expect(errno_name(i.submit(refused, 1))).to.equal('-EBUSY');
		expect(snapshot(refused)).to.equal(before);
		expect(errno_name(elsewhere.submit(refused, 1))).to.equal('0');
		expect(elsewhere.wait(1)).to.deep.equal([1]);
		for (const at of held) {
			i.entered(at);
			i.release(at);
		}
		i.wait(1000);
		expect([load(refused + job.offset.par_n), load(refused + job.offset.ser_n)]).to.deep.equal([
			1,
			1,
		]);
	});

	it('RESET: likewise', () => {
		const i = new Instance(t()).start();
		const refused = i.job(7);
		const block = i.block(1, { probe: refused + job.offset.priv });
		const before = snapshot(refused);
		expect(padata_register_cpumask_notifier(i.at, block)).to.equal(0);
		expect(padata_set_cpumask(i.at, PADATA_CPU_PARALLEL, mask(t(), 1))).to.equal(0);
		expect(notified.splice(0).map(({ submit }) => errno_name(submit!))).to.deep.equal([
			'-EBUSY',
		]);
		expect(snapshot(refused)).to.equal(before);
		expect(errno_name(i.submit(refused))).to.equal('0');
		expect(i.wait(1)).to.deep.equal([7]);
		expect(padata_unregister_cpumask_notifier(i.at, block)).to.equal(0);
	});
});
