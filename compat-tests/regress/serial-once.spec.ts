// SPDX-License-Identifier: GPL-2.0-only
//
// padata_do_serial() is called twice for one object.
//
// 1. parallel() takes an -EBUSY of what it stands on for an error, and calls padata_do_serial(). It
// meant "later". 2. The completion comes later, and calls padata_do_serial() again. 3. The object
// is in a list twice, or in the list of objects that came after; the count of objects in flight
// goes wrong.
//
// Upstream: 7.1, 915b692e6cb7 "crypto: pcrypt - Fix handling of MAY_BACKLOG requests",
// CVE-2026-43493: it puts the user right. Seen: list corruption, BUG_ON(refcnt) in the next flush.
import { expect } from 'chai';
import { load, padata_do_serial } from '../../lib/index.js';
import { padata_reorder_objects } from '../../lib/padata/v4.18/order.js';
import { job, Parallel } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { regress_machine } from './support.js';

describe('regress: padata_do_serial() twice', () => {
	const t = regress_machine();

	it('the second call is refused and reported, whether the object waits or is done', () => {
		const i = new Instance(t(), { p: [0, 1], cb: [2] }).start();
		t().expect_log(
			/padata_do_serial: object \w+ on cpu -1 is not outstanding \(waiting for its turn\)/,
			/is not outstanding \(not in flight\)/,
		);
		const held = [0, 1, 2, 3].map((id) => i.run(id, 2, { parallel: Parallel.hold }));
		held.forEach((at) => i.entered(at));
		i.release(held[1]);
		padata_do_serial(held[1] + job.offset.priv);
		i.release(held[0]);
		i.wait(2);
		padata_do_serial(held[0] + job.offset.priv);
		i.release(held[2]);
		i.release(held[3]);
		expect(i.wait(4)).to.deep.equal([0, 1, 2, 3]);
		// Nor has one of them a place in the order a second time, which its number would have again
		// 1024 objects later.
		expect(padata_reorder_objects(i.pd())).to.equal(0);
		expect(held.map((at) => load(at + job.offset.ser_n))).to.deep.equal([1, 1, 1, 1]);
	});
});
