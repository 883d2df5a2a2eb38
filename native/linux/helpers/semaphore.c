// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/semaphore.h>. A count that is free for whoever comes first; it is not handed to a waiter,
// who may be unable to take it (may_be_buried).
#include <linux/semaphore.h>

#include "linux/sync.h"

static bool take(struct semaphore *sem)
{
	if (sem->count == 0)
		return false;
	sem->count--;
	san_acquire(sem);
	return true;
}

static int wait_for_semaphore(struct semaphore *sem, long state, int64_t deadline, const char *what)
{
	struct task_struct *me = task_current();
	struct waiter waiter = { .task = me };
	bool may_wait = may_sleep(what), over = false;
	int err = 0;

	lock_word(&sem->lock);
	if (take(sem)) {
		unlock_word(&sem->lock);
		return 0;
	}
	if (sem->wait_list.next == NULL) {
		kernel_misuse("BUG: semaphore %p has never been initialized: "
			      "DEFINE_SEMAPHORE() or sema_init()",
			      (void *)sem);
		INIT_LIST_HEAD(&sem->wait_list);
	}
	list_add_tail(&waiter.list, &sem->wait_list);
	for (unsigned int turns = 0; !take(sem); turns++) {
		if (signal_pending_state(state, me))
			err = -EINTR;
		else if (over)
			err = -ETIME;
		if (err != 0)
			break;
		unlock_word(&sem->lock);
		// Who is not allowed to sleep must not go on without it either: so it spins.
		if (may_wait) {
			over = !sleep_turn(state, deadline);
		} else {
			relax(turns);
			over = monotonic_ns() >= deadline;
		}
		lock_word(&sem->lock);
	}
	list_del(&waiter.list);
	// Several may have been released while only the first waiter was woken, who now has one, or
	// has given up.
	if (sem->count > 0)
		wake_first(&sem->wait_list);
	unlock_word(&sem->lock);
	return err;
}

EXPORT_C void down(struct semaphore *sem)
{
	wait_for_semaphore(sem, TASK_UNINTERRUPTIBLE, INT64_MAX, "down");
}

EXPORT_C int down_interruptible(struct semaphore *sem)
{
	return wait_for_semaphore(sem, TASK_INTERRUPTIBLE, INT64_MAX, "down_interruptible");
}

EXPORT_C int down_killable(struct semaphore *sem)
{
	return wait_for_semaphore(sem, TASK_KILLABLE, INT64_MAX, "down_killable");
}

EXPORT_C int down_timeout(struct semaphore *sem, long timeout)
{
	return wait_for_semaphore(sem, TASK_UNINTERRUPTIBLE, deadline_after((unsigned long)timeout),
				  "down_timeout");
}

EXPORT_C int down_trylock(struct semaphore *sem)
{
	bool taken;

	lock_word(&sem->lock);
	taken = take(sem);
	unlock_word(&sem->lock);
	return !taken;
}

EXPORT_C void up(struct semaphore *sem)
{
	san_release(sem);
	lock_word(&sem->lock);
	sem->count++;
	if (sem->wait_list.next != NULL)
		wake_first(&sem->wait_list);
	unlock_word(&sem->lock);
}
