// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/bsearch.h>: the C library's.
#ifndef PADATA_LINUX_BSEARCH_H
#define PADATA_LINUX_BSEARCH_H

#include <linux/types.h>

void *bsearch(const void *key, const void *base, size_t num, size_t size,
	      int (*cmp)(const void *key, const void *elt));

#endif
