// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/cpu.h>, <linux/cpuhotplug.h>, and the allocation of <linux/percpu.h>: the calls into
// lib/linux/cpu.ts, cpuhotplug.ts and percpu.ts.
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "runtime.h"

EXPORT_C void cpus_read_lock(void)
{
	if (!may_sleep("cpus_read_lock"))
		return;
	if (on_js_thread()) {
		call_js(JS_cpus_read_lock, "");
		return;
	}
	// All foreign threads share one reader, the quick c-call thread: it must not wait, so who
	// calls it does.
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
static int setup_state(enum cpuhp_state state, const void *startup, const void *teardown,
		       bool multi)
{
	unsigned long up = (unsigned long)startup, down = (unsigned long)teardown;

	return (int)call_js(JS_cpuhp_setup_state_c, "nnnnnn", (long)state, (long)(up & 0xffffffff),
			    (long)(up >> 32), (long)(down & 0xffffffff), (long)(down >> 32),
			    (long)multi);
}

EXPORT_C int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke,
				 int (*startup)(unsigned int cpu),
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
			int err = (int)work_on_cpu((int)cpu, (long (*)(void *))(void *)startup,
						   (void *)(unsigned long)cpu);
			if (err == 0)
				continue;
			// Those that were called before get the opposite.
			for (unsigned int other = cpumask_first(cpu_online_mask);
			     other < cpu && teardown != NULL;
			     other = cpumask_next((int)other, cpu_online_mask))
				work_on_cpu((int)other, (long (*)(void *))(void *)teardown,
					    (void *)(unsigned long)other);
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
