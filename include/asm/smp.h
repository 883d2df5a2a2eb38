// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/smp.h>, of which <linux/smp.h> is all.
#ifndef PADATA_ASM_SMP_H
#define PADATA_ASM_SMP_H

#include <linux/smp.h>

#endif
