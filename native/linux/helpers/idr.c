// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/idr.h>.
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <stdlib.h>

#include "runtime.h"

/* In the place of NULL, which may be stored. */
static char stored_null;

static bool grow(struct idr *idr, int id)
{
	int size = max(16, max(idr->size * 2, id + 1));
	void **slots;

	if (id < idr->size)
		return true;
	slots = realloc(idr->slots, (size_t)size * sizeof(*slots));
	if (!slots)
		return false;
	memset(slots + idr->size, 0, (size_t)(size - idr->size) * sizeof(*slots));
	idr->slots = slots;
	idr->size = size;
	return true;
}

EXPORT_C int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	int id = start;

	(void)gfp;
	if (start < 0)
		return -EINVAL;
	while (id < idr->size && idr->slots[id])
		id++;
	// There is no end from 2^26 on, for the sake of memory.
	if (id >= (end > 0 ? end : 1 << 26))
		return -ENOSPC;
	if (!grow(idr, id))
		return -ENOMEM;
	idr->slots[id] = ptr ? ptr : &stored_null;
	return id;
}

EXPORT_C int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp)
{
	int id = idr_alloc(idr, ptr, max(start, idr->next), end, gfp);

	if (id == -ENOSPC && idr->next > start)
		id = idr_alloc(idr, ptr, start, end, gfp);
	if (id >= 0)
		idr->next = id + 1;
	return id;
}

EXPORT_C void *idr_find(const struct idr *idr, unsigned long id)
{
	void *found = id < (unsigned long)idr->size ? idr->slots[id] : NULL;

	return found == &stored_null ? NULL : found;
}

EXPORT_C void *idr_replace(struct idr *idr, void *ptr, unsigned long id)
{
	void *old = idr_find(idr, id);

	if (id >= (unsigned long)idr->size || !idr->slots[id])
		return ERR_PTR(-ENOENT);
	idr->slots[id] = ptr ? ptr : &stored_null;
	return old;
}

EXPORT_C void *idr_remove(struct idr *idr, unsigned long id)
{
	void *old = idr_find(idr, id);

	if (id < (unsigned long)idr->size)
		idr->slots[id] = NULL;
	return old;
}

EXPORT_C void idr_destroy(struct idr *idr)
{
	free(idr->slots);
	idr_init(idr);
}

EXPORT_C bool idr_is_empty(const struct idr *idr)
{
	for (int id = 0; id < idr->size; id++)
		if (idr->slots[id])
			return false;
	return true;
}

EXPORT_C int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data)
{
	int ret = 0;

	for (int id = 0; id < idr->size && ret == 0; id++)
		if (idr->slots[id])
			ret = fn(id, idr_find(idr, (unsigned long)id), data);
	return ret;
}

EXPORT_C void *idr_get_next(struct idr *idr, int *nextid)
{
	for (int id = *nextid; id < idr->size; id++) {
		void *found = idr_find(idr, (unsigned long)id);

		if (found) {
			*nextid = id;
			return found;
		}
	}
	return NULL;
}

static void lock(struct ida *ida)
{
	for (unsigned int turns = 0; __atomic_exchange_n(&ida->lock, 1, __ATOMIC_ACQUIRE); turns++)
		relax(turns);
}

static void unlock(struct ida *ida)
{
	__atomic_store_n(&ida->lock, 0, __ATOMIC_RELEASE);
}

EXPORT_C int ida_simple_get(struct ida *ida, unsigned int start, unsigned int end, gfp_t gfp_mask)
{
	int id;

	lock(ida);
	id = idr_alloc(&ida->idr, NULL, (int)start, (int)end, gfp_mask);
	unlock(ida);
	return id;
}

EXPORT_C void ida_simple_remove(struct ida *ida, unsigned int id)
{
	lock(ida);
	idr_remove(&ida->idr, id);
	unlock(ida);
}

EXPORT_C void ida_destroy(struct ida *ida)
{
	lock(ida);
	idr_destroy(&ida->idr);
	unlock(ida);
}
