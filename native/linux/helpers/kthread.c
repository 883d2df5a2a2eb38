// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/kthread.h>: threads of the process (task_start), begun and ended by the kernel's rules.
#include "kthread.h"

#include <linux/cpumask.h>
#include <linux/kthread.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "modules.h"
#include "linux/sync.h"

enum { ENDED = 64 };

/*
 * Those that ended last. In the kernel such a task is gone unless somebody has a reference, and
 * kthread_stop() would use freed memory; here it is kept for a while, so that this can be told.
 */
static struct {
	spinlock_t lock;
	struct task_struct *tasks[ENDED];
	unsigned int next;
} ended;

static struct kthread *kthread_of(struct task_struct *task)
{
	return task->kthread;
}

static bool test_flag(struct kthread *kthread, int bit)
{
	bool set = __atomic_load_n(&kthread->flags, __ATOMIC_SEQ_CST) >> bit & 1;

	if (set)
		san_acquire(&kthread->flags);
	return set;
}

static bool set_flag(struct kthread *kthread, int bit)
{
	san_release(&kthread->flags);
	return __atomic_fetch_or(&kthread->flags, 1ul << bit, __ATOMIC_SEQ_CST) >> bit & 1;
}

static bool clear_flag(struct kthread *kthread, int bit)
{
	san_release(&kthread->flags);
	return __atomic_fetch_and(&kthread->flags, ~(1ul << bit), __ATOMIC_SEQ_CST) >> bit & 1;
}

static void retire(struct task_struct *task)
{
	struct task_struct *oldest;

	lock_word(&ended.lock);
	oldest = ended.tasks[ended.next % ENDED];
	ended.tasks[ended.next++ % ENDED] = task;
	unlock_word(&ended.lock);
	if (oldest != NULL)
		task_put(oldest);
}

void kthread_end(struct task_struct *me, int code)
{
	struct kthread *self = kthread_of(me);

	if (me->machine.preempt_count != 0 || me->machine.bh_count != 0) {
		kernel_misuse("BUG: kthread %s/%d ends in atomic context: "
			      "locks held: %d, softirqs disabled: %d",
			      me->comm, me->pid, me->machine.preempt_count, me->machine.bh_count);
		me->machine.preempt_count = 0;
		me->machine.bh_count = 0;
	}
	me->exit_code = code;
	me->flags |= PF_EXITING;
	WRITE_ONCE(me->state, TASK_DEAD);
	// The reference of kthread_create(). Before the wake-ups, behind which this thread may
	// outlive the machine, but touches nothing of it.
	retire(me);
	module_task_ends((void *)self->threadfn);
	complete_all(&self->parked);
	complete_all(&self->exited);
}

static void kthread_main(void *arg)
{
	struct task_struct *me = task_current();
	struct kthread *self = kthread_of(me);
	int ret = -EINTR;

	(void)arg;
	san_acquire(self);
	// It has its pid. Pairs with the look of kthread_create_on_node().
	__atomic_store_n(&self->running, 1, __ATOMIC_RELEASE);
	schedule();
	if (!test_flag(self, KTHREAD_SHOULD_STOP)) {
		kthread_parkme();
		ret = self->threadfn(self->data);
	}
	kthread_end(me, ret);
}

static struct task_struct *create(int (*threadfn)(void *data), void *data, const char *comm)
{
	struct task_struct *task = task_alloc(comm);
	struct kthread *kthread = calloc(1, sizeof(*kthread));
	int err;

	if (task == NULL || kthread == NULL) {
		if (task != NULL)
			task_put(task);
		free(kthread);
		return ERR_PTR(-ENOMEM);
	}
	kthread->threadfn = threadfn;
	kthread->data = data;
	init_completion(&kthread->parked);
	init_completion(&kthread->exited);
	task->kthread = kthread;
	task->flags = PF_KTHREAD;
	// It sleeps until it is woken for the first time, also if that comes before it is there.
	task->state = TASK_UNINTERRUPTIBLE;
	san_release(kthread);
	module_task_begins((void *)threadfn);
	err = task_start(task, kthread_main, NULL);
	if (err != 0) {
		module_task_ends((void *)threadfn);
		task_put(task);
		return ERR_PTR(err);
	}
	for (unsigned int turns = 0; __atomic_load_n(&kthread->running, __ATOMIC_ACQUIRE) == 0;
	     turns++)
		relax(turns);
	return task;
}

EXPORT_C struct task_struct *kthread_create_on_node(int (*threadfn)(void *data), void *data,
						    int node, const char namefmt[], ...)
{
	char comm[TASK_COMM_LEN];
	va_list ap;

	(void)node;
	may_sleep("kthread_create");
	va_start(ap, namefmt);
	vsnprintf(comm, sizeof(comm), namefmt, ap);
	va_end(ap);
	return create(threadfn, data, comm);
}

EXPORT_C struct task_struct *kthread_create_on_cpu(int (*threadfn)(void *data), void *data,
						   unsigned int cpu, const char *namefmt)
{
	char comm[TASK_COMM_LEN];
	struct task_struct *task;

	may_sleep("kthread_create");
	// The format is the caller's; it has one argument at most.
	snprintf(comm, sizeof(comm), namefmt, cpu);
	task = create(threadfn, data, comm);
	if (!IS_ERR(task))
		kthread_bind(task, cpu);
	return task;
}

