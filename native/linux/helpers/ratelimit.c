// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/ratelimit.h>, and the limits of printk().
#include <linux/jiffies.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>

#include "runtime.h"

EXPORT_C int ___ratelimit(struct ratelimit_state *rs, const char *func)
{
	unsigned long now = jiffies;
	int missed = 0;
	bool allowed;

	if (!rs->interval)
		return 1;
	// Who has to wait would print at a rate that is too high anyway.
	if (__atomic_exchange_n(&rs->lock, 1, __ATOMIC_ACQUIRE))
		return 0;
	if (!rs->begin)
		rs->begin = now;
	if (time_after(now, rs->begin + (unsigned long)rs->interval)) {
		if (!(rs->flags & RATELIMIT_MSG_ON_RELEASE)) {
			missed = rs->missed;
			rs->missed = 0;
		}
		rs->begin = now;
		rs->printed = 0;
	}
	allowed = rs->burst > rs->printed;
	if (allowed)
		rs->printed++;
	else
		rs->missed++;
	__atomic_store_n(&rs->lock, 0, __ATOMIC_RELEASE);
	if (missed)
		printk(KERN_WARNING "%s: %d callbacks suppressed\n", func, missed);
	return allowed;
}

EXPORT_C int __printk_ratelimit(const char *func)
{
	static DEFINE_RATELIMIT_STATE(printk_limit, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);

	return ___ratelimit(&printk_limit, func);
}

EXPORT_C bool printk_timed_ratelimit(unsigned long *caller_jiffies, unsigned int interval_msec)
{
	unsigned long now = jiffies;

	if (*caller_jiffies && time_before(now, *caller_jiffies + msecs_to_jiffies(interval_msec)))
		return false;
	*caller_jiffies = now;
	return true;
}
