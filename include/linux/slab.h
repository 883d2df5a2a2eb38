// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/slab.h>. What these give lies in the machine's memory, where TypeScript and C use it in place; objects
// begin on a cache line. NULL is the only failure.
#ifndef PADATA_LINUX_SLAB_H
#define PADATA_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/types.h>

struct kmem_cache;

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void kfree(const void *objp);
size_t ksize(const void *objp);

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align, slab_flags_t flags,
				     void (*ctor)(void *));
void *kmem_cache_alloc(struct kmem_cache *cachep, gfp_t flags);
void kmem_cache_free(struct kmem_cache *cachep, void *objp);

#endif
