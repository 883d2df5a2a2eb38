// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/jiffies.h>, <linux/timekeeping.h>: the clocks of the host. The twins are
// lib/linux/jiffies.ts and local_clock() of lib/linux/printk.ts, which count from the same moment.
// There are two because code reads the time in loops, where a call into TypeScript costs some 100
// ns each time.
#include <linux/timekeeping.h>

#include <linux/sched.h>
#include <time.h>

#include "machine.h"
#include "runtime.h"

static ktime_t now(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return timespec_to_ktime(ts);
}

EXPORT_C u64 get_jiffies_64(void)
{
	return (u64)(monotonic_ns() + jiffies_offset_ns) / TICK_NSEC;
}

EXPORT_C u64 local_clock(void)
{
	return (u64)(monotonic_ns() + jiffies_offset_ns);
}

EXPORT_C unsigned long long sched_clock(void)
{
	return local_clock();
}

EXPORT_C ktime_t ktime_get(void)
{
	return now(CLOCK_MONOTONIC);
}

EXPORT_C ktime_t ktime_get_raw(void)
{
	return now(CLOCK_MONOTONIC_RAW);
}

EXPORT_C ktime_t ktime_get_real(void)
{
	return now(CLOCK_REALTIME);
}

EXPORT_C ktime_t ktime_get_boottime(void)
{
	return now(CLOCK_BOOTTIME);
}

EXPORT_C time64_t mktime64(const unsigned int year, const unsigned int mon, const unsigned int day,
			   const unsigned int hour, const unsigned int min, const unsigned int sec)
{
	// Years that begin in March have their leap day at the end.
	time64_t y = mon <= 2 ? (time64_t)year - 1 : year;
	time64_t m = mon <= 2 ? mon + 9 : mon - 3;
	time64_t days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;

	return ((days * 24 + hour) * 60 + min) * 60 + sec;
}
