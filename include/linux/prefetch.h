// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/prefetch.h>, by the compiler's own.
#ifndef PADATA_LINUX_PREFETCH_H
#define PADATA_LINUX_PREFETCH_H

#include <linux/cache.h>
#include <linux/types.h>

#define prefetch(x) __builtin_prefetch(x)
#define prefetchw(x) __builtin_prefetch(x, 1)
#define spin_lock_prefetch(x) prefetchw(x)
#define PREFETCH_STRIDE (4 * L1_CACHE_BYTES)

static inline void prefetch_range(void *addr, size_t len)
{
	char *end = (char *)addr + len;

	for (char *at = addr; at < end; at += PREFETCH_STRIDE)
		prefetch(at);
}

#endif
