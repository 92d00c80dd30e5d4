/* SPDX-License-Identifier: GPL-2.0 */
/* Lists that are read under RCU. */
#ifndef SHIM_LINUX_RCULIST_H
#define SHIM_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

static inline void INIT_LIST_HEAD_RCU(struct list_head *list)
{
	INIT_LIST_HEAD(list);
}

static inline void shim_list_link_rcu(struct list_head *node,
				      struct list_head *prev,
				      struct list_head *next)
{
	node->next = next;
	node->prev = prev;
	rcu_assign_pointer(prev->next, node);
	next->prev = node;
}

static inline void list_add_rcu(struct list_head *node, struct list_head *head)
{
	shim_list_link_rcu(node, head, head->next);
}

static inline void list_add_tail_rcu(struct list_head *node,
				     struct list_head *head)
{
	shim_list_link_rcu(node, head->prev, head);
}

/* Readers may still follow the node's next. */
static inline void list_del_rcu(struct list_head *node)
{
	__list_del_entry(node);
	node->prev = LIST_POISON2;
}

static inline void list_replace_rcu(struct list_head *old,
				    struct list_head *node)
{
	node->next = old->next;
	node->prev = old->prev;
	rcu_assign_pointer(node->prev->next, node);
	node->next->prev = node;
	old->prev = LIST_POISON2;
}

static inline void hlist_del_rcu(struct hlist_node *node)
{
	__hlist_del(node);
	node->pprev = LIST_POISON2;
}

static inline void hlist_del_init_rcu(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	__hlist_del(node);
	node->pprev = NULL;
}

static inline void hlist_add_head_rcu(struct hlist_node *node,
				      struct hlist_head *head)
{
	node->next = head->first;
	node->pprev = &head->first;
	rcu_assign_pointer(head->first, node);
	if (node->next)
		node->next->pprev = &node->next;
}

static inline void hlist_replace_rcu(struct hlist_node *old,
				     struct hlist_node *node)
{
	node->next = old->next;
	node->pprev = old->pprev;
	rcu_assign_pointer(*node->pprev, node);
	if (node->next)
		node->next->pprev = &node->next;
	old->pprev = LIST_POISON2;
}

#define list_entry_rcu(ptr, type, member)	\
	container_of(READ_ONCE(ptr), type, member)
#define list_next_rcu(list)	(READ_ONCE((list)->next))
#define list_first_or_null_rcu(head, type, member) ({		\
	struct list_head *__head = (head);			\
	struct list_head *__first = READ_ONCE(__head->next);	\
	__first != __head ? list_entry(__first, type, member) : NULL; })

#define list_for_each_entry_rcu(pos, head, member, cond...)	\
	for ((pos) = list_entry_rcu((head)->next, typeof(*(pos)), member);	\
	     &(pos)->member != (head);				\
	     (pos) = list_entry_rcu((pos)->member.next, typeof(*(pos)), member))
#define list_for_each_entry_continue_rcu(pos, head, member)	\
	for ((pos) = list_entry_rcu((pos)->member.next, typeof(*(pos)), member);	\
	     &(pos)->member != (head);				\
	     (pos) = list_entry_rcu((pos)->member.next, typeof(*(pos)), member))
#define hlist_for_each_entry_rcu(pos, head, member, cond...)	\
	for ((pos) = hlist_entry_safe(READ_ONCE((head)->first), typeof(*(pos)),	\
				      member);			\
	     (pos);						\
	     (pos) = hlist_entry_safe(READ_ONCE((pos)->member.next),	\
				      typeof(*(pos)), member))

#endif /* SHIM_LINUX_RCULIST_H */
