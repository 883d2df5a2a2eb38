// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/errno.h>, of which <linux/errno.h> is all.
#ifndef PADATA_UAPI_LINUX_ERRNO_H
#define PADATA_UAPI_LINUX_ERRNO_H

#include <linux/errno.h>

#endif
