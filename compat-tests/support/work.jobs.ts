// SPDX-License-Identifier: GPL-2.0-only
//
// Work functions and timer handlers for the tests of the kernel floor. They run on CPUs.
import { atomic_cmpxchg, atomic_fetch_add, atomic_load, atomic_store, atomic_xchg, cancel_work_sync,
	complete, cpu_down, cpu_online, cpu_up, delayed_work, del_timer, del_timer_sync,
	destroy_workqueue, drain_workqueue, flush_work, flush_workqueue, int, jiffies, kfree, kmalloc,
	load, local_bh_disable, local_bh_enable, mod_timer, mutex_lock, mutex_unlock, Oops, pr_debug,
	pr_info, ptr, queue_delayed_work_on, queue_work_on, rcu_read_lock, rcu_read_unlock, READ_ONCE,
	sleep_on, smp_processor_id, softirq_count, spin_lock, spin_unlock, store, struct,
	synchronize_rcu, timer_list, wait_event, wait_for_completion, wake_up, WARN_ON,
	work_on_cpu } from '../../lib/index.js';
import { down_read, down_write, up_read, up_write } from '../../lib/linux/rwsem.js';
import { relax } from '../../lib/machine/park.js';
import { xorshift } from './random.js';

/**
 * A work item (or delayed one) and what its function needs. trace: see note(); gate: a word that
 * opens when it is not 0.
 */
export const item = struct('test_item', {
	work: delayed_work,
	timer: timer_list,
	trace: ptr,
	gate: ptr,
	wq: ptr,
	other: ptr,
	id: int,
	n: int,
	cpu: int,
	runs: int,
	inside: int,
	ret: int,
	due: int,
});
const it = item.offset;
const { work: _work } = it;

/** Where a thing happened: a trace is [how many, one word each...]. */
const note = (trace: number, id: number): void => {
	if (trace === 0)
		return;
	const i = atomic_fetch_add(trace + 4, 1);
	store(trace + 8 + i * 4, id);
	atomic_fetch_add(trace, 1);
	wake_up(trace);
};

/** Wait for a gate without sleeping: nothing else runs on this CPU meanwhile. */
const spin = (gate: number): void => {
	for (let turns = 0; atomic_load(gate) === 0; turns++)
		relax(turns);
};

const begin = (work: number): void => {
	if (atomic_fetch_add(work + it.inside, 1) !== 0)
		WARN_ON(true, `work ${work.toString(16)} runs twice at once`);
	store(work + it.cpu, smp_processor_id());
	store(work + it.runs, load(work + it.runs) + 1);
};
const end = (work: number): void => {
	atomic_fetch_add(work + it.inside, -1);
};

export function run(work: number): void {
	begin(work);
	note(load(work + it.trace), load(work + it.id));
	end(work);
}

/** Notes id at its begin, and id + 1000 at its end. */
export function spin_at_gate(work: number): void {
	begin(work);
	note(load(work + it.trace), load(work + it.id));
	spin(load(work + it.gate));
	note(load(work + it.trace), load(work + it.id) + 1000);
	end(work);
}

/** The same, asleep. */
export function sleep_at_gate(work: number): void {
	begin(work);
	note(load(work + it.trace), load(work + it.id));
	wait_event(load(work + it.gate), (v) => v !== 0);
	note(load(work + it.trace), load(work + it.id) + 1000);
	end(work);
}

/** Queues itself again n times, on CPU after CPU. */
export function requeue(work: number): void {
	begin(work);
	const left = load(work + it.n);
	store(work + it.n, left - 1);
	if (left > 0
		&& !queue_work_on((smp_processor_id() + 1) % load(work + it.other), load(work + it.wq),
			work))
		WARN_ON(true, 'requeue: it was pending');
	note(load(work + it.trace), load(work + it.id));
	end(work);
}

/** Queues itself again on its CPU for ever: only a cancel ends it. */
export function requeue_always(work: number): void {
	begin(work);
	queue_work_on(smp_processor_id(), load(work + it.wq), work);
	note(load(work + it.trace), 0);
	store(load(work + it.trace) + 4, 0);
	end(work);
}

