// SPDX-License-Identifier: GPL-2.0-only
//
// A removed CPU is taken out of usable masks that are in use already.
//
// 1. padata_remove_cpu(1, PARALLEL) publishes a parallel_data, tells the notifiers, and lets
// objects in again. 2. An object is submitted: its CPU is chosen from W CPUs. 3. CPU 1 is taken out
// of both usable masks; the object is looked for among W - 1.
//
// Upstream: 5.6 "padata: Remove unused padata_remove_cpu": the function went. Seen: an object that
// nobody finds; a mask that was not named has changed; notifiers were told masks that do not hold.
import { expect } from 'chai';
import { PADATA_CPU_PARALLEL, padata_register_cpumask_notifier, padata_remove_cpu,
	padata_unregister_cpumask_notifier } from '../../lib/index.js';
import { notified } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { regress_machine } from './support.js';

describe('regress: padata_remove_cpu', () => {
	const t = regress_machine();

	it('the usable masks are final when the notifiers are told, and only the one named has changed', () => {
		const i = new Instance(t()).start();
		const block = i.block(1);
		padata_register_cpumask_notifier(i.at, block);
		expect(padata_remove_cpu(i.at, 1, PADATA_CPU_PARALLEL)).to.equal(0);
		expect(notified.splice(0).map(({ p, cb }) => ({ p, cb }))).to.deep.equal([i.usable()]);
		expect(i.usable()).to.deep.equal({ p: [0, 2, 3], cb: [0, 1, 2, 3] });
		padata_unregister_cpumask_notifier(i.at, block);
	});
});
