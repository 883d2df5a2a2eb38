// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/version.h>: the kernel that this is a port from. With -I include this file hides
// the C library's.
#ifndef PADATA_LINUX_VERSION_H
#define PADATA_LINUX_VERSION_H

#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + (c))
#define LINUX_VERSION_CODE KERNEL_VERSION(4, 18, 0)

#endif
