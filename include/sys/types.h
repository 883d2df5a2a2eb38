// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: no kernel header: it is in the way of the C library's <sys/types.h>, whose loff_t is a
// long where a kernel's is a long long: who comes first keeps it.
#ifdef PADATA_LOFF_T
#define loff_t padata_libc_loff_t
#include_next <sys/types.h>
#undef loff_t
#else
#include_next <sys/types.h>
#ifdef _SYS_TYPES_H
#define PADATA_LOFF_T
#endif
#endif
