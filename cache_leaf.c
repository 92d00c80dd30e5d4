// SPDX-License-Identifier: GPL-2.0
/*
 * The index, below its words: memory of nodes, leaves and splits, and making
 * room in them.
 *
 * Nothing here changes what a lookup shows: a leaf is copied into a larger or a
 * smaller one and replaced, a page that was mapped as a whole is mapped sector
 * by sector to the same places.  What readers may still use is freed after a
 * grace period.  Slabs are shared by all indexes; the reserves, which keep the
 * largest update of one index possible without the page allocator, are not.
 *
 * Locks: the shard's, but for life cycle and preloads.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/slab.h>

#include "pcache_leaf.h"

/* Elements that each reserve holds: one largest update, and one more. */
#define RESERVE_LEAVES		(2 * PCACHE_CHUNK_LEAVES)
#define RESERVE_SPLITS		4
#define RESERVE_NODES		2

/* Room of a packed leaf, smallest first. */
static const u8 leaf_caps[] = { 2, 5, 9, 16 };
static struct kmem_cache *leaf_caches[ARRAY_SIZE(leaf_caps)];
static struct kmem_cache *flat_cache;
static struct kmem_cache *split_cache;
static struct kmem_cache *node_cache;

static size_t leaf_size(u32 cap)
{
	return struct_size_t(struct pcache_leaf, e, cap);
}

static void leaf_free_packed(struct rcu_head *rcu)
{
	kfree(container_of(rcu, struct pcache_leaf, rcu));
}

static void leaf_free_flat(struct rcu_head *rcu)
{
	struct pcache_leaf *leaf = container_of(rcu, struct pcache_leaf, rcu);

	mempool_free(leaf, &leaf->index->leaf_pool);
}

/**
 * pcache_leaf_retire - free a leaf once no reader can see it
 * @shard: locked
 * @leaf: no longer linked
 *
 * Context: the shard's lock.
 */
void pcache_leaf_retire(struct pcache_shard *shard, struct pcache_leaf *leaf)
{
	shard->bytes -= leaf_size(leaf->cap);
	if (leaf->cap == LEAF_PAGES)
		call_rcu(&leaf->rcu, leaf_free_flat);
	else
		call_rcu(&leaf->rcu, leaf_free_packed);
}

static struct pcache_leaf *flat_alloc(struct pcache_index *index,
				      struct pcache_preload *pre)
{
	struct pcache_leaf *leaf;

	leaf = mempool_alloc(&index->leaf_pool, GFP_NOWAIT | __GFP_NOWARN);
	if (!leaf && pre && pre->nr_leaves)
		leaf = pre->leaves[--pre->nr_leaves];
	if (!leaf)
		return NULL;
	memset(leaf, 0, leaf_size(LEAF_PAGES));
	leaf->cap = LEAF_PAGES;
	leaf->index = index;
	return leaf;
}

/* A packed leaf for the pages of @bitmap, or a flat one. */
static struct pcache_leaf *leaf_alloc(struct pcache_index *index, u64 bitmap,
				      struct pcache_preload *pre)
{
	u32 nr = hweight64(bitmap);
	struct pcache_leaf *leaf;
	int i;

	for (i = 0; i < ARRAY_SIZE(leaf_caps); i++) {
		if (nr > leaf_caps[i])
			continue;
		leaf = kmem_cache_zalloc(leaf_caches[i],
					 GFP_NOWAIT | __GFP_NOWARN);
		if (!leaf)
			break;
		leaf->cap = leaf_caps[i];
		leaf->bitmap = bitmap;
		return leaf;
	}
	return flat_alloc(index, pre);
}

static void split_free(struct rcu_head *rcu)
{
	struct pcache_split *split = container_of(rcu, struct pcache_split, rcu);

	mempool_free(split, &split->index->split_pool);
}

/**
 * pcache_split_retire - free a split once no reader can see it
 * @shard: locked
 * @split: no longer linked
 *
 * Context: the shard's lock.
 */
void pcache_split_retire(struct pcache_shard *shard, struct pcache_split *split)
{
	shard->bytes -= sizeof(*split);
	call_rcu(&split->rcu, split_free);
}

static struct pcache_split *split_alloc(struct pcache_index *index,
					struct pcache_preload *pre)
{
	struct pcache_split *split;

