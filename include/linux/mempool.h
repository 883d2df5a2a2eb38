// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/mempool.h>. min_nr objects are kept back for when the allocator has none. An
// allocation that may sleep waits for one to be freed.
#ifndef PADATA_LINUX_MEMPOOL_H
#define PADATA_LINUX_MEMPOOL_H

#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>

typedef void *(mempool_alloc_t)(gfp_t gfp_mask, void *pool_data);
// clang-format off
typedef void (mempool_free_t)(void *element, void *pool_data);
// clang-format on

typedef struct mempool_s {
	spinlock_t lock;
	int min_nr, curr_nr;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	wait_queue_head_t wait;
	void *elements[];
} mempool_t;

static inline void *mempool_take_(mempool_t *pool)
{
	void *element = NULL;

	spin_lock_bh(&pool->lock);
	if (pool->curr_nr > 0)
		element = pool->elements[--pool->curr_nr];
	spin_unlock_bh(&pool->lock);
	return element;
}

static inline void mempool_destroy(mempool_t *pool)
{
	void *element;

	if (!pool)
		return;
	while ((element = mempool_take_(pool)))
		pool->free(element, pool->pool_data);
	kfree(pool);
}

static inline mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc_fn,
					mempool_free_t *free_fn, void *pool_data)
{
	mempool_t *pool = kzalloc(sizeof(*pool) + (size_t)min_nr * sizeof(void *), GFP_KERNEL);

	if (!pool)
		return NULL;
	spin_lock_init(&pool->lock);
	init_waitqueue_head(&pool->wait);
	pool->min_nr = min_nr;
	pool->pool_data = pool_data;
	pool->alloc = alloc_fn;
	pool->free = free_fn;
	while (pool->curr_nr < min_nr) {
		void *element = alloc_fn(GFP_KERNEL, pool_data);

		if (!element) {
			mempool_destroy(pool);
			return NULL;
		}
		pool->elements[pool->curr_nr++] = element;
	}
	return pool;
}

static inline void *mempool_alloc(mempool_t *pool, gfp_t gfp_mask)
{
	void *element = pool->alloc(gfp_mask, pool->pool_data);

	if (!element)
		element = mempool_take_(pool);
	if (!element && (gfp_mask & __GFP_DIRECT_RECLAIM))
		wait_event(pool->wait, (element = mempool_take_(pool)) != NULL);
	return element;
}

static inline void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	spin_lock_bh(&pool->lock);
	if (pool->curr_nr < pool->min_nr) {
		pool->elements[pool->curr_nr++] = element;
		element = NULL;
	}
	spin_unlock_bh(&pool->lock);
	if (element)
		pool->free(element, pool->pool_data);
	else
		wake_up(&pool->wait);
}

static inline void *mempool_alloc_slab(gfp_t gfp_mask, void *pool_data)
{
	return kmem_cache_alloc(pool_data, gfp_mask);
}

static inline void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free(pool_data, element);
}

static inline void *mempool_kmalloc(gfp_t gfp_mask, void *pool_data)
{
	return kmalloc((size_t)pool_data, gfp_mask);
}

static inline void mempool_kfree(void *element, void *pool_data)
{
	(void)pool_data;
	kfree(element);
}

#define mempool_create_slab_pool(min_nr, kc) \
	mempool_create((min_nr), mempool_alloc_slab, mempool_free_slab, (void *)(kc))
#define mempool_create_kmalloc_pool(min_nr, size) \
	mempool_create((min_nr), mempool_kmalloc, mempool_kfree, (void *)(size_t)(size))

#endif
