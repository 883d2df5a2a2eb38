// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sched/clock.h>, which <linux/sched.h> has.
#ifndef PADATA_LINUX_SCHED_CLOCK_H
#define PADATA_LINUX_SCHED_CLOCK_H

#include <linux/sched.h>

#endif
