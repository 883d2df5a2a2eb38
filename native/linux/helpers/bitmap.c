// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/bitmap.h>: shifts, areas, and bitmaps on the heap.
#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "runtime.h"

EXPORT_C void bitmap_shift_right(unsigned long *dst, const unsigned long *src, unsigned int shift,
				 unsigned int nbits)
{
	// Upwards, so that dst may be src.
	for (unsigned int bit = 0; bit < nbits; bit++)
		__assign_bit(bit, dst,
			     bit + (u64)shift < nbits && test_bit((long)bit + shift, src));
	if (nbits % BITS_PER_LONG)
		dst[BIT_WORD(nbits)] &= BITMAP_LAST_WORD_MASK(nbits);
}

EXPORT_C void bitmap_shift_left(unsigned long *dst, const unsigned long *src, unsigned int shift,
				unsigned int nbits)
{
	for (unsigned int bit = nbits; bit-- > 0;)
		__assign_bit(bit, dst, bit >= shift && test_bit(bit - shift, src));
	if (nbits % BITS_PER_LONG)
		dst[BIT_WORD(nbits)] &= BITMAP_LAST_WORD_MASK(nbits);
}

EXPORT_C unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
						  unsigned long start, unsigned int nr,
						  unsigned long align_mask)
{
	for (;;) {
		unsigned long first = (find_next_zero_bit(map, size, start) + align_mask) &
				      ~align_mask,
			      taken;

		if (first + nr > size)
			return first + nr;
		taken = find_next_bit(map, first + nr, first);
		if (taken >= first + nr)
			return first;
		start = taken + 1;
	}
}

EXPORT_C unsigned long *bitmap_alloc(unsigned int nbits, gfp_t flags)
{
	return kmalloc_array(BITS_TO_LONGS(nbits), sizeof(unsigned long), flags);
}

EXPORT_C unsigned long *bitmap_zalloc(unsigned int nbits, gfp_t flags)
{
	return bitmap_alloc(nbits, flags | __GFP_ZERO);
}

EXPORT_C void bitmap_free(const unsigned long *bitmap)
{
	kfree(bitmap);
}

EXPORT_C int bitmap_find_free_region(unsigned long *bitmap, unsigned int bits, int order)
{
	for (unsigned int pos = 0; pos + (1u << order) <= bits; pos += 1u << order)
		if (bitmap_allocate_region(bitmap, pos, order) == 0)
			return (int)pos;
	return -ENOMEM;
}

EXPORT_C void bitmap_release_region(unsigned long *bitmap, unsigned int pos, int order)
{
	bitmap_clear(bitmap, pos, 1u << order);
}

EXPORT_C int bitmap_allocate_region(unsigned long *bitmap, unsigned int pos, int order)
{
	unsigned int end = pos + (1u << order);

	if (find_next_bit(bitmap, end, pos) < end)
		return -EBUSY;
	bitmap_set(bitmap, pos, 1u << order);
	return 0;
}
