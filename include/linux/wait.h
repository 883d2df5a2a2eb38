// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/wait.h>, queues of tasks that wait for a condition. Whoever changes the condition
// wakes the queue behind that. The TypeScript kernel's sleepers are on no queue: they sleep on a
// word (lib/machine/park.ts).
#ifndef PADATA_LINUX_WAIT_H
#define PADATA_LINUX_WAIT_H

#include <asm/current.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

typedef struct wait_queue_entry wait_queue_entry_t;
typedef int (*wait_queue_func_t)(struct wait_queue_entry *wq_entry, unsigned mode, int flags,
				 void *key);

int default_wake_function(struct wait_queue_entry *wq_entry, unsigned mode, int flags, void *key);
int autoremove_wake_function(struct wait_queue_entry *wq_entry, unsigned mode, int sync, void *key);
int woken_wake_function(struct wait_queue_entry *wq_entry, unsigned mode, int sync, void *key);

#define WQ_FLAG_EXCLUSIVE 0x01
#define WQ_FLAG_WOKEN 0x02
#define WQ_FLAG_BOOKMARK 0x04

struct wait_queue_entry {
	unsigned int flags;
	void *private;
	wait_queue_func_t func;
	struct list_head entry;
};
// Its name before 4.13.
#define wait_queue_t wait_queue_entry_t

struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
};
typedef struct wait_queue_head wait_queue_head_t;

#define __WAITQUEUE_INITIALIZER(name, tsk) { .private = (tsk), .func = default_wake_function }
#define DECLARE_WAITQUEUE(name, tsk) \
	struct wait_queue_entry name = __WAITQUEUE_INITIALIZER(name, tsk)

#define __WAIT_QUEUE_HEAD_INITIALIZER(name) { \
	.lock = __SPIN_LOCK_UNLOCKED((name).lock), \
	.head = LIST_HEAD_INIT((name).head), \
}
#define DECLARE_WAIT_QUEUE_HEAD(name) \
	struct wait_queue_head name = __WAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_WAIT_QUEUE_HEAD(name)

static inline void init_waitqueue_head(struct wait_queue_head *wq_head)
{
	*wq_head = (struct wait_queue_head)__WAIT_QUEUE_HEAD_INITIALIZER(*wq_head);
}
#define __init_waitqueue_head(wq_head, name, key) init_waitqueue_head(wq_head)

static inline void init_waitqueue_entry(struct wait_queue_entry *wq_entry, struct task_struct *p)
{
	wq_entry->flags = 0;
	wq_entry->private = p;
	wq_entry->func = default_wake_function;
}

static inline void init_waitqueue_func_entry(struct wait_queue_entry *wq_entry,
					     wait_queue_func_t func)
{
	wq_entry->flags = 0;
	wq_entry->private = NULL;
	wq_entry->func = func;
}

// Without the lock. Who looks must have a barrier between its change of the condition and this:
// wq_has_sleeper() has it.
static inline int waitqueue_active(struct wait_queue_head *wq_head)
{
	return READ_ONCE(wq_head->head.next) != &wq_head->head;
}

static inline bool wq_has_single_sleeper(struct wait_queue_head *wq_head)
{
	return list_is_singular(&wq_head->head);
}

static inline bool wq_has_sleeper(struct wait_queue_head *wq_head)
{
	// Pairs with the barrier of set_current_state() in the waiter.
	smp_mb();
	return waitqueue_active(wq_head);
}

