// SPDX-License-Identifier: GPL-2.0-only
//
// The TypeScript kernel as C calls it: one function for each line of native/functions.h, by the
// same name. Every thread that joins a machine with an addon gives its functions to C.
import { misuse, Oops, oops_in_callback } from '../linux/bug.js';
import * as cpu from '../linux/cpu.js';
import * as cpuhotplug from '../linux/cpuhotplug.js';
import { cpu_active_mask, cpu_online_mask, cpu_possible_mask,
	cpu_present_mask } from '../linux/cpumask.js';
import * as kobject from '../linux/kobject.js';
import * as percpu from '../linux/percpu.js';
import { in_atomic, local_bh_disable, local_bh_enable, softirq_count } from '../linux/preempt.js';
import { boot_time, emit_record, KERN_NOTICE, printk } from '../linux/printk.js';
import { rcu_read_lock, rcu_read_unlock, rcu_reader, synchronize_rcu } from '../linux/rcupdate.js';
import * as slab from '../linux/slab.js';
import { sysfs_create_file, sysfs_create_group_dir, sysfs_remove_file, sysfs_remove_group_dir,
	sysfs_show, sysfs_store } from '../linux/sysfs.js';
import * as timer from '../linux/timer.js';
import * as workqueue from '../linux/workqueue.js';
import { make_tail_calls } from '../machine/c-function.js';
import { THREAD_SIZE } from '../machine/layout.js';
import { load, store } from '../machine/memory.js';
import { load_native } from '../machine/native.js';
import { cpu_sleep_in_c, cpu_park_words } from '../machine/park.js';
import { MACHINE, machine_field, on_attach, on_detach, TAKEN, this_cpu,
	this_thread } from '../machine/thread.js';
import * as document from '../padata/v4.18/document.js';
import * as padata from '../padata/v4.18/padata.js';

type Callable = (...args: never[]) => unknown;

/** Written on the kernel log, and told to the process: a module is finished. */
function power_off(why: string): void {
	emit_record('power_off', KERN_NOTICE, why);
}

const functions: Readonly<Record<string, unknown>> = {
	in_atomic,
	printk,
	misuse,
	power_off,
	local_bh_disable,
	local_bh_enable,
	softirq_count,
	rcu_read_lock,
	rcu_read_unlock,
	synchronize_rcu,
	sysfs_create_file,
	sysfs_create_group_dir,
	sysfs_remove_file,
	sysfs_remove_group_dir,
	sysfs_show,
	sysfs_store,
	...slab,
	...percpu,
	...padata,
	...document,
	...workqueue,
	...timer,
	...cpu,
	...cpuhotplug,
	cpuhp_remove_state: cpuhotplug.cpuhp_remove_multi_state,
	...kobject,
};

/** To C nothing is 0, and what oopsed, which has been reported, is undefined. */
function for_c(fn: Callable): Callable {
	return (...args) => {
		try {
			const ret = fn(...args);
			return typeof ret === 'number' ? ret : ret === true ? 1 : 0;
		} catch (error) {
			if (!(error instanceof Oops))
				oops_in_callback(`${fn.name}() called from C`, error);
			return undefined;
		}
	};
}

let joined = false;

make_tail_calls(for_c(padata.padata_do_serial) as (padata: number) => void);

on_attach(() => {
	const { native } = load_native();
	if (native === null || load(machine_field('memory_high')) === 0)
		return;
	const wanted = native.functionNames().map((name) => {
		const fn = functions[name];
		if (typeof fn !== 'function')
			throw new Error(
				`padata: the addon wants a function ${name}, which this build has not: build it anew`,
			);
		return for_c(fn as Callable);
	});
	const here = this_cpu();
	native.joinThread(wanted, cpu_sleep_in_c, here, this_thread(),
		here >= 0 ? cpu_park_words() : 0);
	joined = true;
});

on_detach(() => {
	if (joined)
		load_native().native!.leaveThread();
	joined = false;
});

/**
 * The booting thread, when the kernel is set up: what C looks at itself, and the variables that its
 * headers declare.
 */
export function start_c(): void {
	const { native } = load_native();
	if (native === null || load(machine_field('memory_high')) === 0)
		return;
	const [seconds, nanoseconds] = boot_time();
	store(machine_field('thread_size'), THREAD_SIZE);
	store(machine_field('thread_taken'), TAKEN);
	store(machine_field('thread_reader'), rcu_reader);
	native.startMachine(MACHINE, {
		nr_cpu_ids: load(machine_field('nr_cpu_ids')),
		cpu_possible_mask,
		cpu_present_mask,
		cpu_online_mask,
		cpu_active_mask,
		system_wq: workqueue.system_wq(),
		system_highpri_wq: workqueue.system_highpri_wq(),
		kernel_kobj: kobject.kernel_kobj(),
		boot_seconds: seconds,
		boot_nanoseconds: nanoseconds,
	});
}
