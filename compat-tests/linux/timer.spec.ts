// SPDX-License-Identifier: GPL-2.0-only
//
// Timers: docs/kernel-4.18.md 7.3.
import { expect } from 'chai';
import { alloc_workqueue, atomic_load, cpu_down, cpu_up, del_timer, del_timer_sync,
	destroy_workqueue, flush_work, INIT_DELAYED_WORK, jiffies, kzalloc, load, mod_timer,
	queue_work_on, store, system_wq, timer_pending, timer_setup } from '../../lib/index.js';
import { jobs, random_of, seed_of, set, until, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;
const CPUS = 3;

describe('linux: timer', () => {
	const t = use_machine({ nr_cpus: CPUS }, jobs('work'));
	let trace = 0;
	let gate = 0;

	beforeEach(() => {
		trace = t().alloc(4096);
		gate = t().alloc(64);
	});

	interface Fields {
		id?: number;
		n?: number;
		trace?: number;
		other?: number;
		wq?: number;
	}

	/** An item with a timer whose handler is the named function. */
	function with_timer(name: string, fields: Fields = {}, at = t().alloc(item.size)): number {
		timer_setup(at + it_.timer, t().fn[name], 0);
		INIT_DELAYED_WORK(at, t().fn['arm_here']);
		for (const [field, value] of Object.entries({ trace, gate, ...fields }))
			store(at + it_[field as keyof Fields], value);
		return at;
	}

	/** Arm the timer on a CPU. */
	function arm_on(cpu: number, at: number, delay: number): void {
		store(at + it_.n, delay);
		queue_work_on(cpu, system_wq(), at);
		flush_work(at);
	}

	const traced = (n: number): number => until(trace, (v) => v >= n, `entry ${n} of the trace`);
	const ids = (): number[] =>
		Array.from({ length: atomic_load(trace) }, (_, i) => load(trace + 8 + i * 4));

	it('is never early', () => {
		const all = Array.from({ length: 60 }, (_, i) => {
			const at = with_timer('timer_fires', { id: i });
			const expires = jiffies() + i % 30;
			expect(mod_timer(at + it_.timer, expires)).to.equal(0);
			return { at, expires };
		});
		traced(60);
		// A jiffy is under way when a timer is armed: only when the one of its expiry is over the
		// time is.
		for (const { at, expires } of all)
			expect(load(at + it_.ret)).to.be.greaterThan(expires);
		for (const { at } of all) {
			del_timer_sync(at + it_.timer);
			expect(load(at + it_.runs)).to.equal(1);
		}
	});

	it('is never early, measured one by one', () => {
		for (const delay of [0, 1, 3, 10]) {
			const at = with_timer('timer_fires');
			const n = atomic_load(trace);
			const before = performance.now();
			mod_timer(at + it_.timer, jiffies() + delay);
			traced(n + 1);
			expect(performance.now() - before).to.be.at.least(delay);
			del_timer_sync(at + it_.timer);
		}
	});

	it('fires in the order of expiry, the first armed first', () => {
		const base = jiffies() + 30;
		const order = [3, 1, 2, 1, 3, 2, 0];
		const timers = order.map((rank, i) => with_timer('timer_fires', { id: rank * 10 + i }));
		timers.forEach((at, i) => mod_timer(at + it_.timer, base + order[i]));
		traced(order.length);
		expect(ids()).to.deep.equal([6, 11, 13, 22, 25, 30, 34]);
		timers.forEach((at) => del_timer_sync(at + it_.timer));
	});

	it('says whether it was pending', () => {
		const at = with_timer('timer_fires');
		const timer = at + it_.timer;
		expect(timer_pending(timer)).to.equal(false);
		expect(del_timer(timer)).to.equal(0);
		expect(mod_timer(timer, jiffies() + 1e6)).to.equal(0);
		expect(timer_pending(timer)).to.equal(true);
		expect(mod_timer(timer, jiffies() + 2e6)).to.equal(1);
		expect(del_timer(timer)).to.equal(1);
		expect(timer_pending(timer)).to.equal(false);
		expect(del_timer_sync(timer)).to.equal(0);
		mod_timer(timer, jiffies());
		traced(1);
		expect(del_timer_sync(timer)).to.equal(0);
		expect(load(at + it_.runs)).to.equal(1);
	});

	it('takes expiries beyond 32 bits, and flags that mean nothing here', () => {
		const at = with_timer('timer_fires');
		timer_setup(at + it_.timer, t().fn['timer_fires'], 0x380000);
		const soon = with_timer('timer_fires', { id: 1 });
		mod_timer(at + it_.timer, 2 ** 32 + 5);
		mod_timer(soon + it_.timer, jiffies() + 1);
		traced(1);
		expect(ids()).to.deep.equal([1]);
		expect(del_timer(at + it_.timer)).to.equal(1);
		del_timer_sync(soon + it_.timer);
	});

	it('runs on the CPU that armed it', () => {
		for (let cpu = 0; cpu < CPUS; cpu++) {
			const at = with_timer('timer_fires');
			arm_on(cpu, at, 1);
			traced(cpu + 1);
			del_timer_sync(at + it_.timer);
			expect(load(at + it_.cpu)).to.equal(cpu);
		}
	});

	it('can be armed again by its handler', () => {
		const at = with_timer('timer_again', { n: 10 });
		mod_timer(at + it_.timer, jiffies());
		traced(11);
		expect(del_timer_sync(at + it_.timer)).to.equal(0);
		expect(load(at + it_.runs)).to.equal(11);
	});

	it('can be freed by its handler', () => {
		for (let i = 0; i < 20; i++) {
			const at = with_timer('timer_frees_itself', {}, kzalloc(item.size));
			mod_timer(at + it_.timer, jiffies());
			traced(i + 1);
		}
	});

	it('that runs is not pending; del_timer does not wait for it', () => {
		const at = with_timer('timer_at_gate', { id: 1 });
		mod_timer(at + it_.timer, jiffies());
		traced(1);
		expect(timer_pending(at + it_.timer)).to.equal(false);
		expect(del_timer(at + it_.timer)).to.equal(0);
		expect(load(at + it_.inside), 'it still runs').to.equal(1);
		set(gate);
		del_timer_sync(at + it_.timer);
		expect(load(at + it_.inside)).to.equal(0);
	});

	// 1. run_timer_softirq() takes the timer off its list: it is not pending. 2. del_timer_sync()
	//    sees that, and that no
	// handler of it is said to run. 3. run_timer_softirq() says so, and calls the handler, which
	// finds its object freed.
	it('does not run any more after del_timer_sync', () => {
		const seed = seed_of('del_timer_sync');
		const random = random_of(seed);
		const at = with_timer('timer_fires', { trace: 0 });
		for (let i = 0; i < 400; i++) {
			mod_timer(at + it_.timer, jiffies() - 1);
			for (let spin = random(3000); spin > 0; spin--)
				load(at);
			del_timer_sync(at + it_.timer);
			const runs = load(at + it_.runs);
			expect(load(at + it_.inside)).to.equal(0);
			for (let spin = random(300); spin > 0; spin--)
				load(at);
			expect(load(at + it_.runs)).to.equal(runs);
		}
	});

	it('waits on a CPU for a handler that runs on another one', () => {
		const wq = alloc_workqueue('test', 0, 0);
		const at = with_timer('timer_at_gate', { id: 1 });
		arm_on(1, at, 0);
		traced(1);
		const deleter = with_timer('timer_fires', { id: 2, other: at + it_.timer });
		INIT_DELAYED_WORK(deleter, t().fn['delete_other_timer']);
		queue_work_on(2, wq, deleter);
		traced(2);
		set(gate);
		flush_work(deleter);
		expect(ids()).to.deep.equal([1, 2, 1001, 1002]);
		destroy_workqueue(wq);
	});

	it('refuses to wait for itself', () => {
		const at = with_timer('timer_deletes_itself', { id: 1 });
		mod_timer(at + it_.timer, jiffies());
		traced(1);
		del_timer_sync(at + it_.timer);
		t().expect_log(/del_timer_sync: called from the handler of timer/);
	});

	it('is reported if its handler throws or leaks a count; the others fire', () => {
		const bad = with_timer('timer_throws');
		const leaky = with_timer('timer_leaks_bh');
		const good = with_timer('timer_fires', { id: 3 });
		const when = jiffies() + 5;
		for (const at of [bad, leaky, good])
			mod_timer(at + it_.timer, when);
		traced(1);
		for (const at of [bad, leaky, good])
			del_timer_sync(at + it_.timer);
		t().expect_log(/BUG: timer handler timer_throws threw Error: thrown by a timer handler/,
			/timer handler timer_leaks_bh: it leaked a lock/);
	});

	// A timer on its way from one CPU's list to another's is on none: who asks must not be told
	// that it is idle.
	it('stays pending while it changes its CPU', () => {
		const at = with_timer('timer_fires');
		mod_timer(at + it_.timer, jiffies() + 1e6);
		const stop = t().alloc(64);
		const movers = [0, 1].map((cpu) => {
			const mover = with_timer('timer_fires', { other: at + it_.timer });
			INIT_DELAYED_WORK(mover, t().fn['mod_other_timer']);
			store(mover + it_.gate, stop);
			queue_work_on(cpu, system_wq(), mover);
			return mover;
		});
		traced(2);
		let idle = 0;
		for (let i = 0; i < 20000; i++)
			if (!timer_pending(at + it_.timer))
				idle++;
		set(stop);
		movers.forEach((mover) => flush_work(mover));
		expect(idle).to.equal(0);
		expect(del_timer_sync(at + it_.timer)).to.equal(1);
	});

	it('is deleted just once while it is armed and deleted by all', () => {
		const at = with_timer('timer_fires', { trace: 0 });
		const storms = [0, 1, 2].map((cpu) => {
			const storm = with_timer('timer_fires', { other: at + it_.timer, n: 3000 });
			INIT_DELAYED_WORK(storm, t().fn['timer_storm']);
			queue_work_on(cpu, system_wq(), storm);
			return storm;
		});
		storms.forEach((storm) => flush_work(storm));
		const last = del_timer_sync(at + it_.timer);
		// ret: armings of an idle timer minus deletions of a pending one.
		const armed = storms.reduce((sum, storm) => sum + load(storm + it_.ret), 0);
		expect(armed - last).to.equal(load(at + it_.runs));
	});

	describe('when a CPU goes offline', () => {
		beforeEach(() =>
			t().at_end(() => {
				for (let cpu = 0; cpu < CPUS; cpu++)
					cpu_up(cpu);
			})
		);

		it('goes on on another one', () => {
			const far = [1, 2, 3].map(() => with_timer('timer_fires'));
			far.forEach((at) => arm_on(2, at, 1e6));
			const near = with_timer('timer_fires', { id: 5 });
			arm_on(2, near, 20);
			expect(cpu_down(2)).to.equal(0);
			traced(1);
			del_timer_sync(near + it_.timer);
			expect(load(near + it_.cpu)).to.equal(0);
			far.forEach((at) => expect(del_timer(at + it_.timer)).to.equal(1));
		});

		// 1. A handler runs on CPU 2. 2. The CPU goes offline; its list is empty. 3. The handler
		//    arms its timer again, and it
		// stays with the CPU that is gone.
		it('goes on there also if its handler ran just then', () => {
			const at = with_timer('timer_again_at_gate');
			arm_on(2, at, 0);
			traced(1);
			const opener = with_timer('timer_fires', { other: gate });
			INIT_DELAYED_WORK(opener, t().fn['open_after_offline']);
			queue_work_on(0, system_wq(), opener);
			expect(cpu_down(2)).to.equal(0);
			flush_work(opener);
			traced(2);
			del_timer_sync(at + it_.timer);
			expect(ids()).to.deep.equal([2, 0]);
		});
	});
});
