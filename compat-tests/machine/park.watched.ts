// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU that goes to sleep at the moment when work is queued for it. Each side stores something and
// then looks at what the other side stores; with a full barrier between the two, one of them sees
// the other. A processor may keep a plain store back until the next barrier, and so do these tests.
import { expect } from 'chai';
import { flush_work, INIT_DELAYED_WORK, load, queue_work_on, sleep_on, store,
	system_wq } from '../../lib/index.js';
import { Parked } from '../linux/guards.jobs.js';
import { cpu_park_words } from '../../lib/machine/park.js';
import { this_thread_ptr, thread_ptr } from '../../lib/machine/thread.js';
import { jobs, until, use_machine } from '../support/machine.js';
import { await_word, delay_stores, tell, watch } from '../support/watch.js';
import { item } from '../support/work.jobs.js';

const GUARDS = new URL('../linux/guards.jobs.js', import.meta.url).href;
const it_ = item.offset;

describe('machine: parking and queueing at the same moment', () => {
	const t = use_machine({ nr_cpus: 2 }, jobs('work'), GUARDS);

	function work(name: string, gate = 0): number {
		const at = t().alloc(item.size);
		INIT_DELAYED_WORK(at, t().fn[name]);
		store(at + it_.gate, gate);
		return at;
	}

	// 1. This thread: it inserts an item into the list of CPU 1, and unlocks the list. 2. This
	// thread: it sees that CPU 1 is awake, so there is nothing to wake. 3. CPU 1: it says that it
	// parks, and looks at its list once more: there is the item. Before the unlock, step 2 may be
	// made while the item is in the store buffer: then CPU 1 finds an empty list in step 3 and
	// sleeps.
	it('a CPU that was awake when work was queued sees the work before it sleeps', () => {
		const at = t().alloc(64);
		queue_work_on(1, system_wq(), work('stops_before_parking', at));
		until(at, (n) => n !== 0, 'CPU 1 on its way to sleep');
		const word = thread_ptr(cpu_park_words() - this_thread_ptr(0), 1);
		const w = work('run');
		let looked = false;
		delay_stores(true);
		watch((_what, addr) => {
			if (looked) {
				watch(null);
				tell(at + 4);
				await_word(at + 8);
			}
			looked = addr === word;
		});
		queue_work_on(1, system_wq(), w);
		// The look may have been the last access.
		store(w + it_.id, 1);
		watch(null);
		delay_stores(false);
		const parked = load(at + 8);
		// It wakes a CPU that sleeps in spite of its work.
		flush_work_on_1();
		flush_work(w);
		expect(parked).to.equal(Parked.awake);
	});

	function flush_work_on_1(): void {
		const w = work('run');
		queue_work_on(1, system_wq(), w);
		flush_work(w);
	}
});

describe('machine: parking and waking at the same moment', () => {
	const t = use_machine({ nr_cpus: 2, cpus: [0] }, jobs('work'));

	//  1. This thread sleeps on a word, as a CPU does. It says that it parks, looks at the word for
	//     the last time, and is about to sleep.
	// 2. CPU 0: it changes the word, and wakes this thread, since it is parked. If this thread says
	// so with a plain store, it may look at the word before CPU 0 sees the store: then CPU 0 wakes
	// nobody. (An online CPU makes a barrier when it counts itself as idle.)
	it('a thread that has looked at its word for the last time is seen to be parked', () => {
		const [gate, trace, go_on] = [64, 64, 64].map((size) => t().alloc(size));
		const w = t().alloc(item.size);
		INIT_DELAYED_WORK(w, t().fn['opens_gate_of_sleeper']);
		for (const [field, value] of [['gate', gate], ['trace', trace], ['other', go_on]] as const)
			store(w + it_[field], value);
		queue_work_on(0, system_wq(), w);
		const me = cpu_park_words();
		const late = performance.now() + 4000;
		watch((what, addr) => {
			if (what !== 'futex_wait' || addr !== me)
				return;
			watch(null);
			tell(go_on);
			await_word(trace);
		});
		delay_stores(true);
		expect(sleep_on(gate, 0, 5000)).to.equal(true);
		delay_stores(false);
		expect(performance.now()).to.be.below(late);
		flush_work(w);
	});
});
