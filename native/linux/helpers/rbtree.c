// SPDX-License-Identifier: GPL-2.0-only
//
// <linux/rbtree.h>, as a treap: of a node and its parent, the parent's priority is not lower.
#include <linux/hash.h>
#include <linux/rbtree.h>

#include "runtime.h"

static u64 priority(const struct rb_node *node)
{
	return (u64)(unsigned long)node * GOLDEN_RATIO_64;
}

static struct rb_node **link_to(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = node->rb_parent;

	if (!parent)
		return &root->rb_node;
	return parent->rb_left == node ? &parent->rb_left : &parent->rb_right;
}

/* The node takes the place of its parent, which becomes its child. */
static void rotate_up(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = node->rb_parent, *child;

	*link_to(parent, root) = node;
	node->rb_parent = parent->rb_parent;
	if (parent->rb_left == node) {
		child = parent->rb_left = node->rb_right;
		node->rb_right = parent;
	} else {
		child = parent->rb_right = node->rb_left;
		node->rb_left = parent;
	}
	if (child)
		child->rb_parent = parent;
	parent->rb_parent = node;
}

EXPORT_C void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	while (node->rb_parent && priority(node) > priority(node->rb_parent))
		rotate_up(node, root);
}

EXPORT_C void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *child;

	while (node->rb_left && node->rb_right)
		rotate_up(priority(node->rb_left) > priority(node->rb_right) ? node->rb_left :
									       node->rb_right,
			  root);
	child = node->rb_left ? node->rb_left : node->rb_right;
	*link_to(node, root) = child;
	if (child)
		child->rb_parent = node->rb_parent;
}

EXPORT_C struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

EXPORT_C struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

EXPORT_C struct rb_node *rb_next(const struct rb_node *node)
{
	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_right) {
		const struct rb_root right = { node->rb_right };

		return rb_first(&right);
	}
	while (node->rb_parent && node == node->rb_parent->rb_right)
		node = node->rb_parent;
	return node->rb_parent;
}

EXPORT_C struct rb_node *rb_prev(const struct rb_node *node)
{
	if (RB_EMPTY_NODE(node))
		return NULL;
	if (node->rb_left) {
		const struct rb_root left = { node->rb_left };

		return rb_last(&left);
	}
	while (node->rb_parent && node == node->rb_parent->rb_left)
		node = node->rb_parent;
	return node->rb_parent;
}

static struct rb_node *deepest(struct rb_node *node)
{
	while (node->rb_left || node->rb_right)
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

EXPORT_C struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? deepest(root->rb_node) : NULL;
}

EXPORT_C struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = node ? node->rb_parent : NULL;

	if (parent && node == parent->rb_left && parent->rb_right)
		return deepest(parent->rb_right);
	return parent;
}

EXPORT_C void rb_replace_node(struct rb_node *victim, struct rb_node *new, struct rb_root *root)
{
	*link_to(victim, root) = new;
	*new = *victim;
	if (new->rb_left)
		new->rb_left->rb_parent = new;
	if (new->rb_right)
		new->rb_right->rb_parent = new;
	// It has a priority of its own. Where it is too low the tree is a little deeper, and still
	// in order.
	rb_insert_color(new, root);
}
