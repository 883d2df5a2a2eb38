// SPDX-License-Identifier: GPL-2.0-only
//
// CPU hotplug: docs/kernel-4.18.md 7.5.
import { expect } from 'chai';
import { cpuhp_remove_multi_state, cpuhp_setup_state_multi, cpuhp_setup_state_nocalls,
	cpuhp_state_add_instance_nocalls_cpuslocked, CPUHP_AP_ONLINE_DYN, cpu_active_mask, cpu_down,
	cpu_down_async, cpu_online_mask, cpu_up, cpu_up_async, cpumask_cpus, cpus_read_lock,
	cpus_read_unlock, INIT_DELAYED_WORK, flush_work, load, local_bh_disable, local_bh_enable,
	num_online_cpus, queue_work_on, store, system_wq } from '../../lib/index.js';
import { cpuhp_state_remove_instance_nocalls } from '../../lib/linux/cpu.js';
import { jobs, use_machine } from '../support/machine.js';
import { item } from '../support/work.jobs.js';

const CPUS = 3;
const [EIO, EFAULT, EBUSY, EINVAL, ENOSPC, EDEADLK] = [5, 14, 16, 22, 28, 35];

describe('linux: cpuhotplug', () => {
	const t = use_machine({ nr_cpus: CPUS }, jobs('hotplug'), jobs('work'));
	beforeEach(() =>
		t().at_end(() => {
			for (let cpu = 0; cpu < CPUS; cpu++)
				cpu_up(cpu);
			expect(num_online_cpus()).to.equal(CPUS);
		})
	);

	/** The lines of the callbacks since the test began. */
	const lines = (): string[] =>
		t().log().filter(({ text }) => !text.startsWith('smpboot') && /^[a-z_]+ \d/.test(text)).map(
			({ text }) => text,
		);

	function state(startup: string, teardown: string, multi: boolean): number {
		const fn = (name: string): number => name === '' ? 0 : t().fn[name];
		const at = (multi ? cpuhp_setup_state_multi : cpuhp_setup_state_nocalls)(
			CPUHP_AP_ONLINE_DYN,
			fn(startup),
			fn(teardown),
		);
		expect(at).to.be.greaterThan(0);
		t().at_end(() => cpuhp_remove_multi_state(at));
		return at;
	}

	/** [hlist_node, id, what up() returns, what down() returns] */
	function instance(of: number, id: number, up = 0, down = 0): number {
		const node = t().alloc(64);
		store(node + 16, id);
		store(node + 20, up);
		store(node + 24, down);
		cpus_read_lock();
		expect(cpuhp_state_add_instance_nocalls_cpuslocked(of, node)).to.equal(0);
		cpus_read_unlock();
		t().at_end(() => cpuhp_state_remove_instance_nocalls(of, node));
		return node;
	}

	it('takes a CPU down and up again', () => {
		expect(cpu_down(1)).to.equal(0);
		expect(cpumask_cpus(cpu_online_mask)).to.deep.equal([0, 2]);
		expect(cpumask_cpus(cpu_active_mask)).to.deep.equal([0, 2]);
		expect(cpu_down(1), 'offline already').to.equal(0);
		expect(cpu_up(1)).to.equal(0);
		expect(cpu_up(1), 'online already').to.equal(0);
		expect(cpumask_cpus(cpu_active_mask)).to.deep.equal([0, 1, 2]);
		expect(t().log().map(({ text }) => text)).to.deep.equal(['smpboot: CPU 1 is now offline',
			'smpboot: CPU 1 is now online']);
	});

	it('does so from an awaitable twin', async () => {
		expect(await cpu_down_async(2)).to.equal(0);
		expect(num_online_cpus()).to.equal(2);
		expect(await cpu_up_async(2)).to.equal(0);
	});

	it('refuses CPUs that are not there, the last one, and atomic context', () => {
		for (const cpu of [CPUS, -1, 1000, NaN, 0.5, 2 ** 31]) {
			expect(cpu_down(cpu), String(cpu)).to.equal(-EINVAL);
			expect(cpu_up(cpu), String(cpu)).to.equal(-EINVAL);
		}
		expect(cpu_down(0)).to.equal(0);
		expect(cpu_down(2)).to.equal(0);
		expect(cpu_down(1)).to.equal(-EBUSY);
		local_bh_disable();
		expect(cpu_up(0)).to.equal(-EDEADLK);
		local_bh_enable();
		t().expect_log(/sleeping function called from invalid context: cpu_up/);
	});

	it('calls the states upwards when a CPU comes, downwards when it goes', () => {
		state('up', 'down', false);
		const multi = state('up', 'down', true);
		instance(multi, 7);
		state('up', '', false);
		cpu_down(1);
		expect(lines()).to.deep.equal(['down 1 7', 'down 1']);
		cpu_up(1);
		expect(lines().slice(2)).to.deep.equal(['up 1', 'up 1 7', 'up 1']);
	});

	it('calls the newest instance first; nothing when one is added or removed', () => {
		const multi = state('up', 'down', true);
		[1, 2, 3].forEach((id) => instance(multi, id));
		expect(lines()).to.deep.equal([]);
		cpu_down(2);
		expect(lines()).to.deep.equal(['down 2 3', 'down 2 2', 'down 2 1']);
		cpu_up(2);
		expect(lines().slice(3)).to.deep.equal(['up 2 3', 'up 2 2', 'up 2 1']);
	});

	it('rolls back when a callback fails on the way down: the CPU stays', () => {
		const lower = state('up', 'down', true);
		const upper = state('up', 'down', true);
		instance(lower, 1);
		instance(lower, 2, 0, -EIO);
		instance(lower, 3);
		instance(upper, 4);
		expect(cpu_down(1)).to.equal(-EIO);
		expect(lines()).to.deep.equal(['down 1 4', 'down 1 3', 'down 1 2', 'up 1 3', 'up 1 4']);
		expect(cpumask_cpus(cpu_active_mask)).to.deep.equal([0, 1, 2]);
	});

	it('rolls back when a callback fails on the way up: the CPU is offline again', () => {
		const lower = state('up', 'down', true);
		instance(lower, 1);
		cpu_down(1);
		const upper = state('up', 'down', true);
		const bad = instance(upper, 2, -EIO);
		instance(upper, 3);
		expect(cpu_up(1)).to.equal(-EIO);
		expect(lines().slice(1)).to.deep.equal(['up 1 1', 'up 1 3', 'up 1 2', 'down 1 3',
			'down 1 1']);
		expect(cpumask_cpus(cpu_online_mask)).to.deep.equal([0, 2]);
		expect(cpumask_cpus(cpu_active_mask)).to.deep.equal([0, 2]);
		store(bad + 20, 0);
		expect(cpu_up(1)).to.equal(0);
	});

	it('takes a callback that throws for one that fails', () => {
		const lower = state('up', 'down', true);
		instance(lower, 1);
		const bad = state('up', 'down_throws', false);
		instance(state('up', 'down', true), 3);
		expect(cpu_down(1)).to.equal(-EFAULT);
		expect(lines()).to.deep.equal(['down 1 3', 'down_throws 1', 'up 1 3']);
		expect(num_online_cpus()).to.equal(CPUS);
		cpuhp_remove_multi_state(bad);
		t().expect_log(
			/hotplug callback down_throws for cpu 1 threw Error: thrown by a hotplug callback/,
		);
	});

	it('has 31 dynamic states', () => {
		const states: number[] = [];
		let next;
		while ((next = cpuhp_setup_state_multi(CPUHP_AP_ONLINE_DYN, 0, 0)) > 0)
			states.push(next);
		expect(next).to.equal(-ENOSPC);
		// One is padata's.
		expect(states.length).to.equal(30);
		cpuhp_remove_multi_state(states[3]);
		expect(cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, 0, 0), 'a free one is found').to
			.equal(states[3]);
		states.forEach((s) => cpuhp_remove_multi_state(s));
		t().expect_log(/No more dynamic states available for CPU hotplug/);
	});

	it('warns of a state that is removed with instances', () => {
		const multi = state('up', 'down', true);
		const node = instance(multi, 1);
		cpuhp_remove_multi_state(multi);
		cpuhp_state_remove_instance_nocalls(multi, node);
		t().expect_log(/state \d+ has instances left/);
	});

	it('is kept out by cpus_read_lock, which nests', async () => {
		cpus_read_lock();
		cpus_read_lock();
		let down = false;
		const done = cpu_down_async(1).then((err) => {
			down = true;
			return err;
		});
		cpus_read_unlock();
		// The other thread has had its turn when it answers another call.
		for (let i = 0; i < 20; i++)
			await new Promise((resolve) => setImmediate(resolve));
		expect([down, num_online_cpus()]).to.deep.equal([false, CPUS]);
		cpus_read_unlock();
		expect(await done).to.equal(0);
	});

	it('refuses who holds the lock and wants it for writing', () => {
		cpus_read_lock();
		expect(cpu_down(1)).to.equal(-EDEADLK);
		cpus_read_unlock();
		state('up', 'down_again', false);
		expect(cpu_down(1), 'from its own callback').to.equal(-EDEADLK);
		expect(num_online_cpus()).to.equal(CPUS);
		t().expect_log(/cpu_down: called under the hotplug lock, which this task holds/);
	});

	it('can be done from an item, also on the CPU that goes', () => {
		const w = t().alloc(item.size);
		INIT_DELAYED_WORK(w, t().fn['takes_down']);
		for (const cpu of [1, 2, 1]) {
			store(w + item.offset.n, cpu);
			queue_work_on(1, system_wq(), w);
			flush_work(w);
			expect(load(w + item.offset.ret)).to.equal(0);
			expect(cpumask_cpus(cpu_online_mask)).to.not.include(cpu);
			cpu_up(cpu);
		}
	});
});
