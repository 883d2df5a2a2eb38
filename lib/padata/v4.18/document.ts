// SPDX-License-Identifier: GPL-2.0-only
//
// Functions of the kernel's document that padata.c of 4.18 has lost. They were in the kernel until
// 4.6; here they are built on the same internal functions as their relatives in padata.ts.
// This is the one file here that imports padata.ts, which does not know it.
import { cpumask_set_cpu } from '../../linux/cpumask.js';
import { EINVAL } from '../../linux/errno.js';
import { PADATA_CPU_PARALLEL, PADATA_CPU_SERIAL, padata_cpumask,
	padata_instance } from '../../linux/padata.js';
import { load } from '../../machine/memory.js';
import { is_cpu_of_a_mask, padata_may_lock } from './misuse.js';
import { __padata_add_cpu, __padata_set_cpumasks } from './padata.js';
import { lock_for_change, masks_with_cpu, take_back_change, unlock_after_change,
	user_masks_changed } from './user-masks.js';

const pi = padata_instance.offset;
const { pcpu, cbcpu } = padata_cpumask.offset;

/**
 * Set both masks (document; in the kernel until 4.6). Objects in flight are serialised first. An
 * expensive operation; sleeps. Not from parallel(), serial() or a notifier of the instance.
 *
 * @param pcpumask CPUs for parallel(); may contain offline ones, which are used as soon as they are
 *   online
 * @param cbcpumask CPUs for serial()
 * @returns 0, also if a mask has no online CPU: the instance is INVALID then, until one is online;
 * -ENOMEM, with nothing changed; -EDEADLK from atomic context or a notifier of the instance;
 * -EINVAL if there is no such instance
 */
export function padata_set_cpumasks(pinst: number, pcpumask: number, cbcpumask: number): number {
	const refused = padata_may_lock(pinst, 'padata_set_cpumasks');
	if (refused !== 0)
		return refused;
	lock_for_change(pinst);
	const err = __padata_set_cpumasks(pinst, pcpumask, cbcpumask);
	unlock_after_change(pinst);
	return err;
}

/**
 * Add a CPU to one or both masks (document; in the kernel until 4.6). If it is online, objects in
 * flight are serialised first. Sleeps. Not from parallel(), serial() or a notifier of the instance.
 *
 * @param cpu 0 up to the number of possible CPUs; an offline one is used as soon as it is online
 * @param mask PADATA_CPU_SERIAL, PADATA_CPU_PARALLEL or both
 * @returns 0; -EINVAL if mask has neither bit, or there is no such CPU; -ENOMEM, with nothing
 * changed; -EDEADLK from atomic context or a notifier of the instance
 */
export function padata_add_cpu(pinst: number, cpu: number, mask: number): number {
	if (!is_cpu_of_a_mask(cpu, mask, 'padata_add_cpu'))
		return -EINVAL;
	const refused = padata_may_lock(pinst, 'padata_add_cpu');
	if (refused !== 0)
		return refused;
	lock_for_change(pinst);
	const added = mask & ~masks_with_cpu(pinst, cpu, mask);
	if ((mask & PADATA_CPU_SERIAL) !== 0)
		cpumask_set_cpu(cpu, load(pinst + pi.cpumask + cbcpu));
	if ((mask & PADATA_CPU_PARALLEL) !== 0)
		cpumask_set_cpu(cpu, load(pinst + pi.cpumask + pcpu));
	user_masks_changed(pinst);
	const err = __padata_add_cpu(pinst, cpu);
	take_back_change(pinst, err, cpu, added, false);
	unlock_after_change(pinst);
	return err;
}
