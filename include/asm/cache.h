// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/cache.h>, of which <linux/cache.h> is all.
#ifndef PADATA_ASM_CACHE_H
#define PADATA_ASM_CACHE_H

#include <linux/cache.h>

#endif
