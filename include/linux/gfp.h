// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/gfp.h>, the flags that callers pass, with 4.18's values.
#ifndef PADATA_LINUX_GFP_H
#define PADATA_LINUX_GFP_H

#include <linux/types.h>

#define __GFP_HIGH ((gfp_t)0x20u)
#define __GFP_IO ((gfp_t)0x40u)
#define __GFP_FS ((gfp_t)0x80u)
#define __GFP_ZERO ((gfp_t)0x8000u)
#define __GFP_ATOMIC ((gfp_t)0x80000u)
#define __GFP_DIRECT_RECLAIM ((gfp_t)0x400000u)
#define __GFP_KSWAPD_RECLAIM ((gfp_t)0x1000000u)
#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)

// The caller must not sleep.
#define GFP_ATOMIC (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
// The caller may sleep.
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)

#endif
