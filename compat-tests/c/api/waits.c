// SPDX-License-Identifier: GPL-2.0-only
//
// Completions, wait queues, sleeping, delays: the waker is a kthread.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/swait.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>

#include "api.h"

static struct completion done;
static DECLARE_WAIT_QUEUE_HEAD(queue);
static DECLARE_SWAIT_QUEUE_HEAD(squeue);
static int flag;
static unsigned long word;

/* Start a thread that calls fn() once, and wait for its end with join(). */
static struct task_struct *helper(int (*fn)(void *))
{
	struct task_struct *task = kthread_create(fn, NULL, "api-helper");

	CHECK(!IS_ERR(task));
	get_task_struct(task);
	wake_up_process(task);
	return task;
}

static void join(struct task_struct *task)
{
	kthread_stop(task);
	put_task_struct(task);
}

static int complete_once(void *unused)
{
	complete(&done);
	return 0;
}

TEST(completions, SLEEP)
{
	struct task_struct *task;

	init_completion(&done);
	CHECK(!completion_done(&done) && !try_wait_for_completion(&done));
	CHECK(wait_for_completion_timeout(&done, 1) == 0);
	CHECK(wait_for_completion_interruptible_timeout(&done, 1) == 0);
	task = helper(complete_once);
	wait_for_completion(&done);
	join(task);
	task = helper(complete_once);
	CHECK(wait_for_completion_timeout(&done, 10 * HZ) >= 1);
	join(task);
	complete(&done);
	CHECK(completion_done(&done) && wait_for_completion_interruptible(&done) == 0);
	complete(&done);
	CHECK(wait_for_completion_killable(&done) == 0);
	complete(&done);
	wait_for_completion_io(&done);
	complete(&done);
	CHECK(wait_for_completion_io_timeout(&done, HZ) >= 1);
	complete(&done);
	CHECK(wait_for_completion_interruptible_timeout(&done, HZ) >= 1);
	complete(&done);
	CHECK(wait_for_completion_killable_timeout(&done, HZ) >= 1);
	complete_all(&done);
	wait_for_completion(&done);
	wait_for_completion(&done);
	CHECK(completion_done(&done));
	reinit_completion(&done);
	CHECK(!completion_done(&done));
}

TEST(completes, ALL)
{
	struct completion own;

	init_completion(&own);
	complete(&own);
	CHECK(completion_done(&own) && try_wait_for_completion(&own) &&
	      !try_wait_for_completion(&own));
	complete_all(&own);
	CHECK(try_wait_for_completion(&own) && try_wait_for_completion(&own));
}

static int raise(void *unused)
{
	WRITE_ONCE(flag, 1);
	wake_up(&queue);
	swake_up_one(&squeue);
	swake_up_all(&squeue);
	wake_up_var(&flag);
	clear_and_wake_up_bit(3, &word);
	return 0;
}

#define WAITS(condition, expression) do { \
	struct task_struct *task_; \
	flag = 0; \
	word = 8; \
	task_ = helper(raise); \
	CHECK(({ expression; }) && (condition)); \
	join(task_); \
} while (0)

