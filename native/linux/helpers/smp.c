// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/smp.h>: functions that are called on other CPUs.
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "runtime.h"
#include "sanitizer.h"

/*
 * Functions on other CPUs: an item of each CPU, in front of what is queued there. (In the kernel an
 * interrupt, which comes at once.) Callers may have preemption disabled: then who waits does it
 * busily.
 */
struct call {
	struct work_struct work;
	smp_call_func_t func;
	void *info;
	int done;
	/* The caller waits, and frees it. */
	bool waited_for;
};

static void call_function(smp_call_func_t func, void *info)
{
	struct task_struct *task = task_current();

	task->machine.irqs_off++;
	func(info);
	task->machine.irqs_off--;
}

static void free_call(struct work_struct *work)
{
	kfree(container_of(work, struct call, work));
}

static void run_call(struct work_struct *work)
{
	struct call *call = container_of(work, struct call, work);
	bool waited_for = call->waited_for;

	call_function(call->func, call->info);
	san_release(&call->done);
	if (waited_for)
		__atomic_store_n(&call->done, 1, __ATOMIC_SEQ_CST);
	else
		kfree(call);
}

/* 0 or -ENOMEM */
static int call_on(int cpu, smp_call_func_t func, void *info, bool wait)
{
	struct call *call;

	if (cpu == task_current()->machine.cpu) {
		call_function(func, info);
		return 0;
	}
	call = kzalloc(sizeof(*call), GFP_ATOMIC);
	if (call == NULL)
		return -ENOMEM;
	INIT_WORK(&call->work, run_call);
	call->func = func;
	call->info = info;
	call->waited_for = wait;
	queue_work_on(cpu, system_highpri_wq, &call->work);
	if (!wait)
		return 0;
	if (!in_atomic()) {
		flush_work(&call->work);
		kfree(call);
		return 0;
	}
	for (unsigned int turns = 0; __atomic_load_n(&call->done, __ATOMIC_SEQ_CST) == 0; turns++)
		relax(turns);
	san_acquire(&call->done);
	// Its item ends behind that: whoever is the last to use it frees it.
	INIT_WORK(&call->work, free_call);
	queue_work_on(cpu, system_highpri_wq, &call->work);
	return 0;
}

EXPORT_C void on_each_cpu_cond(bool (*cond_func)(int cpu, void *info), smp_call_func_t func,
			       void *info, bool wait, gfp_t gfp_flags)
{
	unsigned int cpu;

	(void)gfp_flags;
	for_each_online_cpu(cpu)
		if (cond_func == NULL || cond_func((int)cpu, info))
			call_on((int)cpu, func, info, wait);
}

EXPORT_C int on_each_cpu(smp_call_func_t func, void *info, int wait)
{
	on_each_cpu_cond(NULL, func, info, wait, GFP_KERNEL);
	return 0;
}

static void on_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait,
		    bool here)
{
	int me = task_current()->machine.cpu;
	unsigned int cpu;

	for_each_cpu(cpu, mask)
		if (cpu_online(cpu) && (here || (int)cpu != me))
			call_on((int)cpu, func, info, wait);
}

EXPORT_C void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info,
			       bool wait)
{
	on_mask(mask, func, info, wait, true);
}

/* These do not call it on the CPU that asks. */
EXPORT_C void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info,
				     bool wait)
{
	on_mask(mask, func, info, wait, false);
}

EXPORT_C int smp_call_function(smp_call_func_t func, void *info, int wait)
{
	smp_call_function_many(cpu_online_mask, func, info, wait);
	return 0;
}

EXPORT_C int smp_call_function_single(int cpu, smp_call_func_t func, void *info, int wait)
{
	if (cpu < 0 || !cpu_online(cpu))
		return -ENXIO;
	return call_on(cpu, func, info, wait);
}

EXPORT_C int smp_call_function_any(const struct cpumask *mask, smp_call_func_t func, void *info,
				   int wait)
{
	return smp_call_function_single((int)cpumask_any_and(mask, cpu_online_mask), func, info,
					wait);
}
