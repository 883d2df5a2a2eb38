// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/swait.h>. As with <linux/wait.h>, whom a wake-up takes off the queue does not touch it
// again.
#include <linux/swait.h>

#include "linux/sync.h"

/* Wake one that can come (may_be_buried), and the others before it. */
EXPORT_C void swake_up_locked(struct swait_queue_head *q)
{
	bool can_come = false;

	while (!can_come && !list_empty(&q->task_list)) {
		struct swait_queue *first =
			list_first_entry(&q->task_list, struct swait_queue, task_list);

		can_come = !may_be_buried(first->task);
		try_to_wake_up(first->task, TASK_NORMAL);
		list_del_init(&first->task_list);
	}
}

EXPORT_C void swake_up_one(struct swait_queue_head *q)
{
	san_release(q);
	lock_word(&q->lock);
	swake_up_locked(q);
	unlock_word(&q->lock);
}

EXPORT_C void swake_up_all(struct swait_queue_head *q)
{
	san_release(q);
	lock_word(&q->lock);
	while (!list_empty(&q->task_list))
		swake_up_locked(q);
	unlock_word(&q->lock);
}

EXPORT_C long prepare_to_swait_event(struct swait_queue_head *q, struct swait_queue *wait,
				     int state)
{
	long ret = 0;

	lock_word(&q->lock);
	if (signal_pending_state(state, task_current())) {
		list_del_init(&wait->task_list);
		ret = -ERESTARTSYS;
	} else {
		wait->task = task_current();
		if (list_empty(&wait->task_list))
			list_add_tail(&wait->task_list, &q->task_list);
		// With its barrier, before the caller looks at its condition. Pairs with
		// try_to_wake_up().
		set_current_state(state);
	}
	unlock_word(&q->lock);
	san_acquire(q);
	return ret;
}

EXPORT_C void prepare_to_swait_exclusive(struct swait_queue_head *q, struct swait_queue *wait,
					 int state)
{
	lock_word(&q->lock);
	wait->task = task_current();
	if (list_empty(&wait->task_list))
		list_add_tail(&wait->task_list, &q->task_list);
	set_current_state(state);
	unlock_word(&q->lock);
	san_acquire(q);
}

EXPORT_C void finish_swait(struct swait_queue_head *q, struct swait_queue *wait)
{
	struct list_head *entry = &wait->task_list;

	__set_current_state(TASK_RUNNING);
	if (__atomic_load_n(&entry->next, __ATOMIC_ACQUIRE) != entry ||
	    __atomic_load_n(&entry->prev, __ATOMIC_ACQUIRE) != entry) {
		lock_word(&q->lock);
		list_del_init(entry);
		unlock_word(&q->lock);
	}
	san_acquire(q);
}
