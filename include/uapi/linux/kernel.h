// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/kernel.h>, of which <linux/kernel.h> is all.
#ifndef PADATA_UAPI_LINUX_KERNEL_H
#define PADATA_UAPI_LINUX_KERNEL_H

#include <linux/kernel.h>

#endif
