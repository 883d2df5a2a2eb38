// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/bug.h>. There is no trap to report from: BUG() is a panic(), and a warning is a
// call.
#ifndef PADATA_LINUX_BUG_H
#define PADATA_LINUX_BUG_H

#include <linux/build_bug.h>
#include <linux/kernel.h>

void warn_slowpath_fmt(const char *file, const int line, const char *fmt, ...) __printf(3, 4);
void warn_slowpath_null(const char *file, const int line);

#define BUG() panic("kernel BUG at %s:%d!", __FILE__, __LINE__)
#define BUG_ON(condition) do { if (unlikely(condition)) BUG(); } while (0)

// Each of these is the truth value of its condition.
#define WARN(condition, format...) ({ \
	bool warn_on_ = !!(condition); \
	if (unlikely(warn_on_)) \
		warn_slowpath_fmt(__FILE__, __LINE__, format); \
	unlikely(warn_on_); \
})
#define WARN_ON(condition) ({ \
	bool warn_on_ = !!(condition); \
	if (unlikely(warn_on_)) \
		warn_slowpath_null(__FILE__, __LINE__); \
	unlikely(warn_on_); \
})
#define WARN_ONCE(condition, format...) ({ \
	static bool warned_; \
	bool warn_once_ = !!(condition); \
	if (unlikely(warn_once_) && !__atomic_test_and_set(&warned_, __ATOMIC_RELAXED)) \
		warn_slowpath_fmt(__FILE__, __LINE__, format); \
	unlikely(warn_once_); \
})
#define WARN_ON_ONCE(condition) ({ \
	static bool warned_; \
	bool warn_once_ = !!(condition); \
	if (unlikely(warn_once_) && !__atomic_test_and_set(&warned_, __ATOMIC_RELAXED)) \
		warn_slowpath_null(__FILE__, __LINE__); \
	unlikely(warn_once_); \
})
#define WARN_TAINT(condition, taint, format...) WARN(condition, format)
#define WARN_TAINT_ONCE(condition, taint, format...) WARN_ONCE(condition, format)
#define WARN_ON_SMP(condition) WARN_ON(condition)
#define WARN_RATELIMIT(condition, format...) ({ \
	static DEFINE_RATELIMIT_STATE(warn_limit_, DEFAULT_RATELIMIT_INTERVAL, \
				      DEFAULT_RATELIMIT_BURST); \
	bool warn_limited_ = !!(condition); \
	if (unlikely(warn_limited_) && __ratelimit(&warn_limit_)) \
		warn_slowpath_fmt(__FILE__, __LINE__, format); \
	unlikely(warn_limited_); \
})

// Truth values that are not looked at without CONFIG_DEBUG_LIST and the like.
#define CHECK_DATA_CORRUPTION(condition, fmt, ...) WARN(condition, fmt, ##__VA_ARGS__)

#endif
