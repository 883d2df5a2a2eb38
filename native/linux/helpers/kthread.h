/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

#include <linux/completion.h>

struct task_struct;

/* kthread.c: bits of flags */
enum { KTHREAD_SHOULD_STOP, KTHREAD_SHOULD_PARK, KTHREAD_IS_PARKED };

/* task->kthread; it is freed with the task. */
struct kthread {
	unsigned long flags;
	int (*threadfn)(void *data);
	void *data;
	int running;
	struct completion parked, exited;
};

/* A kthread is at its end, by do_exit(). */
void kthread_end(struct task_struct *me, int code);
