// SPDX-License-Identifier: GPL-2.0-only
//
// parallel() is called with softirqs on.
//
// 1. An object is run on another path than most: by the submitter (from 5.8 on), or (here) by a
// worker that has emptied its
//     list and waited for more.
//  2. That path has not switched softirqs off; the callback takes a lock that a softirq wants.
//
// Upstream: 6.2, 34c3a47d20ae "padata: Always leave BHs disabled when running ->parallel()",
// CVE-2022-50382. Seen: deadlock.
import { expect } from 'chai';
import { load } from '../../lib/index.js';
import { set } from '../support/machine.js';
import { job, Parallel } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { regress_machine } from './support.js';

describe('regress: softirqs', () => {
	const t = regress_machine();

	it('are off in every parallel(), also in those that a worker finds when it looks again', () => {
		const i = new Instance(t(), { p: [0], cb: [1] }).start();
		const first = i.run(0, 1, { parallel: Parallel.gate });
		i.entered(first);
		// The worker has its batch of one; these are found after it.
		const more = [1, 2, 3].map((id) => i.run(id, 1));
		set(i.gate);
		i.wait(4);
		expect([first, ...more].map((at) => load(at + job.offset.softirq) > 0)).to.deep.equal([true,
			true, true, true]);
	});
});
