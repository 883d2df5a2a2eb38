// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/irqflags.h>, of which <linux/irqflags.h> is all.
#ifndef PADATA_ASM_IRQFLAGS_H
#define PADATA_ASM_IRQFLAGS_H

#include <linux/irqflags.h>

#endif
