// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/bug.h>, panic() and dump_stack(): reports with a call trace. The twin is lib/linux/bug.ts,
// whose form the reports have. There are two because the trace is of C's stack, which JavaScript
// cannot walk.
#define _GNU_SOURCE
#include <execinfo.h>
#include <linux/bug.h>
#include <linux/kernel.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <stdlib.h>

#include "runtime.h"

void printk_flush(void);

enum { FRAMES = 40, REPORT_MAX = 6144 };

/* The functions on the stack, without the innermost ones, which report. */
static size_t call_trace(char *text, size_t size, int skip)
{
	void *frames[FRAMES];
	int count = backtrace(frames, FRAMES);
	size_t length = (size_t)scnprintf(text, size, "\nCall Trace:");

	for (int i = skip; i < count; i++)
		length += (size_t)scnprintf(text + length, size - length, "\n %pS", frames[i]);
	return length;
}

static __printf(4, 0) void report(int level, const char *before, int skip, const char *fmt,
				  va_list args)
{
	char text[REPORT_MAX];
	size_t length = (size_t)scnprintf(text, sizeof(text), "%s", before);

	length += (size_t)vscnprintf(text + length, sizeof(text) - length, fmt, args);
	while (length > 0 && text[length - 1] == '\n')
		text[--length] = '\0';
	call_trace(text + length, sizeof(text) - length, skip);
	printk_flush();
	kernel_log(level, text);
}

static const char *where(char *text, size_t size, const char *what, const char *file, int line)
{
	scnprintf(text, size, "%s: CPU: %d PID: %d at %s:%d %s", what, smp_processor_id(),
		  current->pid, file, line, current->comm);
	return text;
}

EXPORT_C void warn_slowpath_fmt(const char *file, const int line, const char *fmt, ...)
{
	char at[256];
	va_list args;

	where(at, sizeof(at) - 1, "WARNING", file, line);
	strcat(at, "\n");
	va_start(args, fmt);
	report(LOGLEVEL_WARNING, at, 3, fmt, args);
	va_end(args);
}

static __printf(4, 5) void report_text(int level, const char *before, int skip, const char *fmt,
				       ...)
{
	va_list args;

	va_start(args, fmt);
	report(level, before, skip, fmt, args);
	va_end(args);
}

EXPORT_C void warn_slowpath_null(const char *file, const int line)
{
	char at[256];

	report_text(LOGLEVEL_WARNING, where(at, sizeof(at), "WARNING", file, line), 4, "%s", "");
}

EXPORT_C void dump_stack(void)
{
	report_text(LOGLEVEL_WARNING, "", 4, "CPU: %d PID: %d Comm: %s", smp_processor_id(),
		    current->pid, current->comm);
}

// There is no other half of the process that could go on: a core dump says the rest.
EXPORT_C void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	report(LOGLEVEL_EMERG, "Kernel panic - not syncing: ", 3, fmt, args);
	va_end(args);
	abort();
}

EXPORT_C void __might_sleep(const char *file, int line, int preempt_offset)
{
	char at[256];

	(void)preempt_offset;
	scnprintf(at, sizeof(at), "%s:%d", file, line);
	may_sleep(at);
}
