// SPDX-License-Identifier: GPL-2.0-only
//
// The numbers of objects overflow.
//
// 1. Objects 2^31 - 2 .. 2^31 + 1, or 2^32 - 2 .. 2^32 + 1, are in flight; their numbers are
// compared, or subtracted. 2. The one behind the overflow counts as the earliest, or as one of 2^32
// in flight.
//
// Upstream: 6.12, 9a22b2812393 "padata: use integer wrap around to prevent deadlock on seq_nr
// overflow", CVE-2024-47739. Seen: objects that never get their turn, an instance that is full or
// never unused.
import { expect } from 'chai';
import { padata_stop } from '../../lib/index.js';
import { Parallel } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { number_from, regress_machine } from './support.js';

describe('regress: seq_nr overflow', () => {
	const t = regress_machine();

	for (const [name, first] of [['2^31', 2 ** 31 - 2], ['2^32', 2 ** 32 - 2]] as const)
		it(`past ${name}: in order, counted right, and the instance stops`, () => {
			const i = new Instance(t(), { p: [0, 1], cb: [2] }).start();
			number_from(i, first);
			const held = [0, 1, 2, 3].map((id) => i.run(id, 2, { parallel: Parallel.hold }));
			expect(i.refcnt()).to.equal(4);
			held.forEach((at) => i.entered(at));
			held.toReversed().forEach((at) => i.release(at));
			expect(i.wait(4)).to.deep.equal([0, 1, 2, 3]);
			expect(i.probe(2)).to.equal('0');
			padata_stop(i.at);
			expect(i.refcnt()).to.equal(0);
		});
});
