// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/wait_bit.h>: sleep until a bit of a word is clear, or for a condition about a
// variable, without a queue of one's own.
#ifndef PADATA_LINUX_WAIT_BIT_H
#define PADATA_LINUX_WAIT_BIT_H

#include <linux/wait.h>

struct wait_bit_key {
	void *flags;
	int bit_nr;
	unsigned long timeout;
};
typedef int wait_bit_action_f(struct wait_bit_key *key, int mode);

struct wait_bit_queue_entry {
	struct wait_bit_key key;
	struct wait_queue_entry wq_entry;
};

#define __WAIT_BIT_KEY_INITIALIZER(word, bit) { .flags = (word), .bit_nr = (bit), .timeout = 0 }

// The queue that the waiters for a bit, or for a variable, share with some others.
struct wait_queue_head *bit_waitqueue(void *word, int bit);
struct wait_queue_head *__var_waitqueue(void *p);
int wake_bit_function(struct wait_queue_entry *wq_entry, unsigned mode, int sync, void *key);
void __wake_up_bit(struct wait_queue_head *wq_head, void *word, int bit);
void wake_up_bit(void *word, int bit);
void wake_up_var(void *var);

int out_of_line_wait_on_bit(void *word, int bit, wait_bit_action_f *action, unsigned int mode);
int out_of_line_wait_on_bit_timeout(void *word, int bit, wait_bit_action_f *action,
				    unsigned int mode, unsigned long timeout);
int out_of_line_wait_on_bit_lock(void *word, int bit, wait_bit_action_f *action, unsigned int mode);
int bit_wait(struct wait_bit_key *key, int mode);
int bit_wait_io(struct wait_bit_key *key, int mode);
int bit_wait_timeout(struct wait_bit_key *key, int mode);

static inline bool wait_bit_is_set(const unsigned long *word, int bit)
{
	return (__atomic_load_n(&word[bit / (8 * sizeof(long))], __ATOMIC_ACQUIRE) >>
		(bit % (8 * sizeof(long)))) &
	       1;
}

// 0 when the bit is clear, -EINTR for a signal.
static inline int wait_on_bit(unsigned long *word, int bit, unsigned mode)
{
	return wait_bit_is_set(word, bit) ? out_of_line_wait_on_bit(word, bit, bit_wait, mode) : 0;
}

static inline int wait_on_bit_io(unsigned long *word, int bit, unsigned mode)
{
	return wait_bit_is_set(word, bit) ? out_of_line_wait_on_bit(word, bit, bit_wait_io, mode) :
					    0;
}

static inline int wait_on_bit_timeout(unsigned long *word, int bit, unsigned mode,
				      unsigned long timeout)
{
	return wait_bit_is_set(word, bit) ?
		       out_of_line_wait_on_bit_timeout(word, bit, bit_wait_timeout, mode, timeout) :
		       0;
}

static inline int wait_on_bit_action(unsigned long *word, int bit, wait_bit_action_f *action,
				     unsigned mode)
{
	return wait_bit_is_set(word, bit) ? out_of_line_wait_on_bit(word, bit, action, mode) : 0;
}

static inline int wait_on_bit_lock(unsigned long *word, int bit, unsigned mode)
{
	return out_of_line_wait_on_bit_lock(word, bit, bit_wait, mode);
}

static inline int wait_on_bit_lock_io(unsigned long *word, int bit, unsigned mode)
{
	return out_of_line_wait_on_bit_lock(word, bit, bit_wait_io, mode);
}

#define wait_var_event(var, condition) wait_event(*__var_waitqueue(var), condition)
#define wait_var_event_killable(var, condition) \
	wait_event_killable(*__var_waitqueue(var), condition)
#define wait_var_event_timeout(var, condition, timeout) \
	wait_event_timeout(*__var_waitqueue(var), condition, timeout)

#define clear_and_wake_up_bit(bit, word) do { \
	unsigned long *word_ = (unsigned long *)(word); \
	__atomic_fetch_and(&word_[(bit) / 64], ~(1ul << ((bit) % 64)), __ATOMIC_SEQ_CST); \
	wake_up_bit(word_, bit); \
} while (0)

#endif
