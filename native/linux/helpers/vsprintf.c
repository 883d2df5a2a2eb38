// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's printf formats. Numbers, texts and pointers are written here; vsprintf-pointer.c has
// the extensions of "%p".
#define _GNU_SOURCE
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "runtime.h"
#include "vsprintf.h"

EXPORT_C const char hex_asc[] = "0123456789abcdef";
EXPORT_C const char hex_asc_upper[] = "0123456789ABCDEF";

void put_char(struct output *out, char c)
{
	if (out->length < out->size)
		out->buf[out->length] = c;
	out->length++;
}

static void put_fill(struct output *out, char c, int count)
{
	while (count-- > 0)
		put_char(out, c);
}

void put_text(struct output *out, const char *text, size_t length, struct spec spec)
{
	int fill = spec.width - (int)length;

	if (!spec.left)
		put_fill(out, ' ', fill);
	while (length--)
		put_char(out, *text++);
	if (spec.left)
		put_fill(out, ' ', fill);
}

void put_string(struct output *out, const char *s, struct spec spec)
{
	// The first page is no memory: "(null)", as the kernel has it.
	if ((unsigned long)s < 4096)
		s = "(null)";
	put_text(out, s, spec.precision >= 0 ? strnlen(s, spec.precision) : strlen(s), spec);
}

void put_number(struct output *out, unsigned long long number, struct spec spec)
{
	const char *digits = spec.upper ? hex_asc_upper : hex_asc;
	char text[66], sign = '\0';
	int length = 0, prefix = 0, zeroes;

	if (spec.is_signed) {
		if ((long long)number < 0) {
			sign = '-';
			number = -number;
		} else if (spec.plus) {
			sign = '+';
		} else if (spec.space) {
			sign = ' ';
		}
	}
	// As the kernel, and not as C: a zero has its prefix too.
	if (spec.special && spec.base == 16)
		prefix = 2;
	else if (spec.special && spec.base == 8 && number != 0)
		prefix = 1;
	do
		text[length++] = digits[number % spec.base];
	while (number /= spec.base);

	zeroes = spec.precision - length;
	if (zeroes < 0)
		zeroes = 0;
	spec.width -= length + zeroes + prefix + (sign != '\0');
	if (!spec.left && !spec.zero)
		put_fill(out, ' ', spec.width);
	if (sign)
		put_char(out, sign);
	if (prefix)
		put_char(out, '0');
	if (prefix == 2)
		put_char(out, spec.upper ? 'X' : 'x');
	if (!spec.left && spec.zero)
		put_fill(out, '0', spec.width);
	put_fill(out, '0', zeroes);
	while (length)
		put_char(out, text[--length]);
	if (spec.left)
		put_fill(out, ' ', spec.width);
}

static int read_int(const char **fmt)
{
	int value = 0;

	for (; **fmt >= '0' && **fmt <= '9'; ++*fmt)
		value = value * 10 + (**fmt - '0');
	return value;
}

static unsigned long long unsigned_argument(char qualifier, va_list *args)
{
	switch (qualifier) {
	case 'L':
		return va_arg(*args, unsigned long long);
	case 'l':
	case 'z':
	case 't':
		return va_arg(*args, unsigned long);
	case 'h':
		return (unsigned short)va_arg(*args, unsigned int);
	case 'H':
		return (unsigned char)va_arg(*args, unsigned int);
	default:
		return va_arg(*args, unsigned int);
	}
}

static unsigned long long signed_argument(char qualifier, va_list *args)
{
	switch (qualifier) {
	case 'L':
		return va_arg(*args, long long);
	case 'l':
	case 'z':
	case 't':
		return va_arg(*args, long);
	case 'h':
		return (short)va_arg(*args, int);
	case 'H':
		return (signed char)va_arg(*args, int);
	default:
		return va_arg(*args, int);
	}
}

/*
 * What stands between the percent sign and the conversion. Returns the qualifier: "hh" is H, "ll"
 * is L.
 */
