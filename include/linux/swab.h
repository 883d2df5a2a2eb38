// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/swab.h>: bytes in the other order. With -I include this file hides the C library's,
// so that one is included too.
#ifndef PADATA_LINUX_SWAB_H
#define PADATA_LINUX_SWAB_H

#if __has_include_next(<linux/swab.h>)
#include_next <linux/swab.h>
#endif

#define swab16(x) __builtin_bswap16(x)
#define swab32(x) __builtin_bswap32(x)
#define swab64(x) ((unsigned long long)__builtin_bswap64(x))
#define swab16p(p) swab16(*(p))
#define swab32p(p) swab32(*(p))
#define swab64p(p) swab64(*(p))
#define swab16s(p) ((void)(*(p) = swab16(*(p))))
#define swab32s(p) ((void)(*(p) = swab32(*(p))))
#define swab64s(p) ((void)(*(p) = swab64(*(p))))

#endif
