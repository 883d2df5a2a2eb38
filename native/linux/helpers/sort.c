// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/sort.h> and <linux/list_sort.h>.
#include <linux/list.h>
#include <linux/list_sort.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "runtime.h"

static void swap_bytes(void *a, void *b, int size)
{
	char *p = a, *q = b;

	while (size-- > 0) {
		char c = *p;

		*p++ = *q;
		*q++ = c;
	}
}

/* Let the element at root sink to where no child is larger. */
static void sift_down(char *base, size_t root, size_t num, size_t size,
		      int (*cmp)(const void *, const void *), void (*exchange)(void *, void *, int))
{
	for (size_t child; (child = 2 * root + 1) < num; root = child) {
		if (child + 1 < num && cmp(base + child * size, base + (child + 1) * size) < 0)
			child++;
		if (cmp(base + root * size, base + child * size) >= 0)
			return;
		exchange(base + root * size, base + child * size, (int)size);
	}
}

EXPORT_C void sort(void *base, size_t num, size_t size, int (*cmp)(const void *, const void *),
		   void (*swap_func)(void *, void *, int))
{
	if (!swap_func)
		swap_func = swap_bytes;
	for (size_t root = num / 2; root-- > 0;)
		sift_down(base, root, num, size, cmp, swap_func);
	for (size_t last = num; last-- > 1;) {
		swap_func(base, (char *)base + last * size, (int)size);
		sift_down(base, 0, last, size, cmp, swap_func);
	}
}

/* Lists by their next only, with NULL at the end. */
static struct list_head *merge(void *priv, struct list_head *a, struct list_head *b,
			       int (*cmp)(void *priv, struct list_head *a, struct list_head *b))
{
	struct list_head head, *tail = &head;

	while (a && b) {
		struct list_head **smaller = cmp(priv, a, b) <= 0 ? &a : &b;

		tail = tail->next = *smaller;
		*smaller = (*smaller)->next;
	}
	tail->next = a ? a : b;
	return head.next;
}

EXPORT_C void list_sort(void *priv, struct list_head *head,
			int (*cmp)(void *priv, struct list_head *a, struct list_head *b))
{
	// Sorted lists of 2^i entries each, or NULL.
	struct list_head *runs[64] = { NULL }, *sorted = NULL, *prev = head;

	if (list_empty(head))
		return;
	head->prev->next = NULL;
	for (struct list_head *entry = head->next, *next; entry; entry = next) {
		int i = 0;

		next = entry->next;
		entry->next = NULL;
		for (; runs[i]; i++) {
			entry = merge(priv, runs[i], entry, cmp);
			runs[i] = NULL;
		}
		runs[i] = entry;
	}
	for (int i = 0; i < 64; i++)
		if (runs[i])
			sorted = sorted ? merge(priv, runs[i], sorted, cmp) : runs[i];
	for (struct list_head *entry = sorted; entry; entry = entry->next) {
		prev->next = entry;
		entry->prev = prev;
		prev = entry;
	}
	prev->next = head;
	head->prev = prev;
}
