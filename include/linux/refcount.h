// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/refcount.h>, with the checks. A count that has come to 0 stays there, and one that
// is about to overflow stays at its end: who goes on counting is warned and does no harm.
#ifndef PADATA_LINUX_REFCOUNT_H
#define PADATA_LINUX_REFCOUNT_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n) { .refs = ATOMIC_INIT(n) }
#define REFCOUNT_SATURATED 0xffffffffu

static inline void refcount_set(refcount_t *r, unsigned int n)
{
	atomic_set(&r->refs, (int)n);
}

static inline unsigned int refcount_read(const refcount_t *r)
{
	return (unsigned int)atomic_read(&r->refs);
}

static inline bool __must_check refcount_add_not_zero(unsigned int i, refcount_t *r)
{
	int seen = atomic_read(&r->refs);

	for (;;) {
		unsigned int sum = (unsigned int)seen + i;

		if (seen == 0)
			return false;
		if ((unsigned int)seen == REFCOUNT_SATURATED)
			return true;
		if (sum < (unsigned int)seen)
			sum = REFCOUNT_SATURATED;
		if (atomic_try_cmpxchg(&r->refs, &seen, (int)sum)) {
			WARN_ONCE(sum == REFCOUNT_SATURATED,
				  "refcount_t: saturated; leaking memory.\n");
			return true;
		}
	}
}

static inline void refcount_add(unsigned int i, refcount_t *r)
{
	WARN_ONCE(!refcount_add_not_zero(i, r), "refcount_t: addition on 0; use-after-free.\n");
}

static inline bool __must_check refcount_inc_not_zero(refcount_t *r)
{
	return refcount_add_not_zero(1, r);
}

static inline void refcount_inc(refcount_t *r)
{
	WARN_ONCE(!refcount_inc_not_zero(r), "refcount_t: increment on 0; use-after-free.\n");
}

static inline bool __must_check refcount_sub_and_test(unsigned int i, refcount_t *r)
{
	int seen = atomic_read(&r->refs);

	do {
		if ((unsigned int)seen == REFCOUNT_SATURATED)
			return false;
		if (WARN_ONCE((unsigned int)seen < i, "refcount_t: underflow; use-after-free.\n"))
			return false;
	} while (!atomic_try_cmpxchg(&r->refs, &seen, (int)((unsigned int)seen - i)));
	return (unsigned int)seen == i;
}

static inline bool __must_check refcount_dec_and_test(refcount_t *r)
{
	return refcount_sub_and_test(1, r);
}

static inline void refcount_dec(refcount_t *r)
{
	WARN_ONCE(refcount_dec_and_test(r), "refcount_t: decrement hit 0; leaking memory.\n");
}

static inline bool __must_check refcount_dec_if_one(refcount_t *r)
{
	return atomic_cmpxchg(&r->refs, 1, 0) == 1;
}

// False if it is the last one, which the caller keeps.
static inline bool __must_check refcount_dec_not_one(refcount_t *r)
{
	int seen = atomic_read(&r->refs);

	do {
		if ((unsigned int)seen == REFCOUNT_SATURATED)
			return true;
		if (seen == 1)
			return false;
		if (WARN_ONCE(seen == 0, "refcount_t: underflow; use-after-free.\n"))
			return true;
	} while (!atomic_try_cmpxchg(&r->refs, &seen, (int)((unsigned int)seen - 1)));
	return true;
}

// True, with the lock held, if it was the last one.
static inline bool __must_check refcount_dec_and_mutex_lock(refcount_t *r, struct mutex *lock)
{
	if (refcount_dec_not_one(r))
		return false;
	mutex_lock(lock);
	if (refcount_dec_and_test(r))
		return true;
	mutex_unlock(lock);
	return false;
}

static inline bool __must_check refcount_dec_and_lock(refcount_t *r, spinlock_t *lock)
{
	if (refcount_dec_not_one(r))
		return false;
	spin_lock(lock);
	if (refcount_dec_and_test(r))
		return true;
	spin_unlock(lock);
	return false;
}

#endif
