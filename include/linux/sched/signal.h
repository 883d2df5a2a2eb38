// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/sched/signal.h>. The process's own signals go to no task. A kthread gets those
// that it has allowed and that somebody sends with send_sig().
#ifndef PADATA_LINUX_SCHED_SIGNAL_H
#define PADATA_LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>
#include <linux/signal.h>

static inline int signal_pending(struct task_struct *p)
{
	return READ_ONCE(p->machine.pending) != 0;
}

static inline int fatal_signal_pending(struct task_struct *p)
{
	return (READ_ONCE(p->machine.pending) >> (SIGKILL - 1)) & 1;
}
#define __fatal_signal_pending(p) fatal_signal_pending(p)

static inline int signal_pending_state(long state, struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)) || !signal_pending(p))
		return 0;
	return (state & TASK_INTERRUPTIBLE) || fatal_signal_pending(p);
}

int allow_signal(int sig);
int disallow_signal(int sig);
int send_sig(int sig, struct task_struct *p, int priv);
#define force_sig(sig, p) ((void)send_sig(sig, p, 1))
void flush_signals(struct task_struct *p);
// Take the next one that is pending: its number, or 0. @info: NULL
int kernel_dequeue_signal(void *info);
#define recalc_sigpending() do { } while (0)

#define thread_group_leader(p) 1
#define same_thread_group(p1, p2) ((p1) == (p2))

#endif
