// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/gfp.h>: whole pages, which kmalloc() has lib/linux/slab.ts allocate. There what is larger
// than the largest kind of slab object begins on a page.
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "runtime.h"

enum { LARGE = 8192 + 64 };

EXPORT_C void *alloc_pages_exact(size_t size, gfp_t gfp_mask)
{
	return kmalloc(size < LARGE ? LARGE : size, gfp_mask);
}

EXPORT_C void free_pages_exact(void *virt, size_t size)
{
	(void)size;
	kfree(virt);
}

EXPORT_C unsigned long __get_free_pages(gfp_t gfp_mask, unsigned int order)
{
	return order > 18 ? 0 : (unsigned long)alloc_pages_exact(PAGE_SIZE << order, gfp_mask);
}

EXPORT_C unsigned long get_zeroed_page(gfp_t gfp_mask)
{
	return __get_free_pages(gfp_mask | __GFP_ZERO, 0);
}

EXPORT_C void free_pages(unsigned long addr, unsigned int order)
{
	(void)order;
	kfree((void *)addr);
}
