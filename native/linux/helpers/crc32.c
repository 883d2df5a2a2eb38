// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/crc32.h>, a byte at a time. The tables are made when somebody asks first.
#include <linux/crc32.h>
#include <pthread.h>

#include "runtime.h"

static u32 little[256], big[256], castagnoli[256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_tables(void)
{
	for (u32 i = 0; i < 256; i++) {
		u32 le = i, be = i << 24, c = i;

		for (int bit = 0; bit < 8; bit++) {
			le = le & 1 ? le >> 1 ^ 0xedb88320 : le >> 1;
			be = be & 0x80000000 ? be << 1 ^ 0x04c11db7 : be << 1;
			c = c & 1 ? c >> 1 ^ 0x82f63b78 : c >> 1;
		}
		little[i] = le;
		big[i] = be;
		castagnoli[i] = c;
	}
}

EXPORT_C u32 crc32_le(u32 crc, const unsigned char *p, size_t len)
{
	pthread_once(&once, make_tables);
	while (len--)
		crc = little[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return crc;
}

EXPORT_C u32 crc32_be(u32 crc, const unsigned char *p, size_t len)
{
	pthread_once(&once, make_tables);
	while (len--)
		crc = big[(crc >> 24 ^ *p++) & 0xff] ^ crc << 8;
	return crc;
}

EXPORT_C u32 __crc32c_le(u32 crc, const unsigned char *p, size_t len)
{
	pthread_once(&once, make_tables);
	while (len--)
		crc = castagnoli[(crc ^ *p++) & 0xff] ^ crc >> 8;
	return crc;
}
