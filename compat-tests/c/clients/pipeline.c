// SPDX-License-Identifier: GPL-2.0
/*
 * Two instances in a row: serial() of the first submits to the second, which gives the object back
 * to a queue. References are counted; the thread ends by complete_and_exit(), as those do that
 * nobody stops.
 *
 *	pipeline: stage 2 got 0..99 in order
 *	pipeline: bytes 4950, released 100
 *	pipeline: thread gone
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kref.h>
#include <linux/slab.h>
#include <linux/list.h>
#include <linux/kthread.h>
#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/cpu.h>
#include <linux/err.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define PACKETS 100

struct packet {
	struct padata_priv padata;
	struct kref ref;
	struct list_head list;
	int nr;
	int stage;
};

struct stage {
	const char *name;
	struct workqueue_struct *wq;
	struct padata_instance *pinst;
	int cb_cpu;
};

static struct stage stages[2] = {
	{ .name = "stage1" },
	{ .name = "stage2" },
};

static LIST_HEAD(out);
static DEFINE_SPINLOCK(out_lock);
static DECLARE_COMPLETION(all_out);
static DECLARE_COMPLETION(thread_gone);
static atomic_t released = ATOMIC_INIT(0);
static int out_count;

static void packet_release(struct kref *ref)
{
	struct packet *p = container_of(ref, struct packet, ref);

	atomic_inc(&released);
	kfree(p);
}

static void stage_serial(struct padata_priv *padata);

static void stage_parallel(struct padata_priv *padata)
{
	struct packet *p = container_of(padata, struct packet, padata);

	kref_get(&p->ref);
	p->stage++;
	kref_put(&p->ref, packet_release);
	padata_do_serial(padata);
}

static int stage_submit(struct stage *stage, struct packet *p)
{
	memset(&p->padata, 0, sizeof(p->padata));
	p->padata.parallel = stage_parallel;
	p->padata.serial = stage_serial;
	return padata_do_parallel(stage->pinst, &p->padata, stage->cb_cpu);
}

static void stage_serial(struct padata_priv *padata)
{
	struct packet *p = container_of(padata, struct packet, padata);

	if (p->stage == 1) {
		if (stage_submit(&stages[1], p))
			kref_put(&p->ref, packet_release);
		return;
	}
	spin_lock(&out_lock);
	list_add_tail(&p->list, &out);
	if (++out_count == PACKETS)
		complete(&all_out);
	spin_unlock(&out_lock);
}

static int pipeline_thread(void *data)
{
	struct packet *p, *next;
	int i, nr = 0, bytes = 0;
	bool in_order = true;
	LIST_HEAD(mine);

	for (i = 0; i < PACKETS; i++) {
		p = kzalloc(sizeof(*p), GFP_KERNEL);
		if (WARN_ON(!p))
			break;
		kref_init(&p->ref);
		p->nr = i;
		if (stage_submit(&stages[0], p))
			kref_put(&p->ref, packet_release);
	}
	wait_for_completion(&all_out);
	spin_lock_bh(&out_lock);
	list_splice_init(&out, &mine);
	spin_unlock_bh(&out_lock);
	list_for_each_entry_safe(p, next, &mine, list) {
		if (p->nr != nr++ || p->stage != 2)
			in_order = false;
		bytes += p->nr;
		list_del(&p->list);
		kref_put(&p->ref, packet_release);
	}
	pr_info("stage 2 got 0..%d %s\n", nr - 1, in_order ? "in order" : "in disorder");
	pr_info("bytes %d, released %d\n", bytes, atomic_read(&released));
	orderly_poweroff(false);
	complete_and_exit(&thread_gone, 0);
}

static void stage_exit(struct stage *stage)
{
	padata_stop(stage->pinst);
	padata_free(stage->pinst);
	destroy_workqueue(stage->wq);
}

static int stage_init(struct stage *stage)
{
	stage->wq = alloc_workqueue("%s", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1, stage->name);
	if (!stage->wq)
		return -ENOMEM;
	get_online_cpus();
	stage->pinst = padata_alloc_possible(stage->wq);
	put_online_cpus();
	if (!stage->pinst) {
		destroy_workqueue(stage->wq);
		return -ENOMEM;
	}
	stage->cb_cpu = cpumask_first(cpu_online_mask);
	return padata_start(stage->pinst);
}

static int __init pipeline_init(void)
{
	struct task_struct *task;
	int err;

	err = stage_init(&stages[0]);
	if (err)
		return err;
	err = stage_init(&stages[1]);
	if (err) {
		stage_exit(&stages[0]);
		return err;
	}
	task = kthread_run(pipeline_thread, NULL, "pipeline");
	if (!IS_ERR(task))
		return 0;
	stage_exit(&stages[1]);
	stage_exit(&stages[0]);
	return PTR_ERR(task);
}

static void __exit pipeline_exit(void)
{
	wait_for_completion(&thread_gone);
	pr_info("thread gone\n");
	stage_exit(&stages[0]);
	stage_exit(&stages[1]);
}

module_init(pipeline_init);
module_exit(pipeline_exit);
MODULE_LICENSE("GPL");
