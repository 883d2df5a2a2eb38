// SPDX-License-Identifier: GPL-2.0-only
//
// Calls that may wait for objects. The objects may be those that the driver itself holds: then it
// must go on, so such a call is made in a thread, and when it sleeps the answer is "blocked". Its
// result follows as an event.
#include "driver.h"

#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/string.h>

// The longest way of an object through the workqueue: parallel work, a second round of that,
// reorder work, serial work.
enum { CHAIN = 4 };

static LIST_HEAD(blocked);

/*
 * Wait until nothing of the instance's workqueue is queued or running. Each round waits for what
 * the one before has queued.
 */
void quiet(void)
{
	int i;

	for (i = 0; i < CHAIN; i++)
		flush_workqueue(wq);
}

struct call *call_new(const struct command *c, void (*fn)(struct call *call))
{
	struct call *call = kmalloc(sizeof(*call), GFP_KERNEL);

	// Not kzalloc(): `fail` counts those.
	if (!call)
		return NULL;
	memset(call, 0, sizeof(*call));
	call->fn = fn;
	call->line = kstrdup(c->line, GFP_KERNEL);
	init_completion(&call->begun);
	init_completion(&call->done);
	INIT_LIST_HEAD(&call->list);
	return call;
}

static void call_free(struct call *call)
{
	if (call->task)
		kthread_stop(call->task);
	free_cpumask_var(call->masks[0]);
	free_cpumask_var(call->masks[1]);
	kfree(call->text);
	kfree(call->line);
	kfree(call);
}

void call_result(struct call *call, int ret)
{
	strlcpy(call->result, error_name(ret, call->result, sizeof(call->result)),
		sizeof(call->result));
}

static int call_thread(void *data)
{
	struct call *call = data;

	complete(&call->begun);
	call->fn(call);
	complete(&call->done);
	// Until it is collected, so that its code is not unloaded below it.
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

/*
 * Does the call, which has begun then, sleep until the held objects have been serialised? Whatever
 * it had to do before that has been done. Who comes behind another one that is blocked may also
 * want a lock that this one has: then time has to tell.
 */
static bool sleeps(unsigned long begun)
{
	if (list_empty(&blocked) && held_objects_are_waited_for())
		return true;
	return time_after(jiffies, begun + HZ / 10) && (!pinst || !list_empty(&blocked));
}

/* Make a call, in a thread if objects are held that it may wait for. */
int call_and_answer(const struct command *c, struct call *call)
{
	unsigned long begun;

	if (objects_held() == 0 && list_empty(&blocked)) {
		call->fn(call);
		answer(c, "%s", call->result);
		call_free(call);
		return 0;
	}
	call->task = kthread_run(call_thread, call, "padata_driver");
	if (IS_ERR(call->task)) {
		int err = PTR_ERR(call->task);

		call->task = NULL;
		call_free(call);
		return err;
	}
	wait_for_completion(&call->begun);
	begun = jiffies;
	while (!wait_for_completion_timeout(&call->done, 1)) {
		if (!sleeps(begun))
			continue;
		quiet();
		if (try_wait_for_completion(&call->done))
			break;
		answer(c, "blocked (%d held)", objects_held());
		list_add_tail(&call->list, &blocked);
		return 0;
	}
	answer(c, "%s", call->result);
	call_free(call);
	return 0;
}

/* The events, and the results of blocked calls that have returned. @wait: they all do. */
void print_late_results(bool wait)
{
	struct call *call, *next;

	if (wait)
		list_for_each_entry(call, &blocked, list)
			wait_for_completion(&call->done);
	print_events();
	list_for_each_entry_safe(call, next, &blocked, list) {
		if (!wait && !try_wait_for_completion(&call->done))
			continue;
		say("! %s => %s\n", call->line, call->result);
		list_del(&call->list);
		call_free(call);
	}
}
