// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/timer.h>. A timer runs on the CPU it was armed on, between work items and with
// softirqs off. flags holds that CPU, so the TIMER_ flags are dropped.
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

// For timer_setup(); none of them changes anything here.
#define TIMER_DEFERRABLE 0x00080000
#define TIMER_PINNED 0x00100000
#define TIMER_IRQSAFE 0x00200000

static inline void timer_setup(struct timer_list *timer, void (*callback)(struct timer_list *),
			       unsigned int flags)
{
	*timer = (struct timer_list)__TIMER_INITIALIZER(callback, flags);
}

// The struct around a timer, in its callback.
#define from_timer(var, callback_timer, timer_fieldname) \
	container_of(callback_timer, __typeof__(*(var)), timer_fieldname)

int timer_pending(const struct timer_list *timer);

// expires is absolute, in jiffies. All three say whether the timer was pending.
int mod_timer(struct timer_list *timer, unsigned long expires);
int del_timer(struct timer_list *timer);
int del_timer_sync(struct timer_list *timer);

// -1 if its handler runs just now.
int try_to_del_timer_sync(struct timer_list *timer);

static inline void add_timer(struct timer_list *timer)
{
	mod_timer(timer, timer->expires);
}

// Arm it for an earlier time, but never for a later one.
static inline int timer_reduce(struct timer_list *timer, unsigned long expires)
{
	if (timer_pending(timer) && time_before_eq(timer->expires, expires))
		return 1;
	return mod_timer(timer, expires);
}

#define mod_timer_pending(timer, expires) (timer_pending(timer) ? mod_timer(timer, expires) : 0)
#define del_singleshot_timer_sync(timer) del_timer_sync(timer)
#define timer_setup_on_stack(timer, callback, flags) timer_setup(timer, callback, flags)

// Behind its last use.
void destroy_timer_on_stack(struct timer_list *timer);

#endif
