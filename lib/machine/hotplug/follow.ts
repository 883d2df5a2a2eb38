// SPDX-License-Identifier: GPL-2.0-only
//
// A machine follows its host. At each news it looks at what is the case now, and brings the CPUs
// online that have come since the last look and takes those offline that have gone: what has
// changed back meanwhile is not told. CPUs that have been taken offline or brought online by hand
// stay so until the host changes something about them.
import { Affinity, Pinned, PinnedThread, pin_threads } from './affinity.js';
import { CpuEvent, CpuEventOrigin } from './event.js';
import { CpuEventSource, CpuNews } from './source.js';
import { Topology, usable_cpus } from '../topology.js';

/** The machine, as far as it is needed here. */
export interface Following {
	/** A look at the host. */
	readonly read: () => Topology;
	/**
	 * CPUs that the machine may use, online or not: what the option `cpus` says, cut to the
	 * possible ones.
	 */
	readonly wanted: (cpu: number) => boolean;
	readonly online: () => readonly number[];
	/** What the host has is `topology`; these may come online. Called before up() and down(). */
	readonly host_is: (topology: Topology, usable: readonly number[]) => void;
	/**
	 * Run the state machine, without stopping this thread's event loop.
	 * @returns 0 or a negative errno
	 */
	readonly up: (cpu: number) => Promise<number>;
	/** @param last the CPU goes offline whatever callbacks return */
	readonly down: (cpu: number, last: boolean) => Promise<number>;
	/**
	 * The threads to be kept on their cores, and how that is done; null where CPUs are not pinned.
	 */
	readonly pinned: { readonly threads: () => PinnedThread[]; readonly affinity: Affinity;
		readonly note: (pinned: Pinned) => boolean } | null;
	readonly emit: (event: CpuEvent) => void;
}

/**
 * Milliseconds until what has failed is tried again. At the last time a CPU that has gone is taken
 * offline whatever callbacks return.
 */
const RETRY_MS: readonly number[] = [10, 50, 200, 1000, 5000];

/** @param waited of a look that comes by itself: how long it has waited (ms) */
interface News extends CpuNews {
	readonly since: number;
	readonly waited?: number;
}
/** What is to be done still, since it has failed so far. */
interface PendingChange {
	readonly cpu: number;
	readonly online: boolean;
	readonly source: CpuEventOrigin;
	readonly since: number;
	tried: boolean;
	waited: number;
}

const difference = (a: readonly number[], b: readonly number[]): number[] =>
	a.filter((cpu) => !b.includes(cpu));
const differ = (a: readonly number[], b: readonly number[]): boolean =>
	difference(a, b).length + difference(b, a).length > 0;

export class Follower {
	#sources: readonly CpuEventSource[] = [];
	#news: News[] = [];
	readonly #pending = new Map<number, PendingChange>();
	/**
	 * CPUs that are said to be online and cannot be used yet: a cpuset gets them some time after
	 * the message.
	 */
	readonly #expected = new Map<number, News>();
	/** Could all threads be put on their cores? */
	#all_pinned = true;
	#usable: readonly number[];
	#seen: Topology;
	#running: Promise<void> | null = null;
	#timer: NodeJS.Timeout | null = null;
	/** How often it has looked again since the last news. */
	#looks = 0;
	#closed = false;
	readonly #patience_ms: number;

	/** @param seen what the machine has been booted with */
	constructor(private readonly machine: Following, seen: Topology,
		private readonly retry_ms = RETRY_MS)
	{
		this.#seen = seen;
		this.#usable = usable_cpus(seen).filter(machine.wanted);
		this.#patience_ms = retry_ms.reduce((sum, ms) => sum + ms, 0);
	}

	/** @param open opens the sources; what they tell goes to the listener */
	open(open: (listener: (news: CpuNews) => void) => readonly CpuEventSource[]): void {
		this.#sources = open((news) => this.news(news));
	}