	split = mempool_alloc(&index->split_pool, GFP_NOWAIT | __GFP_NOWARN);
	if (!split && pre && pre->nr_splits)
		split = pre->splits[--pre->nr_splits];
	if (!split)
		return NULL;
	memset(split, 0, sizeof(*split));
	split->index = index;
	return split;
}

static void node_free(struct rcu_head *rcu)
{
	struct pcache_node *node = container_of(rcu, struct pcache_node, rcu);

	mempool_free(node, &node->index->node_pool);
}

/**
 * pcache_node_retire - free a node once no reader can see it
 * @shard: locked
 * @node: no longer linked
 *
 * Context: the shard's lock.
 */
void pcache_node_retire(struct pcache_shard *shard, struct pcache_node *node)
{
	shard->bytes -= sizeof(*node);
	call_rcu(&node->rcu, node_free);
}

/**
 * pcache_node_alloc - an empty node
 * @index: the index
 * @shard: locked
 * @pre: memory to fall back to, or NULL
 *
 * Context: the shard's lock.
 * Return: the node, or NULL if there is no memory.
 */
struct pcache_node *pcache_node_alloc(struct pcache_index *index,
				      struct pcache_shard *shard,
				      struct pcache_preload *pre)
{
	struct pcache_node *node;

	node = mempool_alloc(&index->node_pool, GFP_NOWAIT | __GFP_NOWARN);
	if (!node && pre) {
		node = pre->node;
		pre->node = NULL;
	}
	if (!node)
		return NULL;
	memset(node, 0, sizeof(*node));
	node->index = index;
	shard->bytes += sizeof(*node);
	return node;
}

/**
 * pcache_preload_fill - take memory for one update from the reserves
 * @index: the index
 * @pre: empty; filled in
 * @sector: first sector of the update
 * @nr: sectors; the range lies in one chunk
 * @gfp: may sleep
 *
 * Waits until enough was erased, if that's what it takes; whoever calls this
 * has asked for reclaim.  Two that held a part each could wait for ever, so it is
 * one at a time, until pcache_preload_drop().
 *
 * Context: process, may sleep; takes preload_lock.
 */
void pcache_preload_fill(struct pcache_index *index, struct pcache_preload *pre,
			 u64 sector, u32 nr, gfp_t gfp)
{
	u32 leaves = (sector % LEAF_SECTORS + nr + LEAF_SECTORS - 1) /
		     LEAF_SECTORS;

	mutex_lock(&index->preload_lock);
	pre->filled = true;
	for (pre->nr_leaves = 0; pre->nr_leaves < leaves; pre->nr_leaves++)
		pre->leaves[pre->nr_leaves] = mempool_alloc(&index->leaf_pool,
							    gfp);
	for (pre->nr_splits = 0; pre->nr_splits < 2; pre->nr_splits++)
		pre->splits[pre->nr_splits] = mempool_alloc(&index->split_pool,
							    gfp);
	pre->node = mempool_alloc(&index->node_pool, gfp);
}

/**
 * pcache_preload_drop - return what an update did not need
 * @index: the index
 * @pre: from pcache_preload_fill(), or empty
 *
 * Context: process, may sleep.
 */
void pcache_preload_drop(struct pcache_index *index, struct pcache_preload *pre)
{
	if (!pre->filled)
		return;
	while (pre->nr_leaves)
		mempool_free(pre->leaves[--pre->nr_leaves], &index->leaf_pool);
	while (pre->nr_splits)
		mempool_free(pre->splits[--pre->nr_splits], &index->split_pool);
	if (pre->node)
		mempool_free(pre->node, &index->node_pool);
	pre->node = NULL;
	pre->filled = false;
	mutex_unlock(&index->preload_lock);
}

/* ---- making room ---- */

/**
 * pcache_leaf_entry - the entry of a page, wherever its slot keeps it
 * @word: of the slot
 * @page: 0..63
 *
 * Context: the shard's lock or rcu_read_lock().
 * Return: the entry; 0 if the page is not mapped.
 */
u64 pcache_leaf_entry(u64 word, u32 page)
{
	u64 *ep;

	if (slot_is_leaf(word)) {
		ep = leaf_find(word, page);
		return ep ? READ_ONCE(*ep) : 0;
	}
	if (!word || (!(word & SLOT_WHOLE) && slot_page(word) != page))
		return 0;
	return slot_entry(word);
}

/**
 * pcache_leaf_live - which pages have an entry that is not 0
 * @word: of a slot
 *
 * Context: the shard's lock.
 * Return: one bit per page.
 */
