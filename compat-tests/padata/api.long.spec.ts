// SPDX-License-Identifier: GPL-2.0-only
//
// The padata API on a machine whose masks have several words.
import '../../lib/index.js';
import { expect } from 'chai';
import { cpu_down, load, padata_set_cpumasks } from '../../lib/index.js';
import { with_machine } from '../support/machine.js';
import { job } from './api.jobs.js';
import { Instance, JOBS, mask } from './instance.js';

const j = job.offset;
const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

describe('padata: 130 CPUs', function() {
	this.timeout(120_000);
	it('objects go round all of them, and the masks have three words', async () => {
		await with_machine({ nr_cpus: 130 }, async (t) => {
			await t.load(JOBS);
			const i = new Instance(t).start();
			const jobs = range(260).map((id) => i.run(id, 129));
			expect(i.wait(260)).to.deep.equal(range(260));
			expect(jobs.map((at) => load(at + j.par_cpu))).to.deep.equal(
				range(260).map((n) => n % 130),
			);
			expect(padata_set_cpumasks(i.at, mask(t, 31, 32, 63, 64, 129), mask(t, 128))).to.equal(
				0,
			);
			expect([i.probe(129), i.probe(128)]).to.deep.equal(['-EINVAL', '0']);
			expect(i.usable()).to.deep.equal({ p: [31, 32, 63, 64, 129], cb: [128] });
			const five = range(10).map((id) => i.run(id, 128));
			i.wait(271);
			expect(five.map((at) => load(at + j.par_cpu))).to.deep.equal([32, 63, 64, 129, 31, 32,
				63, 64, 129, 31]);
			expect(cpu_down(129)).to.equal(0);
			expect(i.usable().p).to.deep.equal([31, 32, 63, 64]);
		});
	});
});
