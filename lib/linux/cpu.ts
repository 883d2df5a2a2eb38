// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/cpu.h>. The hotplug lock, and CPUs going up and down. A simulated CPU that is down has its thread still,
// parked; nothing is queued there.
import { READ_ONCE, store } from '../machine/memory.js';
import { bss } from '../machine/layout.js';
import { kick } from '../machine/park.js';
import { cpu_thread_status, CpuState } from '../machine/processor.js';
import { on_attach, this_thread } from '../machine/thread.js';
import { die, self_deadlock } from './bug.js';
import { cpuhp_thread_fun, cpuhp_state_remove_instance_nocalls_cpuslocked } from './cpuhotplug.js';
import { cpu_online, cpu_present_mask, cpumask_test_cpu, num_online_cpus, set_cpu_active, set_cpu_online } from './cpumask.js';
import { EBUSY, EDEADLK, EINVAL } from './errno.js';
import { may_sleep } from './preempt.js';
import { pr_info } from './printk.js';
import { down_read, down_read_trylock, down_write, rw_semaphore, up_read, up_write } from './rwsem.js';
import { timers_dead_cpu } from './timer.js';
import { workqueue_offline_cpu } from './workqueue.js';

const cpu_hotplug_lock = bss(rw_semaphore.size, 128);
/** Thread number + 1 of the writer. */
const cpu_hotplug_writer = bss(8);

/** How often this thread holds the lock for reading: it is taken only once, since a writer may wait in between. */
let readers = 0;
on_attach(() => { readers = 0; });

/** Does this thread hold the hotplug lock, for reading or for writing? */
export function cpus_held(): boolean {
	return readers > 0 || holds_write_lock();
}

function holds_write_lock(): boolean {
	return READ_ONCE(cpu_hotplug_writer) === this_thread() + 1;
}

/** Keep CPUs from coming and going. Sleeps while one does. */
export function cpus_read_lock(): void {
	if (readers > 0) {
		readers++;
		return;
	}
	if (holds_write_lock())
		die('INFO: task blocked for ever: it waits in cpus_read_lock for the hotplug lock that it holds for writing');
	down_read(cpu_hotplug_lock);
	readers = 1;
}

/** As cpus_read_lock(), but does not wait. @returns was it taken? */
export function cpus_read_trylock(): boolean {
	if (readers === 0 && (holds_write_lock() || !down_read_trylock(cpu_hotplug_lock)))
		return false;
	readers++;
	return true;
}

export function cpus_read_unlock(): void {
	if (--readers === 0)
		up_read(cpu_hotplug_lock);
}

export const get_online_cpus = cpus_read_lock;
export const put_online_cpus = cpus_read_unlock;

function hotplug(cpu: number, what: string, operation: () => number): number {
	if (!may_sleep(what))
		return -EDEADLK;
	if (cpus_held()) {
		self_deadlock(`${what}: called under the hotplug lock, which this task holds`);
		return -EDEADLK;
	}
	if (!Number.isInteger(cpu) || !cpumask_test_cpu(cpu, cpu_present_mask))
		return -EINVAL;
	down_write(cpu_hotplug_lock);
	store(cpu_hotplug_writer, this_thread() + 1);
	try {
		return operation();
	} finally {
		store(cpu_hotplug_writer, 0);
		up_write(cpu_hotplug_lock);
	}
}

/**
 * Bring a CPU online. Sleeps.
 * @returns 0 (also if it is online already), -EINVAL if there is no such CPU, -EDEADLK from atomic context or under the
 * hotplug lock (a notifier of the masks has it), or the error of a callback, with everything as it was
 */
export function cpu_up(cpu: number): number {
	return hotplug(cpu, 'cpu_up', () => {
		if (cpu_online(cpu))
			return 0;
		if (cpu_thread_status(cpu).state !== CpuState.running)
			return -EINVAL;
		set_cpu_online(cpu, true);
		// It has slept uncounted until now, see park().
		kick(cpu);
		const err = cpuhp_thread_fun(cpu, true);
		if (err !== 0) {
			take_offline(cpu);
			return err;
		}
		set_cpu_active(cpu, true);
		pr_info(`smpboot: CPU ${cpu} is now online`);
		return 0;
	});
}

/**
 * Take a CPU offline: its jobs are done first, what is queued there later runs elsewhere. Sleeps.
 * @returns 0 (also if it is offline already), -EINVAL if there is no such CPU, -EBUSY if it is the last one online,
 * -EDEADLK from atomic context or under the hotplug lock, or the error of a callback, with the CPU still online
 */
export function cpu_down(cpu: number): number {
	return hotplug(cpu, 'cpu_down', () => {
		if (num_online_cpus() === 1 && cpu_online(cpu))
			return -EBUSY;
		if (!cpu_online(cpu))
			return 0;
		set_cpu_active(cpu, false);
		const err = cpuhp_thread_fun(cpu, false);
		if (err !== 0) {
			set_cpu_active(cpu, true);
			return err;
		}
		take_offline(cpu);
		pr_info(`smpboot: CPU ${cpu} is now offline`);
		return 0;
	});
}

function take_offline(cpu: number): void {
	set_cpu_online(cpu, false);
	workqueue_offline_cpu(cpu);
	timers_dead_cpu(cpu);
}


/** Take an instance out of a state's list; nothing is called. Sleeps while a CPU comes or goes. */
export function cpuhp_state_remove_instance_nocalls(state: number, node: number): number {
	cpus_read_lock();
	const err = cpuhp_state_remove_instance_nocalls_cpuslocked(state, node);
	cpus_read_unlock();
	return err;
}
