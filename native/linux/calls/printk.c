// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/printk.h>: lines for the kernel log, which is in lib/linux/printk.ts. A record goes out
// when its line ends, as in the kernel. A text without a newline waits for its continuation
// (KERN_CONT, of the same task), and the next message of any task sends it off.
#define _GNU_SOURCE
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/string.h>
#include <pthread.h>

#include "runtime.h"

enum { LINE_MAX_LENGTH = 1024 };
/* The kernel's default, for messages without a level. */
enum { DEFAULT_LEVEL = 4 };

static pthread_mutex_t cont_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	struct task_struct *owner;
	int level;
	size_t length;
	char text[LINE_MAX_LENGTH];
} cont;

/* Take the begun line, under the lock; it is logged without it, since that may take its time. */
static bool take_cont(char *text, int *level)
{
	if (cont.length == 0)
		return false;
	memcpy(text, cont.text, cont.length + 1);
	*level = cont.level;
	cont.length = 0;
	return true;
}

void printk_flush(void)
{
	char text[LINE_MAX_LENGTH];
	bool any;
	int level;

	pthread_mutex_lock(&cont_lock);
	any = take_cont(text, &level);
	pthread_mutex_unlock(&cont_lock);
	if (any)
		kernel_log(level, text);
}

static void log_text(int level, bool continues, bool complete, const char *text, size_t length)
{
	char begun[LINE_MAX_LENGTH];
	bool flush = false, send = true;
	struct task_struct *task = task_current();
	int begun_level = 0;

	pthread_mutex_lock(&cont_lock);
	if (cont.length > 0 && continues && cont.owner == task &&
	    cont.length + length < sizeof(cont.text)) {
		memcpy(cont.text + cont.length, text, length + 1);
		cont.length += length;
		send = false;
		if (complete)
			flush = take_cont(begun, &begun_level);
	} else {
		flush = take_cont(begun, &begun_level);
		if (!complete && length > 0 && length < sizeof(cont.text)) {
			cont.owner = task;
			cont.level = level;
			cont.length = length;
			memcpy(cont.text, text, length + 1);
			send = false;
		} else if (continues && length == 0) {
			// The end of a line that has gone out already.
			send = false;
		}
	}
	pthread_mutex_unlock(&cont_lock);
	if (flush)
		kernel_log(begun_level, begun);
	if (send)
		kernel_log(level, text);
}

EXPORT_C int vprintk_emit(int facility, int level, const char *dict, size_t dictlen,
			  const char *fmt, va_list args)
{
	char buffer[LINE_MAX_LENGTH], *text = buffer;
	size_t length = (size_t)vscnprintf(buffer, sizeof(buffer), fmt, args);
	bool complete = false, continues = false;

	(void)facility;
	(void)dict;
	(void)dictlen;
	if (length > 0 && text[length - 1] == '\n') {
		text[--length] = '\0';
		complete = true;
	}
	for (int prefix; (prefix = printk_get_level(text)) != 0; text += 2, length -= 2) {
		if (prefix == 'c')
			continues = true;
		else if (prefix != 'd' && level == LOGLEVEL_DEFAULT)
			level = prefix - '0';
	}
	if (level < 0)
		level = DEFAULT_LEVEL;
	log_text(level, continues, complete, text, length);
	return (int)length;
}

EXPORT_C int vprintk(const char *fmt, va_list args)
{
	return vprintk_emit(0, LOGLEVEL_DEFAULT, NULL, 0, fmt, args);
}

EXPORT_C int printk(const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vprintk(fmt, args);
	va_end(args);
	return length;
}
