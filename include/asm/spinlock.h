// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/spinlock.h>, of which <linux/spinlock.h> is all.
#ifndef PADATA_ASM_SPINLOCK_H
#define PADATA_ASM_SPINLOCK_H

#include <linux/spinlock.h>

#endif
