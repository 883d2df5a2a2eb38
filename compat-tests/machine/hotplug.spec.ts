// SPDX-License-Identifier: GPL-2.0-only
//
// A machine whose host takes CPUs offline and brings them back, under work: on a host that is made
// up, whose CPUs exist or not; and on this one, as far as its CPUs may be switched, by the affinity
// of threads.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { boot, CpuEvent, cpu_down, cpu_online, cpu_online_mask, cpu_up, cpumask_cpus,
	cpus_read_lock, cpus_read_unlock, FAIL_KZALLOC, failslab, load,
	Machine } from '../../lib/index.js';
import { cpus_read_trylock, host_cpu_down } from '../../lib/linux/cpu.js';
import { load_native } from '../../lib/machine/native.js';
import { cpu_thread_status } from '../../lib/machine/processor.js';
import { host_topology, usable_cpus } from '../../lib/machine/topology.js';
import { job } from '../padata/api.jobs.js';
import { Instance, JOBS, notifications } from '../padata/instance.js';
import { CPUSET, HostTree, host_with } from '../support/host.js';
import { expect_no_threads, TestMachine } from '../support/machine.js';

const [EBUSY, ENOMEM, EINVAL] = [16, 12, 22];

/** The event that satisfies this. */
const event_of = (machine: Machine, wanted: (event: CpuEvent) => boolean): Promise<CpuEvent> =>
	new Promise((resolve) => {
		const listener = (one: CpuEvent): void => {
			if (!wanted(one))
				return;
			machine.off('cpu', listener);
			clearInterval(keep);
			resolve(one);
		};
		const keep = setInterval(() => undefined, 1000);
		machine.on('cpu', listener);
	});

