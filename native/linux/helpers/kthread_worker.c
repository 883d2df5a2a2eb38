// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/kthread.h>: workers, kthreads that carry out works one after the other. A worker's lock
// guards its lists, its current work, and the worker of its works.
#include <linux/completion.h>
#include <linux/kthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "linux/sync.h"

EXPORT_C int kthread_worker_fn(void *worker_ptr)
{
	struct kthread_worker *worker = worker_ptr;

	worker->task = current;
	for (;;) {
		struct kthread_work *work = NULL;

		// Before the looks at the flag and the list. Pairs with the wake-ups of
		// kthread_stop() and insert().
		set_current_state(TASK_INTERRUPTIBLE);
		if (kthread_should_stop()) {
			__set_current_state(TASK_RUNNING);
			spin_lock(&worker->lock);
			worker->task = NULL;
			spin_unlock(&worker->lock);
			return 0;
		}
		spin_lock(&worker->lock);
		if (!list_empty(&worker->work_list)) {
			work = list_first_entry(&worker->work_list, struct kthread_work, node);
			list_del_init(&work->node);
		}
		worker->current_work = work;
		spin_unlock(&worker->lock);
		if (work == NULL) {
			schedule();
			continue;
		}
		__set_current_state(TASK_RUNNING);
		// The work may be freed in it.
		work->func(work);
	}
}

static struct kthread_worker *create(int cpu, unsigned int flags, const char *name)
{
	struct kthread_worker *worker = calloc(1, sizeof(*worker));
	struct task_struct *task;

	if (worker == NULL)
		return ERR_PTR(-ENOMEM);
	kthread_init_worker(worker);
	task = kthread_create(kthread_worker_fn, worker, "%s", name);
	if (IS_ERR(task)) {
		free(worker);
		return ERR_CAST(task);
	}
	if (cpu >= 0)
		kthread_bind(task, (unsigned int)cpu);
	worker->flags = flags;
	worker->task = task;
	wake_up_process(task);
	return worker;
}

EXPORT_C struct kthread_worker *kthread_create_worker(unsigned int flags, const char namefmt[], ...)
{
	char name[TASK_COMM_LEN];
	va_list ap;

	va_start(ap, namefmt);
	vsnprintf(name, sizeof(name), namefmt, ap);
	va_end(ap);
	return create(-1, flags, name);
}

EXPORT_C struct kthread_worker *kthread_create_worker_on_cpu(int cpu, unsigned int flags,
							     const char namefmt[], ...)
{
	char name[TASK_COMM_LEN];
	va_list ap;

	va_start(ap, namefmt);
	vsnprintf(name, sizeof(name), namefmt, ap);
	va_end(ap);
	return create(cpu, flags, name);
}

/* The lock is held. @pos: before which one */
static void insert(struct kthread_worker *worker, struct kthread_work *work, struct list_head *pos)
{
	if (work->worker != NULL && work->worker != worker)
		kernel_misuse("kthread_worker: work %p is of another worker", (void *)work);
	list_add_tail(&work->node, pos);
	work->worker = worker;
	if (worker->current_work == NULL && worker->task != NULL)
		wake_up_process(worker->task);
}

static bool may_queue(struct kthread_work *work)
{
	return list_empty(&work->node) && work->canceling == 0;
}

EXPORT_C bool kthread_queue_work(struct kthread_worker *worker, struct kthread_work *work)
{
	bool queued;

	spin_lock(&worker->lock);
	queued = may_queue(work);
	if (queued)
		insert(worker, work, &worker->work_list);
	spin_unlock(&worker->lock);
	return queued;
}

EXPORT_C void kthread_delayed_work_timer_fn(struct timer_list *t)
{
	struct kthread_delayed_work *dwork = from_timer(dwork, t, timer);
	struct kthread_work *work = &dwork->work;
	struct kthread_worker *worker = work->worker;

	if (worker == NULL)
		return;
	spin_lock(&worker->lock);
	if (!list_empty(&work->node) && work->canceling == 0) {
		list_del_init(&work->node);
		insert(worker, work, &worker->work_list);
	}
	spin_unlock(&worker->lock);
}

