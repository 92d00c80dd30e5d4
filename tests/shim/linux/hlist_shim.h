/* SPDX-License-Identifier: GPL-2.0 */
/* Lists with one pointer per head; the second half of linux/list.h. */
#ifndef SHIM_LINUX_HLIST_SHIM_H
#define SHIM_LINUX_HLIST_SHIM_H

#include <linux/container_of.h>
#include <linux/poison.h>
#include <linux/types.h>

#define HLIST_HEAD_INIT		{ .first = NULL }
#define HLIST_HEAD(name)	struct hlist_head name = HLIST_HEAD_INIT
#define INIT_HLIST_HEAD(head)	((head)->first = NULL)

static inline void INIT_HLIST_NODE(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

static inline int hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline int hlist_empty(const struct hlist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline void __hlist_del(struct hlist_node *node)
{
	WRITE_ONCE(*node->pprev, node->next);
	if (node->next)
		node->next->pprev = node->pprev;
}

static inline void hlist_del(struct hlist_node *node)
{
	__hlist_del(node);
	node->next = LIST_POISON1;
	node->pprev = LIST_POISON2;
}

static inline void hlist_del_init(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	__hlist_del(node);
	INIT_HLIST_NODE(node);
}

static inline void hlist_add_head(struct hlist_node *node,
				  struct hlist_head *head)
{
	node->next = head->first;
	node->pprev = &head->first;
	if (node->next)
		node->next->pprev = &node->next;
	WRITE_ONCE(head->first, node);
}

static inline void hlist_add_before(struct hlist_node *node,
				    struct hlist_node *next)
{
	node->pprev = next->pprev;
	node->next = next;
	next->pprev = &node->next;
	WRITE_ONCE(*node->pprev, node);
}

static inline void hlist_add_behind(struct hlist_node *node,
				    struct hlist_node *prev)
{
	node->next = prev->next;
	node->pprev = &prev->next;
	if (node->next)
		node->next->pprev = &node->next;
	WRITE_ONCE(prev->next, node);
}

#define hlist_entry(ptr, type, member)	container_of(ptr, type, member)
#define hlist_entry_safe(ptr, type, member) ({			\
	struct hlist_node *__node = (ptr);			\
	__node ? hlist_entry(__node, type, member) : NULL; })

#define hlist_for_each(pos, head)	\
	for ((pos) = (head)->first; (pos); (pos) = (pos)->next)
#define hlist_for_each_safe(pos, n, head)	\
	for ((pos) = (head)->first; (pos) && ({ (n) = (pos)->next; 1; });	\
	     (pos) = (n))
#define hlist_for_each_entry(pos, head, member)			\
	for ((pos) = hlist_entry_safe((head)->first, typeof(*(pos)), member);	\
	     (pos);							\
	     (pos) = hlist_entry_safe((pos)->member.next, typeof(*(pos)),	\
				      member))
#define hlist_for_each_entry_safe(pos, n, head, member)		\
	for ((pos) = hlist_entry_safe((head)->first, typeof(*(pos)), member);	\
	     (pos) && ({ (n) = (pos)->member.next; 1; });		\
	     (pos) = hlist_entry_safe(n, typeof(*(pos)), member))

#endif /* SHIM_LINUX_HLIST_SHIM_H */
