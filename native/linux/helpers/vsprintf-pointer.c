// SPDX-License-Identifier: GPL-2.0-only
//
// What "%p" can print: "%pS" a function by its name, "%*pb" and "%*pbl" a bitmap, "%pV" a format
// with its arguments, "%*ph" bytes, "%pM" a MAC address, "%pI4" and "%pI6" IP addresses, "%pU" a
// UUID, "%pa" a number of bus-address size, "%pE" a text with escapes, "%pe" an error by its name.
// A plain pointer is printed as it is: there is no other user to hide it from.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "runtime.h"
#include "vsprintf.h"

static const struct spec plain = { .precision = -1, .base = 10 };

static void put_address(struct output *out, const void *ptr, struct spec spec)
{
	spec.base = 16;
	if (spec.width == 0) {
		spec.width = 2 * sizeof(ptr) + (spec.special ? 2 : 0);
		spec.zero = !spec.left;
	}
	put_number(out, (unsigned long)ptr, spec);
}

/* name+0x1a/0x40 [module]; a static function has no name in a module that is stripped of them. */
static void put_symbol(struct output *out, const void *ptr, struct spec spec, bool offset)
{
	char text[256];
	Dl_info info;
	const ElfW(Sym) *symbol = NULL;
	const char *file;
	size_t length;

	if (dladdr1(ptr, &info, (void **)(unsigned long)&symbol, RTLD_DL_SYMENT) == 0) {
		spec.special = true;
		put_address(out, ptr, spec);
		return;
	}
	file = info.dli_fname ? kbasename(info.dli_fname) : "?";
	length = strcspn(file, ".");
	// A return address behind the last instruction of a function belongs to no other one.
	if (!info.dli_sname || !symbol ||
	    (const char *)ptr > (const char *)info.dli_saddr + symbol->st_size)
		scnprintf(text, sizeof(text), "0x%lx [%.*s]",
			  (unsigned long)((const char *)ptr - (const char *)info.dli_fbase),
			  (int)length, file);
	else if (offset)
		scnprintf(text, sizeof(text), "%s+0x%lx/0x%lx [%.*s]", info.dli_sname,
			  (unsigned long)((const char *)ptr - (const char *)info.dli_saddr),
			  (unsigned long)symbol->st_size, (int)length, file);
	else
		scnprintf(text, sizeof(text), "%s [%.*s]", info.dli_sname, (int)length, file);
	put_string(out, text, spec);
}

/* Groups of 32 bits, the most significant first, each with as many digits as it has room for. */
static void put_bitmap(struct output *out, const unsigned long *map, int nbits)
{
	struct spec spec = { .precision = -1, .base = 16, .zero = true };

	for (int bit = round_up(nbits, 32) - 32; bit >= 0; bit -= 32) {
		int bits = min(32, nbits - bit);
		u32 word = (u32)(READ_ONCE(map[bit / 64]) >> bit % 64);

		spec.width = DIV_ROUND_UP(bits, 4);
		put_number(out, bits == 32 ? word : word & ((1u << bits) - 1), spec);
		if (bit > 0)
			put_char(out, ',');
	}
}

static void put_bitmap_list(struct output *out, const unsigned long *map, int nbits)
{
	unsigned long first = find_first_bit(map, nbits);
	bool begun = false;

	while (first < (unsigned long)nbits) {
		unsigned long last = find_next_zero_bit(map, nbits, first) - 1;

		if (begun)
			put_char(out, ',');
		begun = true;
		put_number(out, first, plain);
		if (last != first) {
			put_char(out, '-');
			put_number(out, last, plain);
		}
		first = find_next_bit(map, nbits, last + 1);
	}
}

static void put_byte(struct output *out, unsigned char byte, bool upper)
{
	const char *digits = upper ? hex_asc_upper : hex_asc;

	put_char(out, digits[byte >> 4]);
	put_char(out, digits[byte & 15]);
}

/* Bytes with a separator, or none. */
static void put_bytes(struct output *out, const unsigned char *bytes, int count, char separator)
{
	for (int i = 0; i < count; i++) {
		if (i > 0 && separator)
			put_char(out, separator);
		put_byte(out, bytes[i], false);
	}
}

static void put_hex_string(struct output *out, const char *fmt, const unsigned char *bytes,
			   int count)
{
	put_bytes(out, bytes, clamp(count, 1, 64),
		  *fmt == 'C' ? ':' :
		  *fmt == 'D' ? '-' :
		  *fmt == 'N' ? '\0' :
				' ');
}

/* M: colons, MF: dashes, m: nothing between them; R: the other way round. */
static void put_mac(struct output *out, const char *fmt, const unsigned char *mac)
{
	unsigned char reversed[6];

	for (int i = 0; i < 6; i++)
		reversed[i] = mac[5 - i];
	put_bytes(out, fmt[1] == 'R' ? reversed : mac, 6,
		  *fmt == 'm'   ? '\0' :
		  fmt[1] == 'F' ? '-' :
				  ':');
}

