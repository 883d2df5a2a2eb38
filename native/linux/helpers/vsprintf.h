/* SPDX-License-Identifier: GPL-2.0-only
 *
 * Between vsprintf.c and vsprintf-pointer.c.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Where a text goes, and how long it would be: what does not fit is counted only. */
struct output {
	char *buf;
	size_t size;
	size_t length;
};

struct spec {
	int width;
	/* -1: none. */
	int precision;
	int base;
	bool left, plus, space, special, zero, upper, is_signed;
};

void put_char(struct output *out, char c);
void put_text(struct output *out, const char *text, size_t length, struct spec spec);
/* Up to the NUL, or as much as the precision allows. */
void put_string(struct output *out, const char *s, struct spec spec);
void put_number(struct output *out, unsigned long long number, struct spec spec);
void put_format(struct output *out, const char *fmt, va_list *args);
/* @fmt: what follows the "p" */
void put_pointer(struct output *out, const char *fmt, const void *ptr, struct spec spec);

/* The name of an error number, or NULL: errname.c. */
const char *errname(int err);
