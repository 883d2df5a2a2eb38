// SPDX-License-Identifier: GPL-2.0
/*
 * Uses a function that is not there. insmod fails and names it; nothing of the module runs.
 *
 *	missing_symbol: Unknown symbol frobnicate_device (err 0)
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/padata.h>

struct frob_device;
extern int frobnicate_device(struct frob_device *dev, int how);

static struct padata_priv job;

static int __init missing_init(void)
{
	pr_err("init should not have been called\n");
	return frobnicate_device(NULL, job.info);
}

static void __exit missing_exit(void)
{
}

module_init(missing_init);
module_exit(missing_exit);
MODULE_LICENSE("GPL");
