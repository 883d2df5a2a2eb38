// SPDX-License-Identifier: GPL-2.0
/*
 * Producer and consumer around padata: wait queues in all their forms, list, semaphore,
 * schedule_timeout loops.
 *
 *	waitqueue: consumed 0 1 2 3 4 5 6 7 8 9
 *	waitqueue: consumed 10 11 12 13 14 15 16 17 18 19
 *	waitqueue: nothing more within 50 ms
 *	waitqueue: producer stopped, 20 produced
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/wait.h>
#include <linux/list.h>
#include <linux/semaphore.h>
#include <linux/spinlock.h>
#include <linux/slab.h>
#include <linux/sched.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define ITEMS	20
#define WINDOW	4

struct item {
	struct padata_priv padata;
	struct list_head list;
	int nr;
};

static LIST_HEAD(ready);
static DEFINE_SPINLOCK(ready_lock);
static DECLARE_WAIT_QUEUE_HEAD(ready_wait);
static wait_queue_head_t stop_wait;
static struct semaphore slots;
static bool producer_done;

static struct padata_instance *pinst;
static struct workqueue_struct *wq;
static struct task_struct *producer, *consumer;

static void item_parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void item_serial(struct padata_priv *padata)
{
	struct item *item = container_of(padata, struct item, padata);

	spin_lock(&ready_lock);
	list_add_tail(&item->list, &ready);
	spin_unlock(&ready_lock);
	wake_up_interruptible(&ready_wait);
}

static int produce(void *data)
{
	int i;

	for (i = 0; i < ITEMS; i++) {
		struct item *item = kzalloc(sizeof(*item), GFP_KERNEL);

		if (!item)
			break;
		down(&slots);
		item->nr = i;
		INIT_LIST_HEAD(&item->list);
		item->padata.parallel = item_parallel;
		item->padata.serial = item_serial;
		if (padata_do_parallel(pinst, &item->padata, cpumask_first(cpu_online_mask))) {
			kfree(item);
			up(&slots);
			break;
		}
	}
	producer_done = true;
	wake_up_all(&stop_wait);
	while (!kthread_should_stop()) {
		set_current_state(TASK_INTERRUPTIBLE);
		schedule_timeout(HZ / 20);
	}
	return i;
}

static struct item *take(void)
{
	struct item *item = NULL;

	spin_lock_bh(&ready_lock);
	if (!list_empty(&ready)) {
		item = list_first_entry(&ready, struct item, list);
		list_del(&item->list);
	}
	spin_unlock_bh(&ready_lock);
	return item;
}

/* the long way round */
static struct item *wait_and_take(void)
{
	struct item *item;
	DEFINE_WAIT(wait);

	for (;;) {
		prepare_to_wait(&ready_wait, &wait, TASK_INTERRUPTIBLE);
		item = take();
		if (item || kthread_should_stop())
			break;
		schedule();
	}
	finish_wait(&ready_wait, &wait);
	return item;
}

static bool is_ready(void)
{
	bool any;

	spin_lock_bh(&ready_lock);
	any = !list_empty(&ready);
	spin_unlock_bh(&ready_lock);
	return any;
}

static int consume(void *data)
{
	char line[80];
	int n, at = 0;
	long left;

	for (n = 0; n < ITEMS; n++) {
		struct item *item = n & 1 ? wait_and_take() : NULL;

		while (!item && !kthread_should_stop()) {
			wait_event_interruptible(ready_wait, is_ready() || kthread_should_stop());
			item = take();
		}
		if (!item)
			break;
		at += sprintf(line + at, " %d", item->nr);
		kfree(item);
		up(&slots);
		if (n % 10 == 9) {
			pr_info("consumed%s\n", line);
			at = 0;
		}
	}
	left = wait_event_interruptible_timeout(ready_wait, is_ready(), msecs_to_jiffies(50));
	if (left == 0)
		pr_info("nothing more within 50 ms\n");
	wait_event_timeout(stop_wait, producer_done, HZ);
	n = kthread_stop(producer);
	producer = NULL;
	pr_info("producer stopped, %d produced\n", n);
	orderly_poweroff(false);

	set_current_state(TASK_INTERRUPTIBLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_INTERRUPTIBLE);
	}
	set_current_state(TASK_RUNNING);
	return 0;
}

static int __init wq_init(void)
{
	init_waitqueue_head(&stop_wait);
	sema_init(&slots, WINDOW);
	wq = alloc_workqueue("waitqueue", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	producer = kthread_run(produce, NULL, "producer");
	if (IS_ERR(producer))
		goto out_padata;
	consumer = kthread_run(consume, NULL, "consumer");
	if (IS_ERR(consumer)) {
		kthread_stop(producer);
		goto out_padata;
	}
	return 0;
out_padata:
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
	return -ENOMEM;
}

static void __exit wq_exit(void)
{
	kthread_stop(consumer);
	if (producer)
		kthread_stop(producer);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(wq_init) module_exit(wq_exit) MODULE_LICENSE("GPL");
