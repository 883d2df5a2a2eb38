// SPDX-License-Identifier: GPL-2.0-only
//
// Tasks: what C knows of the thread it runs on, and how such a thread sleeps and is woken.
//
// A wake-up is counted, and a sleeper compares the count with the one it has seen: so none is lost
// that comes between a look at the condition and the sleep. The count of a CPU's task lies in the
// machine's memory, beside its park word, since it is TypeScript that puts a CPU to sleep
// (lib/machine/park.ts): the CPU's work items go on meanwhile.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "js.h"
#include "runtime.h"
#include "sanitizer.h"
#include "shared-words.h"
#include <linux/sched.h>

static __thread struct task_struct *self;
static pthread_key_t at_thread_exit;
static pthread_once_t key_once = PTHREAD_ONCE_INIT;

int64_t monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

void futex_wake_one(int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

bool futex_wait_until(int *word, int value, int64_t deadline_ns)
{
	struct timespec ts = { deadline_ns / 1000000000, deadline_ns % 1000000000 };

	// WAIT_BITSET's time is absolute, of CLOCK_MONOTONIC.
	return syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, value,
		       deadline_ns == INT64_MAX ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY) == 0 ||
	       errno != ETIMEDOUT;
}

struct task_struct *task_alloc(const char *comm)
{
	struct task_struct *task = calloc(1, sizeof(*task));

	if (task == NULL)
		return NULL;
	snprintf(task->comm, sizeof(task->comm), "%s", comm);
	task->tgid = getpid();
	task->machine.refs = 1;
	task->machine.cpu = -1;
	task->machine.slot = -1;
	return task;
}

void task_get(struct task_struct *task)
{
	__atomic_add_fetch(&task->machine.refs, 1, __ATOMIC_RELAXED);
}

void task_put(struct task_struct *task)
{
	if (__atomic_sub_fetch(&task->machine.refs, 1, __ATOMIC_ACQ_REL) == 0) {
		free(task->kthread);
		free(task);
	}
}

static int running;

int tasks_running(void)
{
	return __atomic_load_n(&running, __ATOMIC_SEQ_CST);
}

static void forget_task(void *data)
{
	struct task_struct *task = data;

	leave_slot(task);
	if (task->machine.started)
		__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	task_put(task);
}

static void make_key(void)
{
	pthread_key_create(&at_thread_exit, forget_task);
}

static void adopt(struct task_struct *task)
{
	pthread_once(&key_once, make_key);
	task->pid = (int)syscall(SYS_gettid);
	self = task;
	pthread_setspecific(at_thread_exit, task);
}

struct task_struct *task_current(void)
{
	char comm[16] = "";

	if (self != NULL)
		return self;
	prctl(PR_GET_NAME, comm);
	struct task_struct *task = task_alloc(comm);
	if (task == NULL)
		abort();
	adopt(task);
	return task;
}

int *task_preempt_count(void)
{
	return &task_current()->machine.preempt_count;
}

static int *wake_count(struct task_struct *task)
{
	return task->machine.park != NULL ? &task->machine.park->woken : &task->machine.woken;
}

void task_wake(struct task_struct *task)
{
	int *count = wake_count(task);
	int parked = PARKED_IN_C;

	// A full barrier: pairs with the sleeper's, between saying that it sleeps and looking at
	// the count.
	__atomic_add_fetch(count, 1, __ATOMIC_SEQ_CST);
	if (task->machine.park == NULL) {
		futex_wake_one(count);
		return;
	}
	int *word = &task->machine.park->parked;
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == PARKED_IN_C &&
	    __atomic_compare_exchange_n(word, &parked, 0, false, __ATOMIC_SEQ_CST,
					__ATOMIC_SEQ_CST))
		futex_wake_one(word);
}

