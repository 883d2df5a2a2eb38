// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/kernel.h>: numbers from texts. kstrto*() want all of the text, simple_strto*() its
// beginning.
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "runtime.h"

EXPORT_C int hex_to_bin(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

EXPORT_C int hex2bin(u8 *dst, const char *src, size_t count)
{
	while (count--) {
		int high = hex_to_bin(*src++);
		int low = high < 0 ? -1 : hex_to_bin(*src++);

		if (low < 0)
			return -1;
		*dst++ = (u8)(high << 4 | low);
	}
	return 0;
}

EXPORT_C char *bin2hex(char *dst, const void *src, size_t count)
{
	for (const u8 *p = src; count--; p++)
		dst = hex_byte_pack(dst, *p);
	return dst;
}

/* Of what base is the number? Its prefix is skipped. */
static const char *skip_prefix(const char *s, unsigned int *base)
{
	bool hex = s[0] == '0' && (s[1] | 0x20) == 'x' && hex_to_bin(s[2]) >= 0;

	if (*base == 0)
		*base = hex ? 16 : s[0] == '0' ? 8 : 10;
	return *base == 16 && s[0] == '0' && (s[1] | 0x20) == 'x' ? s + 2 : s;
}

/* How many digits there are. On overflow the value is what is left of it. */
static size_t read_digits(const char *s, unsigned int base, size_t most, unsigned long long *value,
			  bool *overflow)
{
	size_t count = 0;

	*value = 0;
	*overflow = false;
	for (; count < most; count++) {
		int digit = hex_to_bin(s[count]);

		if (digit < 0 || (unsigned int)digit >= base)
			break;
		if (__builtin_mul_overflow(*value, base, value))
			*overflow = true;
		if (__builtin_add_overflow(*value, (unsigned long long)digit, value))
			*overflow = true;
	}
	return count;
}

static int read_all(const char *s, unsigned int base, unsigned long long *res)
{
	unsigned long long value;
	size_t count;
	bool overflow;

	s = skip_prefix(s, &base);
	count = read_digits(s, base, SIZE_MAX, &value, &overflow);
	if (overflow)
		return -ERANGE;
	if (count == 0)
		return -EINVAL;
	s += count;
	if (*s == '\n')
		s++;
	if (*s != '\0')
		return -EINVAL;
	*res = value;
	return 0;
}

EXPORT_C int kstrtoull(const char *s, unsigned int base, unsigned long long *res)
{
	return read_all(*s == '+' ? s + 1 : s, base, res);
}

EXPORT_C int kstrtoll(const char *s, unsigned int base, long long *res)
{
	unsigned long long value;
	bool negative = *s == '-';
	int err = negative ? read_all(s + 1, base, &value) : kstrtoull(s, base, &value);

	if (err < 0)
		return err;
	if (negative ? value > 1ull << 63 : value > LLONG_MAX)
		return -ERANGE;
	*res = (long long)(negative ? -value : value);
	return 0;
}

#define UNSIGNED(suffix, type) \
EXPORT_C int kstrto##suffix(const char *s, unsigned int base, type *res) \
{ \
	unsigned long long value; \
	int err = kstrtoull(s, base, &value); \
\
	if (err < 0) \
		return err; \
	if (value != (type)value) \
		return -ERANGE; \
	*res = (type)value; \
	return 0; \
}
#define SIGNED(suffix, type) \
EXPORT_C int kstrto##suffix(const char *s, unsigned int base, type *res) \
{ \
	long long value; \
	int err = kstrtoll(s, base, &value); \
\
	if (err < 0) \
		return err; \
	if (value != (type)value) \
		return -ERANGE; \
	*res = (type)value; \
	return 0; \
}

UNSIGNED(ul, unsigned long)
SIGNED(l, long)
UNSIGNED(uint, unsigned int)
SIGNED(int, int)
UNSIGNED(u64, u64)
SIGNED(s64, s64)
UNSIGNED(u32, u32)
SIGNED(s32, s32)
UNSIGNED(u16, u16)
SIGNED(s16, s16)
UNSIGNED(u8, u8)
SIGNED(s8, s8)

// The first character decides, and the second after an "o".
EXPORT_C int kstrtobool(const char *s, bool *res)
{
	if (!s)
		return -EINVAL;
	switch (s[0]) {
	case 'y':
	case 'Y':
	case '1':
		*res = true;
		return 0;
	case 'n':
	case 'N':
	case '0':
		*res = false;
		return 0;
	case 'o':
	case 'O':
		if ((s[1] | 0x20) == 'n')
			*res = true;
		else if ((s[1] | 0x20) == 'f')
			*res = false;
		else
			return -EINVAL;
		return 0;
	default:
		return -EINVAL;
	}
}

/* Room for a sign, 64 binary digits, a newline and a NUL. */
#define FROM_USER(suffix, type, room) \
EXPORT_C int kstrto##suffix##_from_user(const char __user *s, size_t count, unsigned int base, \
					type *res) \
{ \
	char text[room]; \
\
	if (!s) \
		return -EFAULT; \
	count = min(count, sizeof(text) - 1); \
	memcpy(text, s, count); \
	text[count] = '\0'; \
	return kstrto##suffix(text, base, res); \
}

