// SPDX-License-Identifier: GPL-2.0-only
//
// CPUs taken offline and brought back by hand: machine.on('cpu'), /sys/devices/system/cpu of the
// machine, and the threads, which end when their CPU stays offline and come back with it.
import { expect } from 'chai';
import { once } from 'node:events';
import { atomic_load, CpuEvent, cpu_down, cpu_online, cpu_up, cpu_up_async, cpus_read_lock,
	cpus_read_unlock, flush_work, INIT_DELAYED_WORK, load, local_bh_disable, local_bh_enable,
	Machine, num_online_cpus, queue_work_on, sleep_on, store, sysfs_list, sysfs_mode, sysfs_read,
	sysfs_write, system_wq, work_on_cpu } from '../../lib/index.js';
import { load_native } from '../../lib/machine/native.js';
import { cpu_thread_status, CpuState, PROCESSOR_CHANGES } from '../../lib/machine/processor.js';
import { Workshop } from '../support/c.js';
import { jobs, set, thread_names, until, use_machine, with_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const [ENOENT, EIO, EACCES, EBUSY, EINVAL, EDEADLK] = [2, 5, 13, 16, 22, 35];
const CPU_DIR = '/sys/devices/system/cpu';
const it_ = item.offset;

describe('machine: CPUs by hand', () => {
	const t = use_machine({ nr_cpus: 4, cpus: '0-2' }, jobs('work'), jobs('hotplug'));
	let events: CpuEvent[] = [];
	const note = (event: CpuEvent): void => {
		events.push(event);
	};

	before(() => t().machine.on('cpu', note));
	beforeEach(async () => {
		await turn();
		events = [];
		t().at_end(() => [0, 1, 2].forEach((cpu) => cpu_up(cpu)));
	});

	/** What has been noted is delivered when this is over. */
	async function turn(): Promise<void> {
		for (let i = 0; i < 3; i++)
			await new Promise((resolve) => setImmediate(resolve));
	}

	it('are told of, with who wanted it', async () => {
		expect(cpu_down(1)).to.equal(0);
		expect(events, 'not from within the call').to.deep.equal([]);
		expect([cpu_down(1), cpu_up(1)]).to.deep.equal([0, 0]);
		expect(sysfs_write(`${CPU_DIR}/cpu2/online`, '0')).to.equal(1);
		const told = once(t().machine, 'cpu');
		await cpu_up_async(2);
		await told;
		await turn();
		expect(events).to.deep.equal([
			{ source: 'api', cpu: 1, what: 'offline', ok: true },
			{ source: 'api', cpu: 1, what: 'online', ok: true },
			{ source: 'sysfs', cpu: 2, what: 'offline', ok: true },
			{ source: 'api', cpu: 2, what: 'online', ok: true },
		]);
	});

	it('are told of if they fail, and not if there is no such CPU', async () => {
		expect([cpu_down(1), cpu_down(2), cpu_down(0)]).to.deep.equal([0, 0, -EBUSY]);
		expect([cpu_down(17), cpu_up(-1)]).to.deep.equal([-EINVAL, -EINVAL]);
		await turn();
		expect(events.at(-1)).to.deep.equal({ source: 'api', cpu: 0, what: 'offline', ok: false,
			error: -EBUSY });
		expect(events.length).to.equal(3);
	});

	it('are told of in order, however many there were', async () => {
		for (let i = 0; i < 20; i++)
			for (const cpu of [1, 2])
				expect([cpu_down(cpu), cpu_up(cpu)]).to.deep.equal([0, 0]);
		await turn();
		const expected = Array.from({ length: 20 },
			() => ['1 offline', '1 online', '2 offline', '2 online']).flat();
		expect(events.map(({ cpu, what }) => `${cpu} ${what}`)).to.deep.equal(expected);
		// More than are kept while this thread is busy: the oldest are missing, none is wrong.
		events = [];
		for (let i = 0; i < 150; i++)
			expect([cpu_down(1), cpu_up(1)]).to.deep.equal([0, 0]);
		await turn();
		expect(events.length).to.equal(256);
		events.forEach(({ what }, i) => expect(what).to.equal(i % 2 === 0 ? 'offline' : 'online'));
	});

	it('have a directory each, and the masks as lists', () => {
		expect(sysfs_list(CPU_DIR)).to.deep.equal(['online', 'offline', 'possible', 'present',
			'cpu0', 'cpu1', 'cpu2', 'cpu3']);
		const read = (name: string): string | number => sysfs_read(`${CPU_DIR}/${name}`);
		expect(['possible', 'present', 'online', 'offline', 'cpu0/online', 'cpu3/online'].map(read))
			.to.deep.equal(['0-3\n', '0-3\n', '0-2\n', '3\n', '1\n', '0\n']);
		expect(sysfs_write(`${CPU_DIR}/cpu0/online`, '0\n')).to.equal(2);
		expect(['online', 'offline', 'cpu0/online'].map(read)).to.deep.equal(['1-2\n', '0,3\n',
			'0\n']);
		expect([sysfs_mode(`${CPU_DIR}/cpu1/online`), sysfs_mode(`${CPU_DIR}/online`)]).to.deep
			.equal([0o644, 0o444]);
		expect(sysfs_write(`${CPU_DIR}/online`, '0')).to.equal(-EACCES);
		expect(sysfs_write(`${CPU_DIR}/cpu4/online`, '0')).to.equal(-ENOENT);
	});

	it('take what a kernel takes for yes and no', () => {
		const write = (text: string): number => sysfs_write(`${CPU_DIR}/cpu1/online`, text);
		for (const [text, online] of [['n', false], ['Y', true], ['0', false], ['1\n', true], [
			'off',
			false,
		], ['on', true], ['No', false], ['yes', true]] as const) {
			expect(write(text), text).to.equal(text.length);
			expect(cpu_online(1), text).to.equal(online);
			expect(write(text), `${text} again`).to.equal(text.length);
		}
		for (const text of ['2', '', 'x', 'o', ' 1', '-1'])
			expect(write(text), `"${text}"`).to.equal(text === '' ? 0 : -EINVAL);
		cpu_down(0);
		cpu_down(2);
		expect(write('0'), 'the last one').to.equal(-EBUSY);
	});

	it('send uevents when they are switched in sysfs', () => {
		sysfs_write(`${CPU_DIR}/cpu1/online`, '0');
		sysfs_write(`${CPU_DIR}/cpu1/online`, '0');
		sysfs_write(`${CPU_DIR}/cpu1/online`, '1');
		const uevents = t().log().filter(({ kind }) => kind === 'uevent').map(({ text }) =>
			text.replace(/\nSEQNUM=\d+$/, '')
		);
		expect(uevents).to.deep.equal(
			['offline', 'online'].map((action) =>
				`ACTION=${action}\nDEVPATH=/devices/system/cpu/cpu1\nSUBSYSTEM=cpu`
			),
		);
	});

	it('have no thread before they are online, and get one then', () => {
		const started = (): string[] =>
			thread_names().filter((name) => name.startsWith('cpu/')).sort();
		expect(cpu_thread_status(3).state).to.equal(CpuState.none);
		expect(t().machine.cpus().cpus[3]).to.deep.equal({ cpu: 3, online: false, tid: 0,
			affinity: null });
		// This thread starts it, and its event loop stands still meanwhile.
		expect(cpu_up(3)).to.equal(0);
		expect(work_on_cpu(3, t().fn['double'], 4), 'it has the modules').to.equal(3008);
		expect(started()).to.deep.equal(['cpu/0', 'cpu/1', 'cpu/2', 'cpu/3']);
		expect(cpu_down(3)).to.equal(0);
		retire(t().machine, 3);
		expect(cpu_thread_status(3)).to.include({ state: CpuState.none, tid: 0, core: -1 });
	});

	it('lose their thread when they stay offline, and get another one', async () => {
		cpu_down(1);
		const before = cpu_thread_status(1).tid;
		retire(t().machine, 1);
		for (let round = 0; round < 2; round++) {
			expect(await cpu_up_async(1)).to.equal(0);
			expect(work_on_cpu(1, t().fn['double'], round)).to.equal(1000 + 2 * round);
			expect(cpu_thread_status(1).tid).not.to.equal(before);
			cpu_down(1);
			retire(t().machine, 1);
		}
		expect(t().machine.retire_cpu(0), 'one that is online').to.equal(true);
		expect(cpu_thread_status(0).state).to.equal(CpuState.running);
	});

	it('keep their thread if they are back before it has ended', () => {
		const { tid } = cpu_thread_status(2);
		// It runs an item, which ends when it is told to, so it is not idle.
		const w = t().alloc(item.size);
		INIT_DELAYED_WORK(w, t().fn['spin_at_gate']);
		store(w + it_.gate, t().alloc(64));
		store(w + it_.trace, t().alloc(64));
		queue_work_on(2, system_wq(), w);
		until(load(w + it_.trace), (n) => n === 1, 'the item');
		expect(cpu_down(2)).to.equal(0);
		expect(t().machine.retire_cpu(2)).to.equal(false);
		expect(cpu_up(2)).to.equal(0);
		set(load(w + it_.gate));
		flush_work(w);
		expect(work_on_cpu(2, t().fn['double'], 1)).to.equal(2002);
		expect(cpu_thread_status(2).tid).to.equal(tid);
	});

	// 1. The booting thread sleeps in flush_work(). 2. The item that it waits for brings a CPU
	//    online that has no thread, which only the
	// booting thread can start.
	it('get a thread from an item, while the booting thread sleeps', () => {
		const w = t().alloc(item.size);
		INIT_DELAYED_WORK(w, t().fn['brings_up']);
		store(w + it_.n, 3);
		queue_work_on(1, system_wq(), w);
		flush_work(w);
		expect([load(w + it_.ret), cpu_online(3)]).to.deep.equal([0, true]);
		expect(cpu_down(3)).to.equal(0);
		retire(t().machine, 3);
	});

	it('start no thread if they are refused', () => {
		cpus_read_lock();
		expect(cpu_up(3), 'under the lock').to.equal(-EDEADLK);
		cpus_read_unlock();
		local_bh_disable();
		expect(cpu_up(3), 'in atomic context').to.equal(-EDEADLK);
		local_bh_enable();
		t().expect_log(/cpu_up: called under the hotplug lock/,
			/sleeping function called from invalid context: cpu_up/);
		expect([num_online_cpus(), cpu_thread_status(3).state]).to.deep.equal([3, CpuState.none]);
	});
});

describe('machine: threads that come later', () => {
	it('are no use if they cannot load the modules: the CPU stays offline, and may be tried again', () =>
		with_machine({ nr_cpus: 2, cpus: '0' }, async (t) => {
			await t.load(jobs('late'));
			const said: string[] = [];
			// eslint-disable-next-line @typescript-eslint/unbound-method
			const write = process.stderr.write;
			process.env['PADATA_TEST_LATE'] = '1';
			try {
				const told = new Promise<void>((resolve) => {
					process.stderr.write = (text: string | Uint8Array): boolean => {
						said.push(String(text));
						resolve();
						return true;
					};
				});
				expect(await cpu_up_async(1)).to.equal(-EIO);
				await told;
			} finally {
				process.stderr.write = write;
				delete process.env['PADATA_TEST_LATE'];
			}
			expect(said.join('')).to.match(/padata: cpu 1: cannot load module .*late\.jobs\.js/);
			t.expect_log(/the thread of CPU 1 does not start/);
			expect(num_online_cpus()).to.equal(1);
			expect(cpu_up(1)).to.equal(0);
			expect(work_on_cpu(1, t.fn['answer'], 0)).to.equal(42);
		}));

	const workshop = new Workshop();
	after(() => workshop.remove());

	(load_native().native === null ? it.skip : it)('run C as the ones before',
		() =>
			with_machine({ nr_cpus: 2 }, async ({ machine }) => {
				const file = workshop.compile(workshop.write('where.c', `
			#include <linux/module.h>
			#include <linux/workqueue.h>
			#include <linux/smp.h>
			static void where(struct work_struct *work) { pr_info("where: %d\\n", smp_processor_id()); }
			static DECLARE_WORK(work, where);
			static int __init where_init(void) { schedule_work_on(1, &work); flush_work(&work); return 0; }
			static void __exit where_exit(void) { schedule_work_on(1, &work); flush_work(&work); }
			module_init(where_init);
			module_exit(where_exit);
			MODULE_LICENSE("GPL");`));
				const { name } = await machine.insmod(file);
				cpu_down(1);
				retire(machine, 1);
				expect(cpu_up(1)).to.equal(0);
				await machine.rmmod(name);
				expect(machine.dmesg().map(({ text }) => text.trim()).filter((text) =>
					text.startsWith('where')
				)).to.deep.equal(['where: 1', 'where: 1']);
			}));
});

describe('machine: the end, with CPUs whose threads have ended', () => {
	it('is the same', () =>
		with_machine({ nr_cpus: 3 }, ({ machine }) => {
			cpu_down(1);
			retire(machine, 1);
			cpu_down(2);
			machine.retire_cpu(2);
		}));
});

/** End a CPU's thread as if it had been offline for long, and wait for that. */
function retire(machine: Machine, cpu: number): void {
	machine.retire_cpu(cpu);
	for (;;) {
		const seen = atomic_load(PROCESSOR_CHANGES);
		if (cpu_thread_status(cpu).state === CpuState.none)
			return;
		expect(sleep_on(PROCESSOR_CHANGES, seen, 8000), `the end of cpu/${cpu}`).to.equal(true);
	}
}
