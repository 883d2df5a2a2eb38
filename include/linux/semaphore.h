// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/semaphore.h>. One task may release what another has taken.
#ifndef PADATA_LINUX_SEMAPHORE_H
#define PADATA_LINUX_SEMAPHORE_H

#include <linux/list.h>
#include <linux/spinlock.h>

struct semaphore {
	raw_spinlock_t lock;
	unsigned int count;
	struct list_head wait_list;
};

#define __SEMAPHORE_INITIALIZER(name, n) { \
	.lock = __RAW_SPIN_LOCK_UNLOCKED((name).lock), \
	.count = (n), \
	.wait_list = LIST_HEAD_INIT((name).wait_list), \
}
#define DEFINE_SEMAPHORE(name) struct semaphore name = __SEMAPHORE_INITIALIZER(name, 1)

static inline void sema_init(struct semaphore *sem, int val)
{
	*sem = (struct semaphore)__SEMAPHORE_INITIALIZER(*sem, (unsigned int)val);
}

void down(struct semaphore *sem);
int __must_check down_interruptible(struct semaphore *sem);
int __must_check down_killable(struct semaphore *sem);
// 0 if it was taken, which is the other way round than with all others.
int __must_check down_trylock(struct semaphore *sem);
// -ETIME if the jiffies were over first.
int __must_check down_timeout(struct semaphore *sem, long timeout);
void up(struct semaphore *sem);

#endif
