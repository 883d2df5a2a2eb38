// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/mutex.h>. Only owner is used: the owning thread's number + 1, and a flag while somebody waits.
#ifndef PADATA_LINUX_MUTEX_H
#define PADATA_LINUX_MUTEX_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/spinlock.h>

struct mutex {
	long owner;
	spinlock_t wait_lock;
	int osq[1];
	struct list_head wait_list;
};

#define __MUTEX_INITIALIZER(lockname) { .wait_list = LIST_HEAD_INIT((lockname).wait_list) }
#define DEFINE_MUTEX(mutexname) struct mutex mutexname = __MUTEX_INITIALIZER(mutexname)

static inline void mutex_init(struct mutex *lock)
{
	*lock = (struct mutex)__MUTEX_INITIALIZER(*lock);
}

static inline bool mutex_is_locked(struct mutex *lock)
{
	return READ_ONCE(lock->owner) != 0;
}

void mutex_lock(struct mutex *lock);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);

#endif
