// SPDX-License-Identifier: GPL-2.0
/*
 * Primes below 10000, in ranges: what a student tries out. Bitmaps, hash table, sorting, 64-bit
 * division, bit operations, time.
 *
 *	primes: 0-999: 168
 *	primes: 1000-1999: 135
 *	...
 *	primes: 9000-9999: 112
 *	primes: 1229 primes below 10000, largest 9973, sum 5736396, mean 4667
 *	primes: twins: 205, hash has 9973: yes, 9975: no
 *	primes: sorted 2 3 5 7 11, log2 13, order 1, weight 9
 *	primes: took time: yes
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/bitmap.h>
#include <linux/bitops.h>
#include <linux/hashtable.h>
#include <linux/sort.h>
#include <linux/math64.h>
#include <linux/log2.h>
#include <linux/ktime.h>
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <linux/cpu.h>
#include <linux/completion.h>
#include <linux/padata.h>
#include <linux/reboot.h>
#include <asm/div64.h>

#define LIMIT	10000
#define RANGE	1000
#define RANGES	DIV_ROUND_UP(LIMIT, RANGE)

struct range {
	struct padata_priv padata;
	unsigned int from, to;
	unsigned int count;
};

struct known {
	unsigned int prime;
	struct hlist_node node;
};

static DECLARE_BITMAP(prime, LIMIT);
static DEFINE_HASHTABLE(known_primes, 6);
static struct range ranges[RANGES];
static struct workqueue_struct *wq;
static struct padata_instance *pinst;
static DECLARE_COMPLETION(done);

static void range_parallel(struct padata_priv *padata)
{
	struct range *r = container_of(padata, struct range, padata);
	unsigned int n, d;

	for (n = max(r->from, 2u); n < r->to; n++) {
		for (d = 2; d * d <= n; d++)
			if (n % d == 0)
				break;
		if (d * d > n) {
			/* ranges share words of the bitmap: atomic */
			set_bit(n, prime);
			r->count++;
		}
	}
	padata_do_serial(padata);
}

static void range_serial(struct padata_priv *padata)
{
	struct range *r = container_of(padata, struct range, padata);

	pr_info("%u-%u: %u\n", r->from, r->to - 1, r->count);
	if (r->to == LIMIT)
		complete(&done);
}

static bool is_known(unsigned int n)
{
	struct known *k;

	hash_for_each_possible(known_primes, k, node, n)
		if (k->prime == n)
			return true;
	return false;
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void report(void)
{
	struct known *known, *k;
	struct hlist_node *tmp;
	int some[] = { 11, 2, 7, 3, 5 };
	unsigned int n, last = 0, i = 0, twins = 0;
	u64 sum = 0, mean;
	int bkt;

	known = vzalloc(bitmap_weight(prime, LIMIT) * sizeof(*known));
	if (!known)
		return;
	for_each_set_bit(n, prime, LIMIT) {
		if (n - last == 2 && last > 2)
			twins++;
		known[i].prime = n;
		hash_add(known_primes, &known[i].node, n);
		i++;
		sum += n;
		last = n;
	}
	mean = sum;
	do_div(mean, i);
	pr_info("%u primes below %d, largest %u, sum %llu, mean %llu\n", i, LIMIT, last, sum, mean);
	pr_info("twins: %u, hash has 9973: %s, 9975: %s\n", twins, is_known(9973) ? "yes" : "no",
		is_known(9975) ? "yes" : "no");
	hash_for_each_safe(known_primes, bkt, tmp, k, node)
		hash_del(&k->node);
	vfree(known);
	sort(some, ARRAY_SIZE(some), sizeof(some[0]), compare, NULL);
	pr_info("sorted %d %d %d %d %d, log2 %d, order %d, weight %lu\n", some[0], some[1], some[2],
		some[3], some[4], ilog2(LIMIT), get_order(2 * PAGE_SIZE), hweight_long(last));
}

static int __init primes_init(void)
{
	ktime_t start = ktime_get();
	unsigned long j = jiffies;
	int i, err = -ENOMEM;

	wq = alloc_workqueue("primes", WQ_MEM_RECLAIM | WQ_CPU_INTENSIVE, 1);
	if (!wq)
		return -ENOMEM;
	get_online_cpus();
	pinst = padata_alloc_possible(wq);
	put_online_cpus();
	if (!pinst)
		goto out_wq;
	padata_start(pinst);
	for (i = 0; i < RANGES; i++) {
		ranges[i].from = i * RANGE;
		ranges[i].to = min_t(unsigned int, (i + 1) * RANGE, LIMIT);
		ranges[i].padata.parallel = range_parallel;
		ranges[i].padata.serial = range_serial;
		err = padata_do_parallel(pinst, &ranges[i].padata, cpumask_first(cpu_online_mask));
		if (err)
			goto out_padata;
	}
	wait_for_completion(&done);
	report();
	pr_info("took time: %s\n",
		ktime_to_ns(ktime_sub(ktime_get(), start)) > 0 && time_before_eq(j, jiffies) ?
			"yes" :
			"no");
	orderly_poweroff(false);
	return 0;

out_padata:
	padata_stop(pinst);
	padata_free(pinst);
out_wq:
	destroy_workqueue(wq);
	return err;
}

static void __exit primes_exit(void)
{
	padata_stop(pinst);
	padata_free(pinst);
	destroy_workqueue(wq);
}

module_init(primes_init);
module_exit(primes_exit);
MODULE_LICENSE("GPL");
