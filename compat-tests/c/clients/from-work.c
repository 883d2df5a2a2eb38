// SPDX-License-Identifier: GPL-2.0
/*
 * Submitted from work items: a static one, one on the stack that is flushed, a delayed one, and one
 * on each CPU.
 *
 *	from_work: on the stack: 1
 *	from_work: flushed, 8 jobs so far
 *	from_work: cancelled before it ran
 *	from_work: schedule_on_each_cpu ok
 *	from_work: sum 0..31 = 496
 *	from_work: exit
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/cpu.h>
#include <linux/workqueue.h>
#include <linux/padata.h>
#include <linux/reboot.h>
#include <linux/wait.h>

#define BATCH	8
#define BATCHES	4

static void submit_batch(struct work_struct *work);
static void finish(struct work_struct *work);
static void never(struct work_struct *work);

static DECLARE_WORK(submit_work, submit_batch);
static DECLARE_WORK(finish_work, finish);
static DECLARE_DELAYED_WORK(submit_dwork, submit_batch);
static DECLARE_DELAYED_WORK(never_dwork, never);
static DECLARE_WAIT_QUEUE_HEAD(wait);

struct number {
	struct padata_priv padata;
	unsigned int value;
};

static struct padata_instance *pinst;
static struct workqueue_struct *wq, *my_wq;
static DEFINE_MUTEX(submit_mutex);
static unsigned int next_value;
static unsigned int sum;
static atomic_t done = ATOMIC_INIT(0);
static atomic_t each_cpu = ATOMIC_INIT(0);

static void double_it(struct padata_priv *padata)
{
	struct number *n = container_of(padata, struct number, padata);

	n->value *= 2;
	padata_do_serial(padata);
}

static void add_it(struct padata_priv *padata)
{
	struct number *n = container_of(padata, struct number, padata);

	/* serial functions of one callback CPU exclude each other */
	sum += n->value / 2;
	kfree(n);
	if (atomic_inc_return(&done) == BATCH * BATCHES)
		queue_work(system_wq, &finish_work);
	wake_up(&wait);
}

static void submit_batch(struct work_struct *work)
{
	int i, err;

	mutex_lock(&submit_mutex);
	for (i = 0; i < BATCH; i++) {
		struct number *n = kzalloc(sizeof(*n), GFP_KERNEL);

		if (!n)
			break;
		n->value = next_value++;
		n->padata.parallel = double_it;
		n->padata.serial = add_it;
		err = padata_do_parallel(pinst, &n->padata, cpumask_first(cpu_online_mask));
		if (err) {
			pr_warn("job %u: %d\n", n->value, err);
			kfree(n);
		}
	}
	mutex_unlock(&submit_mutex);
}

static void never(struct work_struct *work)
{
	pr_err("this should have been cancelled\n");
}

static void finish(struct work_struct *work)
{
	pr_info("sum 0..%d = %u\n", BATCH * BATCHES - 1, sum);
	orderly_poweroff(false);
}

struct stack_work {
	struct work_struct work;
	int ran;
};

static void on_stack(struct work_struct *work)
{
	struct stack_work *sw = container_of(work, struct stack_work, work);

	submit_batch(work);
	sw->ran++;
}

static void count_cpu(struct work_struct *work)
{
	atomic_inc(&each_cpu);
}

static int __init from_work_init(void)
{
	struct stack_work sw = { .ran = 0 };
	int err = -ENOMEM;

	wq = alloc_workqueue("padata_%s", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1, "from_work");
	if (!wq)
		return -ENOMEM;
	my_wq = alloc_ordered_workqueue("submitters", 0);
	if (!my_wq)
		goto out_wq;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_my_wq;
	err = padata_start(pinst);
	if (err)
		goto out_padata;

	INIT_WORK_ONSTACK(&sw.work, on_stack);
	queue_work(my_wq, &sw.work);
	flush_work(&sw.work);
	destroy_work_on_stack(&sw.work);
	pr_info("on the stack: %d\n", sw.ran);

	wait_event(wait, atomic_read(&done) == BATCH);
	pr_info("flushed, %d jobs so far\n", atomic_read(&done));

	schedule_delayed_work(&never_dwork, 3600 * HZ);
	if (cancel_delayed_work_sync(&never_dwork))
		pr_info("cancelled before it ran\n");

	err = schedule_on_each_cpu(count_cpu);
	if (!err && atomic_read(&each_cpu) == num_online_cpus())
		pr_info("schedule_on_each_cpu ok\n");
	else
		pr_err("schedule_on_each_cpu: %d, ran on %d\n", err, atomic_read(&each_cpu));

	schedule_work(&submit_work);
	flush_work(&submit_work);
	schedule_work(&submit_work);
	queue_delayed_work(my_wq, &submit_dwork, msecs_to_jiffies(5));
	return 0;

out_padata:
	padata_free(pinst);
out_my_wq:
	destroy_workqueue(my_wq);
out_wq:
	destroy_workqueue(wq);
	return err;
}

static void __exit from_work_exit(void)
{
	cancel_work_sync(&submit_work);
	cancel_delayed_work_sync(&submit_dwork);
	flush_scheduled_work();
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(my_wq);
	destroy_workqueue(wq);
	pr_info("exit\n");
}

module_init(from_work_init);
module_exit(from_work_exit);
MODULE_LICENSE("GPL");
