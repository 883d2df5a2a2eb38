// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/timex.h>: get_cycles(), which counts nanoseconds.
#ifndef PADATA_LINUX_TIMEX_H
#define PADATA_LINUX_TIMEX_H

#include <linux/jiffies.h>
#include <linux/ktime.h>

typedef unsigned long long cycles_t;
#define get_cycles() ((cycles_t)ktime_get_ns())
#define random_get_entropy() ((unsigned long)get_cycles())

#endif
