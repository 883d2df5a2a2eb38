// SPDX-License-Identifier: GPL-2.0-only
//
// port: <uapi/linux/sched/types.h>, which <linux/sched.h> has.
#ifndef PADATA_UAPI_LINUX_SCHED_TYPES_H
#define PADATA_UAPI_LINUX_SCHED_TYPES_H

#include <linux/sched.h>

#endif
