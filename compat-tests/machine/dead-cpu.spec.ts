// SPDX-License-Identifier: GPL-2.0-only
//
// A CPU whose thread dies: process.exit() in a callback, an error that nobody catches, a full heap,
// terminate(). It goes offline, its objects are completed, what it had yet to do is done elsewhere,
// and nobody waits for ever.
import { expect } from 'chai';
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { alloc_workqueue, atomic_load, CpuEvent, cpu_online, cpu_up_async, cpumask_of_cpus,
	cpumask_size, del_timer_sync, destroy_workqueue_async, errno_name, flush_work_async, INIT_WORK,
	load, padata_alloc, padata_do_parallel, padata_do_serial, padata_free_async, padata_instance,
	padata_priv, padata_start, padata_stop, padata_stop_async, queue_work_on, spin_lock, store,
	store_function, system_wq, timer_setup, work_on_cpu, WQ_MEM_RECLAIM, mutex_init, mutex_lock,
	Oops, parallel_data } from '../../lib/index.js';
import { set, TestMachine, until_async, with_machine } from '../support/machine.js';
import { dying_job, dying_work, Way } from './dead-cpu.jobs.js';

const JOBS = new URL('./dead-cpu.jobs.js', import.meta.url).href;
const j = dying_job.offset;
const DIED = /the thread of CPU \d has died/;

/** An instance, its jobs and what has come of them. */
class Jobs {
	readonly wq = alloc_workqueue('dead', WQ_MEM_RECLAIM, 1);
	readonly pinst: number;
	readonly trace: number;
	readonly gate: number;
	readonly jobs: number[] = [];

	constructor(readonly t: TestMachine, p: readonly number[], cb: readonly number[]) {
		const mask = (cpus: readonly number[]): number => {
			const at = t.alloc(cpumask_size());
			cpumask_of_cpus(at, cpus);
			return at;
		};
		this.pinst = padata_alloc(this.wq, mask(p), mask(cb));
		this.trace = t.alloc(8 + 1000 * 12);
		this.gate = t.alloc(64);
		expect(padata_start(this.pinst)).to.equal(0);
	}

	/** @returns the object */
	submit(parallel: number, cb_cpu: number, serial: number = Way.plain): number {
		const at = this.t.alloc(dying_job.size);
		store_function(at + j.priv + padata_priv.offset.parallel, this.t.fn['dying_parallel']);
		store_function(at + j.priv + padata_priv.offset.serial, this.t.fn['dying_serial']);
		for (const [field, value] of [['trace', this.trace], ['gate', this.gate], ['id',
			this.jobs.length], ['parallel', parallel], ['serial', serial]] as const)
			store(at + j[field], value);
		expect(errno_name(padata_do_parallel(this.pinst, at + j.priv, cb_cpu))).to.equal('0');
		this.jobs.push(at);
		return at;
	}

	entered(at: number): Promise<number> {
		return until_async(at + j.entered, (n) => n > 0, 'parallel()');
	}

	/** Wait for n calls of serial(). @returns of each: id and info */
	async done(n: number): Promise<string[]> {
		await until_async(this.trace, (count) => count >= n, `serial() number ${n}`);
		return this.#column(n, 0).map((id, i) => `${id}:${errno_name(this.#column(n, 1)[i])}`);
	}

	/** The CPUs of the first n calls of serial(). */
	serial_cpus(n: number): number[] {
		return this.#column(n, 2);
	}

	#column(n: number, column: number): number[] {
		expect(atomic_load(this.trace)).to.equal(n);
		return Array.from({ length: n }, (_, i) => load(this.trace + 8 + i * 12 + column * 4));
	}

	calls(): number[] {
		return this.jobs.map((at) => load(at + j.calls));
	}

	usable(): string {
		return errno_name(-(load(this.pinst + padata_instance.offset.flags) & 4));
	}

	async free(): Promise<void> {
		await padata_stop_async(this.pinst);
		await padata_free_async(this.pinst);
		await destroy_workqueue_async(this.wq);
	}
}

