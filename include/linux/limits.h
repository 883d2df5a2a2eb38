// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/limits.h>, with the limits of the kernel's types. With -I include this file hides
// the C library's, which <limits.h> includes, so that one is included too.
#ifndef PADATA_LINUX_LIMITS_H
#define PADATA_LINUX_LIMITS_H

#if __has_include_next(<linux/limits.h>)
#include_next <linux/limits.h>
#endif

#ifndef USHRT_MAX
#define USHRT_MAX ((unsigned short)~0u)
#endif
#ifndef SHRT_MAX
#define SHRT_MAX ((short)(USHRT_MAX >> 1))
#endif
#ifndef SHRT_MIN
#define SHRT_MIN ((short)(-SHRT_MAX - 1))
#endif
#ifndef INT_MAX
#define INT_MAX __INT_MAX__
#endif
#ifndef INT_MIN
#define INT_MIN (-INT_MAX - 1)
#endif
#ifndef UINT_MAX
#define UINT_MAX (~0u)
#endif
#ifndef LONG_MAX
#define LONG_MAX __LONG_MAX__
#endif
#ifndef LONG_MIN
#define LONG_MIN (-LONG_MAX - 1l)
#endif
#ifndef ULONG_MAX
#define ULONG_MAX (~0ul)
#endif
#ifndef LLONG_MAX
#define LLONG_MAX __LONG_LONG_MAX__
#endif
#ifndef LLONG_MIN
#define LLONG_MIN (-LLONG_MAX - 1ll)
#endif
#ifndef ULLONG_MAX
#define ULLONG_MAX (~0ull)
#endif
#ifndef SIZE_MAX
#define SIZE_MAX (~(__SIZE_TYPE__)0)
#endif
#ifndef SSIZE_MAX
#define SSIZE_MAX __LONG_MAX__
#endif

#define U8_MAX ((unsigned char)~0u)
#define S8_MAX ((signed char)(U8_MAX >> 1))
#define S8_MIN ((signed char)(-S8_MAX - 1))
#define U16_MAX ((unsigned short)~0u)
#define S16_MAX ((short)(U16_MAX >> 1))
#define S16_MIN ((short)(-S16_MAX - 1))
#define U32_MAX (~0u)
#define S32_MAX __INT_MAX__
#define S32_MIN (-S32_MAX - 1)
#define U64_MAX (~0ull)
#define S64_MAX __LONG_LONG_MAX__
#define S64_MIN (-S64_MAX - 1ll)
#define PHYS_ADDR_MAX (~0ull)

#endif
