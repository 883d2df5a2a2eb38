// SPDX-License-Identifier: GPL-2.0-only
//
// Workqueues, timers, tasklets. In atomic context one only starts and cancels them.
#include <linux/completion.h>
#include <linux/interrupt.h>
#include <linux/timer.h>
#include <linux/workqueue.h>

#include "api.h"

static struct completion done;
static atomic_t runs;

static void count_run(struct work_struct *work)
{
	atomic_inc(&runs);
	complete(&done);
}

static void hold(struct work_struct *work)
{
	while (!completion_done(&done))
		schedule_timeout_uninterruptible(1);
}

static DECLARE_WORK(static_work, count_run);
static DECLARE_DELAYED_WORK(static_delayed, count_run);

TEST(queues, SLEEP)
{
	struct workqueue_struct *wq = alloc_workqueue("api-%d", WQ_MEM_RECLAIM, 0, 1);
	struct workqueue_struct *ordered = alloc_ordered_workqueue("ordered", 0),
				*single = create_singlethread_workqueue("single");
	struct work_struct *work = kzalloc(sizeof(*work), GFP_KERNEL);
	struct delayed_work *delayed = kzalloc(sizeof(*delayed), GFP_KERNEL);

	CHECK(wq != NULL && ordered != NULL && single != NULL);
	atomic_set(&runs, 0);
	init_completion(&done);
	INIT_WORK(work, count_run);
	INIT_DELAYED_WORK(delayed, count_run);
	CHECK(queue_work_on(2, wq, work));
	wait_for_completion(&done);
	flush_work(work);
	CHECK(!flush_work(work) && !work_pending(work));
	CHECK(queue_work(ordered, work) && queue_work(single, &static_work));
	flush_workqueue(ordered);
	drain_workqueue(single);
	CHECK(atomic_read(&runs) == 3);
	CHECK(schedule_work(&static_work));
	flush_scheduled_work();
	CHECK(atomic_read(&runs) == 4);
	CHECK(queue_delayed_work(wq, delayed, 100 * HZ) && delayed_work_pending(delayed) &&
	      !queue_delayed_work(wq, delayed, 0));
	CHECK(mod_delayed_work(wq, delayed, 200 * HZ) && cancel_delayed_work_sync(delayed) &&
	      !delayed_work_pending(delayed));
	// Whether there was something to wait for depends on how fast it ran.
	CHECK(queue_delayed_work_on(1, wq, delayed, 100 * HZ));
	flush_delayed_work(delayed);
	CHECK(atomic_read(&runs) == 5);
	CHECK(!mod_delayed_work_on(1, wq, &static_delayed, 100 * HZ) &&
	      cancel_delayed_work(&static_delayed));
	CHECK(schedule_delayed_work(&static_delayed, 1));
	// It may have run already.
	flush_delayed_work(&static_delayed);
	CHECK(atomic_read(&runs) == 6);
	CHECK(!cancel_work_sync(work) && !cancel_work(work) && !cancel_delayed_work(delayed));
	destroy_workqueue(wq);
	destroy_workqueue(ordered);
	destroy_workqueue(single);
	kfree(work);
	kfree(delayed);
}

/* Items on the stack, of which one is still pending: another holds the CPU's ordered queue. */
TEST(stack_items, SLEEP)
{
	struct workqueue_struct *wq = alloc_ordered_workqueue("api-stack", 0);
	struct work_struct holder, work;
	struct delayed_work delayed;

	init_completion(&done);
	atomic_set(&runs, 0);
	INIT_WORK_ONSTACK(&holder, hold);
	INIT_WORK_ONSTACK(&work, count_run);
	INIT_DELAYED_WORK_ONSTACK(&delayed, count_run);
	CHECK(delayed.timer.function == delayed_work_timer_fn);
	queue_work(wq, &holder);
	CHECK(queue_work(wq, &work) && work_pending(&work) && !queue_work(wq, &work));
	CHECK(cancel_work(&work) && !work_pending(&work));
	CHECK(queue_work(wq, &work) && cancel_work_sync(&work));
	complete(&done);
	flush_workqueue(wq);
	CHECK(atomic_read(&runs) == 0);
	queue_delayed_work(wq, &delayed, 0);
	flush_delayed_work(&delayed);
	flush_workqueue(wq);
	CHECK(atomic_read(&runs) == 1);
	destroy_workqueue(wq);
	destroy_work_on_stack(&holder);
	destroy_work_on_stack(&work);
	destroy_delayed_work_on_stack(&delayed);
}

static void do_nothing(struct work_struct *work)
{
}

