// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/list_sort.h>: a merge sort; equal entries keep their order. cmp is positive if b is
// to come before a.
#ifndef PADATA_LINUX_LIST_SORT_H
#define PADATA_LINUX_LIST_SORT_H

#include <linux/types.h>

void list_sort(void *priv, struct list_head *head,
	       int (*cmp)(void *priv, struct list_head *a, struct list_head *b));

#endif
