// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/const.h>, of which <linux/const.h> is all.
#ifndef PADATA_UAPI_LINUX_CONST_H
#define PADATA_UAPI_LINUX_CONST_H

#include <linux/const.h>

#endif
