// SPDX-License-Identifier: GPL-2.0-only
//
// start_kernel() of this machine: the booting thread sets up the kernel, floor by floor. The
// threads of the CPUs start meanwhile, and wait until it is done.
import { start_c } from '../c/api.js';
import { set_usable_cpus } from '../linux/cpu.js';
import { cpu_dev_init } from '../linux/cpu_device.js';
import { set_cpu_active, set_cpu_online, set_cpu_possible,
	set_cpu_present } from '../linux/cpumask.js';
import { failslab } from '../linux/fault-inject.js';
import { kobject_subsys_init } from '../linux/kobject.js';
import { page_alloc_init } from '../linux/page_alloc.js';
import { printk_init } from '../linux/printk.js';
import { rcu_init } from '../linux/rcupdate.js';
import { slab_init } from '../linux/slab.js';
import { workqueue_init } from '../linux/workqueue.js';
import { usable_cpus } from '../machine/topology.js';
import { padata_driver_init } from '../padata/v4.18/padata.js';
import { BootOptions, Plan } from './options.js';

/**
 * Set up the kernel.
 * @throws Error: a part of it cannot be set up
 */
export function start_kernel(plan: Plan, options: BootOptions): void {
	rcu_init();
	printk_init();
	page_alloc_init();
	slab_init();
	for (const cpu of plan.possible)
		set_cpu_possible(cpu, true);
	for (const cpu of plan.present)
		set_cpu_present(cpu, true);
	for (const cpu of plan.online) {
		set_cpu_online(cpu, true);
		set_cpu_active(cpu, true);
	}
	set_usable_cpus(plan.host === null ? plan.possible : usable_cpus(plan.host));
	workqueue_init();
	kobject_subsys_init();
	const no_device = cpu_dev_init();
	if (no_device !== 0)
		throw new Error(`boot: cpu_dev_init failed: ${no_device}`);
	const err = padata_driver_init();
	if (err < 0)
		throw new Error(`boot: padata_driver_init failed: ${err}`);
	start_c();
	if (options.failslab !== undefined)
		failslab(options.failslab);
}
