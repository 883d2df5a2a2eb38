// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/kref.h> on <linux/refcount.h>. As with the kernel's checked refcounts, a count that
// has reached 0 stays there: who takes or drops one more is warned and does no harm.
#ifndef PADATA_LINUX_KREF_H
#define PADATA_LINUX_KREF_H

#include <linux/atomic.h>
#include <linux/bug.h>

struct kref {
	atomic_t refcount;
};

#define KREF_INIT(n) { .refcount = ATOMIC_INIT(n) }

static inline void kref_init(struct kref *kref)
{
	atomic_set(&kref->refcount, 1);
}

static inline unsigned int kref_read(const struct kref *kref)
{
	return atomic_read(&kref->refcount);
}

// For a caller that only knows that the memory is still there. Did it get a reference?
static inline int __must_check kref_get_unless_zero(struct kref *kref)
{
	return atomic_inc_not_zero(&kref->refcount);
}

// The caller has a reference already.
static inline void kref_get(struct kref *kref)
{
	WARN(!atomic_inc_not_zero(&kref->refcount),
	     "refcount_t: increment on 0; use-after-free.\n");
}

// The last one calls release. Was it the last one?
static inline int kref_put(struct kref *kref, void (*release)(struct kref *kref))
{
	int count = atomic_read(&kref->refcount);

	for (;;) {
		int found;

		if (WARN(count == 0, "refcount_t: underflow; use-after-free.\n"))
			return 0;
		found = atomic_cmpxchg(&kref->refcount, count, count - 1);
		if (found == count)
			break;
		count = found;
	}
	if (count != 1)
		return 0;
	release(kref);
	return 1;
}

#endif
