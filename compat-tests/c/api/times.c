// SPDX-License-Identifier: GPL-2.0-only
//
// Clocks: they go forward, and agree.
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/time.h>
#include <linux/timekeeping.h>
#include <linux/sched/clock.h>

#include "api.h"

TEST(clocks, ALL)
{
	ktime_t from = ktime_get(), raw = ktime_get_raw(), boot = ktime_get_boottime(),
		real = ktime_get_real();
	u64 jiffy = get_jiffies_64(), sched = sched_clock();

	CHECK(ktime_get() >= from && ktime_get_raw() >= raw && ktime_get_boottime() >= boot &&
	      ktime_get_real() >= real);
	CHECK(real > ktime_set(1500000000, 0));
	CHECK(get_jiffies_64() >= jiffy && jiffies >= jiffy && sched_clock() >= sched &&
	      local_clock() >= sched);
	// Jiffies and sched_clock() count from the machine's start.
	CHECK((s64)(sched / TICK_NSEC - jiffy) < HZ && (s64)(jiffy - sched / TICK_NSEC) < HZ);
	CHECK(time_after(jiffies + 1, (unsigned long)jiffy) &&
	      time_before((unsigned long)jiffy, jiffies + 1));
	CHECK(msecs_to_jiffies(1000) == HZ && jiffies_to_msecs(HZ) == 1000 &&
	      usecs_to_jiffies(1) == 1);
}

TEST(dates, ALL)
{
	struct timespec64 ts = ns_to_timespec64(1500000001);

	CHECK(mktime64(1970, 1, 1, 0, 0, 0) == 0 && mktime64(2018, 8, 12, 20, 41, 4) == 1534106464);
	CHECK(mktime64(2000, 2, 29, 12, 0, 0) == 951825600);
	CHECK(ts.tv_sec == 1 && ts.tv_nsec == 500000001 && timespec64_to_ns(&ts) == 1500000001);
	CHECK(ktime_to_ms(ms_to_ktime(5)) == 5 &&
	      ktime_us_delta(ns_to_ktime(5000), ns_to_ktime(2000)) == 3);
}
