// SPDX-License-Identifier: GPL-2.0
/*
 * CPU hotplug callbacks beside padata. The test takes CPU 1 down and up again, and then unloads the
 * module.
 *
 *	hotplug: state registered
 *	hotplug: cpu 1 going down
 *	hotplug: cpu 1 online
 *	hotplug: 1 down, 1 up, 20 jobs in order
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/padata.h>

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct padata_priv jobs[20];
static int downs, ups, next_job;
static bool in_order = true;
static enum cpuhp_state hp_state;

static void job_parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void job_serial(struct padata_priv *padata)
{
	if (padata != &jobs[next_job++])
		in_order = false;
}

static void submit(int n)
{
	static int submitted;
	int end = min_t(int, submitted + n, ARRAY_SIZE(jobs));

	for (; submitted < end; submitted++) {
		jobs[submitted].parallel = job_parallel;
		jobs[submitted].serial = job_serial;
		if (padata_do_parallel(pinst, &jobs[submitted], cpumask_first(cpu_online_mask)))
			break;
	}
}

static int hp_online(unsigned int cpu)
{
	pr_info("cpu %u online\n", cpu);
	ups++;
	submit(10);
	return 0;
}

static int hp_offline(unsigned int cpu)
{
	pr_info("cpu %u going down\n", cpu);
	downs++;
	submit(10);
	return 0;
}

static int __init hotplug_init(void)
{
	int ret;

	wq = alloc_workqueue("hotplug", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
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
	ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "test/hotplug:online", hp_online,
					hp_offline);
	if (ret < 0) {
		padata_stop(pinst);
		padata_free(pinst);
		destroy_workqueue(wq);
		return ret;
	}
	hp_state = ret;
	pr_info("state registered\n");
	return 0;
}

static void __exit hotplug_exit(void)
{
	cpuhp_remove_state_nocalls(hp_state);
	padata_stop(pinst);
	pr_info("%d down, %d up, %d jobs %s\n", downs, ups, next_job,
		in_order ? "in order" : "out of order");
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(hotplug_init);
module_exit(hotplug_exit);
MODULE_LICENSE("GPL");
