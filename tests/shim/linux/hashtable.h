/* SPDX-License-Identifier: GPL-2.0 */
/* Hash tables of a size that is a power of two. */
#ifndef SHIM_LINUX_HASHTABLE_H
#define SHIM_LINUX_HASHTABLE_H

#include <linux/array_size.h>
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/rculist.h>

#define DECLARE_HASHTABLE(name, bits)	struct hlist_head name[1 << (bits)]
#define DEFINE_HASHTABLE(name, bits)	\
	struct hlist_head name[1 << (bits)] = {}
#define HASH_SIZE(table)		(ARRAY_SIZE(table))
#define HASH_BITS(table)		ilog2(HASH_SIZE(table))
#define hash_min(v, bits)		hash_long(v, bits)

#define hash_init(table)		\
do {					\
	size_t __i;			\
					\
	for (__i = 0; __i < HASH_SIZE(table); __i++)	\
		INIT_HLIST_HEAD(&(table)[__i]);	\
} while (0)

#define hash_add(table, node, key)	\
	hlist_add_head(node, &(table)[hash_min(key, HASH_BITS(table))])
#define hash_add_rcu(table, node, key)	\
	hlist_add_head_rcu(node, &(table)[hash_min(key, HASH_BITS(table))])
#define hash_del(node)			hlist_del_init(node)
#define hash_del_rcu(node)		hlist_del_init_rcu(node)
#define hash_hashed(node)		(!hlist_unhashed(node))
#define hash_for_each_possible(table, pos, member, key)	\
	hlist_for_each_entry(pos, &(table)[hash_min(key, HASH_BITS(table))], member)
#define hash_for_each_possible_rcu(table, pos, member, key)	\
	hlist_for_each_entry_rcu(pos, &(table)[hash_min(key, HASH_BITS(table))],	\
				 member)
#define hash_for_each(table, bkt, pos, member)		\
	for ((bkt) = 0, (pos) = NULL; !(pos) && (bkt) < HASH_SIZE(table); (bkt)++)	\
		hlist_for_each_entry(pos, &(table)[bkt], member)
#define hash_for_each_safe(table, bkt, tmp, pos, member)	\
	for ((bkt) = 0, (pos) = NULL; !(pos) && (bkt) < HASH_SIZE(table); (bkt)++)	\
		hlist_for_each_entry_safe(pos, tmp, &(table)[bkt], member)

#endif /* SHIM_LINUX_HASHTABLE_H */
