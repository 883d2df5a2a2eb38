// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/stat.h>, of which <linux/stat.h> is all.
#ifndef PADATA_UAPI_LINUX_STAT_H
#define PADATA_UAPI_LINUX_STAT_H

#include <linux/stat.h>

#endif
