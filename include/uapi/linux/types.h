// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/types.h>, of which <linux/types.h> is all.
#ifndef PADATA_UAPI_LINUX_TYPES_H
#define PADATA_UAPI_LINUX_TYPES_H

#include <linux/types.h>

#endif
