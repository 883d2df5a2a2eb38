// SPDX-License-Identifier: GPL-2.0-only
//
// stub: <linux/freezer.h>. Nothing is ever frozen: the system's suspend freezes the process as a
// whole, and it goes on where it was.
#ifndef PADATA_LINUX_FREEZER_H
#define PADATA_LINUX_FREEZER_H

#include <linux/sched.h>
#include <linux/wait.h>

static inline bool freezing(struct task_struct *p)
{
	(void)p;
	return false;
}

static inline bool frozen(struct task_struct *p)
{
	(void)p;
	return false;
}

static inline bool try_to_freeze(void)
{
	return false;
}

static inline bool set_freezable(void)
{
	return false;
}

#define freezable_schedule() schedule()
#define freezable_schedule_timeout(timeout) schedule_timeout(timeout)
#define freezable_schedule_timeout_interruptible(timeout) schedule_timeout_interruptible(timeout)

#endif
