// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/printk.h>: bytes in rows, as hexadecimal numbers and as characters.
#include <asm/unaligned.h>
#include <linux/kernel.h>
#include <linux/printk.h>

#include "runtime.h"

static u64 group_at(const u8 *p, int size)
{
	switch (size) {
	case 8:
		return get_unaligned((const u64 *)p);
	case 4:
		return get_unaligned((const u32 *)p);
	case 2:
		return get_unaligned((const u16 *)p);
	default:
		return *p;
	}
}

EXPORT_C int hex_dump_to_buffer(const void *buf, size_t len, int rowsize, int groupsize,
				char *linebuf, size_t linebuflen, bool ascii)
{
	const u8 *bytes = buf;
	size_t length = 0, column;

	if (rowsize != 16 && rowsize != 32)
		rowsize = 16;
	if (len > (size_t)rowsize)
		len = (size_t)rowsize;
	if ((groupsize != 2 && groupsize != 4 && groupsize != 8) || len % (size_t)groupsize != 0)
		groupsize = 1;
	column = (size_t)(rowsize * 2 + rowsize / groupsize + 1);
#define ROOM(at) ((at) < linebuflen ? linebuflen - (at) : 0)
#define AT(at) (linebuf + ((at) < linebuflen ? (at) : linebuflen))
	for (size_t i = 0; i < len; i += (size_t)groupsize)
		length += (size_t)snprintf(AT(length), ROOM(length), "%s%0*llx", i ? " " : "",
					   groupsize * 2, group_at(bytes + i, groupsize));
	if (ascii && len > 0) {
		length += (size_t)snprintf(AT(length), ROOM(length), "%*s", (int)(column - length),
					   "");
		for (size_t i = 0; i < len; i++)
			length += (size_t)snprintf(AT(length), ROOM(length), "%c",
						   bytes[i] >= 0x20 && bytes[i] < 0x7f ? bytes[i] :
											 '.');
	}
	if (len == 0 && linebuflen > 0)
		linebuf[0] = '\0';
	return (int)length;
}

EXPORT_C void print_hex_dump(const char *level, const char *prefix_str, int prefix_type,
			     int rowsize, int groupsize, const void *buf, size_t len, bool ascii)
{
	char line[32 * 3 + 2 + 32 + 1];

	if (rowsize != 16 && rowsize != 32)
		rowsize = 16;
	for (size_t i = 0; i < len; i += (size_t)rowsize) {
		const u8 *row = (const u8 *)buf + i;

		hex_dump_to_buffer(row, min(len - i, (size_t)rowsize), rowsize, groupsize, line,
				   sizeof(line), ascii);
		if (prefix_type == DUMP_PREFIX_ADDRESS)
			printk("%s%s%p: %s\n", level, prefix_str, (const void *)row, line);
		else if (prefix_type == DUMP_PREFIX_OFFSET)
			printk("%s%s%.8zx: %s\n", level, prefix_str, i, line);
		else
			printk("%s%s%s\n", level, prefix_str, line);
	}
}

EXPORT_C void print_hex_dump_bytes(const char *prefix_str, int prefix_type, const void *buf,
				   size_t len)
{
	print_hex_dump(KERN_DEBUG, prefix_str, prefix_type, 16, 1, buf, len, true);
}
