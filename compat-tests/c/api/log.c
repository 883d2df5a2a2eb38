// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel log: what is printed here begins with "log:", and compat-tests/c/api.spec.ts looks for
// it.
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/reboot.h>

#include "api.h"

static int vprint(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintk(fmt, ap);
	va_end(ap);
	return n;
}

static int vprint_emit(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vprintk_emit(0, 6, NULL, 0, fmt, ap);
	va_end(ap);
	return n;
}

TEST(prints, ALL)
{
	CHECK(printk(KERN_INFO "log: printk %d\n", 1) > 0);
	CHECK(vprint(KERN_INFO "log: vprintk %d\n", 2) > 0);
	CHECK(vprint_emit("log: vprintk_emit %d\n", 3) > 0);
	CHECK(printk_deferred(KERN_INFO "log: printk_deferred %d\n", 4) > 0);
}

TEST(limits, ALL)
{
	static int allowed;
	struct ratelimit_state limit;
	unsigned long last = 0;

	ratelimit_state_init(&limit, 100 * HZ, 2);
	ratelimit_set_flags(&limit, RATELIMIT_MSG_ON_RELEASE);
	CHECK(__ratelimit(&limit) && __ratelimit(&limit) && !__ratelimit(&limit));
	CHECK(printk_timed_ratelimit(&last, 100000) && !printk_timed_ratelimit(&last, 100000));
	// All who ask share one limit: the first ten may.
	allowed += printk_ratelimit();
	CHECK(allowed >= 1 && allowed <= 10);
}

TEST(dumps, ALL)
{
	char line[80];
	static const u8 bytes[] = "0123456789abcdef";

	CHECK(hex_dump_to_buffer(bytes, 4, 16, 1, line, sizeof(line), false) == 11 &&
	      strcmp(line, "30 31 32 33") == 0);
	CHECK(hex_dump_to_buffer(bytes, 4, 16, 2, line, sizeof(line), true) > 9 &&
	      strncmp(line, "3130 3332", 9) == 0);
	CHECK(strstr(line, "0123") != NULL);
	print_hex_dump(KERN_INFO, "log: ", DUMP_PREFIX_OFFSET, 16, 1, bytes, 16, true);
	print_hex_dump_bytes("log: ", DUMP_PREFIX_NONE, bytes, 3);
	dump_stack();
}

TEST(warnings, INIT | PARALLEL | KTHREAD | FOREIGN)
{
	CHECK(WARN(HIDE(1), "log: warning %d\n", 5) == 1);
	CHECK(WARN_ON(HIDE(2)) == 1 && WARN_ON(HIDE(0)) == 0);
}

/* All of these only tell the process, which shuts down, or here does not. */
TEST(power, INIT | WORK | PARALLEL | KTHREAD)
{
	char cmd[] = "command";

	orderly_reboot();
	kernel_power_off();
	kernel_halt();
	kernel_restart(cmd);
	emergency_restart();
}
