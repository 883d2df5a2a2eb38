// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/spinlock.h>. One word: 0 free, 1 held. There are no interrupts, so no _irq locks.
#ifndef PADATA_LINUX_SPINLOCK_H
#define PADATA_LINUX_SPINLOCK_H

#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/types.h>

typedef struct spinlock {
	int locked;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name) { 0 }
#define DEFINE_SPINLOCK(name) spinlock_t name = __SPIN_LOCK_UNLOCKED(name)

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

static inline int spin_is_locked(spinlock_t *lock)
{
	return READ_ONCE(lock->locked) != 0;
}

void spin_lock(spinlock_t *lock);
int spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_lock_bh(spinlock_t *lock);
int spin_trylock_bh(spinlock_t *lock);
void spin_unlock_bh(spinlock_t *lock);

#endif
