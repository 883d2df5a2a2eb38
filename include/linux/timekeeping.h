// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/timekeeping.h>. The clocks are the host's; boot time is the host's too.
#ifndef PADATA_LINUX_TIMEKEEPING_H
#define PADATA_LINUX_TIMEKEEPING_H

#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/time.h>

ktime_t ktime_get(void);
ktime_t ktime_get_raw(void);
ktime_t ktime_get_real(void);
ktime_t ktime_get_boottime(void);
#define ktime_get_clocktai() ktime_get_real()
#define ktime_get_coarse() ktime_get()
#define ktime_get_coarse_real() ktime_get_real()
#define ktime_get_ns() ((u64)ktime_get())
#define ktime_get_raw_ns() ((u64)ktime_get_raw())
#define ktime_get_real_ns() ((u64)ktime_get_real())
#define ktime_get_boot_ns() ((u64)ktime_get_boottime())
#define ktime_get_boottime_ns() ((u64)ktime_get_boottime())
#define ktime_get_mono_fast_ns() ktime_get_ns()
#define ktime_get_raw_fast_ns() ktime_get_raw_ns()
#define ktime_get_real_fast_ns() ktime_get_real_ns()

static inline void ktime_get_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get());
}

static inline void ktime_get_raw_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_raw());
}

static inline void ktime_get_real_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_real());
}

static inline void ktime_get_boottime_ts64(struct timespec64 *ts)
{
	*ts = ns_to_timespec64(ktime_get_boottime());
}

static inline void ktime_get_ts(struct timespec *ts)
{
	*ts = ns_to_timespec(ktime_get());
}

static inline time64_t ktime_get_seconds(void)
{
	return ktime_get() / NSEC_PER_SEC;
}

static inline time64_t ktime_get_real_seconds(void)
{
	return ktime_get_real() / NSEC_PER_SEC;
}

static inline time64_t ktime_get_boottime_seconds(void)
{
	return ktime_get_boottime() / NSEC_PER_SEC;
}

#define get_seconds() ((unsigned long)ktime_get_real_seconds())

#define ktime_get_real_ts(ts) getnstimeofday(ts)
#define current_kernel_time() ns_to_timespec(ktime_get_real())
#define current_kernel_time64() ns_to_timespec64(ktime_get_real())
#define getnstimeofday64(ts) ktime_get_real_ts64(ts)
#define getrawmonotonic64(ts) ktime_get_raw_ts64(ts)
#define get_monotonic_boottime64(ts) ktime_get_boottime_ts64(ts)
#define ktime_get_coarse_ts64(ts) ktime_get_ts64(ts)
#define ktime_get_coarse_real_ts64(ts) ktime_get_real_ts64(ts)

static inline void getnstimeofday(struct timespec *ts)
{
	*ts = ns_to_timespec(ktime_get_real());
}

static inline void getrawmonotonic(struct timespec *ts)
{
	*ts = ns_to_timespec(ktime_get_raw());
}

static inline void do_gettimeofday(struct timeval *tv)
{
	*tv = ns_to_timeval(ktime_get_real());
}

#endif
