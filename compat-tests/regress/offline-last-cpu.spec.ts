// SPDX-License-Identifier: GPL-2.0-only
//
// The last usable parallel CPU goes offline, and the instance stays valid.
//
// 1. The parallel mask is {3}; CPU 3 is taken down. 2. padata validates its masks while CPU 3 is
// still online, and finds them good; then it takes CPU 3 out. 3. The next padata_do_parallel()
// takes a number modulo the number of CPUs.
//
// Upstream: 5.6, 894c9ef9780c "padata: validate cpumask without removed CPU during offline". Seen:
// divide error.
import { expect } from 'chai';
import { cpu_down, cpu_up, EINVAL, padata_start } from '../../lib/index.js';
import { Instance } from '../padata/instance.js';
import { regress_machine } from './support.js';

describe('regress: the last parallel CPU goes offline', () => {
	const t = regress_machine();

	it('the instance is INVALID until it is back', () => {
		const i = new Instance(t(), { p: [3], cb: [0] }).start();
		expect(cpu_down(3)).to.equal(0);
		expect([i.flags(), i.usable().p, i.probe(), padata_start(i.at)]).to.deep.equal([
			'INIT|INVALID',
			[],
			'-EINVAL',
			-EINVAL,
		]);
		expect(cpu_up(3)).to.equal(0);
		expect([i.flags(), i.usable().p, i.probe()]).to.deep.equal(['INIT', [3], '0']);
	});
});
