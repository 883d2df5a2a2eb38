// SPDX-License-Identifier: GPL-2.0
/*
 * Warnings and reports from callbacks: each goes to the log, and all goes on.
 *
 *	(WARNING with trace) warnings: value 3 is odd
 *	(WARNING with trace, once)
 *	warnings: once: 4 tested, returned 4
 *	(a stack trace)
 *	warnings: ratelimited: some
 *	(ten times of a hundred)
 *	warnings: 00000000: 00 01 02 03 04 05 06 07
 *	warnings: comm of init: insmod
 *	warnings: end
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/bug.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>

static struct padata_priv job;
static DECLARE_COMPLETION(done);
static struct workqueue_struct *wq;
static struct padata_instance *pinst;

static void warn_parallel(struct padata_priv *padata)
{
	int i, hits = 0;

	BUILD_BUG_ON(sizeof(padata->info) != sizeof(int));
	BUG_ON(padata != &job);
	WARN(3 & 1, "value %d is odd\n", 3);
	for (i = 0; i < 4; i++)
		if (WARN_ON_ONCE(i >= 0))
			hits++;
	pr_info("once: %d tested, returned %d\n", i, hits);
	dump_stack();
	for (i = 0; i < 100; i++)
		pr_err_ratelimited("ratelimited: some\n");
	padata_do_serial(padata);
}

static void warn_serial(struct padata_priv *padata)
{
	static const u8 bytes[] = { 0, 1, 2, 3, 4, 5, 6, 7 };

	print_hex_dump(KERN_INFO, "warnings: ", DUMP_PREFIX_OFFSET, 16, 1, bytes, sizeof(bytes),
		       false);
	complete(&done);
}

static int __init warnings_init(void)
{
	int err;

	wq = alloc_workqueue("warnings", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
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
	job.parallel = warn_parallel;
	job.serial = warn_serial;
	err = padata_do_parallel(pinst, &job, cpumask_first(cpu_online_mask));
	if (!err)
		wait_for_completion(&done);
	pr_info("comm of init: %s\n", current->comm);
	pr_info("end\n");
	orderly_poweroff(false);
	return err;
}

static void __exit warnings_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(warnings_init);
module_exit(warnings_exit);
MODULE_LICENSE("GPL");
