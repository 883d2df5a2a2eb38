// SPDX-License-Identifier: GPL-2.0-only
//
// Spinlocks, mutexes, rwsems, completions, RCU, preempt counters: between CPUs, and between CPUs
// and guest threads.
import { expect } from 'chai';
import { atomic_load, complete, complete_all, completion, completion_done, flush_work, get_cpu,
	in_softirq, init_completion, INIT_DELAYED_WORK, load, local_bh_disable, local_bh_enable, mutex,
	mutex_init, mutex_is_locked, mutex_lock, mutex_trylock, mutex_unlock, Oops, preempt_count,
	put_cpu, queue_work_on, rcu_read_lock, rcu_read_lock_bh, rcu_read_unlock, rcu_read_unlock_bh,
	reinit_completion, softirq_count, spin_is_locked, spin_lock, spin_lock_bh, spin_lock_init,
	spin_trylock, spin_trylock_bh, spin_unlock, spin_unlock_bh, store, synchronize_rcu,
	synchronize_rcu_async, system_wq, try_wait_for_completion, wait_for_completion,
	wait_for_completion_async, wait_for_completion_timeout } from '../../lib/index.js';
import { mutex_owned_by_me } from '../../lib/linux/mutex.js';
import { down_read, down_read_trylock, down_write, init_rwsem, rw_semaphore, up_read,
	up_write } from '../../lib/linux/rwsem.js';
