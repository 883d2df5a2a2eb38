// SPDX-License-Identifier: GPL-2.0
/*
 * serial() frees the job and then looks into it. For AddressSanitizer and the allocator's own
 * checks; without them it may go unnoticed, and the job's number is what it was or poison. With
 * where=1 it frees the job a second time instead.
 *
 *	use_after_free: job 7 freed
 *	(a report: use after free in uaf_serial)
 *	use_after_free: end
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>

static int where;
module_param(where, int, 0);

struct job {
	struct padata_priv padata;
	int nr;
};

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static DECLARE_COMPLETION(freed);
/* the compiler must not know */
static int (*volatile look)(struct job *job);

static int look_at(struct job *job)
{
	return READ_ONCE(job->nr);
}

static void uaf_parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void uaf_serial(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);
	struct job *volatile again = job;

	pr_info("job %d freed\n", job->nr);
	kfree(job);
	if (where == 1)
		kfree(again);
	else
		look(again);
	complete(&freed);
}

static int __init uaf_init(void)
{
	struct job *job;
	int err = -ENOMEM;

	look = look_at;
	wq = alloc_workqueue("uaf", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	job = kzalloc(sizeof(*job), GFP_KERNEL);
	if (!job)
		goto out_padata;
	job->nr = 7;
	job->padata.parallel = uaf_parallel;
	job->padata.serial = uaf_serial;
	err = padata_do_parallel(pinst, &job->padata, cpumask_first(cpu_online_mask));
	if (err) {
		kfree(job);
		goto out_padata;
	}
	wait_for_completion(&freed);
	pr_info("end\n");
	orderly_poweroff(false);
	return 0;

out_padata:
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
	return err;
}

static void __exit uaf_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(uaf_init);
module_exit(uaf_exit);
MODULE_LICENSE("GPL");
