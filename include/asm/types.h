// SPDX-License-Identifier: GPL-2.0-only
//
// port: <asm/types.h>. With -I include this file hides the C library's, which <linux/types.h>
// includes, so that one is included instead: the kernel's own types are in <linux/types.h>.
#if __has_include_next(<asm/types.h>)
#include_next <asm/types.h>
#endif
#ifndef PADATA_ASM_TYPES_H
#define PADATA_ASM_TYPES_H
// Not before the C library's types are complete: it includes this file.
#include <linux/types.h>
#endif
