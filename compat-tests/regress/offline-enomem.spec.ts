// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU goes offline, and there is no memory for the new masks.
//
// 1. CPU 3 is taken down; the callback cannot allocate a parallel_data: -ENOMEM. 2. The failure is
// not allowed there, or nobody looks at it: the CPU goes, and stays in the usable masks. 3. Objects
// are given to it.
//
// Upstream: 7.1, c8c4a2972f83 "padata: Put CPU offline callback in ONLINE section to allow
// failure". Seen: a warning of the hotplug core; objects on a CPU that is offline.
import { expect } from 'chai';
import { cpu_down, cpu_online, cpu_up, ENOMEM, FAIL_KZALLOC, failslab,
	load } from '../../lib/index.js';
import { job } from '../padata/api.jobs.js';
import { Instance } from '../padata/instance.js';
import { regress_machine } from './support.js';

describe('regress: no memory while a CPU goes offline', () => {
	const t = regress_machine();
	afterEach(() => failslab({}));

	it('the CPU stays, and everything is as it was', () => {
		const i = new Instance(t(), { p: [3], cb: [0, 3] }).start();
		const before = i.state();
		failslab({ probability: 100, times: 1, filter: FAIL_KZALLOC });
		expect(cpu_down(3)).to.equal(-ENOMEM);
		expect([cpu_online(3), i.state()]).to.deep.equal([true, before]);
		const at = i.run(0, 3);
		i.wait(1);
		expect([load(at + job.offset.par_cpu), load(at + job.offset.ser_cpu)]).to.deep.equal([3,
			3]);
		expect(cpu_down(3)).to.equal(0);
		expect([i.usable(), i.flags()]).to.deep.equal([{ p: [], cb: [0] }, 'INIT|INVALID']);
		expect(cpu_up(3)).to.equal(0);
	});
});
