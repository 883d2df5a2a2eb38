// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sched/debug.h>, which <linux/sched.h> has.
#ifndef PADATA_LINUX_SCHED_DEBUG_H
#define PADATA_LINUX_SCHED_DEBUG_H

#include <linux/sched.h>

#endif
