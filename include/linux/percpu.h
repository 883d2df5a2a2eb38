// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/percpu.h>. A percpu pointer is good for per_cpu_ptr() and this_cpu_ptr() only. A
// task has no copy: this_cpu_ptr() is for code that runs on a CPU.
#ifndef PADATA_LINUX_PERCPU_H
#define PADATA_LINUX_PERCPU_H

#include <linux/cpumask.h>
#include <linux/init.h>
#include <linux/mmdebug.h>
#include <linux/percpu-defs.h>
#include <linux/preempt.h>
#include <linux/printk.h>
#include <linux/smp.h>
#include <linux/types.h>

// Zeroed.
void __percpu *__alloc_percpu(size_t size, size_t align);
void free_percpu(void __percpu *ptr);

static inline void __percpu *__alloc_percpu_gfp(size_t size, size_t align, gfp_t gfp)
{
	(void)gfp;
	return __alloc_percpu(size, align);
}

#define alloc_percpu(type) \
	((__typeof__(type) __percpu *)__alloc_percpu(sizeof(type), __alignof__(type)))
#define alloc_percpu_gfp(type, gfp) \
	((__typeof__(type) __percpu *)__alloc_percpu_gfp(sizeof(type), __alignof__(type), gfp))

#endif
