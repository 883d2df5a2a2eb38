// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/gfp.h>, the flags that callers pass, with 4.18's values, and whole pages. Which zone
// or node memory comes from makes no difference here.
#ifndef PADATA_LINUX_GFP_H
#define PADATA_LINUX_GFP_H

#include <linux/topology.h>
#include <linux/types.h>

#define __GFP_DMA ((gfp_t)0x01u)
#define __GFP_HIGHMEM ((gfp_t)0x02u)
#define __GFP_DMA32 ((gfp_t)0x04u)
#define __GFP_MOVABLE ((gfp_t)0x08u)
#define __GFP_RECLAIMABLE ((gfp_t)0x10u)
#define __GFP_HIGH ((gfp_t)0x20u)
#define __GFP_IO ((gfp_t)0x40u)
#define __GFP_FS ((gfp_t)0x80u)
#define __GFP_WRITE ((gfp_t)0x100u)
#define __GFP_NOWARN ((gfp_t)0x200u)
#define __GFP_RETRY_MAYFAIL ((gfp_t)0x400u)
#define __GFP_NOFAIL ((gfp_t)0x800u)
#define __GFP_NORETRY ((gfp_t)0x1000u)
#define __GFP_MEMALLOC ((gfp_t)0x2000u)
#define __GFP_COMP ((gfp_t)0x4000u)
#define __GFP_ZERO ((gfp_t)0x8000u)
#define __GFP_NOMEMALLOC ((gfp_t)0x10000u)
#define __GFP_HARDWALL ((gfp_t)0x20000u)
#define __GFP_THISNODE ((gfp_t)0x40000u)
#define __GFP_ATOMIC ((gfp_t)0x80000u)
#define __GFP_ACCOUNT ((gfp_t)0x100000u)
#define __GFP_DIRECT_RECLAIM ((gfp_t)0x400000u)
#define __GFP_KSWAPD_RECLAIM ((gfp_t)0x1000000u)
#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)

// The caller must not sleep.
#define GFP_ATOMIC (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM)
// The caller may sleep.
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOIO (__GFP_RECLAIM)
#define GFP_NOFS (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_DMA __GFP_DMA
#define GFP_DMA32 __GFP_DMA32

static inline bool gfpflags_allow_blocking(const gfp_t gfp_flags)
{
	return (gfp_flags & __GFP_DIRECT_RECLAIM) != 0;
}

// Addresses, not struct pages; 0 if there is no memory.
unsigned long __get_free_pages(gfp_t gfp_mask, unsigned int order);
unsigned long get_zeroed_page(gfp_t gfp_mask);
void free_pages(unsigned long addr, unsigned int order);
#define __get_free_page(gfp_mask) __get_free_pages((gfp_mask), 0)
#define __get_dma_pages(gfp_mask, order) __get_free_pages((gfp_mask) | GFP_DMA, (order))
#define free_page(addr) free_pages((addr), 0)

void *alloc_pages_exact(size_t size, gfp_t gfp_mask);
void free_pages_exact(void *virt, size_t size);

#endif
