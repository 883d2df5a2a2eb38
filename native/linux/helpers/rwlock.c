// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/rwlock.h>. count is the number of readers, or WRITER; writer the writing task's number.
#include "linux/sync.h"

enum { WRITER = -1 };
enum { TOO_MANY_TURNS = 100000 };

static void wait_a_turn(rwlock_t *lock, const char *what, unsigned int turns)
{
	struct task_struct *me = task_current();

	relax(turns);
	if (turns == TOO_MANY_TURNS)
		kernel_misuse(
			"BUG: soft lockup: %s/%d spins in %s of %p: readers: %d, writer: pid %d",
			me->comm, me->pid, what, (void *)lock, lock->count < 0 ? 0 : lock->count,
			lock->writer);
}

/* The caller writes already: a kernel would hang. */
static bool recursion(rwlock_t *lock, const char *what)
{
	struct task_struct *me = task_current();

	if (__atomic_load_n(&lock->count, __ATOMIC_RELAXED) != WRITER ||
	    __atomic_load_n(&lock->writer, __ATOMIC_RELAXED) != me->pid)
		return false;
	kernel_misuse("BUG: rwlock recursion: %s of %p by %s/%d, who holds it for writing: "
		      "a kernel would hang here",
		      what, (void *)lock, me->comm, me->pid);
	return true;
}

EXPORT_C int read_trylock(rwlock_t *lock)
{
	int count = __atomic_load_n(&lock->count, __ATOMIC_RELAXED);

	while (count >= 0) {
		if (__atomic_compare_exchange_n(&lock->count, &count, count + 1, false,
						__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
			++*task_preempt_count();
			san_acquire(lock);
			return 1;
		}
	}
	return 0;
}

EXPORT_C void read_lock(rwlock_t *lock)
{
	for (unsigned int turns = 0; !read_trylock(lock); turns++) {
		if (turns == 0 && recursion(lock, "read_lock")) {
			++*task_preempt_count();
			return;
		}
		wait_a_turn(lock, "read_lock", turns);
	}
}

EXPORT_C void read_unlock(rwlock_t *lock)
{
	if (__atomic_load_n(&lock->count, __ATOMIC_RELAXED) <= 0) {
		kernel_misuse("BUG: read_unlock of rwlock %p, which nobody reads", (void *)lock);
		return;
	}
	// Its own address: readers are ordered before the next writer, not before each other.
	san_release(&lock->writer);
	__atomic_sub_fetch(&lock->count, 1, __ATOMIC_SEQ_CST);
	--*task_preempt_count();
}

EXPORT_C int write_trylock(rwlock_t *lock)
{
	struct task_struct *me = task_current();
	int count = 0;

	if (!__atomic_compare_exchange_n(&lock->count, &count, WRITER, false, __ATOMIC_SEQ_CST,
					 __ATOMIC_RELAXED))
		return 0;
	__atomic_store_n(&lock->writer, me->pid, __ATOMIC_RELAXED);
	me->machine.preempt_count++;
	san_acquire(lock);
	san_acquire(&lock->writer);
	return 1;
}

EXPORT_C void write_lock(rwlock_t *lock)
{
	for (unsigned int turns = 0; !write_trylock(lock); turns++) {
		if (turns == 0 && recursion(lock, "write_lock")) {
			++*task_preempt_count();
			return;
		}
		wait_a_turn(lock, "write_lock", turns);
	}
}

EXPORT_C void write_unlock(rwlock_t *lock)
{
	struct task_struct *me = task_current();

	if (__atomic_load_n(&lock->count, __ATOMIC_RELAXED) != WRITER) {
		kernel_misuse("BUG: write_unlock of rwlock %p, which nobody writes", (void *)lock);
		return;
	}
	if (lock->writer != me->pid)
		kernel_misuse("BUG: rwlock wrong owner: %s/%d releases %p, which pid %d holds",
			      me->comm, me->pid, (void *)lock, lock->writer);
	__atomic_store_n(&lock->writer, 0, __ATOMIC_RELAXED);
	san_release(lock);
	__atomic_store_n(&lock->count, 0, __ATOMIC_SEQ_CST);
	me->machine.preempt_count--;
}

EXPORT_C void read_lock_bh(rwlock_t *lock)
{
	local_bh_disable();
	read_lock(lock);
}

EXPORT_C void read_unlock_bh(rwlock_t *lock)
{
	read_unlock(lock);
	local_bh_enable();
}

EXPORT_C void write_lock_bh(rwlock_t *lock)
{
	local_bh_disable();
	write_lock(lock);
}

EXPORT_C void write_unlock_bh(rwlock_t *lock)
{
	write_unlock(lock);
	local_bh_enable();
}
