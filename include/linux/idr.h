// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/idr.h>: numbers for pointers, in an array that grows. As in the kernel, whoever
// changes one has a lock; ida_ functions have their own.
#ifndef PADATA_LINUX_IDR_H
#define PADATA_LINUX_IDR_H

#include <linux/gfp.h>
#include <linux/types.h>

struct idr {
	void **slots;
	int size;
	int next;
};

#define IDR_INIT(name) { NULL, 0, 0 }
#define DEFINE_IDR(name) struct idr name = IDR_INIT(name)

static inline void idr_init(struct idr *idr)
{
	*idr = (struct idr)IDR_INIT(*idr);
}

static inline void idr_preload(gfp_t gfp_mask)
{
	(void)gfp_mask;
}

static inline void idr_preload_end(void)
{
}

// The lowest free number from start to end - 1 (end 0: no end); -ENOMEM or -ENOSPC. cyclic: from
// behind the last one on.
int idr_alloc(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
int idr_alloc_cyclic(struct idr *idr, void *ptr, int start, int end, gfp_t gfp);
void *idr_find(const struct idr *idr, unsigned long id);
void *idr_replace(struct idr *idr, void *ptr, unsigned long id);
void *idr_remove(struct idr *idr, unsigned long id);
void idr_destroy(struct idr *idr);
bool idr_is_empty(const struct idr *idr);
int idr_for_each(const struct idr *idr, int (*fn)(int id, void *p, void *data), void *data);
// The one at *nextid or behind it.
void *idr_get_next(struct idr *idr, int *nextid);

#define idr_for_each_entry(idr, entry, id) \
	for ((id) = 0; ((entry) = idr_get_next((idr), &(id))) != NULL; ++(id))

struct ida {
	struct idr idr;
	int lock;
};

#define IDA_INIT(name) { IDR_INIT((name).idr), 0 }
#define DEFINE_IDA(name) struct ida name = IDA_INIT(name)

static inline void ida_init(struct ida *ida)
{
	*ida = (struct ida)IDA_INIT(*ida);
}

int ida_simple_get(struct ida *ida, unsigned int start, unsigned int end, gfp_t gfp_mask);
void ida_simple_remove(struct ida *ida, unsigned int id);
void ida_destroy(struct ida *ida);
#define ida_alloc(ida, gfp) ida_simple_get(ida, 0, 0, gfp)
#define ida_free(ida, id) ida_simple_remove(ida, id)

#endif
