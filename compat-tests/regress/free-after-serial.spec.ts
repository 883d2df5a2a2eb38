// SPDX-License-Identifier: GPL-2.0-only
//
// The user frees the instance as soon as its last serial() has told him so.
//
//  1. serial() of the last object wakes the user, and has not returned yet.
//  2. The user calls padata_free().
//  3. serial() returns; the serial worker counts the object out, in a parallel_data that is gone.
//
// Upstream: 6.7, 7ddc21e317b3 "padata: Fix refcnt handling in padata_free_shell()", CVE-2023-52854.
// Seen: use after free.
import { expect } from 'chai';
import { padata_free_async } from '../../lib/index.js';
import { set, until } from '../support/machine.js';
import { job, Serial } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { prepare_async_threads, regress_machine, waits } from './support.js';

describe('regress: freeing after the last serial()', () => {
	const t = regress_machine();
	prepare_async_threads(t);

	it('the object counts until its serial() has returned, and the instance lives as long', async () => {
		const i = new Instance(t(), { p: [0], cb: [1] }).start();
		const last = i.run(0, 1, { serial: Serial.gate });
		until(last + job.offset.entered, (n) => n === 2, 'serial()');
		expect(i.refcnt()).to.equal(1);
		const freed = padata_free_async(i.at);
		const waited = await waits(t(), freed);
		set(i.gate);
		expect(waited).to.equal(true);
		expect(await freed).to.equal(0);
		expect(i.serialised()).to.equal(1);
		i.forget();
	});
});
