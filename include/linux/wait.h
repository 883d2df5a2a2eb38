// SPDX-License-Identifier: GPL-2.0-only
//
// stub: <linux/wait.h>, the head of a wait queue, which a completion contains. Sleepers sleep on a word of the machine's
// memory instead (lib/machine/park.ts), so nobody is ever on it.
#ifndef PADATA_LINUX_WAIT_H
#define PADATA_LINUX_WAIT_H

#include <linux/list.h>
#include <linux/spinlock.h>

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};
typedef struct wait_queue_head wait_queue_head_t;

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) { \
	.lock = __SPIN_LOCK_UNLOCKED((name).lock), \
	.head = LIST_HEAD_INIT((name).head), \
}

#endif
