// SPDX-License-Identifier: GPL-2.0-only
//
// The storm as a test: 8 simulated CPUs, see torture.ts. SEED=n takes the decisions of an earlier
// run again.
import { expect } from 'chai';
import { expect_no_threads, seed_of } from '../support/machine.js';
import { torture } from './torture.js';

/** What happens at once in every storm, and what a longer one does too. */
const AT_ONCE = ['objects', 'mask_changes', 'notified', 'stops', 'starts', 'held', 'nested'];
const IN_TIME = ['ups', 'downs', 'resubmitted', 'extras', 'refused -EINVAL'];

/** Declare a test of so many seconds. */
export function storm_test(seconds: number): void {
	it(`everything at once for ${seconds} seconds`, async function() {
		this.timeout(seconds * 1000 + 60_000);
		this.slow(seconds * 1000 + 30_000);
		const lines: string[] = [];
		const { failures, counts, distance } = await torture({
			seconds,
			seed: seed_of('storm'),
			cpus: 8,
			print: (line) => lines.push(line),
		});
		expect(failures, lines.join('\n')).to.deep.equal([]);
		expect_no_threads();
		// Has there been a storm?
		for (const what of seconds < 30 ? AT_ONCE : [...AT_ONCE, ...IN_TIME])
			expect(counts[what], `${what}: ${lines.join('\n')}`).to.be.greaterThan(0);
		expect(counts['serialised']).to.equal(counts['objects']);
		expect(distance.slice(1).every((n) => n === 0), 'all in order').to.equal(true);
	});
}
