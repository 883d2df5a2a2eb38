// SPDX-License-Identifier: GPL-2.0-only
//
// Kthread hosts: JS threads that kthreads run on. There a kthread calls the TypeScript kernel by a
// plain function call, which costs a tenth of a microsecond. A thread without JavaScript has
// another thread carry out each call, which costs two context switches. A kthread that finds no
// idle host gets a thread without JavaScript (task.c).
#define _GNU_SOURCE
#include <pthread.h>
#include <setjmp.h>
#include <stdlib.h>
#include <unistd.h>

#include "js.h"
#include "modules.h"
#include "runtime.h"
#include "sanitizer.h"
#include <linux/sched.h>

struct job {
	struct task_struct *task;
	void (*fn)(void *);
	void *arg;
	struct job *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrival = PTHREAD_COND_INITIALIZER;
static struct job *jobs;
static int idle, queued;
static unsigned int attention;

/* Where the kthread of this thread goes on when it ends itself. */
static __thread jmp_buf *end;

bool kthread_host_take(struct task_struct *task, void (*fn)(void *), void *arg)
{
	struct job *job = malloc(sizeof(*job));
	bool taken;

	if (job == NULL)
		return false;
	*job = (struct job){ task, fn, arg, NULL };
	san_release(task);
	pthread_mutex_lock(&lock);
	taken = queued < idle;
	if (taken) {
		// There are as many idle ones as jobs: the order among these does not matter.
		job->next = jobs;
		jobs = job;
		queued++;
		pthread_cond_signal(&arrival);
	}
	pthread_mutex_unlock(&lock);
	if (!taken)
		free(job);
	return taken;
}

void kthread_host_exit(void)
{
	if (end == NULL)
		return;
	// What lies between cannot be left like this.
	if (called_by_js()) {
		kernel_misuse("do_exit: kthread %s ends itself in a callback that it "
			      "was called back by; it sleeps for ever",
			      current->comm);
		for (;;)
			task_wait(INT64_MAX);
	}
	longjmp(*end, 1);
}

static void run(struct job *job)
{
	struct task_struct *me = become_task(job->task);
	jmp_buf here;

	san_acquire(job->task);
	end = &here;
	if (setjmp(here) == 0)
		job->fn(job->arg);
	end = NULL;
	end_task(me);
}

/* runKthreads(attention, alone): as serve() */
napi_value js_run_kthreads(napi_env env, napi_callback_info info)
{
	size_t argc = 2;
	napi_value argv[2];
	uint32_t seen = 0;

	napi_get_cb_info(env, info, &argc, argv, NULL, NULL);
	napi_get_value_uint32(env, argv[0], &seen);
	pthread_mutex_lock(&lock);
	while (attention == seen || jobs != NULL) {
		idle++;
		while (jobs == NULL && attention == seen && wait_for_arrival(&arrival, &lock))
			;
		idle--;
		struct job *job = jobs;
		if (job == NULL)
			break;
		jobs = job->next;
		queued--;
		bool alone = idle == 0;
		pthread_mutex_unlock(&lock);
		if (alone)
			call_alone(env, argv[1]);
		run(job);
		free(job);
		pthread_mutex_lock(&lock);
	}
	seen = attention;
	pthread_mutex_unlock(&lock);
	return js_number(env, seen);
}

void kthread_hosts_attention(void)
{
	pthread_mutex_lock(&lock);
	attention++;
	pthread_cond_broadcast(&arrival);
	pthread_mutex_unlock(&lock);
}

/* kthreadsRunning() */
napi_value js_kthreads_running(napi_env env, napi_callback_info info)
{
	(void)info;
	return js_number(env, tasks_running());
}

/* exitNow(code): without waiting for kthreads that nobody has stopped, as Node.js would */
napi_value js_exit_now(napi_env env, napi_callback_info info)
{
	_exit(integer_of(env, only_argument(env, info)));
}
