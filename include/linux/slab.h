// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/slab.h>. What these give lies in the machine's memory, where TypeScript and C use
// it in place; objects begin on a cache line. NULL is the only failure.
#ifndef PADATA_LINUX_SLAB_H
#define PADATA_LINUX_SLAB_H

#include <linux/compiler_attributes.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/types.h>

#define SLAB_CONSISTENCY_CHECKS ((slab_flags_t)0x100u)
#define SLAB_RED_ZONE ((slab_flags_t)0x400u)
#define SLAB_POISON ((slab_flags_t)0x800u)
#define SLAB_HWCACHE_ALIGN ((slab_flags_t)0x2000u)
#define SLAB_CACHE_DMA ((slab_flags_t)0x4000u)
#define SLAB_STORE_USER ((slab_flags_t)0x10000u)
#define SLAB_RECLAIM_ACCOUNT ((slab_flags_t)0x20000u)
#define SLAB_TEMPORARY SLAB_RECLAIM_ACCOUNT
#define SLAB_PANIC ((slab_flags_t)0x40000u)
#define SLAB_TYPESAFE_BY_RCU ((slab_flags_t)0x80000u)
#define SLAB_MEM_SPREAD ((slab_flags_t)0x100000u)
#define SLAB_TRACE ((slab_flags_t)0x200000u)
#define SLAB_ACCOUNT ((slab_flags_t)0x4000000u)

#define ARCH_KMALLOC_MINALIGN 8
#define ARCH_SLAB_MINALIGN 8
#define KMALLOC_MAX_SIZE (1ul << 22)

// What kmalloc(0) may give in a kernel; here it gives an object. kfree() takes all of these.
#define ZERO_SIZE_PTR ((void *)16)
#define ZERO_OR_NULL_PTR(x) ((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)

struct kmem_cache;

void *kmalloc(size_t size, gfp_t flags);
void *kzalloc(size_t size, gfp_t flags);
void *kcalloc(size_t n, size_t size, gfp_t flags);
void kfree(const void *objp);
size_t ksize(const void *objp);

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *));
void kmem_cache_destroy(struct kmem_cache *s);
void *kmem_cache_alloc(struct kmem_cache *cachep, gfp_t flags);
void kmem_cache_free(struct kmem_cache *cachep, void *objp);

#define KMEM_CACHE(__struct, __flags) \
	kmem_cache_create(#__struct, sizeof(struct __struct), __alignof__(struct __struct), \
			  (__flags), NULL)
#define KMEM_CACHE_USERCOPY(__struct, __flags, __field) KMEM_CACHE(__struct, __flags)
#define kmem_cache_create_usercopy(name, size, align, flags, useroffset, usersize, ctor) \
	kmem_cache_create(name, size, align, flags, ctor)

static inline void *kmem_cache_zalloc(struct kmem_cache *cachep, gfp_t flags)
{
	return kmem_cache_alloc(cachep, flags | __GFP_ZERO);
}

static inline void *kmem_cache_alloc_node(struct kmem_cache *cachep, gfp_t flags, int node)
{
	(void)node;
	return kmem_cache_alloc(cachep, flags);
}

static inline int kmem_cache_shrink(struct kmem_cache *cachep)
{
	(void)cachep;
	return 0;
}

// All that were asked for, or none: then 0.
static inline int kmem_cache_alloc_bulk(struct kmem_cache *s, gfp_t flags, size_t size, void **p)
{
	for (size_t i = 0; i < size; i++) {
		p[i] = kmem_cache_alloc(s, flags);
		if (!p[i]) {
			while (i > 0)
				kmem_cache_free(s, p[--i]);
			return 0;
		}
	}
	return (int)size;
}

static inline void kmem_cache_free_bulk(struct kmem_cache *s, size_t size, void **p)
{
	for (size_t i = 0; i < size; i++)
		kmem_cache_free(s, p[i]);
}

static inline void *kmalloc_array(size_t n, size_t size, gfp_t flags)
{
	size_t bytes = array_size(n, size);

	return bytes == SIZE_MAX ? NULL : kmalloc(bytes, flags);
}

static inline void *kmalloc_node(size_t size, gfp_t flags, int node)
{
	(void)node;
	return kmalloc(size, flags);
}

static inline void *kzalloc_node(size_t size, gfp_t flags, int node)
{
	(void)node;
	return kzalloc(size, flags);
}

static inline void *kmalloc_array_node(size_t n, size_t size, gfp_t flags, int node)
{
	(void)node;
	return kmalloc_array(n, size, flags);
}

static inline void *kcalloc_node(size_t n, size_t size, gfp_t flags, int node)
{
	(void)node;
	return kcalloc(n, size, flags);
}

#define kmalloc_track_caller(size, flags) kmalloc(size, flags)
#define kmalloc_node_track_caller(size, flags, node) kmalloc_node(size, flags, node)

// The object, or a larger one with what was in it; on failure NULL, and the object is still there.
static inline void *__must_check krealloc(const void *p, size_t new_size, gfp_t flags)
{
	size_t old_size = p ? ksize(p) : 0;
	void *new;

	if (new_size == 0) {
		kfree(p);
		return ZERO_SIZE_PTR;
	}
	if (old_size >= new_size)
		return (void *)(unsigned long)p;
	new = kmalloc(new_size, flags);
	if (new && p) {
		__builtin_memcpy(new, p, old_size);
		kfree(p);
	}
	return new;
}

static inline void *__must_check __krealloc(const void *p, size_t new_size, gfp_t flags)
{
	size_t old_size = p ? ksize(p) : 0;
	void *new;

	if (old_size >= new_size)
		return (void *)(unsigned long)p;
	new = kmalloc(new_size, flags);
	if (new && p)
		__builtin_memcpy(new, p, old_size);
	return new;
}

// What was in it is gone first.
static inline void kzfree(const void *p)
{
	if (!ZERO_OR_NULL_PTR(p)) {
		void *object = (void *)(unsigned long)p;

		__builtin_memset(object, 0, ksize(object));
		__asm__ __volatile__("" : : "r"(object) : "memory");
	}
	kfree(p);
}
#define kfree_sensitive(p) kzfree(p)

static inline bool slab_is_available(void)
{
	return true;
}

#endif
