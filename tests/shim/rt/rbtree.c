// SPDX-License-Identifier: GPL-2.0
/*
 * Red-black trees: insertion and removal by the textbook (Cormen et al., Chapter
 * 13), with NULL leaves.  Speed is not what this one is for.
 */
#include <linux/rbtree.h>

static bool is_red(const struct rb_node *node)
{
	return node && node->rb_red;
}

/* The pointer by which @node hangs. */
static struct rb_node **link_of(const struct rb_node *node, struct rb_root *root)
{
	struct rb_node *up = node->rb_up;

	if (!up)
		return &root->rb_node;
	return up->rb_left == node ? &up->rb_left : &up->rb_right;
}

static void rotate_left(struct rb_node *x, struct rb_root *root)
{
	struct rb_node *y = x->rb_right;

	x->rb_right = y->rb_left;
	if (y->rb_left)
		y->rb_left->rb_up = x;
	*link_of(x, root) = y;
	y->rb_up = x->rb_up;
	y->rb_left = x;
	x->rb_up = y;
}

static void rotate_right(struct rb_node *x, struct rb_root *root)
{
	struct rb_node *y = x->rb_left;

	x->rb_left = y->rb_right;
	if (y->rb_right)
		y->rb_right->rb_up = x;
	*link_of(x, root) = y;
	y->rb_up = x->rb_up;
	y->rb_right = x;
	x->rb_up = y;
}

void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *up, *top, *uncle;

	while (is_red(node->rb_up)) {
		up = node->rb_up;
		top = up->rb_up;
		uncle = up == top->rb_left ? top->rb_right : top->rb_left;
		if (is_red(uncle)) {
			up->rb_red = false;
			uncle->rb_red = false;
			top->rb_red = true;
			node = top;
			continue;
		}
		if (up == top->rb_left) {
			if (node == up->rb_right)
				rotate_left(up, root);
			rotate_right(top, root);
		} else {
			if (node == up->rb_left)
				rotate_right(up, root);
			rotate_left(top, root);
		}
		top->rb_red = true;
		top->rb_up->rb_red = false;
		break;
	}
	root->rb_node->rb_red = false;
}

/* @node, which may be NULL, lacks one black below @up. */
static void erase_fixup(struct rb_node *node, struct rb_node *up,
			struct rb_root *root)
{
	struct rb_node *sibling;
	bool left;

	while (node != root->rb_node && !is_red(node)) {
		left = node == up->rb_left;
		sibling = left ? up->rb_right : up->rb_left;
		if (sibling->rb_red) {
			sibling->rb_red = false;
			up->rb_red = true;
			if (left)
				rotate_left(up, root);
			else
				rotate_right(up, root);
			sibling = left ? up->rb_right : up->rb_left;
		}
		if (!is_red(sibling->rb_left) && !is_red(sibling->rb_right)) {
			sibling->rb_red = true;
			node = up;
			up = node->rb_up;
			continue;
		}
		if (left && !is_red(sibling->rb_right)) {
			sibling->rb_left->rb_red = false;
			sibling->rb_red = true;
			rotate_right(sibling, root);
			sibling = up->rb_right;
		} else if (!left && !is_red(sibling->rb_left)) {
			sibling->rb_right->rb_red = false;
			sibling->rb_red = true;
			rotate_left(sibling, root);
			sibling = up->rb_left;
		}
		sibling->rb_red = up->rb_red;
		up->rb_red = false;
		if (left) {
			sibling->rb_right->rb_red = false;
			rotate_left(up, root);
		} else {
			sibling->rb_left->rb_red = false;
			rotate_right(up, root);
		}
		node = root->rb_node;
	}
	if (node)
		node->rb_red = false;
}

static void replace_at(struct rb_node *old, struct rb_node *node,
		       struct rb_root *root)
{
	*link_of(old, root) = node;
	if (node)
		node->rb_up = old->rb_up;
}

void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *child, *up, *heir = node;
	bool black;

	if (node->rb_left && node->rb_right)
		for (heir = node->rb_right; heir->rb_left; )
			heir = heir->rb_left;
	black = !heir->rb_red;
	child = heir->rb_left ?: heir->rb_right;
	up = heir->rb_up == node ? heir : heir->rb_up;
	if (heir == node)
		up = node->rb_up;
	replace_at(heir, child, root);
	if (heir != node) {
		heir->rb_left = node->rb_left;
		heir->rb_right = node->rb_right;
		heir->rb_red = node->rb_red;
		replace_at(node, heir, root);
		heir->rb_left->rb_up = heir;
		if (heir->rb_right)
			heir->rb_right->rb_up = heir;
	}
	if (black)
		erase_fixup(child, up, root);
}

void rb_replace_node(struct rb_node *victim, struct rb_node *node,
		     struct rb_root *root)
{
	*node = *victim;
	if (node->rb_left)
		node->rb_left->rb_up = node;
	if (node->rb_right)
		node->rb_right->rb_up = node;
	*link_of(victim, root) = node;
}

struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

struct rb_node *rb_next(const struct rb_node *node)
{
	if (node->rb_right) {
		for (node = node->rb_right; node->rb_left; )
			node = node->rb_left;
		return (struct rb_node *)node;
	}
	while (node->rb_up && node == node->rb_up->rb_right)
		node = node->rb_up;
	return node->rb_up;
}

struct rb_node *rb_prev(const struct rb_node *node)
{
	if (node->rb_left) {
		for (node = node->rb_left; node->rb_right; )
			node = node->rb_right;
		return (struct rb_node *)node;
	}
	while (node->rb_up && node == node->rb_up->rb_left)
		node = node->rb_up;
	return node->rb_up;
}

static struct rb_node *deepest(const struct rb_node *node)
{
	for (;;) {
		if (node->rb_left)
			node = node->rb_left;
		else if (node->rb_right)
			node = node->rb_right;
		else
			return (struct rb_node *)node;
	}
}

struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return root->rb_node ? deepest(root->rb_node) : NULL;
}

struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *up = node ? node->rb_up : NULL;

	if (up && node == up->rb_left && up->rb_right)
		return deepest(up->rb_right);
	return up;
}
