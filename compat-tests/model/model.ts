// SPDX-License-Identifier: GPL-2.0-only
//
// padata as a sequential program: what the document and the 4.18 code say, with nothing that runs
// beside something else. Objects go through parallel() and serial() in the moment in which they
// can. A function that sleeps until objects have been serialised is a generator: it yields where it
// would sleep, and is resumed when something has happened.
//
// `v418` is the one switch: false is what the document says (and the safe thing where it is silent
// and the code is not safe), true is what the 4.18 code does. Where only one of the two is meant
// the line says which; `Undefined` is thrown where that code crashes, hangs or touches freed
// memory. This file imports nothing of the port.
import { bit, cpus_of, has, Mask } from './masks.js';

/** The 4.18 code has no answer: it crashes, hangs, or what happens depends on a race. */
export class Undefined extends Error {}

export type Sleeping<T> = Generator<void, T>;

export interface Masks {
	p: Mask;
	cb: Mask;
}

/** A submitted object. hold: its parallel() leaves padata_do_serial() to somebody else. */
export interface Job {
	readonly id: number;
	readonly cb: number;
	readonly hold: boolean;
	pd: ParallelData | null;
	cpu: number;
	seq: number;
	state: 'held' | 'released' | 'done';
}

export interface Block {
	readonly id: number;
	readonly priority: number;
	readonly ret: number;
	readonly call: string;
}

const SERIAL = 1;
const PARALLEL = 2;
const MAX_OBJ_NUM = 1000;
const NOTIFY_STOP_MASK = 0x8000;

/** struct parallel_data: one pair of usable masks, and the numbering that began with it. */
export class ParallelData {
	seq = -1;
	processed = 0;
	refcnt = 0;
	timer = false;
	/**
	 * Objects that wait for their turn: 4.18 has a list for each CPU, in the order of completion;
	 * else by number.
	 */
	readonly lists = new Map<number, Job[]>();
	readonly by_number = new Map<number, Job>();
	/** cpu_index of each CPU in the mask; not touched when the mask shrinks later. */
	readonly index: ReadonlyMap<number, number>;

	constructor(readonly usable: Masks) {
		this.index = new Map(cpus_of(usable.p).map((cpu, i) => [cpu, i]));
	}

	/** Object n belongs to the (n mod weight)-th usable CPU; n is 32 bits, unsigned. */
	cpu_of(n: number): number {
		const cpus = cpus_of(this.usable.p);
		return cpus[(n >>> 0) % cpus.length];
	}

	get reorder_objects(): number {
		return this.by_number.size
			+ [...this.lists.values()].reduce((n, list) => n + list.length, 0);
	}
}

/** What surrounds an instance: the CPUs, and kzalloc() that can be told to fail. */
export class System {
	online: Mask;
	#fail_at = 0;

	constructor(readonly nr_cpus: number, readonly v418: boolean) {
		this.online = (1n << BigInt(nr_cpus)) - 1n;
	}

	fail_nth(n: number): void {
		this.#fail_at = n;
	}

	get failing(): boolean {
		return this.#fail_at > 0;
	}

	kzalloc(): boolean {
		return this.#fail_at === 0 || --this.#fail_at > 0;
	}

	/** A CPU comes. A callback that fails takes it back. */
	*cpu_up(cpu: number, instance: Instance | null): Sleeping<string> {
		if (has(this.online, cpu))
			return '0';
		this.online |= bit(cpu);
		const err = instance === null ? '0' : yield* instance.cpu_online(cpu);
		if (err !== '0')
			this.online &= ~bit(cpu);
		return err;
	}

	/** A CPU goes: instances are asked while it is still online. */
	*cpu_down(cpu: number, instance: Instance | null): Sleeping<string> {
		if (this.online === bit(cpu))
			return '-EBUSY';
		if (!has(this.online, cpu))
			return '0';
		const err = instance === null ? '0' : yield* instance.cpu_prep_down(cpu);
		if (err === '0')
			this.online &= ~bit(cpu);
		return err;
	}
}

/** struct padata_instance. */
export class Instance {
	INIT = false;
	RESET = false;
	INVALID = false;
	refs = 1;
	chain: Block[] = [];
	/** The mutex; while somebody sleeps with it nobody else may want it. */
	locked = false;

