// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/cpumask.h>, with CPUMASK_OFFSTACK: alloc_cpumask_var() gives a mask of nr_cpu_ids bits, and every operation
// looks at so many. As in the TypeScript, a CPU number that is out of range is in no mask and cannot be put into one.
#ifndef PADATA_LINUX_CPUMASK_H
#define PADATA_LINUX_CPUMASK_H

#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/kernel.h>

#define NR_CPUS 8192

struct cpumask {
	DECLARE_BITMAP(bits, NR_CPUS);
};
typedef struct cpumask *cpumask_var_t;

// What the machine has, from boot to shutdown.
extern unsigned int nr_cpu_ids;
extern const struct cpumask *cpu_possible_mask;
extern const struct cpumask *cpu_present_mask;
extern const struct cpumask *cpu_online_mask;
extern const struct cpumask *cpu_active_mask;

bool alloc_cpumask_var(cpumask_var_t *mask, gfp_t flags);
bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t flags);
void free_cpumask_var(cpumask_var_t mask);

// Hexadecimal words as sysfs has them: 0, -EINVAL or -EOVERFLOW. A list such as "0-3,8": 0, -EINVAL or -ERANGE.
int cpumask_parse(const char *buf, struct cpumask *dstp);
int cpulist_parse(const char *buf, struct cpumask *dstp);

#define cpumask_bits(maskp) ((maskp)->bits)
// The arguments for "%*pb" and "%*pbl".
#define cpumask_pr_args(maskp) nr_cpu_ids, cpumask_bits(maskp)

static inline unsigned int cpumask_size(void)
{
	return BITS_TO_LONGS(nr_cpu_ids) * sizeof(long);
}

// The first CPU of the mask; nr_cpu_ids or more if there is none.
static inline unsigned int cpumask_first(const struct cpumask *srcp)
{
	return find_first_bit(cpumask_bits(srcp), nr_cpu_ids);
}

// The first one behind n.
static inline unsigned int cpumask_next(int n, const struct cpumask *srcp)
{
	return find_next_bit(cpumask_bits(srcp), nr_cpu_ids, (unsigned int)n + 1);
}

#define for_each_cpu(cpu, mask) \
	for ((cpu) = cpumask_first(mask); (unsigned int)(cpu) < nr_cpu_ids; (cpu) = cpumask_next((cpu), (mask)))
#define for_each_possible_cpu(cpu) for_each_cpu((cpu), cpu_possible_mask)
#define for_each_present_cpu(cpu) for_each_cpu((cpu), cpu_present_mask)
#define for_each_online_cpu(cpu) for_each_cpu((cpu), cpu_online_mask)

static inline int cpumask_test_cpu(int cpu, const struct cpumask *cpumask)
{
	return (unsigned int)cpu < nr_cpu_ids && test_bit(cpu, cpumask_bits(cpumask));
}

static inline void cpumask_set_cpu(unsigned int cpu, struct cpumask *dstp)
{
	if (!WARN_ON_ONCE(cpu >= nr_cpu_ids))
		set_bit(cpu, cpumask_bits(dstp));
}

static inline void cpumask_clear_cpu(int cpu, struct cpumask *dstp)
{
	if (!WARN_ON_ONCE((unsigned int)cpu >= nr_cpu_ids))
		clear_bit(cpu, cpumask_bits(dstp));
}

static inline void cpumask_setall(struct cpumask *dstp)
{
	bitmap_fill(cpumask_bits(dstp), nr_cpu_ids);
}

static inline void cpumask_clear(struct cpumask *dstp)
{
	bitmap_zero(cpumask_bits(dstp), nr_cpu_ids);
}

static inline void cpumask_copy(struct cpumask *dstp, const struct cpumask *srcp)
{
	bitmap_copy(cpumask_bits(dstp), cpumask_bits(srcp), nr_cpu_ids);
}

// Is the result not empty?
static inline int cpumask_and(struct cpumask *dstp, const struct cpumask *src1p, const struct cpumask *src2p)
{
	return bitmap_and(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

static inline void cpumask_or(struct cpumask *dstp, const struct cpumask *src1p, const struct cpumask *src2p)
{
	bitmap_or(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

// Is the result not empty?
static inline int cpumask_andnot(struct cpumask *dstp, const struct cpumask *src1p, const struct cpumask *src2p)
{
	return bitmap_andnot(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

static inline bool cpumask_equal(const struct cpumask *src1p, const struct cpumask *src2p)
{
	return bitmap_equal(cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

static inline bool cpumask_intersects(const struct cpumask *src1p, const struct cpumask *src2p)
{
	return bitmap_intersects(cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

// Are all CPUs of src1p in src2p?
static inline int cpumask_subset(const struct cpumask *src1p, const struct cpumask *src2p)
{
	return bitmap_subset(cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

static inline bool cpumask_empty(const struct cpumask *srcp)
{
	return bitmap_empty(cpumask_bits(srcp), nr_cpu_ids);
}

static inline unsigned int cpumask_weight(const struct cpumask *srcp)
{
	return bitmap_weight(cpumask_bits(srcp), nr_cpu_ids);
}

#define cpu_possible(cpu) cpumask_test_cpu((cpu), cpu_possible_mask)
#define cpu_present(cpu) cpumask_test_cpu((cpu), cpu_present_mask)
#define cpu_online(cpu) cpumask_test_cpu((cpu), cpu_online_mask)
#define cpu_active(cpu) cpumask_test_cpu((cpu), cpu_active_mask)
#define num_possible_cpus() cpumask_weight(cpu_possible_mask)
#define num_present_cpus() cpumask_weight(cpu_present_mask)
#define num_online_cpus() cpumask_weight(cpu_online_mask)

#endif
