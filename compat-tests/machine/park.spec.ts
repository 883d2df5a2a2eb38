// SPDX-License-Identifier: GPL-2.0-only
//
// Sleeping and waking: CPUs that park when idle, threads that sleep on words.
import { expect } from 'chai';
import { atomic_fetch_add, atomic_load, flush_work, INIT_DELAYED_WORK, load, queue_work_on,
	sleep_on, sleep_on_async, store, system_wq, wake_up, wait_event } from '../../lib/index.js';
import { cpu_park_words, watch_async } from '../../lib/machine/park.js';
import { jobs, random_of, seed_of, set, until, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;
const CPUS = 8;

describe('machine: park', () => {
	const t = use_machine({ nr_cpus: CPUS }, jobs('work'));

	function work(name: string, fields: Record<string, number> = {}): number {
		const at = t().alloc(item.size);
		INIT_DELAYED_WORK(at, t().fn[name]);
		for (const [field, value] of Object.entries(fields))
			store(at + it_[field as 'gate'], value);
		return at;
	}

	it('loses no wake-up of a CPU that is about to park', () => {
		const seed = seed_of('park');
		const random = random_of(seed);
		const all = Array.from({ length: CPUS }, () => work('run'));
		for (let i = 0; i < 4000; i++) {
			// Now one CPU, now some at once; between them a gap in which a CPU spins, parks, or is
			// on its way there.
			const some = random(8) === 0 ? 1 + random(CPUS) : 1;
			const begun = new Map<number, number>();
			for (let k = 0; k < some; k++) {
				const w = all[random(CPUS)];
				if (queue_work_on(random(CPUS), system_wq(), w))
					begun.set(w, (begun.get(w) ?? 0) + 1);
			}
			for (const [w, times] of begun) {
				flush_work(w);
				expect(load(w + it_.runs), `seed ${seed}, round ${i}`).to.equal(times);
				store(w + it_.runs, 0);
			}
			for (let spin = random(4) === 0 ? random(20000) : random(200); spin > 0; spin--)
				load(seed & 0xfffc);
		}
	});

	it('loses none between CPUs: an item goes round', () => {
		const trace = t().alloc(64);
		const wq = system_wq();
		const rings = Array.from({ length: 3 },
			(_, i) => work('goes_round', { n: 1500, other: CPUS, wq, gate: trace, id: 1 + i * 2 }));
		rings.forEach((w, i) => queue_work_on(i, wq, w));
		until(trace, (v) => v === 3, 'the last round');
		rings.forEach((w) => flush_work(w));
	});

	it('loses none of two CPUs that wake each other from sleep', () => {
		const ball = t().alloc(64);
		const players = [0, 1].map((cpu) => {
			const w = work('plays', { gate: ball, n: 1000, id: cpu });
			queue_work_on(cpu + 2, system_wq(), w);
			return w;
		});
		players.forEach((w) => flush_work(w));
		expect(load(ball)).to.equal(2000);
	});

	it('loses none of a CPU and a guest thread that wake each other', () => {
		const ball = t().alloc(64);
		const w = work('plays', { gate: ball, n: 1000, id: 1 });
		queue_work_on(5, system_wq(), w);
		for (let i = 0; i < 1000; i++) {
			wait_event(ball, (v) => (v & 1) === 0);
			atomic_fetch_add(ball, 1);
			wake_up(ball);
		}
		flush_work(w);
		expect(load(ball)).to.equal(2000);
	});

	it('wakes many CPUs that sleep on one word', () => {
		const gate = t().alloc(64);
		const trace = t().alloc(4096);
		for (let round = 0; round < 20; round++) {
			store(gate, 0);
			store(trace, 0);
			store(trace + 4, 0);
			const all = Array.from({ length: CPUS * 3 }, () =>
				work('sleep_at_gate', { gate, trace }));
			all.forEach((w, i) => queue_work_on(i % CPUS, system_wq(), w));
			until(trace, (v) => v === CPUS * 3);
			set(gate);
			all.forEach((w) => flush_work(w));
		}
	});

	it('sleep_on_async sees a word that has changed although its wake-up was lost', async () => {
		const word = t().alloc(64);
		const waiting = sleep_on_async(word, 0);
		store(word, 1);
		expect(await waiting).to.equal(true);
	});

	it('sleep_on returns at once if the word has changed, and after its time', async () => {
		const word = t().alloc(64);
		expect(sleep_on(word, 1)).to.equal(true);
		expect(await sleep_on_async(word, 1)).to.equal(true);
		// V8's futex may wake up to a millisecond before its time; what counts on time looks at the
		// clock again.
		let start = performance.now();
		expect(sleep_on(word, 0, 10)).to.equal(false);
		expect(performance.now() - start).to.be.at.least(9);
		start = performance.now();
		expect(await sleep_on_async(word, 0, 10)).to.equal(false);
		expect(performance.now() - start).to.be.at.least(9);
		const watching = watch_async(word, 0);
		set(word);
		expect(await watching).to.equal(true);
		// On a CPU as well.
		store(word, 0);
		const w = work('sleeps_for', { gate: word, n: 15 });
		start = performance.now();
		queue_work_on(4, system_wq(), w);
		flush_work(w);
		expect(performance.now() - start).to.be.at.least(14);
		expect(load(w + it_.ret)).to.equal(0);
		expect(atomic_load(word)).to.equal(0);
	});
});

describe('machine: park, where CPUs are without a thread', () => {
	const t = use_machine({ nr_cpus: 2, cpus: [0] }, jobs('work'));

	// 1. The booting thread sleeps on a word. Since it starts threads for CPUs that come online, it
	//     sleeps as a CPU does: it says which word it waits for, and parks.
	//  2. CPU 0: it changes the word, and calls wake_up(), which has to look for that thread too.
	// A thread that is not woken sees the change when its time is over.
	it('wake_up() wakes the booting thread, which sleeps as a CPU does', () => {
		const gate = t().alloc(64);
		const w = t().alloc(item.size);
		INIT_DELAYED_WORK(w, t().fn['opens_gate_of_sleeper']);
		store(w + it_.gate, gate);
		store(w + it_.other, cpu_park_words());
		const late = performance.now() + 4000;
		queue_work_on(0, system_wq(), w);
		expect(sleep_on(gate, 0, 5000)).to.equal(true);
		expect(performance.now()).to.be.below(late);
		flush_work(w);
	});
});
