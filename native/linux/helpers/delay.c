// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/delay.h>, and the sleeps of <linux/hrtimer.h>, by the monotonic clock.
#include <linux/delay.h>
#include <linux/hrtimer.h>

#include "linux/sync.h"

static int64_t in_ns(uint64_t ns)
{
	return monotonic_ns() + (ns > INT64_MAX / 2 ? INT64_MAX / 2 : (int64_t)ns);
}

/* Busy, but never by a sleep: the caller may hold a spinlock, and wants to be back in time. */
static void spin_for(uint64_t ns)
{
	int64_t end = in_ns(ns);

	while (monotonic_ns() < end)
		relax(0);
}

EXPORT_C void ndelay(unsigned long ns)
{
	spin_for(ns);
}

EXPORT_C void udelay(unsigned long us)
{
	spin_for(us * NSEC_PER_USEC);
}

EXPORT_C void mdelay(unsigned long ms)
{
	spin_for(ms * NSEC_PER_MSEC);
}

/* Sleep for that time, whatever wakes this task before, but a signal. The end of the sleep. */
static int64_t sleep_for(uint64_t ns, long state, const char *what)
{
	int64_t end = in_ns(ns);

	if (!may_sleep(what))
		return monotonic_ns();
	while (monotonic_ns() < end && !signal_pending_state(state, task_current()))
		sleep_turn(state, end);
	return end;
}

EXPORT_C void msleep(unsigned int msecs)
{
	sleep_for((uint64_t)msecs * NSEC_PER_MSEC, TASK_UNINTERRUPTIBLE, "msleep");
}

EXPORT_C unsigned long msleep_interruptible(unsigned int msecs)
{
	int64_t end = sleep_for((uint64_t)msecs * NSEC_PER_MSEC, TASK_INTERRUPTIBLE,
				"msleep_interruptible");
	int64_t left = end - monotonic_ns();

	return left <= 0 ? 0 : (unsigned long)((left + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC);
}

EXPORT_C void usleep_range(unsigned long min, unsigned long max)
{
	(void)max;
	sleep_for((uint64_t)min * NSEC_PER_USEC, TASK_UNINTERRUPTIBLE, "usleep_range");
}

EXPORT_C int schedule_hrtimeout_range(ktime_t *expires, u64 delta, const enum hrtimer_mode mode)
{
	(void)delta;
	if (expires == NULL) {
		schedule();
		return -EINTR;
	}
	return sleep_until(mode == HRTIMER_MODE_REL ? in_ns(*expires < 0 ? 0 : (uint64_t)*expires) :
						      *expires,
			   "schedule_hrtimeout") ?
		       -EINTR :
		       0;
}

EXPORT_C int schedule_hrtimeout(ktime_t *expires, const enum hrtimer_mode mode)
{
	return schedule_hrtimeout_range(expires, 0, mode);
}