void add_wait_queue(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
void add_wait_queue_exclusive(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
void remove_wait_queue(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);

// With the lock held.
static inline void __add_wait_queue(struct wait_queue_head *wq_head,
				    struct wait_queue_entry *wq_entry)
{
	list_add(&wq_entry->entry, &wq_head->head);
}

static inline void __add_wait_queue_exclusive(struct wait_queue_head *wq_head,
					      struct wait_queue_entry *wq_entry)
{
	wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
	__add_wait_queue(wq_head, wq_entry);
}

static inline void __add_wait_queue_entry_tail(struct wait_queue_head *wq_head,
					       struct wait_queue_entry *wq_entry)
{
	list_add_tail(&wq_entry->entry, &wq_head->head);
}

static inline void __add_wait_queue_entry_tail_exclusive(struct wait_queue_head *wq_head,
							 struct wait_queue_entry *wq_entry)
{
	wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
	__add_wait_queue_entry_tail(wq_head, wq_entry);
}

static inline void __remove_wait_queue(struct wait_queue_head *wq_head,
				       struct wait_queue_entry *wq_entry)
{
	(void)wq_head;
	list_del(&wq_entry->entry);
}

// All that are not exclusive, and so many of the exclusive ones (0: all).
void __wake_up(struct wait_queue_head *wq_head, unsigned int mode, int nr, void *key);
void __wake_up_locked(struct wait_queue_head *wq_head, unsigned int mode, int nr);
void __wake_up_locked_key(struct wait_queue_head *wq_head, unsigned int mode, void *key);

#define wake_up(x) __wake_up(x, TASK_NORMAL, 1, NULL)
#define wake_up_nr(x, nr) __wake_up(x, TASK_NORMAL, nr, NULL)
#define wake_up_all(x) __wake_up(x, TASK_NORMAL, 0, NULL)
#define wake_up_locked(x) __wake_up_locked(x, TASK_NORMAL, 1)
#define wake_up_all_locked(x) __wake_up_locked(x, TASK_NORMAL, 0)
#define wake_up_interruptible(x) __wake_up(x, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_interruptible_nr(x, nr) __wake_up(x, TASK_INTERRUPTIBLE, nr, NULL)
#define wake_up_interruptible_all(x) __wake_up(x, TASK_INTERRUPTIBLE, 0, NULL)
#define wake_up_interruptible_sync(x) __wake_up(x, TASK_INTERRUPTIBLE, 1, NULL)
#define wake_up_sync(x) __wake_up(x, TASK_NORMAL, 1, NULL)
#define wake_up_poll(x, m) __wake_up(x, TASK_NORMAL, 1, (void *)(unsigned long)(m))
#define wake_up_locked_poll(x, m) __wake_up_locked_key(x, TASK_NORMAL, (void *)(unsigned long)(m))
#define wake_up_interruptible_poll(x, m) \
	__wake_up(x, TASK_INTERRUPTIBLE, 1, (void *)(unsigned long)(m))
#define wake_up_interruptible_sync_poll(x, m) wake_up_interruptible_poll(x, m)

void init_wait_entry(struct wait_queue_entry *wq_entry, int flags);
void prepare_to_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry, int state);
void prepare_to_wait_exclusive(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry,
			       int state);
// -ERESTARTSYS, and not on the queue, if a signal is pending that the state lets through.
long prepare_to_wait_event(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry,
			   int state);
void finish_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
long wait_woken(struct wait_queue_entry *wq_entry, unsigned mode, long timeout);

#define DEFINE_WAIT_FUNC(name, function) struct wait_queue_entry name = { \
	.private = current, \
	.func = (function), \
	.entry = LIST_HEAD_INIT((name).entry), \
}
#define DEFINE_WAIT(name) DEFINE_WAIT_FUNC(name, autoremove_wake_function)
#define init_wait(wait) do { \
	(wait)->private = current; \
	(wait)->func = autoremove_wake_function; \
	INIT_LIST_HEAD(&(wait)->entry); \
	(wait)->flags = 0; \
} while (0)

// May the caller sleep? If not, that has been reported.
bool wait_may_sleep(void);

#define ___wait_is_interruptible(state) \
	(!__builtin_constant_p(state) || (state) == TASK_INTERRUPTIBLE || (state) == TASK_KILLABLE)

/*
 * Sleep until the condition holds; @cmd is what sleeps. An exclusive waiter is one of those of
 * which a wake-up wakes one only. The value is @ret, which cmd may change (as __ret), or
 * -ERESTARTSYS.
 */
#define ___wait_event(wq_head, condition, state, exclusive, ret, cmd) ({ \
	struct wait_queue_entry __wq_entry; \
	long __ret = (ret); \
	\
	init_wait_entry(&__wq_entry, (exclusive) ? WQ_FLAG_EXCLUSIVE : 0); \
	for (;;) { \
		long __int = prepare_to_wait_event(&(wq_head), &__wq_entry, state); \
	\
		if (racy_condition(condition)) \
			break; \
		if (___wait_is_interruptible(state) && __int) { \
			__ret = __int; \
			break; \
		} \
		cmd; \
	} \
	finish_wait(&(wq_head), &__wq_entry); \
	__ret; \
})