export function rearm_always(work: number): void {
	begin(work);
	queue_delayed_work_on(smp_processor_id(), load(work + it.wq), work, 1);
	note(load(work + it.trace), 0);
	store(load(work + it.trace) + 4, 0);
	end(work);
}

/** Queues the item `other`. */
export function queue_other(work: number): void {
	begin(work);
	spin(load(work + it.gate));
	queue_work_on(load(work + it.n), load(work + it.wq), load(work + it.other));
	end(work);
}

/**
 * Does not touch its memory once it has noted its begin: from then on that is another item's, as if
 * freed and given out again.
 */
export function frees_itself_and_sleeps(work: number): void {
	const gate = load(work + it.gate);
	note(load(work + it.trace), load(work + it.id));
	wait_event(gate, (v) => v !== 0);
}

export function opens_gate(work: number): void {
	atomic_store(load(work + it.gate), 1);
	wake_up(load(work + it.gate));
}

/** Opens the gate when the word `other` is not 0, as the park word of a thread that has parked. */
export function opens_gate_of_sleeper(work: number): void {
	spin(load(work + it.other));
	opens_gate(work);
	note(load(work + it.trace), load(work + it.id));
}

export function free_itself(work: number): void {
	const trace = load(work + it.trace);
	kfree(work);
	note(trace, 1);
}

/** `other` lies behind a gate whose item is this one: flush it. */
export function flush_other(work: number): void {
	begin(work);
	store(work + it.ret, Number(flush_work(load(work + it.other))));
	note(load(work + it.trace), load(work + it.id));
	end(work);
}

export function cancel_other(work: number): void {
	store(work + it.ret, Number(cancel_work_sync(load(work + it.other))));
	note(load(work + it.trace), load(work + it.id));
}

export function flush_itself(work: number): void {
	store(work + it.ret, Number(flush_work(work)));
	flush_workqueue(load(work + it.wq));
	destroy_workqueue(load(work + it.wq));
}

export function throws(work: number): void {
	note(load(work + it.trace), load(work + it.id));
	throw new RangeError('thrown by a work function');
}

export function throws_with_bh_off(_work: number): void {
	local_bh_disable();
	rcu_read_lock();
	throw new Error('thrown with softirqs off');
}

export function leaks_bh(_work: number): void {
	local_bh_disable();
}

export function leaks_rcu(_work: number): void {
	rcu_read_lock();
}

/** What the item before it left. */
export function note_softirq_count(work: number): void {
	store(work + it.ret, softirq_count());
	note(load(work + it.trace), load(work + it.id));
}

/** Sleeping functions in atomic context. n counts the Oopses. */
export function sleeps_in_atomic(work: number): void {
	const { wq, other } = it;
	const oops = (fn: () => void): void => {
		try {
			fn();
		} catch (error) {
			if (!(error instanceof Oops))
				throw error;
			store(work + it.n, load(work + it.n) + 1);
		}
	};
	local_bh_disable();
	flush_work(load(work + other));
	flush_workqueue(load(work + wq));
	drain_workqueue(load(work + wq));
	destroy_workqueue(load(work + wq));
	synchronize_rcu();
	store(work + it.ret, cpu_down(1));
	if (work_on_cpu(0, 1, 0) !== -35)
		WARN_ON(true, 'work_on_cpu in atomic context');
	// A free mutex is reported and taken, a held one is a crash.
	const lock = load(work + it.gate);
	mutex_lock(lock);
	mutex_unlock(lock);
	oops(() => wait_event(lock, () => true));
	oops(() => wait_for_completion(lock));
	oops(() => down_read(lock));
	oops(() => down_write(lock));
	kfree(kmalloc(64));
	local_bh_enable();
	note(load(work + it.trace), 1);
}

/** Takes the mutex `other` n times, and adds to a word with plain accesses. */
export function add_under_mutex(work: number): void {
	for (let i = load(work + it.n); i > 0; i--) {
		mutex_lock(load(work + it.other));
		store(load(work + it.gate), load(load(work + it.gate)) + 1);
		mutex_unlock(load(work + it.other));
	}
}

