// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/cmpxchg.h>, of which <linux/atomic.h> is all.
#ifndef PADATA_ASM_CMPXCHG_H
#define PADATA_ASM_CMPXCHG_H

#include <linux/atomic.h>

#endif
