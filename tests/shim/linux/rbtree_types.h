/* SPDX-License-Identifier: GPL-2.0 */
/* Nodes and roots of balanced trees. */
#ifndef SHIM_LINUX_RBTREE_TYPES_H
#define SHIM_LINUX_RBTREE_TYPES_H

#include <linux/types.h>

struct rb_node {
	struct rb_node *rb_up;
	struct rb_node *rb_left;
	struct rb_node *rb_right;
	bool rb_red;
};

struct rb_root {
	struct rb_node *rb_node;
};

struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT			((struct rb_root){ NULL })
#define RB_ROOT_CACHED		((struct rb_root_cached){ { NULL }, NULL })
#define RB_EMPTY_ROOT(root)	(READ_ONCE((root)->rb_node) == NULL)
#define RB_EMPTY_NODE(node)	((node)->rb_up == (node))
#define RB_CLEAR_NODE(node)	((node)->rb_up = (node))

#endif /* SHIM_LINUX_RBTREE_TYPES_H */
