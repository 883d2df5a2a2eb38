// SPDX-License-Identifier: GPL-2.0
/*
 * A job whose parallel() was forgotten. In a kernel: a jump to NULL. Here: an oops in the log that
 * says which job, and the jobs behind it go on; the forgotten one goes to serial() with info
 * -EFAULT.
 *
 *	null_parallel: submitting 3
 *	(a report of the oops)
 *	null_parallel: serial 0 info 0
 *	null_parallel: serial 1 info -14
 *	null_parallel: serial 2 info 0
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

static struct padata_priv jobs[3];
static struct workqueue_struct *wq;
static struct padata_instance *pinst;

static void parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void serial(struct padata_priv *padata)
{
	pr_info("serial %d info %d\n", (int)(padata - jobs), padata->info);
	if (padata == &jobs[2])
		orderly_poweroff(false);
}

static int __init null_init(void)
{
	int i, n = 0;

	wq = alloc_workqueue("null", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
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
	for (i = 0; i < 3; i++) {
		jobs[i].parallel = i == 1 ? NULL : parallel;
		jobs[i].serial = serial;
	}
	pr_info("submitting 3\n");
	for (i = 0; i < 3; i++)
		n += padata_do_parallel(pinst, &jobs[i], cpumask_first(cpu_online_mask)) == 0;
	return n == 3 ? 0 : -EIO;
}

static void __exit null_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(null_init);
module_exit(null_exit);
MODULE_LICENSE("GPL");
