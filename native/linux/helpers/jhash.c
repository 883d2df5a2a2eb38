// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/jhash.h>: Bob Jenkins' lookup3, which is in the public domain.
#include <asm/unaligned.h>
#include <linux/jhash.h>

#include "runtime.h"

EXPORT_C u32 jhash(const void *key, u32 length, u32 initval)
{
	const u8 *k = key;
	u32 a, b, c;
	u32 words[3] = { 0 };

	a = b = c = JHASH_INITVAL + length + initval;
	for (; length > 12; k += 12, length -= 12) {
		a += get_unaligned_le32(k);
		b += get_unaligned_le32(k + 4);
		c += get_unaligned_le32(k + 8);
		__jhash_mix(a, b, c);
	}
	if (length == 0)
		return c;
	for (u32 i = 0; i < length; i++)
		words[i / 4] |= (u32)k[i] << i % 4 * 8;
	a += words[0];
	b += words[1];
	c += words[2];
	__jhash_final(a, b, c);
	return c;
}

EXPORT_C u32 jhash2(const u32 *k, u32 length, u32 initval)
{
	u32 a, b, c;

	a = b = c = JHASH_INITVAL + (length << 2) + initval;
	for (; length > 3; k += 3, length -= 3) {
		a += k[0];
		b += k[1];
		c += k[2];
		__jhash_mix(a, b, c);
	}
	if (length == 0)
		return c;
	a += k[0];
	if (length > 1)
		b += k[1];
	if (length > 2)
		c += k[2];
	__jhash_final(a, b, c);
	return c;
}
