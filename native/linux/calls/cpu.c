// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/cpu.h>, <linux/cpuhotplug.h>, <linux/percpu.h>, <linux/smp.h>: the calls into lib/linux/cpu.ts and cpuhotplug.ts; where
// a CPU's copy of a percpu variable is.
#define _GNU_SOURCE
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "machine.h"
#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"

EXPORT_C void cpus_read_lock(void)
{
	if (!may_sleep("cpus_read_lock"))
		return;
	if (on_js_thread()) {
		call_js(JS_cpus_read_lock, "");
		return;
	}
	// All foreign threads share one reader, the quick c-call thread: it must not wait, so who calls it does.
	for (unsigned int turns = 1000; call_js(JS_cpus_read_trylock, "") == 0; turns++)
		relax(turns);
}

EXPORT_C int cpus_read_trylock(void)
{
	return (int)call_js(JS_cpus_read_trylock, "");
}

EXPORT_C void cpus_read_unlock(void)
{
	call_js(JS_cpus_read_unlock, "");
}

EXPORT_C int cpu_up(unsigned int cpu)
{
	return may_sleep("cpu_up") ? (int)call_js(JS_cpu_up, "n", (long)cpu) : -EDEADLK;
}

EXPORT_C int cpu_down(unsigned int cpu)
{
	return may_sleep("cpu_down") ? (int)call_js(JS_cpu_down, "n", (long)cpu) : -EDEADLK;
}

/* Function pointers as two halves: they are no addresses in the machine's memory. */
static int setup_state(enum cpuhp_state state, const void *startup, const void *teardown, bool multi)
{
	unsigned long up = (unsigned long)startup, down = (unsigned long)teardown;

	return (int)call_js(JS_cpuhp_setup_state_c, "nnnnnn", (long)state, (long)(up & 0xffffffff), (long)(up >> 32), (long)(down & 0xffffffff),
			    (long)(down >> 32), (long)multi);
}

EXPORT_C int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke, int (*startup)(unsigned int cpu),
				 int (*teardown)(unsigned int cpu), bool multi_instance)
{
	int got = setup_state(state, startup, teardown, multi_instance);
	unsigned int cpu;

	(void)name;
	if (got < 0)
		return got;
	if (invoke && startup != NULL) {
		cpus_read_lock();
		for_each_online_cpu(cpu) {
			int err = (int)work_on_cpu((int)cpu, (long (*)(void *))(void *)startup, (void *)(unsigned long)cpu);
			if (err == 0)
				continue;
			// Those that were called before get the opposite.
			for (unsigned int other = cpumask_first(cpu_online_mask); other < cpu && teardown != NULL; other = cpumask_next((int)other, cpu_online_mask))
				work_on_cpu((int)other, (long (*)(void *))(void *)teardown, (void *)(unsigned long)other);
			cpus_read_unlock();
			call_js(JS_cpuhp_remove_state, "n", (long)got);
			return err;
		}
		cpus_read_unlock();
	}
	return state == CPUHP_AP_ONLINE_DYN ? got : 0;
}

EXPORT_C void __cpuhp_remove_state(enum cpuhp_state state, bool invoke)
{
	if (invoke) {
		unsigned int cpu;
		cpus_read_lock();
		for_each_online_cpu(cpu)
			call_js(JS_cpuhp_call_teardown, "nn", (long)state, (long)cpu);
		cpus_read_unlock();
	}
	call_js(JS_cpuhp_remove_state, "n", (long)state);
}

EXPORT_C void __percpu *__alloc_percpu(size_t size, size_t align)
{
	(void)align;
	return (void *)call_js(JS_alloc_percpu, "n", (long)size);
}

EXPORT_C void free_percpu(void __percpu *ptr)
{
	call_js(JS_free_percpu, "n", (long)ptr);
}

EXPORT_C void *__per_cpu_ptr(const void *ptr, int cpu)
{
	// What alloc_percpu() gives is an offset in a CPU's unit, which is smaller than any address.
	if ((unsigned long)ptr < (unsigned long)machine.percpu_unit)
		return pointer_to(machine.percpu + (long)cpu * machine.percpu_unit + (long)ptr);
	return percpu_of_module(ptr, cpu);
}

EXPORT_C unsigned long per_cpu_offset(int cpu)
{
	return (unsigned long)pointer_to(machine.percpu + (long)cpu * machine.percpu_unit);
}

/*
 * A task runs on no CPU. Code that asks all the same wants a number that it may use: that of the core it is on, if the machine has
 * such a CPU, else the first one.
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

/*
 * Functions on other CPUs: an item of each CPU, in front of what is queued there. (In the kernel an interrupt, which comes at once.)
 * Callers may have preemption disabled: then who waits does it busily.
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

EXPORT_C void on_each_cpu_cond(bool (*cond_func)(int cpu, void *info), smp_call_func_t func, void *info, bool wait, gfp_t gfp_flags)
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

static void on_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait, bool here)
{
	int me = task_current()->machine.cpu;
	unsigned int cpu;

	for_each_cpu(cpu, mask)
		if (cpu_online(cpu) && (here || (int)cpu != me))
			call_on((int)cpu, func, info, wait);
}

EXPORT_C void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
{
	on_mask(mask, func, info, wait, true);
}

/* These do not call it on the CPU that asks. */
EXPORT_C void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait)
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

EXPORT_C int smp_call_function_any(const struct cpumask *mask, smp_call_func_t func, void *info, int wait)
{
	return smp_call_function_single((int)cpumask_any_and(mask, cpu_online_mask), func, info, wait);
}
