// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/cpu.h>. The hotplug lock, and CPUs going up and down. A CPU that is down has its
// thread still, parked, until it has been down for some time; nothing is queued there.
import { cpu_events_noted, CpuEventOrigin, note_cpu_event } from '../machine/hotplug/event.js';
import { load, READ_ONCE, store } from '../machine/memory.js';
import { bss, per_thread } from '../machine/layout.js';
import { kick } from '../machine/park.js';
import { notify_booter, processor_lives, processor_wanted } from '../machine/processor.js';
import { on_attach, this_thread, this_thread_ptr, thread_ptr } from '../machine/thread.js';
import { die, self_deadlock } from './bug.js';
import { cpuhp_thread_fun, cpuhp_thread_fun_nofail,
	cpuhp_state_remove_instance_nocalls_cpuslocked } from './cpuhotplug.js';
import { cpu_online, cpu_present_mask, cpu_running, cpu_running_mask, cpumask_clear_cpu,
	cpumask_set_cpu, cpumask_test_cpu, cpumask_weight, NR_CPUS, nr_cpu_ids, set_cpu_active,
	set_cpu_dead, set_cpu_online } from './cpumask.js';
import { EBUSY, EDEADLK, EINVAL, EIO, errno_name } from './errno.js';
import { may_sleep } from './preempt.js';
import { pr_info, pr_warn } from './printk.js';
import { down_read, down_read_trylock, down_write, rw_semaphore, up_read,
	up_write } from './rwsem.js';
import { rcu_reader_died } from './rcutree.js';
import { timer_handler_died, timers_dead_cpu } from './timer.js';
import { RunningWork, workqueue_dead_cpu, workqueue_offline_cpu,
	works_of_dead_cpu } from './workqueue.js';

const cpu_hotplug_lock = bss(rw_semaphore.size, 128);
/** Thread number + 1 of the writer. */
const cpu_hotplug_writer = bss(8);

/**
 * CPUs that may come online. On the host those that it has online and this process may use, as seen
 * last; else all.
 */
const cpu_usable_mask = bss(NR_CPUS / 8, 128);

/**
 * How often this thread holds the lock for reading: it is taken only once, since a writer may wait
 * in between.
 */
let readers = 0;
on_attach(() => {
	readers = 0;
	store(this_thread_ptr(READS), 0);
});
/** Does this thread hold it for reading? The same as `readers > 0`, for reader_died(). */
const READS = per_thread(4);

/** The thread of a CPU has died: it does not read any more. */
function reader_died(cpu: number): void {
	const reads = thread_ptr(READS, cpu);
	if (load(reads) === 0)
		return;
	store(reads, 0);
	up_read(cpu_hotplug_lock);
}

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
	store(this_thread_ptr(READS), 1);
}

/** As cpus_read_lock(), but does not wait. @returns was it taken? */
export function cpus_read_trylock(): boolean {
	if (readers === 0 && (holds_write_lock() || !down_read_trylock(cpu_hotplug_lock)))
		return false;
	readers++;
	store(this_thread_ptr(READS), 1);
	return true;
}