static char read_spec(const char **fmt, struct spec *spec, va_list *args)
{
	char qualifier = '\0';

	*spec = (struct spec){ .width = 0, .precision = -1, .base = 10 };
	for (;; ++*fmt) {
		if (**fmt == '-')
			spec->left = true;
		else if (**fmt == '+')
			spec->plus = true;
		else if (**fmt == ' ')
			spec->space = true;
		else if (**fmt == '#')
			spec->special = true;
		else if (**fmt == '0')
			spec->zero = true;
		else
			break;
	}
	if (**fmt == '*') {
		++*fmt;
		spec->width = va_arg(*args, int);
		if (spec->width < 0) {
			spec->left = true;
			spec->width = -spec->width;
		}
	} else {
		spec->width = read_int(fmt);
	}
	if (**fmt == '.') {
		++*fmt;
		if (**fmt == '*') {
			++*fmt;
			spec->precision = va_arg(*args, int);
			if (spec->precision < 0)
				spec->precision = 0;
		} else {
			spec->precision = read_int(fmt);
		}
	}
	if (**fmt == 'h' || **fmt == 'l' || **fmt == 'L' || **fmt == 'z' || **fmt == 'Z' ||
	    **fmt == 't') {
		qualifier = *(*fmt)++;
		if (qualifier == 'Z')
			qualifier = 'z';
		if ((qualifier == 'h' || qualifier == 'l') && **fmt == qualifier) {
			qualifier = qualifier == 'h' ? 'H' : 'L';
			++*fmt;
		}
	}
	if (spec->left)
		spec->zero = false;
	return qualifier;
}

void put_format(struct output *out, const char *fmt, va_list *args)
{
	while (*fmt) {
		struct spec spec;
		char qualifier, c;

		if (*fmt != '%') {
			put_char(out, *fmt++);
			continue;
		}
		fmt++;
		qualifier = read_spec(&fmt, &spec, args);
		switch (*fmt) {
		case '\0':
			return;
		case 'c':
			c = (char)va_arg(*args, int);
			spec.precision = -1;
			put_text(out, &c, 1, spec);
			break;
		case 's':
			put_string(out, va_arg(*args, const char *), spec);
			break;
		case 'p':
			fmt++;
			put_pointer(out, fmt, va_arg(*args, void *), spec);
			// Whatever else stands there belongs to it.
			while ((*fmt >= '0' && *fmt <= '9') ||
			       ((*fmt | 0x20) >= 'a' && (*fmt | 0x20) <= 'z'))
				fmt++;
			continue;
		case '%':
			put_char(out, '%');
			break;
		case 'd':
		case 'i':
			spec.is_signed = true;
			put_number(out, signed_argument(qualifier, args), spec);
			break;
		case 'o':
			spec.base = 8;
			put_number(out, unsigned_argument(qualifier, args), spec);
			break;
		case 'X':
			spec.upper = true;
			// fallthrough
		case 'x':
			spec.base = 16;
			// fallthrough
		case 'u':
			put_number(out, unsigned_argument(qualifier, args), spec);
			break;
		default:
			// No format, "%n" among them: the kernel gives up on the rest, whose
			// arguments nobody knows.
			put_char(out, '%');
			while (*fmt)
				put_char(out, *fmt++);
			return;
		}
		fmt++;
	}
}

EXPORT_C int vsnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	struct output out = { buf, size, 0 };
	va_list copy;

	va_copy(copy, args);
	put_format(&out, fmt, &copy);
	va_end(copy);
	if (size > 0)
		buf[out.length < size ? out.length : size - 1] = '\0';
	return (int)out.length;
}

EXPORT_C int vscnprintf(char *buf, size_t size, const char *fmt, va_list args)
{
	int length = vsnprintf(buf, size, fmt, args);

	if ((size_t)length < size)
		return length;
	return size > 0 ? (int)size - 1 : 0;
}

EXPORT_C int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return length;
}

EXPORT_C int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return length;
}

EXPORT_C int vsprintf(char *buf, const char *fmt, va_list args)
{
	return vsnprintf(buf, INT_MAX, fmt, args);
}

EXPORT_C int sprintf(char *buf, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsprintf(buf, fmt, args);
	va_end(args);
	return length;
}

EXPORT_C char *kvasprintf(gfp_t gfp, const char *fmt, va_list args)
{
	int length = vsnprintf(NULL, 0, fmt, args);
	char *text = kmalloc((size_t)length + 1, gfp);

	if (text)
		vsnprintf(text, (size_t)length + 1, fmt, args);
	return text;
}

EXPORT_C const char *kvasprintf_const(gfp_t gfp, const char *fmt, va_list args)
{
	return kvasprintf(gfp, fmt, args);
}

EXPORT_C char *kasprintf(gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = kvasprintf(gfp, fmt, args);
	va_end(args);
	return text;
}

EXPORT_C int num_to_str(char *buf, int size, unsigned long long num, unsigned int width)
{
	char text[24];
	int length = snprintf(text, sizeof(text), "%*llu", (int)width, num);

	if (length > size)
		return 0;
	memcpy(buf, text, length);
	return length;
}
