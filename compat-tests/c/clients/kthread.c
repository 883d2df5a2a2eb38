// SPDX-License-Identifier: GPL-2.0
/*
 * Squares of numbers, submitted from a kernel thread.
 *
 *	kthread: 0^2 = 0
 *	kthread: 1^2 = 1
 *	...
 *	kthread: 19^2 = 361
 *	kthread: thread done
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/init.h>
#include <linux/kthread.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/delay.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define COUNT 20

struct job {
	struct padata_priv padata;
	int number;
	int square;
};

static struct task_struct *task;
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static atomic_t left = ATOMIC_INIT(COUNT);

static void square_it(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	/* the later ones are quicker */
	udelay((COUNT - job->number) * 10);
	job->square = job->number * job->number;
	padata_do_serial(padata);
}

static void print_it(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	pr_info("%d^2 = %d\n", job->number, job->square);
	kfree(job);
	if (atomic_dec_and_test(&left))
		wake_up_process(task);
}

static int thread_fn(void *data)
{
	int i, ret;
	int cb_cpu = *(int *)data;

	for (i = 0; i < COUNT; i++) {
		struct job *job = kzalloc(sizeof(*job), GFP_KERNEL);

		if (!job) {
			pr_err("out of memory\n");
			break;
		}
		job->number = i;
		job->padata.parallel = square_it;
		job->padata.serial = print_it;
		ret = padata_do_parallel(pinst, &job->padata, cb_cpu);
		if (ret) {
			pr_err("padata_do_parallel: %d\n", ret);
			kfree(job);
			break;
		}
		cond_resched();
	}

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		if (atomic_read(&left) == 0 || kthread_should_stop())
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	pr_info("thread done\n");
	orderly_poweroff(false);

	while (!kthread_should_stop())
		msleep(20);
	return 0;
}

static int cb_cpu;

static int __init kthread_test_init(void)
{
	int ret;

	wq = alloc_workqueue("kthread_test", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst) {
		ret = -ENOMEM;
		goto out_wq;
	}
	ret = padata_start(pinst);
	if (ret)
		goto out_padata;

	cb_cpu = cpumask_first(cpu_online_mask);
	task = kthread_create(thread_fn, &cb_cpu, "squares/%d", cb_cpu);
	if (IS_ERR(task)) {
		ret = PTR_ERR(task);
		goto out_stop;
	}
	wake_up_process(task);
	return 0;

out_stop:
	padata_stop(pinst);
out_padata:
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
	return ret;
}

static void __exit kthread_test_exit(void)
{
	kthread_stop(task);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(kthread_test_init);
module_exit(kthread_test_exit);
MODULE_LICENSE("GPL v2");
MODULE_AUTHOR("nobody in particular");
MODULE_DESCRIPTION("padata from a kthread");
