// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/byteorder.h>: numbers from and to a byte order. With -I include this file hides the C
// library's, so that one is included too: it has the macros that begin with two underscores.
#ifndef PADATA_ASM_BYTEORDER_H
#define PADATA_ASM_BYTEORDER_H

#if __has_include_next(<asm/byteorder.h>)
#include_next <asm/byteorder.h>
#endif
#include <linux/byteorder/generic.h>

#endif
