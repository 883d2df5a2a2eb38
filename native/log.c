// SPDX-License-Identifier: GPL-2.0-only
//
// To the kernel log. Without a machine, or in a thread that must not wait for one, to stderr.
#include <stdarg.h>
#include <stdio.h>

#include "runtime.h"

void kernel_log(int level, const char *text)
{
	if (memory_high == 0)
		fprintf(stderr, "%s\n", text);
	else
		call_js(JS_printk, "ns", (long)level, text);
}

void kernel_misuse(const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (memory_high == 0)
		fprintf(stderr, "BUG: %s\n", text);
	else
		call_js(JS_misuse, "s", text);
}