u64 pcache_leaf_live(u64 word)
{
	u64 live = 0;
	u32 page;

	if (!slot_is_leaf(word))
		return !word ? 0 : word & SLOT_WHOLE ? ~0ULL :
		       BIT_ULL(slot_page(word));
	for (page = 0; page < LEAF_PAGES; page++)
		if (pcache_leaf_entry(word, page))
			live |= BIT_ULL(page);
	return live;
}

/* Replace what the slot holds by a leaf with the same entries. */
static void slot_move(struct pcache_shard *shard, struct pcache_node *node,
		      u64 *slot, struct pcache_leaf *leaf, u64 live)
{
	u64 old = READ_ONCE(*slot), word = slot_of_leaf(leaf, leaf->cap);
	u32 page;

	leaf->live = hweight64(live);
	for (; live; live &= live - 1) {
		page = __ffs64(live);
		*leaf_find(word, page) = pcache_leaf_entry(old, page);
	}
	shard->bytes += leaf_size(leaf->cap);
	slot_store(node, slot, word);
	if (slot_is_leaf(old))
		pcache_leaf_retire(shard, slot_leaf(old));
}

/**
 * pcache_leaf_make_room - see to it that a slot has a leaf with some entries
 * @index: the index
 * @shard: locked
 * @node: of the slot
 * @slot: the slot
 * @need: pages, one bit each
 * @pre: memory to fall back to, or NULL
 *
 * Context: the shard's lock.
 * Return: 0 or -ENOMEM.
 */
int pcache_leaf_make_room(struct pcache_index *index,
			  struct pcache_shard *shard, struct pcache_node *node,
			  u64 *slot, u64 need, struct pcache_preload *pre)
{
	u64 live, word = READ_ONCE(*slot);
	struct pcache_leaf *leaf;

	if (slot_is_leaf(word) && (word & SLOT_FLAT ||
				   !(need & ~slot_leaf(word)->bitmap)))
		return 0;
	live = pcache_leaf_live(word);
	leaf = leaf_alloc(index, live | need, pre);
	if (!leaf)
		return -ENOMEM;
	slot_move(shard, node, slot, leaf, live);
	return 0;
}

/**
 * pcache_leaf_split - map a page sector by sector, to the same places as before
 * @index: the index
 * @shard: locked
 * @word: of a slot that has a leaf with an entry for @page
 * @page: 0..63
 * @pre: memory to fall back to, or NULL
 *
 * Context: the shard's lock.
 * Return: 0 or -ENOMEM.
 */
int pcache_leaf_split(struct pcache_index *index, struct pcache_shard *shard,
		      u64 word, u32 page, struct pcache_preload *pre)
{
	u64 *ep = leaf_find(word, page), e = READ_ONCE(*ep);
	struct pcache_split *split;
	u32 i;

	if (entry_tag(e) == PCACHE_SPLIT)
		return 0;
	split = split_alloc(index, pre);
	if (!split)
		return -ENOMEM;
	shard->bytes += sizeof(*split);
	for (i = 0; e && i < PCACHE_BLOCK_SECTORS; i++, split->live++)
		split->e[i] = e + (entry_tag(e) == PCACHE_DATA ?
				   (u64)i << ENTRY_VALUE_SHIFT : 0);
	if (!e)
		slot_leaf(word)->live++;
	/* Pairs with the address dependency of READ_ONCE() in lookups. */
	smp_store_release(ep, (unsigned long)split | PCACHE_SPLIT);
	return 0;
}

/**
 * pcache_leaf_shrink - after an erase: make a leaf smaller, or free it
 * @shard: locked
 * @node: of the slot
 * @slot: has a leaf
 *
 * Takes no reserve: a leaf that stays larger than it need be does no harm.
 *
 * Context: the shard's lock.
 */