	/** Something has happened. */
	news(news: CpuNews): void {
		if (this.#closed)
			return;
		this.#news.push({ ...news, since: performance.now() });
		this.#looks = 0;
		this.#running ??= this.#run();
	}

	/** Look now. Resolves when the machine is as the host is, as far as that can be had. */
	async reread(): Promise<void> {
		this.news({ source: 'reread' });
		await this.#running;
	}

	/** Resolves when nothing goes on any more. */
	async close(): Promise<void> {
		this.#closed = true;
		for (const source of this.#sources)
			source.close();
		if (this.#timer !== null)
			clearTimeout(this.#timer);
		await this.#running;
	}

	async #run(): Promise<void> {
		// What is emitted must not come from within news(): its caller may hold whatever.
		await Promise.resolve();
		let failed = false;
		while (this.#news.length > 0 && !this.#closed) {
			try {
				await this.#follow(this.#news.splice(0));
			} catch (error) {
				failed = true;
				process.emitWarning(
					`padata: the CPUs of the host could not be followed: ${
						(error as Error).message
					}`,
				);
			}
		}
		this.#running = null;
		if (!this.#closed && (failed || this.#unsettled()))
			this.#look_later();
	}

	#unsettled(): boolean {
		// The last CPU cannot go before another comes, which is news.
		const changes = [...this.#pending.values()].some(({ online }) =>
			online || this.machine.online().length > 1
		);
		return changes || this.#expected.size > 0 || !this.#all_pinned;
	}

	#look_later(): void {
		if (this.#looks === this.retry_ms.length) {
			this.#expected.clear();
			return;
		}
		if (this.#timer !== null)
			clearTimeout(this.#timer);
		const waited = this.retry_ms[this.#looks++];
		this.#timer = setTimeout(() => {
			this.#timer = null;
			this.#news.push({ source: 'reread', since: performance.now(), waited });
			this.#running ??= this.#run();
		}, waited).unref();
	}

	async #follow(news: readonly News[]): Promise<void> {
		const { machine } = this;
		const topology = machine.read();
		const usable = usable_cpus(topology);
		const [{ source, since }] = news;
		machine.host_is(topology, usable);
		// A kernel takes CPUs that are offline out of what it says is allowed; that is not a change
		// of it.
		const both = usable_cpus({ ...topology, allowed: this.#seen.online });
		if (differ(usable.filter((cpu) => both.includes(cpu)),
			usable_cpus(this.#seen).filter((cpu) => both.includes(cpu))))
			machine.emit({ source, cpu: -1, what: 'allowed', ok: true, allowed: topology.allowed,
				ms: performance.now() - since });
		this.#seen = topology;
		for (const one of news)
			if (one.cpu !== undefined)
				this.#expected.set(one.cpu, one);

		const target = usable.filter(machine.wanted);
		const change = (online: boolean) => (cpu: number): void => {
			const from = this.#expected.get(cpu) ?? news[0];
			this.#pending.set(cpu, { cpu, online, source: from.source, since: from.since,
				tried: false, waited: 0 });
		};
		difference(target, this.#usable).forEach(change(true));
		difference(this.#usable, target).forEach(change(false));
		this.#usable = target;
		for (const [cpu, { online }] of this.#expected)
			if (online !== true || target.includes(cpu) || !machine.wanted(cpu))
				this.#expected.delete(cpu);

		// Threads first: those of CPUs that have gone must not be outside of what is allowed. And
		// CPUs that come before those that go.
		this.#pin(usable, source, since);
		const waited = news.reduce((sum, one) => sum + (one.waited ?? 0), 0);
		const changes = [...this.#pending.values()].sort((a, b) =>
			Number(b.online) - Number(a.online) || a.cpu - b.cpu
		);
		for (const one of changes)
			if (!this.#closed)
				await this.#carry_out(one, waited);
		if (changes.length > 0)
			this.#pin(usable, source, since);
	}

	async #carry_out(change: PendingChange, waited: number): Promise<void> {
		const { machine } = this;
		const { cpu, online, source, since } = change;
		if (machine.online().includes(cpu) === online) {
			this.#pending.delete(cpu);
			return;
		}
		if (!online && change.tried && machine.online().length === 1)
			return;
		// By what it has waited and not by the number of tries: each news is one, and they may come
		// in a burst.
		if (change.tried)
			change.waited += waited;
		change.tried = true;
		const last = change.waited >= this.#patience_ms;
		const error = await (online ? machine.up(cpu) : machine.down(cpu, last));
		if (error === 0)
			this.#pending.delete(cpu);
		machine.emit({ source, cpu, what: online ? 'online' : 'offline', ok: error === 0,
			...error === 0 ? {} : { error }, ms: performance.now() - since });
	}

	#pin(usable: readonly number[], source: CpuEventOrigin, since: number): void {
		const { pinned, emit } = this.machine;
		if (pinned === null)
			return;
		this.#all_pinned = true;
		for (const one of pin_threads(pinned.threads(), usable, pinned.affinity)) {
			if (!usable.includes(one.cpu)) {
				pinned.note(one);
				continue;
			}
			this.#all_pinned &&= one.error === 0;
			if (pinned.note(one))
				emit({ source, cpu: one.cpu, what: 'pinned', ok: one.error === 0,
					...one.error === 0 ? {} : { error: one.error },
					ms: performance.now() - since });
		}
	}
}
