// SPDX-License-Identifier: GPL-2.0-only
//
// What a kernel would not survive, one at a time: the parameter says which. Each has its line in
// compat-tests/c/api.spec.ts.
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>
#include <pthread.h>

#include "api.h"

static char *what = "";
module_param(what, charp, 0444);

/* Starts anew with each loading. */
static int loaded_before;

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static DEFINE_SPINLOCK(lock);
static DEFINE_MUTEX(mutex);

struct job {
	struct padata_priv padata;
	struct completion ran, go, done;
	bool holds;
	struct timer_list timer;
};

static struct job *job, static_job;
static void *foreign_result;

static void parallel(struct padata_priv *padata)
{
	struct job *mine = container_of(padata, struct job, padata);

	complete(&mine->ran);
	if (!mine->holds)
		padata_do_serial(padata);
}

static void serial(struct padata_priv *padata)
{
	complete(&container_of(padata, struct job, padata)->done);
}

static void parallel_twice(struct padata_priv *padata)
{
	padata_do_serial(padata);
	padata_do_serial(padata);
}

static void parallel_sleeps(struct padata_priv *padata)
{
	msleep(1);
	mutex_lock(&mutex);
	padata_do_serial(padata);
}

static void parallel_keeps_lock(struct padata_priv *padata)
{
	spin_lock(&lock);
	padata_do_serial(padata);
}

static void serial_keeps_lock(struct padata_priv *padata)
{
	spin_lock(&lock);
	serial(padata);
}

static void work_keeps_lock(struct work_struct *work)
{
	spin_lock(&lock);
}

static DECLARE_WORK(work, work_keeps_lock);

static void *other_thread(void *data)
{
	padata_do_serial(data);
	return data;
}

static void left_work(struct work_struct *unused)
{
	pr_info("not ok: it runs in a module that is not there\n");
}

static struct delayed_work left_behind;

static void left_fire(struct timer_list *unused)
{
	pr_info("not ok: it runs in a module that is not there\n");
}

static struct timer_list left_timer;

static int submit(void)
{
	return padata_do_parallel(pinst, &job->padata, 1);
}

static int submit_and_wait(void)
{
	int err = submit();

	if (err == 0)
		wait_for_completion(&job->done);
	return err;
}