bool task_wait(int64_t deadline_ns)
{
	struct task_struct *task = task_current();
	int *count = wake_count(task);
	int seen = task->machine.seen;

	serial_not_deferred();
	if (task->machine.park != NULL && on_js_thread()) {
		// Items that run meanwhile have a state of their own.
		long state = task->state;
		task->state = TASK_RUNNING;
		cpu_wait(seen, deadline_ns, task->machine.held > 0);
		task->state = __atomic_load_n(count, __ATOMIC_SEQ_CST) == seen ? state :
										 TASK_RUNNING;
	} else {
		while (__atomic_load_n(count, __ATOMIC_SEQ_CST) == seen) {
			if (!futex_wait_until(count, seen, deadline_ns))
				break;
		}
	}
	int now = __atomic_load_n(count, __ATOMIC_SEQ_CST);
	task->machine.seen = now;
	return now != seen;
}

void relax(unsigned int turns)
{
	serial_not_deferred();
	if (turns < 200) {
#if defined(__x86_64__)
		__builtin_ia32_pause();
#else
		__asm__ volatile("yield");
#endif
	} else if (turns < 1000) {
		sched_yield();
	} else {
		struct timespec ts = { 0, 100000 };
		nanosleep(&ts, NULL);
	}
}

bool may_sleep(const char *what)
{
	struct task_struct *task = task_current();
	int held = task->machine.preempt_count;
	bool atomic = held != 0 || task->machine.bh_count != 0 || task->machine.irqs_off != 0 ||
		      (on_js_thread() && call_js(JS_in_atomic, "") != 0);

	if (!atomic)
		return true;
	kernel_misuse("BUG: sleeping function called from invalid context: %s, "
		      "in_atomic(): 1, locks held: %d, pid: %d, name: %s",
		      what, held, task->pid, task->comm);
	return false;
}

struct task_struct *become_task(struct task_struct *task)
{
	struct task_struct *before = task_current();

	task->pid = (int)syscall(SYS_gettid);
	self = task;
	prctl(PR_SET_NAME, task->comm);
	return before;
}

void end_task(struct task_struct *before)
{
	struct task_struct *task = self;

	self = before;
	prctl(PR_SET_NAME, before->comm);
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
	task_put(task);
}

void task_exit(void)
{
	kthread_host_exit();
	pthread_exit(NULL);
}

struct start {
	struct task_struct *task;
	void (*fn)(void *);
	void *arg;
};

static void *run_task(void *data)
{
	struct start start = *(struct start *)data;

	free(data);
	adopt(start.task);
	prctl(PR_SET_NAME, start.task->comm);
	start.fn(start.arg);
	return NULL;
}

int task_start(struct task_struct *task, void (*fn)(void *), void *arg)
{
	struct start *start;
	pthread_attr_t attr;
	pthread_t thread;
	int err;

	// The thread's own reference, which it drops when it ends.
	task_get(task);
	__atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST);
	if (kthread_host_take(task, fn, arg))
		return 0;
	start = malloc(sizeof(*start));
	if (start == NULL) {
		__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
		task_put(task);
		return -ENOMEM;
	}
	*start = (struct start){ task, fn, arg };
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	task->machine.started = 1;
	err = pthread_create(&thread, &attr, run_task, start);
	pthread_attr_destroy(&attr);
	if (err != 0) {
		__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
		task_put(task);
		free(start);
	}
	return -err;
}

/* A thread with JavaScript joins the machine. @park: a CPU's park words, or NULL */
void join_thread(int cpu, int slot, struct park_words *park)
{
	struct task_struct *task = task_current();

	prctl(PR_GET_NAME, task->comm);
	task->machine.cpu = cpu;
	task->machine.slot = slot;
	task->machine.park = park;
	task->machine.seen = *wake_count(task);
}

/* It leaves: the memory with its park word goes. */
void leave_thread(void)
{
	struct task_struct *task = task_current();

	task->machine.cpu = -1;
	task->machine.slot = -1;
	task->machine.park = NULL;
	task->machine.seen = task->machine.woken;
}
