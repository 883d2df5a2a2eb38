// SPDX-License-Identifier: GPL-2.0
/*
 * Submissions that padata refuses.
 *
 *	errors: before start: -22
 *	errors: start: 0
 *	errors: callback CPU -1: -22
 *	errors: callback CPU 100000: -22
 *	errors: job 1000 while 1000 are on their way: -16
 *	errors: all 1000 done, in order
 *	errors: after stop: -22
 *	errors: started again: 0
 *	errors: notifier: 0, unregistered: 0, again: -2
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/errno.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define MANY 1000

struct job {
	struct padata_priv padata;
	int nr;
};

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct job *jobs;
static atomic_t held = ATOMIC_INIT(0);
static int next_nr;
static bool in_order = true;
static DECLARE_COMPLETION(all_held);
static DECLARE_COMPLETION(all_done);

static void hold(struct padata_priv *padata)
{
	/* none goes on until all are here */
	if (atomic_inc_return(&held) == MANY)
		complete(&all_held);
}

static void count(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	if (job->nr != next_nr++)
		in_order = false;
	if (next_nr == MANY)
		complete(&all_done);
}

static int submit(int nr, int cb_cpu)
{
	jobs[nr].nr = nr;
	jobs[nr].padata.parallel = hold;
	jobs[nr].padata.serial = count;
	return padata_do_parallel(pinst, &jobs[nr].padata, cb_cpu);
}

static int notify(struct notifier_block *nb, unsigned long action, void *data)
{
	return NOTIFY_DONE;
}

static struct notifier_block nb = { .notifier_call = notify };

static int __init errors_init(void)
{
	int i, err, cb_cpu = cpumask_first(cpu_online_mask);

	jobs = kcalloc(MANY + 1, sizeof(*jobs), GFP_KERNEL);
	if (!jobs)
		return -ENOMEM;
	wq = alloc_workqueue("errors", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		goto out_jobs;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;

	pr_info("before start: %d\n", submit(0, cb_cpu));
	pr_info("start: %d\n", padata_start(pinst));
	pr_info("callback CPU -1: %d\n", submit(0, -1));
	pr_info("callback CPU 100000: %d\n", submit(0, 100000));

	for (i = 0; i < MANY; i++) {
		err = submit(i, cb_cpu);
		if (err)
			pr_err("job %d: %d\n", i, err);
	}
	pr_info("job %d while %d are on their way: %d\n", MANY, MANY, submit(MANY, cb_cpu));
	wait_for_completion(&all_held);
	for (i = MANY - 1; i >= 0; i--) {
		local_bh_disable();
		padata_do_serial(&jobs[i].padata);
		local_bh_enable();
	}
	wait_for_completion(&all_done);
	pr_info("all %d done, %s\n", next_nr, in_order ? "in order" : "not in order");

	padata_stop(pinst);
	pr_info("after stop: %d\n", submit(0, cb_cpu));
	pr_info("started again: %d\n", padata_start(pinst));

	i = padata_register_cpumask_notifier(pinst, &nb);
	err = padata_unregister_cpumask_notifier(pinst, &nb);
	pr_info("notifier: %d, unregistered: %d, again: %d\n", i, err,
		padata_unregister_cpumask_notifier(pinst, &nb));
	orderly_poweroff(false);
	return 0;

out_wq:
	destroy_workqueue(wq);
out_jobs:
	kfree(jobs);
	return -ENOMEM;
}

static void __exit errors_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	kfree(jobs);
}

module_init(errors_init);
module_exit(errors_exit);
MODULE_LICENSE("GPL");
