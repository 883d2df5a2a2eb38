// SPDX-License-Identifier: GPL-2.0
/*
 * A device driver's way: parallel() starts something, an interrupt's tasklet finishes it and calls
 * padata_do_serial() from softirq context, last started first.
 *
 *	tasklet: request 0
 *	...
 *	tasklet: request 29
 *	tasklet: 15 by tasklet, 15 at once
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/interrupt.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define REQUESTS 30

struct request {
	struct padata_priv padata;
	struct list_head list;
	int nr;
};

static void finish_requests(unsigned long data);

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct request *requests;
static LIST_HEAD(started);
static DEFINE_SPINLOCK(started_lock);
static DECLARE_TASKLET(finish_tasklet, finish_requests, 17);
static atomic_t by_tasklet = ATOMIC_INIT(0), at_once = ATOMIC_INIT(0);

static void finish_requests(unsigned long data)
{
	struct request *req;

	WARN_ON(data != 17);
	for (;;) {
		spin_lock_bh(&started_lock);
		req = list_first_entry_or_null(&started, struct request, list);
		if (req)
			list_del_init(&req->list);
		spin_unlock_bh(&started_lock);
		if (!req)
			return;
		atomic_inc(&by_tasklet);
		padata_do_serial(&req->padata);
	}
}

static void start_request(struct padata_priv *padata)
{
	struct request *req = container_of(padata, struct request, padata);

	if (req->nr % 2) {
		spin_lock_bh(&started_lock);
		list_add(&req->list, &started);
		spin_unlock_bh(&started_lock);
		tasklet_schedule(&finish_tasklet);
	} else {
		atomic_inc(&at_once);
		padata_do_serial(padata);
	}
}

static void request_done(struct padata_priv *padata)
{
	struct request *req = container_of(padata, struct request, padata);

	pr_info("request %d\n", req->nr);
	if (req->nr == REQUESTS - 1) {
		pr_info("%d by tasklet, %d at once\n", atomic_read(&by_tasklet),
			atomic_read(&at_once));
		orderly_poweroff(false);
	}
}

static int __init tasklet_test_init(void)
{
	int i, err = -ENOMEM;

	requests = kcalloc(REQUESTS, sizeof(*requests), GFP_KERNEL);
	if (!requests)
		return -ENOMEM;
	wq = alloc_workqueue("tasklet", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		goto out_requests;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	for (i = 0; i < REQUESTS; i++) {
		requests[i].nr = i;
		requests[i].padata.parallel = start_request;
		requests[i].padata.serial = request_done;
		err = padata_do_parallel(pinst, &requests[i].padata,
					 cpumask_first(cpu_online_mask));
		if (err) {
			padata_stop(pinst);
			padata_free(pinst);
			goto out_wq;
		}
	}
	return 0;
out_wq:
	destroy_workqueue(wq);
out_requests:
	kfree(requests);
	return err;
}

static void __exit tasklet_test_exit(void)
{
	padata_stop(pinst);
	tasklet_kill(&finish_tasklet);
	padata_free(pinst);
	destroy_workqueue(wq);
	kfree(requests);
}

module_init(tasklet_test_init);
module_exit(tasklet_test_exit);
MODULE_LICENSE("GPL");
