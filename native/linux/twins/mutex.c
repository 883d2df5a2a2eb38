// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/mutex.h>. The twin is lib/linux/mutex.ts, whose owner is a thread's number. There are two
// because a mutex of C may lie outside of the machine's memory, a thread without JavaScript may
// take it, and to take a free one must not cost a call into TypeScript.
//
// The owner word is the owning task, and WAITERS while there are some: then the release goes
// through the list. A mutex is free for whoever comes first. It is not handed to a waiter, who may
// be unable to take it (may_be_buried).
#include <linux/mutex.h>

#include "linux/sync.h"

enum { WAITERS = 1 };
enum { SPINS = 100 };

static long owner_of(struct mutex *lock)
{
	return __atomic_load_n(&lock->owner, __ATOMIC_RELAXED) & ~(long)WAITERS;
}

static bool take(struct mutex *lock, struct task_struct *me)
{
	long owner = __atomic_load_n(&lock->owner, __ATOMIC_RELAXED);

	while ((owner & ~(long)WAITERS) == 0) {
		// Full barriers. Pairs with the release of mutex_unlock().
		if (__atomic_compare_exchange_n(&lock->owner, &owner, (long)me | owner, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
			me->machine.held++;
			san_acquire(lock);
			return true;
		}
	}
	return false;
}

static int wait_for_mutex(struct mutex *lock, struct task_struct *me, long state)
{
	struct waiter waiter = { .task = me };
	int err = 0;

	for (unsigned int turns = 0; turns < SPINS; turns++) {
		if (take(lock, me))
			return 0;
		relax(turns);
	}
	lock_word(&lock->wait_lock);
	if (lock->wait_list.next == NULL) {
		kernel_misuse(
			"BUG: mutex %p has never been initialized: DEFINE_MUTEX() or mutex_init()",
			(void *)lock);
		INIT_LIST_HEAD(&lock->wait_list);
	}
	list_add_tail(&waiter.list, &lock->wait_list);
	for (;;) {
		// Before the look at the owner: who releases it later sees that there are waiters,
		// and needs wait_lock to wake them.
		__atomic_fetch_or(&lock->owner, WAITERS, __ATOMIC_SEQ_CST);
		if (take(lock, me))
			break;
		if (signal_pending_state(state, me)) {
			err = -EINTR;
			break;
		}
		unlock_word(&lock->wait_lock);
		sleep_turn(state, INT64_MAX);
		lock_word(&lock->wait_lock);
	}
	list_del(&waiter.list);
	if (list_empty(&lock->wait_list))
		__atomic_fetch_and(&lock->owner, ~(long)WAITERS, __ATOMIC_SEQ_CST);
	else if (err != 0 && owner_of(lock) == 0)
		// The wake-up that this one leaves unused may have been the only one.
		wake_first(&lock->wait_list);
	unlock_word(&lock->wait_lock);
	return err;
}

static int lock_mutex(struct mutex *lock, long state, const char *what)
{
	struct task_struct *me = task_current();
	bool may_wait = may_sleep(what);
	int err;

	if (take(lock, me))
		return 0;
	if (owner_of(lock) == (long)me) {
		kernel_misuse("INFO: task %s:%d blocked for ever: %s of mutex %p, "
			      "which it holds already%s: a kernel would hang here",
			      me->comm, me->pid, what, (void *)lock,
			      may_be_buried(me) ?
				      " (itself, or a work item that sleeps on the same CPU)" :
				      "");
		if (state != TASK_UNINTERRUPTIBLE)
			return -EINTR;
		lock->osq[0]++;
		return 0;
	}
	if (!may_wait) {
		// It cannot sleep, and must not go on without: so it spins.
		for (unsigned int turns = 0; !take(lock, me); turns++)
			relax(turns);
		return 0;
	}
	err = wait_for_mutex(lock, me, state);
	return err;
}

EXPORT_C void mutex_lock(struct mutex *lock)
{
	lock_mutex(lock, TASK_UNINTERRUPTIBLE, "mutex_lock");
}

EXPORT_C void mutex_lock_io(struct mutex *lock)
{
	lock_mutex(lock, TASK_UNINTERRUPTIBLE, "mutex_lock_io");
}

EXPORT_C int mutex_lock_interruptible(struct mutex *lock)
{
	return lock_mutex(lock, TASK_INTERRUPTIBLE, "mutex_lock_interruptible");
}

EXPORT_C int mutex_lock_killable(struct mutex *lock)
{
	return lock_mutex(lock, TASK_KILLABLE, "mutex_lock_killable");
}

EXPORT_C int mutex_trylock(struct mutex *lock)
{
	return take(lock, task_current());
}

EXPORT_C enum mutex_trylock_recursive_enum mutex_trylock_recursive(struct mutex *lock)
{
	if (owner_of(lock) == (long)task_current())
		return MUTEX_TRYLOCK_RECURSIVE;
	return mutex_trylock(lock) ? MUTEX_TRYLOCK_SUCCESS : MUTEX_TRYLOCK_FAILED;
}

EXPORT_C void mutex_unlock(struct mutex *lock)
{
	struct task_struct *me = task_current();
	long owner = owner_of(lock);

	if (owner == 0) {
		kernel_misuse("BUG: mutex_unlock: %s/%d releases mutex %p, which nobody holds",
			      me->comm, me->pid, (void *)lock);
		return;
	}
	if (owner != (long)me)
		kernel_misuse(
			"BUG: mutex_unlock: %s/%d releases mutex %p, which another task holds",
			me->comm, me->pid, (void *)lock);
	else if (lock->osq[0] > 0) {
		lock->osq[0]--;
		return;
	}
	if (owner == (long)me)
		me->machine.held--;
	san_release(lock);
	// Full barriers. Pairs with take().
	if (__atomic_compare_exchange_n(&lock->owner, &owner, 0, false, __ATOMIC_SEQ_CST,
					__ATOMIC_RELAXED))
		return;
	lock_word(&lock->wait_lock);
	// The waiters may have left meanwhile, and taken the mark along.
	__atomic_fetch_and(&lock->owner, WAITERS, __ATOMIC_SEQ_CST);
	wake_first(&lock->wait_list);
	unlock_word(&lock->wait_lock);
}

EXPORT_C void mutex_destroy(struct mutex *lock)
{
	if (owner_of(lock) != 0)
		kernel_misuse("BUG: mutex_destroy of mutex %p, which is locked", (void *)lock);
}

EXPORT_C int atomic_dec_and_mutex_lock(atomic_t *cnt, struct mutex *lock)
{
	if (atomic_add_unless(cnt, -1, 1))
		return 0;
	mutex_lock(lock);
	if (atomic_dec_and_test(cnt))
		return 1;
	mutex_unlock(lock);
	return 0;
}