/* The lock is held. */
static void insert_delayed(struct kthread_worker *worker, struct kthread_delayed_work *dwork,
			   unsigned long delay)
{
	if (delay == 0) {
		insert(worker, &dwork->work, &worker->work_list);
		return;
	}
	list_add(&dwork->work.node, &worker->delayed_work_list);
	dwork->work.worker = worker;
	mod_timer(&dwork->timer, jiffies + delay);
}

EXPORT_C bool kthread_queue_delayed_work(struct kthread_worker *worker,
					 struct kthread_delayed_work *dwork, unsigned long delay)
{
	bool queued;

	spin_lock(&worker->lock);
	queued = may_queue(&dwork->work);
	if (queued)
		insert_delayed(worker, dwork, delay);
	spin_unlock(&worker->lock);
	return queued;
}

/*
 * Take a work off its list. The lock is held; it is given up for the timer, whose function takes
 * it, and meanwhile the work counts as being cancelled, so that nobody queues it. Was it on a list?
 */
static bool take_off(struct kthread_worker *worker, struct kthread_work *work,
		     struct timer_list *timer)
{
	if (timer != NULL) {
		work->canceling++;
		spin_unlock(&worker->lock);
		del_timer_sync(timer);
		spin_lock(&worker->lock);
		work->canceling--;
	}
	if (list_empty(&work->node))
		return false;
	list_del_init(&work->node);
	return true;
}

EXPORT_C bool kthread_mod_delayed_work(struct kthread_worker *worker,
				       struct kthread_delayed_work *dwork, unsigned long delay)
{
	struct kthread_work *work = &dwork->work;
	bool pending = false;

	spin_lock(&worker->lock);
	if (work->worker != NULL)
		pending = take_off(worker, work, &dwork->timer);
	if (work->canceling == 0)
		insert_delayed(worker, dwork, delay);
	spin_unlock(&worker->lock);
	return pending;
}

struct flush_work {
	struct kthread_work work;
	struct completion done;
};

static void flushed(struct kthread_work *work)
{
	complete(&container_of(work, struct flush_work, work)->done);
}

EXPORT_C void kthread_flush_work(struct kthread_work *work)
{
	struct flush_work flush;
	struct kthread_worker *worker = READ_ONCE(work->worker);
	bool wait = true;

	if (worker == NULL)
		return;
	kthread_init_work(&flush.work, flushed);
	init_completion(&flush.done);
	spin_lock(&worker->lock);
	if (!list_empty(&work->node))
		insert(worker, &flush.work, work->node.next);
	else if (worker->current_work == work)
		insert(worker, &flush.work, worker->work_list.next);
	else
		wait = false;
	spin_unlock(&worker->lock);
	if (wait)
		wait_for_completion(&flush.done);
}

EXPORT_C void kthread_flush_worker(struct kthread_worker *worker)
{
	struct flush_work flush;

	kthread_init_work(&flush.work, flushed);
	init_completion(&flush.done);
	kthread_queue_work(worker, &flush.work);
	wait_for_completion(&flush.done);
}

static bool cancel(struct kthread_work *work, struct timer_list *timer)
{
	struct kthread_worker *worker = READ_ONCE(work->worker);
	bool pending;

	if (worker == NULL)
		return false;
	spin_lock(&worker->lock);
	pending = take_off(worker, work, timer);
	if (worker->current_work == work) {
		// It must not queue itself again while we wait.
		work->canceling++;
		spin_unlock(&worker->lock);
		kthread_flush_work(work);
		spin_lock(&worker->lock);
		work->canceling--;
	}
	spin_unlock(&worker->lock);
	return pending;
}

EXPORT_C bool kthread_cancel_work_sync(struct kthread_work *work)
{
	return cancel(work, NULL);
}

EXPORT_C bool kthread_cancel_delayed_work_sync(struct kthread_delayed_work *dwork)
{
	return cancel(&dwork->work, &dwork->timer);
}

EXPORT_C void kthread_destroy_worker(struct kthread_worker *worker)
{
	struct task_struct *task = worker->task;

	if (task == NULL) {
		kernel_misuse("kthread_destroy_worker: worker %p has no thread", (void *)worker);
		return;
	}
	kthread_flush_worker(worker);
	kthread_stop(task);
	if (!list_empty(&worker->work_list))
		kernel_misuse("kthread_destroy_worker: worker %p still has works", (void *)worker);
	free(worker);
}