	/** @param serial is called when an object's serial() runs; event for each notifier call */
	private constructor(readonly sys: System, public user: Masks, public pd: ParallelData,
		readonly serial: (job: Job) => void, readonly event: (block: Block, action: number) => void)
	{}

	/** padata_alloc() @returns null: no memory, or a mask has no online CPU */
	static alloc(sys: System, user: Masks, serial: (job: Job) => void,
		event: (block: Block, action: number) => void): Instance | null
	{
		if (!sys.kzalloc() || (user.p & sys.online) === 0n || (user.cb & sys.online) === 0n
			|| !sys.kzalloc())
			return null;
		return new Instance(sys, { ...user },
			new ParallelData({ p: user.p & sys.online, cb: user.cb & sys.online }), serial, event);
	}

	get #v418(): boolean {
		return this.sys.v418;
	}

	// ---- the path of an object
	// ---------------------------------------------------------------------------------------------

	/** The tests of padata_do_parallel(), in their order. @returns 0 or the error */
	may_parallel(cb: number): string {
		if (!this.INIT || this.INVALID || !has(this.pd.usable.cb, cb))
			return '-EINVAL';
		const empty = this.pd.usable.p === 0n;
		if (empty && !this.#v418)
			return '-EINVAL';
		if (this.RESET || this.pd.refcnt >= MAX_OBJ_NUM)
			return '-EBUSY';
		if (empty)
			throw new Undefined('divide error in padata_cpu_hash()');
		return '0';
	}

	do_parallel(job: Job): string {
		const err = this.may_parallel(job.cb);
		if (err !== '0')
			return err;
		const pd = this.pd;
		pd.refcnt++;
		pd.seq = pd.seq + 1 | 0;
		job.pd = pd;
		job.seq = pd.seq;
		job.cpu = pd.cpu_of(pd.seq);
		this.#needs(job.cpu);
		this.#needs(job.cb);
		job.state = 'held';
		if (!job.hold)
			this.do_serial(job);
		return '0';
	}

	/**
	 * 4.18, after -ENOMEM: a CPU is no longer in the user's masks, still in the usable ones, and
	 * then nobody is told that it goes.
	 */
	#needs(cpu: number): void {
		if (!has(this.sys.online, cpu))
			throw new Undefined('work for a CPU that is offline runs anywhere');
	}

	/**
	 * @param missed somebody holds pd->lock meanwhile; he looks again after the unlock, in 4.18 he
	 *   does not
	 */
	do_serial(job: Job, missed = false): void {
		const pd = job.pd!;
		job.state = 'released';
		if (this.#v418)
			pd.lists.set(job.cpu, [...pd.lists.get(job.cpu) ?? [], job]);
		else
			pd.by_number.set(job.seq, job);
		if (!(missed && this.#v418))
			this.reorder(pd, job.cpu);
	}

	/** padata_reorder() on a CPU: pass on what is next in turn, as long as it is there. */
	reorder(pd: ParallelData, on_cpu: number): void {
		for (;;) {
			const next = this.#v418
				? pd.lists.get(pd.cpu_of(pd.processed))?.shift()
				: pd.by_number.get(pd.processed);
			if (next === undefined)
				break;
			pd.by_number.delete(pd.processed);
			pd.processed = pd.processed + 1 | 0;
			// It may have gone since the submission.
			this.#needs(next.cb);
			next.state = 'done';
			this.serial(next);
			pd.refcnt--;
		}
		// 4.18: if it is this CPU that everybody waits for, it will be back by itself; else look
		// again in a second.
		const comes_back = pd.index.get(on_cpu) === pd.index.get(pd.cpu_of(pd.processed));
		pd.timer = this.#v418 && !comes_back && pd.reorder_objects > 0 && !this.RESET;
	}

	/** 4.18's timer goes off. */
	timer_fires(): void {
		this.reorder(this.pd, this.pd.cpu_of(this.pd.processed));
	}

	// ---- waiting, and replacing the parallel_data
	// ---------------------------------------------------------------------------------------------

	/** padata_flush_queues(). The caller is on no CPU that anybody waits for. */
	*#flush(pd: ParallelData): Sleeping<void> {
		if (pd.reorder_objects > 0)
			this.reorder(pd, -1);
		pd.timer = false;
		if (this.#v418 && pd.refcnt > 0)
			throw new Undefined('BUG_ON(refcnt) in padata_flush_queues()');
		while (pd.refcnt > 0)
			yield;
	}

	*#stop(): Sleeping<void> {
		if (!this.INIT)
			return;
		this.INIT = false;
		yield* this.#flush(this.pd);
	}

	*#replace(usable: Masks): Sleeping<void> {
		const old = this.pd;
		this.RESET = true;
		this.pd = new ParallelData(usable);
		const action = (old.usable.p !== usable.p ? PARALLEL : 0)
			| (old.usable.cb !== usable.cb ? SERIAL : 0);
		yield* this.#flush(old);
		if (action !== 0)
			this.#notify(action);
		this.RESET = false;
	}

	#notify(action: number): void {
		for (const block of this.chain) {
			this.event(block, action);
			// Without quirks a call that would wait for itself is refused.
			if (this.#v418 && block.call !== '')
				throw new Undefined(`${block.call} by a notifier`);
			if ((block.ret & NOTIFY_STOP_MASK) !== 0)
				return;
		}
	}

	/** Have both masks an online CPU, apart from one that goes? INVALID says so. */
	#validate({ p, cb }: Masks, going = 0n): boolean {
		this.INVALID = (p & this.sys.online & ~going) === 0n
			|| (cb & this.sys.online & ~going) === 0n;
		return !this.INVALID;
	}

	#usable({ p, cb }: Masks, going = 0n): Masks {
		return { p: p & this.sys.online & ~going, cb: cb & this.sys.online & ~going };
	}

	// ---- what the user calls: each of these holds the lock
	// ---------------------------------------------------------------------------------------------

	#may_lock(): void {
		if (this.locked)
			throw new Undefined('who gets a lock first is not determined');
	}

	*#under_lock<T>(work: Sleeping<T>): Sleeping<T> {
		this.#may_lock();
		this.locked = true;
		const result = yield* work;
		this.locked = false;
		return result;
	}

	start(): string {
		this.#may_lock();
		// 4.18 sets the flag anyway.
		if (!this.INVALID || this.#v418)
			this.INIT = true;
		return this.INVALID ? '-EINVAL' : '0';
	}

	*stop(): Sleeping<string> {
		yield* this.#under_lock(this.#stop());
		return 'done';
	}

	*set_cpumasks(change: Partial<Masks>): Sleeping<string> {
		return yield* this.#under_lock(this.#set_cpumasks(change));
	}

	*add_cpu(cpu: number, bits: number): Sleeping<string> {
		const refused = this.#check(cpu, bits);
		return refused !== '0' ? refused : yield* this.#under_lock(this.#add_cpu(cpu, bits));
	}

	*remove_cpu(cpu: number, bits: number): Sleeping<string> {
		const refused = this.#check(cpu, bits);
		return refused !== '0' ? refused : yield* this.#under_lock(this.#remove_cpu(cpu, bits));
	}

	*cpu_online(cpu: number): Sleeping<string> {
		return this.#has_cpu(cpu) ? yield* this.#under_lock(this.#cpu_added(cpu)) : '0';
	}

	*cpu_prep_down(cpu: number): Sleeping<string> {
		return this.#has_cpu(cpu) ? yield* this.#under_lock(this.#cpu_removed(cpu, true)) : '0';
	}

	/** The last reference has gone. */
	*release(): Sleeping<void> {
		yield* this.#under_lock(this.#stop());
		if (this.#v418 && this.pd.refcnt > 0)
			throw new Undefined('parallel_data freed under its objects');
		yield* this.#flush(this.pd);
	}

	*#set_cpumasks(change: Partial<Masks>): Sleeping<string> {
		const user = { ...this.user, ...change };
		// Without quirks -ENOMEM comes before anything has changed.
		if (!this.#v418 && !this.sys.kzalloc())
			return '-ENOMEM';
		const valid = this.#validate(user);
		// 4.18 has mask changes stop and start the instance.
		if (this.#v418 && !valid)
			yield* this.#stop();
		if (this.#v418 && !this.sys.kzalloc())
			return '-ENOMEM';
		this.user = user;
		yield* this.#replace(this.#usable(user));
		if (this.#v418 && valid)
			this.INIT = true;
		return '0';
	}

	#check(cpu: number, bits: number): string {
		if ((bits & (SERIAL | PARALLEL)) === 0)
			return '-EINVAL';
		if (cpu >= 0 && cpu < this.sys.nr_cpus)
			return '0';
		if (this.#v418)
			throw new Undefined('a bit beyond the mask');
		return '-EINVAL';
	}

	#has_cpu(cpu: number): boolean {
		return has(this.user.p | this.user.cb, cpu);
	}

	#change(cpu: number, bits: number, set: boolean): Masks {
		const changed = (mask: Mask, which: number): Mask =>
			(bits & which) === 0 ? mask : set ? mask | bit(cpu) : mask & ~bit(cpu);
		return { p: changed(this.user.p, PARALLEL), cb: changed(this.user.cb, SERIAL) };
	}

	*#add_cpu(cpu: number, bits: number): Sleeping<string> {
		return yield* this.#with_user(this.#change(cpu, bits, true), () => this.#cpu_added(cpu));
	}

	*#remove_cpu(cpu: number, bits: number): Sleeping<string> {
		return yield* this.#with_user(this.#change(cpu, bits, false),
			() => this.#cpu_removed(cpu, false));
	}

	/** The user's masks change first; in 4.18 they stay changed if there is no memory. */
	*#with_user(user: Masks, work: () => Sleeping<string>): Sleeping<string> {
		const before = this.user;
		this.user = user;
		const err = yield* work();
		if (err !== '0' && !this.#v418)
			this.user = before;
		return err;
	}

	/**
	 * __padata_add_cpu(): a CPU of the user's masks is there, if it is online. Validity comes after
	 * the replacement.
	 */
	*#cpu_added(cpu: number): Sleeping<string> {
		if (!has(this.sys.online, cpu))
			return '0';
		if (!this.sys.kzalloc())
			return '-ENOMEM';
		yield* this.#replace(this.#usable(this.user));
		if (this.#validate(this.user) && this.#v418)
			this.INIT = true;
		return '0';
	}

	/** __padata_remove_cpu(): it has left a user's mask, or is about to go offline. */
	*#cpu_removed(cpu: number, offline: boolean): Sleeping<string> {
		if (!has(this.sys.online, cpu))
			return '0';
		if (this.#v418)
			return yield* this.#cpu_removed418(cpu, offline);
		const going = offline ? bit(cpu) : 0n;
		if (!this.sys.kzalloc())
			return '-ENOMEM';
		this.#validate(this.user, going);
		yield* this.#replace(this.#usable(this.user, going));
		return '0';
	}

	/**
	 * 4.18 counts the CPU in until all is over, then takes it out of both masks and tells nobody.
	 */
	*#cpu_removed418(cpu: number, offline: boolean): Sleeping<string> {
		if (!this.#validate(this.user)) {
			if (offline && this.INIT)
				throw new Undefined(
					'__padata_stop() waits for the hotplug lock that it is called under',
				);
			yield* this.#stop();
		}
		if (!this.sys.kzalloc())
			return '-ENOMEM';
		yield* this.#replace(this.#usable(this.user));
		this.pd.usable.p &= ~bit(cpu);
		this.pd.usable.cb &= ~bit(cpu);
		return '0';
	}

	// ---- notifiers
	// ---------------------------------------------------------------------------------------------

	/** Higher priorities first, equal ones in the order of registration. */
	register(block: Block): string {
		const at = this.chain.indexOf(block);
		const place = this.chain.findIndex((other) => other.priority < block.priority);
		const before = place < 0 ? this.chain.length : place;
		if (at < 0) {
			this.chain.splice(before, 0, block);
			return '0';
		}
		if (!this.#v418)
			return '-EEXIST';
		// 4.18 links it to what follows its new place; what was between is lost.
		if (before === at + 1)
			throw new Undefined('the block follows itself');
		this.chain.splice(at + 1, before - at - 1);
		return '0';
	}

	unregister(block: Block | undefined): string {
		const at = block === undefined ? -1 : this.chain.indexOf(block);
		if (at < 0)
			return '-ENOENT';
		this.chain.splice(at, 1);
		return '0';
	}
}
