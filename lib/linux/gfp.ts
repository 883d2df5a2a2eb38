// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/gfp.h>, the flags that callers pass. Only __GFP_ZERO changes what happens;
// __GFP_DIRECT_RECLAIM says that the caller may sleep, which a debug boot checks.

export const __GFP_HIGH = 0x20;
export const __GFP_IO = 0x40;
export const __GFP_FS = 0x80;
export const __GFP_ZERO = 0x8000;
export const __GFP_ATOMIC = 0x80000;
export const __GFP_DIRECT_RECLAIM = 0x400000;
export const __GFP_KSWAPD_RECLAIM = 0x1000000;

export const GFP_ATOMIC = __GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM;
export const GFP_KERNEL = __GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM | __GFP_IO | __GFP_FS;
export type gfp_t = number;
