// SPDX-License-Identifier: GPL-2.0-only
//
// adapted: <linux/percpu_counter.h>: one atomic counter, exact at all times.
#ifndef PADATA_LINUX_PERCPU_COUNTER_H
#define PADATA_LINUX_PERCPU_COUNTER_H

#include <linux/percpu.h>
#include <linux/types.h>

struct percpu_counter {
	s64 count;
};

static inline int percpu_counter_init(struct percpu_counter *fbc, s64 amount, gfp_t gfp)
{
	(void)gfp;
	fbc->count = amount;
	return 0;
}

static inline void percpu_counter_destroy(struct percpu_counter *fbc)
{
	(void)fbc;
}

static inline void percpu_counter_set(struct percpu_counter *fbc, s64 amount)
{
	__atomic_store_n(&fbc->count, amount, __ATOMIC_RELAXED);
}

static inline void percpu_counter_add(struct percpu_counter *fbc, s64 amount)
{
	__atomic_fetch_add(&fbc->count, amount, __ATOMIC_RELAXED);
}

static inline void percpu_counter_add_batch(struct percpu_counter *fbc, s64 amount, s32 batch)
{
	(void)batch;
	percpu_counter_add(fbc, amount);
}

static inline void percpu_counter_sub(struct percpu_counter *fbc, s64 amount)
{
	percpu_counter_add(fbc, -amount);
}

static inline void percpu_counter_inc(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, 1);
}

static inline void percpu_counter_dec(struct percpu_counter *fbc)
{
	percpu_counter_add(fbc, -1);
}

static inline s64 percpu_counter_read(struct percpu_counter *fbc)
{
	return __atomic_load_n(&fbc->count, __ATOMIC_RELAXED);
}

static inline s64 percpu_counter_sum(struct percpu_counter *fbc)
{
	return percpu_counter_read(fbc);
}

static inline s64 percpu_counter_read_positive(struct percpu_counter *fbc)
{
	s64 count = percpu_counter_read(fbc);

	return count > 0 ? count : 0;
}

static inline s64 percpu_counter_sum_positive(struct percpu_counter *fbc)
{
	return percpu_counter_read_positive(fbc);
}

static inline int percpu_counter_compare(struct percpu_counter *fbc, s64 rhs)
{
	s64 count = percpu_counter_read(fbc);

	return count > rhs ? 1 : count < rhs ? -1 : 0;
}

static inline bool percpu_counter_initialized(struct percpu_counter *fbc)
{
	(void)fbc;
	return true;
}

#endif
