// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/timer.h>. A timer runs on the CPU it was armed on, between work items and with softirqs off. flags holds
// that CPU, so there are no TIMER_ flags.
#ifndef PADATA_LINUX_TIMER_H
#define PADATA_LINUX_TIMER_H

#include <linux/compiler.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/types.h>

// entry.pprev is not NULL while the timer is pending.
struct timer_list {
	struct hlist_node entry;
	unsigned long expires;
	void (*function)(struct timer_list *);
	u32 flags;
};

#define __TIMER_INITIALIZER(_function, _flags) { .function = (_function), .flags = (_flags) }
#define DEFINE_TIMER(_name, _function) struct timer_list _name = __TIMER_INITIALIZER(_function, 0)

static inline void timer_setup(struct timer_list *timer, void (*callback)(struct timer_list *), unsigned int flags)
{
	*timer = (struct timer_list)__TIMER_INITIALIZER(callback, flags);
}

// The struct around a timer, in its callback.
#define from_timer(var, callback_timer, timer_fieldname) container_of(callback_timer, __typeof__(*(var)), timer_fieldname)

static inline int timer_pending(const struct timer_list *timer)
{
	return READ_ONCE(timer->entry.pprev) != NULL;
}

// expires is absolute, in jiffies. All three say whether the timer was pending.
int mod_timer(struct timer_list *timer, unsigned long expires);
int del_timer(struct timer_list *timer);
int del_timer_sync(struct timer_list *timer);

#endif
