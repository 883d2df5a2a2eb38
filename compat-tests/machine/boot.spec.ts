// SPDX-License-Identifier: GPL-2.0-only
//
// Booting: options, topology, shutdown, and booting again.
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { boot, BootOptions, bytes_at, cpu_online, cpu_up, current_machine, INIT_DELAYED_WORK,
	kzalloc, nr_cpu_ids, num_online_cpus, queue_work_on, slab_objects, sleep_on_async, system_wq,
	work_on_cpu } from '../../lib/index.js';
import { load_native } from '../../lib/machine/native.js';
import { host_topology } from '../../lib/machine/topology.js';
import { expect_no_threads, jobs, thread_names, with_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const it_ = item.offset;

/** What boot() throws. */
async function refused(options: BootOptions | Record<string, unknown>): Promise<Error> {
	try {
		const m = await boot(options);
		await m.shutdown();
	} catch (error) {
		return error as Error;
	}
	throw new Error(`boot(${JSON.stringify(options)}) was not refused`);
}

describe('machine: boot', () => {
	it('refuses bad options, and names them', async () => {
		const wrong: [string, unknown, RegExp][] = [
			...[0, -1, 1.5, 8193, NaN, '2', null].map((v) =>
				['nr_cpus', v, /an integer from 1 to 8192/] as [string, unknown, RegExp]
			),
			...[0, 1 << 20, 2 ** 31, 1e7 + 0.5, '64M'].map((v) =>
				['memory', v, /an integer from 8388608 to 2147418112/] as [string, unknown, RegExp]
			),
			...[0, -5, 1025, 1.5].map((v) =>
				['tasks', v, /an integer from 1 to 1024/] as [string, unknown, RegExp]
			),
			['cpus', '', /empty/],
			['cpus', [], /empty/],
			['cpus', '3-1', /range/],
			['cpus', 'all', /"all" is neither/],
			['cpus', '0,,1', /neither/],
			['cpus', [100000], /CPU 100000 is not online and allowed/],
			['cpus', [0.5], /CPU 0.5/],
			['cpus', [-1], /CPU -1/],
			['pin', 1, /not a boolean/],
			['debug', 'yes', /not a boolean/],
			['native', 'on', /"on" is not "auto", "required" or "off"/],
			['native', true, /"true"/],
			['quirks', 'v5.0', /v5.0/],
			['quirks', ['no_such'], /no_such/],
			['failslab', { probability: 1000 }, /probability: 1000/],
			['nr_cpu', 4, /there is no such option; there are: nr_cpus/],
		];
		for (const [name, value, why] of wrong) {
			const error = await refused({ [name]: value });
			expect(error, `${name}: ${String(value)}`).to.be.instanceOf(RangeError);
			expect(error.message).to.include(name).and.match(why);
		}
		const error = await refused({ nr_cpus: 2, cpus: '1-2' });
		expect(error.message).to.equal(
			'boot: option cpus: CPU 2 is not a CPU of the simulated machine (0-1 are)',
		);
		expect(current_machine()).to.equal(null);
		expect_no_threads();
		await with_machine({ nr_cpus: 1 }, () => undefined);
	});

	for (const nr_cpus of [1, 2, 8])
		it(`has ${nr_cpus} CPU${nr_cpus > 1 ? 's' : ''}`, () =>
			with_machine({ nr_cpus }, async (t) => {
				const all = Array.from({ length: nr_cpus }, (_, cpu) => cpu);
				const { possible, present, online, cpus } = t.machine.cpus();
				expect([possible, present, online, cpus.map(({ cpu }) => cpu)]).to.deep.equal([all,
					all, all, all]);
				expect(nr_cpu_ids).to.equal(nr_cpus);
				await t.load(jobs('work'));
				for (const cpu of all)
					expect(work_on_cpu(cpu, t.fn['double'], 4)).to.equal(8 + 1000 * cpu);
				if (load_native().native !== null)
					expect(thread_names().filter((name) => name.startsWith('cpu/')).sort()).to.deep
						.equal(all.map((cpu) => `cpu/${cpu}`).sort());
			}));

	it('has CPUs with gaps; the others are offline, and come when they are told to', () =>
		with_machine({ nr_cpus: 6, cpus: '1,3-4' }, async (t) => {
			const { possible, online } = t.machine.cpus();
			expect(possible).to.deep.equal([0, 1, 2, 3, 4, 5]);
			expect(online).to.deep.equal([1, 3, 4]);
			expect(t.machine.cpus().cpus.filter((c) => c.online).map(({ cpu }) => cpu)).to.deep
				.equal([1, 3, 4]);
			await t.load(jobs('work'));
			for (const cpu of [1, 3, 4])
				expect(work_on_cpu(cpu, t.fn['double'], 0)).to.equal(cpu * 1000);
			expect(work_on_cpu(2, t.fn['double'], 0), 'offline: elsewhere').to.equal(1000);
			expect(cpu_up(2)).to.equal(0);
			expect(cpu_online(2)).to.equal(true);
			expect(work_on_cpu(2, t.fn['double'], 0)).to.equal(2000);
			expect(cpu_up(6)).to.equal(-22);
		}));

	it('takes numbers in any order, and twice', () =>
		with_machine({ nr_cpus: 4, cpus: [3, 1, 3] }, (t) => {
			expect(t.machine.cpus().online).to.deep.equal([1, 3]);
		}));

	it('says how much memory so many CPUs take', async () => {
		const error = await refused({ nr_cpus: 1000, memory: 8 << 20 });
		expect(error).to.be.instanceOf(RangeError);
		const least = Number(/at least (\d+)/.exec(error.message)![1]);
		expect(least).to.be.greaterThan(16 << 20).and.lessThan(64 << 20);
		await with_machine({ nr_cpus: 2, memory: 8 << 20 }, () => undefined);
	});

	describe('on the host', () => {
		const host = host_topology();
		const usable = host.online.filter((cpu) => host.allowed.includes(cpu));
		const it_pins = load_native().native === null ? it.skip : it;

		it_pins("has the host's CPUs, each pinned to its core", () =>
			with_machine({}, (t) => {
				const { possible, present, online, allowed, cpus } = t.machine.cpus();
				expect(possible).to.deep.equal(host.possible);
				expect(present).to.deep.equal(host.present);
				expect(allowed).to.deep.equal(host.allowed);
				expect(online).to.deep.equal(usable);
				for (const { cpu, tid, affinity } of cpus.filter((c) => c.online)) {
					expect(affinity).to.deep.equal([cpu]);
					expect(readFileSync(`/proc/self/task/${tid}/comm`, 'utf8')).to.equal(
						`cpu/${cpu}\n`,
					);
				}
			}));

		it_pins('has only those that are wanted, and does not pin if it shall not',
			() =>
				with_machine({ cpus: [usable.at(-1)!], pin: false }, (t) => {
					const { online, cpus } = t.machine.cpus();
					expect(online).to.deep.equal([usable.at(-1)]);
					expect(cpus.find(({ cpu }) => cpu === usable.at(-1))!.affinity).to.deep.equal(
						host.allowed,
					);
				}));

		// 1. A machine without the addon. 2. One with it, in the same process: its threads must
		//    find it again.
		it_pins('does without the addon, and with it again', async () => {
			await with_machine({ native: 'off' }, (t) => {
				expect(load_native().native).to.equal(null);
				t.machine.cpus().cpus.forEach(({ tid, affinity }) =>
					expect([tid, affinity]).to.deep.equal([0, null])
				);
				expect(thread_names().filter((name) => name.startsWith('cpu/'))).to.deep.equal([]);
			});
			expect(process.env['PADATA_NATIVE']).to.not.equal('off');
			await with_machine({ native: 'required' }, (t) => {
				t.machine.cpus().cpus.filter((c) => c.online).forEach(({ cpu, affinity }) =>
					expect(affinity).to.deep.equal([cpu])
				);
			});
		});
	});

	it('boots one machine at a time, and another after it', async () => {
		const first = boot({ nr_cpus: 1 });
		expect((await refused({ nr_cpus: 1 })).message, 'while one boots').to.match(
			/a machine is booted in this thread already/,
		);
		const m = await first;
		expect(current_machine()).to.equal(m);
		expect((await refused({ nr_cpus: 1 })).message).to.match(/shut it down first/);
		await m.shutdown();
		await m.shutdown();
		expect(current_machine()).to.equal(null);
		const objects: number[] = [];
		for (const nr_cpus of [3, 1, 3, 1])
			await with_machine({ nr_cpus }, (t) => {
				expect(num_online_cpus()).to.equal(nr_cpus);
				expect(t.machine.dmesg().length, 'the log is new').to.equal(0);
				objects[nr_cpus] ??= slab_objects();
				expect(slab_objects()).to.equal(objects[nr_cpus]);
			});
	});

	it('shuts down when the queues are empty', async () => {
		const m = await boot({ nr_cpus: 2 });
		const fn = await m.load_module(jobs('work'));
		const all = Array.from({ length: 200 }, (_, i) => {
			const w = kzalloc(item.size);
			INIT_DELAYED_WORK(w, fn['run']);
			queue_work_on(i % 2, system_wq(), w);
			// The memory can be looked at when the machine is gone.
			return bytes_at(w + it_.runs, 1);
		});
		await m.shutdown();
		expect(all.filter((runs) => runs[0] !== 1).length).to.equal(0);
		expect_no_threads();
	});

	it('uses next to no time when it is idle', () =>
		with_machine({ nr_cpus: 8 }, async (t) => {
			await t.load(jobs('work'));
			for (let cpu = 0; cpu < 8; cpu++)
				work_on_cpu(cpu, t.fn['double'], 0);
			const never = t.alloc(64);
			// V8's helpers compile and collect for a while after the start, longer if the cores
			// have other things to do: one of these spans is without them. What a machine does
			// again and again is in each.
			let least = 1;
			for (let span = 0; span < 6 && least > 0.01; span++) {
				const start = performance.now();
				const used = process.cpuUsage();
				await sleep_on_async(never, 0, 500);
				const { user, system } = process.cpuUsage(used);
				least = Math.min(least, (user + system) / 1000 / (performance.now() - start));
			}
			expect(least).to.be.lessThan(0.01);
		}));
});
