// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/completion.h>. The twin is lib/linux/completion.ts. There are two because a completion of
// C may lie outside of the machine's memory, on a stack above all, and a thread without JavaScript
// may wait for it.
//
// The lock of the queue guards done too. A waiter takes that lock before it returns. So complete()
// no longer uses x by then, and x may be on the waiter's stack.
#include <linux/completion.h>

#include "linux/sync.h"

static void lock_completion(struct completion *x)
{
	lock_word(&x->wait.lock);
	if (x->wait.head.next == NULL) {
		kernel_misuse("BUG: completion %p has never been initialized: "
			      "DECLARE_COMPLETION() or init_completion()",
			      (void *)x);
		INIT_LIST_HEAD(&x->wait.head);
	}
}

/* The lock is held. */
static bool take(struct completion *x)
{
	unsigned int done = __atomic_load_n(&x->done, __ATOMIC_RELAXED);

	if (done == 0)
		return false;
	if (done != UINT_MAX)
		__atomic_store_n(&x->done, done - 1, __ATOMIC_RELAXED);
	san_acquire(x);
	return true;
}

EXPORT_C void complete(struct completion *x)
{
	san_release(x);
	lock_completion(x);
	if (x->done != UINT_MAX)
		__atomic_store_n(&x->done, x->done + 1, __ATOMIC_RELAXED);
	__wake_up_locked(&x->wait, TASK_NORMAL, 1);
	unlock_word(&x->wait.lock);
}

EXPORT_C void complete_all(struct completion *x)
{
	san_release(x);
	lock_completion(x);
	__atomic_store_n(&x->done, UINT_MAX, __ATOMIC_RELAXED);
	__wake_up_locked(&x->wait, TASK_NORMAL, 0);
	unlock_word(&x->wait.lock);
}

static bool looks_done(struct completion *x)
{
	if (__atomic_load_n(&x->done, __ATOMIC_RELAXED) != 0)
		return true;
	// Who asks again and again may wait for the object's serial().
	serial_not_deferred();
	return false;
}

EXPORT_C bool try_wait_for_completion(struct completion *x)
{
	bool taken;

	if (!looks_done(x))
		return false;
	lock_completion(x);
	taken = take(x);
	unlock_word(&x->wait.lock);
	return taken;
}

EXPORT_C bool completion_done(struct completion *x)
{
	if (!looks_done(x))
		return false;
	// The complete() that we see may still be at work on x, which the caller may free.
	lock_completion(x);
	unlock_word(&x->wait.lock);
	san_acquire(x);
	return true;
}

/* What is left of the time, at least 1; 0 if it was over; -ERESTARTSYS for a signal. */
static long wait_for(struct completion *x, long timeout, long state, const char *what)
{
	bool may_wait = may_sleep(what);
	struct wait_queue_entry entry;
	long ret = timeout;

	init_wait_entry(&entry, WQ_FLAG_EXCLUSIVE);
	entry.func = default_wake_function;
	lock_completion(x);
	if (take(x)) {
		unlock_word(&x->wait.lock);
		return ret != 0 ? ret : 1;
	}
	if (!may_wait || timeout == 0) {
		unlock_word(&x->wait.lock);
		return state == TASK_UNINTERRUPTIBLE || timeout == 0 ? 0 : -ERESTARTSYS;
	}
	list_add_tail(&entry.entry, &x->wait.head);
	for (;;) {
		// Under the lock: who completes it behind this finds the state.
		set_current_state(state);
		if (signal_pending_state(state, task_current())) {
			ret = -ERESTARTSYS;
			break;
		}
		unlock_word(&x->wait.lock);
		ret = schedule_timeout(ret);
		lock_completion(x);
		if (take(x)) {
			ret = ret > 0 ? ret : 1;
			break;
		}
		if (ret == 0)
			break;
	}
	__set_current_state(TASK_RUNNING);
	list_del(&entry.entry);
	unlock_word(&x->wait.lock);
	return ret;
}

static long clamp_timeout(unsigned long timeout)
{
	return timeout > LONG_MAX ? MAX_SCHEDULE_TIMEOUT : (long)timeout;
}

static int of_signal(long ret)
{
	return ret == -ERESTARTSYS ? -ERESTARTSYS : 0;
}

EXPORT_C void wait_for_completion(struct completion *x)
{
	wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE, "wait_for_completion");
}

EXPORT_C void wait_for_completion_io(struct completion *x)
{
	wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_UNINTERRUPTIBLE, "wait_for_completion_io");
}

EXPORT_C int wait_for_completion_interruptible(struct completion *x)
{
	return of_signal(wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_INTERRUPTIBLE,
				  "wait_for_completion_interruptible"));
}

EXPORT_C int wait_for_completion_killable(struct completion *x)
{
	return of_signal(
		wait_for(x, MAX_SCHEDULE_TIMEOUT, TASK_KILLABLE, "wait_for_completion_killable"));
}

EXPORT_C unsigned long wait_for_completion_timeout(struct completion *x, unsigned long timeout)
{
	return (unsigned long)wait_for(x, clamp_timeout(timeout), TASK_UNINTERRUPTIBLE,
				       "wait_for_completion_timeout");
}

EXPORT_C unsigned long wait_for_completion_io_timeout(struct completion *x, unsigned long timeout)
{
	return (unsigned long)wait_for(x, clamp_timeout(timeout), TASK_UNINTERRUPTIBLE,
				       "wait_for_completion_io_timeout");
}

EXPORT_C long wait_for_completion_interruptible_timeout(struct completion *x, unsigned long timeout)
{
	return wait_for(x, clamp_timeout(timeout), TASK_INTERRUPTIBLE,
			"wait_for_completion_interruptible_timeout");
}

EXPORT_C long wait_for_completion_killable_timeout(struct completion *x, unsigned long timeout)
{
	return wait_for(x, clamp_timeout(timeout), TASK_KILLABLE,
			"wait_for_completion_killable_timeout");
}
