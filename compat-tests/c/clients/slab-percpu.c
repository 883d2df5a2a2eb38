// SPDX-License-Identifier: GPL-2.0
/*
 * Objects of a kmem_cache with a constructor, and counters of each CPU, static and dynamic.
 *
 *	slab_percpu: 200 objects, static counters 200, dynamic counters 200 jobs 19900 units
 *	slab_percpu: constructor held: yes
 *	slab_percpu: percpu_counter 200
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/init.h>
#include <linux/slab.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>
#include <linux/smp.h>
#include <linux/cpu.h>
#include <linux/kthread.h>
#include <linux/delay.h>
#include <linux/padata.h>
#include <linux/reboot.h>

#define OBJECTS 200
#define COOKIE 0x5ca1ab1e

struct job {
	struct padata_priv padata;
	unsigned int cookie;
	unsigned int nr;
};

struct stats {
	u64 jobs;
	u64 units;
};

static DEFINE_PER_CPU(unsigned long, jobs_run);
static struct stats __percpu *stats;
static struct percpu_counter serialised;

static struct kmem_cache *cache;
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct task_struct *thread;
static bool cookie_held = true;

static void job_ctor(void *p)
{
	struct job *job = p;

	memset(job, 0, sizeof(*job));
	job->cookie = COOKIE;
}

static void job_parallel(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);
	struct stats *s = get_cpu_ptr(stats);

	s->jobs++;
	s->units += job->nr;
	put_cpu_ptr(stats);
	this_cpu_inc(jobs_run);
	padata_do_serial(padata);
}

static void job_serial(struct padata_priv *padata)
{
	struct job *job = container_of(padata, struct job, padata);

	if (job->cookie != COOKIE)
		cookie_held = false;
	percpu_counter_inc(&serialised);
	kmem_cache_free(cache, job);
}

static int slab_thread(void *arg)
{
	u64 jobs = 0, units = 0;
	unsigned long n = 0;
	int i, cpu;

	for (i = 0; i < OBJECTS; i++) {
		struct job *job = kmem_cache_alloc(cache, GFP_KERNEL);

		if (!job)
			break;
		job->nr = i;
		job->padata.parallel = job_parallel;
		job->padata.serial = job_serial;
		if (padata_do_parallel(pinst, &job->padata, cpumask_first(cpu_online_mask)))
			kmem_cache_free(cache, job);
	}
	while (percpu_counter_sum(&serialised) < OBJECTS && !kthread_should_stop())
		usleep_range(1000, 2000);

	for_each_possible_cpu(cpu) {
		n += per_cpu(jobs_run, cpu);
		jobs += per_cpu_ptr(stats, cpu)->jobs;
		units += per_cpu_ptr(stats, cpu)->units;
	}
	pr_info("%d objects, static counters %lu, dynamic counters %llu jobs %llu units\n", OBJECTS,
		n, jobs, units);
	pr_info("constructor held: %s\n", cookie_held ? "yes" : "no");
	pr_info("percpu_counter %lld\n", percpu_counter_sum_positive(&serialised));
	orderly_poweroff(false);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static int __init slab_init(void)
{
	int err = -ENOMEM;

	cache = kmem_cache_create("padata_job", sizeof(struct job), 0, SLAB_HWCACHE_ALIGN,
				  job_ctor);
	if (!cache)
		return -ENOMEM;
	stats = alloc_percpu(struct stats);
	if (!stats)
		goto out_cache;
	err = percpu_counter_init(&serialised, 0, GFP_KERNEL);
	if (err)
		goto out_stats;
	err = -ENOMEM;
	wq = alloc_workqueue("slab", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		goto out_counter;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	err = padata_start(pinst);
	if (err)
		goto out_padata;
	thread = kthread_run(slab_thread, NULL, "slab");
	if (!IS_ERR(thread))
		return 0;
	err = PTR_ERR(thread);
	padata_stop(pinst);
out_padata:
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
out_counter:
	percpu_counter_destroy(&serialised);
out_stats:
	free_percpu(stats);
out_cache:
	kmem_cache_destroy(cache);
	return err;
}

static void __exit slab_exit(void)
{
	kthread_stop(thread);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	percpu_counter_destroy(&serialised);
	free_percpu(stats);
	kmem_cache_destroy(cache);
}

module_init(slab_init);
module_exit(slab_exit);
MODULE_LICENSE("GPL");
