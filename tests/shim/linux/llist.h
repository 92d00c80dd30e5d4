/* SPDX-License-Identifier: GPL-2.0 */
/* Lock-free stacks: many add, one takes all. */
#ifndef SHIM_LINUX_LLIST_H
#define SHIM_LINUX_LLIST_H

#include <linux/atomic.h>
#include <linux/container_of.h>
#include <linux/types.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name)	{ NULL }
#define LLIST_HEAD(name)	struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *head)
{
	head->first = NULL;
}

static inline void init_llist_node(struct llist_node *node)
{
	WRITE_ONCE(node->next, node);
}

static inline bool llist_on_list(const struct llist_node *node)
{
	return READ_ONCE(node->next) != node;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline struct llist_node *llist_next(struct llist_node *node)
{
	return node->next;
}

/* Returns whether the list was empty. */
static inline bool llist_add_batch(struct llist_node *first,
				   struct llist_node *last,
				   struct llist_head *head)
{
	struct llist_node *old = READ_ONCE(head->first);

	do {
		last->next = old;
	} while (!try_cmpxchg(&head->first, &old, first));
	return !old;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline bool __llist_add(struct llist_node *node, struct llist_head *head)
{
	node->next = head->first;
	head->first = node;
	return !node->next;
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, NULL);
}

static inline struct llist_node *__llist_del_all(struct llist_head *head)
{
	struct llist_node *first = head->first;

	head->first = NULL;
	return first;
}

struct llist_node *llist_del_first(struct llist_head *head);
struct llist_node *llist_reverse_order(struct llist_node *first);

#define llist_entry(ptr, type, member)	container_of(ptr, type, member)
#define llist_for_each(pos, node)	\
	for ((pos) = (node); (pos); (pos) = (pos)->next)
#define llist_for_each_safe(pos, n, node)	\
	for ((pos) = (node); (pos) && ((n) = (pos)->next, true); (pos) = (n))

/* The address of a member is NULL exactly if that of the node was. */
#define SHIM_LLIST_ENTRY(ptr, type, member) ({			\
	struct llist_node *__node = (ptr);			\
	__node ? llist_entry(__node, type, member) : NULL; })
#define llist_for_each_entry(pos, node, member)			\
	for ((pos) = SHIM_LLIST_ENTRY(node, typeof(*(pos)), member);	\
	     (pos);						\
	     (pos) = SHIM_LLIST_ENTRY((pos)->member.next, typeof(*(pos)),	\
				      member))
#define llist_for_each_entry_safe(pos, n, node, member)		\
	for ((pos) = SHIM_LLIST_ENTRY(node, typeof(*(pos)), member);	\
	     (pos) && ((n) = SHIM_LLIST_ENTRY((pos)->member.next,	\
					      typeof(*(pos)), member), true);	\
	     (pos) = (n))

#endif /* SHIM_LINUX_LLIST_H */
