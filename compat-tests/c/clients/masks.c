// SPDX-License-Identifier: GPL-2.0
/*
 * Masks from parameters, as lists and as hex, and a static notifier. On CPUs 0-3, with parallel=1,3
 * serial=4 (hex: CPU 2):
 *
 *	masks: online 0-3 = f, parallel 1,3, serial 2
 *	masks: notified 2: parallel 1,3 serial 0-3
 *	masks: notified 1: parallel 1,3 serial 2
 *	masks: parallel ran on 1,3
 *	masks: serial ran on 2
 *	masks: callback CPU 0: -22
 *	masks: empty mask: 0, then submitting: -22
 *	masks: 3 notifications
 *
 * parallel=0-x, parallel=3-1, serial=fg: insmod fails with -EINVAL.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/cpumask.h>
#include <linux/cpu.h>
#include <linux/smp.h>
#include <linux/string.h>
#include <linux/notifier.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>

static char *parallel = "0";
module_param(parallel, charp, 0);
MODULE_PARM_DESC(parallel, "parallel CPUs, a list");
static char *serial = "1";
module_param(serial, charp, 0);
MODULE_PARM_DESC(serial, "callback CPUs, hexadecimal");

#define JOBS 32

static struct padata_priv jobs[JOBS];
static struct cpumask ran_parallel, ran_serial;
static DECLARE_COMPLETION(done);
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static int notifications;

static int masks_notify(struct notifier_block *nb, unsigned long action, void *data)
{
	struct padata_cpumask *masks = data;

	notifications++;
	if (!cpumask_empty(masks->pcpu))
		pr_info("notified %lu: parallel %*pbl serial %*pbl\n", action,
			cpumask_pr_args(masks->pcpu), cpumask_pr_args(masks->cbcpu));
	return NOTIFY_OK;
}

static struct notifier_block masks_nb = {
	.notifier_call = masks_notify,
	.priority = 10,
};

static void job_parallel(struct padata_priv *padata)
{
	cpumask_set_cpu(smp_processor_id(), &ran_parallel);
	padata_do_serial(padata);
}

static void job_serial(struct padata_priv *padata)
{
	cpumask_set_cpu(smp_processor_id(), &ran_serial);
	if (padata == &jobs[JOBS - 1])
		complete(&done);
}

static int run(const struct cpumask *serial_mask)
{
	int i, err = 0, cb_cpu = cpumask_first(serial_mask);

	for (i = 0; i < JOBS && !err; i++) {
		jobs[i].parallel = job_parallel;
		jobs[i].serial = job_serial;
		err = padata_do_parallel(pinst, &jobs[i], cb_cpu);
	}
	if (err)
		return err;
	wait_for_completion(&done);
	pr_info("parallel ran on %*pbl\n", cpumask_pr_args(&ran_parallel));
	pr_info("serial ran on %*pbl\n", cpumask_pr_args(&ran_serial));
	return 0;
}

/* some CPU that may not be a callback CPU, or one that does not exist */
static int wrong_cpu(const struct cpumask *serial_mask)
{
	int cpu;

	for_each_online_cpu(cpu)
		if (!cpumask_test_cpu(cpu, serial_mask))
			return cpu;
	return nr_cpu_ids;
}

static int __init masks_init(void)
{
	cpumask_var_t pmask, smask;
	struct padata_priv bad = { .parallel = job_parallel, .serial = job_serial };
	int err = -ENOMEM;

	if (!zalloc_cpumask_var(&pmask, GFP_KERNEL))
		return -ENOMEM;
	if (!zalloc_cpumask_var(&smask, GFP_KERNEL))
		goto out_pmask;
	err = cpulist_parse(parallel, pmask);
	if (!err)
		err = cpumask_parse(serial, smask);
	if (err) {
		pr_err("cannot parse the masks: %d\n", err);
		goto out_smask;
	}
	pr_info("online %*pbl = %*pb, parallel %*pbl, serial %*pbl\n",
		cpumask_pr_args(cpu_online_mask), cpumask_pr_args(cpu_online_mask),
		cpumask_pr_args(pmask), cpumask_pr_args(smask));

	err = -ENOMEM;
	wq = alloc_workqueue("masks", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		goto out_smask;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	err = padata_register_cpumask_notifier(pinst, &masks_nb);
	if (err)
		goto out_padata;
	err = padata_start(pinst);
	if (err)
		goto out_notifier;

	err = padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, pmask);
	if (!err)
		err = padata_set_cpumask(pinst, PADATA_CPU_SERIAL, smask);
	if (!err)
		err = run(smask);
	if (err)
		goto out_stop;
	err = padata_do_parallel(pinst, &bad, wrong_cpu(smask));
	pr_info("callback CPU %d: %d\n", wrong_cpu(smask), err);
	cpumask_clear(pmask);
	err = padata_set_cpumask(pinst, PADATA_CPU_PARALLEL, pmask);
	pr_info("empty mask: %d, then submitting: %d\n", err,
		padata_do_parallel(pinst, &bad, cpumask_first(smask)));
	pr_info("%d notifications\n", notifications);
	free_cpumask_var(smask);
	free_cpumask_var(pmask);
	orderly_poweroff(false);
	return 0;

out_stop:
	padata_stop(pinst);
out_notifier:
	padata_unregister_cpumask_notifier(pinst, &masks_nb);
out_padata:
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
out_smask:
	free_cpumask_var(smask);
out_pmask:
	free_cpumask_var(pmask);
	return err;
}

static void __exit masks_exit(void)
{
	padata_stop(pinst);
	padata_unregister_cpumask_notifier(pinst, &masks_nb);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(masks_init);
module_exit(masks_exit);
MODULE_LICENSE("GPL");
