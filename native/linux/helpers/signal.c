// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/sched/signal.h>: the signals of kthreads, which come from other tasks only.
#include <linux/sched/signal.h>

#include "linux/sync.h"

enum { NSIG_KERNEL = 64 };

EXPORT_C int allow_signal(int sig)
{
	if (sig < 1 || sig > NSIG_KERNEL)
		return -EINVAL;
	__atomic_fetch_or(&task_current()->machine.allowed, 1ul << (sig - 1), __ATOMIC_RELAXED);
	return 0;
}

EXPORT_C int disallow_signal(int sig)
{
	if (sig < 1 || sig > NSIG_KERNEL)
		return -EINVAL;
	__atomic_fetch_and(&task_current()->machine.allowed, ~(1ul << (sig - 1)), __ATOMIC_RELAXED);
	return 0;
}

EXPORT_C int send_sig(int sig, struct task_struct *p, int priv)
{
	(void)priv;
	if (sig < 0 || sig > NSIG_KERNEL)
		return -EINVAL;
	if (sig == 0 || !(__atomic_load_n(&p->machine.allowed, __ATOMIC_RELAXED) >> (sig - 1) & 1))
		return 0;
	san_release(&p->machine.pending);
	// Before the wake-up, which is a full barrier. Pairs with the look at it between
	// set_current_state() and the sleep.
	__atomic_fetch_or(&p->machine.pending, 1ul << (sig - 1), __ATOMIC_SEQ_CST);
	try_to_wake_up(p, TASK_INTERRUPTIBLE | (sig == SIGKILL ? TASK_WAKEKILL : 0));
	return 0;
}

EXPORT_C void flush_signals(struct task_struct *p)
{
	__atomic_store_n(&p->machine.pending, 0, __ATOMIC_SEQ_CST);
}

EXPORT_C int kernel_dequeue_signal(void *info)
{
	struct task_struct *me = task_current();
	unsigned long pending = __atomic_load_n(&me->machine.pending, __ATOMIC_SEQ_CST);

	(void)info;
	if (pending == 0)
		return 0;
	san_acquire(&me->machine.pending);
	__atomic_fetch_and(&me->machine.pending, ~(pending & -pending), __ATOMIC_SEQ_CST);
	return __builtin_ctzl(pending) + 1;
}
