// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/rwsem.h>. The twin is lib/linux/rwsem.ts. There are two because a semaphore of C may lie
// outside of the machine's memory, and a thread without JavaScript may take it.
//
// All fields are under wait_lock. A writer that waits keeps new readers out, as in the kernel; but
// not those of its own task, which run on top of it (may_be_buried): it cannot come before they are
// done.
#include <linux/rwsem.h>

#include "linux/sync.h"

enum { WRITER = -1 };

static bool may_read(struct rw_semaphore *sem, struct task_struct *me)
{
	struct waiter *waiter;

	if (sem->count < 0)
		return false;
	if (sem->waiters == 0)
		return true;
	list_for_each_entry(waiter, &sem->wait_list, list)
		if (waiter->writer && waiter->task == me)
			return true;
	return false;
}

static bool take(struct rw_semaphore *sem, struct task_struct *me, bool write)
{
	if (write ? sem->count != 0 : !may_read(sem, me))
		return false;
	if (write) {
		sem->count = WRITER;
		sem->owner = (long)me;
		// Behind the last writer and all readers since.
		san_acquire(&sem->owner);
	} else {
		sem->count++;
	}
	me->machine.held++;
	san_acquire(sem);
	return true;
}

/* Who may be able to go on now: all readers before the first writer that can come, and that one. */
static void wake_waiters(struct rw_semaphore *sem)
{
	struct waiter *waiter;

	list_for_each_entry(waiter, &sem->wait_list, list) {
		task_wake(waiter->task);
		if (waiter->writer && !may_be_buried(waiter->task))
			break;
	}
}

static int lock_rwsem(struct rw_semaphore *sem, bool write, long state, const char *what)
{
	struct task_struct *me = task_current();
	struct waiter waiter = { .task = me, .writer = write };
	bool may_wait = may_sleep(what);
	int err = 0;

	lock_word(&sem->wait_lock);
	if (take(sem, me, write)) {
		unlock_word(&sem->wait_lock);
		return 0;
	}
	if (sem->count == WRITER && sem->owner == (long)me) {
		sem->releases++;
		unlock_word(&sem->wait_lock);
		kernel_misuse("INFO: task %s:%d blocked for ever: %s of rwsem %p, "
			      "which it holds for writing: a kernel would hang here",
			      me->comm, me->pid, what, (void *)sem);
		return 0;
	}
	if (sem->wait_list.next == NULL) {
		kernel_misuse(
			"BUG: rwsem %p has never been initialized: DECLARE_RWSEM() or init_rwsem()",
			(void *)sem);
		INIT_LIST_HEAD(&sem->wait_list);
	}
	list_add_tail(&waiter.list, &sem->wait_list);
	sem->waiters += write;
	for (unsigned int turns = 0; !take(sem, me, write); turns++) {
		if (signal_pending_state(state, me)) {
			err = -EINTR;
			break;
		}
		unlock_word(&sem->wait_lock);
		// Who is not allowed to sleep must not go on without it either: so it spins.
		if (may_wait)
			sleep_turn(state, INT64_MAX);
		else
			relax(turns);
		lock_word(&sem->wait_lock);
	}
	list_del(&waiter.list);
	sem->waiters -= write;
	if (err != 0)
		wake_waiters(sem);
	unlock_word(&sem->wait_lock);
	return err;
}

EXPORT_C void down_read(struct rw_semaphore *sem)
{
	lock_rwsem(sem, false, TASK_UNINTERRUPTIBLE, "down_read");
}

EXPORT_C int down_read_killable(struct rw_semaphore *sem)
{
	return lock_rwsem(sem, false, TASK_KILLABLE, "down_read_killable");
}

EXPORT_C void down_write(struct rw_semaphore *sem)
{
	lock_rwsem(sem, true, TASK_UNINTERRUPTIBLE, "down_write");
}

EXPORT_C int down_write_killable(struct rw_semaphore *sem)
{
	return lock_rwsem(sem, true, TASK_KILLABLE, "down_write_killable");
}

static int try(struct rw_semaphore *sem, bool write)
{
	int taken;

	lock_word(&sem->wait_lock);
	taken = take(sem, task_current(), write);
	unlock_word(&sem->wait_lock);
	return taken;
}

EXPORT_C int down_read_trylock(struct rw_semaphore *sem)
{
	return try(sem, false);
}

EXPORT_C int down_write_trylock(struct rw_semaphore *sem)
{
	return try(sem, true);
}

/* Was it one more than the first, which has been reported? */
static bool release_again(struct rw_semaphore *sem)
{
	if (sem->count != WRITER || sem->owner != (long)task_current() || sem->releases == 0)
		return false;
	sem->releases--;
	return true;
}

/*
 * A reader may be let go by another task: then both counts are wrong, and the other one's errs to
 * the safe side.
 */
static void let_go(struct task_struct *task)
{
	if (task->machine.held > 0)
		task->machine.held--;
}

EXPORT_C void up_read(struct rw_semaphore *sem)
{
	bool held = true;

	// Readers are ordered before the next writer, not before each other.
	san_release(&sem->owner);
	lock_word(&sem->wait_lock);
	if (!release_again(sem)) {
		held = sem->count > 0;
		if (held)
			let_go(task_current());
		if (held && --sem->count == 0)
			wake_waiters(sem);
	}
	unlock_word(&sem->wait_lock);
	if (!held)
		kernel_misuse("BUG: up_read of rwsem %p, which nobody reads", (void *)sem);
}

EXPORT_C void up_write(struct rw_semaphore *sem)
{
	bool held, mine = true;

	san_release(sem);
	lock_word(&sem->wait_lock);
	held = sem->count == WRITER;
	if (held && !release_again(sem)) {
		mine = sem->owner == (long)task_current();
		if (mine)
			let_go(task_current());
		sem->count = 0;
		sem->owner = 0;
		wake_waiters(sem);
	}
	unlock_word(&sem->wait_lock);
	if (!held)
		kernel_misuse("BUG: up_write of rwsem %p, which nobody writes", (void *)sem);
	if (!mine)
		kernel_misuse("BUG: up_write of rwsem %p, which another task holds", (void *)sem);
}

EXPORT_C void downgrade_write(struct rw_semaphore *sem)
{
	bool held;

	san_release(sem);
	lock_word(&sem->wait_lock);
	held = sem->count == WRITER;
	if (held) {
		sem->count = 1;
		sem->owner = 0;
		wake_waiters(sem);
	}
	unlock_word(&sem->wait_lock);
	if (!held)
		kernel_misuse("BUG: downgrade_write of rwsem %p, which nobody writes", (void *)sem);
}
