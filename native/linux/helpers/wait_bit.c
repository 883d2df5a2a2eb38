// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/wait_bit.h>: a fixed number of queues, which all bits and variables share by a hash of
// their address. Waiters know by the key which wake-ups are theirs.
#include <linux/wait_bit.h>

#include "linux/sync.h"

enum { QUEUE_BITS = 6, QUEUES = 1 << QUEUE_BITS };

static struct wait_queue_head queues[QUEUES];

static void __attribute__((constructor)) make_queues(void)
{
	for (int i = 0; i < QUEUES; i++)
		init_waitqueue_head(&queues[i]);
}

EXPORT_C struct wait_queue_head *bit_waitqueue(void *word, int bit)
{
	uint64_t key = (uint64_t)(uintptr_t)word << 6 | (unsigned int)bit;

	return &queues[key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - QUEUE_BITS)];
}

EXPORT_C struct wait_queue_head *__var_waitqueue(void *p)
{
	return bit_waitqueue(p, 0);
}

EXPORT_C int wake_bit_function(struct wait_queue_entry *wq_entry, unsigned mode, int sync,
			       void *arg)
{
	struct wait_bit_key *key = arg;
	struct wait_bit_queue_entry *waiter =
		container_of(wq_entry, struct wait_bit_queue_entry, wq_entry);

	if (waiter->key.flags != key->flags || waiter->key.bit_nr != key->bit_nr ||
	    wait_bit_is_set(key->flags, key->bit_nr))
		return 0;
	return autoremove_wake_function(wq_entry, mode, sync, key);
}

EXPORT_C void __wake_up_bit(struct wait_queue_head *wq_head, void *word, int bit)
{
	struct wait_bit_key key = __WAIT_BIT_KEY_INITIALIZER(word, bit);

	if (waitqueue_active(wq_head))
		__wake_up(wq_head, TASK_NORMAL, 1, &key);
}

EXPORT_C void wake_up_bit(void *word, int bit)
{
	// Behind the clearing of the bit, which need not be a barrier. Pairs with
	// set_current_state() in the waiter.
	smp_mb();
	san_release(word);
	__wake_up_bit(bit_waitqueue(word, bit), word, bit);
}

EXPORT_C void wake_up_var(void *var)
{
	// Its waiters are of wait_event(), without a key; those for bits must not mistake the key.
	struct wait_bit_key key = __WAIT_BIT_KEY_INITIALIZER(var, -1);

	smp_mb();
	__wake_up(__var_waitqueue(var), TASK_NORMAL, 0, &key);
}

EXPORT_C int bit_wait(struct wait_bit_key *key, int mode)
{
	(void)key;
	schedule();
	return signal_pending_state(mode, task_current()) ? -EINTR : 0;
}

EXPORT_C int bit_wait_io(struct wait_bit_key *key, int mode)
{
	return bit_wait(key, mode);
}

EXPORT_C int bit_wait_timeout(struct wait_bit_key *key, int mode)
{
	unsigned long now = jiffies;

	if (time_after_eq(now, key->timeout))
		return -EAGAIN;
	schedule_timeout((long)(key->timeout - now));
	return signal_pending_state(mode, task_current()) ? -EINTR : 0;
}

/* @lock: wait until this task is the one that sets it. */
static int wait_for_bit(void *word, int bit, wait_bit_action_f *action, unsigned int mode,
			unsigned long timeout, bool lock)
{
	struct wait_queue_head *wq_head = bit_waitqueue(word, bit);
	struct wait_bit_queue_entry waiter = {
		.key = { .flags = word, .bit_nr = bit, .timeout = timeout }
	};
	unsigned long *target = (unsigned long *)word + bit / 64, mask = 1ul << (bit % 64);
	int ret = 0;

	if (!may_sleep("wait_on_bit"))
		return -EINTR;
	init_wait_entry(&waiter.wq_entry, lock ? WQ_FLAG_EXCLUSIVE : 0);
	waiter.wq_entry.func = wake_bit_function;
	for (;;) {
		if (lock)
			prepare_to_wait_exclusive(wq_head, &waiter.wq_entry, (int)mode);
		else
			prepare_to_wait(wq_head, &waiter.wq_entry, (int)mode);
		if (lock ? !(__atomic_fetch_or(target, mask, __ATOMIC_SEQ_CST) & mask) :
			   !wait_bit_is_set(word, bit)) {
			ret = 0;
			break;
		}
		if (ret != 0)
			break;
		ret = action(&waiter.key, (int)mode);
	}
	finish_wait(wq_head, &waiter.wq_entry);
	// Who gives up an exclusive wait may have been the one that was woken.
	if (lock && ret != 0 && !wait_bit_is_set(word, bit))
		wake_up_bit(word, bit);
	san_acquire(word);
	return ret;
}

EXPORT_C int out_of_line_wait_on_bit(void *word, int bit, wait_bit_action_f *action,
				     unsigned int mode)
{
	return wait_for_bit(word, bit, action, mode, 0, false);
}

EXPORT_C int out_of_line_wait_on_bit_timeout(void *word, int bit, wait_bit_action_f *action,
					     unsigned int mode, unsigned long timeout)
{
	return wait_for_bit(word, bit, action, mode, jiffies + timeout, false);
}

EXPORT_C int out_of_line_wait_on_bit_lock(void *word, int bit, wait_bit_action_f *action,
					  unsigned int mode)
{
	return wait_for_bit(word, bit, action, mode, 0, true);
}