export function cpus_read_unlock(): void {
	if (--readers !== 0)
		return;
	store(this_thread_ptr(READS), 0);
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

/** By hand: what comes of it is noted, and the booting thread told. */
function by_hand(cpu: number, up: boolean, origin: CpuEventOrigin): number {
	const before = cpu_events_noted();
	const err = hotplug(cpu, up ? 'cpu_up' : 'cpu_down', () => {
		if (cpu_online(cpu) === up)
			return 0;
		const error = up ? _cpu_up(cpu) : _cpu_down(cpu);
		note_cpu_event(cpu, up, error, origin);
		return error;
	});
	if (cpu_events_noted() !== before)
		notify_booter();
	return err;
}

/**
 * Bring a CPU online. If it has no thread, one is started. Sleeps. From any thread; if the thread
 * that has booted the machine neither runs its event loop nor sleeps in a function of the kernel, a
 * CPU without a thread waits for that.
 * @returns 0 (also if it is online already); -EINVAL if there is no such CPU, or if on the host it
 * is not online or not allowed to this process; -EIO if its thread has not started within 10 s;
 * -EDEADLK from atomic context or under the hotplug lock (a notifier of the masks has it); or the
 * error of a callback, with everything as it was
 */
export function cpu_up(cpu: number): number {
	return by_hand(cpu, true, 'api');
}

/**
 * Take a CPU offline: its jobs are done first, what is queued there later runs elsewhere. Sleeps.
 * @returns 0 (also if it is offline already), -EINVAL if there is no such CPU, -EBUSY if it is the
 * last one online, -EDEADLK from atomic context or under the hotplug lock, or the error of a
 * callback, with the CPU still online
 */
export function cpu_down(cpu: number): number {
	return by_hand(cpu, false, 'api');
}

/** What a write to cpuN/online does; as cpu_up() and cpu_down(). */
export function cpu_device_switch(cpu: number, online: boolean): number {
	return by_hand(cpu, online, 'sysfs');
}

/**
 * The host has such a CPU now, or it is allowed now: as cpu_up(). Sleeps.
 * @returns as cpu_up(); that something failed is on the log
 */
export function host_cpu_up(cpu: number): number {
	return hotplug(cpu, 'cpu_up', () => {
		const err = cpu_online(cpu) ? 0 : _cpu_up(cpu);
		if (err !== 0)
			pr_warn(
				`smpboot: CPU ${cpu} of the host has come, and does not come online: ${
					errno_name(err)
				}`,
			);
		return err;
	});
}

/**
 * The host's CPU has gone, or is not allowed any more: as cpu_down(). Its thread is on other cores
 * already, so the CPU goes on there if a callback fails, and its instances are as they were.
 * Sleeps.
 * @param last do not try it again: the CPU goes offline whatever callbacks return. Those that
 *   failed are called once more when it is
 * @returns as cpu_down(); with `last` only 0, -EBUSY, -EINVAL or -EDEADLK. That something failed is
 *   on the log
 */
export function host_cpu_down(cpu: number, last: number): number {
	return hotplug(cpu, 'cpu_down', () => {
		const err = cpu_online(cpu) ? _cpu_down(cpu, last !== 0) : 0;
		if (err !== 0)
			pr_warn(
				`smpboot: CPU ${cpu} of the host has gone, and stays online on other cores: ${
					err === -EBUSY ? 'it is the last one' : errno_name(err)
				}`,
			);
		return err;
	});
}

/** Under the hotplug lock for writing; the CPU is offline. */
function _cpu_up(cpu: number): number {
	if (!cpumask_test_cpu(cpu, cpu_usable_mask))
		return -EINVAL;
	if (!processor_wanted(cpu)) {
		pr_warn(`smpboot: the thread of CPU ${cpu} does not start`);
		return -EIO;
	}
	// The host may have taken it away while its thread was starting; who follows the host has found
	// it offline then.
	if (!cpumask_test_cpu(cpu, cpu_usable_mask))
		return -EINVAL;
	set_cpu_online(cpu, true);
	// Its thread may have died before that, and clean_up_dead_cpu() have been before us. Pairs with
	// LIFE, which the dying thread changes first.
	if (!processor_lives(cpu))
		set_cpu_dead(cpu);
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
}

/**
 * Under the hotplug lock for writing; the CPU is online.
 * @param nofail it goes, whatever callbacks return
 */
function _cpu_down(cpu: number, nofail = false): number {
	if (cpu_running(cpu) && cpumask_weight(cpu_running_mask) === 1)
		return -EBUSY;
	set_cpu_active(cpu, false);
	const failed = nofail ? cpuhp_thread_fun_nofail(cpu) : [];
	const err = nofail ? 0 : cpuhp_thread_fun(cpu, false);
	if (err !== 0) {
		set_cpu_active(cpu, true);
		return err;
	}
	take_offline(cpu);
	for (const again of failed)
		again();
	pr_info(`smpboot: CPU ${cpu} is now offline`);
	return 0;
}

// ---- a CPU whose thread dies
// -------------------------------------------------------------------------------------------------

/** What a floor above does when the thread of a CPU has died. It must not sleep. */
export type CpuDeath = (cpu: number, works: readonly RunningWork[]) => void;

const on_death: CpuDeath[] = [];

/**
 * Register what is to be done when the thread of a CPU has died: before the work items that it ran
 * count as ended, and before what is queued there moves. Call it at module load only.
 */
export function on_cpu_death(fn: CpuDeath): void {
	on_death.push(fn);
}

/**
 * The thread of a CPU has died, or is about to, with no way back into what it was doing. What it
 * ran has ended, and what it had yet to do is done elsewhere, so that nobody waits for it for ever.
 * It does not sleep and takes no lock that is held for long: others may wait for the CPU's jobs
 * with the hotplug lock. The CPU is online still, until cpu_died(). Called once for each death, by
 * the dying thread itself or the booting one.
 */
export function clean_up_dead_cpu(cpu: number): void {
	set_cpu_dead(cpu);
	const works = works_of_dead_cpu(cpu);
	for (const fn of on_death)
		fn(cpu, works);
	timer_handler_died(cpu);
	timers_dead_cpu(cpu);
	workqueue_dead_cpu(cpu);
	reader_died(cpu);
	// The last thing: its section has kept what its objects needed.
	rcu_reader_died(cpu);
}

/**
 * The second part of a CPU's death: it goes offline as by hotplug, whatever callbacks return.
 * Sleeps.
 * @returns 0, also if it is offline already; or -EDEADLK
 */
export function cpu_died(cpu: number): number {
	return hotplug(cpu, 'cpu_down', () => {
		if (cpu_online(cpu) && !processor_lives(cpu))
			_cpu_down(cpu, true);
		return 0;
	});
}

function take_offline(cpu: number): void {
	set_cpu_online(cpu, false);
	workqueue_offline_cpu(cpu);
	timers_dead_cpu(cpu);
}

/** These CPUs may come online. The booting thread calls it. */
export function set_usable_cpus(cpus: readonly number[]): void {
	for (let cpu = 0; cpu < nr_cpu_ids; cpu++)
		(cpus.includes(cpu) ? cpumask_set_cpu : cpumask_clear_cpu)(cpu, cpu_usable_mask);
}

/** Take an instance out of a state's list; nothing is called. Sleeps while a CPU comes or goes. */
export function cpuhp_state_remove_instance_nocalls(state: number, node: number): number {
	cpus_read_lock();
	const err = cpuhp_state_remove_instance_nocalls_cpuslocked(state, node);
	cpus_read_unlock();
	return err;
}
