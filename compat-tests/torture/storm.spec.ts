// SPDX-License-Identifier: GPL-2.0-only
//
// The storm for half a minute: 8 simulated CPUs, see torture.ts. SEED=n takes the decisions of an earlier run again.
import { expect } from 'chai';
import { expect_no_threads, seed_of } from '../support/machine.js';
import { torture } from './torture.js';

const SECONDS = 30;

describe('storm', () => {
	it(`everything at once for ${SECONDS} seconds`, async function () {
		this.timeout(SECONDS * 1000 + 60_000);
		this.slow(SECONDS * 1000 + 30_000);
		const lines: string[] = [];
		const { failures, counts, distance } = await torture({ seconds: SECONDS, seed: seed_of('storm'), cpus: 8, print: (line) => lines.push(line) });
		expect(failures, lines.join('\n')).to.deep.equal([]);
		expect_no_threads();
		// Has there been a storm?
		for (const what of ['objects', 'mask_changes', 'notified', 'ups', 'downs', 'stops', 'starts', 'held', 'nested', 'resubmitted', 'extras', 'refused -EINVAL'])
			expect(counts[what], `${what}: ${lines.join('\n')}`).to.be.greaterThan(0);
		expect(counts['serialised']).to.equal(counts['objects']);
		expect(distance.slice(1).every((n) => n === 0), 'all in order').to.equal(true);
	});
});
