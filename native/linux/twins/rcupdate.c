// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/rcupdate.h>: readers are counted where lib/linux/rcupdate.ts counts them, so that a grace period of either language
// waits for those of both. A JS thread has TypeScript count. A foreign thread takes a place among the machine's threads and counts
// there itself, since a call through a c-call thread would count there.
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <pthread.h>
#include <stdio.h>

#include "js.h"
#include "machine.h"
#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"

static int *word_of(int slot, int offset)
{
	return (int *)((char *)pointer_to(machine.threads) + (size_t)slot * (size_t)machine.thread_size + offset);
}

/* This foreign thread's place. Without one (the boot option "tasks") it waits for another to end. */
static int slot_of(struct task_struct *task)
{
	for (unsigned int turns = 0; task->machine.slot < 0; turns++) {
		for (int slot = machine.nr_cpu_ids; slot < machine.nr_threads; slot++) {
			int zero = 0;
			if (__atomic_compare_exchange_n(word_of(slot, machine.taken), &zero, 1, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) {
				task->machine.slot = slot;
				return slot;
			}
		}
		relax(turns);
	}
	return task->machine.slot;
}

void leave_slot(struct task_struct *task)
{
	// A place of a machine that is gone.
	if (task->machine.slot < 0 || task->machine.generation != machine.generation || memory_high == 0)
		return;
	__atomic_store_n(word_of(task->machine.slot, machine.taken), 0, __ATOMIC_SEQ_CST);
	task->machine.slot = -1;
}

static void count(struct task_struct *task)
{
	if (task->machine.generation != machine.generation)
		task->machine.slot = -1;
	task->machine.generation = machine.generation;
	// A full barrier on both sides of the section: pairs with synchronize_rcu().
	__atomic_add_fetch(word_of(slot_of(task), machine.reader), 1, __ATOMIC_SEQ_CST);
}

EXPORT_C void rcu_read_lock(void)
{
	if (on_js_thread()) {
		call_js(JS_rcu_read_lock, "");
		return;
	}
	struct task_struct *task = task_current();
	if (task->machine.rcu_depth++ == 0 && memory_high != 0)
		count(task);
}

EXPORT_C void rcu_read_unlock(void)
{
	san_release(&machine);
	if (on_js_thread()) {
		call_js(JS_rcu_read_unlock, "");
		return;
	}
	struct task_struct *task = task_current();
	if (--task->machine.rcu_depth == 0 && memory_high != 0)
		count(task);
}

EXPORT_C void local_bh_disable(void)
{
	if (on_js_thread()) {
		call_js(JS_local_bh_disable, "");
		return;
	}
	task_current()->machine.bh_count++;
	rcu_read_lock();
}

EXPORT_C void local_bh_enable(void)
{
	if (on_js_thread()) {
		call_js(JS_local_bh_enable, "");
		return;
	}
	struct task_struct *task = task_current();
	if (task->machine.bh_count == 0) {
		kernel_misuse("local_bh_enable: softirqs are not disabled");
		return;
	}
	task->machine.bh_count--;
	rcu_read_unlock();
}

EXPORT_C void rcu_read_lock_bh(void)
{
	local_bh_disable();
}

EXPORT_C void rcu_read_unlock_bh(void)
{
	local_bh_enable();
}

EXPORT_C void synchronize_rcu(void)
{
	if (may_sleep("synchronize_rcu"))
		call_js(JS_synchronize_rcu, "");
	san_acquire(&machine);
}

// call_rcu(): a thread waits for a grace period for all callbacks that have come up to its begin. (A task, and no kthread: it starts
// with the first callback, whose caller may not be allowed to sleep.)

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
	// As in the kernel, a small number in its place is where in an object to be freed the head lies.
	if ((unsigned long)head->func < 4096)
		kfree((char *)head - (unsigned long)head->func);
	else if (is_callable((void *)head->func))
		head->func(head);
	else
		kernel_misuse("call_rcu: callback %p of head %p is no function", (void *)head->func, (void *)head);
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
		wait_event(callbacks.barrier, (long)(__atomic_load_n(&callbacks.done, __ATOMIC_SEQ_CST) - queued) >= 0);
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
