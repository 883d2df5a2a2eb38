// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/const.h>: constants with a suffix. With -I include this file hides the C library's,
// so that one is included too.
#ifndef PADATA_LINUX_CONST_H
#define PADATA_LINUX_CONST_H

#if __has_include_next(<linux/const.h>)
#include_next <linux/const.h>
#endif

#define UL(x) (x##UL)
#define ULL(x) (x##ULL)

#endif