void pcache_leaf_shrink(struct pcache_shard *shard, struct pcache_node *node,
			u64 *slot)
{
	u64 live, e, word = READ_ONCE(*slot);
	struct pcache_leaf *leaf = slot_leaf(word), *small = NULL;
	int i;

	for (i = 0; i < ARRAY_SIZE(leaf_caps) && leaf->live > leaf_caps[i]; i++)
		;
	if (i == ARRAY_SIZE(leaf_caps) ||
	    (leaf->live > 1 && leaf_caps[i] >= leaf->cap))
		return;
	live = pcache_leaf_live(word);
	e = live ? pcache_leaf_entry(word, __ffs64(live)) : 0;
	if (leaf->live <= 1 && entry_tag(e) != PCACHE_SPLIT) {
		slot_store(node, slot, e ? slot_one_page(__ffs64(live), e) : 0);
		pcache_leaf_retire(shard, leaf);
		return;
	}
	if (leaf_caps[i] < leaf->cap)
		small = kmem_cache_zalloc(leaf_caches[i],
					  GFP_NOWAIT | __GFP_NOWARN);
	if (!small)
		return;
	small->cap = leaf_caps[i];
	small->bitmap = live;
	slot_move(shard, node, slot, small, live);
}

/* ---- life cycle ---- */

static void slot_destroy(struct pcache_index *index, u64 word)
{
	u64 live = pcache_leaf_live(word), e;
	struct pcache_leaf *leaf;

	if (!slot_is_leaf(word))
		return;
	for (; live; live &= live - 1) {
		e = pcache_leaf_entry(word, __ffs64(live));
		if (entry_tag(e) == PCACHE_SPLIT)
			mempool_free(entry_split(e), &index->split_pool);
	}
	leaf = slot_leaf(word);
	if (leaf->cap == LEAF_PAGES)
		mempool_free(leaf, &index->leaf_pool);
	else
		kfree(leaf);
}

/**
 * pcache_node_destroy - free a node and all below it at once
 * @index: the index; it has no readers any more
 * @node: the node
 *
 * Context: process.
 */
void pcache_node_destroy(struct pcache_index *index, struct pcache_node *node)
{
	u32 i;

	for (i = 0; i < PCACHE_CHUNK_LEAVES; i++)
		slot_destroy(index, node->slots[i]);
	mempool_free(node, &index->node_pool);
}

/**
 * pcache_leaf_reserves_init - fill the reserves of an index
 * @index: zeroed
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_leaf_reserves_exit() is due in either case.
 */
int pcache_leaf_reserves_init(struct pcache_index *index)
{
	int err;

	err = mempool_init_slab_pool(&index->leaf_pool, RESERVE_LEAVES,
				     flat_cache);
	if (!err)
		err = mempool_init_slab_pool(&index->split_pool,
					     RESERVE_SPLITS, split_cache);
	if (!err)
		err = mempool_init_slab_pool(&index->node_pool, RESERVE_NODES,
					     node_cache);
	return err;
}

/**
 * pcache_leaf_reserves_exit - free the reserves of an index
 * @index: its nodes are gone
 *
 * Context: process, may sleep.
 */
void pcache_leaf_reserves_exit(struct pcache_index *index)
{
	/* What was retired returns to the reserves first. */
	rcu_barrier();
	mempool_exit(&index->leaf_pool);
	mempool_exit(&index->split_pool);
	mempool_exit(&index->node_pool);
}

/**
 * pcache_index_module_init - create the slabs that all indexes share
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_index_module_exit() is due in either case.
 */
int pcache_index_module_init(void)
{
	static const char * const names[] = {
		"pcache_leaf2", "pcache_leaf5", "pcache_leaf9", "pcache_leaf16",
	};
	int i;

	static_assert(ARRAY_SIZE(names) == ARRAY_SIZE(leaf_caps));
	flat_cache = kmem_cache_create("pcache_leaf64", leaf_size(LEAF_PAGES),
				       8, 0, NULL);
	split_cache = kmem_cache_create("pcache_split",
					sizeof(struct pcache_split), 8, 0,
					NULL);
	node_cache = kmem_cache_create("pcache_node",
				       sizeof(struct pcache_node), 8, 0, NULL);
	if (!flat_cache || !split_cache || !node_cache)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(leaf_caps); i++) {
		leaf_caches[i] = kmem_cache_create(names[i],
						   leaf_size(leaf_caps[i]), 8,
						   0, NULL);
		if (!leaf_caches[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * pcache_index_module_exit - destroy the slabs
 *
 * Context: process, may sleep.
 */
void pcache_index_module_exit(void)
{
	int i;

	rcu_barrier();
	for (i = 0; i < ARRAY_SIZE(leaf_caps); i++)
		kmem_cache_destroy(leaf_caches[i]);
	kmem_cache_destroy(flat_cache);
	kmem_cache_destroy(split_cache);
	kmem_cache_destroy(node_cache);
}
