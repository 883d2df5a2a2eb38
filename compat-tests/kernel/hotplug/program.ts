// SPDX-License-Identifier: GPL-2.0-only
//
// What runs in the guest of npm run test:hotplug: the port under load, while the guest's init takes
// real CPUs away and brings them back.
import { readFileSync } from 'node:fs';
import { alloc_cpumask_var, boot, cpumask_of_cpus, free_cpumask_var, PADATA_CPU_PARALLEL,
	PADATA_CPU_SERIAL, PADATA_INVALID, padata_set_cpumask_async,
	parse_cpu_list } from '../../../lib/index.js';
import { Init } from './init.js';
import { Load } from './load.js';
import { now_us } from './load.jobs.js';
import { must, Report, same, spread } from './report.js';
import { bits, new_figures, Toggles } from './toggles.js';
import { Watch } from './watch.js';

/** toggles: how many in all. */
export interface ProgramOptions {
	readonly seed: number;
	readonly toggles: number;
}

const { seed, toggles } = JSON.parse(
	readFileSync(new URL('options.json', import.meta.url), 'utf8'),
) as ProgramOptions;
const WINDOW_MS = 2500;
/** Jobs until V8 has compiled what runs all the time. */
const WARM_UP = 15_000;
/** Toggles of the other tests: in bursts, all but one, in no mask, the only one of a mask. */
const OTHER_TOGGLES = 30 + 6 + 2 + 4;
/** CPU 0 stays: x86 has no file to take it offline with. */
const OTHERS = [1, 2, 3];
const ALL = { parallel: 15, serial: 15 };

let state = seed >>> 0 || 1;
/** xorshift */
function random(n: number): number {
	state ^= state << 13;
	state ^= state >>> 17;
	state ^= state << 5;
	return (state >>> 0) % n;
}

const report = new Report();
const machine = await boot({ memory: 64 << 20, native: 'required' });
const problems: string[] = [];
machine.on('oops', ({ text }) => problems.push(text)).on('misuse',
	({ text }) => problems.push(text));
const watch = new Watch(machine);
const load = new Load(machine,
	await machine.load_module(new URL('./load.jobs.js', import.meta.url)), 4);
const init = new Init();
const host = new Toggles(init, load, watch);
const rates: Record<string, number> = {};
const cpuset_us: number[] = [];

async function set_masks(parallel: readonly number[], serial: readonly number[]): Promise<void> {
	for (const [type, cpus] of [[PADATA_CPU_PARALLEL, parallel], [PADATA_CPU_SERIAL,
		serial]] as const)
	{
		const mask = alloc_cpumask_var();
		cpumask_of_cpus(mask, cpus);
		same(await padata_set_cpumask_async(load.pinst, type, mask), 0, 'padata_set_cpumask()');
		free_cpumask_var(mask);
	}
}

/** All CPUs online and in the masks, whatever the last test has left. */
async function anew(): Promise<void> {
	for (const cpu of OTHERS)
		if (!host.online_cpus().includes(cpu))
			await init.cpu(cpu, true);
	await host.settled();
	await set_masks([0, 1, 2, 3], [0, 1, 2, 3]);
	await host.followed();
}

const test = (name: string, run: () => Promise<string | undefined>): Promise<void> =>
	report.test(name, async () => {
		await anew();
		return run();
	});

async function rate(name: string): Promise<void> {
	rates[name] = await load.rate(WINDOW_MS);
}

report.figure(`uptime ${readFileSync('/proc/uptime', 'latin1').split(' ')[0]} s, seed ${seed}`);
await report.test('four CPUs, each thread on its own core', async () => {
	same(machine.cpus().online, [0, 1, 2, 3], 'online');
	await watch.placed();
	load.begin();
	await host.goes_on(WARM_UP);
	await rate('before');
	return undefined;
});

await report.test('a CPU goes and comes back for the first time, which starts a thread', async () => {
	await host.toggle(3, false, ALL);
	await host.toggle(3, true, ALL);
	report.figure(
		`the first: ${
			spread(host.figures.done, 'ms')
		} from the end of the toggle until the machine has followed`,
	);
	host.figures = new_figures();
	return undefined;
});

const online = new Set([0, 1, 2, 3]);
await test(`${toggles - OTHER_TOGGLES} toggles, one after the other: order, affinity, notifier, usable masks after each`, async () => {
	const [done, begun] = [load.done, performance.now()];
	while (host.count < toggles - OTHER_TOGGLES) {
		const cpu = OTHERS[random(OTHERS.length)];
		const up = !online.has(cpu);
		await host.toggle(cpu, up, ALL);
		(up ? () => online.add(cpu) : () => online.delete(cpu))();
		same(machine.cpus().online, [...online].sort(), 'online');
	}
	rates['during'] = (load.done - done) / (performance.now() - begun) * 1000;
	await anew();
	await rate('after');
	return `${((performance.now() - begun) / host.count).toFixed(0)} ms each`;
});

