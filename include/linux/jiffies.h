// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/jiffies.h>. A jiffy is a millisecond since boot. No tick counts them: jiffies reads the clock.
#ifndef PADATA_LINUX_JIFFIES_H
#define PADATA_LINUX_JIFFIES_H

#include <linux/types.h>

// <sys/param.h> has one of the same name, for the kernel under this process.
#undef HZ
#define HZ 1000

u64 get_jiffies_64(void);
#define jiffies ((unsigned long)get_jiffies_64())

#define time_after(a, b) ((long)((unsigned long)(b) - (unsigned long)(a)) < 0)
#define time_before(a, b) time_after(b, a)
#define time_after_eq(a, b) (!time_before(a, b))
#define time_before_eq(a, b) (!time_after(a, b))

static inline unsigned int jiffies_to_msecs(const unsigned long j)
{
	return j * (1000 / HZ);
}

static inline unsigned long msecs_to_jiffies(const unsigned int m)
{
	return m / (1000 / HZ);
}

#endif
