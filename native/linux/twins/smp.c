// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/smp.h>: which CPU the caller is on. The twin is lib/linux/smp.ts, where a task has the
// number -1. There are two because a client's array cannot be indexed by -1, and because code asks
// on the path of every object, where a call into TypeScript costs some 100 ns.
#include <linux/cpumask.h>
#include <linux/sched.h>
#include <linux/smp.h>

#include "modules.h"
#include "runtime.h"

/*
 * A task runs on no CPU. Code that asks all the same wants a number that it may use: that of the
 * core it is on, if the machine has such a CPU, else the first one.
 */
EXPORT_C int smp_processor_id(void)
{
	struct task_struct *task = task_current();
	int cpu = task->machine.cpu;

	if (cpu >= 0)
		return cpu;
	// kthread_bind()
	if (task->machine.bound > 0)
		return task->machine.bound - 1;
	cpu = raw_core();
	return cpu >= 0 && cpu_online(cpu) ? cpu : (int)cpumask_first(cpu_online_mask);
}

EXPORT_C int get_cpu(void)
{
	++*task_preempt_count();
	return smp_processor_id();
}

EXPORT_C void put_cpu(void)
{
	--*task_preempt_count();
}