await test('toggles in bursts, nobody waits for the machine: it ends where the host is', async () => {
	for (let burst = 0; burst < 6; burst++) {
		for (let i = 0; i < 5; i++) {
			const cpu = OTHERS[random(OTHERS.length)];
			await host.cpu(cpu, !host.online_cpus().includes(cpu));
		}
		await host.followed();
		// It may be carrying out what it saw in the middle of the burst. This waits for that.
		await host.settled();
		await host.followed();
	}
	await host.goes_on();
	return undefined;
});

await test('all CPUs but one go and come back', async () => {
	for (const cpu of OTHERS)
		await host.toggle(cpu, false, ALL);
	same(machine.cpus().online, [0], 'online');
	await host.goes_on(200);
	for (const cpu of OTHERS)
		await host.toggle(cpu, true, ALL);
	await host.goes_on();
	return undefined;
});

await test('a CPU that is in no mask: the notifier is told nothing', async () => {
	await set_masks([0, 1], [0, 2]);
	await host.toggle(3, false, { parallel: 3, serial: 5 });
	await host.toggle(3, true, { parallel: 3, serial: 5 });
	await host.goes_on();
	return undefined;
});

for (const [name, parallel, serial] of [['serial', [0, 1, 2, 3], [3]], ['parallel', [3], [0, 1, 2,
	3]]] as const)
	await test(`the only CPU of the ${name} mask goes, and comes back: nobody is accepted meanwhile`, async () => {
		await set_masks(parallel, serial);
		const user = { parallel: bits(parallel), serial: bits(serial) };
		await host.goes_on();
		await host.toggle(3, false, user);
		const refused = load.refused;
		must((load.flags & PADATA_INVALID) !== 0, `flags ${load.flags}, not INVALID`);
		must(await until(() => load.in_flight === 0), `${load.in_flight} jobs are in flight still`);
		const accepted = load.accepted;
		must(await until(() => load.refused > refused + 10), 'nobody was refused');
		same(load.accepted, accepted, 'accepted jobs');
		await host.toggle(3, true, user);
		same(load.flags & PADATA_INVALID, 0, 'INVALID');
		await host.goes_on();
		return undefined;
	});

async function until(holds: () => boolean): Promise<boolean> {
	for (const end = performance.now() + 10_000; !holds(); await new Promise((resolve) => {
		setTimeout(resolve, 2);
	}))
		if (performance.now() > end)
			return false;
	return true;
}

await test('the cpuset of the process shrinks and grows', async () => {
	const sets = ['0-1', '0-3', '2-3', '1,3', '0-3', '0', '0-3', '1-2', '0-3'];
	for (const set of sets) {
		const { result, before } = await init.cpuset(set);
		same(result, '0', `cpuset.cpus ${set}`);
		const cpus = parse_cpu_list(set);
		must(await watch.until(() => machine.cpus().online.join() === cpus.join()),
			`cpuset ${set}: the machine has ${machine.cpus().online.join()}`);
		cpuset_us.push(now_us() - before);
		await watch.placed();
		const { parallel, serial } = load.usable();
		same([parallel, serial], [cpus, cpus], 'usable masks');
		await host.goes_on();
	}
	return `${sets.length} changes`;
});

await test('no job was lost, none ran twice, none was out of order or on a wrong CPU', async () => {
	must(await load.end(), `${load.in_flight} of ${load.accepted} jobs did not come out`);
	same(load.wrong, { disorder: 0, elsewhere: 0, repeated: 0 }, 'jobs');
	same([...load.odd], [], 'other errors of padata_do_parallel()');
	same(problems, [], 'the log');
	same(host.count, toggles, 'toggles');
	return `${load.accepted} jobs, ${host.count} toggles; -EBUSY ${load.busy} times, no usable CPU ${load.refused} times`;
});

const { figures } = host;
report.figure(`toggle, the kernel's own part: ${spread(figures.kernel, 'ms')}`);
report.figure(
	`from the begin of the toggle to the new usable mask: ${spread(figures.notified, 'ms')}`,
);
report.figure(
	`from the end of the toggle until the machine has followed: ${spread(figures.done, 'ms')}`,
);
report.figure(`from the kernel's message until then: ${spread(figures.own, 'ms')}`);
report.figure(
	`cpuset, from the begin of the write until the machine has followed: ${
		spread(cpuset_us, 'ms')
	}`,
);
report.figure(`jobs in flight at a toggle: ${spread(figures.in_flight, '')}`);
report.figure(
	`jobs a second: ${
		Object.entries(rates).map(([name, value]) => `${name} ${value.toFixed(0)}`).join(', ')
	}`,
);
report.figure(
	`origins of events: ${
		[...new Set(watch.seen.map(({ source }) => source))].map((source) =>
			`${source} ${watch.seen.filter((event) => event.source === source).length}`
		).join(', ')
	}`,
);

await load.free();
init.close();
await machine.shutdown();
process.exitCode = report.failed ? 1 : 0;
