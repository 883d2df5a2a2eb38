// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/slab.h>: the calls into lib/linux/slab.ts. What these give lies in the machine's memory.
#include <linux/errno.h>
#include <linux/slab.h>

#include "runtime.h"
#include "sanitizer.h"

/*
 * Pairs with the release in kfree(): what its last owner did with it, in another thread maybe, is
 * over.
 */
static void *taken(long offset)
{
	void *object = pointer_to(offset);

	san_acquire(object);
	return object;
}

EXPORT_C void *kmalloc(size_t size, gfp_t flags)
{
	return taken(
		call_js(flags & __GFP_ZERO ? JS_kzalloc : JS_kmalloc, "nn", size, (long)flags));
}

EXPORT_C void *kzalloc(size_t size, gfp_t flags)
{
	return taken(call_js(JS_kzalloc, "nn", size, (long)flags));
}

EXPORT_C void *kcalloc(size_t n, size_t size, gfp_t flags)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kzalloc(bytes, flags);
}

EXPORT_C size_t ksize(const void *objp)
{
	return objp == NULL ? 0 : (size_t)call_js(JS_ksize, "p", objp);
}

EXPORT_C void kfree(const void *objp)
{
	if (ZERO_OR_NULL_PTR(objp))
		return;
	if (!in_memory(objp)) {
		kernel_misuse("kfree: %p is not the address of an allocated object", objp);
		return;
	}
	san_release(objp);
	call_js(JS_kfree, "p", objp);
}

// A constructor is called for each allocation: the kernel calls it when it makes a slab, and says
// that an object comes back as it went.
struct kmem_cache {
	long cache;
	void (*ctor)(void *);
	char name[40];
};

EXPORT_C struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
					      unsigned int align, slab_flags_t flags,
					      void (*ctor)(void *))
{
	struct kmem_cache *cachep;
	long cache;

	(void)flags;
	cache = call_js(JS_kmem_cache_create, "nn", (long)size, (long)(align > 64 ? align : 64));
	if (cache == 0)
		return NULL;
	cachep = kzalloc(sizeof(*cachep), GFP_KERNEL);
	if (cachep == NULL)
		return NULL;
	cachep->cache = cache;
	cachep->ctor = ctor;
	for (size_t i = 0; name != NULL && name[i] != '\0' && i < sizeof(cachep->name) - 1; i++)
		cachep->name[i] = name[i];
	return cachep;
}

EXPORT_C void *kmem_cache_alloc(struct kmem_cache *cachep, gfp_t flags)
{
	void *object =
		taken(call_js(JS_kmem_cache_alloc, "pn", pointer_to(cachep->cache), (long)flags));

	if (object != NULL && cachep->ctor != NULL)
		cachep->ctor(object);
	return object;
}

EXPORT_C void kmem_cache_free(struct kmem_cache *cachep, void *objp)
{
	if (objp == NULL)
		return;
	san_release(objp);
	call_js(JS_kmem_cache_free, "pp", pointer_to(cachep->cache), objp);
}

EXPORT_C void kmem_cache_destroy(struct kmem_cache *cachep)
{
	if (cachep == NULL)
		return;
	call_js(JS_kmem_cache_destroy, "p", pointer_to(cachep->cache));
	kfree(cachep);
}