const died = async (t: TestMachine): Promise<CpuEvent> => {
	t.expect_log(DIED);
	return (await once(t.machine, 'cpu') as [CpuEvent])[0];
};

const with_jobs =
	(nr_cpus: number, run: (t: TestMachine) => Promise<void>): () => Promise<void> => () =>
		with_machine({ nr_cpus }, async (t) => {
			await t.load(JOBS);
			t.machine.on('cpu', () => undefined);
			await run(t);
		});

describe('machine: a CPU whose thread dies', () => {
	// Of the threads to come, so that one heap is full soon.
	before(() => setFlagsFromString('--max-old-space-size=64'));
	after(() => setFlagsFromString('--max-old-space-size=0'));

	it('in parallel(): its object fails, those queued run elsewhere, in order',
		with_jobs(3, async (t) => {
			const i = new Jobs(t, [1], [2]);
			const first = i.submit(Way.gate, 2);
			await i.entered(first);
			const told = died(t);
			i.submit(Way.exit, 2);
			for (let n = 0; n < 5; n++)
				i.submit(Way.plain, 2);
			set(i.gate);
			expect(await told).to.deep.equal({ source: 'died', cpu: 1, what: 'offline', ok: true,
				exit_code: 7 });
			expect(await i.done(7)).to.deep.equal(['0:0', '1:-EFAULT', '2:0', '3:0', '4:0', '5:0',
				'6:0']);
			expect(i.calls()).to.deep.equal([1, 1, 1, 1, 1, 1, 1]);
			expect(cpu_online(1)).to.equal(false);
			await i.free();
		}));

	it('in parallel() behind padata_do_serial(): the object has its result',
		with_jobs(2, async (t) => {
			const i = new Jobs(t, [1], [0]);
			const told = died(t);
			i.submit(Way.exit_before, 0);
			expect((await told).exit_code).to.equal(8);
			expect(await i.done(1)).to.deep.equal(['0:0']);
			await i.free();
		}));

	for (const [way, exit_code, message] of [['exit_later', 9, undefined], ['error_later', 1,
		'thrown in the event loop'], ['full_heap', 1, /memory/]] as const)
		it(`by ${way}: what it has left outstanding fails`, with_jobs(3, async (t) => {
			const i = new Jobs(t, [0, 1], [2]);
			const told = died(t);
			const ways = [Way.plain, Way.hold, Way.plain, Way[way], Way.plain, Way.plain];
			for (const parallel of ways)
				i.submit(parallel, 2);
			const { cause, ...event } = await told;
			expect(event).to.deep.equal({ source: 'died', cpu: 1, what: 'offline', ok: true,
				exit_code });
			if (message === undefined)
				expect(cause).to.equal(undefined);
			else
				expect(cause?.message).to.match(new RegExp(message));
			expect(await i.done(6)).to.deep.equal(['0:0', '1:-EFAULT', '2:0', '3:-EFAULT', '4:0',
				'5:0']);
			expect(i.calls()).to.deep.equal([1, 1, 1, 1, 1, 1]);
			t.expect_log(/padata_do_serial: object .* is not outstanding/);
			padata_do_serial(i.jobs[1] + j.priv);
			await i.free();
		}));

	it('while this thread sleeps in padata_stop(), which returns', with_jobs(2, async (t) => {
		const i = new Jobs(t, [1], [0]);
		const told = died(t);
		i.submit(Way.hold, 0);
		i.submit(Way.exit_later, 0);
		padata_stop(i.pinst);
		expect(await i.done(2)).to.deep.equal(['0:-EFAULT', '1:-EFAULT']);
		await told;
		await i.free();
	}));

	it('without a word, while this thread sleeps in padata_stop()', with_jobs(2, async (t) => {
		const i = new Jobs(t, [1], [0]);
		const told = died(t);
		i.submit(Way.hold, 0);
		i.submit(Way.full_heap, 0);
		padata_stop(i.pinst);
		expect(await i.done(2)).to.deep.equal(['0:-EFAULT', '1:-EFAULT']);
		expect((await told).cause?.message).to.match(/memory/);
		await i.free();
	}));

	it('by terminate(), idle or busy', async () => {
		// The machine gives nobody its workers: take them as they are made.
		const workers: Worker[] = [];
		const { prototype } = Worker;
		// eslint-disable-next-line @typescript-eslint/unbound-method -- it is only put back
		const { unref } = prototype;
		prototype.unref = function(): void {
			workers.push(this);
			unref.call(this);
		};
		try {
			await with_machine({ nr_cpus: 3 }, async (t) => {
				await t.load(JOBS);
				const i = new Jobs(t, [0, 1, 2], [0]);
				let told = died(t);
				void workers[2].terminate();
				expect(await told).to.include({ cpu: 2, exit_code: 1 });
				i.submit(Way.plain, 0);
				await i.entered(i.submit(Way.spin, 0));
				told = died(t);
				void workers[1].terminate();
				expect(await told).to.include({ cpu: 1, exit_code: 1 });
				expect(await i.done(2)).to.deep.equal(['0:0', '1:-EFAULT']);
				await i.free();
			});
		} finally {
			prototype.unref = unref;
		}
	});

	it('comes back with a fresh thread', with_jobs(2, async (t) => {
		const i = new Jobs(t, [1], [0, 1]);
		for (let round = 0; round < 3; round++) {
			const told = died(t);
			i.submit(Way.hold, 0);
			i.submit(Way.exit, 0);
			await told;
			expect(padata_do_parallel(i.pinst, i.jobs[0] + j.priv, 0)).to.equal(-22);
			expect(await cpu_up_async(1)).to.equal(0);
			i.submit(Way.plain, 1);
			await i.done(3 * (round + 1));
		}
		expect(i.serial_cpus(9)).to.deep.equal([0, 0, 1, 0, 0, 1, 0, 0, 1]);
		await i.free();
	}));

	it('in serial(): the rest is serialised elsewhere, in order', with_jobs(3, async (t) => {
		const i = new Jobs(t, [0], [1]);
		const told = died(t);
		const gate = i.submit(Way.plain, 1, Way.gate);
		i.submit(Way.plain, 1);
		i.submit(Way.plain, 1, Way.exit);
		for (let n = 0; n < 4; n++)
			i.submit(Way.plain, 1);
		await i.entered(i.jobs[6]);
		set(load(gate + j.gate));
		expect((await told).exit_code).to.equal(10);
		expect(await i.done(7)).to.deep.equal(['0:0', '1:0', '2:0', '3:0', '4:0', '5:0', '6:0']);
		expect(i.serial_cpus(7).slice(0, 3)).to.deep.equal([1, 1, 1]);
		expect(i.serial_cpus(7).slice(3)).to.not.include(1);
		await i.free();
	}));

	it('in a work item, with others queued and sleeping: all of them end',
		with_jobs(2, async (t) => {
			const told = died(t);
			const items = [2, 1, 0, 0].map((how) => {
				const work = t.alloc(dying_work.size);
				INIT_WORK(work, t.fn['dying_item']);
				store(work + dying_work.offset.how, how);
				return work;
			});
			for (const work of items)
				queue_work_on(1, system_wq(), work);
			for (const work of items)
				await flush_work_async(work);
			expect(items.map((work) => load(work + dying_work.offset.entered))).to.deep.equal([1, 1,
				1, 1]);
			expect((await told).exit_code).to.equal(11);
		}));

	it('with a timer armed and one that runs: the one fires elsewhere, the other has ended',
		with_jobs(2, async (t) => {
			const told = died(t);
			const at = t.alloc(dying_work.size);
			const w = dying_work.offset;
			timer_setup(at + w.timer, t.fn['exits_in_timer'], 0);
			timer_setup(at + w.other, t.fn['notes_cpu'], 0);
			INIT_WORK(at, t.fn['dying_item']);
			store(at + w.how, 3);
			queue_work_on(1, system_wq(), at);
			expect((await told).exit_code).to.equal(13);
			expect(await until_async(at + w.word, (cpu) => cpu !== 0)).to.equal(1);
			expect(del_timer_sync(at + w.timer)).to.equal(0);
		}));

	it('with a lock held: whoever waits for it gets an oops that names it',
		with_jobs(2, async (t) => {
			const told = died(t);
			const at = t.alloc(256);
			mutex_init(at + 128);
			expect(() => work_on_cpu(1, t.fn['exits_with_locks'], at)).to.throw(/work_on_cpu/);
			await told;
			t.expect_log(/spinlock [0-9a-f]+, which CPU 1 held/,
				/mutex [0-9a-f]+, which CPU 1 held/);
			expect(() => spin_lock(at)).to.throw(Oops, `spinlock ${at.toString(16)}`);
			expect(() => mutex_lock(at + 128)).to.throw(Oops, `mutex ${(at + 128).toString(16)}`);
		}));

	it('with the lock of a reordering held: an oops names it', with_jobs(2, async (t) => {
		const i = new Jobs(t, [0, 1], [0]);
		const told = died(t);
		const lock = load(i.pinst + padata_instance.offset.pd) + parallel_data.offset.lock;
		expect(() => work_on_cpu(1, t.fn['exits_with_lock'], lock)).to.throw(/work_on_cpu/);
		t.expect_log(new RegExp(`spinlock ${lock.toString(16)} was held by CPU 1`));
		await told;
		await i.free();
	}));

	it('in work_on_cpu(): the caller gets an error', with_jobs(2, async (t) => {
		const told = died(t);
		expect(() => work_on_cpu(1, t.fn['exits_on_cpu'], 0)).to.throw(/work_on_cpu/);
		expect((await told).exit_code).to.equal(12);
	}));

	it('and was the last one: the objects fail on this thread', with_jobs(1, async (t) => {
		const i = new Jobs(t, [0], [0]);
		const first = i.submit(Way.gate, 0);
		await i.entered(first);
		const told = died(t);
		i.submit(Way.exit, 0);
		i.submit(Way.plain, 0);
		set(i.gate);
		await told;
		expect(await i.done(3)).to.deep.equal(['0:0', '1:-EFAULT', '2:-EFAULT']);
		expect(i.calls()).to.deep.equal([1, 1, 0]);
		expect(i.serial_cpus(3)).to.deep.equal([-1, -1, -1]);
		expect(padata_do_parallel(i.pinst, first + j.priv, 0)).to.equal(-22);
		expect(await cpu_up_async(0)).to.equal(0);
		i.submit(Way.plain, 0);
		expect((await i.done(4))[3]).to.equal('3:0');
		await i.free();
	}));
});

describe('machine: callbacks that are async functions', () => {
	it('parallel() that rejects fails its object', with_jobs(2, async (t) => {
		t.expect_log(/parallel\(\) dying_parallel of object .* threw RangeError: rejected by/,
			/threw RangeError: rejected behind padata_do_serial/);
		const i = new Jobs(t, [0, 1], [0]);
		for (const way of [Way.plain, Way.rejects, Way.plain, Way.rejects_after, Way.plain])
			i.submit(way, 0);
		expect(await i.done(5)).to.deep.equal(['0:0', '1:-EFAULT', '2:0', '3:0', '4:0']);
		await i.free();
	}));

	it('serial() that returns a promise is a misuse', with_jobs(2, async (t) => {
		t.expect_log(/serial\(\) dying_serial of object .* returns a promise/,
			/serial\(\) dying_serial of object .* threw RangeError: rejected by serial/);
		const i = new Jobs(t, [1], [0]);
		i.submit(Way.plain, 0, Way.promise);
		i.submit(Way.plain, 0, Way.rejects);
		await i.done(2);
		await i.free();
	}));
});
