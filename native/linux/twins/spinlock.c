// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/spinlock.h>. The twin is lib/linux/spinlock.ts, and the two take the same word, where 0 is
// free and anything else held. There are two because a lock of C may lie outside of the machine's
// memory, and because to take one must not cost a call into TypeScript.
//
// C puts its task's number into the word, to tell who takes a lock twice or releases another's. The
// TypeScript puts in its thread's number + 2, or 1.
#include "linux/sync.h"

enum { HELD_BY_C = 0x40000000 };
/* relax() naps 0.1 ms at a time in the end: some 10 s. */
enum { TOO_MANY_TURNS = 100000 };

static int mark_of(const struct task_struct *task)
{
	return HELD_BY_C | task->pid;
}

static void stuck(spinlock_t *lock, int holder)
{
	struct task_struct *me = task_current();

	if (holder & HELD_BY_C)
		kernel_misuse("BUG: soft lockup: %s/%d spins for a spinlock %p that pid %d holds",
			      me->comm, me->pid, (void *)lock, holder & ~HELD_BY_C);
	else
		kernel_misuse("BUG: soft lockup: %s/%d spins for a spinlock %p", me->comm, me->pid,
			      (void *)lock);
}

void lock_word(spinlock_t *lock)
{
	struct task_struct *me = task_current();
	int mine = mark_of(me), found = 0;
	unsigned int turns = 0;

	me->machine.preempt_count++;
	// A full barrier, as the TypeScript's. Pairs with the store of unlock_word().
	while (!__atomic_compare_exchange_n(&lock->locked, &found, mine, false, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED)) {
		if (found == mine) {
			kernel_misuse("BUG: spinlock recursion: %s/%d holds spinlock %p already: "
				      "a kernel would hang here",
				      me->comm, me->pid, (void *)lock);
			return;
		}
		while ((found = __atomic_load_n(&lock->locked, __ATOMIC_RELAXED)) != 0) {
			relax(turns);
			if (++turns == TOO_MANY_TURNS)
				stuck(lock, found);
		}
	}
}

void unlock_word(spinlock_t *lock)
{
	struct task_struct *me = task_current();
	int found = __atomic_load_n(&lock->locked, __ATOMIC_RELAXED);

	if (found == 0) {
		kernel_misuse("BUG: spinlock already unlocked: %s/%d releases spinlock %p, "
			      "which nobody holds",
			      me->comm, me->pid, (void *)lock);
		return;
	}
	if (found != mark_of(me) && found & HELD_BY_C)
		kernel_misuse(
			"BUG: spinlock wrong owner: %s/%d releases spinlock %p, which pid %d holds",
			me->comm, me->pid, (void *)lock, found & ~HELD_BY_C);
	// The last access to the lock, which may be gone behind it. Full: kicks look behind it
	// whether a CPU sleeps.
	__atomic_store_n(&lock->locked, 0, __ATOMIC_SEQ_CST);
	me->machine.preempt_count--;
}

EXPORT_C void spin_lock(spinlock_t *lock)
{
	lock_word(lock);
	san_acquire(lock);
}

EXPORT_C int spin_trylock(spinlock_t *lock)
{
	struct task_struct *me = task_current();
	int found = 0;

	if (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED) != 0 ||
	    !__atomic_compare_exchange_n(&lock->locked, &found, mark_of(me), false,
					 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return 0;
	me->machine.preempt_count++;
	san_acquire(lock);
	return 1;
}

EXPORT_C void spin_unlock(spinlock_t *lock)
{
	san_release(lock);
	unlock_word(lock);
}

EXPORT_C void spin_lock_bh(spinlock_t *lock)
{
	local_bh_disable();
	spin_lock(lock);
}

EXPORT_C int spin_trylock_bh(spinlock_t *lock)
{
	local_bh_disable();
	if (spin_trylock(lock))
		return 1;
	local_bh_enable();
	return 0;
}

EXPORT_C void spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock(lock);
	local_bh_enable();
}

EXPORT_C void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

EXPORT_C int spin_trylock_irq(spinlock_t *lock)
{
	local_irq_disable();
	if (spin_trylock(lock))
		return 1;
	local_irq_enable();
	return 0;
}

EXPORT_C void spin_unlock_irq(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

EXPORT_C unsigned long _raw_spin_lock_irqsave(spinlock_t *lock)
{
	unsigned long flags = arch_local_irq_save();

	spin_lock(lock);
	return flags;
}

EXPORT_C void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	arch_local_irq_restore(flags);
}

EXPORT_C void spin_unlock_wait(spinlock_t *lock)
{
	unsigned int turns = 0;

	while (__atomic_load_n(&lock->locked, __ATOMIC_ACQUIRE) != 0)
		relax(turns++);
	san_acquire(lock);
}

EXPORT_C int _atomic_dec_and_lock(atomic_t *atomic, spinlock_t *lock)
{
	san_release(atomic);
	if (atomic_add_unless(atomic, -1, 1))
		return 0;
	spin_lock(lock);
	if (atomic_dec_and_test(atomic)) {
		// Whoever dropped a reference before is done with what it was for.
		san_acquire(atomic);
		return 1;
	}
	spin_unlock(lock);
	return 0;
}
