// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/bitmap.h>: texts. The twin is lib/linux/bitmap.ts, which accepts the same texts and
// returns the same errors. There are two because C's texts and masks lie anywhere in the process,
// while TypeScript sees the machine's memory only.
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/mm.h>

#include "runtime.h"

/* The kernel's isspace(): its table is Latin-1, so a no-break space is one. */
static bool is_space(unsigned char c)
{
	return (c >= 9 && c <= 13) || c == ' ' || c == 0xa0;
}

static int group_of_32(const char *text, size_t length, size_t *at, u32 *group)
{
	*group = 0;
	for (; *at < length && text[*at] != ','; ++*at) {
		int digit = hex_to_bin(text[*at]);

		if (digit < 0)
			return -EINVAL;
		if (*group >= 0x10000000)
			return -EOVERFLOW;
		*group = *group << 4 | (u32)digit;
	}
	return 0;
}

/*
 * Bits before the most significant group that is not 0 are not counted. The bitmap is written if
 * dst is not NULL.
 */
static int parse_groups(const char *text, size_t from, size_t to, size_t length, unsigned int nbits,
			unsigned long *dst, unsigned int groups)
{
	unsigned int bits = 0, seen = 0;

	for (size_t i = from;; i++) {
		size_t first = i;
		u32 group;
		int err = group_of_32(text, to, &i, &group);

		if (err)
			return err;
		if (i == first)
			return -EINVAL;
		if (group != 0 || seen > 0) {
			bits += seen == 0 ? (unsigned int)fls(group) : 32;
			if (bits > nbits)
				return -EOVERFLOW;
			seen++;
			if (dst) {
				unsigned int place = groups - seen;

				dst[place / 2] |= (unsigned long)group << place % 2 * 32;
			}
		}
		// One comma too many is accepted if it is the very last byte.
		if (i == to || i == length - 1)
			return (int)seen;
	}
}

static int parse(const char *text, size_t size, unsigned long *dst, unsigned int nbits)
{
	size_t length = strnlen(text, size), from = 0, to = length;
	int groups;

	while (from < to && is_space((unsigned char)text[from]))
		from++;
	while (to > from && is_space((unsigned char)text[to - 1]))
		to--;
	groups = parse_groups(text, from, to, size, nbits, NULL, 0);
	if (groups < 0)
		return groups;
	bitmap_zero(dst, nbits);
	parse_groups(text, from, to, size, nbits, dst, (unsigned int)groups);
	return 0;
}

EXPORT_C int bitmap_parse(const char *buf, unsigned int buflen, unsigned long *dst, int nbits)
{
	return parse(buf, buflen, dst, (unsigned int)nbits);
}

EXPORT_C int bitmap_parse_user(const char __user *ubuf, unsigned int ulen, unsigned long *dst,
			       int nbits)
{
	return ubuf ? parse(ubuf, ulen, dst, (unsigned int)nbits) : -EFAULT;
}

/* A decimal number, or false; one that is too large for a bit stays too large. */
static bool read_decimal(const char **at, const char *end, u64 *value)
{
	const char *from = *at;

	for (*value = 0; *at < end && **at >= '0' && **at <= '9'; ++*at)
		if (*value < (u64)1 << 40)
			*value = *value * 10 + (u64)(**at - '0');
	return *at > from;
}

/* first[-last][:used/group] */
static int parse_region(const char *at, const char *end, unsigned long *dst, unsigned int nbits)
{
	u64 first, last, used, group;

	if (!read_decimal(&at, end, &first))
		return -EINVAL;
	last = first;
	if (at < end && *at == '-') {
		at++;
		if (!read_decimal(&at, end, &last))
			return -EINVAL;
	}
	used = group = last - first + 1;
	if (at < end && *at == ':') {
		at++;
		if (!read_decimal(&at, end, &used) || at == end || *at++ != '/' ||
		    !read_decimal(&at, end, &group))
			return -EINVAL;
	}
	if (at != end || first > last || group == 0 || used > group)
		return -EINVAL;
	if (last >= nbits)
		return -ERANGE;
	for (u64 start = first; start <= last; start += group)
		for (u64 bit = start; bit < start + used && bit <= last; bit++)
			__set_bit((long)bit, dst);
	return 0;
}

static int parse_list(const char *text, size_t size, unsigned long *dst, unsigned int nbits)
{
	const char *end = text + strnlen(text, size), *at = text;

	bitmap_zero(dst, nbits);
	for (;;) {
		const char *comma = at, *last;
		int err;

		while (comma < end && *comma != ',')
			comma++;
		last = comma;
		while (at < last && is_space((unsigned char)*at))
			at++;
		while (last > at && is_space((unsigned char)last[-1]))
			last--;
		if (at < last) {
			err = parse_region(at, last, dst, nbits);
			if (err)
				return err;
		}
		if (comma == end)
			return 0;
		at = comma + 1;
	}
}

EXPORT_C int bitmap_parselist(const char *buf, unsigned long *maskp, int nmaskbits)
{
	return parse_list(buf, strlen(buf), maskp, (unsigned int)nmaskbits);
}

EXPORT_C int bitmap_parselist_user(const char __user *ubuf, unsigned int ulen, unsigned long *dst,
				   int nbits)
{
	return ubuf ? parse_list(ubuf, ulen, dst, (unsigned int)nbits) : -EFAULT;
}

EXPORT_C int bitmap_print_to_pagebuf(bool list, char *buf, const unsigned long *maskp,
				     int nmaskbits)
{
	// A page of sysfs is one of kmalloc(), which may begin anywhere.
	size_t room = PAGE_SIZE;

	return list ? scnprintf(buf, room, "%*pbl\n", nmaskbits, maskp) :
		      scnprintf(buf, room, "%*pb\n", nmaskbits, maskp);
}