FROM_USER(ull, unsigned long long, 1 + 64 + 2 + 2)
FROM_USER(ll, long long, 1 + 64 + 2 + 2)
FROM_USER(ul, unsigned long, 1 + 64 + 2 + 2)
FROM_USER(l, long, 1 + 64 + 2 + 2)
FROM_USER(uint, unsigned int, 1 + 32 + 2 + 2)
FROM_USER(int, int, 1 + 32 + 2 + 2)

EXPORT_C int kstrtobool_from_user(const char __user *s, size_t count, bool *res)
{
	char text[4];

	if (!s)
		return -EFAULT;
	count = min(count, sizeof(text) - 1);
	memcpy(text, s, count);
	text[count] = '\0';
	return kstrtobool(text, res);
}

EXPORT_C unsigned long long simple_strtoull(const char *cp, char **endp, unsigned int base)
{
	unsigned long long value;
	bool overflow;

	cp = skip_prefix(cp, &base);
	cp += read_digits(cp, base, SIZE_MAX, &value, &overflow);
	if (endp)
		*endp = (char *)(unsigned long)cp;
	return value;
}

EXPORT_C unsigned long simple_strtoul(const char *cp, char **endp, unsigned int base)
{
	return (unsigned long)simple_strtoull(cp, endp, base);
}

EXPORT_C long long simple_strtoll(const char *cp, char **endp, unsigned int base)
{
	return *cp == '-' ? (long long)-simple_strtoull(cp + 1, endp, base) :
			    (long long)simple_strtoull(cp, endp, base);
}

EXPORT_C long simple_strtol(const char *cp, char **endp, unsigned int base)
{
	return (long)simple_strtoll(cp, endp, base);
}

EXPORT_C unsigned long int_sqrt(unsigned long x)
{
	unsigned long root = 0;

	for (unsigned long bit = 1ul << 62; bit != 0; bit >>= 2) {
		if (x >= root + bit) {
			x -= root + bit;
			root = (root >> 1) + bit;
		} else {
			root >>= 1;
		}
	}
	return root;
}

/*
 * A number of a scan: with a sign, if the conversion has one, and as many characters at most as the
 * width says.
 */
static const char *scan_number(const char *s, unsigned int base, bool is_signed, size_t width,
			       unsigned long long *value)
{
	bool negative = is_signed && *s == '-', overflow;
	const char *digits;
	size_t count;

	if (is_signed && (*s == '-' || *s == '+')) {
		s++;
		width--;
	}
	digits = skip_prefix(s, &base);
	if ((size_t)(digits - s) >= width)
		digits = s;
	count = read_digits(digits, base, width - (size_t)(digits - s), value, &overflow);
	if (count == 0)
		return NULL;
	if (negative)
		*value = -*value;
	return digits + count;
}

static void store_number(va_list *args, char qualifier, unsigned long long value)
{
	switch (qualifier) {
	case 'H':
		*va_arg(*args, unsigned char *) = (unsigned char)value;
		break;
	case 'h':
		*va_arg(*args, unsigned short *) = (unsigned short)value;
		break;
	case 'l':
	case 'z':
		*va_arg(*args, unsigned long *) = (unsigned long)value;
		break;
	case 'L':
		*va_arg(*args, unsigned long long *) = value;
		break;
	default:
		*va_arg(*args, unsigned int *) = (unsigned int)value;
	}
}

