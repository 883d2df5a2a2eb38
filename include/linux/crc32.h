// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/crc32.h>. Neither the seed nor the result is inverted.
#ifndef PADATA_LINUX_CRC32_H
#define PADATA_LINUX_CRC32_H

#include <linux/types.h>

// Least significant bit first, as Ethernet has it; most significant bit first; and with
// Castagnoli's polynomial.
u32 crc32_le(u32 crc, const unsigned char *p, size_t len);
u32 crc32_be(u32 crc, const unsigned char *p, size_t len);
u32 __crc32c_le(u32 crc, const unsigned char *p, size_t len);

#define crc32(seed, data, length) crc32_le(seed, (const unsigned char *)(data), length)
#define ether_crc_le(length, data) crc32_le(~0u, data, length)

#endif
