// SPDX-License-Identifier: GPL-2.0
/*
 * Everything from module_init, which waits: a static array of requests, completions on the stack,
 * softirqs off while submitting. Names are global, as people write them in their first module.
 *
 *	init_wait: request 0 took its turn
 *	...
 *	init_wait: request 49 took its turn
 *	init_wait: shuffled 0 serial_count 50
 *	init_wait: one more, alone
 *	init_wait: bye
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/completion.h>
#include <linux/cpu.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define NR_REQUESTS 50

struct request {
	struct padata_priv padata;
	int seq;
	struct completion *done;
};

struct request requests[NR_REQUESTS];
struct request last_one;
struct workqueue_struct *wq;
struct padata_instance *pinst;
int serial_count;
int shuffled;

void parallel(struct padata_priv *padata)
{
	struct request *req = container_of(padata, struct request, padata);

	/* the smaller seq is, the longer it takes */
	udelay(NR_REQUESTS - req->seq);
	WARN_ON(!in_softirq());
	padata_do_serial(padata);
}

void serial(struct padata_priv *padata)
{
	struct request *req = container_of(padata, struct request, padata);

	if (req->seq != serial_count++)
		shuffled = 1;
	printk(KERN_INFO "init_wait: request %d took its turn\n", req->seq);
	if (req->done)
		complete(req->done);
}

void alone(struct padata_priv *padata)
{
	struct request *req = container_of(padata, struct request, padata);

	printk(KERN_INFO "init_wait: one more, alone\n");
	complete(req->done);
}

int init_module(void)
{
	DECLARE_COMPLETION_ONSTACK(all);
	DECLARE_COMPLETION_ONSTACK(one);
	int i, cpu, err;

	wq = create_workqueue("init_wait");
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

	cpu = cpumask_first(cpu_online_mask);
	for (i = 0; i < NR_REQUESTS; i++) {
		requests[i].padata.parallel = parallel;
		requests[i].padata.serial = serial;
		requests[i].seq = i;
		requests[i].done = i == NR_REQUESTS - 1 ? &all : NULL;
		local_bh_disable();
		err = padata_do_parallel(pinst, &requests[i].padata, cpu);
		local_bh_enable();
		if (err)
			printk(KERN_ERR "init_wait: request %d: error %d\n", i, err);
	}
	wait_for_completion(&all);
	printk(KERN_INFO "init_wait: shuffled %d serial_count %d\n", shuffled, serial_count);

	last_one.padata.parallel = padata_do_serial;
	last_one.padata.serial = alone;
	last_one.done = &one;
	err = padata_do_parallel(pinst, &last_one.padata, cpu);
	if (err == 0 && !wait_for_completion_timeout(&one, 5 * HZ))
		printk(KERN_ERR "init_wait: timed out\n");

	orderly_poweroff(false);
	return 0;
}

void cleanup_module(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	printk(KERN_INFO "init_wait: bye\n");
}

MODULE_LICENSE("GPL");
