// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/bitops.h>, of which <linux/bitops.h> is all.
#ifndef PADATA_ASM_BITOPS_H
#define PADATA_ASM_BITOPS_H

#include <linux/bitops.h>

#endif