// A condition with a timeout: it also holds when the time is over; a time that was just over counts
// as 1 if the condition holds.
#define ___wait_cond_timeout(condition) ({ \
	bool __cond = racy_condition(condition); \
	if (__cond && !__ret) \
		__ret = 1; \
	__cond || !__ret; \
})

// The common frame: @refused is the value if the caller is not allowed to sleep and would have to.
#define padata_wait_event(wq_head, condition, state, exclusive, refused, cmd) ({ \
	bool may_ = wait_may_sleep(); \
	long done_ = 0; \
	if (!racy_condition(condition)) \
		done_ = may_ ? ___wait_event(wq_head, condition, state, exclusive, 0, cmd) : \
			       (refused); \
	done_; \
})
#define padata_wait_event_timeout(wq_head, condition, timeout, state, exclusive, refused, cmd) ({ \
	bool may_ = wait_may_sleep(); \
	long timeout_ = (timeout), __ret = timeout_; \
	if (!___wait_cond_timeout(condition)) \
		__ret = may_ ? ___wait_event(wq_head, ___wait_cond_timeout(condition), state, \
					     exclusive, timeout_, cmd) : (refused); \
	__ret; \
})

#define wait_event(wq_head, condition) \
	((void)padata_wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, 0, schedule()))
#define wait_event_freezable(wq_head, condition) wait_event_interruptible(wq_head, condition)
#define wait_event_freezable_timeout(wq_head, condition, timeout) \
	wait_event_interruptible_timeout(wq_head, condition, timeout)
#define io_wait_event(wq_head, condition) \
	((void)padata_wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, 0, io_schedule()))
#define wait_event_idle(wq_head, condition) \
	((void)padata_wait_event(wq_head, condition, TASK_IDLE, 0, 0, schedule()))
#define wait_event_idle_exclusive(wq_head, condition) \
	((void)padata_wait_event(wq_head, condition, TASK_IDLE, 1, 0, schedule()))
#define wait_event_exclusive_cmd(wq_head, condition, cmd1, cmd2) \
	((void)padata_wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 1, 0, \
				 cmd1; schedule(); cmd2))
#define wait_event_cmd(wq_head, condition, cmd1, cmd2) \
	((void)padata_wait_event(wq_head, condition, TASK_UNINTERRUPTIBLE, 0, 0, \
				 cmd1; schedule(); cmd2))
#define wait_event_interruptible(wq_head, condition) ({ \
	int int_ = (int)padata_wait_event(wq_head, condition, TASK_INTERRUPTIBLE, 0, \
					  -ERESTARTSYS, schedule()); \
	int_; \
})
#define wait_event_interruptible_exclusive(wq_head, condition) ({ \
	int int_ = (int)padata_wait_event(wq_head, condition, TASK_INTERRUPTIBLE, 1, \
					  -ERESTARTSYS, schedule()); \
	int_; \
})
#define wait_event_killable(wq_head, condition) ({ \
	int int_ = (int)padata_wait_event(wq_head, condition, TASK_KILLABLE, 0, -ERESTARTSYS, \
					  schedule()); \
	int_; \
})
#define wait_event_killable_exclusive(wq_head, condition) ({ \
	int int_ = (int)padata_wait_event(wq_head, condition, TASK_KILLABLE, 1, -ERESTARTSYS, \
					  schedule()); \
	int_; \
})

// 0 if the time was over and the condition does not hold, else what is left of it, at least 1.
#define wait_event_timeout(wq_head, condition, timeout) \
	padata_wait_event_timeout(wq_head, condition, timeout, TASK_UNINTERRUPTIBLE, 0, 0, \
				  __ret = schedule_timeout(__ret))
#define wait_event_cmd_timeout(wq_head, condition, timeout, cmd1, cmd2) \
	padata_wait_event_timeout(wq_head, condition, timeout, TASK_UNINTERRUPTIBLE, 0, 0, \
				  cmd1; __ret = schedule_timeout(__ret); cmd2)
#define wait_event_idle_timeout(wq_head, condition, timeout) \
	padata_wait_event_timeout(wq_head, condition, timeout, TASK_IDLE, 0, 0, \
				  __ret = schedule_timeout(__ret))
