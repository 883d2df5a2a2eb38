// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/cpu.h>: the hotplug lock, and CPUs of the machine going up and down. All but the
// unlocking sleep.
#ifndef PADATA_LINUX_CPU_H
#define PADATA_LINUX_CPU_H

#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>

// Keep CPUs from coming and going.
void cpus_read_lock(void);
// Did it get the lock?
int cpus_read_trylock(void);
void cpus_read_unlock(void);

static inline void lockdep_assert_cpus_held(void)
{
}

static inline void get_online_cpus(void)
{
	cpus_read_lock();
}

static inline void put_online_cpus(void)
{
	cpus_read_unlock();
}

int cpu_up(unsigned int cpu);
int cpu_down(unsigned int cpu);

#endif
