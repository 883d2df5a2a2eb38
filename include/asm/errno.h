// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/errno.h>, of which <linux/errno.h> is all.
#ifndef PADATA_ASM_ERRNO_H
#define PADATA_ASM_ERRNO_H

#include <linux/errno.h>

#endif