static DECLARE_WORK(other_work, do_nothing);

/* Also in atomic context: what is queued is cancelled, or runs behind. */
TEST(atomic_items, ALL)
{
	static struct work_struct work;
	struct delayed_work *delayed = kzalloc(sizeof(*delayed), GFP_ATOMIC);

	INIT_DELAYED_WORK(delayed, do_nothing);
	CHECK(queue_delayed_work(api_wq, delayed, 100 * HZ) && delayed_work_pending(delayed));
	CHECK(mod_delayed_work(system_wq, delayed, 50 * HZ) && cancel_delayed_work(delayed) &&
	      !delayed_work_pending(delayed));
	kfree(delayed);
	if (work.func == NULL)
		INIT_WORK(&work, do_nothing);
	queue_work_on(2, system_highpri_wq, &work);
	schedule_work_on(3, &other_work);
}

struct own_timer {
	struct timer_list timer;
	int fired;
};

static void fire(struct timer_list *timer)
{
	from_timer((struct own_timer *)NULL, timer, timer)->fired++;
	CHECK(in_softirq() && in_atomic());
	complete(&done);
}

static void fire_static(struct timer_list *timer)
{
	complete(&done);
}

static DEFINE_TIMER(static_timer, fire_static);

TEST(timers, SLEEP)
{
	struct own_timer *own = kzalloc(sizeof(*own), GFP_KERNEL), on_stack = { .fired = 0 };

	init_completion(&done);
	timer_setup(&own->timer, fire, 0);
	timer_setup_on_stack(&on_stack.timer, fire, 0);
	CHECK(!timer_pending(&own->timer) && mod_timer(&own->timer, jiffies + 1) == 0);
	wait_for_completion(&done);
	del_timer_sync(&own->timer);
	CHECK(own->fired == 1 && !timer_pending(&own->timer));
	on_stack.timer.expires = jiffies;
	add_timer(&on_stack.timer);
	wait_for_completion(&done);
	CHECK(del_timer_sync(&on_stack.timer) == 0 && on_stack.fired == 1);
	destroy_timer_on_stack(&on_stack.timer);
	mod_timer(&static_timer, jiffies + 1);
	wait_for_completion(&done);
	del_timer_sync(&static_timer);
	CHECK(mod_timer(&own->timer, jiffies + 100 * HZ) == 0 &&
	      mod_timer(&own->timer, jiffies + 200 * HZ) == 1);
	CHECK(try_to_del_timer_sync(&own->timer) == 1 && try_to_del_timer_sync(&own->timer) == 0);
	kfree(own);
}

TEST(atomic_timers, ALL)
{
	struct own_timer *own = kzalloc(sizeof(*own), GFP_ATOMIC);
	unsigned long expires = jiffies + 100 * HZ;

	timer_setup(&own->timer, fire, 0);
	CHECK(mod_timer(&own->timer, expires) == 0 && timer_pending(&own->timer) &&
	      own->timer.expires == expires);
	CHECK(del_timer(&own->timer) == 1 && del_timer(&own->timer) == 0);
	CHECK(mod_timer_pending(&own->timer, expires) == 0 && !timer_pending(&own->timer));
	kfree(own);
}

static unsigned long tasklet_data;

static void run_tasklet(unsigned long data)
{
	tasklet_data += data;
	CHECK(in_softirq());
	complete(&done);
}

TEST(tasklets, SLEEP)
{
	struct tasklet_struct *tasklet = kzalloc(sizeof(*tasklet), GFP_KERNEL);

	init_completion(&done);
	tasklet_data = 0;
	tasklet_init(tasklet, run_tasklet, 5);
	CHECK(tasklet->work.func == padata_tasklet_work);
	tasklet_schedule(tasklet);
	wait_for_completion(&done);
	tasklet_disable(tasklet);
	tasklet_schedule(tasklet);
	CHECK(tasklet_data == 5);
	tasklet_enable(tasklet);
	wait_for_completion(&done);
	CHECK(tasklet_data == 10);
	tasklet_kill(tasklet);
	kfree(tasklet);
}

static void run_nothing(unsigned long data)
{
}

static DECLARE_TASKLET(static_tasklet, run_nothing, 0);

TEST(atomic_tasklets, ALL)
{
	tasklet_schedule(&static_tasklet);
	tasklet_hi_schedule(&static_tasklet);
}

/* What atomic context has started is over. */
TEST(over, SLEEP)
{
	flush_scheduled_work();
	flush_workqueue(system_highpri_wq);
	tasklet_kill(&static_tasklet);
}