TEST(wait_events, SLEEP)
{
	DEFINE_WAIT(wait);
	DEFINE_WAIT_FUNC(woken, woken_wake_function);
	struct task_struct *task;

	WAITS(flag == 1, (wait_event(queue, READ_ONCE(flag)), 1));
	WAITS(flag == 1, wait_event_interruptible(queue, READ_ONCE(flag)) == 0);
	WAITS(flag == 1, wait_event_killable(queue, READ_ONCE(flag)) == 0);
	WAITS(flag == 1, wait_event_timeout(queue, READ_ONCE(flag), 10 * HZ) >= 1);
	WAITS(flag == 1, wait_event_interruptible_timeout(queue, READ_ONCE(flag), 10 * HZ) >= 1);
	CHECK(wait_event_timeout(queue, false, 1) == 0);
	WAITS(flag == 1, (swait_event_exclusive(squeue, READ_ONCE(flag)), 1));
	WAITS(flag == 1, swait_event_interruptible_exclusive(squeue, READ_ONCE(flag)) == 0);
	WAITS(flag == 1, swait_event_timeout_exclusive(squeue, READ_ONCE(flag), 10 * HZ) >= 1);
	WAITS(flag == 1, (wait_var_event(&flag, READ_ONCE(flag)), 1));
	WAITS(!test_bit(3, &word), wait_on_bit(&word, 3, TASK_UNINTERRUPTIBLE) == 0);
	WAITS(!test_bit(3, &word), wait_on_bit_io(&word, 3, TASK_UNINTERRUPTIBLE) == 0);
	WAITS(!test_bit(3, &word),
	      wait_on_bit_timeout(&word, 3, TASK_UNINTERRUPTIBLE, 10 * HZ) == 0);
	WAITS(test_bit(3, &word), wait_on_bit_lock(&word, 3, TASK_UNINTERRUPTIBLE) == 0);
	WAITS(test_bit(3, &word), wait_on_bit_lock_io(&word, 3, TASK_UNINTERRUPTIBLE) == 0);
	word = 8;
	CHECK(wait_on_bit_timeout(&word, 3, TASK_UNINTERRUPTIBLE, 1) == -EAGAIN);

	flag = 0;
	task = helper(raise);
	for (;;) {
		prepare_to_wait(&queue, &wait, TASK_UNINTERRUPTIBLE);
		if (READ_ONCE(flag))
			break;
		schedule();
	}
	finish_wait(&queue, &wait);
	CHECK(current->state == TASK_RUNNING && list_empty(&wait.entry));
	join(task);

	flag = 0;
	task = helper(raise);
	add_wait_queue(&queue, &woken);
	while (!READ_ONCE(flag))
		wait_woken(&woken, TASK_UNINTERRUPTIBLE, HZ);
	remove_wait_queue(&queue, &woken);
	CHECK(!waitqueue_active(&queue));
	join(task);
}

static int woken_how_often;

static int count_wake(struct wait_queue_entry *entry, unsigned int mode, int sync, void *key)
{
	woken_how_often++;
	return 1;
}

/* Entries with a function of their own: nobody sleeps. */
TEST(wake_ups, ALL)
{
	struct wait_queue_head head;
	struct wait_queue_entry entries[3];
	struct swait_queue_head shead;
	unsigned long flags;

	init_waitqueue_head(&head);
	init_swait_queue_head(&shead);
	for (int i = 0; i < 3; i++) {
		init_waitqueue_func_entry(&entries[i], count_wake);
		entries[i].flags = 0;
	}
	add_wait_queue(&head, &entries[0]);
	add_wait_queue_exclusive(&head, &entries[1]);
	add_wait_queue_exclusive(&head, &entries[2]);
	CHECK(waitqueue_active(&head) && wq_has_sleeper(&head));
	woken_how_often = 0;
	wake_up(&head);
	CHECK(woken_how_often == 2);
	wake_up_nr(&head, 2);
	CHECK(woken_how_often == 5);
	wake_up_all(&head);
	CHECK(woken_how_often == 8);
	spin_lock_irqsave(&head.lock, flags);
	wake_up_locked(&head);
	wake_up_locked_poll(&head, 1);
	spin_unlock_irqrestore(&head.lock, flags);
	CHECK(woken_how_often == 12);
	for (int i = 0; i < 3; i++)
		remove_wait_queue(&head, &entries[i]);
	CHECK(!waitqueue_active(&head));
	init_wait_entry(&entries[0], 0);
	CHECK(entries[0].func == autoremove_wake_function && entries[0].private == current);
	add_wait_queue(&head, &entries[0]);
	wake_up(&head);
	CHECK(default_wake_function(&entries[0], TASK_NORMAL, 0, NULL) == 0);
	remove_wait_queue(&head, &entries[0]);
	{
		struct wait_bit_key other = __WAIT_BIT_KEY_INITIALIZER(&flag, 3);
		struct wait_bit_queue_entry bit = {
			.key = __WAIT_BIT_KEY_INITIALIZER(&word, 3),
			.wq_entry = { .private = current, .func = wake_bit_function },
		};
		CHECK(wake_bit_function(&bit.wq_entry, TASK_NORMAL, 0, &other) == 0);
	}
	CHECK(bit_waitqueue(&word, 3) == bit_waitqueue(&word, 3) &&
	      __var_waitqueue(&flag) == __var_waitqueue(&flag));
	wake_up_bit(&word, 3);
	wake_up_var(&flag);
	__wake_up_bit(bit_waitqueue(&word, 3), &word, 3);
	swake_up_one(&shead);
	swake_up_all(&shead);
	raw_spin_lock(&shead.lock);
	swake_up_locked(&shead);
	raw_spin_unlock(&shead.lock);
}

