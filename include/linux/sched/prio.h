// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sched/prio.h>, which <linux/sched.h> has.
#ifndef PADATA_LINUX_SCHED_PRIO_H
#define PADATA_LINUX_SCHED_PRIO_H

#include <linux/sched.h>

#endif
