// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/timer.h>: the calls into lib/linux/timer.ts. A timer outside of the machine's memory has a
// shadow from the first time it is armed.
#include <linux/timer.h>

#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"
#include "shadow.h"

static void call_of_timer(struct timer_list *shadow)
{
	struct timer_list *timer = shadow_object(shadow);

	san_acquire(timer);
	note_callback((void *)timer->function);
	timer->function(timer);
}

EXPORT_C int mod_timer(struct timer_list *timer, unsigned long expires)
{
	bool made = false;
	struct timer_list *armed = shadow_make(SHADOW_TIMER, timer, sizeof(*timer), &made);

	if (armed == NULL)
		return 0;
	if (made)
		timer_setup(armed, call_of_timer, 0);
	// In the machine's memory the TypeScript kernel writes it, under its lock.
	if (armed != timer)
		timer->expires = expires;
	san_release(timer);
	san_release(armed);
	return (int)call_js(JS_mod_timer, "pn", armed, expires);
}

/* The timer's memory is about to be something else. */
EXPORT_C void destroy_timer_on_stack(struct timer_list *timer)
{
	void *armed = shadow_find(SHADOW_TIMER, timer);

	if (armed != NULL && armed != timer)
		shadow_free(armed);
}

EXPORT_C int timer_pending(const struct timer_list *timer)
{
	const struct timer_list *armed = shadow_find(SHADOW_TIMER, timer);

	return armed != NULL && READ_ONCE(armed->entry.pprev) != NULL;
}

EXPORT_C int del_timer(struct timer_list *timer)
{
	struct timer_list *armed = shadow_find(SHADOW_TIMER, timer);

	return armed != NULL ? (int)call_js(JS_del_timer, "p", armed) : 0;
}

EXPORT_C int del_timer_sync(struct timer_list *timer)
{
	struct timer_list *armed = shadow_find(SHADOW_TIMER, timer);
	int was;

	if (armed == NULL)
		return 0;
	was = (int)call_js(JS_del_timer_sync, "p", armed);
	san_acquire(armed);
	return was;
}

EXPORT_C int try_to_del_timer_sync(struct timer_list *timer)
{
	struct timer_list *armed = shadow_find(SHADOW_TIMER, timer);

	return armed != NULL ? (int)call_js(JS_try_to_del_timer_sync, "p", armed) : 0;
}
