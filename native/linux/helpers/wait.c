// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/wait.h>. The queue's lock guards its list. A wake function runs under it; what it wakes
// may go on at once, and take its entry off without the lock, if it finds that it is off already:
// so such a function touches the entry for the last time when it takes it off.
#include <linux/wait.h>

#include "linux/sync.h"

EXPORT_C bool wait_may_sleep(void)
{
	return may_sleep("wait_event");
}

static void lock_queue(struct wait_queue_head *wq_head)
{
	lock_word(&wq_head->lock);
	if (wq_head->head.next == NULL) {
		kernel_misuse("BUG: wait queue %p has never been initialized: "
			      "DECLARE_WAIT_QUEUE_HEAD() or init_waitqueue_head()",
			      (void *)wq_head);
		INIT_LIST_HEAD(&wq_head->head);
	}
}

/*
 * The queue's own lock, also for clients, is for the list; the order between waker and woken is the
 * queue's.
 */
static void unlock_queue(struct wait_queue_head *wq_head)
{
	unlock_word(&wq_head->lock);
}

EXPORT_C void add_wait_queue(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)
{
	wq_entry->flags &= ~(unsigned int)WQ_FLAG_EXCLUSIVE;
	lock_queue(wq_head);
	__add_wait_queue(wq_head, wq_entry);
	unlock_queue(wq_head);
}

EXPORT_C void add_wait_queue_exclusive(struct wait_queue_head *wq_head,
				       struct wait_queue_entry *wq_entry)
{
	lock_queue(wq_head);
	__add_wait_queue_entry_tail_exclusive(wq_head, wq_entry);
	unlock_queue(wq_head);
}

EXPORT_C void remove_wait_queue(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)
{
	lock_queue(wq_head);
	__remove_wait_queue(wq_head, wq_entry);
	unlock_queue(wq_head);
	san_acquire(wq_head);
}

static void wake_up_common(struct wait_queue_head *wq_head, unsigned int mode, int nr, void *key)
{
	struct wait_queue_entry *curr, *next;

	list_for_each_entry_safe(curr, next, &wq_head->head, entry) {
		unsigned int flags = curr->flags;
		int ret = curr->func(curr, mode, 0, key);

		if (ret < 0 || (ret != 0 && flags & WQ_FLAG_EXCLUSIVE && --nr == 0))
			break;
	}
}

EXPORT_C void __wake_up(struct wait_queue_head *wq_head, unsigned int mode, int nr, void *key)
{
	san_release(wq_head);
	lock_queue(wq_head);
	wake_up_common(wq_head, mode, nr, key);
	unlock_queue(wq_head);
}

EXPORT_C void __wake_up_locked(struct wait_queue_head *wq_head, unsigned int mode, int nr)
{
	san_release(wq_head);
	wake_up_common(wq_head, mode, nr, NULL);
}

EXPORT_C void __wake_up_locked_key(struct wait_queue_head *wq_head, unsigned int mode, void *key)
{
	san_release(wq_head);
	wake_up_common(wq_head, mode, 1, key);
}

/* Of an exclusive waiter, only one that can come counts as woken: see may_be_buried(). */
EXPORT_C int default_wake_function(struct wait_queue_entry *wq_entry, unsigned mode, int flags,
				   void *key)
{
	struct task_struct *task = wq_entry->private;

	(void)flags;
	(void)key;
	return try_to_wake_up(task, mode) && !may_be_buried(task);
}

EXPORT_C int autoremove_wake_function(struct wait_queue_entry *wq_entry, unsigned mode, int sync,
				      void *key)
{
	struct task_struct *task = wq_entry->private;
	int woken;

	(void)sync;
	(void)key;
	// The task cannot end meanwhile: for that it needs the queue's lock, as its entry is on the
	// list.
	woken = try_to_wake_up(task, mode);
	if (!woken)
		return 0;
	woken = !may_be_buried(task);
	list_del_init(&wq_entry->entry);
	return woken;
}

EXPORT_C int woken_wake_function(struct wait_queue_entry *wq_entry, unsigned mode, int sync,
				 void *key)
{
	// A full barrier. Pairs with the one of wait_woken(), between its state and its look at the
	// flag.
	__atomic_fetch_or(&wq_entry->flags, WQ_FLAG_WOKEN, __ATOMIC_SEQ_CST);
	return default_wake_function(wq_entry, mode, sync, key);
}

