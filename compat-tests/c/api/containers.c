// SPDX-License-Identifier: GPL-2.0-only
//
// Lists, hash tables, trees, numbers for pointers.
#include <linux/hashtable.h>
#include <linux/idr.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/rbtree.h>
#include <linux/rculist.h>

#include "api.h"

struct item {
	struct list_head list;
	struct hlist_node hash;
	struct llist_node lockless;
	struct rb_node node;
	int key;
};

TEST(lists, ALL)
{
	struct item items[4], *at, *next;
	LIST_HEAD(list);
	LIST_HEAD(other);
	int sum = 0;

	for (int i = 0; i < 4; i++) {
		items[i].key = i;
		list_add_tail(&items[i].list, &list);
	}
	list_for_each_entry(at, &list, list)
		sum = sum * 10 + at->key;
	CHECK(sum == 123);
	list_move(&items[3].list, &list);
	CHECK(list_first_entry(&list, struct item, list) == &items[3] &&
	      list_is_last(&items[2].list, &list));
	list_for_each_entry_safe(at, next, &list, list)
		list_move_tail(&at->list, &other);
	CHECK(list_empty(&list) && !list_empty(&other));
	list_splice_init(&other, &list);
	list_for_each_entry_rcu(at, &list, list)
		sum--;
	CHECK(sum == 119);
	list_del_init(&items[0].list);
	CHECK(list_empty(&items[0].list) && !list_is_singular(&list));
}

TEST(hashes, ALL)
{
	DEFINE_HASHTABLE(table, 3);
	struct item items[10], *at;
	int found = 0, bucket;
	struct llist_head head = LLIST_HEAD_INIT(head);
	struct llist_node *nodes;

	for (int i = 0; i < 10; i++) {
		items[i].key = i * 100;
		hash_add(table, &items[i].hash, items[i].key);
		llist_add(&items[i].lockless, &head);
	}
	hash_for_each_possible(table, at, hash, 300)
		found += at->key == 300;
	CHECK(found == 1);
	hash_for_each(table, bucket, at, hash)
		found++;
	CHECK(found == 11);
	hash_del(&items[3].hash);
	CHECK(!hash_hashed(&items[3].hash) && hash_hashed(&items[4].hash));
	nodes = llist_reverse_order(llist_del_all(&head));
	CHECK(llist_empty(&head) && llist_entry(nodes, struct item, lockless) == &items[0]);
}

static void insert(struct rb_root *root, struct item *item)
{
	struct rb_node **link = &root->rb_node, *parent = NULL;

	while (*link != NULL) {
		parent = *link;
		link = item->key < rb_entry(parent, struct item, node)->key ? &parent->rb_left :
									      &parent->rb_right;
	}
	rb_link_node(&item->node, parent, link);
	rb_insert_color(&item->node, root);
}

TEST(trees, ALL)
{
	struct rb_root root = RB_ROOT;
	struct item items[64], new = { .key = 10 };
	struct rb_node *node;
	int at = 0, n = 0;

	for (int i = 0; i < 64; i++) {
		items[i].key = i * 29 % 64;
		insert(&root, &items[i]);
	}
	for (node = rb_first(&root); node != NULL; node = rb_next(node))
		CHECK(rb_entry(node, struct item, node)->key == at++);
	CHECK(at == 64);
	for (node = rb_last(&root); node != NULL; node = rb_prev(node))
		CHECK(rb_entry(node, struct item, node)->key == --at);
	CHECK(at == 0);
	for (node = rb_first_postorder(&root); node != NULL; node = rb_next_postorder(node))
		n++;
	CHECK(n == 64);
	for (int i = 0; i < 64; i++)
		if (items[i].key == 10)
			rb_replace_node(&items[i].node, &new.node, &root);
	for (int i = 0; i < 64; i++)
		if (items[i].key % 2 == 1)
			rb_erase(&items[i].node, &root);
	n = 0;
	for (node = rb_first(&root); node != NULL; node = rb_next(node), n++)
		if (n == 5)
			CHECK(node == &new.node);
	CHECK(n == 32);
}

static int add_ids(int id, void *p, void *data)
{
	CHECK(p == data);
	return id == 7 ? id : 0;
}

TEST(ids, ALL)
{
	DEFINE_IDR(idr);
	DEFINE_IDA(ida);
	int x, y, id = 0;
	void *at;

	CHECK(idr_is_empty(&idr));
	for (int i = 5; i < 8; i++)
		CHECK(idr_alloc(&idr, &x, 5, 8, GFP_ATOMIC) == i);
	CHECK(idr_alloc(&idr, &x, 5, 8, GFP_ATOMIC) == -ENOSPC);
	CHECK(idr_find(&idr, 6) == &x && idr_find(&idr, 100) == NULL);
	CHECK(idr_for_each(&idr, add_ids, &x) == 7);
	CHECK(idr_replace(&idr, &y, 6) == &x && idr_remove(&idr, 6) == &y &&
	      idr_find(&idr, 6) == NULL);
	CHECK(IS_ERR(idr_replace(&idr, &y, 6)));
	id = 6;
	CHECK(idr_get_next(&idr, &id) == &x && id == 7);
	x = 0;
	idr_for_each_entry(&idr, at, id)
		x++;
	CHECK(x == 2);
	CHECK(idr_alloc_cyclic(&idr, &x, 0, 0, GFP_ATOMIC) >= 0 && !idr_is_empty(&idr));
	idr_destroy(&idr);
	CHECK(ida_simple_get(&ida, 3, 0, GFP_ATOMIC) == 3 &&
	      ida_simple_get(&ida, 3, 0, GFP_ATOMIC) == 4);
	CHECK(ida_simple_get(&ida, 3, 5, GFP_ATOMIC) == -ENOSPC);
	ida_simple_remove(&ida, 3);
	CHECK(ida_simple_get(&ida, 0, 0, GFP_ATOMIC) == 0 &&
	      ida_simple_get(&ida, 3, 5, GFP_ATOMIC) == 3);
	ida_destroy(&ida);
}
