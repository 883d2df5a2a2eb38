// SPDX-License-Identifier: GPL-2.0
/*
 * Statistics in /proc and debugfs, as drivers show them. /proc/padata_stats after 16 jobs:
 *
 *	jobs 16
 *	serial 16
 *
 * and in the log:
 *	proc: 16 jobs
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/fs.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/debugfs.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/padata.h>

static struct padata_priv jobs[16];
static DECLARE_COMPLETION(done);
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static atomic_t run = ATOMIC_INIT(0);
static u32 serialised;
static struct dentry *dir;

static int stats_show(struct seq_file *m, void *v)
{
	seq_printf(m, "jobs %d\n", atomic_read(&run));
	seq_puts(m, "serial ");
	seq_printf(m, "%u\n", serialised);
	return 0;
}

static int stats_open(struct inode *inode, struct file *file)
{
	return single_open(file, stats_show, NULL);
}

static const struct file_operations stats_fops = {
	.owner = THIS_MODULE,
	.open = stats_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = single_release,
};

static void parallel(struct padata_priv *padata)
{
	atomic_inc(&run);
	padata_do_serial(padata);
}

static void serial(struct padata_priv *padata)
{
	if (++serialised == ARRAY_SIZE(jobs))
		complete(&done);
}

static int __init proc_test_init(void)
{
	int i;

	wq = alloc_workqueue("proc", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
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
	if (!proc_create("padata_stats", 0444, NULL, &stats_fops))
		pr_warn("no /proc\n");
	dir = debugfs_create_dir("padata_test", NULL);
	if (!IS_ERR_OR_NULL(dir))
		debugfs_create_u32("serialised", 0444, dir, &serialised);
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		jobs[i].parallel = parallel;
		jobs[i].serial = serial;
		if (padata_do_parallel(pinst, &jobs[i], cpumask_first(cpu_online_mask)))
			complete(&done);
	}
	wait_for_completion(&done);
	pr_info("%u jobs\n", serialised);
	return 0;
}

static void __exit proc_test_exit(void)
{
	remove_proc_entry("padata_stats", NULL);
	debugfs_remove_recursive(dir);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(proc_test_init);
module_exit(proc_test_exit);
MODULE_LICENSE("GPL");
