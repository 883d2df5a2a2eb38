// SPDX-License-Identifier: GPL-2.0-only
//
// stub: <linux/hrtimer.h>: the sleeps, and the names of the modes. There are no timers finer than
// <linux/timer.h>'s.
#ifndef PADATA_LINUX_HRTIMER_H
#define PADATA_LINUX_HRTIMER_H

#include <linux/ktime.h>
#include <linux/sched.h>

enum hrtimer_mode {
	HRTIMER_MODE_ABS = 0x00,
	HRTIMER_MODE_REL = 0x01,
};

enum hrtimer_restart {
	HRTIMER_NORESTART,
	HRTIMER_RESTART,
};

// The state is the caller's. 0 if the time was over, -EINTR if it was woken before. @delta: how
// much later it may be
int schedule_hrtimeout(ktime_t *expires, const enum hrtimer_mode mode);
int schedule_hrtimeout_range(ktime_t *expires, u64 delta, const enum hrtimer_mode mode);

#endif
