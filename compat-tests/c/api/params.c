// SPDX-License-Identifier: GPL-2.0-only
//
// The types of module parameters, through their operations; insmod() with parameters is
// compat-tests/c/insmod-cli.spec.ts.
#include <linux/moduleparam.h>

#include "api.h"

#define ROUND_TRIP(type, ctype, text, value, shown) do { \
	ctype variable = 0; \
	struct kernel_param kp = { .name = #type, .ops = &param_ops_##type, .arg = &variable }; \
	CHECK(param_set_##type(text, &kp) == 0 && variable == (value)); \
	CHECK(param_get_##type(page, &kp) > 0); \
	CHECK(strcmp(strim(page), shown) == 0); \
} while (0)

/* They do not sleep, but for charp. */
TEST(types, ALL)
{
	char *page = kzalloc(PAGE_SIZE, GFP_ATOMIC);
	int number = 0;
	bool yes = false;
	char text[8] = "";
	struct kernel_param kp = { .name = "bint", .ops = &param_ops_bint, .arg = &number };
	struct kparam_string string = { sizeof(text), text };

	CHECK(page != NULL);
	ROUND_TRIP(byte, unsigned char, "255", 255, "255");
	ROUND_TRIP(short, short, "-32768", -32768, "-32768");
	ROUND_TRIP(ushort, unsigned short, "65535", 65535, "65535");
	ROUND_TRIP(int, int, "-5", -5, "-5");
	ROUND_TRIP(uint, unsigned int, "5", 5, "5");
	ROUND_TRIP(long, long, "-7", -7, "-7");
	ROUND_TRIP(ulong, unsigned long, "0x10", 16, "16");
	ROUND_TRIP(ullong, unsigned long long, "18446744073709551615", U64_MAX,
		   "18446744073709551615");
	ROUND_TRIP(hexint, unsigned int, "0xff", 255, "0x0000ff");
	ROUND_TRIP(bool, bool, "y", true, "Y");
	ROUND_TRIP(invbool, bool, "y", false, "Y");
	CHECK(param_set_bint("y", &kp) == 0 && number == 1);
	kp.ops = &param_ops_int;
	CHECK(param_set_int("4294967296", &kp) == -ERANGE && param_set_int("x", &kp) == -EINVAL &&
	      number == 1);
	kp.ops = &param_ops_bool_enable_only;
	kp.arg = &yes;
	CHECK(param_set_bool_enable_only("1", &kp) == 0 && yes &&
	      param_set_bool_enable_only("0", &kp) == -EROFS);
	kp.ops = &param_ops_string;
	kp.str = &string;
	CHECK(param_set_copystring("seven77", &kp) == 0 && strcmp(text, "seven77") == 0 &&
	      param_set_copystring("eight888", &kp) == -ENOSPC);
	CHECK(param_get_string(page, &kp) > 0 && strncmp(page, "seven77", 7) == 0);
	CHECK(parameq("a-b", "a_b") && !parameq("a", "b") && parameqn("a-bx", "a_by", 3));
	kfree(page);
}

TEST(charps, SLEEP)
{
	char *page = kzalloc(PAGE_SIZE, GFP_KERNEL), *variable = NULL;
	struct kernel_param kp = { .name = "charp", .ops = &param_ops_charp, .arg = &variable };

	CHECK(param_set_charp("text", &kp) == 0 && strcmp(variable, "text") == 0 &&
	      param_get_charp(page, &kp) >= 4);
	param_free_charp(&variable);
	kfree(page);
}
