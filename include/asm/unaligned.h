// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/unaligned.h>, of which <linux/unaligned.h> is all.
#ifndef PADATA_ASM_UNALIGNED_H
#define PADATA_ASM_UNALIGNED_H

#include <linux/unaligned.h>

#endif
