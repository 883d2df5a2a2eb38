// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/hardirq.h>, of which <linux/hardirq.h> is all.
#ifndef PADATA_ASM_HARDIRQ_H
#define PADATA_ASM_HARDIRQ_H

#include <linux/hardirq.h>

#endif
