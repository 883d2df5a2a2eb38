// SPDX-License-Identifier: GPL-2.0
/*
 * A module that others use: it exports functions. importer.c is loaded after it, and unloaded
 * before it.
 *
 *	exporter: engine ready
 *	exporter: engine gone, 10 requests
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/export.h>
#include <linux/cpu.h>
#include <linux/padata.h>

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static atomic_t requests = ATOMIC_INIT(0);

int engine_submit(struct padata_priv *padata);
extern int engine_version;

int engine_version = 3;
EXPORT_SYMBOL(engine_version);

int engine_submit(struct padata_priv *padata)
{
	atomic_inc(&requests);
	return padata_do_parallel(pinst, padata, cpumask_first(cpu_online_mask));
}
EXPORT_SYMBOL_GPL(engine_submit);

static int __init exporter_init(void)
{
	wq = alloc_workqueue("engine", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
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
	pr_info("engine ready\n");
	return 0;
}

static void __exit exporter_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	pr_info("engine gone, %d requests\n", atomic_read(&requests));
}

module_init(exporter_init);
module_exit(exporter_exit);
MODULE_LICENSE("GPL");