#define wait_event_idle_exclusive_timeout(wq_head, condition, timeout) \
	padata_wait_event_timeout(wq_head, condition, timeout, TASK_IDLE, 1, 0, \
				  __ret = schedule_timeout(__ret))
#define wait_event_interruptible_timeout(wq_head, condition, timeout) \
	padata_wait_event_timeout(wq_head, condition, timeout, TASK_INTERRUPTIBLE, 0, \
				  -ERESTARTSYS, __ret = schedule_timeout(__ret))
#define wait_event_killable_timeout(wq_head, condition, timeout) \
	padata_wait_event_timeout(wq_head, condition, timeout, TASK_KILLABLE, 0, -ERESTARTSYS, \
				  __ret = schedule_timeout(__ret))

// The caller holds the lock, also whenever the condition is evaluated; it is released for the
// sleep.
#define padata_wait_event_lock_irq(wq_head, condition, lock, state, cmd) ({ \
	long locked_ = 0; \
	if (!racy_condition(condition)) \
		locked_ = ___wait_event(wq_head, condition, state, 0, 0, \
					spin_unlock_irq(&(lock)); cmd; schedule(); \
					spin_lock_irq(&(lock))); \
	locked_; \
})
#define wait_event_lock_irq_cmd(wq_head, condition, lock, cmd) \
	((void)padata_wait_event_lock_irq(wq_head, condition, lock, TASK_UNINTERRUPTIBLE, cmd))
#define wait_event_lock_irq(wq_head, condition, lock) \
	wait_event_lock_irq_cmd(wq_head, condition, lock, )
#define wait_event_interruptible_lock_irq_cmd(wq_head, condition, lock, cmd) ({ \
	int int_ = (int)padata_wait_event_lock_irq(wq_head, condition, lock, \
						   TASK_INTERRUPTIBLE, cmd); \
	int_; \
})
#define wait_event_interruptible_lock_irq(wq_head, condition, lock) \
	wait_event_interruptible_lock_irq_cmd(wq_head, condition, lock, )
#define padata_wait_event_lock_irq_timeout(wq_head, condition, lock, timeout, state) ({ \
	long timeout_ = (timeout), __ret = timeout_; \
	if (!___wait_cond_timeout(condition)) \
		__ret = ___wait_event(wq_head, ___wait_cond_timeout(condition), state, 0, \
				      timeout_, spin_unlock_irq(&(lock)); \
				      __ret = schedule_timeout(__ret); spin_lock_irq(&(lock))); \
	__ret; \
})
#define wait_event_lock_irq_timeout(wq_head, condition, lock, timeout) \
	padata_wait_event_lock_irq_timeout(wq_head, condition, lock, timeout, TASK_UNINTERRUPTIBLE)
#define wait_event_interruptible_lock_irq_timeout(wq_head, condition, lock, timeout) \
	padata_wait_event_lock_irq_timeout(wq_head, condition, lock, timeout, TASK_INTERRUPTIBLE)

// The caller holds the queue's own lock.
int do_wait_intr(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
int do_wait_intr_irq(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry);
#define padata_wait_event_locked(wq_head, condition, exclusive, fn) ({ \
	int locked_ = 0; \
	DEFINE_WAIT(wait_); \
	if (exclusive) \
		wait_.flags |= WQ_FLAG_EXCLUSIVE; \
	while (!racy_condition(condition) && locked_ == 0) \
		locked_ = fn(&(wq_head), &wait_); \
	list_del_init(&wait_.entry); \
	__set_current_state(TASK_RUNNING); \
	locked_; \
})
#define wait_event_interruptible_locked(wq_head, condition) \
	padata_wait_event_locked(wq_head, condition, 0, do_wait_intr)
#define wait_event_interruptible_locked_irq(wq_head, condition) \
	padata_wait_event_locked(wq_head, condition, 0, do_wait_intr_irq)
#define wait_event_interruptible_exclusive_locked(wq_head, condition) \
	padata_wait_event_locked(wq_head, condition, 1, do_wait_intr)
#define wait_event_interruptible_exclusive_locked_irq(wq_head, condition) \
	padata_wait_event_locked(wq_head, condition, 1, do_wait_intr_irq)

// The states and schedule(), for the macros. Here, since it needs this file's structs.
#include <linux/sched.h>

#endif
