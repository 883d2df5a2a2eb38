// SPDX-License-Identifier: GPL-2.0-only
//
// The workqueue's contract: docs/kernel-4.18.md 7.2.
import { expect } from 'chai';
import { alloc_workqueue, atomic_load, cancel_delayed_work, cancel_delayed_work_sync, cancel_work,
	cancel_work_sync, cpu_down, cpu_up, destroy_workqueue, destroy_workqueue_async, drain_workqueue,
	failslab, flush_delayed_work, flush_work, flush_work_async, flush_workqueue,
	flush_workqueue_async, INIT_DELAYED_WORK, kfree, kzalloc, load, local_bh_disable,
	local_bh_enable, mod_delayed_work, mutex_init, preempt_count, queue_delayed_work,
	queue_delayed_work_on, queue_work, queue_work_on, schedule_work_on, store, system_highpri_wq,
	system_unbound_wq, system_wq, work_on_cpu, work_pending, workqueue_in_flight, WORK_CPU_UNBOUND,
	WQ_HIGHPRI, WQ_UNBOUND } from '../../lib/index.js';
import { init_rwsem } from '../../lib/linux/rwsem.js';
import { workqueue_offline_cpu } from '../../lib/linux/workqueue.js';
import { jobs, random_of, seed_of, set, until, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;
const CPUS = 4;

describe('linux: workqueue', () => {
	const t = use_machine({ nr_cpus: CPUS }, jobs('work'));
	let wq = 0;
	let trace = 0;
	let gate = 0;

	beforeEach(() => {
		wq = alloc_workqueue('test', 0, 0);
		trace = t().alloc(4096);
		gate = t().alloc(64);
		t().at_end(() => {
			if (wq !== 0)
				destroy_workqueue(wq);
		});
	});

	interface Fields {
		trace?: number;
		gate?: number;
		wq?: number;
		other?: number;
		id?: number;
		n?: number;
		due?: number;
	}

	/** A work item whose function is the named one. */
	function work(name: string, fields: Fields = {}, at = t().alloc(item.size)): number {
		expect(t().fn[name], name).to.be.a('number');
		INIT_DELAYED_WORK(at, t().fn[name]);
		for (const [field, value] of Object.entries({ trace, gate, wq, ...fields }))
			store(at + it_[field as keyof Fields], value);
		return at;
	}

	const runs = (at: number): number => load(at + it_.runs);
	const ids = (): number[] =>
		Array.from({ length: atomic_load(trace) }, (_, i) => load(trace + 8 + i * 4));
	const traced = (n: number): number => until(trace, (v) => v >= n, `entry ${n} of the trace`);

	/** An item that keeps a CPU busy until the gate opens. It runs when this returns. */
	function block(cpu: number, own_gate = gate): number {
		const blocker = work('spin_at_gate', { id: -1, gate: own_gate });
		const n = atomic_load(trace);
		queue_work_on(cpu, system_wq(), blocker);
		traced(n + 1);
		return blocker;
	}

	/** An item on another CPU that waits in flush_work() for an item when this returns. */
	function flush_on(cpu: number, other: number): number {
		const flusher = work('flush_other', { other, id: 7 });
		queue_work_on(cpu, system_wq(), flusher);
		// It runs only while the one before it sleeps.
		const marker = work('run', { trace: 0 });
		queue_work_on(cpu, system_wq(), marker);
		flush_work(marker);
		return flusher;
	}

	function few_items(n: number): number {
		const few = t().alloc(item.size * n);
		for (let i = 0; i < n; i++)
			work('run', { trace: 0 }, few + i * item.size);
		return few;
	}

	const runs_of = (few: number, n: number): number =>
		Array.from({ length: n }, (_, i) => runs(few + i * item.size)).reduce((a, b) => a + b);

	/**
	 * Two threads, which are no CPUs, queue few items on all CPUs, so and so often. `ended`: how
	 * often one was not pending.
	 */
	async function start_storms(seed: number, few: number, due: number,
		n: number): Promise<{ ended: Promise<number> }>
	{
		const { machine, fn } = t();
		const storms = [1, 2].map((i) =>
			work('queue_storm', { id: seed + i, n, other: few, due, gate: CPUS })
		);
		// The threads are up when they have answered.
		await Promise.all(storms.map(() => machine.call_async(fn['double'], [1])));
		const ended = Promise.all(storms.map((w) => machine.call_async(fn['queue_storm'], [w])));
		return { ended: ended.then(() => storms.reduce((sum, w) => sum + load(w + it_.ret), 0)) };
	}

	describe('queueing', () => {
		it('queues an item once until it begins to run', () => {
			const blocker = block(1);
			const w = work('run');
			expect(work_pending(w)).to.equal(false);
			expect(queue_work_on(1, wq, w)).to.equal(true);
			expect(work_pending(w)).to.equal(true);
			expect(queue_work_on(1, wq, w)).to.equal(false);
			expect(queue_work_on(2, wq, w), 'on another CPU').to.equal(false);
			expect(queue_work(system_wq(), w), 'on another queue').to.equal(false);
			set(gate);
			flush_work(w);
			flush_work(blocker);
			expect(runs(w)).to.equal(1);
			expect(work_pending(w)).to.equal(false);
			expect(queue_work_on(1, wq, w)).to.equal(true);
			flush_work(w);
			expect(runs(w)).to.equal(2);
		});

		it('lets a running item be queued again, on any CPU', () => {
			const w = work('requeue', { n: 20, other: CPUS });
			queue_work_on(0, wq, w);
			traced(21);
			flush_work(w);
			expect(runs(w)).to.equal(21);
		});

		it('runs each on its CPU, and an unbound one somewhere online', () => {
			for (let cpu = 0; cpu < CPUS; cpu++) {
				const w = work('run');
				expect(schedule_work_on(cpu, w)).to.equal(true);
				flush_work(w);
				expect(load(w + it_.cpu)).to.equal(cpu);
			}
			const used = new Set<number>();
			const unbound = alloc_workqueue('unbound', WQ_UNBOUND, 0);
			for (const q of [unbound, system_unbound_wq(), wq])
				for (let i = 0; i < CPUS; i++) {
					const w = work('run');
					expect(queue_work_on(WORK_CPU_UNBOUND, q, w)).to.equal(true);
					flush_work(w);
					used.add(load(w + it_.cpu));
				}
			destroy_workqueue(unbound);
			expect([...used].sort()).to.deep.equal([0, 1, 2, 3]);
		});

		it('runs the items of a CPU in the order of queueing, whatever queue they are of', () => {
			const blocker = block(2);
			const all = Array.from({ length: 100 }, (_, id) => work('run', { id }));
			all.forEach((w, i) => queue_work_on(2, i % 3 === 0 ? wq : system_wq(), w));
			set(gate);
			traced(102);
			expect(ids()).to.deep.equal([-1, 999, ...all.keys()]);
			flush_work(blocker);
		});

		it('runs those of a high-priority queue first', () => {
			const high = alloc_workqueue('high', WQ_HIGHPRI, 0);
			const blocker = block(1);
			[5, 6, 7].forEach((id) => queue_work_on(1, wq, work('run', { id })));
			[1, 2].forEach((id) => queue_work_on(1, high, work('run', { id })));
			queue_work_on(1, system_highpri_wq(), work('run', { id: 3 }));
			set(gate);
			traced(8);
			expect(ids().slice(2)).to.deep.equal([1, 2, 3, 5, 6, 7]);
			flush_work(blocker);
			destroy_workqueue(high);
		});

		it('never runs an item twice at once: it waits where its last instance runs', () => {
			const w = work('spin_at_gate', { id: 1 });
			queue_work_on(1, wq, w);
			traced(1);
			expect(queue_work_on(2, wq, w)).to.equal(true);
			const behind = work('run', { id: 5, gate: 0 });
			queue_work_on(2, wq, behind);
			flush_work(behind);
			expect(runs(w), 'CPU 2 has passed its place').to.equal(1);
			set(gate);
			flush_work(w);
			expect(runs(w)).to.equal(2);
			expect(load(w + it_.cpu)).to.equal(1);
		});

		it('stays non-reentrant when threads queue the same few items on all CPUs', async () => {
			const seed = seed_of('reentrancy');
			const few = few_items(3);
			const storms = await start_storms(seed, few, 3, 6000);
			const queued = await storms.ended;
			flush_workqueue(wq);
			expect(runs_of(few, 3)).to.equal(queued).and.to.be.at.least(3);
		});

		it('lets an item free itself', () => {
			for (let i = 0; i < 50; i++)
				queue_work_on(i % CPUS, wq, work('free_itself', {}, kzalloc(item.size)));
			traced(50);
			flush_workqueue(wq);
		});
	});

	// 1. An item frees itself and sleeps. 2. Another one gets its memory, and is queued on the same
	//    CPU. 3. Taken for the
	// first one, it waits for that to end, which waits for it.
	it('does not take an item for one that was in the same memory', () => {
		const first = work('frees_itself_and_sleeps', { id: 1 }, kzalloc(item.size));
		queue_work_on(1, wq, first);
		traced(1);
		const second = work('opens_gate', { id: 2 }, first);
		queue_work_on(1, wq, second);
		until(gate, (v) => v === 1, 'the second item');
		flush_workqueue(wq);
		kfree(first);
	});

	describe('items that sleep', () => {
		it('let the next ones of their CPU run', () => {
			const asleep = [1, 2, 3].map((id) => work('sleep_at_gate', { id }));
			asleep.forEach((w) => queue_work_on(3, wq, w));
			const w = work('run', { id: 9 });
			queue_work_on(3, wq, w);
			flush_work(w);
			expect(ids()).to.deep.equal([1, 2, 3, 9]);
			set(gate);
			asleep.forEach((a) => flush_work(a));
			expect(ids().slice(4).sort()).to.deep.equal([1001, 1002, 1003]);
		});

		it('are not run again before they have ended', () => {
			const w = work('sleep_at_gate', { id: 1 });
			queue_work_on(3, wq, w);
			traced(1);
			expect(queue_work_on(3, wq, w)).to.equal(true);
			const other = work('run', { id: 2 });
			queue_work_on(3, wq, other);
			flush_work(other);
			expect(runs(w)).to.equal(1);
			set(gate);
			flush_work(w);
			expect(ids()).to.deep.equal([1, 2, 1001, 1, 1001]);
		});

		it('may be more than the CPU has room for; the others wait', () => {
			const many = Array.from({ length: 24 }, (_, id) => work('sleep_at_gate', { id }));
			many.forEach((w) => queue_work_on(0, wq, w));
			traced(16);
			set(gate);
			many.forEach((w) => flush_work(w));
			expect(ids().length).to.equal(48);
		});

		it('are at most max_active of a queue on a CPU', () => {
			const two = alloc_workqueue('two', 0, 2);
			const mine = [1, 2, 3, 4].map((id) => work('sleep_at_gate', { id }));
			mine.forEach((w) => queue_work_on(1, two, w));
			const elsewhere = work('run', { id: 7 });
			queue_work_on(2, two, elsewhere);
			flush_work(elsewhere);
			const other = work('run', { id: 8 });
			queue_work_on(1, wq, other);
			flush_work(other);
			expect(ids().filter((id) => id < 7)).to.deep.equal([1, 2]);
			expect(workqueue_in_flight(two)).to.equal(4);
			set(gate);
			flush_workqueue(two);
			expect(ids().filter((id) => id < 7)).to.deep.equal([1, 2, 3, 4]);
			destroy_workqueue(two);
		});

		it('hold back the others of a queue with max_active 1, in order', () => {
			const one = alloc_workqueue('one', 0, 1);
			[1, 2, 3].forEach((id) => queue_work_on(1, one, work('sleep_at_gate', { id })));
			traced(1);
			set(gate);
			flush_workqueue(one);
			expect(ids()).to.deep.equal([1, 1001, 2, 1002, 3, 1003]);
			destroy_workqueue(one);
		});
	});

	describe('flush_work', () => {
		it('returns false for an item that is not queued', () => {
			const w = work('run');
			expect(flush_work(w), 'never queued').to.equal(false);
			queue_work_on(1, wq, w);
			flush_workqueue(wq);
			expect(flush_work(w), 'done').to.equal(false);
		});

		it('waits for the last instance', () => {
			const w = work('spin_at_gate', { id: 1 });
			queue_work_on(1, wq, w);
			traced(1);
			queue_work_on(2, wq, w);
			const flusher = flush_on(3, w);
			set(gate);
			flush_work(flusher);
			expect(load(flusher + it_.ret)).to.equal(1);
			expect(ids()).to.deep.equal([1, 1001, 1, 1001, 7]);
		});

		it('does not wait for an instance that is queued after it began', async () => {
			const w = work('requeue_always');
			t().at_end(() => cancel_work_sync(w));
			queue_work_on(1, wq, w);
			traced(1);
			expect(await flush_work_async(w)).to.equal(1);
			expect(flush_work(w)).to.equal(true);
			cancel_work_sync(w);
		});

		it('serves several waiters, on CPUs and threads', async () => {
			const w = work('spin_at_gate', { id: 1 });
			queue_work_on(1, wq, w);
			traced(1);
			const on_cpus = [0, 0, 2, 3].map((cpu) => flush_on(cpu, w));
			const others = [flush_work_async(w), flush_work_async(w)];
			set(gate);
			expect(await Promise.all(others)).to.satisfy((r: number[]) =>
				r.every((v) => v === 0 || v === 1)
			);
			on_cpus.forEach((f) => flush_work(f));
			expect(on_cpus.map((f) => load(f + it_.ret))).to.deep.equal([1, 1, 1, 1]);
			expect(ids().filter((id) => id === 7).length).to.equal(4);
		});

		it('works from an item on the same CPU', () => {
			const w = work('run', { id: 2 });
			const f = work('flush_other', { id: 1, other: w });
			const blocker = block(1);
			queue_work_on(1, wq, f);
			queue_work_on(1, wq, w);
			set(gate);
			flush_work(f);
			expect(load(f + it_.ret)).to.equal(1);
			expect(ids().slice(2)).to.deep.equal([2, 1]);
			flush_work(blocker);
		});

		it('and its relatives are refused where they would wait for themselves', () => {
			const w = work('flush_itself');
			queue_work_on(1, wq, w);
			flush_work(w);
			expect(load(w + it_.ret)).to.equal(0);
			t().expect_log(/flush_work: work .* \(flush_itself\) waits for itself/,
				/flush_workqueue: called from an item/, /destroy_workqueue: called from an item/);
		});
	});

	describe('flush_workqueue', () => {
		it('waits for the items of all CPUs', async () => {
			const all = Array.from({ length: CPUS }, (_, cpu) => work('spin_at_gate', { id: cpu }));
			all.forEach((w, cpu) => queue_work_on(cpu, wq, w));
			traced(CPUS);
			let flushed = false;
			const flush = flush_workqueue_async(wq).then(() => {
				flushed = true;
			});
			const marker = work('run');
			queue_work_on(0, system_wq(), marker);
			expect(flushed).to.equal(false);
			set(gate);
			await flush;
			expect(ids().filter((id) => id >= 1000).length).to.equal(CPUS);
			flush_work(marker);
		});

		it('does not wait for what is queued later', () => {
			const w = work('requeue_always');
			t().at_end(() => cancel_work_sync(w));
			queue_work_on(1, wq, w);
			traced(3);
			for (let i = 0; i < 10; i++)
				flush_workqueue(wq);
			expect(workqueue_in_flight(wq)).to.be.at.least(1);
			cancel_work_sync(w);
			flush_workqueue(wq);
			expect(workqueue_in_flight(wq)).to.equal(0);
		});

		it('may be called by many at once', async () => {
			const w = work('requeue', { n: 200, other: CPUS });
			queue_work_on(0, wq, w);
			await Promise.all(Array.from({ length: 4 }, () => flush_workqueue_async(wq)));
			drain_workqueue(wq);
			expect(runs(w)).to.equal(201);
		});
	});

	describe('drain_workqueue and destroy_workqueue', () => {
		it('wait for items that queue others of the queue', () => {
			for (let round = 0; round < 30; round++) {
				const w = work('requeue', { n: 40, other: CPUS, trace: 0 });
				queue_work_on(round % CPUS, wq, w);
				drain_workqueue(wq);
				expect(runs(w)).to.equal(41);
				expect(workqueue_in_flight(wq)).to.equal(0);
			}
			const last = work('requeue', { n: 40, other: CPUS, trace: 0 });
			queue_work_on(0, wq, last);
			destroy_workqueue(wq);
			wq = 0;
			expect(runs(last)).to.equal(41);
		});

		it('refuse items from elsewhere meanwhile', async () => {
			const blocker = work('spin_at_gate', { id: 1 });
			queue_work_on(1, wq, blocker);
			traced(1);
			const late = work('run', { id: 2 });
			const destroyed = destroy_workqueue_async(wq);
			// It drains from the moment when a new item is dropped.
			const dropped = (): boolean =>
				t().trouble().some((text) => text.includes('is being drained'));
			for (const end = performance.now() + 8000; !dropped() && performance.now() < end;) {
				queue_work_on(2, wq, late);
				flush_work(late);
				await new Promise((resolve) => setImmediate(resolve));
			}
			const before = runs(late);
			queue_work_on(2, wq, late);
			expect(work_pending(late)).to.equal(false);
			set(gate);
			await destroyed;
			wq = 0;
			expect(runs(late)).to.equal(before);
			t().expect_log(/queue_work: work .* is dropped: its workqueue is being drained/);
		});

		it('refuses what is no workqueue', () => {
			destroy_workqueue(t().alloc(256));
			t().expect_log(/destroy_workqueue: .* is not a workqueue/);
		});
	});

	describe('cancelling', () => {
		it('takes a pending item off its queue', () => {
			const blocker = block(1);
			const w = work('run', { id: 1 });
			expect(cancel_work(w), 'idle').to.equal(false);
			queue_work_on(1, wq, w);
			expect(cancel_work(w)).to.equal(true);
			expect(work_pending(w)).to.equal(false);
			expect(cancel_work(w)).to.equal(false);
			expect(workqueue_in_flight(wq)).to.equal(0);
			set(gate);
			flush_work(blocker);
			expect(runs(w)).to.equal(0);
			queue_work_on(1, wq, w);
			flush_work(w);
			expect(runs(w)).to.equal(1);
		});

		it('releases who waits for the item', () => {
			const blocker = block(1);
			const w = work('run');
			queue_work_on(1, wq, w);
			const flusher = flush_on(2, w);
			expect(cancel_work(w)).to.equal(true);
			flush_work(flusher);
			expect(load(flusher + it_.ret)).to.equal(1);
			set(gate);
			flush_work(blocker);
			expect(runs(w)).to.equal(0);
		});

		it('lets one take its place that max_active held back', () => {
			const one = alloc_workqueue('one', 0, 1);
			const blocker = block(1);
			const [a, b] = [work('run', { id: 1 }), work('run', { id: 2 })] as const;
			queue_work_on(1, one, a);
			queue_work_on(1, one, b);
			expect(cancel_work(a)).to.equal(true);
			set(gate);
			flush_work(b);
			expect(runs(b)).to.equal(1);
			queue_work_on(1, one, a);
			flush_work(a);
			flush_work(blocker);
			destroy_workqueue(one);
		});

		// 1. The item runs, and queues itself again. 2. cancel_work_sync() has found it not
		//    pending, and waits for the run.
		// 3. The run ends, the new instance is still queued when cancel_work_sync() returns.
		it('with _sync ends an item that queues itself again', () => {
			for (let i = 0; i < 40; i++) {
				const w = work('requeue_always', {}, kzalloc(item.size));
				store(trace, 0);
				queue_work_on(i % CPUS, wq, w);
				traced(1);
				cancel_work_sync(w);
				expect(work_pending(w)).to.equal(false);
				flush_workqueue(wq);
				expect(workqueue_in_flight(wq)).to.equal(0);
				// It is idle, so it can be queued and cancelled like a new one.
				expect(flush_work(w)).to.equal(false);
				kfree(w);
			}
		});

		it('with _sync waits for the run', () => {
			const w = work('spin_at_gate', { id: 1 });
			queue_work_on(1, wq, w);
			traced(1);
			const cancel = work('cancel_other', { other: w, id: 2 });
			queue_work_on(2, wq, cancel);
			set(gate);
			flush_work(cancel);
			expect(ids().filter((id) => id === 1 || id === 1001 || id === 2)).to.deep.equal([1,
				1001, 2]);
		});
	});

	describe('delayed work', () => {
		it('runs after the delay, never early', () => {
			let count = 0;
			for (const delay of [1, 2, 5, 20]) {
				const w = work('run');
				const at = performance.now();
				expect(queue_delayed_work(wq, w, delay)).to.equal(true);
				traced(++count);
				expect(performance.now() - at).to.be.at.least(delay);
				flush_work(w);
			}
		});

		it('runs on its CPU, at once with no delay', () => {
			const w = work('run');
			queue_delayed_work_on(3, wq, w, 2);
			traced(1);
			flush_work(w);
			expect(load(w + it_.cpu)).to.equal(3);
			queue_delayed_work_on(2, wq, w, 0);
			flush_work(w);
			expect(load(w + it_.cpu)).to.equal(2);
		});

		it('is cancelled while the timer runs and while it is queued', () => {
			const w = work('run');
			expect(cancel_delayed_work(w)).to.equal(false);
			queue_delayed_work(wq, w, 1e6);
			expect(work_pending(w)).to.equal(true);
			expect(queue_delayed_work(wq, w, 0), 'pending').to.equal(false);
			expect(cancel_delayed_work(w)).to.equal(true);
			expect(work_pending(w)).to.equal(false);
			const blocker = block(1);
			queue_delayed_work_on(1, wq, w, 0);
			expect(cancel_delayed_work(w)).to.equal(true);
			set(gate);
			flush_work(blocker);
			expect(runs(w)).to.equal(0);
		});

		it('is flushed: it runs now', () => {
			const w = work('run');
			expect(flush_delayed_work(w)).to.equal(false);
			queue_delayed_work_on(2, wq, w, 1e6);
			expect(flush_work(w), 'flush_work does not hurry it').to.equal(false);
			flush_delayed_work(w);
			expect(runs(w)).to.equal(1);
			expect(load(w + it_.cpu)).to.equal(2);
		});

		it('gets a new time by mod_delayed_work', () => {
			const w = work('run');
			expect(mod_delayed_work(wq, w, 1e6)).to.equal(false);
			expect(mod_delayed_work(wq, w, 1e6)).to.equal(true);
			const at = performance.now();
			expect(mod_delayed_work(wq, w, 5)).to.equal(true);
			traced(1);
			expect(performance.now() - at).to.be.at.least(5);
			expect(mod_delayed_work(wq, w, 0)).to.equal(false);
			traced(2);
			flush_work(w);
			expect(runs(w)).to.equal(2);
		});

		it('counts right when it is changed while it fires', () => {
			const random = random_of(seed_of('mod_delayed_work'));
			const w = work('run', { trace: 0 });
			let queued = 0;
			for (let i = 0; i < 3000; i++) {
				const delay = random(2);
				switch (random(3)) {
					case 0:
						if (queue_delayed_work(wq, w, delay))
							queued++;
						break;
					case 1:
						if (!mod_delayed_work(wq, w, delay))
							queued++;
						break;
					default:
						if (cancel_delayed_work(w))
							queued--;
				}
			}
			if (cancel_delayed_work_sync(w))
				queued--;
			expect(runs(w)).to.equal(queued);
		});

		it('that arms itself again ends with cancel_delayed_work_sync', () => {
			for (let i = 0; i < 20; i++) {
				const w = work('rearm_always');
				store(trace, 0);
				queue_delayed_work_on(i % CPUS, wq, w, 0);
				traced(1 + i % 3);
				cancel_delayed_work_sync(w);
				expect(work_pending(w)).to.equal(false);
				const ran = runs(w);
				expect(flush_delayed_work(w)).to.equal(false);
				expect(runs(w)).to.equal(ran);
			}
		});
	});

	describe('work_on_cpu', () => {
		it('returns what the function returns there', () => {
			for (let cpu = 0; cpu < CPUS; cpu++)
				expect(work_on_cpu(cpu, t().fn['double'], 4)).to.equal(8 + cpu * 1000);
		});

		it('works from a CPU, also to itself', () => {
			const at = t().alloc(64);
			store(at + 4, t().fn['double']);
			for (const cpu of [1, 2]) {
				store(at, cpu);
				expect(work_on_cpu(1, t().fn['double_elsewhere'], at)).to.equal(42 + cpu * 1000);
			}
		});

		it('throws if the function does', () => {
			expect(() => work_on_cpu(2, t().fn['double_throws'], 0)).to.throw(Error,
				'work_on_cpu: double_throws threw on CPU 2');
			t().expect_log(/work function work_for_cpu_fn .* threw Error: thrown on a CPU/);
		});

		it('returns -EDEADLK in atomic context', () => {
			local_bh_disable();
			expect(work_on_cpu(0, t().fn['double'], 0)).to.equal(-35);
			local_bh_enable();
			t().expect_log(/sleeping function called from invalid context: work_on_cpu/);
		});
	});

	describe('a work function', () => {
		it('that throws is reported, and the machine goes on', () => {
			const w = work('throws', { id: 1 });
			queue_work_on(1, wq, w);
			const next = work('run', { id: 2 });
			queue_work_on(1, wq, next);
			flush_work(next);
			expect(ids()).to.deep.equal([1, 2]);
			const oops = t().log().find(({ kind }) => kind === 'oops')!;
			expect(oops.cpu).to.equal(1);
			expect(oops.text).to.match(
				/^BUG: work function throws \(work [0-9a-f]+\) threw RangeError: thrown by a work function\n/,
			)
				.and.to.include('kworker/1').and.to.include('work.jobs');
			t().expect_log(/thrown by a work function/);
		});

		it('that throws with softirqs off or in a read-side section leaves neither behind', () => {
			queue_work_on(1, wq, work('throws_with_bh_off'));
			const next = work('note_softirq_count', { id: 1 });
			store(next + it_.ret, 99);
			queue_work_on(1, wq, next);
			flush_work(next);
			expect(load(next + it_.ret)).to.equal(0);
			t().expect_log(/thrown with softirqs off/,
				/workqueue leaked lock or atomic: throws_with_bh_off/);
		});

		it('that leaks a count is named', () => {
			for (const name of ['leaks_bh', 'leaks_rcu']) {
				queue_work_on(2, wq, work(name));
				const next = work('note_softirq_count', { id: 1 });
				queue_work_on(2, wq, next);
				flush_work(next);
				expect(load(next + it_.ret)).to.equal(0);
			}
			expect(
				t().log().filter(({ kind }) => kind === 'misuse').map((
					{ cpu, level },
				) => [cpu, level]),
			).to.deep.equal([[2, 3], [2, 3]]);
			t().expect_log(/workqueue leaked lock or atomic: leaks_bh/,
				/workqueue leaked lock or atomic: leaks_rcu/);
		});

		it('that sleeps in atomic context is reported each time', () => {
			const lock = t().alloc(64);
			mutex_init(lock);
			init_rwsem(lock);
			const w = work('sleeps_in_atomic', { other: work('run'), gate: lock });
			queue_work_on(1, wq, w);
			flush_work(w);
			expect(load(w + it_.n), 'crashes').to.equal(4);
			expect(load(w + it_.ret), 'cpu_down').to.equal(-35);
			const whats = ['flush_work', 'flush_workqueue', 'drain_workqueue', 'destroy_workqueue',
				'synchronize_rcu', 'cpu_down', 'work_on_cpu', 'mutex_lock', 'wait_event',
				'wait_for_completion', 'down_read', 'down_write'];
			for (const what of whats)
				t().expect_log(
					new RegExp(
						`sleeping function called from invalid context: ${what} \\(softirq_count 1,`,
					),
				);
			t().expect_log(/scheduling while atomic: wait_event/,
				/scheduling while atomic: wait_for_completion/,
				/scheduling while atomic: down_read/, /scheduling while atomic: down_write/);
			expect(preempt_count()).to.equal(0);
		});
	});

	describe('a CPU that goes offline', () => {
		beforeEach(() =>
			t().at_end(() => {
				for (let cpu = 0; cpu < CPUS; cpu++)
					cpu_up(cpu);
			})
		);

		it('leaves what is queued to another one, in order', () => {
			const blocker = block(2);
			const all = [1, 2, 3].map((id) => work('run', { id }));
			all.forEach((w) => queue_work_on(2, wq, w));
			const flusher = flush_on(3, all[1]);
			expect(cpu_down(2)).to.equal(0);
			all.forEach((w) => flush_work(w));
			flush_work(flusher);
			expect(ids().filter((id) => id > 0 && id < 7)).to.deep.equal([1, 2, 3]);
			all.forEach((w) => expect(load(w + it_.cpu)).to.equal(0));
			set(gate);
			flush_work(blocker);
		});

		it('gets nothing new', () => {
			expect(cpu_down(2)).to.equal(0);
			for (let i = 0; i < 20; i++) {
				const w = work('run');
				queue_work_on(i % 2 === 0 ? 2 : WORK_CPU_UNBOUND, wq, w);
				flush_work(w);
				expect(load(w + it_.cpu)).to.not.equal(2);
			}
			const delayed = work('run');
			queue_delayed_work_on(2, wq, delayed, 2);
			flush_delayed_work(delayed);
			expect(load(delayed + it_.cpu)).to.not.equal(2);
			expect(cpu_up(2)).to.equal(0);
			const w = work('run');
			queue_work_on(2, wq, w);
			flush_work(w);
			expect(load(w + it_.cpu)).to.equal(2);
		});

		it('leaves those that max_active holds back as well', () => {
			const one = alloc_workqueue('one', 0, 1);
			const sleeper = work('sleep_at_gate', { id: 9 });
			queue_work_on(2, one, sleeper);
			traced(1);
			[1, 2, 3].forEach((id) => queue_work_on(2, one, work('run', { id })));
			expect(cpu_down(2)).to.equal(0);
			traced(4);
			expect(ids()).to.deep.equal([9, 1, 2, 3]);
			set(gate);
			flush_workqueue(one);
			destroy_workqueue(one);
		});

		// 1. CPU 2's thread finds itself offline, with something left in its list. 2. It is
		//    descheduled. 3. The CPU comes online again,
		// and an item is queued there. 4. The thread goes on, and moves its list to another CPU:
		// the item must stay.
		it('does not move what was queued after it has come back', () => {
			const blocker = block(2);
			const w = work('run');
			queue_work_on(2, wq, w);
			workqueue_offline_cpu(2); // the rest of step 4
			set(gate);
			flush_work(blocker);
			flush_work(w);
			expect(load(w + it_.cpu)).to.equal(2);
		});

		// 1. An item runs on CPU 2 and is queued there again. 2. The CPU goes offline, the new
		//    instance moves to CPU 0.
		// 3. It runs there while the first one still runs on CPU 2.
		it('does not make an item run twice at once', () => {
			for (const [name, when] of [['spin_at_gate', 'before'], ['spin_at_gate', 'after'], [
				'sleep_at_gate',
				'before',
			], ['sleep_at_gate', 'after']] as const) {
				store(gate, 0);
				store(trace, 0);
				store(trace + 4, 0);
				const w = work(name, { id: 1 });
				queue_work_on(2, wq, w);
				traced(1);
				if (when === 'before')
					queue_work_on(2, wq, w);
				expect(cpu_down(2)).to.equal(0);
				if (when === 'after')
					queue_work_on(2, wq, w);
				const marker = work('run', { id: 5 });
				queue_work_on(0, wq, marker);
				flush_work(marker);
				expect(runs(w), `${name} ${when}`).to.equal(1);
				set(gate);
				flush_work(w);
				flush_workqueue(wq);
				expect(ids().filter((id) => id !== 5)).to.deep.equal([1, 1001, 1, 1001]);
				expect(load(w + it_.cpu)).to.not.equal(2);
				expect(cpu_up(2)).to.equal(0);
			}
		});

		// 1. CPU 2 goes offline; its thread sees that, and is held up before it has moved what is
		//    left. 2. CPU 2 comes back, and items
		// are queued there. 3. The thread goes on, and moves them: they run on another CPU,
		// parallel() of an object too.
		it('keeps what is queued there after it has come back, however late its thread is', () => {
			const blocker = block(2);
			const all = [1, 2, 3].map((id) => work('run', { id }));
			all.forEach((w) => queue_work_on(2, wq, w));
			workqueue_offline_cpu(2);
			set(gate);
			[blocker, ...all].forEach((w) => flush_work(w));
			all.forEach((w) => expect(load(w + it_.cpu)).to.equal(2));
		});

		// The item that stays is held back by max_active in a queue whose active item moves away.
		it('does not strand an item that has to wait for its own end', () => {
			const one = alloc_workqueue('one', 0, 1);
			const w = work('spin_at_gate', { id: 1 });
			queue_work_on(2, wq, w);
			traced(1);
			queue_work_on(2, one, work('run', { id: 2 }));
			queue_work_on(2, one, w);
			expect(cpu_down(2)).to.equal(0);
			traced(2);
			expect(runs(w)).to.equal(1);
			// Or else its end would be the occasion to move it.
			expect(cpu_up(2)).to.equal(0);
			set(gate);
			flush_work(w);
			expect(runs(w)).to.equal(2);
			flush_workqueue(one);
			destroy_workqueue(one);
		});

		it('loses and doubles nothing while threads queue and flush', async () => {
			const seed = seed_of('offline');
			const random = random_of(seed);
			const few = few_items(8);
			const storms = await start_storms(seed, few, 8, 30000);
			for (let i = 0; i < 40; i++) {
				const cpu = 1 + random(2);
				expect(cpu_down(cpu)).to.equal(0);
				if (random(2) === 0)
					flush_workqueue(wq);
				else
					flush_work(few + random(8) * item.size);
				expect(cpu_up(cpu)).to.equal(0);
			}
			const queued = await storms.ended;
			flush_workqueue(wq);
			expect(workqueue_in_flight(wq)).to.equal(0);
			expect(runs_of(few, 8)).to.equal(queued);
		});
	});

	it('clamps max_active, and says so', () => {
		const big = alloc_workqueue('big', 0, 1000);
		destroy_workqueue(big);
		t().expect_log(/max_active 1000 of big is out of range/);
	});

	it('refuses items for what is no workqueue, and goes on', () => {
		const gone = alloc_workqueue('gone', 0, 0);
		destroy_workqueue(gone);
		for (const no_wq of [0, gone, t().alloc(256)]) {
			const w = work('run');
			queue_work_on(1, no_wq, w);
			expect(work_pending(w)).to.equal(false);
			queue_work_on(1, wq, w);
			flush_work(w);
			expect(runs(w)).to.equal(1);
		}
		t().expect_log(/queue_work: work .* is dropped: NULL is not a workqueue/,
			/queue_work: work .* is dropped: [0-9a-f]+ is not a workqueue/);
	});

	it('cannot be had without memory', () => {
		for (const times of [1, 2]) {
			failslab({ probability: 100, interval: times });
			expect(alloc_workqueue('none', 0, 0)).to.equal(0);
			failslab({});
		}
	});
});
