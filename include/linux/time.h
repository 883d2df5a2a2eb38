// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/time.h>. struct timespec and timeval are the C library's, which has them under
// the same names. The kernel's struct tm is another than that of <time.h>, so time64_to_tm() is not
// there.
#ifndef PADATA_LINUX_TIME_H
#define PADATA_LINUX_TIME_H

#if __has_include(<bits/types/struct_timespec.h>)
#include <bits/types/struct_timespec.h>
#include <bits/types/struct_timeval.h>
#elif __has_include_next(<linux/time.h>)
#include_next <linux/time.h>
#endif
#include <linux/time64.h>
#include <linux/types.h>

static inline s64 timespec_to_ns(const struct timespec *ts)
{
	return (s64)ts->tv_sec * NSEC_PER_SEC + ts->tv_nsec;
}

static inline s64 timeval_to_ns(const struct timeval *tv)
{
	return (s64)tv->tv_sec * NSEC_PER_SEC + tv->tv_usec * NSEC_PER_USEC;
}

static inline struct timespec timespec64_to_timespec(const struct timespec64 ts64)
{
	return (struct timespec){ .tv_sec = (long)ts64.tv_sec, .tv_nsec = ts64.tv_nsec };
}

static inline struct timespec64 timespec_to_timespec64(const struct timespec ts)
{
	return (struct timespec64){ .tv_sec = ts.tv_sec, .tv_nsec = ts.tv_nsec };
}

static inline struct timespec ns_to_timespec(const s64 nsec)
{
	return timespec64_to_timespec(ns_to_timespec64(nsec));
}

static inline struct timeval ns_to_timeval(const s64 nsec)
{
	struct timespec64 ts = ns_to_timespec64(nsec);

	return (struct timeval){ .tv_sec = (long)ts.tv_sec, .tv_usec = ts.tv_nsec / NSEC_PER_USEC };
}

static inline int timespec_compare(const struct timespec *lhs, const struct timespec *rhs)
{
	if (lhs->tv_sec != rhs->tv_sec)
		return lhs->tv_sec < rhs->tv_sec ? -1 : 1;
	return lhs->tv_nsec < rhs->tv_nsec ? -1 : lhs->tv_nsec > rhs->tv_nsec;
}

static inline struct timespec timespec_sub(struct timespec lhs, struct timespec rhs)
{
	return ns_to_timespec(timespec_to_ns(&lhs) - timespec_to_ns(&rhs));
}

// Seconds since 1970, of a date of the Gregorian calendar.
time64_t mktime64(const unsigned int year, const unsigned int mon, const unsigned int day,
		  const unsigned int hour, const unsigned int min, const unsigned int sec);

#endif
