// SPDX-License-Identifier: GPL-2.0-only
//
// What a machine makes of the news of its host: which CPUs come and go, when what fails is tried
// again, which thread is put where. Host, state machine and threads are made up.
import { once } from 'node:events';
import { expect } from 'chai';
import { pin_threads } from '../../lib/machine/hotplug/affinity.js';
import { CpuEvent } from '../../lib/machine/hotplug/event.js';
import { Follower } from '../../lib/machine/hotplug/follow.js';
import { CpuNews } from '../../lib/machine/hotplug/source.js';

const [ESRCH, ENOMEM, EBUSY, EINVAL] = [3, 12, 16, 22];

/** The kernel as far as affinity goes: threads, and the CPUs that they may run on. */
class FakeAffinity {
	readonly masks = new Map<number, readonly number[]>();
	/** Each change, as "tid: CPUs". */
	readonly calls: string[] = [];
	fails: Error | null = null;
	constructor(public active: readonly number[]) {}

	readonly getAffinityOf = (tid: number): number[] | number => {
		if (this.fails !== null)
			throw this.fails;
		return this.masks.get(tid)?.filter((cpu) => this.active.includes(cpu)) ?? -ESRCH;
	};

	readonly setAffinityOf = (tid: number, cpus: readonly number[]): number => {
		this.calls.push(`${tid}: ${cpus.join()}`);
		const there = cpus.filter((cpu) => this.active.includes(cpu));
		if (there.length === 0)
			return -EINVAL;
		this.masks.set(tid, there);
		return 0;
	};

	/** As the kernel does it: threads of a CPU that goes may run anywhere, and stay so. */
	goes(cpu: number): void {
		this.active = this.active.filter((other) => other !== cpu);
		for (const [tid, mask] of this.masks)
			if (!mask.some((other) => this.active.includes(other)))
				this.masks.set(tid, [0, 1, 2, 3, 4, 5, 6, 7]);
	}

	comes(cpu: number): void {
		this.active = [...this.active, cpu].sort((a, b) => a - b);
	}
}

/** A machine and its host. Thread of CPU n: 100 + n. */
class Fake {
	online = [0, 1, 2, 3];
	host = { possible: [0, 1, 2, 3, 4], present: [0, 1, 2, 3], online: [0, 1, 2, 3],
		allowed: [0, 1, 2, 3, 4] };
	readonly affinity = new FakeAffinity([0, 1, 2, 3]);
	readonly cores = new Map([0, 1, 2, 3].map((cpu) => [cpu, { core: cpu, error: 0 }]));
	/**
	 * What the state machine has been asked, as "up 3", and what it says to that: 0 if nothing is
	 * here.
	 */
	readonly asked: string[] = [];
	readonly answers: Record<string, number[]> = {};
	readonly events: CpuEvent[] = [];
	readonly follower: Follower;
	#waiting: { what: (event: CpuEvent) => boolean; done: () => void } | null = null;
	closed = 0;
	listener: (news: CpuNews) => void = () => undefined;

