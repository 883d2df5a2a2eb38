// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sched/task.h>, which <linux/sched.h> has.
#ifndef PADATA_LINUX_SCHED_TASK_H
#define PADATA_LINUX_SCHED_TASK_H

#include <linux/sched.h>

#endif