export function add_under_spinlock(work: number): void {
	for (let i = load(work + it.n); i > 0; i--) {
		spin_lock(load(work + it.other));
		store(load(work + it.gate), load(load(work + it.gate)) + 1);
		spin_unlock(load(work + it.other));
	}
}

/** Readers see the two words of `gate` equal, writers (odd id) change them one after the other. */
export function under_rwsem(work: number): void {
	const at = load(work + it.gate);
	for (let i = load(work + it.n); i > 0; i--)
		if ((load(work + it.id) & 1) === 0) {
			down_read(load(work + it.other));
			if (READ_ONCE(at) !== READ_ONCE(at + 128))
				store(work + it.ret, 1);
			up_read(load(work + it.other));
		} else {
			down_write(load(work + it.other));
			store(at, load(at) + 1);
			store(at + 128, load(at + 128) + 1);
			up_write(load(work + it.other));
		}
}

export function lock_mutex_twice(work: number): void {
	mutex_lock(load(work + it.other));
	try {
		mutex_lock(load(work + it.other));
	} catch (error) {
		store(work + it.ret, error instanceof Oops ? 1 : 2);
	}
	mutex_unlock(load(work + it.other));
}

export function completes(work: number): void {
	complete(load(work + it.other));
}

export function rcu_reader_at_gate(work: number): void {
	rcu_read_lock();
	note(load(work + it.trace), load(work + it.id));
	spin(load(work + it.gate));
	note(load(work + it.trace), load(work + it.id) + 1000);
	rcu_read_unlock();
}

export function waits_for_completion(work: number): void {
	note(load(work + it.trace), load(work + it.id));
	wait_for_completion(load(work + it.other));
	store(work + it.ret, 1);
}

export function synchronizes(work: number): void {
	note(load(work + it.trace), load(work + it.id));
	synchronize_rcu();
	note(load(work + it.trace), load(work + it.id) + 1000);
}

/** One read-side section after the other until the gate opens. */
export function reads_until(work: number): void {
	while (atomic_load(load(work + it.other)) === 0) {
		rcu_read_lock();
		for (let i = 0; i < 100; i++)
			READ_ONCE(work);
		rcu_read_unlock();
	}
}

/** Notes the softirq count as well: a handler runs with softirqs off. */
export function timer_fires(t: number): void {
	const work = t - it.timer;
	if (softirq_count() !== 1)
		WARN_ON(true, 'a timer handler with softirqs on');
	begin(work);
	store(work + it.ret, jiffies());
	note(load(work + it.trace), load(work + it.id));
	end(work);
}

export function timer_at_gate(t: number): void {
	const work = t - it.timer;
	begin(work);
	note(load(work + it.trace), load(work + it.id));
	spin(load(work + it.gate));
	note(load(work + it.trace), load(work + it.id) + 1000);
	end(work);
}

/** Arms itself again n times. */
export function timer_again(t: number): void {
	const work = t - it.timer;
	begin(work);
	const left = load(work + it.n);
	store(work + it.n, left - 1);
	if (left > 0 && mod_timer(t, jiffies() + 1) !== 0)
		WARN_ON(true, 'a timer is pending in its own handler');
	note(load(work + it.trace), load(work + it.id));
	end(work);
}

export function timer_throws(_t: number): void {
	throw new Error('thrown by a timer handler');
}

/** Brings CPU n online. */
export function brings_up(work: number): void {
	store(work + it.ret, cpu_up(load(work + it.n)));
}

export function takes_down(work: number): void {
	store(work + it.ret, cpu_down(load(work + it.n)));
}

export function prints(_work: number): void {
	pr_info('printed on a CPU');
}

export function prints_many(work: number): void {
	for (let i = 0; i < load(work + it.n); i++)
		pr_debug(`${smp_processor_id()} ${i}`);
}

