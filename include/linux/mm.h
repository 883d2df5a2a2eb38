// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/mm.h>, what is left without struct page: sizes, and memory that may be large.
#ifndef PADATA_LINUX_MM_H
#define PADATA_LINUX_MM_H

#include <asm/page.h>
#include <linux/bug.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mmdebug.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/vmalloc.h>

#define offset_in_page(p) ((unsigned long)(p) & ~PAGE_MASK)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)

static inline void *kvmalloc_node(size_t size, gfp_t flags, int node)
{
	(void)node;
	return kmalloc(size, flags);
}

static inline void *kvzalloc_node(size_t size, gfp_t flags, int node)
{
	(void)node;
	return kzalloc(size, flags);
}

static inline void *kvmalloc(size_t size, gfp_t flags)
{
	return kmalloc(size, flags);
}

static inline void *kvzalloc(size_t size, gfp_t flags)
{
	return kzalloc(size, flags);
}

static inline void *kvmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return kmalloc_array(n, size, flags);
}

static inline void *kvcalloc(size_t n, size_t size, gfp_t flags)
{
	return kcalloc(n, size, flags);
}

static inline void kvfree(const void *addr)
{
	kfree(addr);
}

static inline bool is_vmalloc_addr(const void *x)
{
	(void)x;
	return false;
}

static inline bool virt_addr_valid(const void *kaddr)
{
	return kaddr != NULL && !IS_ERR(kaddr);
}

#endif
