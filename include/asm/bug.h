// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/bug.h>, of which <linux/bug.h> is all.
#ifndef PADATA_ASM_BUG_H
#define PADATA_ASM_BUG_H

#include <linux/bug.h>

#endif