/** Waits at its gate in the handler, then arms itself again. */
export function timer_again_at_gate(t: number): void {
	const work = t - it.timer;
	begin(work);
	note(load(work + it.trace), smp_processor_id());
	if (load(work + it.runs) === 1) {
		spin(load(work + it.gate));
		mod_timer(t, jiffies() + 1);
	}
	end(work);
}

/** Opens a gate once CPU 2 is offline. */
export function open_after_offline(work: number): void {
	for (let turns = 0; cpu_online(2); turns++)
		relax(turns);
	atomic_store(load(work + it.other), 1);
	wake_up(load(work + it.other));
}

export function timer_deletes_itself(t: number): void {
	del_timer_sync(t);
	note(load(t - it.timer + it.trace), 1);
}

export function timer_leaks_bh(_t: number): void {
	local_bh_disable();
}

/** For a work item: deletes the timer `other`. */
export function delete_other_timer(work: number): void {
	note(load(work + it.trace), load(work + it.id));
	del_timer_sync(load(work + it.other));
	note(load(work + it.trace), load(work + it.id) + 1000);
}

/** Moves the timer `other` to this CPU again and again, until the gate opens. */
export function mod_other_timer(work: number): void {
	note(load(work + it.trace), 0);
	while (atomic_load(load(work + it.gate)) === 0)
		mod_timer(load(work + it.other), jiffies() + 1_000_000);
}

/**
 * Arms and deletes the timer `other` n times; ret: how often it was idle before, minus how often it
 * was deleted.
 */
export function timer_storm(work: number): void {
	let x = work | 1;
	let balance = 0;
	for (let i = load(work + it.n); i > 0; i--) {
		x = xorshift(x);
		if ((x & 3) !== 0)
			balance += 1 - mod_timer(load(work + it.other), jiffies() + (x >>> 8 & 1));
		else
			balance -= (x & 4) !== 0
				? del_timer(load(work + it.other))
				: del_timer_sync(load(work + it.other));
	}
	store(work + it.ret, balance);
}

export function timer_frees_itself(t: number): void {
	const work = t - it.timer;
	const trace = load(work + it.trace);
	kfree(work);
	note(trace, 1);
}

export function arm_here(work: number): void {
	mod_timer(work + it.timer, jiffies() + load(work + it.n));
}

/** For work_on_cpu(). */
export function double(n: number): number {
	return n * 2 + smp_processor_id() * 1000;
}

export function double_throws(_n: number): number {
	throw new Error('thrown on a CPU');
}

/** @param at [cpu, number of the function] */
export function double_elsewhere(at: number): number {
	return work_on_cpu(load(at), load(at + 4), 21);
}

/**
 * Allocates and frees with other CPUs: n rounds over the slots at `other` (as many as `due`), one
 * exchange each.
 */
export function slab_storm(work: number): void {
	let x = load(work + it.id) * 0x9e3779b1 | 1;
	const slots = load(work + it.other);
	const count = load(work + it.due);
	for (let i = load(work + it.n); i > 0; i--) {
		x = xorshift(x);
		const slot = slots + (x >>> 0) % count * 4;
		const size = 1 << 3 + (x >>> 8) % 11;
		const mine = (x & 7) === 0 ? 0 : kmalloc(size);
		if (mine !== 0) {
			// First and last word tell whose it is; a second owner would overwrite them.
			store(mine, mine ^ size);
			store(mine + size - 4, size === 8 ? size : mine);
			if (size === 8)
				store(mine, mine ^ 8);
		}
		let old = atomic_load(slot);
		for (let seen; (seen = atomic_cmpxchg(slot, old, mine)) !== old;)
			old = seen;
		if (old !== 0) {
			const was = load(old) ^ old;
			if (was < 8 || was > 8192 || load(old + was - 4) !== (was === 8 ? 8 : old)) {
				store(work + it.ret, load(work + it.ret) + 1);
				WARN_ON(true, `object ${old.toString(16)} is not what it was`);
			}
			kfree(old);
		}
	}
}

