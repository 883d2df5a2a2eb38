// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/workqueue.h>: the calls into lib/linux/workqueue.ts. An item outside of the machine's
// memory has a shadow from the first time it is queued; one address has one, whether it is a
// work_struct or the head of a delayed_work.
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <stdarg.h>
#include <stdio.h>

#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"
#include "shadow.h"

EXPORT_C struct workqueue_struct *system_wq;
EXPORT_C struct workqueue_struct *system_highpri_wq;
EXPORT_C struct workqueue_struct *system_long_wq;
EXPORT_C struct workqueue_struct *system_unbound_wq;
EXPORT_C struct workqueue_struct *system_freezable_wq;
EXPORT_C struct workqueue_struct *system_power_efficient_wq;

EXPORT_C void delayed_work_timer_fn(struct timer_list *t)
{
	call_js(JS_delayed_work_timer_fn, "p", t);
}

/* The item's memory is about to be something else. */
EXPORT_C void destroy_work_on_stack(struct work_struct *work)
{
	void *item = shadow_find(SHADOW_WORK, work);

	if (item != NULL && item != work)
		shadow_free(item);
}

static void call_of_item(struct work_struct *shadow)
{
	struct work_struct *work = shadow_object(shadow);

	san_acquire(work);
	note_callback((void *)work->func);
	work->func(work);
}

/* The item that the TypeScript kernel gets. */
static struct delayed_work *item_of(struct work_struct *work)
{
	bool made = false;
	struct delayed_work *item = shadow_make(SHADOW_WORK, work, sizeof(*item), &made);

	if (made)
		INIT_DELAYED_WORK(item, call_of_item);
	return item;
}

EXPORT_C bool work_pending(const struct work_struct *work)
{
	const struct work_struct *item = shadow_find(SHADOW_WORK, work);

	return item != NULL && (READ_ONCE(item->data.counter) & WORK_STRUCT_PENDING) != 0;
}

EXPORT_C struct workqueue_struct *alloc_workqueue(const char *fmt, unsigned int flags,
						  int max_active, ...)
{
	char name[64];
	va_list ap;

	va_start(ap, max_active);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	return pointer_to(call_js(JS_alloc_workqueue, "snn", name, (long)flags, (long)max_active));
}

EXPORT_C void destroy_workqueue(struct workqueue_struct *wq)
{
	if (may_sleep("destroy_workqueue"))
		call_js(JS_destroy_workqueue, "p", wq);
}

EXPORT_C void flush_workqueue(struct workqueue_struct *wq)
{
	if (may_sleep("flush_workqueue"))
		call_js(JS_flush_workqueue, "p", wq);
	san_acquire(wq);
}

EXPORT_C void drain_workqueue(struct workqueue_struct *wq)
{
	if (may_sleep("drain_workqueue"))
		call_js(JS_drain_workqueue, "p", wq);
	san_acquire(wq);
}

/* WORK_CPU_UNBOUND is NR_CPUS in a client, as in the kernel, and -1 in TypeScript. */
static long cpu_of(int cpu)
{
	return cpu == WORK_CPU_UNBOUND ? -1 : cpu;
}

EXPORT_C bool queue_work_on(int cpu, struct workqueue_struct *wq, struct work_struct *work)
{
	struct delayed_work *item = item_of(work);

	san_release(work);
	san_release(item);
	return item != NULL && call_js(JS_queue_work_on, "npp", cpu_of(cpu), wq, item) != 0;
}

EXPORT_C bool queue_delayed_work_on(int cpu, struct workqueue_struct *wq,
				    struct delayed_work *dwork, unsigned long delay)
{
	struct delayed_work *item = item_of(&dwork->work);

	san_release(dwork);
	san_release(item);
	return item != NULL &&
	       call_js(JS_queue_delayed_work_on, "nppn", cpu_of(cpu), wq, item, delay) != 0;
}

EXPORT_C bool mod_delayed_work_on(int cpu, struct workqueue_struct *wq, struct delayed_work *dwork,
				  unsigned long delay)
{
	struct delayed_work *item = item_of(&dwork->work);

	san_release(dwork);
	san_release(item);
	return item != NULL &&
	       call_js(JS_mod_delayed_work_on, "nppn", cpu_of(cpu), wq, item, delay) != 0;
}

/* For an item that was never queued there is nothing to do. */
static bool of_item(enum js_function fn, struct work_struct *work, const char *sleeps)
{
	struct work_struct *item = shadow_find(SHADOW_WORK, work);
	bool ret;

	if (sleeps != NULL && !may_sleep(sleeps))
		return false;
	if (item == NULL)
		return false;
	ret = call_js(fn, "p", item) != 0;
	san_acquire(item);
	return ret;
}

EXPORT_C bool cancel_work(struct work_struct *work)
{
	return of_item(JS_cancel_work, work, NULL);
}

EXPORT_C bool cancel_work_sync(struct work_struct *work)
{
	return of_item(JS_cancel_work_sync, work, "cancel_work_sync");
}

EXPORT_C bool cancel_delayed_work(struct delayed_work *dwork)
{
	return of_item(JS_cancel_delayed_work, &dwork->work, NULL);
}

EXPORT_C bool cancel_delayed_work_sync(struct delayed_work *dwork)
{
	return of_item(JS_cancel_delayed_work_sync, &dwork->work, "cancel_delayed_work_sync");
}

EXPORT_C bool flush_work(struct work_struct *work)
{
	return of_item(JS_flush_work, work, "flush_work");
}

EXPORT_C bool flush_delayed_work(struct delayed_work *dwork)
{
	return of_item(JS_flush_delayed_work, &dwork->work, "flush_delayed_work");
}

struct work_for_cpu {
	struct work_struct work;
	long (*fn)(void *);
	void *arg;
	long ret;
};

static void work_for_cpu_fn(struct work_struct *work)
{
	struct work_for_cpu *wfc = container_of(work, struct work_for_cpu, work);

	wfc->ret = wfc->fn(wfc->arg);
}

EXPORT_C long work_on_cpu(int cpu, long (*fn)(void *), void *arg)
{
	struct work_for_cpu *wfc;
	long ret;

	if (!may_sleep("work_on_cpu"))
		return -EDEADLK;
	wfc = kzalloc(sizeof(*wfc), GFP_KERNEL);
	if (wfc == NULL)
		return -ENOMEM;
	INIT_WORK(&wfc->work, work_for_cpu_fn);
	wfc->fn = fn;
	wfc->arg = arg;
	queue_work_on(cpu, system_highpri_wq, &wfc->work);
	flush_work(&wfc->work);
	ret = wfc->ret;
	kfree(wfc);
	return ret;
}

EXPORT_C int schedule_on_each_cpu(work_func_t func)
{
	struct work_struct *works = kcalloc(nr_cpu_ids, sizeof(*works), GFP_KERNEL);
	unsigned int cpu;

	if (works == NULL)
		return -ENOMEM;
	for_each_online_cpu(cpu) {
		INIT_WORK(&works[cpu], func);
		queue_work_on((int)cpu, system_wq, &works[cpu]);
	}
	for_each_online_cpu(cpu)
		flush_work(&works[cpu]);
	kfree(works);
	return 0;
}
