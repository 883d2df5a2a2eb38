// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/smp.h>. Only a CPU's own thread runs on that CPU. The others, such as the main
// thread and kthreads, get the number of the core they are on, if that is one of a CPU: what really
// runs there may run at the same time.
#ifndef PADATA_LINUX_SMP_H
#define PADATA_LINUX_SMP_H

#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/types.h>

struct cpumask;
typedef void (*smp_call_func_t)(void *info);

int smp_processor_id(void);
#define raw_smp_processor_id() smp_processor_id()
#define __smp_processor_id() smp_processor_id()
int get_cpu(void);
void put_cpu(void);

// The function runs in each of the CPUs' threads, between work items.
int smp_call_function_single(int cpuid, smp_call_func_t func, void *info, int wait);
void smp_call_function_many(const struct cpumask *mask, smp_call_func_t func, void *info,
			    bool wait);
int smp_call_function(smp_call_func_t func, void *info, int wait);
int smp_call_function_any(const struct cpumask *mask, smp_call_func_t func, void *info, int wait);
int on_each_cpu(smp_call_func_t func, void *info, int wait);
void on_each_cpu_mask(const struct cpumask *mask, smp_call_func_t func, void *info, bool wait);
void on_each_cpu_cond(bool (*cond_func)(int cpu, void *info), smp_call_func_t func, void *info,
		      bool wait, gfp_t gfp_flags);

#endif
