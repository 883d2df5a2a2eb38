// SPDX-License-Identifier: GPL-2.0
/*
 * Requests from a mempool, a ring of results, a configuration behind SRCU, a percpu rwsem: what
 * block drivers are made of.
 *
 *	pools: set up once
 *	pools: 64 requests, gcd of all 6, ring held 15, left 1
 *	pools: configuration 2, reader saw 1 then 2
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/circ_buf.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/freezer.h>
#include <linux/gcd.h>
#include <linux/kthread.h>
#include <linux/mempool.h>
#include <linux/once.h>
#include <linux/padata.h>
#include <linux/percpu-rwsem.h>
#include <linux/prefetch.h>
#include <linux/reboot.h>
#include <linux/srcu.h>

#define REQUESTS 64
#define RING 16

struct request {
	struct padata_priv padata;
	unsigned long number;
};

struct config {
	int version;
};

static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static struct kmem_cache *cache;
static mempool_t *pool;
static struct circ_buf ring;
static char ring_space[RING];
static unsigned long divisor;
DEFINE_STATIC_SRCU(config_srcu);
static struct config __rcu *config;
DEFINE_STATIC_PERCPU_RWSEM(config_sem);
static DECLARE_COMPLETION(all_done);
static struct task_struct *task;

static void set_up(const char *how)
{
	pr_info("set up %s\n", how);
}

static void request_parallel(struct padata_priv *padata)
{
	struct request *request = container_of(padata, struct request, padata);

	prefetchw(request);
	request->number *= 6;
	padata_do_serial(padata);
}

static void request_serial(struct padata_priv *padata)
{
	struct request *request = container_of(padata, struct request, padata);
	static int seen;

	divisor = gcd(divisor, request->number);
	if (CIRC_SPACE(ring.head, ring.tail, RING) > 0) {
		ring.buf[ring.head] = request->number;
		ring.head = (ring.head + 1) & (RING - 1);
	}
	mempool_free(request, pool);
	if (++seen == REQUESTS)
		complete(&all_done);
}

static int read_version(void)
{
	int idx = srcu_read_lock(&config_srcu);
	int version = srcu_dereference(config, &config_srcu)->version;

	srcu_read_unlock(&config_srcu, idx);
	return version;
}

static int pools_thread(void *data)
{
	struct config *new = kmalloc(sizeof(*new), GFP_KERNEL), *old;
	int before, i;

	set_freezable();
	for (i = 0; i < 3; i++)
		DO_ONCE(set_up, "once");
	for (i = 1; i <= REQUESTS; i++) {
		struct request *request = mempool_alloc(pool, GFP_KERNEL);

		memset(request, 0, sizeof(*request));
		request->number = i;
		request->padata.parallel = request_parallel;
		request->padata.serial = request_serial;
		if (padata_do_parallel(pinst, &request->padata, cpumask_first(cpu_online_mask)))
			pr_err("not accepted\n");
		try_to_freeze();
	}
	wait_for_completion(&all_done);
	pr_info("%d requests, gcd of all %lu, ring held %d, left %d\n", REQUESTS, divisor,
		CIRC_CNT(ring.head, ring.tail, RING),
		(int)CIRC_SPACE(ring.head, ring.tail + 1, RING));

	before = read_version();
	new->version = 2;
	percpu_down_write(&config_sem);
	old = rcu_dereference_protected(config, 1);
	rcu_assign_pointer(config, new);
	percpu_up_write(&config_sem);
	synchronize_srcu(&config_srcu);
	kfree(old);
	percpu_down_read(&config_sem);
	pr_info("configuration %d, reader saw %d then %d\n", config->version, before,
		read_version());
	percpu_up_read(&config_sem);
	orderly_poweroff(false);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ / 10);
	return 0;
}

static int __init pools_init(void)
{
	wq = alloc_workqueue("pools", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	cache = KMEM_CACHE(request, 0);
	pool = mempool_create_slab_pool(4, cache);
	config = kzalloc(sizeof(*config), GFP_KERNEL);
	if (!wq || !pinst || !pool || !config)
		return -ENOMEM;
	config->version = 1;
	ring.buf = ring_space;
	padata_start(pinst);
	task = kthread_run(pools_thread, NULL, "pools");
	return PTR_ERR_OR_ZERO(task);
}

static void __exit pools_exit(void)
{
	kthread_stop(task);
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
	mempool_destroy(pool);
	kmem_cache_destroy(cache);
	kfree(config);
}

module_init(pools_init);
module_exit(pools_exit);
MODULE_LICENSE("GPL");
