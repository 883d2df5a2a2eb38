// SPDX-License-Identifier: GPL-2.0-only
//
// padata_refcnt() is the difference of two counters, which go on while it reads them.
//
//  1. Thread A: one object is in flight. padata_refcnt() has read the number of accepted objects.
//  2. Thread B: another object is accepted, and the first one is serialised.
//  3. Thread A: it reads the number of serialised objects: as many as it has read in step 1.
//
// The result is 0, although there was an object in flight at each moment. In the other order of the
// reads it is 2, and the caller looks again.
import { expect } from 'chai';
import { atomic_inc, atomic_set, kfree, kzalloc, parallel_data } from '../../lib/index.js';
import { padata_refcnt } from '../../lib/padata/v4.18/in-flight.js';
import { bare_machine, bare_shutdown } from '../support/bare.js';
import { watch } from '../support/watch.js';

const { seq_nr, serialised } = parallel_data.offset;

describe('padata: the number of objects in flight', () => {
	before(() => {
		bare_machine();
	});
	after(bare_shutdown);

	it('is not 0 while an object comes and another one goes', () => {
		const pd = kzalloc(parallel_data.size);
		/** The other thread acts before the access of this number. */
		const result = (when: number): number => {
			atomic_set(pd + seq_nr, 0);
			atomic_set(pd + serialised, 0);
			let n = 0;
			watch(() => {
				if (n++ !== when)
					return;
				atomic_inc(pd + seq_nr);
				atomic_inc(pd + serialised);
			});
			const refcnt = padata_refcnt(pd);
			watch(null);
			return refcnt;
		};
		expect([0, 1, 2].map(result)).to.deep.equal([1, 2, 1]);
		kfree(pd);
	});
});
