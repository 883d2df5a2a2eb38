// SPDX-License-Identifier: GPL-2.0-only
//
// The user's masks: what 4.18 does not do when they change. A change that fails for want of memory
// is taken back (quirk enomem_leaves_stopped), the files in sysfs tell who watches them, and the
// hotplug lock is taken before pinst->lock (quirk hotplug_lock_order).
import { cpus_read_lock, cpus_read_unlock } from '../../linux/cpu.js';
import { cpu_online, cpu_online_mask, cpumask_clear_cpu, cpumask_first, cpumask_intersects,
	cpumask_next, cpumask_set_cpu, cpumask_test_cpu, nr_cpu_ids } from '../../linux/cpumask.js';
import { mutex_lock, mutex_unlock } from '../../linux/mutex.js';
import { PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, padata_cpumask,
	padata_instance } from '../../linux/padata.js';
import { sysfs_changed } from '../../linux/sysfs.js';
import { load } from '../../machine/memory.js';
import { ENOMEM_LEAVES_STOPPED, HOTPLUG_LOCK_ORDER, quirk } from '../../quirks.js';

const pi = padata_instance.offset;
const { pcpu, cbcpu } = padata_cpumask.offset;

/** Take the two locks of a mask change, in the order that is asked for. */
export function lock_for_change(pinst: number): void {
	if (quirk(HOTPLUG_LOCK_ORDER)) {
		mutex_lock(pinst + pi.lock);
		cpus_read_lock();
	} else {
		cpus_read_lock();
		mutex_lock(pinst + pi.lock);
	}
}

export function unlock_after_change(pinst: number): void {
	cpus_read_unlock();
	mutex_unlock(pinst + pi.lock);
}

/** As cpumask_intersects() with the online CPUs, apart from a CPU that is going (-1: none). */
export function mask_is_usable(cpumask: number, going: number): boolean {
	if (going < 0)
		return cpumask_intersects(cpumask, cpu_online_mask);
	for (let cpu = cpumask_first(cpumask); cpu < nr_cpu_ids; cpu = cpumask_next(cpu, cpumask))
		if (cpu !== going && cpu_online(cpu))
			return true;
	return false;
}

/** Of the bits PADATA_CPU_*, those of the user's masks that contain the CPU. */
export function masks_with_cpu(pinst: number, cpu: number, bits: number): number {
	return bits & ((cpumask_test_cpu(cpu, load(pinst + pi.cpumask + cbcpu)) ? PADATA_CPU_SERIAL : 0)
		| (cpumask_test_cpu(cpu, load(pinst + pi.cpumask + pcpu)) ? PADATA_CPU_PARALLEL : 0));
}

/** Whoever watches the files of the masks is told. */
export function user_masks_changed(pinst: number): void {
	sysfs_changed(pinst + pi.kobj);
}

/** Put a CPU back into the masks of `bits` (or out of them, again), if the change has failed. */
export function take_back_change(pinst: number, err: number, cpu: number, bits: number,
	put_in: boolean): void
{
	if (err === 0 || quirk(ENOMEM_LEAVES_STOPPED))
		return;
	const change = put_in ? cpumask_set_cpu : cpumask_clear_cpu;
	if ((bits & PADATA_CPU_SERIAL) !== 0)
		change(cpu, load(pinst + pi.cpumask + cbcpu));
	if ((bits & PADATA_CPU_PARALLEL) !== 0)
		change(cpu, load(pinst + pi.cpumask + pcpu));
	user_masks_changed(pinst);
}
