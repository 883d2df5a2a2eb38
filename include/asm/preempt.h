// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/preempt.h>, of which <linux/preempt.h> is all.
#ifndef PADATA_ASM_PREEMPT_H
#define PADATA_ASM_PREEMPT_H

#include <linux/preempt.h>

#endif