EXPORT_C void kthread_bind(struct task_struct *k, unsigned int cpu)
{
	k->machine.bound = (int)cpu + 1;
	k->flags |= PF_NO_SETAFFINITY;
}

EXPORT_C int set_cpus_allowed_ptr(struct task_struct *p, const struct cpumask *new_mask)
{
	unsigned int cpu = cpumask_first(new_mask);

	if (cpu >= nr_cpu_ids)
		return -EINVAL;
	p->machine.bound = cpumask_weight(new_mask) == 1 ? (int)cpu + 1 : 0;
	return 0;
}

EXPORT_C void kthread_bind_mask(struct task_struct *k, const struct cpumask *mask)
{
	set_cpus_allowed_ptr(k, mask);
	k->flags |= PF_NO_SETAFFINITY;
}

/* The caller, if it is a kthread; else that is reported. */
static struct kthread *self_of(const char *what)
{
	struct task_struct *me = task_current();

	if (me->kthread == NULL)
		kernel_misuse("BUG: %s: %s/%d is no kthread", what, me->comm, me->pid);
	return me->kthread;
}

EXPORT_C bool kthread_should_stop(void)
{
	struct kthread *self = self_of("kthread_should_stop");

	return self != NULL && test_flag(self, KTHREAD_SHOULD_STOP);
}

EXPORT_C bool kthread_should_park(void)
{
	struct kthread *self = self_of("kthread_should_park");

	return self != NULL && test_flag(self, KTHREAD_SHOULD_PARK);
}

EXPORT_C bool kthread_freezable_should_stop(bool *was_frozen)
{
	if (was_frozen != NULL)
		*was_frozen = false;
	return kthread_should_stop();
}

EXPORT_C void *kthread_data(struct task_struct *k)
{
	return kthread_of(k)->data;
}

EXPORT_C void *kthread_probe_data(struct task_struct *k)
{
	return k->kthread != NULL ? kthread_of(k)->data : NULL;
}

EXPORT_C void kthread_parkme(void)
{
	struct kthread *self = self_of("kthread_parkme");

	if (self == NULL)
		return;
	for (;;) {
		// With its barrier, before the look at the flag. Pairs with the clearing and the
		// wake-up of kthread_unpark().
		set_current_state(TASK_PARKED);
		if (!test_flag(self, KTHREAD_SHOULD_PARK))
			break;
		if (!set_flag(self, KTHREAD_IS_PARKED))
			complete(&self->parked);
		schedule();
	}
	clear_flag(self, KTHREAD_IS_PARKED);
	__set_current_state(TASK_RUNNING);
}

EXPORT_C int kthread_park(struct task_struct *k)
{
	struct kthread *kthread = kthread_of(k);

	if (kthread == NULL || k->flags & PF_EXITING)
		return -ENOSYS;
	if (set_flag(kthread, KTHREAD_SHOULD_PARK)) {
		kernel_misuse("kthread_park: kthread %s/%d is to park already", k->comm, k->pid);
		return -EBUSY;
	}
	if (k != task_current()) {
		wake_up_process(k);
		// Also if the thread ends instead.
		wait_for_completion(&kthread->parked);
	}
	return 0;
}

EXPORT_C void kthread_unpark(struct task_struct *k)
{
	struct kthread *kthread = kthread_of(k);

	bool parking = clear_flag(kthread, KTHREAD_SHOULD_PARK);

	// Behind the other: it says anew that it has parked if it is to park again before it has
	// even woken up.
	clear_flag(kthread, KTHREAD_IS_PARKED);
	// Who parks itself has nobody wait for that.
	try_wait_for_completion(&kthread->parked);
	if (parking)
		wake_up_state(k, TASK_PARKED);
}

EXPORT_C int kthread_stop(struct task_struct *k)
{
	struct task_struct *me = task_current();
	struct kthread *kthread;
	int ret;

	if (IS_ERR_OR_NULL(k) || k->kthread == NULL) {
		kernel_misuse("BUG: kthread_stop: %p is no kthread", (void *)k);
		return -EINVAL;
	}
	if (!may_sleep("kthread_stop"))
		return -EINTR;
	if (k == me) {
		kernel_misuse("INFO: task %s:%d blocked for ever: kthread_stop of itself", me->comm,
			      me->pid);
		return -EDEADLK;
	}
	kthread = kthread_of(k);
	// The only reference is the one of the list of those that ended: in a kernel there would be
	// none.
	if (completion_done(&kthread->exited) &&
	    __atomic_load_n(&k->machine.refs, __ATOMIC_ACQUIRE) == 1)
		kernel_misuse("BUG: kthread_stop: use-after-free: "
			      "kthread %s/%d has ended by itself, and nobody held a reference",
			      k->comm, k->pid);
	task_get(k);
	set_flag(kthread, KTHREAD_SHOULD_STOP);
	kthread_unpark(k);
	wake_up_process(k);
	wait_for_completion(&kthread->exited);
	ret = k->exit_code;
	task_put(k);
	return ret;
}

EXPORT_C void do_exit(long code)
{
	struct task_struct *me = task_current();

	if (me->kthread == NULL)
		panic("Attempted to kill %s/%d, which is no kthread: do_exit(%ld)", me->comm,
		      me->pid, code);
	kthread_end(me, (int)code);
	task_exit();
}

EXPORT_C void complete_and_exit(struct completion *comp, long code)
{
	if (comp != NULL)
		complete(comp);
	do_exit(code);
}