import { jobs, set, until, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;
const CPUS = 4;

describe('linux: locking', () => {
	const t = use_machine({ nr_cpus: CPUS }, jobs('work'));
	let trace = 0;
	let gate = 0;

	beforeEach(() => {
		trace = t().alloc(4096);
		gate = t().alloc(256);
	});

	interface Fields {
		gate?: number;
		other?: number;
		id?: number;
		n?: number;
	}

	function work(name: string, fields: Fields = {}): number {
		const at = t().alloc(item.size);
		INIT_DELAYED_WORK(at, t().fn[name]);
		for (const [field, value] of Object.entries({ trace, gate, ...fields }))
			store(at + it_[field as keyof Fields], value);
		return at;
	}

	/** Run the function on all CPUs at once. */
	function on_all(name: string, fields: (cpu: number) => Fields): number[] {
		const all = Array.from({ length: CPUS }, (_, cpu) => work(name, fields(cpu)));
		all.forEach((w, cpu) => queue_work_on(cpu, system_wq(), w));
		return all;
	}

	const traced = (n: number): number => until(trace, (v) => v >= n, `entry ${n} of the trace`);
	const ids = (): number[] =>
		Array.from({ length: atomic_load(trace) }, (_, i) => load(trace + 8 + i * 4));

	describe('spinlock', () => {
		it('lets one in at a time', () => {
			const lock = t().alloc(64);
			spin_lock_init(lock);
			const all = on_all('add_under_spinlock', () => ({ other: lock, n: 5000 }));
			for (let i = 0; i < 5000; i++) {
				spin_lock(lock);
				store(gate, load(gate) + 1);
				spin_unlock(lock);
			}
			all.forEach((w) => flush_work(w));
			expect(load(gate)).to.equal(5000 * (CPUS + 1));
		});

		it('says whether it is held, and counts', () => {
			const lock = t().alloc(64);
			expect(spin_is_locked(lock)).to.equal(false);
			expect(spin_trylock(lock)).to.equal(true);
			expect(spin_is_locked(lock)).to.equal(true);
			expect([preempt_count(), softirq_count()]).to.deep.equal([1, 0]);
			expect(spin_trylock(lock)).to.equal(false);
			expect(spin_trylock_bh(lock)).to.equal(false);
			expect([preempt_count(), softirq_count()]).to.deep.equal([1, 0]);
			spin_unlock(lock);
			spin_lock_bh(lock);
			expect([preempt_count(), softirq_count()]).to.deep.equal([2, 1]);
			spin_unlock_bh(lock);
			expect(preempt_count()).to.equal(0);
			expect(spin_trylock_bh(lock)).to.equal(true);
			spin_unlock_bh(lock);
			expect(preempt_count()).to.equal(0);
		});
	});

	describe('preempt counters', () => {
		it('nest', () => {
			local_bh_disable();
			rcu_read_lock_bh();
			expect([softirq_count(), in_softirq()]).to.deep.equal([2, true]);
			expect(get_cpu(), 'a guest thread is on no CPU').to.equal(-1);
			expect(preempt_count()).to.equal(3);
			put_cpu();
			rcu_read_unlock_bh();
			local_bh_enable();
			expect([preempt_count(), in_softirq()]).to.deep.equal([0, false]);
		});

		it('do not go below 0: that is reported', () => {
			local_bh_enable();
			expect(softirq_count()).to.equal(0);
			t().expect_log(/local_bh_enable: softirqs are not disabled/);
		});
	});

	describe('mutex', () => {
		let lock = 0;
		beforeEach(() => {
			lock = t().alloc(mutex.size);
			mutex_init(lock);
		});

		it('lets one in at a time', () => {
			const all = on_all('add_under_mutex', () => ({ other: lock, n: 3000 }));
			for (let i = 0; i < 3000; i++) {
				mutex_lock(lock);
				store(gate, load(gate) + 1);
				mutex_unlock(lock);
			}
			all.forEach((w) => flush_work(w));
			expect(load(gate)).to.equal(3000 * (CPUS + 1));
			expect(mutex_is_locked(lock)).to.equal(false);
		});

		it('lets who waits sleep, and wakes it', () => {
			mutex_lock(lock);
			expect(mutex_is_locked(lock)).to.equal(true);
			expect(mutex_trylock(lock)).to.equal(false);
			const all = on_all('add_under_mutex', () => ({ other: lock, n: 1 }));
			// Each CPU goes on with other items only when its first one sleeps.
			const markers = on_all('run', () => ({}));
			markers.forEach((w) => flush_work(w));
			expect(load(gate)).to.equal(0);
			mutex_unlock(lock);
			all.forEach((w) => flush_work(w));
			expect(load(gate)).to.equal(CPUS);
			expect(mutex_trylock(lock)).to.equal(true);
			mutex_unlock(lock);
		});

		it('crashes who takes it twice, and stays usable', () => {
			const w = work('lock_mutex_twice', { other: lock });
			queue_work_on(1, system_wq(), w);
			flush_work(w);
			expect(load(w + it_.ret)).to.equal(1);
			mutex_lock(lock);
			expect(() => mutex_lock(lock)).to.throw(Oops, 'a mutex that it holds');
			mutex_unlock(lock);
			expect(mutex_is_locked(lock)).to.equal(false);
			t().expect_log(
				/task blocked for ever: it waits in __mutex_lock for a mutex that it holds/,
			);
		});

		it("is its owner's also while somebody waits for it", () => {
			mutex_lock(lock);
			const w = work('add_under_mutex', { other: lock, n: 1 });
			queue_work_on(1, system_wq(), w);
			const marker = work('run');
			queue_work_on(1, system_wq(), marker);
			flush_work(marker);
			expect(mutex_owned_by_me(lock)).to.equal(true);
			mutex_unlock(lock);
			flush_work(w);
			expect(mutex_owned_by_me(lock)).to.equal(false);
		});
	});

	describe('rwsem', () => {
		let sem = 0;
		beforeEach(() => {
			sem = t().alloc(rw_semaphore.size);
			init_rwsem(sem);
		});

		it('lets readers see no writer at work', () => {
			const all = on_all('under_rwsem', (cpu) => ({ other: sem, id: cpu, n: 1500 }));
			all.forEach((w) => flush_work(w));
			all.forEach((w) => expect(load(w + it_.ret)).to.equal(0));
			expect(load(gate)).to.equal(3000);
			expect(load(gate + 128)).to.equal(3000);
		});

		it('has room for many readers', () => {
			down_read(sem);
			const all = on_all('under_rwsem', () => ({ other: sem, id: 0, n: 1 }));
			all.forEach((w) => flush_work(w));
			expect(down_read_trylock(sem)).to.equal(true);
			up_read(sem);
			up_read(sem);
		});

		it('keeps new readers out once a writer waits', () => {
			down_read(sem);
			const writer = work('under_rwsem', { other: sem, id: 1, n: 1 });
			queue_work_on(1, system_wq(), writer);
			const marker = work('run');
			queue_work_on(1, system_wq(), marker);
			flush_work(marker);
			expect(down_read_trylock(sem), 'the writer waits').to.equal(false);
			expect(load(gate)).to.equal(0);
			// A reader would see that the two words differ.
			store(gate + 128, 1);
			const reader = work('under_rwsem', { other: sem, id: 0, n: 1 });
			queue_work_on(2, system_wq(), reader);
			const behind = work('run');
			queue_work_on(2, system_wq(), behind);
			flush_work(behind);
			expect(load(reader + it_.ret), 'the reader waits').to.equal(0);
			up_read(sem);
			flush_work(writer);
			flush_work(reader);
			expect(load(reader + it_.ret)).to.equal(1);
			expect(load(gate)).to.equal(1);
			expect(down_read_trylock(sem)).to.equal(true);
			up_read(sem);
			down_write(sem);
			expect(down_read_trylock(sem)).to.equal(false);
			up_write(sem);
		});
	});

	describe('completion', () => {
		let x = 0;
		beforeEach(() => {
			x = t().alloc(completion.size);
			init_completion(x);
		});

		it('lets one waiter go on for each complete()', () => {
			expect(completion_done(x)).to.equal(false);
			expect(try_wait_for_completion(x)).to.equal(false);
			on_all('completes', () => ({ other: x })).forEach((w) => flush_work(w));
			for (let i = 0; i < CPUS; i++)
				wait_for_completion(x);
			expect(completion_done(x)).to.equal(false);
		});

		it('wakes a CPU that waits', () => {
			const w = work('waits_for_completion', { other: x });
			queue_work_on(2, system_wq(), w);
			traced(1);
			complete(x);
			flush_work(w);
			expect(load(w + it_.ret)).to.equal(1);
			expect(completion_done(x)).to.equal(false);
		});

		it('lets all go on after complete_all(), until it is begun anew', () => {
			const all = on_all('waits_for_completion', () => ({ other: x }));
			traced(CPUS);
			complete_all(x);
			all.forEach((w) => flush_work(w));
			const count = load(x);
			wait_for_completion(x);
			expect(load(x), 'it is not used up').to.equal(count);
			complete(x);
			expect(completion_done(x)).to.equal(true);
			reinit_completion(x);
			expect(try_wait_for_completion(x)).to.equal(false);
		});

		it('is waited for up to a time', () => {
			const at = performance.now();
			expect(wait_for_completion_timeout(x, 20)).to.equal(false);
			expect(performance.now() - at).to.be.at.least(20);
			complete(x);
			expect(wait_for_completion_timeout(x, 0)).to.equal(true);
			expect(wait_for_completion_timeout(x, 0)).to.equal(false);
		});

		it('can be waited for with a running event loop', async () => {
			const waits = wait_for_completion_async(x);
			const w = work('completes', { other: x });
			queue_work_on(0, system_wq(), w);
			await waits;
			flush_work(w);
		});
	});

	describe('RCU', () => {
		it('waits for a reader on another CPU', async () => {
			const w = work('rcu_reader_at_gate', { id: 1 });
			queue_work_on(1, system_wq(), w);
			traced(1);
			let over = false;
			const grace = synchronize_rcu_async().then(() => {
				over = true;
				return ids().length;
			});
			// The async thread is up, and has begun, when it has answered a second time: it takes
			// one call at a time.
			const rounds = work('run', { id: 5 });
			queue_work_on(0, system_wq(), rounds);
			flush_work(rounds);
			await new Promise((resolve) => setImmediate(resolve));
			expect(over).to.equal(false);
			set(gate);
			expect(await grace, 'the reader is through').to.equal(3);
			flush_work(w);
		});

		it('waits on a CPU, for softirqs off as well, and not for later readers', () => {
			local_bh_disable();
			const w = work('synchronizes', { id: 1 });
			queue_work_on(1, system_wq(), w);
			traced(1);
			const later = work('rcu_reader_at_gate', { id: 7 });
			queue_work_on(2, system_wq(), later);
			traced(2);
			expect(ids()).to.deep.equal([1, 7]);
			local_bh_enable();
			// It ends although the reader on CPU 2, if it began after the grace period, is still
			// there; if it began before, not.
			set(gate);
			traced(4);
			flush_work(w);
			flush_work(later);
			expect(ids()).to.include(1001);
		});

		it('does not wait for a reader that begins later', () => {
			rcu_read_lock();
			const w = work('synchronizes', { id: 1 });
			queue_work_on(1, system_wq(), w);
			traced(1);
			// Sections one after the other: the grace period needs only the end of the first.
			const churn = work('reads_until', { other: gate });
			queue_work_on(2, system_wq(), churn);
			rcu_read_unlock();
			traced(2);
			expect(ids()).to.deep.equal([1, 1001]);
			set(gate);
			flush_work(churn);
			flush_work(w);
		});

		it('does not wait for the own thread, nor when nobody reads', () => {
			rcu_read_lock();
			rcu_read_lock();
			rcu_read_unlock();
			rcu_read_unlock();
			for (let i = 0; i < 100; i++)
				synchronize_rcu();
		});
	});
});
