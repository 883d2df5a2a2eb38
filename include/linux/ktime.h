// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/ktime.h>: nanoseconds in a 64-bit number.
#ifndef PADATA_LINUX_KTIME_H
#define PADATA_LINUX_KTIME_H

#include <linux/jiffies.h>
#include <linux/time.h>

typedef s64 ktime_t;

#define LOW_RES_NSEC TICK_NSEC
#define KTIME_LOW_RES LOW_RES_NSEC

static inline ktime_t ktime_set(const s64 secs, const unsigned long nsecs)
{
	return secs >= KTIME_SEC_MAX ? KTIME_MAX : secs * NSEC_PER_SEC + (s64)nsecs;
}

#define ktime_sub(lhs, rhs) ((lhs) - (rhs))
#define ktime_add(lhs, rhs) ((lhs) + (rhs))
#define ktime_add_unsafe(lhs, rhs) ((ktime_t)((u64)(lhs) + (u64)(rhs)))
#define ktime_add_ns(kt, nsval) ((kt) + (ktime_t)(nsval))
#define ktime_sub_ns(kt, nsval) ((kt) - (ktime_t)(nsval))
#define ktime_to_ns(kt) ((s64)(kt))
#define timespec_to_ktime(ts) ktime_set((ts).tv_sec, (unsigned long)(ts).tv_nsec)
#define timespec64_to_ktime(ts) ktime_set((ts).tv_sec, (unsigned long)(ts).tv_nsec)
#define timeval_to_ktime(tv) ktime_set((tv).tv_sec, (unsigned long)((tv).tv_usec * NSEC_PER_USEC))
#define ktime_to_timespec(kt) ns_to_timespec((kt))
#define ktime_to_timespec64(kt) ns_to_timespec64((kt))
#define ktime_to_timeval(kt) ns_to_timeval((kt))

static inline int ktime_compare(const ktime_t cmp1, const ktime_t cmp2)
{
	return cmp1 < cmp2 ? -1 : cmp1 > cmp2;
}

static inline bool ktime_after(const ktime_t cmp1, const ktime_t cmp2)
{
	return cmp1 > cmp2;
}

static inline bool ktime_before(const ktime_t cmp1, const ktime_t cmp2)
{
	return cmp1 < cmp2;
}

static inline int ktime_equal(const ktime_t cmp1, const ktime_t cmp2)
{
	return cmp1 == cmp2;
}

static inline ktime_t ktime_add_safe(const ktime_t lhs, const ktime_t rhs)
{
	ktime_t sum;

	return __builtin_add_overflow(lhs, rhs, &sum) ? KTIME_MAX : sum;
}

static inline s64 ktime_divns(const ktime_t kt, s64 div)
{
	return kt / div;
}

static inline s64 ktime_to_us(const ktime_t kt)
{
	return kt / NSEC_PER_USEC;
}

static inline s64 ktime_to_ms(const ktime_t kt)
{
	return kt / NSEC_PER_MSEC;
}

static inline s64 ktime_us_delta(const ktime_t later, const ktime_t earlier)
{
	return ktime_to_us(later - earlier);
}

static inline s64 ktime_ms_delta(const ktime_t later, const ktime_t earlier)
{
	return ktime_to_ms(later - earlier);
}

static inline ktime_t ktime_add_us(const ktime_t kt, const u64 usec)
{
	return kt + (ktime_t)usec * NSEC_PER_USEC;
}

static inline ktime_t ktime_sub_us(const ktime_t kt, const u64 usec)
{
	return kt - (ktime_t)usec * NSEC_PER_USEC;
}

static inline ktime_t ktime_add_ms(const ktime_t kt, const u64 msec)
{
	return kt + (ktime_t)msec * NSEC_PER_MSEC;
}

static inline ktime_t ktime_sub_ms(const ktime_t kt, const u64 msec)
{
	return kt - (ktime_t)msec * NSEC_PER_MSEC;
}

static inline ktime_t ns_to_ktime(u64 ns)
{
	return (ktime_t)ns;
}

static inline ktime_t ms_to_ktime(u64 ms)
{
	return (ktime_t)ms * NSEC_PER_MSEC;
}

#include <linux/timekeeping.h>

#endif
