// SPDX-License-Identifier: GPL-2.0
/*
 * Sleeps in parallel(), where softirqs are off. With how=0 msleep(), 1 mutex_lock(), 2
 * kmalloc(GFP_KERNEL), 3 wait_for_completion(), 4 synchronize_rcu(), 5 flush_work(), 6
 * might_sleep(), 7 schedule_timeout(). Each is a bug that the log reports, with the module's
 * function in the trace; the job goes on.
 *
 *	(BUG: sleeping function called from invalid context, or scheduling while atomic)
 *	sleeps: how 0: back
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/delay.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/completion.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

static int how;
module_param(how, int, 0);

static struct padata_priv job;
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static DEFINE_MUTEX(mutex);
static DECLARE_COMPLETION(completion);

static void nothing(struct work_struct *work)
{
}
static DECLARE_WORK(work, nothing);

static void sleeping_parallel(struct padata_priv *padata)
{
	void *p;

	switch (how) {
	case 0:
		msleep(20);
		break;
	case 1:
		mutex_lock(&mutex);
		mutex_unlock(&mutex);
		break;
	case 2:
		p = kmalloc(100, GFP_KERNEL);
		kfree(p);
		break;
	case 3:
		complete(&completion);
		wait_for_completion(&completion);
		break;
	case 4:
		synchronize_rcu();
		break;
	case 5:
		flush_work(&work);
		break;
	case 6:
		might_sleep();
		break;
	case 7:
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_timeout(HZ / 50);
		break;
	}
	padata_do_serial(padata);
}

static void back(struct padata_priv *padata)
{
	pr_info("how %d: back\n", how);
	orderly_poweroff(false);
}

static int __init sleeps_init(void)
{
	wq = alloc_workqueue("sleeps", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst) {
		destroy_workqueue(wq);
		return -ENOMEM;
	}
	padata_start(pinst);
	job.parallel = sleeping_parallel;
	job.serial = back;
	return padata_do_parallel(pinst, &job, cpumask_first(cpu_online_mask));
}

static void __exit sleeps_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(sleeps_init);
module_exit(sleeps_exit);
MODULE_LICENSE("GPL");
