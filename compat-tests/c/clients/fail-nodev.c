// SPDX-License-Identifier: GPL-2.0
/*
 * module_init that finds no device. insmod fails with -ENODEV; module_exit is not called.
 *
 *	fail_nodev: no such device
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/init.h>
#include <linux/padata.h>

static int __init fail_init(void)
{
	struct workqueue_struct *wq = alloc_workqueue("fail", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	struct padata_instance *pinst;

	if (!wq)
		return -ENOMEM;
	pinst = padata_alloc_possible(wq);
	if (pinst)
		padata_free(pinst);
	destroy_workqueue(wq);
	pr_err("no such device\n");
	return -ENODEV;
}

static void __exit fail_exit(void)
{
	pr_err("exit of what was never there\n");
}

module_init(fail_init);
module_exit(fail_exit);
MODULE_LICENSE("GPL");
