/* SPDX-License-Identifier: GPL-2.0 */
/* Doubly linked lists. */
#ifndef SHIM_LINUX_LIST_H
#define SHIM_LINUX_LIST_H

#include <linux/container_of.h>
#include <linux/hlist_shim.h>
#include <linux/poison.h>
#include <linux/types.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	WRITE_ONCE(list->prev, list);
}

static inline void shim_list_link(struct list_head *node,
				  struct list_head *prev,
				  struct list_head *next)
{
	WRITE_ONCE(next->prev, node);
	node->next = next;
	node->prev = prev;
	WRITE_ONCE(prev->next, node);
}

static inline void shim_list_join(struct list_head *prev,
				  struct list_head *next)
{
	/* Plain in the kernel, which takes it that words do not tear. */
	WRITE_ONCE(next->prev, prev);
	WRITE_ONCE(prev->next, next);
}

static inline void list_add(struct list_head *node, struct list_head *head)
{
	shim_list_link(node, head, head->next);
}

static inline void list_add_tail(struct list_head *node, struct list_head *head)
{
	shim_list_link(node, head->prev, head);
}

static inline void __list_del_entry(struct list_head *node)
{
	shim_list_join(node->prev, node->next);
}

static inline void list_del(struct list_head *node)
{
	__list_del_entry(node);
	node->next = LIST_POISON1;
	node->prev = LIST_POISON2;
}

static inline void list_del_init(struct list_head *node)
{
	__list_del_entry(node);
	INIT_LIST_HEAD(node);
}

static inline void list_del_init_careful(struct list_head *node)
{
	list_del_init(node);
}

static inline void list_replace(struct list_head *old, struct list_head *node)
{
	node->next = old->next;
	node->next->prev = node;
	node->prev = old->prev;
	node->prev->next = node;
}

static inline void list_replace_init(struct list_head *old,
				     struct list_head *node)
{
	list_replace(old, node);
	INIT_LIST_HEAD(old);
}

static inline void list_move(struct list_head *node, struct list_head *head)
{
	__list_del_entry(node);
	list_add(node, head);
}

static inline void list_move_tail(struct list_head *node,
				  struct list_head *head)
{
	__list_del_entry(node);
	list_add_tail(node, head);
}

static inline int list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

static inline int list_empty_careful(const struct list_head *head)
{
	return list_empty(head) && READ_ONCE(head->prev) == head;
}

static inline int list_is_first(const struct list_head *node,
				const struct list_head *head)
{
	return node->prev == head;
}

static inline int list_is_last(const struct list_head *node,
			       const struct list_head *head)
{
	return node->next == head;
}

static inline int list_is_head(const struct list_head *node,
			       const struct list_head *head)
{
	return node == head;
}

static inline int list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

static inline void shim_list_insert(const struct list_head *list,
				    struct list_head *prev,
				    struct list_head *next)
{
	struct list_head *first = list->next;
	struct list_head *last = list->prev;

	first->prev = prev;
	prev->next = first;
	last->next = next;
	next->prev = last;
}

static inline void list_splice(const struct list_head *list,
			       struct list_head *head)
{
	if (!list_empty(list))
		shim_list_insert(list, head, head->next);
}

static inline void list_splice_tail(struct list_head *list,
				    struct list_head *head)
{
	if (!list_empty(list))
		shim_list_insert(list, head->prev, head);
}

static inline void list_splice_init(struct list_head *list,
				    struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list,
					 struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

/* Move what comes before @node to @list, which is overwritten. */
static inline void list_cut_before(struct list_head *list,
				   struct list_head *head,
				   struct list_head *node)
{
	if (head->next == node) {
		INIT_LIST_HEAD(list);
		return;
	}
	list->next = head->next;
	list->next->prev = list;
	list->prev = node->prev;
	list->prev->next = list;
	head->next = node;
	node->prev = head;
}

static inline void list_cut_position(struct list_head *list,
				     struct list_head *head,
				     struct list_head *node)
{
	if (node == head)
		INIT_LIST_HEAD(list);
	else
		list_cut_before(list, head, node->next);
}

static inline void list_bulk_move_tail(struct list_head *head,
				       struct list_head *first,
				       struct list_head *last)
{
	shim_list_join(first->prev, last->next);
	head->prev->next = first;
	first->prev = head->prev;
	last->next = head;
	head->prev = last;
}

static inline size_t list_count_nodes(struct list_head *head)
{
	struct list_head *node;
	size_t n = 0;

	for (node = head->next; node != head; node = node->next)
		n++;
	return n;
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(head, type, member)	\
	list_entry((head)->next, type, member)
#define list_last_entry(head, type, member)	\
	list_entry((head)->prev, type, member)
#define list_first_entry_or_null(head, type, member) ({		\
	struct list_head *__head = (head);			\
	struct list_head *__first = READ_ONCE(__head->next);	\
	__first != __head ? list_entry(__first, type, member) : NULL; })
#define list_last_entry_or_null(head, type, member) ({		\
	struct list_head *__head = (head);			\
	struct list_head *__last = READ_ONCE(__head->prev);	\
	__last != __head ? list_entry(__last, type, member) : NULL; })
#define list_next_entry(pos, member)	\
	list_entry((pos)->member.next, typeof(*(pos)), member)
#define list_prev_entry(pos, member)	\
	list_entry((pos)->member.prev, typeof(*(pos)), member)
#define list_entry_is_head(pos, head, member)	(&(pos)->member == (head))

#define list_for_each(pos, head)	\
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)
#define list_for_each_prev(pos, head)	\
	for ((pos) = (head)->prev; (pos) != (head); (pos) = (pos)->prev)
#define list_for_each_safe(pos, n, head)	\
	for ((pos) = (head)->next, (n) = (pos)->next; (pos) != (head);	\
	     (pos) = (n), (n) = (pos)->next)

#define list_for_each_entry_from(pos, head, member)	\
	for (; !list_entry_is_head(pos, head, member);	\
	     (pos) = list_next_entry(pos, member))
#define list_for_each_entry(pos, head, member)		\
	for ((pos) = list_first_entry(head, typeof(*(pos)), member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)	\
	for ((pos) = list_last_entry(head, typeof(*(pos)), member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = list_prev_entry(pos, member))
#define list_for_each_entry_continue(pos, head, member)	\
	for ((pos) = list_next_entry(pos, member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = list_next_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member)	\
	for ((pos) = list_prev_entry(pos, member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = list_prev_entry(pos, member))
#define list_prepare_entry(pos, head, member)		\
	((pos) ? (pos) : list_entry(head, typeof(*(pos)), member))
#define list_for_each_entry_safe(pos, n, head, member)	\
	for ((pos) = list_first_entry(head, typeof(*(pos)), member),	\
	     (n) = list_next_entry(pos, member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = (n), (n) = list_next_entry(n, member))
#define list_for_each_entry_safe_from(pos, n, head, member)	\
	for ((n) = list_next_entry(pos, member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = (n), (n) = list_next_entry(n, member))
#define list_for_each_entry_safe_reverse(pos, n, head, member)	\
	for ((pos) = list_last_entry(head, typeof(*(pos)), member),	\
	     (n) = list_prev_entry(pos, member);	\
	     !list_entry_is_head(pos, head, member);	\
	     (pos) = (n), (n) = list_prev_entry(n, member))

#endif /* SHIM_LINUX_LIST_H */
