// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sched/hotplug.h>, which <linux/sched.h> has.
#ifndef PADATA_LINUX_SCHED_HOTPLUG_H
#define PADATA_LINUX_SCHED_HOTPLUG_H

#include <linux/sched.h>

#endif
