// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/bitmap.h>, <linux/bitops.h> and the find_bit functions. Bits from nbits up are not looked at, and whoever
// writes a bitmap writes zeroes there.
#ifndef PADATA_LINUX_BITMAP_H
#define PADATA_LINUX_BITMAP_H

#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/types.h>

#define BITS_PER_LONG 64
#define BITS_TO_LONGS(nr) DIV_ROUND_UP(nr, BITS_PER_LONG)
#define BIT_MASK(nr) (1ul << ((unsigned long)(nr) % BITS_PER_LONG))
#define BIT_WORD(nr) ((unsigned long)(nr) / BITS_PER_LONG)
// The bits of the first long from start on; those of the last one that belong to the bitmap.
#define BITMAP_FIRST_WORD_MASK(start) (~0ul << ((unsigned long)(start) % BITS_PER_LONG))
#define BITMAP_LAST_WORD_MASK(nbits) (~0ul >> (-(unsigned long)(nbits) % BITS_PER_LONG))

#define DECLARE_BITMAP(name, bits) unsigned long name[BITS_TO_LONGS(bits)]

// Masks such as cpu_online_mask change while others read them.
static inline bool test_bit(long nr, const volatile unsigned long *addr)
{
	return (addr[BIT_WORD(nr)] & BIT_MASK(nr)) != 0;
}

static inline void set_bit(long nr, volatile unsigned long *addr)
{
	__atomic_fetch_or(&addr[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_SEQ_CST);
}

static inline void clear_bit(long nr, volatile unsigned long *addr)
{
	__atomic_fetch_and(&addr[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_SEQ_CST);
}

static inline bool test_and_set_bit(long nr, volatile unsigned long *addr)
{
	return (__atomic_fetch_or(&addr[BIT_WORD(nr)], BIT_MASK(nr), __ATOMIC_SEQ_CST) & BIT_MASK(nr)) != 0;
}

static inline bool test_and_clear_bit(long nr, volatile unsigned long *addr)
{
	return (__atomic_fetch_and(&addr[BIT_WORD(nr)], ~BIT_MASK(nr), __ATOMIC_SEQ_CST) & BIT_MASK(nr)) != 0;
}

// The first bit from offset on that is set, or size.
static inline unsigned long find_next_bit(const unsigned long *addr, unsigned long size, unsigned long offset)
{
	unsigned long mask = BITMAP_FIRST_WORD_MASK(offset);

	for (unsigned long i = BIT_WORD(offset); i * BITS_PER_LONG < size; i++) {
		unsigned long word = READ_ONCE(addr[i]) & mask;

		if (word)
			return min(i * BITS_PER_LONG + (unsigned long)__builtin_ctzl(word), size);
		mask = ~0ul;
	}
	return size;
}

static inline unsigned long find_first_bit(const unsigned long *addr, unsigned long size)
{
	return find_next_bit(addr, size, 0);
}

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
static inline int bitmap_and(unsigned long *dst, const unsigned long *src1, const unsigned long *src2, unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = BITMAP_WORD(src1, i, nbits) & BITMAP_WORD(src2, i, nbits);
	return any != 0;
}

static inline void bitmap_or(unsigned long *dst, const unsigned long *src1, const unsigned long *src2, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		dst[i] = BITMAP_WORD(src1, i, nbits) | BITMAP_WORD(src2, i, nbits);
}

// Is the result not empty?
static inline int bitmap_andnot(unsigned long *dst, const unsigned long *src1, const unsigned long *src2, unsigned int nbits)
{
	unsigned long any = 0;

	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		any |= dst[i] = BITMAP_WORD(src1, i, nbits) & ~BITMAP_WORD(src2, i, nbits);
	return any != 0;
}

static inline int bitmap_equal(const unsigned long *src1, const unsigned long *src2, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (BITMAP_WORD(src1, i, nbits) != BITMAP_WORD(src2, i, nbits))
			return 0;
	return 1;
}

static inline int bitmap_intersects(const unsigned long *src1, const unsigned long *src2, unsigned int nbits)
{
	for (unsigned int i = 0; i < BITS_TO_LONGS(nbits); i++)
		if (BITMAP_WORD(src1, i, nbits) & BITMAP_WORD(src2, i, nbits))
			return 1;
	return 0;
}

// Are all bits of src1 in src2?
static inline int bitmap_subset(const unsigned long *src1, const unsigned long *src2, unsigned int nbits)
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

#endif
