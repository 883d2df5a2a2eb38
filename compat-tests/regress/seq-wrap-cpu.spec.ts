// SPDX-License-Identifier: GPL-2.0-only
//
// At 2^32 objects the CPU that an object is given and the CPU where it is looked for part.
//
// 1. There are 3 parallel CPUs; 2^32 is no multiple of 3. Object 2^32 - 1 belongs to CPU 0, and so
// does object 2^32, which is 0. 2. Whoever goes round the CPUs instead looks for object 2^32 on CPU
// 1; whoever takes the number as signed on none.
//
// Upstream: 6.18, 501302d5cee0 "padata: Reset next CPU when reorder sequence wraps around". 4.18
// takes both from the number. Seen: a deadlock.
import { expect } from 'chai';
import { load, padata_priv } from '../../lib/index.js';
import { Parallel } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { number_from, regress_machine } from './support.js';

for (const quirks of ['none', 'v4.18'] as const)
	describe(`regress: CPUs at the wrap, quirks ${quirks}`, () => {
		const t = regress_machine(4, quirks);

		it('the same CPU before and after', () => {
			const i = new Instance(t(), { p: [0, 1, 2], cb: [3] }).start();
			number_from(i, 2 ** 32 - 3);
			const held = Array.from({ length: 7 },
				(_, id) => i.run(id, 3, { parallel: Parallel.hold }));
			expect(held.map((at) => load(at + padata_priv.offset.cpu))).to.deep.equal([1, 2, 0, 0,
				1, 2, 0]);
			held.forEach((at) => {
				i.entered(at);
				i.release(at);
			});
			expect(i.wait(7)).to.deep.equal([0, 1, 2, 3, 4, 5, 6]);
		});
	});
