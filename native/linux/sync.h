/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What the locks, the wait queues and the kthreads share.
 */
#pragma once

#include "runtime.h"
#include "sanitizer.h"
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

/*
 * spinlock.c: as spin_lock() and spin_unlock(), but for locks inside of others, which
 * ThreadSanitizer is not to take for order.
 */
void lock_word(spinlock_t *lock);
void unlock_word(spinlock_t *lock);

/* sched.c: wake it if its state is among these. 1 if it was asleep */
int try_to_wake_up(struct task_struct *task, unsigned int mode);
/* The deadline of a timeout in jiffies. */
int64_t deadline_after(unsigned long timeout);
/*
 * What schedule() does: sleep until woken, by the state that the caller has set. False if the time
 * was over first.
 */
bool sleep_until(int64_t deadline_ns, const char *what);
/* Sleep on behalf of a lock: one turn, in this state. False if the time was over first. */
bool sleep_turn(long state, int64_t deadline_ns);

/*
 * A task that waits for a lock, on the lock's list, which the lock's own wait_lock guards. It lies
 * on the stack of who waits, who takes it off under the wait_lock: so the task of a waiter on the
 * list exists.
 */
struct waiter {
	struct list_head list;
	struct task_struct *task;
	bool writer;
};

/*
 * Does its sleep lie on the stack of a CPU's thread? Other items may run on top of that, and it
 * cannot go on before they are done, which may be after others have had what it waits for. So such
 * a waiter is woken, but never the only one, and nothing is handed to it.
 */
static inline bool may_be_buried(const struct task_struct *task)
{
	return task->machine.park != NULL;
}

/* Wake the first waiter, and go on until it is one that can come. */
static inline void wake_first(struct list_head *waiters)
{
	struct waiter *waiter;

	list_for_each_entry(waiter, waiters, list) {
		task_wake(waiter->task);
		if (!may_be_buried(waiter->task))
			break;
	}
}
