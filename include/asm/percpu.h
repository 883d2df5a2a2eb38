// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/percpu.h>, of which <linux/percpu-defs.h> is all.
#ifndef PADATA_ASM_PERCPU_H
#define PADATA_ASM_PERCPU_H

#include <linux/percpu-defs.h>

#endif
