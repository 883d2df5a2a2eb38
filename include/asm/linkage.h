// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/linkage.h>, of which <linux/linkage.h> is all.
#ifndef PADATA_ASM_LINKAGE_H
#define PADATA_ASM_LINKAGE_H

#include <linux/linkage.h>

#endif
