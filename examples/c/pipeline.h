/* SPDX-License-Identifier: GPL-2.0-only
 *
 * What the examples have in common: a kthread submits objects to a padata instance of its own, and
 * one CPU gets them back in the order of submission. The kthread sleeps while too many are on their
 * way.
 *
 * Before it is included: PIPELINE_NAME (of the workqueue and the kthread), PIPELINE_OBJECTS (what
 * they are, in the plural) and PIPELINE_WINDOW (how many may be on their way by default) are
 * defined.
 */
#pragma once

#include <linux/atomic.h>
#include <linux/cpu.h>
#include <linux/cpumask.h>
#include <linux/err.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/padata.h>
#include <linux/reboot.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

static int cb_cpu = -1;
module_param(cb_cpu, int, 0444);
MODULE_PARM_DESC(cb_cpu, "CPU that writes; default: the first that is online");
static uint window = PIPELINE_WINDOW;
module_param(window, uint, 0444);
MODULE_PARM_DESC(window, "most " PIPELINE_OBJECTS " on their way; padata takes 1000");

static struct workqueue_struct *pipeline_wq;
static struct padata_instance *pipeline_pinst;
static struct task_struct *pipeline_task;

/* Between submission and the end of serial(); the submitter sleeps while there are too many. */
static atomic_t in_flight = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(room);

/* Hand an object to padata, for which there is room. On failure the caller frees it. */
static int pipeline_submit(struct padata_priv *padata)
{
	int err;

	atomic_inc(&in_flight);
	/* The window may be more than padata takes at once. */
	while ((err = padata_do_parallel(pipeline_pinst, padata, cb_cpu)) == -EBUSY)
		schedule_timeout_uninterruptible(1);
	if (err)
		atomic_dec(&in_flight);
	return err;
}

/* Sleep until all objects that have been submitted have come back. */
static void pipeline_drain(void)
{
	wait_event(room, atomic_read(&in_flight) == 0);
}

/*
 * The end of the kthread: a thread that ends by itself cannot be stopped, so it waits for
 * module_exit.
 */
static void pipeline_wait_for_exit(void)
{
	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	__set_current_state(TASK_RUNNING);
}

/* Make the instance and start it, then the kthread. */
static int __init pipeline_start(int (*submitter)(void *unused))
{
	int err = -ENOMEM;

	pipeline_wq = alloc_workqueue(PIPELINE_NAME, WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!pipeline_wq)
		return err;
	get_online_cpus();
	pipeline_pinst = padata_alloc_possible(pipeline_wq);
	put_online_cpus();
	if (!pipeline_pinst)
		goto err_wq;
	if (cb_cpu < 0)
		cb_cpu = cpumask_first(cpu_online_mask);
	err = padata_start(pipeline_pinst);
	if (err)
		goto err_padata;
	pipeline_task = kthread_run(submitter, NULL, PIPELINE_NAME);
	if (IS_ERR(pipeline_task)) {
		err = PTR_ERR(pipeline_task);
		goto err_stop;
	}
	return 0;

err_stop:
	padata_stop(pipeline_pinst);
err_padata:
	padata_free(pipeline_pinst);
err_wq:
	destroy_workqueue(pipeline_wq);
	return err;
}

/*
 * Stop the kthread, then the instance. What parallel() has left to others may still be on its way
 * out.
 */
static void __exit pipeline_stop(void)
{
	kthread_stop(pipeline_task);
	padata_stop(pipeline_pinst);
}

static void __exit pipeline_free(void)
{
	padata_free(pipeline_pinst);
	destroy_workqueue(pipeline_wq);
}