	constructor(wanted: (cpu: number) => boolean = () => true) {
		[0, 1, 2, 3].forEach((cpu) => this.affinity.masks.set(100 + cpu, [cpu]));
		this.follower = new Follower({
			read: () => structuredClone(this.host),
			wanted,
			online: () => this.online,
			host_is: () => undefined,
			up: (cpu) =>
				this.#ask(`up ${cpu}`, () => {
					this.online = [...this.online, cpu].sort((a, b) => a - b);
				}),
			down: (cpu, last) =>
				this.#ask(`down ${cpu}${last ? ' at last' : ''}`, () => {
					this.online = this.online.filter((other) => other !== cpu);
				}, this.online.length === 1 ? -EBUSY : 0),
			pinned: {
				threads: () =>
					[...this.cores].map(([cpu, { core }]) => ({ cpu, tid: 100 + cpu, core })),
				affinity: this.affinity,
				note: ({ cpu, core, error }) => {
					const before = this.cores.get(cpu)!;
					this.cores.set(cpu, { core, error });
					return before.core !== core || before.error !== error;
				},
			},
			emit: (event) => {
				this.events.push(event);
				if (this.#waiting?.what(event) === true)
					this.#waiting.done();
			},
		}, structuredClone(this.host), [1, 1, 1]);
		this.follower.open((listener) => {
			this.listener = listener;
			return [{ open: () => 0, close: () => {
				this.closed++;
			} }];
		});
	}

	async #ask(what: string, does: () => void, refused = 0): Promise<number> {
		this.asked.push(what);
		await Promise.resolve();
		const answer = this.answers[what]?.shift() ?? refused;
		if (answer === 0)
			does();
		return answer;
	}

	/** The host takes a CPU offline, or brings it online. */
	switch(cpu: number, on: boolean): void {
		this.host.online = on
			? [...this.host.online, cpu].sort((a, b) => a - b)
			: this.host.online.filter((other) => other !== cpu);
		if (on)
			this.affinity.comes(cpu);
		else
			this.affinity.goes(cpu);
	}

	/** That, and its message. */
	uevent(cpu: number, online: boolean): void {
		this.switch(cpu, online);
		this.listener({ source: 'uevent', cpu, online });
	}

	/** Wait for an event. */
	async event(what: (event: CpuEvent) => boolean): Promise<void> {
		// Timers of what waits here keep no process alive.
		const keep = setInterval(() => undefined, 1000);
		await new Promise<void>((done) => {
			this.#waiting = { what, done };
		});
		clearInterval(keep);
		await this.settled();
	}

	/** Until all news that have come are seen to. */
	async settled(): Promise<void> {
		for (let i = 0; i < 20; i++)
			await Promise.resolve();
	}

	/** The events so far, as "uevent 3 online". */
	told(): string[] {
		return this.events.splice(0).map(({ source, cpu, what, error, allowed }) =>
			`${source} ${allowed?.join() ?? cpu} ${what}${error === undefined ? '' : ` ${error}`}`
		);
	}
}