static void put_ip4(struct output *out, bool zeroes, char order, const unsigned char *address)
{
	bool reversed = order == 'l' || order == 'h';
	struct spec spec = plain;

	if (zeroes) {
		spec.width = 3;
		spec.zero = true;
	}
	for (int i = 0; i < 4; i++) {
		if (i > 0)
			put_char(out, '.');
		put_number(out, address[reversed ? 3 - i : i], spec);
	}
}

/* c: the longest run of zero words is left out. */
static void put_ip6(struct output *out, bool colons, bool compressed, const unsigned char *address)
{
	struct spec spec = { .precision = -1, .base = 16, .width = 4, .zero = true };
	int gap = -1, gap_words = 1;

	if (compressed) {
		spec.width = 0;
		for (int i = 0; i < 8; i++) {
			int words = 0;

			while (i + words < 8 && !address[2 * (i + words)] &&
			       !address[2 * (i + words) + 1])
				words++;
			if (words > gap_words) {
				gap = i;
				gap_words = words;
			}
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == gap) {
			put_char(out, ':');
			if (i == 0)
				put_char(out, ':');
			i += gap_words - 1;
			continue;
		}
		put_number(out, (unsigned int)address[2 * i] << 8 | address[2 * i + 1], spec);
		if (i < 7 && colons)
			put_char(out, ':');
	}
}

/*
 * b, B: big endian, as the bytes lie; l, L: the first three groups little endian. B and L with
 * large letters.
 */
static void put_uuid(struct output *out, const char *fmt, const unsigned char *uuid)
{
	static const unsigned char little[16] = { 3, 2, 1,  0,  5,  4,  7,  6,
						  8, 9, 10, 11, 12, 13, 14, 15 };

	for (int i = 0; i < 16; i++) {
		put_byte(out, uuid[(*fmt | 0x20) == 'l' ? little[i] : i],
			 *fmt == 'L' || *fmt == 'B');
		if (i == 3 || i == 5 || i == 7 || i == 9)
			put_char(out, '-');
	}
}

static void put_escaped(struct output *out, const char *fmt, const unsigned char *text, int length)
{
	static const char named[] = "\n\r\t\v\f\a\033\"\\", letters[] = "nrtvfae\"\\";
	bool hex = *fmt == 'h';

	for (int i = 0; i < length; i++) {
		const char *at = text[i] ? strchr(named, text[i]) : NULL;

		if (at && !hex) {
			put_char(out, '\\');
			put_char(out, letters[at - named]);
		} else if (text[i] >= 0x20 && text[i] < 0x7f) {
			put_char(out, text[i]);
		} else if (hex) {
			put_char(out, '\\');
			put_char(out, 'x');
			put_byte(out, text[i], false);
		} else {
			struct spec spec = { .precision = -1, .base = 8, .width = 3, .zero = true };

			put_char(out, '\\');
			put_number(out, text[i], spec);
		}
	}
}

static void put_error(struct output *out, const void *ptr, struct spec spec)
{
	const char *name = IS_ERR(ptr) ? errname((int)PTR_ERR(ptr)) : NULL;
	char text[32];

	if (!name) {
		put_address(out, ptr, spec);
		return;
	}
	scnprintf(text, sizeof(text), "-%s", name);
	put_string(out, text, spec);
}

void put_pointer(struct output *out, const char *fmt, const void *ptr, struct spec spec)
{
	if (!ptr && *fmt != 'K' && *fmt != 'x' && *fmt != 'e') {
		if (spec.width == 0)
			spec.width = 2 * sizeof(ptr);
		spec.precision = -1;
		put_string(out, "(null)", spec);
		return;
	}
	switch (*fmt) {
	case 'S':
	case 'F':
	case 'B':
		put_symbol(out, ptr, spec, true);
		return;
	case 's':
	case 'f':
		put_symbol(out, ptr, spec, false);
		return;
	case 'b':
		if (fmt[1] == 'l')
			put_bitmap_list(out, ptr, spec.width);
		else
			put_bitmap(out, ptr, spec.width);
		return;
	case 'V': {
		const struct va_format *format = ptr;
		va_list args;

		va_copy(args, *format->va);
		put_format(out, format->fmt, &args);
		va_end(args);
		return;
	}
	case 'h':
		put_hex_string(out, fmt + 1, ptr, spec.width);
		return;
	case 'M':
	case 'm':
		put_mac(out, fmt, ptr);
		return;
	case 'I':
	case 'i':
		if (fmt[1] == '4')
			put_ip4(out, *fmt == 'i', fmt[2], ptr);
		else if (fmt[1] == '6')
			put_ip6(out, *fmt == 'I', *fmt == 'I' && fmt[2] == 'c', ptr);
		else
			break;
		return;
	case 'U':
		put_uuid(out, fmt + 1, ptr);
		return;
	case 'a':
		spec = (struct spec){
			.precision = -1, .base = 16, .special = true, .zero = true, .width = 18
		};
		put_number(out, *(const unsigned long long *)ptr, spec);
		return;
	case 'E':
		put_escaped(out, fmt + 1, ptr, spec.width ? spec.width : 1);
		return;
	case 'e':
		put_error(out, ptr, spec);
		return;
	case 'x':
		spec.base = 16;
		put_number(out, (unsigned long)ptr, spec);
		return;
	default:
		break;
	}
	put_address(out, ptr, spec);
}
