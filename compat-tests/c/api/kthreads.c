// SPDX-License-Identifier: GPL-2.0-only
//
// Kthreads, their workers, tasks, signals.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>

#include "api.h"

static struct completion started, ended;

static int until_stopped(void *data)
{
	complete(&started);
	CHECK(kthread_data(current) == data && kthread_probe_data(current) == data);
	while (!kthread_should_stop()) {
		if (kthread_should_park()) {
			kthread_parkme();
			complete(&ended);
			continue;
		}
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop() && !kthread_should_park())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 42;
}

TEST(threads, SLEEP)
{
	int data;
	struct task_struct *task;
	char comm[TASK_COMM_LEN];
	bool frozen = true;

	init_completion(&started);
	init_completion(&ended);
	task = kthread_create(until_stopped, &data, "name-%d", 5);
	CHECK(!IS_ERR(task) && strcmp(get_task_comm(comm, task), "name-5") == 0 &&
	      (task->flags & PF_KTHREAD));
	kthread_bind(task, 1);
	CHECK(task_cpu(task) == 1);
	set_task_comm(task, "other");
	CHECK(strcmp(task->comm, "other") == 0);
	CHECK(wake_up_process(task) == 1);
	wait_for_completion(&started);
	CHECK(kthread_park(task) == 0);
	kthread_unpark(task);
	wait_for_completion(&ended);
	CHECK(kthread_stop(task) == 42);

	task = kthread_create(until_stopped, &data, "never");
	CHECK(kthread_stop(task) == -EINTR);
	task = kthread_create_on_cpu(until_stopped, &data, 2, "on/%u");
	CHECK(!IS_ERR(task) && task_cpu(task) == 2);
	CHECK(set_cpus_allowed_ptr(task, cpumask_of(3)) == 0);
	wake_up_state(task, TASK_NORMAL);
	kthread_unpark(task);
	wait_for_completion(&started);
	CHECK(kthread_stop(task) == 42);
	task = kthread_create_on_node(until_stopped, &data, NUMA_NO_NODE, "node");
	kthread_bind_mask(task, cpumask_of(1));
	CHECK(task_state_to_char(task) == 'D');
	kthread_stop(task);
	if (api_context == KTHREAD) {
		CHECK(!kthread_should_stop() && !kthread_freezable_should_stop(&frozen) && !frozen);
		CHECK(!kthread_should_park());
	}
}

static int exits(void *unused)
{
	complete(&started);
	do_exit(0);
}

static int completes_and_exits(void *unused)
{
	complete_and_exit(&ended, 0);
}

TEST(exits_early, SLEEP)
{
	struct task_struct *task = kthread_create(exits, NULL, "exits");

	init_completion(&started);
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&started);
	CHECK(kthread_stop(task) == 0);
	put_task_struct(task);
	init_completion(&ended);
	kthread_run(completes_and_exits, NULL, "exits");
	wait_for_completion(&ended);
}

static int takes_signal(void *unused)
{
	allow_signal(SIGTERM);
	complete(&started);
	wait_for_completion_interruptible(&ended);
	CHECK(signal_pending(current) && !fatal_signal_pending(current));
	CHECK(kernel_dequeue_signal(NULL) == SIGTERM && !signal_pending(current));
	send_sig(SIGTERM, current, 0);
	CHECK(msleep_interruptible(10000) > 0);
	flush_signals(current);
	CHECK(!signal_pending(current));
	disallow_signal(SIGTERM);
	send_sig(SIGTERM, current, 0);
	CHECK(!signal_pending(current));
	return 3;
}

TEST(signals, SLEEP)
{
	struct task_struct *task;

	init_completion(&started);
	init_completion(&ended);
	task = kthread_create(takes_signal, NULL, "signals");
	get_task_struct(task);
	wake_up_process(task);
	wait_for_completion(&started);
	CHECK(send_sig(SIGTERM, task, 0) == 0);
	CHECK(kthread_stop(task) == 3);
	put_task_struct(task);
}

TEST(tasks, ALL)
{
	char comm[TASK_COMM_LEN];

	CHECK(current == get_current() && current->pid > 0 && task_tgid_nr(current) > 0);
	CHECK(strcmp(get_task_comm(comm, current), current->comm) == 0);
	CHECK(task_state_to_char(current) == 'R');
	get_task_struct(current);
	put_task_struct(current);
	CHECK(wake_up_process(current) == 0);
	CHECK(!signal_pending(current));
}

struct own_work {
	struct kthread_work work;
	struct kthread_delayed_work delayed;
	int runs, delayed_runs;
};

static void count_run(struct kthread_work *work)
{
	container_of(work, struct own_work, work)->runs++;
}

static void count_delayed(struct kthread_work *work)
{
	container_of(work, struct own_work, delayed.work)->delayed_runs++;
}

static int worker(void *data)
{
	return kthread_worker_fn(data);
}

TEST(workers, SLEEP)
{
	struct kthread_worker *on_cpu, *made = kthread_create_worker(0, "worker-%d", 1), own_worker;
	struct own_work *own = kzalloc(sizeof(*own), GFP_KERNEL);
	struct task_struct *task;

	CHECK(!IS_ERR(made));
	kthread_init_work(&own->work, count_run);
	kthread_init_delayed_work(&own->delayed, count_delayed);
	CHECK(kthread_queue_work(made, &own->work));
	kthread_flush_work(&own->work);
	CHECK(own->runs == 1);
	kthread_queue_work(made, &own->work);
	kthread_flush_worker(made);
	CHECK(own->runs == 2 && !kthread_cancel_work_sync(&own->work));
	CHECK(kthread_queue_delayed_work(made, &own->delayed, 100 * HZ) &&
	      !kthread_queue_delayed_work(made, &own->delayed, 1));
	CHECK(kthread_mod_delayed_work(made, &own->delayed, 200 * HZ));
	CHECK(kthread_cancel_delayed_work_sync(&own->delayed) && own->delayed_runs == 0);
	CHECK(kthread_queue_delayed_work(made, &own->delayed, 0));
	kthread_flush_worker(made);
	CHECK(own->delayed_runs == 1);
	own->delayed.timer.expires = 0;
	CHECK(own->delayed.timer.function == kthread_delayed_work_timer_fn);
	kthread_destroy_worker(made);
	kthread_init_work(&own->work, count_run);
	on_cpu = kthread_create_worker_on_cpu(1, 0, "on-cpu");
	CHECK(!IS_ERR(on_cpu) && kthread_queue_work(on_cpu, &own->work));
	kthread_destroy_worker(on_cpu);
	CHECK(own->runs == 3);
	kthread_init_work(&own->work, count_run);
	kthread_init_worker(&own_worker);
	task = kthread_run(worker, &own_worker, "own");
	CHECK(kthread_queue_work(&own_worker, &own->work));
	kthread_flush_worker(&own_worker);
	CHECK(own->runs == 4);
	kthread_stop(task);
	kfree(own);
}