describe("machine: the host's CPUs come and go", () => {
	let host: HostTree;
	let machine: Machine;
	let t: TestMachine;
	let events: CpuEvent[] = [];

	before(async () => {
		host = host_with('0-3');
		machine = await boot({ host_root: host.root, pin: false, hotplug: true });
		machine.on('cpu', (event) => events.push(event));
		t = new TestMachine(machine);
		await t.load(JOBS);
	});
	beforeEach(async () => {
		await machine.reread_cpus();
		await told();
		events = [];
		t.begin();
	});
	afterEach(async () => {
		host.online('0-3');
		host.allowed('0-3');
		failslab({});
		await machine.reread_cpus();
		expect(cpumask_cpus(cpu_online_mask)).to.deep.equal([0, 1, 2, 3]);
		t.end();
	});
	after(async () => {
		await machine.shutdown();
		host.remove();
		expect_no_threads();
	});

	/** Events are told when those that wait have had their turn. */
	const told = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
	const lines = (): string[] =>
		events.map(({ source, cpu, what, error }) =>
			`${source} ${cpu} ${what}${error === undefined ? '' : ` ${error}`}`
		).filter((line) => !line.includes('pinned'));

	/** This becomes the case, and the machine looks. */
	async function online(list: string): Promise<void> {
		host.online(list);
		await machine.reread_cpus();
		await told();
	}

	it('the usable masks follow, the notifier is told, no job is lost or late', async () => {
		const i = new Instance(t, { p: [1, 2, 3], cb: [0, 3] });
		expect(i.usable()).to.deep.equal({ p: [1, 2, 3], cb: [0, 3] });
		i.start();
		for (let n = 0; n < 100; n++)
			i.run(n, 3);
		await online('0-2');
		expect([i.usable(), i.user()]).to.deep.equal([{ p: [1, 2], cb: [0] }, { p: [1, 2, 3],
			cb: [0, 3] }]);
		for (let n = 100; n < 200; n++)
			i.run(n, 0);
		await online('0,3');
		expect([i.usable(), i.flags()]).to.deep.equal([{ p: [3], cb: [0, 3] }, 'INIT']);
		for (let n = 200; n < 300; n++)
			i.run(n, 3);
		await online('0-3');
		expect(i.usable()).to.deep.equal({ p: [1, 2, 3], cb: [0, 3] });
		expect(i.wait(300)).to.deep.equal(Array.from({ length: 300 }, (_, n) => n));
		expect(lines()).to.deep.equal(
			['3 offline', '3 online', '1 offline', '2 offline', '1 online', '2 online'].map((
				line,
			) => `reread ${line}`),
		);
		expect(machine.cpus().online).to.deep.equal([0, 1, 2, 3]);
	});

	it('an instance without a CPU refuses jobs until one is back', async () => {
		const i = new Instance(t, { p: [2], cb: [0] }).start();
		await online('0-1,3');
		expect([i.usable(), i.flags(), i.probe()]).to.deep.equal([{ p: [], cb: [0] },
			'INIT|INVALID', '-EINVAL']);
		await online('0-3');
		expect([i.usable(), i.flags(), i.probe()]).to.deep.equal([{ p: [2], cb: [0] }, 'INIT',
			'0']);
		expect(notifications()).to.deep.equal([]);
	});

	it('all but one go, and come back; the last one stays if it goes too', async () => {
		await online('2');
		expect(cpumask_cpus(cpu_online_mask)).to.deep.equal([2]);
		t.expect_log(
			/CPU 2 of the host has gone, and stays online on other cores: it is the last one/,
		);
		host.allowed('0-1');
		await machine.reread_cpus();
		await told();
		expect([cpumask_cpus(cpu_online_mask), lines().at(-1)]).to.deep.equal([[2],
			`reread 2 offline ${-EBUSY}`]);
		host.allowed('0-3');
		await online('1');
		expect(cpumask_cpus(cpu_online_mask)).to.deep.equal([1]);
	});

	it('what cannot be read is as it was', async () => {
		for (const garbage of ['0-x\n', '99999\n', 'what']) {
			host.write('sys/devices/system/cpu/online', garbage);
			host.write('proc/self/status', garbage);
			await machine.reread_cpus();
			await told();
			expect([cpumask_cpus(cpu_online_mask), lines()], garbage).to.deep.equal([[0, 1, 2, 3],
				[]]);
		}
	});

	it('one that could not come by hand gives back the thread that it got for that', async () => {
		new Instance(t, { p: [2, 3], cb: [0] }).start();
		expect(cpu_down(3)).to.equal(0);
		await event_of(machine, ({ what, ok }) => what === 'offline' && ok);
		const real = globalThis.setTimeout;
		let retire: (() => void) | null = null;
		globalThis.setTimeout = ((run: () => void, ms: number) => {
			if (ms === 10_000)
				retire = run;
			return real(run, ms);
		}) as typeof setTimeout;
		try {
			failslab({ probability: 100, times: 1, filter: FAIL_KZALLOC });
			const failed = event_of(machine, ({ what, ok }) => what === 'online' && !ok);
			expect(cpu_up(3)).to.equal(-ENOMEM);
			await failed;
			expect(retire, 'it is to end when the CPU stays offline').not.to.equal(null);
		} finally {
			globalThis.setTimeout = real;
			expect(cpu_up(3)).to.equal(0);
		}
	});

	it('without memory for the new masks the CPU stays, on other cores, until there is', async () => {
		const i = new Instance(t, { p: [2, 3], cb: [0, 3] }).start();
		const before = i.state();
		const at = i.job(0);
		t.expect_log(/CPU 3 of the host has gone, and stays online on other cores: -ENOMEM/);
		failslab({ probability: 100, times: -1, filter: FAIL_KZALLOC });
		const gone = event_of(machine, ({ what, ok }) => what === 'offline' && ok);
		await online('0-2');
		expect([cpu_online(3), i.state()]).to.deep.equal([true, before]);
		expect(i.submit(at, 3)).to.equal(0);
		i.wait(1);
		expect(load(at + job.offset.ser_cpu)).to.equal(3);
		failslab({});
		expect(await gone).to.deep.include({ cpu: 3 });
		expect([cpu_online(3), i.usable()]).to.deep.equal([false, { p: [2], cb: [0] }]);
		const all = lines();
		expect(all.pop()).to.equal('reread 3 offline');
		expect(new Set(all)).to.deep.equal(new Set([`reread 3 offline ${-ENOMEM}`]));
	});

	it('without memory at last it goes all the same: the instance is consistent', async () => {
		const i = new Instance(t, { p: [3], cb: [0, 3] }).start();
		host.online('0-2');
		t.expect_log(/CPU 3 DOWN state \d+: padata_cpu_prep_down failed \(-12\)/);
		failslab({ probability: 100, times: -1, filter: FAIL_KZALLOC });
		expect(host_cpu_down(3, 1)).to.equal(0);
		failslab({});
		expect([cpu_online(3), i.flags(), i.probe()]).to.deep.equal([false, 'INIT|INVALID',
			'-EINVAL']);
		await online('0-3');
		// It was offline already when the machine looked, so it is not news that it is back.
		expect(cpu_up(3)).to.equal(0);
		expect([i.usable(), i.flags(), i.probe(3)]).to.deep.equal([{ p: [3], cb: [0, 3] }, 'INIT',
			'0']);
	});

	it('without memory for one that comes it is tried again', async () => {
		const i = new Instance(t, { p: [2, 3], cb: [0] }).start();
		await online('0-2');
		failslab({ probability: 100, times: -1, filter: FAIL_KZALLOC });
		t.expect_log(/CPU 3 of the host has come, and does not come online: -ENOMEM/);
		const back = event_of(machine, ({ what, ok }) => what === 'online' && ok);
		await online('0-3');
		expect(i.usable()).to.deep.equal({ p: [2], cb: [0] });
		failslab({});
		expect(await back).to.deep.include({ cpu: 3 });
		expect(i.usable()).to.deep.equal({ p: [2, 3], cb: [0] });
	});

	it('a CPU that the host has not cannot be brought up by hand', async () => {
		await online('0-2');
		expect(cpu_up(3)).to.equal(-EINVAL);
		host.allowed('0,2-3');
		await machine.reread_cpus();
		expect([cpu_up(1), cpu_up(2)]).to.deep.equal([-EINVAL, 0]);
	});

	it('what was done by hand stays', async () => {
		expect(cpu_down(1)).to.equal(0);
		await online('0-2');
		expect(cpumask_cpus(cpu_online_mask)).to.deep.equal([0, 2]);
		expect(cpu_up(1)).to.equal(0);
	});

	// The last one: a write may be told of twice, and the second time late.
	it('a write to the cpuset is news', async () => {
		host.allowed('0-1');
		const gone = event_of(machine, ({ cpu, what }) => cpu === 3 && what === 'offline');
		host.write(CPUSET, '0-1\n');
		expect(await gone).to.deep.include({ source: 'cgroup', ok: true });
		await machine.reread_cpus();
		await told();
		expect(lines().slice(0, 3)).to.deep.equal(['cgroup -1 allowed', 'cgroup 2 offline',
			'cgroup 3 offline']);
		expect(events[0].allowed).to.deep.equal([0, 1]);
		expect(machine.cpus()).to.deep.include({ online: [0, 1], allowed: [0, 1] });
	});
});

