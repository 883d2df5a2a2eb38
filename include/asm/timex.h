// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/timex.h>, of which <linux/timex.h> is all.
#ifndef PADATA_ASM_TIMEX_H
#define PADATA_ASM_TIMEX_H

#include <linux/timex.h>

#endif
