// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/cache.h>. A line is taken to be 128 bytes: two of the hardware's, which fetches
// them in pairs (CACHELINE of lib/machine/struct.ts).
#ifndef PADATA_LINUX_CACHE_H
#define PADATA_LINUX_CACHE_H

#include <linux/compiler.h>

#define L1_CACHE_SHIFT 7
#define L1_CACHE_BYTES (1 << L1_CACHE_SHIFT)
#define SMP_CACHE_BYTES L1_CACHE_BYTES

#define ____cacheline_aligned __aligned(SMP_CACHE_BYTES)
#define ____cacheline_aligned_in_smp ____cacheline_aligned

#endif
