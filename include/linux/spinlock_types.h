// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/spinlock_types.h>. One word: 0 free, anything else held. C puts the holder there,
// which 1, the TypeScript's mark, does not tell.
#ifndef PADATA_LINUX_SPINLOCK_TYPES_H
#define PADATA_LINUX_SPINLOCK_TYPES_H

#include <linux/lockdep.h>
#include <linux/types.h>

typedef struct spinlock {
	int locked;
} spinlock_t;

// Nothing is preempted, so there is one kind.
typedef spinlock_t raw_spinlock_t;
typedef spinlock_t arch_spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name) { 0 }
#define __SPIN_LOCK_INITIALIZER(name) { 0 }
#define DEFINE_SPINLOCK(name) spinlock_t name = __SPIN_LOCK_UNLOCKED(name)
#define __RAW_SPIN_LOCK_UNLOCKED(name) { 0 }
#define __RAW_SPIN_LOCK_INITIALIZER(name) { 0 }
#define DEFINE_RAW_SPINLOCK(name) raw_spinlock_t name = __RAW_SPIN_LOCK_UNLOCKED(name)
#define __ARCH_SPIN_LOCK_UNLOCKED { 0 }

// 0 free, the number of readers, or below 0 for a writer.
typedef struct rwlock {
	int count;
	int writer;
} rwlock_t;

#define __RW_LOCK_UNLOCKED(name) { 0, 0 }
#define DEFINE_RWLOCK(name) rwlock_t name = __RW_LOCK_UNLOCKED(name)

#endif
