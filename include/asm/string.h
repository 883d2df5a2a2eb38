// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/string.h>, of which <linux/string.h> is all.
#ifndef PADATA_ASM_STRING_H
#define PADATA_ASM_STRING_H

#include <linux/string.h>

#endif
