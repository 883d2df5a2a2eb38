// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/percpu.h>: where a CPU's copy of a variable is. The twin is lib/linux/percpu.ts,
// per_cpu_ptr(). There are two because this is an addition on the path of every object, where a
// call into TypeScript costs some 100 ns; and only C has variables that a module has defined with
// DEFINE_PER_CPU.
#include <linux/percpu.h>

#include "machine.h"
#include "modules.h"
#include "runtime.h"

EXPORT_C void *__per_cpu_ptr(const void *ptr, int cpu)
{
	// What alloc_percpu() gives is an offset in a CPU's unit, which is smaller than any
	// address.
	if ((unsigned long)ptr < (unsigned long)machine.percpu_unit)
		return pointer_to(machine.percpu + (long)cpu * machine.percpu_unit + (long)ptr);
	return percpu_of_module(ptr, cpu);
}

EXPORT_C unsigned long per_cpu_offset(int cpu)
{
	return (unsigned long)pointer_to(machine.percpu + (long)cpu * machine.percpu_unit);
}
