// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/spinlock.h>. One word, by the protocol of lib/linux/spinlock.ts. There are no
// interrupts (<linux/irqflags.h>), so the _irq functions only count; a lock held, like softirqs
// disabled, makes sleeping a bug.
#ifndef PADATA_LINUX_SPINLOCK_H
#define PADATA_LINUX_SPINLOCK_H

#include <asm/barrier.h>
#include <asm/processor.h>
#include <linux/bottom_half.h>
#include <linux/compiler.h>
#include <linux/irqflags.h>
#include <linux/preempt.h>
#include <linux/spinlock_types.h>
#include <linux/typecheck.h>
#include <linux/types.h>

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

static inline int spin_is_locked(spinlock_t *lock)
{
	return READ_ONCE(lock->locked) != 0;
}

static inline int spin_can_lock(spinlock_t *lock)
{
	return READ_ONCE(lock->locked) == 0;
}

void spin_lock(spinlock_t *lock);
int spin_trylock(spinlock_t *lock);
void spin_unlock(spinlock_t *lock);
void spin_lock_bh(spinlock_t *lock);
int spin_trylock_bh(spinlock_t *lock);
void spin_unlock_bh(spinlock_t *lock);
void spin_lock_irq(spinlock_t *lock);
int spin_trylock_irq(spinlock_t *lock);
void spin_unlock_irq(spinlock_t *lock);
unsigned long _raw_spin_lock_irqsave(spinlock_t *lock);
void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags);
void spin_unlock_wait(spinlock_t *lock);
#define spin_is_contended(lock) ((void)(lock), 0)
#define spin_needbreak(lock) ((void)(lock), 0)
// True with the lock held if it has brought the counter to 0.
int _atomic_dec_and_lock(atomic_t *atomic, spinlock_t *lock);
#define atomic_dec_and_lock(atomic, lock) _atomic_dec_and_lock(atomic, lock)
#define atomic_dec_and_lock_irqsave(atomic, lock, flags) ({ \
	local_irq_save(flags); \
	int dec_ = _atomic_dec_and_lock(atomic, lock); \
	if (!dec_) \
		local_irq_restore(flags); \
	dec_; \
})

#define spin_lock_irqsave(lock, flags) do { \
	typecheck(unsigned long, flags); \
	(flags) = _raw_spin_lock_irqsave(lock); \
} while (0)
#define spin_trylock_irqsave(lock, flags) ({ \
	local_irq_save(flags); \
	int try_ = spin_trylock(lock); \
	if (!try_) \
		local_irq_restore(flags); \
	try_; \
})
#define spin_lock_nested(lock, subclass) spin_lock(lock)
#define spin_lock_bh_nested(lock, subclass) spin_lock_bh(lock)
#define spin_lock_nest_lock(lock, nest_lock) spin_lock(lock)
#define spin_lock_irqsave_nested(lock, flags, subclass) spin_lock_irqsave(lock, flags)
#define assert_spin_locked(lock) ((void)(lock))

#define raw_spin_lock_init(lock) spin_lock_init(lock)
#define raw_spin_is_locked(lock) spin_is_locked(lock)
#define raw_spin_lock(lock) spin_lock(lock)
#define raw_spin_trylock(lock) spin_trylock(lock)
#define raw_spin_unlock(lock) spin_unlock(lock)
#define raw_spin_lock_bh(lock) spin_lock_bh(lock)
#define raw_spin_trylock_bh(lock) spin_trylock_bh(lock)
#define raw_spin_unlock_bh(lock) spin_unlock_bh(lock)
#define raw_spin_lock_irq(lock) spin_lock_irq(lock)
#define raw_spin_trylock_irq(lock) spin_trylock_irq(lock)
#define raw_spin_unlock_irq(lock) spin_unlock_irq(lock)
#define raw_spin_lock_irqsave(lock, flags) spin_lock_irqsave(lock, flags)
#define raw_spin_trylock_irqsave(lock, flags) spin_trylock_irqsave(lock, flags)
#define raw_spin_unlock_irqrestore(lock, flags) spin_unlock_irqrestore(lock, flags)
#define raw_spin_lock_nested(lock, subclass) spin_lock(lock)
#define raw_spin_lock_irqsave_nested(lock, flags, subclass) spin_lock_irqsave(lock, flags)

#include <linux/rwlock.h>

#endif
