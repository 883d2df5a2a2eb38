// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/cpumask.h>: masks on the heap, texts, and the masks of single CPUs. The twin is
// lib/linux/cpumask.ts. There are two because a mask of C may lie outside of the machine's memory,
// where TypeScript cannot use it.
#include <linux/bitmap.h>
#include <linux/cpumask.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "runtime.h"

// Set when the machine starts (native/machine.c).
EXPORT_C unsigned int nr_cpu_ids;
EXPORT_C const struct cpumask *cpu_possible_mask;
EXPORT_C const struct cpumask *cpu_present_mask;
EXPORT_C const struct cpumask *cpu_online_mask;
EXPORT_C const struct cpumask *cpu_active_mask;

EXPORT_C bool alloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)
{
	*mask = kmalloc(cpumask_size(), flags);
	return *mask != NULL;
}

EXPORT_C bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t flags)
{
	return alloc_cpumask_var(mask, flags | __GFP_ZERO);
}

EXPORT_C void free_cpumask_var(cpumask_var_t mask)
{
	kfree(mask);
}

EXPORT_C int cpumask_parse_user(const char __user *buf, int len, struct cpumask *dstp)
{
	return bitmap_parse_user(buf, (unsigned int)len, cpumask_bits(dstp), (int)nr_cpu_ids);
}

EXPORT_C int cpumask_parselist_user(const char __user *buf, int len, struct cpumask *dstp)
{
	return bitmap_parselist_user(buf, (unsigned int)len, cpumask_bits(dstp), (int)nr_cpu_ids);
}

static unsigned int first_line(const char *buf)
{
	return (unsigned int)strcspn(buf, "\n");
}

EXPORT_C int cpumask_parse(const char *buf, struct cpumask *dstp)
{
	return bitmap_parse(buf, first_line(buf), cpumask_bits(dstp), (int)nr_cpu_ids);
}

EXPORT_C int cpulist_parse(const char *buf, struct cpumask *dstp)
{
	return bitmap_parselist_user(buf, first_line(buf), cpumask_bits(dstp), (int)nr_cpu_ids);
}

EXPORT_C ssize_t cpumap_print_to_pagebuf(bool list, char *buf, const struct cpumask *mask)
{
	return bitmap_print_to_pagebuf(list, buf, cpumask_bits(mask), (int)nr_cpu_ids);
}

EXPORT_C int cpumask_next_wrap(int n, const struct cpumask *mask, int start, bool wrap)
{
	unsigned int next = cpumask_next(n, mask);

	if (wrap && n < start && next >= (unsigned int)start)
		return (int)nr_cpu_ids;
	if (next >= nr_cpu_ids && !(wrap && n < start)) {
		next = cpumask_first(mask);
		if (next >= (unsigned int)start)
			return (int)nr_cpu_ids;
	}
	return (int)next;
}

EXPORT_C int cpumask_any_but(const struct cpumask *mask, unsigned int cpu)
{
	unsigned int i = cpumask_first(mask);

	if (i == cpu)
		i = cpumask_next((int)i, mask);
	return (int)i;
}

EXPORT_C unsigned int cpumask_local_spread(unsigned int i, int node)
{
	unsigned int cpu, count = num_online_cpus();

	(void)node;
	if (count == 0)
		return 0;
	i %= count;
	for_each_online_cpu(cpu)
		if (i-- == 0)
			break;
	return cpu;
}

/*
 * One row for each bit of a long, with that bit in its second half only: the mask of CPU 64 * n + b
 * begins n longs before the middle of row b. NR_CPUS / 64 longs before the middle are enough, and
 * as many behind it, since a mask has no more.
 */
enum { MASK_LONGS = NR_CPUS / 64 };
static const unsigned long single[64][2 * MASK_LONGS] = {
#define ROW(b) [b][MASK_LONGS] = 1ul << (b)
#define ROWS(b) \
	ROW(b), ROW((b) + 1), ROW((b) + 2), ROW((b) + 3), \
	ROW((b) + 4), ROW((b) + 5), ROW((b) + 6), ROW((b) + 7)
	ROWS(0), ROWS(8), ROWS(16), ROWS(24), ROWS(32), ROWS(40), ROWS(48), ROWS(56),
};

EXPORT_C const struct cpumask *cpumask_of(unsigned int cpu)
{
	if (cpu >= NR_CPUS)
		return cpumask_none();
	return (const struct cpumask *)(&single[cpu % 64][MASK_LONGS] - cpu / 64);
}

EXPORT_C const struct cpumask *cpumask_none(void)
{
	static const struct cpumask none;

	return &none;
}
