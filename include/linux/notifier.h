// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: the blocking, atomic and raw chains of <linux/notifier.h>. A block that is on the chain
// already is refused with -EEXIST, and a callback that would change its own chain with -EDEADLK,
// where 4.18 corrupts the chain or hangs.
#ifndef PADATA_LINUX_NOTIFIER_H
#define PADATA_LINUX_NOTIFIER_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

struct notifier_block;

typedef int (*notifier_fn_t)(struct notifier_block *nb, unsigned long action, void *data);

struct notifier_block {
	notifier_fn_t notifier_call;
	struct notifier_block __rcu *next;
	int priority;
};

struct blocking_notifier_head {
	struct rw_semaphore rwsem;
	struct notifier_block __rcu *head;
};

struct atomic_notifier_head {
	spinlock_t lock;
	struct notifier_block __rcu *head;
};

struct raw_notifier_head {
	struct notifier_block __rcu *head;
};

#define ATOMIC_NOTIFIER_INIT(name) { .lock = __SPIN_LOCK_UNLOCKED(name.lock), .head = NULL }
#define ATOMIC_NOTIFIER_HEAD(name) struct atomic_notifier_head name = ATOMIC_NOTIFIER_INIT(name)
#define ATOMIC_INIT_NOTIFIER_HEAD(name) do { \
	spin_lock_init(&(name)->lock); \
	(name)->head = NULL; \
} while (0)
#define RAW_NOTIFIER_INIT(name) { .head = NULL }
#define RAW_NOTIFIER_HEAD(name) struct raw_notifier_head name = RAW_NOTIFIER_INIT(name)
#define RAW_INIT_NOTIFIER_HEAD(name) do { (name)->head = NULL; } while (0)
#define BLOCKING_NOTIFIER_INIT(name) { .rwsem = __RWSEM_INITIALIZER((name).rwsem) }
#define BLOCKING_NOTIFIER_HEAD(name) \
	struct blocking_notifier_head name = BLOCKING_NOTIFIER_INIT(name)
#define BLOCKING_INIT_NOTIFIER_HEAD(name) do { \
	init_rwsem(&(name)->rwsem); \
	(name)->head = NULL; \
} while (0)

// Don't care.
#define NOTIFY_DONE 0x0000
// Suits me.
#define NOTIFY_OK 0x0001
// Call nobody further.
#define NOTIFY_STOP_MASK 0x8000
// Veto.
#define NOTIFY_BAD (NOTIFY_STOP_MASK | 0x0002)
#define NOTIFY_STOP (NOTIFY_OK | NOTIFY_STOP_MASK)

// An errno, negative or 0, as what a callback returns.
static inline int notifier_from_errno(int err)
{
	return err ? NOTIFY_STOP_MASK | (NOTIFY_OK - err) : NOTIFY_OK;
}

static inline int notifier_to_errno(int ret)
{
	int value = ret & ~NOTIFY_STOP_MASK;

	return value > NOTIFY_OK ? NOTIFY_OK - value : 0;
}

// These sleep. A chain is called in the order of the priorities, highest first.
int blocking_notifier_chain_register(struct blocking_notifier_head *nh, struct notifier_block *nb);
int blocking_notifier_chain_unregister(struct blocking_notifier_head *nh,
				       struct notifier_block *nb);
int blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val, void *v);

int __blocking_notifier_call_chain(struct blocking_notifier_head *nh, unsigned long val, void *v,
				   int nr_to_call, int *nr_calls);

// These do not, but for the unregistering of the first.
int atomic_notifier_chain_register(struct atomic_notifier_head *nh, struct notifier_block *nb);
int atomic_notifier_chain_unregister(struct atomic_notifier_head *nh, struct notifier_block *nb);
int atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long val, void *v);
int __atomic_notifier_call_chain(struct atomic_notifier_head *nh, unsigned long val, void *v,
				 int nr_to_call, int *nr_calls);

// The caller has a lock of its own.
int raw_notifier_chain_register(struct raw_notifier_head *nh, struct notifier_block *nb);
int raw_notifier_chain_unregister(struct raw_notifier_head *nh, struct notifier_block *nb);
int raw_notifier_call_chain(struct raw_notifier_head *nh, unsigned long val, void *v);
int __raw_notifier_call_chain(struct raw_notifier_head *nh, unsigned long val, void *v,
			      int nr_to_call, int *nr_calls);

#endif
