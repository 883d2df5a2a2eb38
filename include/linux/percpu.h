// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/percpu.h>. A percpu pointer is an offset, valid in each possible CPU's unit; per_cpu_offset() is where a
// unit begins. A task has no unit: this_cpu_ptr() is for code that runs on a CPU.
#ifndef PADATA_LINUX_PERCPU_H
#define PADATA_LINUX_PERCPU_H

#include <linux/compiler.h>
#include <linux/smp.h>
#include <linux/types.h>

void __percpu *__alloc_percpu(size_t size, size_t align);
void free_percpu(void __percpu *ptr);
unsigned long per_cpu_offset(int cpu);

#define alloc_percpu(type) ((__typeof__(type) __percpu *)__alloc_percpu(sizeof(type), __alignof__(type)))
#define per_cpu_ptr(ptr, cpu) ((__typeof__(*(ptr)) *)((unsigned long)(ptr) + per_cpu_offset(cpu)))
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, smp_processor_id())

#endif
