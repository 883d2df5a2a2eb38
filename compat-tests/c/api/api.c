// SPDX-License-Identifier: GPL-2.0-only
//
// Runs the tests of the other files: file by file, context by context.
#include <linux/completion.h>
#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/reboot.h>
#include <linux/timer.h>
#include <pthread.h>

#include "api.h"

extern const struct api_test *const __start_api_tests[], *const __stop_api_tests[];

/* Only this subject, and only these contexts, for whoever looks for a failure. */
static char *only = "";
module_param(only, charp, 0444);
static int contexts = ALL;
module_param(contexts, int, 0444);

struct workqueue_struct *api_wq;
/* Not one that a test flushes. */
static struct workqueue_struct *work_wq;
struct padata_instance *api_pinst;
unsigned int api_context;

static const char *const context_names[] = { "init",  "work",    "parallel", "serial",
					     "timer", "kthread", "foreign" };

struct run {
	const char *file;
	unsigned int context;
	const char *context_name;
	struct completion done;
	struct work_struct work;
	struct timer_list timer;
	struct padata_priv padata;
};

/* What runs: for the message of a failure. */
static struct run *running;
static const struct api_test *test_that_runs;
static bool failed;

static const char *subject_of(const char *file)
{
	static char name[32];

	strlcpy(name, kbasename(file), sizeof(name));
	name[strlen(name) - 2] = '\0';
	return name;
}

void api_fail(const char *file, int line, const char *what)
{
	failed = true;
	pr_info("not ok %s %s %s %s:%d %s\n", subject_of(running->file), running->context_name,
		test_that_runs->name, kbasename(file), line, what);
}

static void run_tests(struct run *run)
{
	int tests = 0, preempt = preempt_count();

	for (const struct api_test *const *test = __start_api_tests; test < __stop_api_tests;
	     test++) {
		if (strcmp((*test)->file, run->file) != 0 || !((*test)->contexts & run->context))
			continue;
		test_that_runs = *test;
		pr_debug("run %s %s %s\n", subject_of(run->file), run->context_name, (*test)->name);
		(*test)->fn();
		tests++;
		if (preempt_count() != preempt) {
			api_fail((*test)->file, 0, "preempt_count is as it was");
			preempt = preempt_count();
		}
	}
	if (!failed)
		pr_info("ok %s %s %d\n", subject_of(run->file), run->context_name, tests);
	complete(&run->done);
}

static void run_work(struct work_struct *work)
{
	run_tests(container_of(work, struct run, work));
}

static void run_timer(struct timer_list *timer)
{
	run_tests(container_of(timer, struct run, timer));
}

static void run_parallel(struct padata_priv *padata)
{
	struct run *run = container_of(padata, struct run, padata);

	if (run->context == PARALLEL)
		run_tests(run);
	padata_do_serial(padata);
}

static void run_serial(struct padata_priv *padata)
{
	struct run *run = container_of(padata, struct run, padata);

	if (run->context == SERIAL)
		run_tests(run);
	else
		complete(&run->done);
}

static int run_kthread(void *data)
{
	run_tests(data);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule();
		__set_current_state(TASK_RUNNING);
	}
	return 7;
}

static void *run_foreign(void *data)
{
	run_tests(data);
	return data;
}

static bool run_in(struct run *run)
{
	struct task_struct *task;
	pthread_t thread;

	switch (run->context) {
	case INIT:
		run_tests(run);
		return true;
	case WORK:
		queue_work_on(1, work_wq, &run->work);
		return flush_work(&run->work) || true;
	case PARALLEL:
	case SERIAL:
		if (padata_do_parallel(api_pinst, &run->padata, 1) != 0)
			return false;
		wait_for_completion(&run->done);
		// serial()'s, behind parallel()'s
		if (run->context == PARALLEL)
			wait_for_completion(&run->done);
		return true;
	case TIMER:
		mod_timer(&run->timer, jiffies);
		wait_for_completion(&run->done);
		del_timer_sync(&run->timer);
		return true;
	case KTHREAD:
		task = kthread_run(run_kthread, run, "api-kthread");
		if (IS_ERR(task))
			return false;
		wait_for_completion(&run->done);
		return kthread_stop(task) == 7;
	default:
		if (pthread_create(&thread, NULL, run_foreign, run) != 0)
			return false;
		wait_for_completion(&run->done);
		return pthread_join(thread, NULL) == 0;
	}
}

static void run_file(const char *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(context_names); i++) {
		struct run *run;
		bool any = false;

		for (const struct api_test *const *test = __start_api_tests;
		     test < __stop_api_tests; test++)
			any |= strcmp((*test)->file, file) == 0 &&
			       ((*test)->contexts & (1u << i) & (unsigned int)contexts) != 0;
		run = any ? kzalloc(sizeof(*run), GFP_KERNEL) : NULL;
		if (run == NULL)
			continue;
		run->file = file;
		run->context = api_context = 1u << i;
		run->context_name = context_names[i];
		init_completion(&run->done);
		INIT_WORK(&run->work, run_work);
		timer_setup(&run->timer, run_timer, 0);
		run->padata.parallel = run_parallel;
		run->padata.serial = run_serial;
		running = run;
		failed = false;
		if (!run_in(run))
			pr_info("not ok %s %s - could not run\n", subject_of(file),
				run->context_name);
		kfree(run);
	}
}

static int __init api_init(void)
{
	const char *last = "";

	api_wq = alloc_workqueue("api", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	work_wq = alloc_workqueue("api-tests", 0, 0);
	if (api_wq == NULL || work_wq == NULL)
		return -ENOMEM;
	get_online_cpus();
	api_pinst = padata_alloc_possible(api_wq);
	put_online_cpus();
	if (api_pinst == NULL) {
		destroy_workqueue(api_wq);
		return -ENOMEM;
	}
	padata_start(api_pinst);
	for (const struct api_test *const *test = __start_api_tests; test < __stop_api_tests;
	     test++) {
		if (strcmp((*test)->file, last) == 0)
			continue;
		last = (*test)->file;
		if (*only == '\0' || strcmp(only, subject_of(last)) == 0)
			run_file(last);
	}
	orderly_poweroff(false);
	return 0;
}

static void __exit api_exit(void)
{
	padata_stop(api_pinst);
	padata_free(api_pinst);
	destroy_workqueue(api_wq);
	destroy_workqueue(work_wq);
	// What atomic context has queued, and could not wait for.
	flush_scheduled_work();
	flush_workqueue(system_highpri_wq);
}

module_init(api_init);
module_exit(api_exit);
MODULE_LICENSE("GPL");
