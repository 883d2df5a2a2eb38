// SPDX-License-Identifier: GPL-2.0-only
//
// port: <linux/rculist.h>: lists that readers walk while somebody adds and removes. A new entry is
// published with a release, which pairs with the readers' loads of next; one that has been removed
// keeps its next until a grace period is over.
#ifndef PADATA_LINUX_RCULIST_H
#define PADATA_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#define list_next_rcu(list) ((list)->next)
#define hlist_first_rcu(head) ((head)->first)
#define hlist_next_rcu(node) ((node)->next)
#define padata_load_rcu(p) __atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define padata_publish_rcu(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)

static inline void INIT_LIST_HEAD_RCU(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	WRITE_ONCE(list->prev, list);
}

static inline void __list_add_rcu(struct list_head *new, struct list_head *prev,
				  struct list_head *next)
{
	new->next = next;
	new->prev = prev;
	padata_publish_rcu(prev->next, new);
	next->prev = new;
}

static inline void list_add_rcu(struct list_head *new, struct list_head *head)
{
	__list_add_rcu(new, head, head->next);
}

static inline void list_add_tail_rcu(struct list_head *new, struct list_head *head)
{
	__list_add_rcu(new, head->prev, head);
}

static inline void list_del_rcu(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->prev = LIST_POISON2;
}

static inline void list_replace_rcu(struct list_head *old, struct list_head *new)
{
	new->next = old->next;
	new->prev = old->prev;
	padata_publish_rcu(new->prev->next, new);
	new->next->prev = new;
	old->prev = LIST_POISON2;
}

// sync waits until readers that are on list have gone.
static inline void list_splice_init_rcu(struct list_head *list, struct list_head *head,
					void (*sync)(void))
{
	struct list_head *first = list->next, *last = list->prev, *at = head->next;

	if (list_empty(list))
		return;
	INIT_LIST_HEAD_RCU(list);
	sync();
	last->next = at;
	padata_publish_rcu(head->next, first);
	first->prev = head;
	at->prev = last;
}

#define list_entry_rcu(ptr, type, member) container_of(padata_load_rcu(ptr), type, member)
#define list_first_or_null_rcu(ptr, type, member) ({ \
	struct list_head *rcu_head_ = (ptr); \
	struct list_head *rcu_first_ = padata_load_rcu(rcu_head_->next); \
	rcu_first_ == rcu_head_ ? NULL : list_entry(rcu_first_, type, member); \
})
#define list_next_or_null_rcu(head, ptr, type, member) ({ \
	struct list_head *rcu_next_ = padata_load_rcu((ptr)->next); \
	rcu_next_ == (head) ? NULL : list_entry(rcu_next_, type, member); \
})
#define list_for_each_entry_rcu(pos, head, member, ...) \
	for ((pos) = list_entry_rcu((head)->next, __typeof__(*(pos)), member); \
	     &(pos)->member != (head); \
	     (pos) = list_entry_rcu((pos)->member.next, __typeof__(*(pos)), member))
#define list_for_each_entry_lockless(pos, head, member) list_for_each_entry_rcu(pos, head, member)
#define list_for_each_entry_continue_rcu(pos, head, member) \
	for ((pos) = list_entry_rcu((pos)->member.next, __typeof__(*(pos)), member); \
	     &(pos)->member != (head); \
	     (pos) = list_entry_rcu((pos)->member.next, __typeof__(*(pos)), member))
#define list_for_each_entry_from_rcu(pos, head, member) \
	for (; &(pos)->member != (head); \
	     (pos) = list_entry_rcu((pos)->member.next, __typeof__(*(pos)), member))

static inline void hlist_add_head_rcu(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node *first = h->first;

	n->next = first;
	n->pprev = &h->first;
	padata_publish_rcu(h->first, n);
	if (first)
		first->pprev = &n->next;
}

static inline void hlist_add_before_rcu(struct hlist_node *n, struct hlist_node *next)
{
	n->pprev = next->pprev;
	n->next = next;
	padata_publish_rcu(*n->pprev, n);
	next->pprev = &n->next;
}

static inline void hlist_add_behind_rcu(struct hlist_node *n, struct hlist_node *prev)
{
	n->next = prev->next;
	n->pprev = &prev->next;
	padata_publish_rcu(prev->next, n);
	if (n->next)
		n->next->pprev = &n->next;
}

static inline void hlist_add_tail_rcu(struct hlist_node *n, struct hlist_head *h)
{
	struct hlist_node *last = h->first;

	while (last && last->next)
		last = last->next;
	if (last)
		hlist_add_behind_rcu(n, last);
	else
		hlist_add_head_rcu(n, h);
}

static inline void hlist_del_rcu(struct hlist_node *n)
{
	__hlist_del(n);
	n->pprev = LIST_POISON2;
}

static inline void hlist_del_init_rcu(struct hlist_node *n)
{
	if (!hlist_unhashed(n)) {
		__hlist_del(n);
		n->pprev = NULL;
	}
}

static inline void hlist_replace_rcu(struct hlist_node *old, struct hlist_node *new)
{
	new->next = old->next;
	new->pprev = old->pprev;
	padata_publish_rcu(*new->pprev, new);
	if (new->next)
		new->next->pprev = &new->next;
	old->pprev = LIST_POISON2;
}

#define hlist_for_each_entry_rcu(pos, head, member, ...) \
	for ((pos) = hlist_entry_safe(padata_load_rcu((head)->first), __typeof__(*(pos)), member); \
	     pos; \
	     (pos) = hlist_entry_safe(padata_load_rcu((pos)->member.next), __typeof__(*(pos)), \
				      member))
#define hlist_for_each_entry_rcu_bh(pos, head, member) hlist_for_each_entry_rcu(pos, head, member)
#define hlist_for_each_entry_rcu_notrace(pos, head, member) \
	hlist_for_each_entry_rcu(pos, head, member)
#define hlist_for_each_entry_continue_rcu(pos, member) \
	for ((pos) = hlist_entry_safe(padata_load_rcu((pos)->member.next), __typeof__(*(pos)), \
				      member); \
	     pos; \
	     (pos) = hlist_entry_safe(padata_load_rcu((pos)->member.next), __typeof__(*(pos)), \
				      member))
#define hlist_for_each_entry_from_rcu(pos, member) \
	for (; pos; \
	     (pos) = hlist_entry_safe(padata_load_rcu((pos)->member.next), __typeof__(*(pos)), \
				      member))

#endif