/*
 * One of the characters between the brackets? fmt is behind the first bracket; the set's end is
 * found by its caller.
 */
static bool in_set(const char *set, const char *end, char c)
{
	bool inverted = *set == '^', found = false;

	for (set += inverted; set < end; set++) {
		if (set + 2 < end && set[1] == '-') {
			found = found || (c >= set[0] && c <= set[2]);
			set += 2;
		} else {
			found = found || c == *set;
		}
	}
	return found != inverted;
}

EXPORT_C int vsscanf(const char *buf, const char *fmt, va_list ap)
{
	const char *s = buf;
	int matched = 0;
	va_list args;

	va_copy(args, ap);
	while (*fmt) {
		bool skip = false, is_signed = false;
		size_t width = SIZE_MAX;
		char qualifier = '\0', conversion;
		unsigned long long value;
		unsigned int base = 10;

		if (isspace((unsigned char)*fmt)) {
			fmt = skip_spaces(fmt);
			s = skip_spaces(s);
			continue;
		}
		if (*fmt != '%' || fmt[1] == '%') {
			if (*fmt == '%')
				fmt++;
			if (*fmt++ != *s)
				break;
			s++;
			continue;
		}
		fmt++;
		if (*fmt == '*') {
			skip = true;
			fmt++;
		}
		if (isdigit((unsigned char)*fmt)) {
			char *end;

			width = simple_strtoul(fmt, &end, 10);
			fmt = end;
			if (width == 0)
				break;
		}
		if (*fmt == 'h' || *fmt == 'l' || *fmt == 'L' || *fmt == 'z') {
			qualifier = *fmt++;
			if ((qualifier == 'h' || qualifier == 'l') && *fmt == qualifier) {
				qualifier = qualifier == 'h' ? 'H' : 'L';
				fmt++;
			}
		}
		conversion = *fmt;
		if (conversion == '\0')
			break;
		fmt++;
		if (conversion == 'n') {
			*va_arg(args, int *) = (int)(s - buf);
			continue;
		}
		if (*s == '\0')
			break;
		if (conversion == 'c') {
			char *to = skip ? NULL : va_arg(args, char *);

			if (width == SIZE_MAX)
				width = 1;
			for (; width-- > 0 && *s != '\0'; s++)
				if (to)
					*to++ = *s;
			matched += !skip;
			continue;
		}
		if (conversion == 's' || conversion == '[') {
			char *to = skip ? NULL : va_arg(args, char *);
			const char *set = fmt, *from, *end = NULL;

			if (conversion == 's') {
				s = skip_spaces(s);
			} else {
				// A bracket that is the first of the set does not end it.
				end = strchr(*set == '^' ? set + 2 : set + 1, ']');
				if (!end)
					break;
				fmt = end + 1;
			}
			from = s;
			while (*s != '\0' && width-- > 0 &&
			       (end ? in_set(set, end, *s) : !isspace((unsigned char)*s))) {
				if (to)
					*to++ = *s;
				s++;
			}
			if (s == from)
				break;
			if (to)
				*to = '\0';
			matched += !skip;
			continue;
		}
		switch (conversion) {
		case 'o':
			base = 8;
			break;
		case 'x':
		case 'X':
			base = 16;
			break;
		case 'i':
			base = 0;
			is_signed = true;
			break;
		case 'd':
			is_signed = true;
			break;
		case 'u':
			break;
		default:
			va_end(args);
			return matched;
		}
		s = skip_spaces(s);
		s = scan_number(s, base, is_signed, width, &value);
		if (!s)
			break;
		if (!skip) {
			store_number(&args, qualifier, value);
			matched++;
		}
	}
	va_end(args);
	return matched;
}

EXPORT_C int sscanf(const char *buf, const char *fmt, ...)
{
	va_list args;
	int matched;

	va_start(args, fmt);
	matched = vsscanf(buf, fmt, args);
	va_end(args);
	return matched;
}
