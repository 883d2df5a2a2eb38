// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/cpumask.h>, with CPUMASK_OFFSTACK: alloc_cpumask_var() gives a mask of nr_cpu_ids
// bits, and every operation looks at so many. As in the TypeScript, a CPU number that is out of
// range is in no mask and cannot be put into one.
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
typedef struct cpumask cpumask_t;
typedef struct cpumask *cpumask_var_t;

// What the machine has, from boot to shutdown.
extern unsigned int nr_cpu_ids;
extern const struct cpumask *cpu_possible_mask;
extern const struct cpumask *cpu_present_mask;
extern const struct cpumask *cpu_online_mask;
extern const struct cpumask *cpu_active_mask;

#define nr_cpumask_bits nr_cpu_ids
#define cpu_all_mask cpu_possible_mask
#define cpu_none_mask cpumask_none()

bool alloc_cpumask_var(cpumask_var_t *mask, gfp_t flags);
bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t flags);
void free_cpumask_var(cpumask_var_t mask);

static inline bool alloc_cpumask_var_node(cpumask_var_t *mask, gfp_t flags, int node)
{
	(void)node;
	return alloc_cpumask_var(mask, flags);
}

static inline bool zalloc_cpumask_var_node(cpumask_var_t *mask, gfp_t flags, int node)
{
	(void)node;
	return zalloc_cpumask_var(mask, flags);
}

static inline bool cpumask_available(cpumask_var_t mask)
{
	return mask != NULL;
}

// The mask with this CPU only; for one that is out of range, an empty one.
const struct cpumask *cpumask_of(unsigned int cpu);
const struct cpumask *cpumask_none(void);

// Hexadecimal words as sysfs has them: 0, -EINVAL or -EOVERFLOW. A list such as "0-3,8": 0, -EINVAL
// or -ERANGE. Only the first line of a text is read.
int cpumask_parse(const char *buf, struct cpumask *dstp);
int cpulist_parse(const char *buf, struct cpumask *dstp);
int cpumask_parse_user(const char __user *buf, int len, struct cpumask *dstp);
int cpumask_parselist_user(const char __user *buf, int len, struct cpumask *dstp);
// Into a page, with a newline: the length.
ssize_t cpumap_print_to_pagebuf(bool list, char *buf, const struct cpumask *mask);

#define cpumask_bits(maskp) ((maskp)->bits)
#define to_cpumask(bitmap) \
	((struct cpumask *)(1 ? (bitmap) : (void *)sizeof(padata_is_bitmap(bitmap))))
// The arguments for "%*pb" and "%*pbl".
#define cpumask_pr_args(maskp) nr_cpu_ids, cpumask_bits(maskp)

static inline int padata_is_bitmap(const unsigned long *bitmap)
{
	return bitmap != NULL;
}

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

static inline unsigned int cpumask_next_zero(int n, const struct cpumask *srcp)
{
	return find_next_zero_bit(cpumask_bits(srcp), nr_cpu_ids, (unsigned int)n + 1);
}

static inline unsigned int cpumask_next_and(int n, const struct cpumask *src1p,
					    const struct cpumask *src2p)
{
	return find_next_and_bit(cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids,
				 (unsigned int)n + 1);
}

static inline unsigned int cpumask_last(const struct cpumask *srcp)
{
	return find_last_bit(cpumask_bits(srcp), nr_cpu_ids);
}

// Around the end, up to before start; wrap says whether the end has been passed.
int cpumask_next_wrap(int n, const struct cpumask *mask, int start, bool wrap);
// Any but this one.
int cpumask_any_but(const struct cpumask *mask, unsigned int cpu);
// The i-th one from those near the node on, around the end.
unsigned int cpumask_local_spread(unsigned int i, int node);

#define cpumask_first_and(src1p, src2p) cpumask_next_and(-1, (src1p), (src2p))
#define cpumask_any(srcp) cpumask_first(srcp)
#define cpumask_any_and(mask1, mask2) cpumask_first_and((mask1), (mask2))

#define for_each_cpu(cpu, mask) \
	for ((cpu) = cpumask_first(mask); \
	     (unsigned int)(cpu) < nr_cpu_ids; \
	     (cpu) = cpumask_next((cpu), (mask)))