TEST(prepares, SLEEP)
{
	DEFINE_WAIT(wait);
	DECLARE_SWAITQUEUE(swait);
	struct wait_bit_key key = __WAIT_BIT_KEY_INITIALIZER(&word, 3);

	CHECK(wait_may_sleep());
	prepare_to_wait_exclusive(&queue, &wait, TASK_INTERRUPTIBLE);
	CHECK(current->state == TASK_INTERRUPTIBLE && (wait.flags & WQ_FLAG_EXCLUSIVE));
	finish_wait(&queue, &wait);
	CHECK(prepare_to_wait_event(&queue, &wait, TASK_INTERRUPTIBLE) == 0);
	finish_wait(&queue, &wait);
	prepare_to_swait_exclusive(&squeue, &swait, TASK_UNINTERRUPTIBLE);
	CHECK(swait_active(&squeue));
	finish_swait(&squeue, &swait);
	CHECK(prepare_to_swait_event(&squeue, &swait, TASK_INTERRUPTIBLE) == 0);
	finish_swait(&squeue, &swait);
	CHECK(!swait_active(&squeue) && current->state == TASK_RUNNING);
	// What wait_on_bit() calls to sleep: the task is running already, so they come back.
	__set_current_state(TASK_RUNNING);
	key.timeout = jiffies;
	CHECK(bit_wait_timeout(&key, TASK_UNINTERRUPTIBLE) == -EAGAIN);
	CHECK(bit_wait(&key, TASK_RUNNING) == 0 && bit_wait_io(&key, TASK_RUNNING) == 0);
	CHECK(out_of_line_wait_on_bit(&word, 7, bit_wait, TASK_UNINTERRUPTIBLE) == 0);
	CHECK(out_of_line_wait_on_bit_timeout(&word, 7, bit_wait_timeout, TASK_UNINTERRUPTIBLE,
					      1) == 0);
	CHECK(out_of_line_wait_on_bit_lock(&word, 7, bit_wait, TASK_UNINTERRUPTIBLE) == 0 &&
	      test_bit(7, &word));
}

static int raise_twice(void *unused)
{
	WRITE_ONCE(flag, 1);
	spin_lock(&queue.lock);
	wake_up_locked(&queue);
	spin_unlock(&queue.lock);
	return 0;
}

TEST(locked_waits, SLEEP)
{
	struct task_struct *task;

	flag = 0;
	task = helper(raise_twice);
	spin_lock(&queue.lock);
	CHECK(wait_event_interruptible_locked(queue, READ_ONCE(flag)) == 0);
	spin_unlock(&queue.lock);
	join(task);
	flag = 0;
	task = helper(raise_twice);
	spin_lock_irq(&queue.lock);
	CHECK(wait_event_interruptible_locked_irq(queue, READ_ONCE(flag)) == 0);
	spin_unlock_irq(&queue.lock);
	join(task);
}

TEST(sleeps, SLEEP)
{
	ktime_t expires = ktime_set(0, 1000);
	u64 from = ktime_get_ns();

	msleep(1);
	usleep_range(10, 20);
	CHECK(ktime_get_ns() - from >= 1000000);
	CHECK(msleep_interruptible(1) == 0);
	CHECK(schedule_timeout_interruptible(1) == 0 && schedule_timeout_uninterruptible(1) == 0);
	CHECK(schedule_timeout_killable(1) == 0 && schedule_timeout_idle(1) == 0 &&
	      current->state == TASK_RUNNING);
	set_current_state(TASK_UNINTERRUPTIBLE);
	CHECK(schedule_timeout(1) == 0);
	set_current_state(TASK_UNINTERRUPTIBLE);
	CHECK(io_schedule_timeout(1) == 0);
	set_current_state(TASK_INTERRUPTIBLE);
	CHECK(schedule_hrtimeout(&expires, HRTIMER_MODE_REL) == 0);
	set_current_state(TASK_INTERRUPTIBLE);
	CHECK(schedule_hrtimeout_range(&expires, 1000, HRTIMER_MODE_REL) == 0);
	// Running: these come back.
	CHECK(current->state == TASK_RUNNING);
	schedule();
	io_schedule();
	preempt_disable();
	schedule_preempt_disabled();
	preempt_enable();
	yield();
	cond_resched();
	might_sleep();
}

TEST(delays, ALL)
{
	u64 from = ktime_get_ns();

	ndelay(100);
	udelay(10);
	mdelay(1);
	CHECK(ktime_get_ns() - from >= 1010100);
	cpu_relax();
	cpu_relax_turn(0);
}
