// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/uaccess.h>, of which <linux/uaccess.h> is all.
#ifndef PADATA_ASM_UACCESS_H
#define PADATA_ASM_UACCESS_H

#include <linux/uaccess.h>

#endif
