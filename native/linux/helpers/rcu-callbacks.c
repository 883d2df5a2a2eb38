// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/rcupdate.h>: call_rcu(). A thread waits for a grace period for all callbacks that have
// come up to its begin. (It is a task, and no kthread: it starts with the first callback, whose
// caller may not be allowed to sleep.)
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <pthread.h>

#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"

static struct {
	pthread_mutex_t lock;
	struct rcu_head *first, **last;
	struct task_struct *thread;
	int stop, stopped;
	unsigned long queued, done;
	wait_queue_head_t barrier;
} callbacks = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.last = &callbacks.first,
	.barrier = __WAIT_QUEUE_HEAD_INITIALIZER(callbacks.barrier),
};

static struct rcu_head *take_callbacks(void)
{
	pthread_mutex_lock(&callbacks.lock);
	struct rcu_head *head = callbacks.first;
	callbacks.first = NULL;
	callbacks.last = &callbacks.first;
	pthread_mutex_unlock(&callbacks.lock);
	return head;
}

static void call_back(struct rcu_head *head)
{
	san_acquire(head);
	// As in the kernel, a small number in its place is where in an object to be freed the head
	// lies.
	if ((unsigned long)head->func < 4096)
		kfree((char *)head - (unsigned long)head->func);
	else if (is_callable((void *)head->func))
		head->func(head);
	else
		kernel_misuse("call_rcu: callback %p of head %p is no function", (void *)head->func,
			      (void *)head);
	__atomic_add_fetch(&callbacks.done, 1, __ATOMIC_SEQ_CST);
}

static void rcu_thread(void *data)
{
	(void)data;
	while (__atomic_load_n(&callbacks.stop, __ATOMIC_SEQ_CST) == 0) {
		struct rcu_head *head = take_callbacks();

		if (head == NULL) {
			task_wait(INT64_MAX);
			continue;
		}
		synchronize_rcu();
		while (head != NULL) {
			struct rcu_head *next = head->next;
			call_back(head);
			head = next;
		}
		wake_up_all(&callbacks.barrier);
	}
	__atomic_store_n(&callbacks.stopped, 1, __ATOMIC_SEQ_CST);
	wake_up_all(&callbacks.barrier);
}

/* With the lock held. */
static void start_rcu_thread(void)
{
	struct task_struct *task = task_alloc("rcu");

	callbacks.stop = callbacks.stopped = 0;
	if (task != NULL && task_start(task, rcu_thread, NULL) == 0)
		callbacks.thread = task;
	else if (task != NULL)
		task_put(task);
}

EXPORT_C void call_rcu(struct rcu_head *head, void (*func)(struct rcu_head *head))
{
	head->next = NULL;
	head->func = func;
	san_release(head);
	pthread_mutex_lock(&callbacks.lock);
	// If there is no memory for a thread, the next one tries again.
	if (callbacks.thread == NULL)
		start_rcu_thread();
	*callbacks.last = head;
	callbacks.last = &head->next;
	callbacks.queued++;
	struct task_struct *thread = callbacks.thread;
	pthread_mutex_unlock(&callbacks.lock);
	if (thread != NULL)
		task_wake(thread);
}

EXPORT_C void rcu_barrier(void)
{
	pthread_mutex_lock(&callbacks.lock);
	unsigned long queued = callbacks.queued;
	bool runs = callbacks.thread != NULL;
	pthread_mutex_unlock(&callbacks.lock);
	if (runs && may_sleep("rcu_barrier"))
		wait_event(callbacks.barrier,
			   (long)(__atomic_load_n(&callbacks.done, __ATOMIC_SEQ_CST) - queued) >=
				   0);
}

EXPORT_C void __kfree_rcu(struct rcu_head *head, unsigned long offset)
{
	call_rcu(head, (void (*)(struct rcu_head *))offset);
}

/* The machine shuts down. */
void stop_rcu_thread(void)
{
	struct task_struct *thread = callbacks.thread;

	if (thread == NULL)
		return;
	rcu_barrier();
	__atomic_store_n(&callbacks.stop, 1, __ATOMIC_SEQ_CST);
	task_wake(thread);
	wait_event(callbacks.barrier, __atomic_load_n(&callbacks.stopped, __ATOMIC_SEQ_CST) != 0);
	callbacks.thread = NULL;
	task_put(thread);
}
