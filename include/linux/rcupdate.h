// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/rcupdate.h>. All flavours are one: synchronize_rcu() waits for the readers of
// all, as on a kernel without preemption. Callbacks of call_rcu() run on a kthread, not in softirq
// context.
#ifndef PADATA_LINUX_RCUPDATE_H
#define PADATA_LINUX_RCUPDATE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/types.h>

void rcu_read_lock(void);
void rcu_read_unlock(void);
void rcu_read_lock_bh(void);
void rcu_read_unlock_bh(void);
void synchronize_rcu(void);

// The callback is to be called after a grace period. (In the kernel rcu_head is an alias of
// callback_head.)
void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head));
// Wait until all callbacks that have been given to call_rcu() have been called.
void rcu_barrier(void);
// Free what has the rcu_head so many bytes behind its beginning.
void __kfree_rcu(struct rcu_head *head, unsigned long offset);

#define kfree_rcu(ptr, rcu_head) \
	__kfree_rcu(&((ptr)->rcu_head), __builtin_offsetof(__typeof__(*(ptr)), rcu_head))
#define call_rcu_bh(head, func) call_rcu(head, func)
#define call_rcu_sched(head, func) call_rcu(head, func)
#define rcu_barrier_bh() rcu_barrier()
#define rcu_barrier_sched() rcu_barrier()
#define synchronize_rcu_bh() synchronize_rcu()
#define synchronize_sched() synchronize_rcu()
#define synchronize_net() synchronize_rcu()
#define synchronize_rcu_expedited() synchronize_rcu()
#define rcu_read_lock_sched() rcu_read_lock()
#define rcu_read_unlock_sched() rcu_read_unlock()

static inline int rcu_read_lock_held(void)
{
	return 1;
}

static inline int rcu_read_lock_bh_held(void)
{
	return 1;
}

// What the pointer leads to is read behind it: in hardware by the dependency, for ThreadSanitizer
// by the acquire.
#define rcu_dereference(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_dereference_bh(p) rcu_dereference(p)
#define rcu_dereference_sched(p) rcu_dereference(p)
#define rcu_dereference_raw(p) rcu_dereference(p)
#define rcu_dereference_check(p, c) ((void)(c), rcu_dereference(p))
#define rcu_dereference_bh_check(p, c) rcu_dereference_check(p, c)
#define rcu_dereference_protected(p, c) ((void)(c), READ_ONCE(p))
#define rcu_access_pointer(p) READ_ONCE(p)
#define rcu_pointer_handoff(p) (p)
// What v points to was written before.
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)
#define rcu_swap_protected(rcu_ptr, ptr, c) do { \
	__typeof__(ptr) __old = rcu_dereference_protected((rcu_ptr), (c)); \
	rcu_assign_pointer((rcu_ptr), (ptr)); \
	(ptr) = __old; \
} while (0)
#define RCU_INIT_POINTER(p, v) WRITE_ONCE(p, v)
#define RCU_INITIALIZER(v) (v)

#endif
