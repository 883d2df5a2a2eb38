// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/limits.h>, of which <linux/limits.h> is all.
#ifndef PADATA_UAPI_LINUX_LIMITS_H
#define PADATA_UAPI_LINUX_LIMITS_H

#include <linux/limits.h>

#endif
