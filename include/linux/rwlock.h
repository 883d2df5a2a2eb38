// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rwlock.h>. Spinlocks for many readers or one writer. A reader may take it again,
// so writers that wait keep nobody out.
#ifndef PADATA_LINUX_RWLOCK_H
#define PADATA_LINUX_RWLOCK_H

#include <linux/spinlock.h>

static inline void rwlock_init(rwlock_t *lock)
{
	lock->count = 0;
	lock->writer = 0;
}

static inline int rwlock_is_locked(rwlock_t *lock)
{
	return READ_ONCE(lock->count) != 0;
}

void read_lock(rwlock_t *lock);
int read_trylock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
int write_trylock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);

void read_lock_bh(rwlock_t *lock);
void read_unlock_bh(rwlock_t *lock);
void write_lock_bh(rwlock_t *lock);
void write_unlock_bh(rwlock_t *lock);

#define read_lock_irq(lock) do { local_irq_disable(); read_lock(lock); } while (0)
#define read_unlock_irq(lock) do { read_unlock(lock); local_irq_enable(); } while (0)
#define write_lock_irq(lock) do { local_irq_disable(); write_lock(lock); } while (0)
#define write_unlock_irq(lock) do { write_unlock(lock); local_irq_enable(); } while (0)
#define read_lock_irqsave(lock, flags) do { local_irq_save(flags); read_lock(lock); } while (0)
#define read_unlock_irqrestore(lock, flags) do { \
	read_unlock(lock); \
	local_irq_restore(flags); \
} while (0)
#define write_lock_irqsave(lock, flags) do { local_irq_save(flags); write_lock(lock); } while (0)
#define write_unlock_irqrestore(lock, flags) do { \
	write_unlock(lock); \
	local_irq_restore(flags); \
} while (0)
#define write_trylock_irqsave(lock, flags) ({ \
	local_irq_save(flags); \
	int try_ = write_trylock(lock); \
	if (!try_) \
		local_irq_restore(flags); \
	try_; \
})

#endif
