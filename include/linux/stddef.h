// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/stddef.h>. With -I include this file hides the C library's <linux/stddef.h>, so that
// one is included too.
#ifndef PADATA_LINUX_STDDEF_H
#define PADATA_LINUX_STDDEF_H

#if __has_include_next(<linux/stddef.h>)
#include_next <linux/stddef.h>
#endif
#include <linux/types.h>
#include <stddef.h>

#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define offsetofend(type, member) (offsetof(type, member) + sizeof_field(type, member))

#endif
