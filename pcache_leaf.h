/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Private to cache_index.c and cache_leaf.c: how the index keeps its words.
 *
 *	nodes[chunk] -> node: 16 slots, one per 256 KiB
 *	slot: 0 | one page inline | whole 256 KiB inline | leaf
 *	leaf: packed (bitmap and up to 16 entries) or flat (64 entries)
 *	entry: one word per 4 KiB page; a page that is mapped piecewise has a
 *	split, one word per sector
 *
 * Entry, 56 bits unless it is a split: [value 52][accessed 1][tag 3].
 * Slot word: 0, pointer (bit 1: flat leaf), or with bit 0 set [entry 56][page 6]
 * [whole 1][1].
 */
#ifndef PCACHE_LEAF_H
#define PCACHE_LEAF_H

#include <linux/bitops.h>
#include <linux/rcupdate.h>

#include "pcache_index.h"

#define LEAF_PAGES		64
#define LEAF_SECTORS		(LEAF_PAGES * PCACHE_BLOCK_SECTORS)

#define ENTRY_TAG		7ULL
#define ENTRY_ACCESSED		8ULL
#define ENTRY_VALUE_SHIFT	4

#define SLOT_INLINE		1ULL
#define SLOT_WHOLE		2ULL	/* of an inline word */
#define SLOT_FLAT		2ULL	/* of a pointer */
#define SLOT_PTR_MASK		(~7ULL)
#define SLOT_PAGE_SHIFT		2
#define SLOT_ENTRY_SHIFT	8

/**
 * struct pcache_node - the slots of one chunk
 * @rcu: when it is freed
 * @used: slots that are not 0
 * @index: whose reserve it returns to
 * @slots: one word per 256 KiB
 */
struct pcache_node {
	union {
		struct rcu_head rcu;
		u32 used;
	};
	struct pcache_index *index;
	u64 slots[PCACHE_CHUNK_LEAVES];
};

/**
 * struct pcache_leaf - the entries of 256 KiB
 * @rcu: when it is freed
 * @cap: entries that it has room for; LEAF_PAGES: flat
 * @live: entries that are not 0
 * @bitmap: packed: pages that have an entry; never changes
 * @index: flat: whose reserve it returns to
 * @e: packed: in page order; flat: by page
 */
struct pcache_leaf {
	union {
		struct rcu_head rcu;
		struct {
			u8 cap;
			u8 live;
		};
	};
	union {
		u64 bitmap;
		struct pcache_index *index;
	};
	u64 e[];
};

/**
 * struct pcache_split - the sectors of one page
 * @rcu: when it is freed
 * @live: sectors that are mapped
 * @index: whose reserve it returns to
 * @e: entries by sector; PCACHE_DATA: of that very sector
 */
struct pcache_split {
	union {
		struct rcu_head rcu;
		u8 live;
	};
	struct pcache_index *index;
	u64 e[PCACHE_BLOCK_SECTORS];
};

static inline u64 entry_make(enum pcache_tag tag, u64 value)
{
	return value << ENTRY_VALUE_SHIFT | tag;
}

static inline enum pcache_tag entry_tag(u64 e)
{
	return e & ENTRY_TAG;
}

static inline u64 entry_value(u64 e)
{
	return e >> ENTRY_VALUE_SHIFT;
}

static inline struct pcache_split *entry_split(u64 e)
{
	return (struct pcache_split *)(unsigned long)(e & ~ENTRY_TAG);
}

static inline bool slot_is_leaf(u64 word)
{
	return word && !(word & SLOT_INLINE);
}

static inline struct pcache_leaf *slot_leaf(u64 word)
{
	return (struct pcache_leaf *)(unsigned long)(word & SLOT_PTR_MASK);
}

static inline u32 slot_page(u64 word)
{
	return word >> SLOT_PAGE_SHIFT & (LEAF_PAGES - 1);
}

static inline u64 slot_entry(u64 word)
{
	return word >> SLOT_ENTRY_SHIFT;
}

static inline u64 slot_one_page(u32 page, u64 e)
{
	return e << SLOT_ENTRY_SHIFT | (u64)page << SLOT_PAGE_SHIFT |
	       SLOT_INLINE;
}

static inline u64 slot_whole(u64 e)
{
	return e << SLOT_ENTRY_SHIFT | SLOT_WHOLE | SLOT_INLINE;
}

static inline u64 slot_of_leaf(struct pcache_leaf *leaf, u32 cap)
{
	return (unsigned long)leaf | (cap == LEAF_PAGES ? SLOT_FLAT : 0);
}

/* The entry of @page in the leaf that @word points to; NULL: no room. */
static inline u64 *leaf_find(u64 word, u32 page)
{
	struct pcache_leaf *leaf = slot_leaf(word);

	if (word & SLOT_FLAT)
		return &leaf->e[page];
	if (!(leaf->bitmap & BIT_ULL(page)))
		return NULL;
	return &leaf->e[hweight64(leaf->bitmap & (BIT_ULL(page) - 1))];
}

static inline void slot_store(struct pcache_node *node, u64 *slot, u64 word)
{
	/* Readers may set its accessed bit at any time. */
	node->used += !!word - !!READ_ONCE(*slot);
	/* Pairs with the address dependency of READ_ONCE() in lookups. */
	smp_store_release(slot, word);
}

/* ---- cache_leaf.c ---- */

u64 pcache_leaf_entry(u64 word, u32 page);
u64 pcache_leaf_live(u64 word);
int pcache_leaf_make_room(struct pcache_index *index,
			  struct pcache_shard *shard, struct pcache_node *node,
			  u64 *slot, u64 need, struct pcache_preload *pre);
int pcache_leaf_split(struct pcache_index *index, struct pcache_shard *shard,
		      u64 word, u32 page, struct pcache_preload *pre);
void pcache_leaf_shrink(struct pcache_shard *shard, struct pcache_node *node,
			u64 *slot);
void pcache_leaf_retire(struct pcache_shard *shard, struct pcache_leaf *leaf);
void pcache_split_retire(struct pcache_shard *shard,
			 struct pcache_split *split);
struct pcache_node *pcache_node_alloc(struct pcache_index *index,
				      struct pcache_shard *shard,
				      struct pcache_preload *pre);
void pcache_node_retire(struct pcache_shard *shard, struct pcache_node *node);
void pcache_node_destroy(struct pcache_index *index, struct pcache_node *node);
int pcache_leaf_reserves_init(struct pcache_index *index);
void pcache_leaf_reserves_exit(struct pcache_index *index);

#endif /* PCACHE_LEAF_H */
