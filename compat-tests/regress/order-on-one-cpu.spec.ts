// SPDX-License-Identifier: GPL-2.0-only
//
// Objects of one CPU come out in the order in which they were completed.
//
// 1. Objects 0 and 1 are submitted; both belong to CPU 0. Their parallel() leaves the work
// outstanding. 2. Object 1 completes, then object 0. 3. padata takes the head of CPU 0's list for
// object 0: it is object 1.
//
// Upstream: 5.4, bfde23ce200e "padata: unbind parallel jobs from specific CPUs", which sorts by
// number. Seen: serial() of object 1 runs before that of object 0.
import { expect } from 'chai';
import { Parallel } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { regress_machine } from './support.js';

describe('regress: order on one CPU', () => {
	const t = regress_machine();

	it('completed backwards, serialised forwards', () => {
		const i = new Instance(t(), { p: [0], cb: [1] }).start();
		const held = [0, 1, 2, 3].map((id) => i.run(id, 1, { parallel: Parallel.hold }));
		held.forEach((at) => i.entered(at));
		held.toReversed().forEach((at) => i.release(at));
		expect(i.wait(4)).to.deep.equal([0, 1, 2, 3]);
	});
});
