// SPDX-License-Identifier: GPL-2.0-only
//
// The allocators: slabs, pages, percpu, vmalloc.
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>
#include <linux/vmalloc.h>

#include "api.h"

static DEFINE_PER_CPU(int, counter) = 5;
static int __percpu *numbers;

TEST(slabs, ALL)
{
	char *p = kmalloc(100, GFP_ATOMIC), *more;

	CHECK(p != NULL && ksize(p) >= 100 && IS_ALIGNED((unsigned long)p, 8));
	memset(p, 0x5a, 100);
	more = krealloc(p, 5000, GFP_ATOMIC);
	CHECK(more != NULL && more[99] == 0x5a && ksize(more) >= 5000);
	kfree(more);
	p = kzalloc(300, GFP_ATOMIC);
	CHECK(p != NULL && memchr_inv(p, 0, 300) == NULL);
	kzfree(p);
	p = kcalloc(10, 20, GFP_ATOMIC);
	CHECK(p != NULL && memchr_inv(p, 0, 200) == NULL);
	kfree(p);
	CHECK(kcalloc(SIZE_MAX / 2, 4, GFP_ATOMIC) == NULL &&
	      kmalloc_array(SIZE_MAX / 2, 4, GFP_ATOMIC) == NULL);
	p = kmalloc(64, GFP_ATOMIC | __GFP_ZERO);
	CHECK(p != NULL && memchr_inv(p, 0, 64) == NULL);
	kfree(p);
	kfree(NULL);
	kfree(ZERO_SIZE_PTR);
	p = kvzalloc(10000, GFP_ATOMIC);
	CHECK(p != NULL && memchr_inv(p, 0, 10000) == NULL);
	kvfree(p);
}

static void construct(void *object)
{
	*(int *)object = 77;
}

/* Not in atomic context: to make and destroy a cache sleeps. */
TEST(caches, SLEEP)
{
	struct kmem_cache *cache = kmem_cache_create("api", 40, 0, SLAB_HWCACHE_ALIGN, construct);
	int *a, *b;

	CHECK(cache != NULL);
	a = kmem_cache_alloc(cache, GFP_KERNEL);
	b = kmem_cache_alloc(cache, GFP_KERNEL);
	CHECK(a != NULL && b != NULL && a != b && *a == 77 && *b == 77);
	kmem_cache_free(cache, a);
	kmem_cache_free(cache, b);
	kmem_cache_destroy(cache);
	cache = kmem_cache_create("zeroes", 40, 0, 0, NULL);
	a = kmem_cache_zalloc(cache, GFP_KERNEL);
	CHECK(a != NULL && memchr_inv(a, 0, 40) == NULL);
	kmem_cache_free(cache, a);
	kmem_cache_destroy(cache);
}

TEST(pages, ALL)
{
	unsigned long page = __get_free_pages(GFP_ATOMIC, 1);
	void *exact;

	CHECK(page != 0 && IS_ALIGNED(page, PAGE_SIZE));
	memset((void *)page, 1, 2 * PAGE_SIZE);
	free_pages(page, 1);
	page = get_zeroed_page(GFP_ATOMIC);
	CHECK(page != 0 && memchr_inv((void *)page, 0, PAGE_SIZE) == NULL);
	free_page(page);
	exact = alloc_pages_exact(3 * PAGE_SIZE, GFP_ATOMIC);
	CHECK(exact != NULL && IS_ALIGNED((unsigned long)exact, PAGE_SIZE));
	free_pages_exact(exact, 3 * PAGE_SIZE);
}

TEST(vmallocs, SLEEP)
{
	char *p = vmalloc(100000);

	CHECK(p != NULL);
	p[99999] = 1;
	vfree(p);
	p = vzalloc(5000);
	CHECK(p != NULL && memchr_inv(p, 0, 5000) == NULL);
	vfree(p);
}

/* In the CPUs' contexts this_cpu_ptr() is the CPU's own. */
TEST(percpus, ALL)
{
	int cpu;
	struct percpu_counter total;

	for_each_possible_cpu(cpu)
		CHECK(per_cpu(counter, cpu) == 5 &&
		      per_cpu_ptr(&counter, cpu) == __per_cpu_ptr(&counter, cpu));
	get_cpu_var(counter)++;
	CHECK(this_cpu_read(counter) == 6);
	this_cpu_dec(counter);
	put_cpu_var(counter);
	CHECK(this_cpu_read(counter) == 5);
	percpu_counter_init(&total, 3, GFP_ATOMIC);
	percpu_counter_add(&total, 4);
	CHECK(percpu_counter_sum(&total) == 7);
	percpu_counter_destroy(&total);
}

TEST(alloc_percpus, SLEEP)
{
	int cpu;

	numbers = alloc_percpu(int);
	CHECK(numbers != NULL);
	for_each_possible_cpu(cpu) {
		CHECK(*per_cpu_ptr(numbers, cpu) == 0);
		*per_cpu_ptr(numbers, cpu) = cpu + 1;
	}
	CHECK(*this_cpu_ptr(numbers) == smp_processor_id() + 1 ||
	      (api_context & (KTHREAD | FOREIGN | INIT)));
	free_percpu(numbers);
	numbers = __alloc_percpu(64, 64);
	CHECK(numbers != NULL);
	free_percpu(numbers);
}
