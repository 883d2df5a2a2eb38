// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/delay.h>. The delays are busy, by the clock; the sleeps sleep.
#ifndef PADATA_LINUX_DELAY_H
#define PADATA_LINUX_DELAY_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/sched.h>

void ndelay(unsigned long ns);
void udelay(unsigned long us);
void mdelay(unsigned long ms);

void msleep(unsigned int msecs);
// The milliseconds that were left when a signal came, or 0.
unsigned long msleep_interruptible(unsigned int msecs);
void usleep_range(unsigned long min, unsigned long max);
#define ssleep(seconds) msleep((seconds) * 1000)
#define fsleep(us) usleep_range(us, 2 * (us))

#endif
