// SPDX-License-Identifier: GPL-2.0
/*
 * parallel() on all CPUs counts in one variable. Without a lock: a data race, and on a machine of
 * several CPUs counts get lost; for ThreadSanitizer, which reports it in race_parallel().
 * race-locked.c is the same with a lock, and must not be reported.
 *
 * (race)
 *	race: 2000 jobs, counted 2000 or fewer
 * (race-locked)
 *	race_locked: 2000 jobs, counted 2000
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/kthread.h>
#include <linux/wait.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define JOBS 2000
#define WINDOW 200

struct job {
	struct padata_priv padata;
};

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct task_struct *task;
static DECLARE_WAIT_QUEUE_HEAD(wait);
static atomic_t in_flight = ATOMIC_INIT(0);
#ifdef LOCKED
static DEFINE_SPINLOCK(lock);
#endif
static unsigned long counted;

static void race_parallel(struct padata_priv *padata)
{
#ifdef LOCKED
	spin_lock(&lock);
#endif
	counted++;
#ifdef LOCKED
	spin_unlock(&lock);
#endif
	padata_do_serial(padata);
}

static void race_serial(struct padata_priv *padata)
{
	kfree(container_of(padata, struct job, padata));
	atomic_dec(&in_flight);
	wake_up(&wait);
}

static int race_thread(void *unused)
{
	int i;

	for (i = 0; i < JOBS; i++) {
		struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);

		if (!job)
			break;
		job->padata.parallel = race_parallel;
		job->padata.serial = race_serial;
		wait_event(wait, atomic_read(&in_flight) < WINDOW);
		atomic_inc(&in_flight);
		if (padata_do_parallel(pinst, &job->padata, cpumask_first(cpu_online_mask))) {
			atomic_dec(&in_flight);
			kfree(job);
			break;
		}
	}
	wait_event(wait, atomic_read(&in_flight) == 0);
#ifdef LOCKED
	pr_info("%d jobs, counted %lu\n", i, counted);
#else
	pr_info("%d jobs, counted %d or fewer\n", i, JOBS);
#endif
	orderly_poweroff(false);
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static int __init race_init(void)
{
	wq = alloc_workqueue("race", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	task = kthread_run(race_thread, NULL, "race");
	if (!IS_ERR(task))
		return 0;
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
	return -ENOMEM;
}

static void __exit race_exit(void)
{
	kthread_stop(task);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(race_init);
module_exit(race_exit);
MODULE_LICENSE("GPL");
