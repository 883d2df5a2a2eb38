// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/errno.h>, the numbers that the port returns. With -I include this file hides the C library's <linux/errno.h>,
// which <errno.h> includes for all the others, so they come from where that one has them.
#ifndef PADATA_LINUX_ERRNO_H
#define PADATA_LINUX_ERRNO_H

#if __has_include(<asm/errno.h>)
#include <asm/errno.h>
#endif

#define EPERM 1
#define ENOENT 2
#define EIO 5
#define EAGAIN 11
#define ENOMEM 12
#define EACCES 13
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define ENODEV 19
#define ENOTDIR 20
#define EISDIR 21
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define EDEADLK 35
#define ENODATA 61
#define EOVERFLOW 75
#define ETIMEDOUT 110
#define EALREADY 114
#define EINPROGRESS 115

#endif
