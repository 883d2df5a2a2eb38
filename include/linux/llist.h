// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/llist.h>: a list that any number of threads add to, and one takes all from, without
// a lock.
#ifndef PADATA_LINUX_LLIST_H
#define PADATA_LINUX_LLIST_H

#include <linux/kernel.h>
#include <linux/types.h>

struct llist_head {
	struct llist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

#define LLIST_HEAD_INIT(name) { NULL }
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define padata_llist_entry(ptr, pos, member) ({ \
	struct llist_node *llist_ = (ptr); \
	llist_ ? llist_entry(llist_, __typeof__(*(pos)), member) : NULL; \
})
#define llist_for_each(pos, node) \
	for ((pos) = (node); pos; (pos) = (pos)->next)
#define llist_for_each_safe(pos, n, node) \
	for ((pos) = (node); (pos) && ((n) = (pos)->next, 1); (pos) = (n))
#define llist_for_each_entry(pos, node, member) \
	for ((pos) = padata_llist_entry(node, pos, member); \
	     pos; \
	     (pos) = padata_llist_entry((pos)->member.next, pos, member))
#define llist_for_each_entry_safe(pos, n, node, member) \
	for ((pos) = padata_llist_entry(node, pos, member); \
	     (pos) && ((n) = padata_llist_entry((pos)->member.next, pos, member), 1); (pos) = (n))

static inline bool llist_empty(const struct llist_head *head)
{
	return READ_ONCE(head->first) == NULL;
}

static inline struct llist_node *llist_next(struct llist_node *node)
{
	return node->next;
}

// Was the list empty before?
static inline bool llist_add_batch(struct llist_node *new_first, struct llist_node *new_last,
				   struct llist_head *head)
{
	struct llist_node *first = __atomic_load_n(&head->first, __ATOMIC_RELAXED);

	// Pairs with the acquire of llist_del_all() and llist_del_first(): who finds an entry finds
	// what is in it.
	do
		new_last->next = first;
	while (!__atomic_compare_exchange_n(&head->first, &first, new_first, true, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED));
	return !first;
}

static inline bool llist_add(struct llist_node *new, struct llist_head *head)
{
	return llist_add_batch(new, new, head);
}

// The newest first.
static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, NULL, __ATOMIC_SEQ_CST);
}

// For one caller at a time, or the entry may have been taken out and put back in between.
static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *entry = __atomic_load_n(&head->first, __ATOMIC_ACQUIRE);

	while (entry && !__atomic_compare_exchange_n(&head->first, &entry, READ_ONCE(entry->next),
						     true, __ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))
		;
	return entry;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *reversed = NULL;

	while (head) {
		struct llist_node *next = head->next;

		head->next = reversed;
		reversed = head;
		head = next;
	}
	return reversed;
}

#endif
