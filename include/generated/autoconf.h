// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <generated/autoconf.h>, the configuration that a machine of this port amounts to.
#ifndef PADATA_GENERATED_AUTOCONF_H
#define PADATA_GENERATED_AUTOCONF_H

#define CONFIG_64BIT 1
#define CONFIG_SMP 1
#define CONFIG_HZ 1000
#define CONFIG_HZ_1000 1
#define CONFIG_NR_CPUS 8192
#define CONFIG_CPUMASK_OFFSTACK 1
#define CONFIG_HOTPLUG_CPU 1
#define CONFIG_MODULES 1
#define CONFIG_MODULE_UNLOAD 1
#define CONFIG_PRINTK 1
#define CONFIG_BUG 1
#define CONFIG_KALLSYMS 1
#define CONFIG_SYSFS 1
#define CONFIG_PROC_FS 1
#define CONFIG_DEBUG_FS 1
#define CONFIG_PADATA 1
#define CONFIG_PREEMPT_COUNT 1
#define CONFIG_LITTLE_ENDIAN 1

#endif
