// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rwsem.h>. count: readers, or -1 for a writer; waiters: writers that wait; releases: changes with every
// release, to sleep on. The others keep the kernel's places.
#ifndef PADATA_LINUX_RWSEM_H
#define PADATA_LINUX_RWSEM_H

#include <linux/list.h>
#include <linux/spinlock.h>

struct rw_semaphore {
	int count;
	int waiters;
	struct list_head wait_list;
	spinlock_t wait_lock;
	int releases;
	long owner;
};

#define __RWSEM_INITIALIZER(name) { .wait_list = LIST_HEAD_INIT((name).wait_list) }
#define DECLARE_RWSEM(name) struct rw_semaphore name = __RWSEM_INITIALIZER(name)

static inline void init_rwsem(struct rw_semaphore *sem)
{
	*sem = (struct rw_semaphore)__RWSEM_INITIALIZER(*sem);
}

void down_read(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);

#endif