/** Allocates n objects, and lays them into free ones of the `due` slots at `other`. */
export function slab_source(work: number): void {
	let x = load(work + it.id) | 1;
	const slots = load(work + it.other);
	for (let i = load(work + it.n); i > 0; i--) {
		x = xorshift(x);
		const size = (x & 16) !== 0 ? 64 : 300;
		const mine = kmalloc(size);
		store(mine, mine ^ size);
		store(mine + size - 4, mine);
		if (atomic_cmpxchg(slots + (x >>> 8) % load(work + it.due) * 4, 0, mine) !== 0)
			kfree(mine);
	}
}

/** Frees what it finds there, in n looks. */
export function slab_sink(work: number): void {
	let x = load(work + it.id) | 1;
	const slots = load(work + it.other);
	for (let i = load(work + it.n); i > 0; i--) {
		x = xorshift(x);
		const old = atomic_xchg(slots + (x >>> 8) % load(work + it.due) * 4, 0);
		if (old === 0)
			continue;
		const size = load(old) ^ old;
		if (size !== 64 && size !== 300 || load(old + size - 4) !== old) {
			store(work + it.ret, load(work + it.ret) + 1);
			WARN_ON(true, `object ${old.toString(16)} is not what it was`);
		}
		kfree(old);
	}
}

/**
 * Queues items on CPUs that a generator picks. n: how many; `other`: items with `due` of them;
 * gate: number of CPUs.
 */
export function queue_storm(work: number): void {
	let x = load(work + it.id) * 0x9e3779b1 | 1;
	for (let i = load(work + it.n); i > 0; i--) {
		x = xorshift(x);
		const other = load(work + it.other) + (x >>> 4) % load(work + it.due) * item.size;
		if (queue_work_on((x >>> 16) % load(work + it.gate), load(work + it.wq), other))
			atomic_fetch_add(work + it.ret, 1);
	}
}

/** Leaves something in the event loop, which opens the gate. */
export function leaves_timer(work: number): void {
	const gate = load(work + it.gate);
	setTimeout(() => {
		atomic_store(gate, 1);
		wake_up(gate);
	}, 2);
}

/** Leaves an interval behind, until the gate's first word is set; then it sets the second one. */
export function leaves_interval_until(work: number): void {
	const gate = load(work + it.gate);
	const interval = setInterval(() => {
		if (atomic_load(gate) === 0)
			return;
		clearInterval(interval);
		atomic_store(gate + 4, 1);
		wake_up(gate + 4);
	}, 1);
}

/** Queues itself on a CPU that a generator picks, n times, then counts at the gate. */
export function goes_round(work: number): void {
	let x = load(work + it.id);
	x = xorshift(x);
	store(work + it.id, x);
	const left = load(work + it.n);
	store(work + it.n, left - 1);
	if (left > 0) {
		queue_work_on((x >>> 0) % load(work + it.other), load(work + it.wq), work);
	} else {
		atomic_fetch_add(load(work + it.gate), 1);
		wake_up(load(work + it.gate));
	}
}

/** Waits until the word is even (or odd, by id) and adds one, n times. */
export function plays(work: number): void {
	const ball = load(work + it.gate);
	for (let i = load(work + it.n); i > 0; i--) {
		wait_event(ball, (v) => (v & 1) === load(work + it.id));
		atomic_fetch_add(ball, 1);
		wake_up(ball);
	}
}

export function sleeps_for(work: number): void {
	store(work + it.ret, Number(sleep_on(load(work + it.gate), 0, load(work + it.n))));
}

export function leaves_immediates(work: number): void {
	const gate = load(work + it.gate);
	let left = 5;
	const again = (): void => {
		if (--left > 0) {
			setImmediate(again);
			return;
		}
		atomic_store(gate, 1);
		wake_up(gate);
	};
	setImmediate(again);
}

export function leaves_promise(work: number): void {
	const gate = load(work + it.gate);
	void (async () => {
		const { readFile } = await import('node:fs/promises');
		await readFile('/proc/self/status');
		atomic_store(gate, 1);
		wake_up(gate);
	})();
}

export function leaves_rejection(_work: number): void {
	void Promise.reject(new Error("rejected behind the machine's back"));
}

export function leaves_interval(_work: number): void {
	setInterval(() => undefined, 1000);
}