describe('machine: following a host', () => {
	let f: Fake;
	beforeEach(() => {
		f = new Fake();
	});
	afterEach(async () => {
		await f.follower.close();
		f.listener({ source: 'reread' });
		await f.settled();
		expect(f.closed).to.equal(1);
	});

	it('takes CPUs offline and brings them back, and puts their threads on their cores again', async () => {
		f.uevent(3, false);
		await f.settled();
		expect([f.asked, f.told(), f.cores.get(3)]).to.deep.equal([['down 3'], ['uevent 3 offline'],
			{ core: -1, error: 0 }]);
		expect(f.affinity.getAffinityOf(103), 'its thread').to.deep.equal([0, 1, 2]);
		f.uevent(3, true);
		await f.settled();
		expect([f.asked, f.told()]).to.deep.equal([['down 3', 'up 3'], ['uevent 3 pinned',
			'uevent 3 online']]);
		expect(f.affinity.masks.get(103)).to.deep.equal([3]);
		expect(f.affinity.calls).to.deep.equal(['103: 3']);
	});

	it('says how long it took', async () => {
		f.uevent(3, false);
		await f.settled();
		expect(f.events[0].ms).to.be.at.least(0).and.lessThan(1000);
	});

	it('sees what is the case, not what was said', async () => {
		f.listener({ source: 'uevent', cpu: 2, online: false });
		f.listener({ source: 'uevent', cpu: 9, online: false });
		await f.settled();
		expect([f.asked, f.told()]).to.deep.equal([[], []]);
		// Lost: the next message shows it too.
		f.switch(1, false);
		f.uevent(2, false);
		await f.settled();
		expect(f.told()).to.deep.equal(['uevent 1 offline', 'uevent 2 offline']);
	});

	it('pins the thread of a CPU that was gone for a moment: nothing else has changed', async () => {
		f.uevent(1, false);
		f.uevent(1, true);
		await f.settled();
		expect([f.asked, f.told(), f.affinity.masks.get(101)]).to.deep.equal([[], [], [1]]);
		expect(f.affinity.calls).to.deep.equal(['101: 1']);
	});

	it('pins threads that somebody else has moved', async () => {
		f.affinity.masks.set(102, [0, 1, 2, 3]);
		await f.follower.reread();
		expect(f.affinity.masks.get(102)).to.deep.equal([2]);
	});

	it('goes by what is allowed, and tells of it', async () => {
		f.host.allowed = [1, 2];
		f.listener({ source: 'cgroup' });
		await f.settled();
		expect(f.told()).to.deep.equal(['cgroup 1,2 allowed', 'cgroup 0 offline',
			'cgroup 3 offline']);
		expect([f.online, f.affinity.masks.get(100), f.affinity.masks.get(103)]).to.deep.equal([[1,
			2], [1, 2], [1, 2]]);
		f.host.allowed = [0, 1, 2, 3];
		f.listener({ source: 'cgroup' });
		await f.settled();
		expect(f.told()).to.deep.equal(['cgroup 0,1,2,3 allowed', 'cgroup 0 pinned',
			'cgroup 3 pinned', 'cgroup 0 online', 'cgroup 3 online']);
	});

	it('brings up before it takes down, so that one is always left', async () => {
		f.host.allowed = [0];
		await f.follower.reread();
		expect(f.online).to.deep.equal([0]);
		f.asked.length = 0;
		f.host.allowed = [2];
		await f.follower.reread();
		expect([f.asked, f.online]).to.deep.equal([['up 2', 'down 0'], [2]]);
	});

	it('keeps the last one until another comes', async () => {
		await f.follower.close();
		f = new Fake((cpu) => cpu === 1 || cpu === 3);
		f.online = [1, 3];
		f.uevent(1, false);
		f.uevent(3, false);
		await f.settled();
		expect(f.told()).to.deep.equal(['uevent 1 offline', `uevent 3 offline ${-EBUSY}`]);
		await f.follower.reread();
		expect([f.asked, f.online, f.affinity.getAffinityOf(103)]).to.deep.equal([['down 1',
			'down 3'], [3], [0, 2]]);
		f.told();
		f.uevent(1, true);
		await f.settled();
		expect([f.told(), f.online]).to.deep.equal([['uevent 1 pinned', 'uevent 1 online',
			'uevent 3 offline'], [1]]);
	});

	it('does not want CPUs that the option does not name', async () => {
		await f.follower.close();
		f = new Fake((cpu) => cpu < 2);
		f.online = [0, 1];
		f.host.present.push(4);
		f.uevent(4, true);
		f.uevent(3, false);
		await f.settled();
		expect([f.asked, f.told()]).to.deep.equal([[], []]);
	});

	it('leaves alone what was done by hand, until the host changes it', async () => {
		f.online = [0, 1, 3];
		await f.follower.reread();
		f.uevent(3, false);
		await f.settled();
		expect(f.asked).to.deep.equal(['down 3']);
		f.uevent(2, false);
		f.listener({ source: 'uevent' });
		await f.settled();
		expect(f.asked, 'it is offline').to.deep.equal(['down 3']);
		f.uevent(2, true);
		await f.settled();
		expect([f.asked, f.online]).to.deep.equal([['down 3', 'up 2'], [0, 1, 2]]);
	});

	it('tries again what has failed', async () => {
		f.answers['down 3'] = [-ENOMEM, -ENOMEM];
		f.uevent(3, false);
		await f.event(({ ok }) => ok);
		expect(f.told()).to.deep.equal([`uevent 3 offline ${-ENOMEM}`,
			`uevent 3 offline ${-ENOMEM}`, 'uevent 3 offline']);
		f.answers['up 3'] = [-ENOMEM];
		f.uevent(3, true);
		await f.event(({ ok, what }) => ok && what === 'online');
		expect(f.told()).to.deep.equal(['uevent 3 pinned', `uevent 3 online ${-ENOMEM}`,
			'uevent 3 online']);
	});

	it('does without those who refuse, at last', async () => {
		f.answers['down 3'] = [-ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM, -ENOMEM];
		f.uevent(3, false);
		await f.event(({ ok }) => ok);
		expect(f.asked).to.deep.equal(['down 3', 'down 3', 'down 3', 'down 3 at last']);
	});

	it('does not lose patience because there is much news', async () => {
		f.answers['down 3'] = Array<number>(8).fill(-ENOMEM);
		f.switch(3, false);
		for (let i = 0; i < 6; i++)
			await f.follower.reread();
		expect(f.asked).to.deep.equal(Array<string>(6).fill('down 3'));
		await f.event(({ what, ok }) => what === 'offline' && ok);
		expect(f.asked.at(-1)).to.equal('down 3 at last');
	});

	it('goes on after a look that has failed', async () => {
		const warned = once(process, 'warning') as Promise<[Error]>;
		f.affinity.fails = new Error('no such thing');
		f.uevent(3, false);
		expect((await warned)[0].message).to.equal(
			'padata: the CPUs of the host could not be followed: no such thing',
		);
		f.affinity.fails = null;
		await f.event(({ what, ok }) => what === 'offline' && ok);
		expect(f.online).to.deep.equal([0, 1, 2]);
	});

	it('forgets what has failed if it is over', async () => {
		f.answers['down 3'] = [-ENOMEM];
		f.uevent(3, false);
		await f.settled();
		f.uevent(3, true);
		await f.event(({ what }) => what === 'pinned');
		expect([f.asked, f.online]).to.deep.equal([['down 3'], [0, 1, 2, 3]]);
	});

	it('waits for a CPU that a cpuset gets after the message', async () => {
		f.host.allowed = [0, 1, 2];
		await f.follower.reread();
		f.told();
		f.listener({ source: 'uevent', cpu: 3, online: true });
		await f.settled();
		expect(f.told()).to.deep.equal([]);
		f.host.allowed = [0, 1, 2, 3];
		await f.event(({ what }) => what === 'online');
		expect(f.told().at(-1)).to.equal('uevent 3 online');
	});

	it('tries again to pin: EINVAL is a matter of time', async () => {
		// Online, but the thread may not be put there yet.
		f.host.online = [0, 1, 2];
		f.affinity.goes(3);
		await f.follower.reread();
		f.told();
		f.host.online = [0, 1, 2, 3];
		f.listener({ source: 'uevent', cpu: 3, online: true });
		await f.settled();
		expect(f.told()).to.deep.equal([`uevent 3 pinned ${-EINVAL}`, 'uevent 3 online']);
		expect(f.cores.get(3)).to.deep.equal({ core: -1, error: -EINVAL });
		f.affinity.comes(3);
		await f.event(({ what, ok }) => what === 'pinned' && ok);
		expect([f.affinity.masks.get(103), f.cores.get(3)]).to.deep.equal([[3], { core: 3,
			error: 0 }]);
	});

	it('is not disturbed by what comes while it works', async () => {
		f.uevent(3, false);
		await Promise.resolve();
		f.uevent(2, false);
		f.uevent(3, true);
		await f.settled();
		await f.follower.reread();
		expect(f.online).to.deep.equal([0, 1, 3]);
	});

	it('does nothing any more when it is closed, also in the middle', async () => {
		f.uevent(2, false);
		f.uevent(3, false);
		await Promise.resolve();
		await Promise.resolve();
		await f.follower.close();
		expect(f.asked).to.deep.equal(['down 2']);
		f.closed = 0;
	});
});

