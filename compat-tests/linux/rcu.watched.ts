// SPDX-License-Identifier: GPL-2.0-only
//
// A reader whose begin is still in the store buffer of its processor.
//
//  1. Thread A: rcu_read_lock() stores the odd counter. The store waits in A's store buffer, and A
//     reads the pointer, which a processor may do.
//  2. Thread B: it publishes another pointer, and calls synchronize_rcu().
//  3. Thread B: membarrier(2) has each running thread make a barrier. A's counter is odd now, and B
//     waits for it.
//
// Without step 3, B finds no reader, and frees what A uses.
import { expect } from 'chai';
import { load, synchronize_rcu } from '../../lib/index.js';
import { machine_field } from '../../lib/machine/layout.js';
import { load_native } from '../../lib/machine/native.js';
import { set, until, use_machine } from '../support/machine.js';
import { await_word, tell } from '../support/watch.js';

const GUARDS = new URL('./guards.jobs.js', import.meta.url).href;

describe('linux: RCU readers and their store buffers', () => {
	const native = load_native().native as { membarrier: () => number } | null;
	const membarrier = native?.membarrier;
	/** The words of the reader that delays its stores, or 0. */
	let reader = 0;

	// The machine keeps the function that it finds when it is booted.
	before(() => {
		if (native !== null)
			native.membarrier = (): number => {
				if (reader !== 0) {
					tell(reader + 4);
					await_word(reader + 8);
				}
				return membarrier!();
			};
	});
	const t = use_machine({ nr_cpus: 1 }, GUARDS);
	after(() => {
		if (native !== null)
			native.membarrier = membarrier!;
	});

	it('synchronize_rcu() waits for a reader whose begin is in its store buffer', async function() {
		if (load(machine_field('membarrier')) === 0)
			this.skip();
		const at = t().alloc(64);
		const done = t().machine.call_async(t().fn['reads_with_delayed_stores'], [at]);
		until(at, (n) => n !== 0, 'the read-side section');
		reader = at;
		synchronize_rcu();
		reader = 0;
		const ended = load(at + 12);
		set(at + 4);
		await done;
		expect(ended).to.equal(1);
	});
});
