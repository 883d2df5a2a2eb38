// SPDX-License-Identifier: GPL-2.0
/*
 * A configuration behind an RCU pointer: parallel() reads it, a thread replaces it meanwhile, with
 * synchronize_rcu, call_rcu and kfree_rcu in turn. Both fields always belong together.
 *
 *	rcu_config: 300 jobs, 0 saw a torn configuration
 *	rcu_config: generation 30, freed 10
 *	rcu_config: list 0 1 2 3, without 2: 0 1 3
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/mutex.h>
#include <linux/cpu.h>
#include <linux/padata.h>
#include <linux/completion.h>
#include <linux/reboot.h>

#define JOBS 300
#define GENERATIONS 30

struct config {
	int generation;
	int check;
	struct rcu_head rcu;
};

struct entry {
	struct list_head list;
	int nr;
};

static struct config __rcu *config;
static DEFINE_MUTEX(config_mutex);
static LIST_HEAD(entries);
static atomic_t torn = ATOMIC_INIT(0), finished = ATOMIC_INIT(0), freed = ATOMIC_INIT(0);
static DECLARE_COMPLETION(all);
static struct padata_instance *pinst;
static struct workqueue_struct *wq;
static struct task_struct *writer;

struct job {
	struct padata_priv padata;
};

static void job_parallel(struct padata_priv *padata)
{
	struct config *c;

	rcu_read_lock();
	c = rcu_dereference(config);
	if (c->check != ~c->generation)
		atomic_inc(&torn);
	rcu_read_unlock();
	padata_do_serial(padata);
}

static void job_serial(struct padata_priv *padata)
{
	kfree(container_of(padata, struct job, padata));
	if (atomic_inc_return(&finished) == JOBS)
		complete_all(&all);
}

static void config_free_rcu(struct rcu_head *head)
{
	struct config *c = container_of(head, struct config, rcu);

	c->check = 0;
	kfree(c);
	atomic_inc(&freed);
}

static int config_update(int generation)
{
	struct config *new, *old;

	new = kmalloc(sizeof(*new), GFP_KERNEL);
	if (!new)
		return -ENOMEM;
	new->generation = generation;
	new->check = ~generation;
	mutex_lock(&config_mutex);
	old = rcu_dereference_protected(config, lockdep_is_held(&config_mutex));
	rcu_assign_pointer(config, new);
	mutex_unlock(&config_mutex);
	if (!old)
		return 0;
	switch (generation % 3) {
	case 0:
		synchronize_rcu();
		old->check = 0;
		kfree(old);
		break;
	case 1:
		call_rcu(&old->rcu, config_free_rcu);
		break;
	case 2:
		kfree_rcu(old, rcu);
		break;
	}
	return 0;
}

static void list_test(void)
{
	struct entry *e, *tmp;
	char with[32] = "", without[32] = "";
	int i, n = 0;

	for (i = 0; i < 4; i++) {
		e = kzalloc(sizeof(*e), GFP_KERNEL);
		if (!e)
			return;
		e->nr = i;
		list_add_tail_rcu(&e->list, &entries);
	}
	rcu_read_lock();
	list_for_each_entry_rcu(e, &entries, list)
		n += snprintf(with + n, sizeof(with) - n, " %d", e->nr);
	rcu_read_unlock();
	list_for_each_entry_safe(e, tmp, &entries, list) {
		if (e->nr == 2) {
			list_del_rcu(&e->list);
			synchronize_rcu();
			kfree(e);
		}
	}
	n = 0;
	rcu_read_lock();
	list_for_each_entry_rcu(e, &entries, list)
		n += snprintf(without + n, sizeof(without) - n, " %d", e->nr);
	rcu_read_unlock();
	pr_info("list%s, without 2:%s\n", with, without);
	list_for_each_entry_safe(e, tmp, &entries, list) {
		list_del(&e->list);
		kfree(e);
	}
}

static int write_fn(void *data)
{
	int i, g = 1;

	for (i = 0; i < JOBS; i++) {
		struct job *job = kzalloc(sizeof(struct job), GFP_KERNEL);

		if (!job)
			break;
		job->padata.parallel = job_parallel;
		job->padata.serial = job_serial;
		while (padata_do_parallel(pinst, &job->padata, cpumask_first(cpu_online_mask)) ==
		       -EBUSY)
			schedule_timeout_uninterruptible(1);
		if (i % (JOBS / GENERATIONS) == 0)
			config_update(g++);
	}
	wait_for_completion(&all);
	rcu_barrier();
	pr_info("%d jobs, %d saw a torn configuration\n", atomic_read(&finished),
		atomic_read(&torn));
	/* generations 1, 4, ... 28 free their predecessor by call_rcu */
	pr_info("generation %d, freed %d\n", g - 1, atomic_read(&freed));
	list_test();
	orderly_poweroff(false);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int __init rcu_config_init(void)
{
	int err;

	err = config_update(0);
	if (err)
		return err;
	wq = alloc_workqueue("rcu_config", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq) {
		err = -ENOMEM;
		goto out_config;
	}
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst) {
		err = -ENOMEM;
		goto out_wq;
	}
	padata_start(pinst);
	writer = kthread_run(write_fn, NULL, "rcu_writer");
	if (!IS_ERR(writer))
		return 0;
	err = PTR_ERR(writer);
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
out_config:
	kfree(rcu_dereference_protected(config, 1));
	return err;
}

static void __exit rcu_config_exit(void)
{
	kthread_stop(writer);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	rcu_barrier();
	kfree(rcu_dereference_protected(config, 1));
	RCU_INIT_POINTER(config, NULL);
}

module_init(rcu_config_init);
module_exit(rcu_config_exit);
MODULE_LICENSE("GPL");