describe('machine: threads on their cores', () => {
	it('are left alone where they should be, those that have ended too', () => {
		const affinity = new FakeAffinity([0, 1]);
		affinity.masks.set(100, [0]);
		expect(
			pin_threads([{ cpu: 0, tid: 100, core: 0 }, { cpu: 1, tid: 101, core: 1 }], [0, 1],
				affinity),
		).to.deep.equal([]);
		expect(affinity.calls).to.deep.equal([]);
	});

	it('run on what there is, if theirs is not to be had', () => {
		const affinity = new FakeAffinity([0, 1]);
		affinity.masks.set(105, [5]);
		affinity.masks.set(101, [0]);
		expect(
			pin_threads([{ cpu: 5, tid: 105, core: 5 }, { cpu: 1, tid: 101, core: -1 }], [0, 1],
				affinity),
		)
			.to.deep.equal([{ cpu: 5, core: -1, error: 0 }, { cpu: 1, core: 1, error: 0 }]);
		expect([...affinity.masks]).to.deep.equal([[105, [0, 1]], [101, [1]]]);
	});

	it('run on what there is, if the kernel refuses', () => {
		const affinity = new FakeAffinity([0, 1]);
		affinity.masks.set(102, [0, 1]);
		expect(pin_threads([{ cpu: 2, tid: 102, core: 2 }], [0, 2], affinity)).to.deep.equal([{
			cpu: 2,
			core: -1,
			error: -EINVAL,
		}]);
		expect(affinity.masks.get(102)).to.deep.equal([0]);
	});
});
