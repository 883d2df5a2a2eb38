// SPDX-License-Identifier: GPL-2.0-only
//
// The masks of the job's instance: in sysfs, where they can be changed while it runs, and which
// callback CPU they leave.
import { cpumask_cpus, errno_name, kernel_kobj, kobject_add, load, mutex_lock, mutex_unlock,
	padata_cpumask, padata_instance, parallel_data } from '../../index.js';
import { CommandError } from '../options.js';

const pi = padata_instance.offset;
const pd = parallel_data.offset;

/** Put an instance at /sys/kernel/padata_esp. It goes from there when it is freed. */
export function show_masks(pinst: number): void {
	const err = kobject_add(pinst + pi.kobj, kernel_kobj(), 'padata_esp');
	if (err !== 0)
		throw new CommandError(`/sys/kernel/padata_esp: ${errno_name(err)}`);
}

/**
 * A callback CPU instead of one that the instance does not take any more, as pcrypt chooses one:
 * its CPU is not in the serial mask now, or is offline. Sleeps while the masks are being changed.
 * @param n which of those that can be, counted round
 */
export function other_callback_cpu(pinst: number, n: number): number {
	mutex_lock(pinst + pi.lock);
	const masks = load(pinst + pi.pd) + pd.cpumask;
	const serial = cpumask_cpus(load(masks + padata_cpumask.offset.cbcpu));
	const parallel = cpumask_cpus(load(masks + padata_cpumask.offset.pcpu));
	mutex_unlock(pinst + pi.lock);
	if (serial.length === 0 || parallel.length === 0)
		throw new CommandError(
			`${
				serial.length === 0
					? 'serial_cpumask'
					: 'parallel_cpumask'
			}: has no CPU that is online: nothing can be submitted any more`,
		);
	return serial[n % serial.length];
}