static int misuse(void)
{
	struct padata_priv on_stack = { .parallel = parallel, .serial = serial };
	pthread_t thread;
	void *p;
	int err;

	if (strcmp(what, "wild parallel") == 0) {
		job->padata.parallel = (void *)0x123456789abcul;
		return submit_and_wait();
	}
	if (strcmp(what, "null parallel") == 0) {
		job->padata.parallel = NULL;
		return submit_and_wait();
	}
	if (strcmp(what, "null serial") == 0) {
		job->padata.serial = NULL;
		return submit();
	}
	if (strcmp(what, "null serial of a static object") == 0) {
		static_job.padata.parallel = parallel;
		init_completion(&static_job.ran);
		err = padata_do_parallel(pinst, &static_job.padata, 1);
		wait_for_completion(&static_job.ran);
		return err;
	}
	if (strcmp(what, "wild parallel of a static object") == 0) {
		static_job.padata.parallel = (void *)0x123456789abcul;
		static_job.padata.serial = serial;
		init_completion(&static_job.done);
		err = padata_do_parallel(pinst, &static_job.padata, 1);
		wait_for_completion(&static_job.done);
		return err;
	}
	if (strcmp(what, "serial twice") == 0) {
		job->padata.parallel = parallel_twice;
		return submit_and_wait();
	}
	if (strcmp(what, "serial of what was never submitted") == 0) {
		padata_do_serial(&job->padata);
		return 0;
	}
	if (strcmp(what, "serial of a stack object that was never submitted") == 0) {
		padata_do_serial(&on_stack);
		return 0;
	}
	if (strcmp(what, "serial twice from a foreign thread") == 0) {
		job->holds = true;
		submit();
		wait_for_completion(&job->ran);
		pthread_create(&thread, NULL, other_thread, &job->padata);
		pthread_join(thread, &foreign_result);
		wait_for_completion(&job->done);
		pthread_create(&thread, NULL, other_thread, &job->padata);
		return pthread_join(thread, &foreign_result);
	}
	if (strcmp(what, "submitted twice") == 0) {
		job->holds = true;
		submit();
		wait_for_completion(&job->ran);
		CHECK(submit() == -EALREADY);
		padata_do_serial(&job->padata);
		wait_for_completion(&job->done);
		return 0;
	}
	if (strcmp(what, "kfree in flight") == 0) {
		job->holds = true;
		submit();
		wait_for_completion(&job->ran);
		kfree(job);
		padata_do_serial(&job->padata);
		wait_for_completion(&job->done);
		return 0;
	}
	if (strcmp(what, "kfree of the stack") == 0) {
		p = HIDE((void *)&on_stack);
		kfree(p);
		return 0;
	}
	if (strcmp(what, "kfree twice") == 0) {
		p = HIDE(kmalloc(100, GFP_KERNEL));
		kfree(p);
		kfree(HIDE(p));
		return 0;
	}
	if (strcmp(what, "sleep under a spinlock") == 0) {
		spin_lock(&lock);
		msleep(1);
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
		spin_unlock(&lock);
		return 0;
	}
	if (strcmp(what, "sleep in parallel") == 0) {
		job->padata.parallel = parallel_sleeps;
		submit_and_wait();
		mutex_unlock(&mutex);
		return 0;
	}
	if (strcmp(what, "lock kept by parallel") == 0) {
		job->padata.parallel = parallel_keeps_lock;
		submit_and_wait();
		return 0;
	}
	if (strcmp(what, "lock kept by serial") == 0) {
		job->padata.serial = serial_keeps_lock;
		submit_and_wait();
		return 0;
	}
	if (strcmp(what, "lock kept by a work item") == 0) {
		schedule_work(&work);
		flush_work(&work);
		return 0;
	}
	if (strcmp(what, "in flight") == 0) {
		job->holds = true;
		submit();
		wait_for_completion(&job->ran);
		return 0;
	}
	if (strcmp(what, "holds itself") == 0) {
		__module_get(THIS_MODULE);
		return 0;
	}
	if (strcmp(what, "spinlock twice") == 0) {
		spin_lock(&lock);
		spin_lock(&lock);
		spin_unlock(&lock);
		spin_unlock(&lock);
		return 0;
	}
	if (strcmp(what, "spinlock of nobody") == 0) {
		spin_unlock(&lock);
		return 0;
	}
	if (strcmp(what, "mutex twice") == 0) {
		mutex_lock(&mutex);
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
		return 0;
	}
	if (strcmp(what, "mutex of nobody") == 0) {
		mutex_unlock(&mutex);
		return 0;
	}
	if (strcmp(what, "work left behind") == 0) {
		INIT_DELAYED_WORK(&left_behind, left_work);
		schedule_delayed_work(&left_behind, HZ / 20);
		return 0;
	}
	if (strcmp(what, "timer left behind") == 0) {
		timer_setup(&left_timer, left_fire, 0);
		mod_timer(&left_timer, jiffies + HZ);
		return 0;
	}
	if (strcmp(what, "timer on the heap left behind") == 0) {
		// Of an object that outlives the module, as a leak does.
		timer_setup(&job->timer, left_fire, 0);
		mod_timer(&job->timer, jiffies + HZ);
		return 0;
	}
	if (strcmp(what, "fails") == 0)
		return -ENODEV;
	return 0;
}

void api_fail(const char *file, int line, const char *text)
{
	pr_info("not ok %d %s\n", line, text);
}

static void stop(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	if (job->timer.function == NULL)
		kfree(job);
}

static int __init misuse_init(void)
{
	int err;

	if (loaded_before++ > 0)
		pr_info("not ok: static data of an earlier loading\n");
	wq = alloc_workqueue("misuse", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	padata_start(pinst);
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	job->padata.parallel = parallel;
	job->padata.serial = serial;
	init_completion(&job->ran);
	init_completion(&job->go);
	init_completion(&job->done);
	err = misuse();
	pr_info("returned %d, job %px\n", err, &job->padata);
	if (err == -ENODEV)
		stop();
	return err == -ENODEV ? err : 0;
}

static void __exit misuse_exit(void)
{
	// It is in flight: force=true, and here it comes to its end.
	if (job->holds && !completion_done(&job->done) && strcmp(what, "in flight") == 0) {
		padata_do_serial(&job->padata);
		wait_for_completion(&job->done);
	}
	stop();
}

module_init(misuse_init);
module_exit(misuse_exit);
MODULE_LICENSE("GPL");
