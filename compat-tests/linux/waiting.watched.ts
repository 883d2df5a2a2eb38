// SPDX-License-Identifier: GPL-2.0-only
//
// Lost wake-ups. A thread that waits notes the value of a word, looks at its condition, and sleeps
// if the word still has that value. A thread that wakes changes the condition, then the word, then
// wakes.
//
//  1. Thread A: it looks at its condition, which does not hold.
//  2. Thread B: it makes the condition hold, changes the word, and wakes nobody: A is still awake.
//  3. Thread A: it notes the value of the word, and sleeps for ever.
import { expect } from 'chai';
import { alloc_workqueue, atomic_fetch_add, atomic_set, complete, complete_all, destroy_workqueue,
	down_read, down_write, flush_work, flush_workqueue, init_completion, INIT_DELAYED_WORK,
	init_rwsem, kfree, kzalloc, load, mutex_init, mutex_lock, mutex_unlock, queue_work_on,
	rw_semaphore, store, up_read, up_write, wait_event, wait_for_completion,
	wake_up } from '../../lib/index.js';
import { bare_machine, bare_shutdown } from '../support/bare.js';
import { jobs, until, use_machine } from '../support/machine.js';
import { tell, watch } from '../support/watch.js';
import { item } from '../support/work.jobs.js';

const GUARDS = new URL('./guards.jobs.js', import.meta.url).href;
const it_ = item.offset;

describe('linux: waiting for an event that comes at any moment', () => {
	let at = 0;
	before(() => {
		bare_machine();
		at = kzalloc(128);
	});
	after(() => {
		kfree(at);
		bare_shutdown();
	});

	/** Wait once for each access of the wait, with the event before that access. */
	function try_all(prepare: () => void, wait: () => void, event: () => void): void {
		for (let when = 0, last = false; !last; when++) {
			prepare();
			let n = 0;
			let over = false;
			watch((what, addr, value) => {
				const sleeps = what === 'futex_wait';
				if (!over && (n++ === when || sleeps)) {
					// Before its sleep is the last moment: it would not have waited without an
					// event.
					last = sleeps;
					over = true;
					event();
				} else if (over && sleeps && load(addr) === value) {
					throw new Error(`it sleeps, although the event came before access ${when}`);
				}
			});
			try {
				wait();
			} finally {
				watch(null);
			}
		}
	}

	/** The owner's number of a thread that is not this one. */
	const OTHER = 77;
	const WRITER = -1;
	const { count } = rw_semaphore.offset;
	const rwsem_with = (value: number): void => {
		init_rwsem(at);
		store(at + count, value);
	};

	it('mutex_lock() sees each mutex_unlock()', () => {
		try_all(() => {
			mutex_init(at);
			store(at, OTHER);
		}, () => mutex_lock(at), () => mutex_unlock(at));
	});

	it('down_read() sees each up_write()', () => {
		try_all(() => rwsem_with(WRITER), () => down_read(at), () => up_write(at));
	});

	it('down_write() sees each up_write() and the last up_read()', () => {
		try_all(() => rwsem_with(WRITER), () => down_write(at), () => up_write(at));
		try_all(() => rwsem_with(1), () => down_write(at), () => up_read(at));
	});

	it('wait_for_completion() sees each complete() and complete_all()', () => {
		for (const event of [complete, complete_all])
			try_all(() => init_completion(at), () => wait_for_completion(at), () => event(at));
	});

	it('wait_event() sees each change of its word', () => {
		try_all(() => atomic_set(at, 0), () => wait_event(at, (v) => v !== 0), () => {
			atomic_fetch_add(at, 1);
			wake_up(at);
		});
	});
});

describe('linux: who wakes', () => {
	const t = use_machine({ nr_cpus: 2 }, jobs('work'), GUARDS);

	//  1. Thread A: it sees that the word is unchanged.
	//  2. Thread B: it wakes who sleeps on the word: nobody yet.
	//  3. Thread A: it sleeps. B changes the word, and A sleeps for ever.
	it('has changed the word before', () => {
		const wrong = t().alloc(64);
		const work = (name: string, other = 0, gate = 0): number => {
			const w = t().alloc(item.size);
			INIT_DELAYED_WORK(w, t().fn[name]);
			store(w + it_.other, other);
			store(w + it_.gate, gate);
			return w;
		};
		const wq = alloc_workqueue('wakes', 0, 0);
		const rules = work('watches_wake_ups', 0, wrong);
		queue_work_on(1, wq, rules);
		until(wrong + 4, (n) => n !== 0, 'the watch');

		const [x, sem, first, second] = [64, 64, 64, 64].map((size) => t().alloc(size));
		/** Open the gate when this thread is about to sleep. */
		const opening = (gate: number, wait: () => void): void => {
			watch((what) => {
				if (what !== 'futex_wait')
					return;
				watch(null);
				tell(gate);
			});
			wait();
		};
		const flushed = work('spin_at_gate', 0, first);
		for (const w of [flushed, work('spin_at_gate', 0, second), work('completes', x),
			work('completes_all', x), work('reads_and_writes', sem)])
			queue_work_on(1, wq, w);
		opening(first, () => flush_work(flushed));
		opening(second, () => flush_workqueue(wq));
		const off = work('watches_nothing');
		queue_work_on(1, wq, off);
		flush_work(off);
		destroy_workqueue(wq);
		expect(load(wrong)).to.equal(0);
	});
});
