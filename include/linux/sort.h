// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/sort.h>: a heap sort, in place; equal elements may change their order. swap may be
// NULL.
#ifndef PADATA_LINUX_SORT_H
#define PADATA_LINUX_SORT_H

#include <linux/types.h>

void sort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *),
	  void (*swap)(void *, void *, int));

#endif