describe('machine: CPUs of a host', () => {
	const hosts: HostTree[] = [];
	const host = (possible: string): HostTree => {
		hosts.push(host_with(possible));
		return hosts.at(-1)!;
	};
	afterEach(() => {
		hosts.splice(0).forEach((one) => one.remove());
		expect_no_threads();
	});

	it('without CPU 0, with gaps, beyond 64 and 1024; threads only where they are wanted', async () => {
		const many = host('0-2047');
		many.online('65,1030,2000-2047');
		many.allowed('65-1030');
		const machine = await boot({ host_root: many.root, memory: 1 << 30 });
		try {
			expect(machine.cpus().online).to.deep.equal([65, 1030]);
			many.online('1,65,1030-1031');
			many.allowed('1,1031,2000');
			await machine.reread_cpus();
			expect(machine.cpus()).to.deep.include({ online: [1, 1031], allowed: [1, 1031, 2000] });
			expect(machine.cpus().cpus.filter(({ tid, online }) => online && tid !== 0).length).to
				.equal(load_native().native === null ? 0 : 2);
		} finally {
			await machine.shutdown();
		}
	});

	it('are looked at once a second if that is wanted', async () => {
		const quiet = host('0-1');
		quiet.write('proc/self/cgroup', '');
		const machine = await boot({ host_root: quiet.root, pin: false, hotplug: 'poll' });
		try {
			const gone = event_of(machine, ({ cpu, what }) => cpu === 1 && what === 'offline');
			// Behind the first look, which the machine takes when it has booted.
			await machine.reread_cpus();
			quiet.online('0');
			expect(await gone).to.deep.include({ source: 'reread', ok: true });
		} finally {
			await machine.shutdown();
		}
	});

	// 1. The host gets a CPU that was not present. 2. An async thread has the hotplug lock and
	//    waits for the CPU's thread. 3. The booting
	// thread, which alone can start that, waits for the lock.
	it('that were not present get a thread also while the booting thread sleeps', async () => {
		const grows = host('0-3');
		for (const what of ['present', 'online'])
			grows.write(`sys/devices/system/cpu/${what}`, '0-1\n');
		const machine = await boot({ host_root: grows.root, hotplug: false });
		try {
			for (const what of ['present', 'online'])
				grows.write(`sys/devices/system/cpu/${what}`, '0-2\n');
			const done = machine.reread_cpus();
			// The request is on its way when the microtasks are over.
			await new Promise((resolve) => process.nextTick(resolve));
			while (cpus_read_trylock())
				cpus_read_unlock();
			cpus_read_lock();
			cpus_read_unlock();
			expect(cpu_online(2)).to.equal(true);
			await done;
		} finally {
			await machine.shutdown();
		}
	});

	it('has the quota of its control group', async () => {
		const limited = host('0-1');
		const machine = await boot({ host_root: limited.root, hotplug: false });
		try {
			expect(machine.cpus().quota).to.equal(null);
			limited.write('sys/fs/cgroup/group/cpu.max', '50000 100000\n');
			expect(machine.cpus().quota).to.equal(0.5);
			// It is not followed, but can be told to look.
			limited.online('0');
			limited.write(CPUSET, '0\n');
			await new Promise((resolve) => setImmediate(resolve));
			expect(machine.cpus().online).to.deep.equal([0, 1]);
			await machine.reread_cpus();
			expect(machine.cpus().online).to.deep.equal([0]);
		} finally {
			await machine.shutdown();
		}
	});
});

