// SPDX-License-Identifier: GPL-2.0
/*
 * A timer that ticks, and kicks a work item that submits: what a poll-mode driver does.
 *
 *	from_timer: tick 1: sample 0
 *	from_timer: tick 1: sample 1
 *	from_timer: tick 2: sample 2
 *	...
 *	from_timer: tick 5: sample 9
 *	from_timer: 10 samples after 5 ticks, timer pending: 0
 */
#define pr_fmt(fmt) "from_timer: " fmt

#include <linux/module.h>
#include <linux/timer.h>
#include <linux/jiffies.h>
#include <linux/workqueue.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define TICKS 5
#define PER_TICK 2
#define PERIOD (HZ / 50)

struct sample {
	struct padata_priv padata;
	int tick;
	int number;
};

static void tick(struct timer_list *unused);
static void submit(struct work_struct *work);
static void report(struct work_struct *work);

static DEFINE_TIMER(tick_timer, tick);
static DECLARE_WORK(submit_work, submit);
static DECLARE_DELAYED_WORK(report_work, report);
static DEFINE_SPINLOCK(lock);

static struct padata_instance *pinst;
static struct workqueue_struct *wq;
static int ticks, submitted_ticks, samples, printed;

static void tick(struct timer_list *unused)
{
	unsigned long flags;

	spin_lock_irqsave(&lock, flags);
	ticks++;
	spin_unlock_irqrestore(&lock, flags);
	schedule_work(&submit_work);
	if (ticks < TICKS)
		mod_timer(&tick_timer, jiffies + PERIOD);
}

static void sample_parallel(struct padata_priv *padata)
{
	padata_do_serial(padata);
}

static void sample_serial(struct padata_priv *padata)
{
	struct sample *s = container_of(padata, struct sample, padata);

	pr_info("tick %d: sample %d\n", s->tick, s->number);
	kfree(s);
	if (++printed == TICKS * PER_TICK)
		schedule_delayed_work(&report_work, 1);
}

static void submit(struct work_struct *work)
{
	int i, now;

	spin_lock_bh(&lock);
	now = ticks;
	spin_unlock_bh(&lock);

	/* several ticks may have passed since */
	for (; submitted_ticks < now; submitted_ticks++) {
		for (i = 0; i < PER_TICK; i++) {
			struct sample *s = kmalloc(sizeof *s, GFP_ATOMIC | __GFP_ZERO);

			if (s == NULL)
				return;
			s->tick = submitted_ticks + 1;
			s->number = samples++;
			s->padata.parallel = sample_parallel;
			s->padata.serial = sample_serial;
			if (padata_do_parallel(pinst, &s->padata, cpumask_first(cpu_online_mask)))
				kfree(s);
		}
	}
}

static void report(struct work_struct *work)
{
	pr_info("%d samples after %d ticks, timer pending: %d\n", printed, ticks,
		timer_pending(&tick_timer));
	orderly_poweroff(0);
}

static int __init start(void)
{
	wq = alloc_workqueue("from_timer", WQ_CPU_INTENSIVE | WQ_MEM_RECLAIM, 1);
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
	tick_timer.expires = jiffies + PERIOD;
	add_timer(&tick_timer);
	return 0;
}

static void __exit stop(void)
{
	del_timer_sync(&tick_timer);
	cancel_work_sync(&submit_work);
	padata_stop(pinst);
	cancel_delayed_work_sync(&report_work);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(start);
module_exit(stop);
MODULE_LICENSE("Dual BSD/GPL");
