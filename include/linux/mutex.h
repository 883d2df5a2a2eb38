// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/mutex.h>. owner: the owning task, and a flag while somebody waits; osq: how often
// the owner took it again, which is a bug that has been reported. To take a mutex that one's own
// thread holds would hang in the kernel; a work item that runs while another one of its CPU sleeps
// with the mutex counts as the same thread.
#ifndef PADATA_LINUX_MUTEX_H
#define PADATA_LINUX_MUTEX_H

#include <asm/current.h>
#include <asm/processor.h>
#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock_types.h>

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
#define __mutex_init(lock, name, key) mutex_init(lock)

static inline bool mutex_is_locked(struct mutex *lock)
{
	long owner = READ_ONCE(lock->owner);

	// Without a list it is one of the TypeScript's (lib/linux/mutex.ts), whose threads are
	// numbers: 1 is the first of them. Of C's, 1 says that there are waiters.
	return lock->wait_list.next ? (owner & ~1l) != 0 : owner != 0;
}

void mutex_destroy(struct mutex *lock);
void mutex_lock(struct mutex *lock);
int __must_check mutex_lock_interruptible(struct mutex *lock);
int __must_check mutex_lock_killable(struct mutex *lock);
void mutex_lock_io(struct mutex *lock);
// 1 if it was taken.
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
// True with the lock held if it has brought the counter to 0.
int atomic_dec_and_mutex_lock(atomic_t *cnt, struct mutex *lock);

#define mutex_lock_nested(lock, subclass) mutex_lock(lock)
#define mutex_lock_interruptible_nested(lock, subclass) mutex_lock_interruptible(lock)
#define mutex_lock_killable_nested(lock, subclass) mutex_lock_killable(lock)
#define mutex_lock_nest_lock(lock, nest_lock) mutex_lock(lock)
#define mutex_lock_io_nested(lock, subclass) mutex_lock_io(lock)

enum mutex_trylock_recursive_enum {
	MUTEX_TRYLOCK_FAILED = 0,
	MUTEX_TRYLOCK_SUCCESS = 1,
	MUTEX_TRYLOCK_RECURSIVE = 2,
};
enum mutex_trylock_recursive_enum __must_check mutex_trylock_recursive(struct mutex *lock);

#endif
