// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/bitmap.h>. Bits from nbits up are not looked at, and whoever
// writes a bitmap writes zeroes there.
#ifndef PADATA_LINUX_BITMAP_H
#define PADATA_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>

// The bits of the first long from start on; those of the last one that belong to the bitmap.
#define BITMAP_FIRST_WORD_MASK(start) (~0ul << ((unsigned long)(start) % BITS_PER_LONG))
#define BITMAP_LAST_WORD_MASK(nbits) (~0ul >> (-(unsigned long)(nbits) % BITS_PER_LONG))

static inline void bitmap_zero(unsigned long *dst, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = 0;
}

static inline void bitmap_fill(unsigned long *dst, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = i == BIT_WORD(nbits) ? BITMAP_LAST_WORD_MASK(nbits) : ~0ul;
}

// Word i of a bitmap, without what is not in it.
#define BITMAP_WORD(map, i, nbits) \
	(READ_ONCE((map)[i]) & ((i) == BIT_WORD(nbits) ? BITMAP_LAST_WORD_MASK(nbits) : ~0ul))

static inline void bitmap_copy(unsigned long *dst, const unsigned long *src, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = BITMAP_WORD(src, i, nbits);
}

// Is the result not empty?
static inline int bitmap_and(unsigned long *dst, const unsigned long *src1,
			     const unsigned long *src2, unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = BITMAP_WORD(src1, i, nbits) & BITMAP_WORD(src2, i, nbits);
	return any != 0;
}

static inline void bitmap_or(unsigned long *dst, const unsigned long *src1,
			     const unsigned long *src2, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = BITMAP_WORD(src1, i, nbits) | BITMAP_WORD(src2, i, nbits);
}

// Is the result not empty?
static inline int bitmap_andnot(unsigned long *dst, const unsigned long *src1,
				const unsigned long *src2, unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = BITMAP_WORD(src1, i, nbits) & ~BITMAP_WORD(src2, i, nbits);
	return any != 0;
}

static inline int bitmap_equal(const unsigned long *src1, const unsigned long *src2,
			       unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (BITMAP_WORD(src1, i, nbits) != BITMAP_WORD(src2, i, nbits))
			return 0;
	return 1;
}

static inline int bitmap_intersects(const unsigned long *src1, const unsigned long *src2,
				    unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (BITMAP_WORD(src1, i, nbits) & BITMAP_WORD(src2, i, nbits))
			return 1;
	return 0;
}

// Are all bits of src1 in src2?
static inline int bitmap_subset(const unsigned long *src1, const unsigned long *src2,
				unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (BITMAP_WORD(src1, i, nbits) & ~BITMAP_WORD(src2, i, nbits))
			return 0;
	return 1;
}

static inline int bitmap_empty(const unsigned long *src, unsigned int nbits)
{
	return find_first_bit(src, nbits) == nbits;
}

static inline int bitmap_weight(const unsigned long *src, unsigned int nbits)
{
	int weight = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		weight += __builtin_popcountl(BITMAP_WORD(src, i, nbits));
	return weight;
}

static inline int bitmap_full(const unsigned long *src, unsigned int nbits)
{
	return find_first_zero_bit(src, nbits) == nbits;
}

static inline void bitmap_xor(unsigned long *dst, const unsigned long *src1,
			      const unsigned long *src2, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = BITMAP_WORD(src1, i, nbits) ^ BITMAP_WORD(src2, i, nbits);
}

static inline void bitmap_complement(unsigned long *dst, const unsigned long *src,
				     unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++) {
		unsigned long word = ~READ_ONCE(src[i]);

		dst[i] = i == BIT_WORD(nbits) ? word & BITMAP_LAST_WORD_MASK(nbits) : word;
	}
}

static inline void bitmap_set(unsigned long *map, unsigned int start, unsigned int nbits)
{
	for (unsigned int bit = start; bit < start + nbits; bit++)
		__set_bit(bit, map);
}

static inline void bitmap_clear(unsigned long *map, unsigned int start, unsigned int nbits)
{
	for (unsigned int bit = start; bit < start + nbits; bit++)
		__clear_bit(bit, map);
}

// Towards bit 0, and away from it; zeroes come in.
void bitmap_shift_right(unsigned long *dst, const unsigned long *src, unsigned int shift,
			unsigned int nbits);
void bitmap_shift_left(unsigned long *dst, const unsigned long *src, unsigned int shift,
		       unsigned int nbits);

// The first run of nr zeroes that begins at a multiple of align_mask + 1, or something not below
// size.
unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask);

// Hexadecimal words: 0, -EINVAL or -EOVERFLOW. A list such as "0-3,8": 0, -EINVAL or -ERANGE.
int bitmap_parse(const char *buf, unsigned int buflen, unsigned long *dst, int nbits);
int bitmap_parselist(const char *buf, unsigned long *maskp, int nmaskbits);
int bitmap_parse_user(const char __user *ubuf, unsigned int ulen, unsigned long *dst, int nbits);
int bitmap_parselist_user(const char __user *ubuf, unsigned int ulen, unsigned long *dst,
			  int nbits);
// Into a page, with a newline.
int bitmap_print_to_pagebuf(bool list, char *buf, const unsigned long *maskp, int nmaskbits);

unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags);
unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags);
void bitmap_free(const unsigned long *bitmap);

int bitmap_find_free_region(unsigned long *bitmap, unsigned int bits, int order);
void bitmap_release_region(unsigned long *bitmap, unsigned int pos, int order);
int bitmap_allocate_region(unsigned long *bitmap, unsigned int pos, int order);

static inline void bitmap_from_u64(unsigned long *dst, u64 mask)
{
	dst[0] = mask;
}

static inline void bitmap_from_arr32(unsigned long *bitmap, const u32 *buf, unsigned int nbits)
{
	bitmap_zero(bitmap, nbits);
	for (unsigned int bit = 0; bit < nbits; bit++)
		if (buf[bit / 32] >> bit % 32 & 1)
			__set_bit(bit, bitmap);
}

static inline void bitmap_to_arr32(u32 *buf, const unsigned long *bitmap, unsigned int nbits)
{
	for (unsigned int i = 0; i < DIV_ROUND_UP(nbits, 32); i++)
		buf[i] = (u32)(BITMAP_WORD(bitmap, i / 2, nbits) >> (i % 2 * 32));
}

#endif
