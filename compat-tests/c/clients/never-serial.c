// SPDX-License-Identifier: GPL-2.0
/*
 * The second job's parallel() forgets padata_do_serial(): those behind it wait for ever. With
 * late=1, module_exit makes good for it before padata_stop(); without, padata_stop() has something
 * to wait for that does not come.
 *
 *	never_serial: serial 0
 *	never_serial: 1 of 4 after 100 ms
 * and with late=1, at rmmod:
 *	never_serial: serial 1
 *	never_serial: serial 2
 *	never_serial: serial 3
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/workqueue.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

static bool late;
module_param(late, bool, 0644);

static struct padata_priv jobs[4];
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static int count;

static void parallel(struct padata_priv *padata)
{
	if (padata != &jobs[1])
		padata_do_serial(padata);
}

static void serial(struct padata_priv *padata)
{
	pr_info("serial %td\n", padata - jobs);
	count++;
}

static void look(struct work_struct *work)
{
	pr_info("%d of %zu after 100 ms\n", count, ARRAY_SIZE(jobs));
	orderly_poweroff(false);
}
static DECLARE_DELAYED_WORK(look_work, look);

static int __init never_init(void)
{
	int i, err;

	wq = alloc_workqueue("never", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
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
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		jobs[i].parallel = parallel;
		jobs[i].serial = serial;
		err = padata_do_parallel(pinst, jobs + i, cpumask_first(cpu_online_mask));
		if (err)
			pr_err("%d: %d\n", i, err);
	}
	schedule_delayed_work(&look_work, HZ / 10);
	return 0;
}

static void __exit never_exit(void)
{
	cancel_delayed_work_sync(&look_work);
	if (late) {
		local_bh_disable();
		padata_do_serial(&jobs[1]);
		local_bh_enable();
	}
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(never_init);
module_exit(never_exit);
MODULE_LICENSE("GPL");
