// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/swait.h>, simple wait queues: no functions, no keys, every waiter exclusive. By the
// names of 4.18, and by those before.
#ifndef PADATA_LINUX_SWAIT_H
#define PADATA_LINUX_SWAIT_H

#include <linux/wait.h>

struct swait_queue_head {
	raw_spinlock_t lock;
	struct list_head task_list;
};

struct swait_queue {
	struct task_struct *task;
	struct list_head task_list;
};

#define __SWAITQUEUE_INITIALIZER(name) \
	{ .task = current, .task_list = LIST_HEAD_INIT((name).task_list) }
#define DECLARE_SWAITQUEUE(name) struct swait_queue name = __SWAITQUEUE_INITIALIZER(name)
#define __SWAIT_QUEUE_HEAD_INITIALIZER(name) { \
	.lock = __RAW_SPIN_LOCK_UNLOCKED((name).lock), \
	.task_list = LIST_HEAD_INIT((name).task_list), \
}
#define DECLARE_SWAIT_QUEUE_HEAD(name) \
	struct swait_queue_head name = __SWAIT_QUEUE_HEAD_INITIALIZER(name)
#define DECLARE_SWAIT_QUEUE_HEAD_ONSTACK(name) DECLARE_SWAIT_QUEUE_HEAD(name)

static inline void init_swait_queue_head(struct swait_queue_head *q)
{
	*q = (struct swait_queue_head)__SWAIT_QUEUE_HEAD_INITIALIZER(*q);
}

static inline int swait_active(struct swait_queue_head *q)
{
	return !list_empty(&q->task_list);
}

static inline bool swq_has_sleeper(struct swait_queue_head *q)
{
	// Pairs with the barrier of set_current_state() in the waiter.
	smp_mb();
	return swait_active(q);
}

void swake_up_one(struct swait_queue_head *q);
void swake_up_all(struct swait_queue_head *q);
void swake_up_locked(struct swait_queue_head *q);
void prepare_to_swait_exclusive(struct swait_queue_head *q, struct swait_queue *wait, int state);
long prepare_to_swait_event(struct swait_queue_head *q, struct swait_queue *wait, int state);
void finish_swait(struct swait_queue_head *q, struct swait_queue *wait);
#define swake_up(q) swake_up_one(q)
#define prepare_to_swait(q, wait, state) prepare_to_swait_exclusive(q, wait, state)

#define ___swait_event(wq, condition, state, ret, cmd) ({ \
	DECLARE_SWAITQUEUE(__wait); \
	long __ret = (ret); \
	\
	for (;;) { \
		long __int = prepare_to_swait_event(&(wq), &__wait, state); \
	\
		if (racy_condition(condition)) \
			break; \
		if (___wait_is_interruptible(state) && __int) { \
			__ret = __int; \
			break; \
		} \
		cmd; \
	} \
	finish_swait(&(wq), &__wait); \
	__ret; \
})
#define padata_swait_event(wq, condition, state, refused) ({ \
	bool may_ = wait_may_sleep(); \
	long done_ = 0; \
	if (!racy_condition(condition)) \
		done_ = may_ ? ___swait_event(wq, condition, state, 0, schedule()) : (refused); \
	done_; \
})
#define padata_swait_event_timeout(wq, condition, timeout, state, refused) ({ \
	bool may_ = wait_may_sleep(); \
	long timeout_ = (timeout), __ret = timeout_; \
	if (!___wait_cond_timeout(condition)) \
		__ret = may_ ? ___swait_event(wq, ___wait_cond_timeout(condition), state, \
					      timeout_, __ret = schedule_timeout(__ret)) : \
			       (refused); \
	__ret; \
})

#define swait_event_exclusive(wq, condition) \
	((void)padata_swait_event(wq, condition, TASK_UNINTERRUPTIBLE, 0))
#define swait_event_interruptible_exclusive(wq, condition) ({ \
	int int_ = (int)padata_swait_event(wq, condition, TASK_INTERRUPTIBLE, -ERESTARTSYS); \
	int_; \
})
#define swait_event_idle_exclusive(wq, condition) \
	((void)padata_swait_event(wq, condition, TASK_IDLE, 0))
#define swait_event_timeout_exclusive(wq, condition, timeout) \
	padata_swait_event_timeout(wq, condition, timeout, TASK_UNINTERRUPTIBLE, 0)
#define swait_event_interruptible_timeout_exclusive(wq, condition, timeout) \
	padata_swait_event_timeout(wq, condition, timeout, TASK_INTERRUPTIBLE, -ERESTARTSYS)
#define swait_event_idle_timeout_exclusive(wq, condition, timeout) \
	padata_swait_event_timeout(wq, condition, timeout, TASK_IDLE, 0)
#define swait_event(wq, condition) swait_event_exclusive(wq, condition)
#define swait_event_interruptible(wq, condition) swait_event_interruptible_exclusive(wq, condition)
#define swait_event_timeout(wq, condition, timeout) \
	swait_event_timeout_exclusive(wq, condition, timeout)
#define swait_event_interruptible_timeout(wq, condition, timeout) \
	swait_event_interruptible_timeout_exclusive(wq, condition, timeout)
#define swait_event_idle(wq, condition) swait_event_idle_exclusive(wq, condition)
#define swait_event_idle_timeout(wq, condition, timeout) \
	swait_event_idle_timeout_exclusive(wq, condition, timeout)

#endif
