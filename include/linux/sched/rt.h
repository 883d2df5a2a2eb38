// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sched/rt.h>, which <linux/sched.h> has.
#ifndef PADATA_LINUX_SCHED_RT_H
#define PADATA_LINUX_SCHED_RT_H

#include <linux/sched.h>

#endif