const usable = usable_cpus(host_topology());
const it_two = load_native().native === null || usable.length < 2 ? it.skip : it;

describe('machine: the affinity of this process', () => {
	const native = load_native().native!;
	const [first, second] = usable;
	let machine: Machine | null = null;
	afterEach(async () => {
		native.setAffinity(usable);
		await machine?.shutdown();
		machine = null;
	});

	const thread_of = (cpu: number): number => cpu_thread_status(cpu).tid;
	const allowed = (tid: number): string =>
		/^Cpus_allowed_list:\s*(.*)$/m.exec(
			readFileSync(`/proc/self/task/${tid}/status`, 'utf8'),
		)![1];

	it_two('a thread that has lost its core gets it back', async () => {
		machine = await boot();
		const told: CpuEvent[] = [];
		machine.on('cpu', (event) => told.push(event));
		await machine.reread_cpus();
		native.setAffinityOf(thread_of(second), usable);
		await machine.reread_cpus();
		expect(native.getAffinityOf(thread_of(second))).to.deep.equal([second]);
		expect(allowed(thread_of(second))).to.equal(String(second));
		expect(machine.cpus().online).to.deep.equal(usable);
	});

	it_two('what the process may use decides, now and later', async () => {
		machine = await boot();
		await machine.reread_cpus();
		native.setAffinity([second]);
		await machine.reread_cpus();
		expect(machine.cpus().online).to.deep.equal([second]);
		expect([allowed(thread_of(first)), allowed(thread_of(second))],
			'no thread is where it must not be').to.deep.equal([String(second), String(second)]);
		expect(cpu_up(first)).to.equal(-EINVAL);
		native.setAffinity(usable);
		await machine.reread_cpus();
		expect(machine.cpus().cpus.filter(({ online }) => online).map(({ affinity }) => affinity))
			.to.deep.equal(usable.map((cpu) => [cpu]));
	});

	// All present CPUs had a thread at first, and one outside of what was wanted pinned itself when
	// it started.
	it_two('no thread is pinned outside of what is allowed when the machine boots', async () => {
		native.setAffinity([second]);
		machine = await boot();
		expect(machine.cpus().online).to.deep.equal([second]);
		expect(
			machine.cpus().cpus.filter(({ tid }) => tid !== 0).map((
				{ cpu, affinity },
			) => [cpu, affinity]),
		).to.deep.equal([[second, [second]]]);
		expect(cpu_up(first)).to.equal(-EINVAL);
		native.setAffinity(usable);
		await machine.reread_cpus();
		expect(machine.cpus().online).to.deep.equal(usable);
	});

	it_two('the option cpus stays what it is, and can be gone beyond by hand', async () => {
		machine = await boot({ cpus: [second] });
		native.setAffinity([first]);
		native.setAffinity(usable);
		await machine.reread_cpus();
		expect(machine.cpus().online).to.deep.equal([second]);
		expect(cpu_up(first)).to.equal(0);
		expect(machine.cpus().cpus.find(({ cpu }) => cpu === first)!.affinity).to.deep.equal([
			first,
		]);
	});

	it('is not followed unless it is asked for: a simulated machine, one that is not pinned', async () => {
		machine = await boot({ nr_cpus: 2 });
		await machine.reread_cpus();
		expect(machine.cpus().online).to.deep.equal([0, 1]);
	});
});