#define for_each_cpu_not(cpu, mask) \
	for ((cpu) = cpumask_next_zero(-1, (mask)); \
	     (unsigned int)(cpu) < nr_cpu_ids; \
	     (cpu) = cpumask_next_zero((cpu), (mask)))
#define for_each_cpu_and(cpu, mask, and) \
	for ((cpu) = cpumask_next_and(-1, (mask), (and)); (unsigned int)(cpu) < nr_cpu_ids; \
	     (cpu) = cpumask_next_and((cpu), (mask), (and)))
// All, from start on around the end.
#define for_each_cpu_wrap(cpu, mask, start) \
	for ((cpu) = cpumask_next_wrap((start) - 1, (mask), (start), false); \
	     (unsigned int)(cpu) < nr_cpu_ids; \
	     (cpu) = cpumask_next_wrap((cpu), (mask), (start), true))
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

static inline void __cpumask_set_cpu(unsigned int cpu, struct cpumask *dstp)
{
	if (!WARN_ON_ONCE(cpu >= nr_cpu_ids))
		__set_bit(cpu, cpumask_bits(dstp));
}

static inline void __cpumask_clear_cpu(int cpu, struct cpumask *dstp)
{
	if (!WARN_ON_ONCE((unsigned int)cpu >= nr_cpu_ids))
		__clear_bit(cpu, cpumask_bits(dstp));
}

static inline int cpumask_test_and_set_cpu(int cpu, struct cpumask *cpumask)
{
	return !WARN_ON_ONCE((unsigned int)cpu >= nr_cpu_ids) &&
	       test_and_set_bit(cpu, cpumask_bits(cpumask));
}

static inline int cpumask_test_and_clear_cpu(int cpu, struct cpumask *cpumask)
{
	return !WARN_ON_ONCE((unsigned int)cpu >= nr_cpu_ids) &&
	       test_and_clear_bit(cpu, cpumask_bits(cpumask));
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
static inline int cpumask_and(struct cpumask *dstp, const struct cpumask *src1p,
			      const struct cpumask *src2p)
{
	return bitmap_and(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

static inline void cpumask_or(struct cpumask *dstp, const struct cpumask *src1p,
			      const struct cpumask *src2p)
{
	bitmap_or(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

// Is the result not empty?
static inline int cpumask_andnot(struct cpumask *dstp, const struct cpumask *src1p,
				 const struct cpumask *src2p)
{
	return bitmap_andnot(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p),
			     nr_cpu_ids);
}

static inline void cpumask_xor(struct cpumask *dstp, const struct cpumask *src1p,
			       const struct cpumask *src2p)
{
	bitmap_xor(cpumask_bits(dstp), cpumask_bits(src1p), cpumask_bits(src2p), nr_cpu_ids);
}

static inline void cpumask_complement(struct cpumask *dstp, const struct cpumask *srcp)
{
	bitmap_complement(cpumask_bits(dstp), cpumask_bits(srcp), nr_cpu_ids);
}

static inline void cpumask_shift_right(struct cpumask *dstp, const struct cpumask *srcp, int n)
{
	bitmap_shift_right(cpumask_bits(dstp), cpumask_bits(srcp), n, nr_cpu_ids);
}

static inline void cpumask_shift_left(struct cpumask *dstp, const struct cpumask *srcp, int n)
{
	bitmap_shift_left(cpumask_bits(dstp), cpumask_bits(srcp), n, nr_cpu_ids);
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

static inline bool cpumask_full(const struct cpumask *srcp)
{
	return bitmap_full(cpumask_bits(srcp), nr_cpu_ids);
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

#define num_active_cpus() cpumask_weight(cpu_active_mask)
#define cpu_is_offline(cpu) (!cpu_online(cpu))

// A mask in place of one on the heap, for modules that say so themselves.
#define CPU_BITS_NONE { [0 ... BITS_TO_LONGS(NR_CPUS) - 1] = 0ul }
#define CPU_BITS_CPU0 { [0] = 1ul }
#define CPU_MASK_NONE ((cpumask_t){ CPU_BITS_NONE })
#define CPU_MASK_CPU0 ((cpumask_t){ CPU_BITS_CPU0 })
#define CPU_MASK_ALL ((cpumask_t){ { [0 ... BITS_TO_LONGS(NR_CPUS) - 1] = ~0ul } })

#endif