EXPORT_C long wait_woken(struct wait_queue_entry *wq_entry, unsigned mode, long timeout)
{
	set_current_state(mode);
	if (!(__atomic_load_n(&wq_entry->flags, __ATOMIC_SEQ_CST) & WQ_FLAG_WOKEN))
		timeout = schedule_timeout(timeout);
	__set_current_state(TASK_RUNNING);
	// Before the caller looks at its condition: a wake-up behind that sets the flag again.
	__atomic_fetch_and(&wq_entry->flags, ~(unsigned int)WQ_FLAG_WOKEN, __ATOMIC_SEQ_CST);
	return timeout;
}

EXPORT_C void init_wait_entry(struct wait_queue_entry *wq_entry, int flags)
{
	wq_entry->flags = (unsigned int)flags;
	wq_entry->private = task_current();
	wq_entry->func = autoremove_wake_function;
	INIT_LIST_HEAD(&wq_entry->entry);
}

EXPORT_C void prepare_to_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry,
			      int state)
{
	wq_entry->flags &= ~(unsigned int)WQ_FLAG_EXCLUSIVE;
	lock_queue(wq_head);
	if (list_empty(&wq_entry->entry))
		__add_wait_queue(wq_head, wq_entry);
	// With its barrier, before the caller looks at its condition. Pairs with try_to_wake_up().
	set_current_state(state);
	unlock_queue(wq_head);
	san_acquire(wq_head);
}

EXPORT_C void prepare_to_wait_exclusive(struct wait_queue_head *wq_head,
					struct wait_queue_entry *wq_entry, int state)
{
	lock_queue(wq_head);
	wq_entry->flags |= WQ_FLAG_EXCLUSIVE;
	if (list_empty(&wq_entry->entry))
		__add_wait_queue_entry_tail(wq_head, wq_entry);
	set_current_state(state);
	unlock_queue(wq_head);
	san_acquire(wq_head);
}

EXPORT_C long prepare_to_wait_event(struct wait_queue_head *wq_head,
				    struct wait_queue_entry *wq_entry, int state)
{
	long ret = 0;

	lock_queue(wq_head);
	if (signal_pending_state(state, task_current())) {
		// Off under the lock: a wake-up behind this goes to another exclusive waiter. One
		// before this has made the condition true.
		list_del_init(&wq_entry->entry);
		ret = -ERESTARTSYS;
	} else {
		if (list_empty(&wq_entry->entry)) {
			if (wq_entry->flags & WQ_FLAG_EXCLUSIVE)
				__add_wait_queue_entry_tail(wq_head, wq_entry);
			else
				__add_wait_queue(wq_head, wq_entry);
		}
		set_current_state(state);
	}
	unlock_queue(wq_head);
	san_acquire(wq_head);
	return ret;
}

EXPORT_C void finish_wait(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)
{
	struct list_head *entry = &wq_entry->entry;

	__set_current_state(TASK_RUNNING);
	// Who was woken does not touch the queue, which may be gone. Both links point back only
	// when the waker is done with the entry.
	if (__atomic_load_n(&entry->next, __ATOMIC_ACQUIRE) != entry ||
	    __atomic_load_n(&entry->prev, __ATOMIC_ACQUIRE) != entry) {
		lock_queue(wq_head);
		list_del_init(entry);
		unlock_queue(wq_head);
	}
	san_acquire(wq_head);
}

static int wait_turn_locked(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry,
			    bool irq)
{
	if (list_empty(&wq_entry->entry))
		__add_wait_queue_entry_tail(wq_head, wq_entry);
	set_current_state(TASK_INTERRUPTIBLE);
	if (signal_pending(task_current()))
		return -ERESTARTSYS;
	if (irq)
		spin_unlock_irq(&wq_head->lock);
	else
		spin_unlock(&wq_head->lock);
	schedule();
	if (irq)
		spin_lock_irq(&wq_head->lock);
	else
		spin_lock(&wq_head->lock);
	return 0;
}

EXPORT_C int do_wait_intr(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)
{
	return wait_turn_locked(wq_head, wq_entry, false);
}

EXPORT_C int do_wait_intr_irq(struct wait_queue_head *wq_head, struct wait_queue_entry *wq_entry)
{
	return wait_turn_locked(wq_head, wq_entry, true);
}
