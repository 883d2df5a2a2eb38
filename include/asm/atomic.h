// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/atomic.h>, of which <linux/atomic.h> is all.
#ifndef PADATA_ASM_ATOMIC_H
#define PADATA_ASM_ATOMIC_H

#include <linux/atomic.h>

#endif
