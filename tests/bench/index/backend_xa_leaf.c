// SPDX-License-Identifier: GPL-2.0
/*
 * Back end: two levels as in the driver, but with an xarray per shard as the
 * directory: what a slot of the driver's node holds is an entry of the xarray.
 *
 * The code below the directory is the driver's own, pulled in as it is; Makefile
 * hides what it would export a second time.  A slot's word is fetched from
 * the xarray into a node on the stack, changed there, and stored back.
 */
#include "../../../cache_index.c"

#include <stdlib.h>

#include <linux/xarray.h>

#include "bench.h"

/* A leaf's flag where the xarray leaves room for it. */
#define XA_LEAF_FLAT		4UL

static struct pcache_index ix;
static struct pcache_shard *shards;
static struct xarray *dirs;

static u64 word_of(void *entry)
{
	unsigned long e = (unsigned long)entry;

	if (e & SLOT_INLINE)
		return e;
	return e & XA_LEAF_FLAT ? (e & ~XA_LEAF_FLAT) | SLOT_FLAT : e;
}

static void *entry_of(u64 word)
{
	if (!(word & SLOT_INLINE) && word & SLOT_FLAT)
		word = (word & ~SLOT_FLAT) | XA_LEAF_FLAT;
	return (void *)(unsigned long)word;
}

static unsigned long dir_key(u64 sector)
{
	return bench_chunk_in_shard(sector) * PCACHE_CHUNK_LEAVES +
	       sector / LEAF_SECTORS % PCACHE_CHUNK_LEAVES;
}

static void xa_leaf_create(u64 nr_sectors)
{
	int i;

	if (pcache_index_module_init() || pcache_leaf_reserves_init(&ix))
		abort();
	ix.segs = bench_segs;
	ix.seg_shift = BENCH_SEG_SHIFT;
	shards = kvcalloc(BENCH_NR_SHARDS, sizeof(*shards), GFP_KERNEL);
	dirs = kvcalloc(BENCH_NR_SHARDS, sizeof(*dirs), GFP_KERNEL);
	for (i = 0; i < BENCH_NR_SHARDS; i++)
		xa_init(&dirs[i]);
}

static void dir_destroy(struct xarray *dir)
{
	struct pcache_node *node;
	unsigned long key;
	void *entry;

	xa_for_each(dir, key, entry) {
		node = pcache_node_alloc(&ix, &shards[0], NULL);
		node->slots[0] = word_of(entry);
		pcache_node_destroy(&ix, node);
	}
	xa_destroy(dir);
}

static void xa_leaf_destroy(void)
{
	int i;

	for (i = 0; i < BENCH_NR_SHARDS; i++)
		dir_destroy(&dirs[i]);
	pcache_leaf_reserves_exit(&ix);
	pcache_index_module_exit();
	kvfree(shards);
	kvfree(dirs);
}

/* One slot's part of an update, between fetching and storing its word. */
static void slot_apply(struct xarray *dir, struct update *u, u64 sector, u32 nr)
{
	struct pcache_node node;
	u64 *slot = node_slot(&node, sector), old;

	XA_STATE(xas, dir, dir_key(sector));

	node.used = 0;
	old = word_of(xas_load(&xas));
	*slot = old;
	if (u->op == UPDATE_SET && slot_prepare(&ix, u->shard, &node, sector,
						nr, u->tag, NULL))
		abort();
	slot_update(u, &node, sector, nr);
	if (*slot == old)
		return;
	xas_store(&xas, entry_of(*slot));
	if (xas_error(&xas))
		abort();
}

static void range_apply(u64 sector, u32 nr, u64 value, enum update_op op)
{
	struct xarray *dir = &dirs[bench_shard(sector)];
	struct update u = {
		.index = &ix, .shard = &shards[bench_shard(sector)], .op = op,
		.tag = PCACHE_DATA, .value = value, .sector = sector,
	};
	u32 part;

	xa_lock(dir);
	for (; nr; sector += part, nr -= part) {
		part = min_t(u32, nr, LEAF_SECTORS - sector % LEAF_SECTORS);
		slot_apply(dir, &u, sector, part);
	}
	if (op == UPDATE_SET)
		account(&u, update_entry(&u, u.sector), u.done);
	account_flush(&u);
	xa_unlock(dir);
}

static void xa_leaf_set(u64 sector, u32 nr, u64 value)
{
	range_apply(sector, nr, value, UPDATE_SET);
}

static void xa_leaf_erase(u64 sector, u32 nr, u64 value)
{
	range_apply(sector, nr, value, UPDATE_ERASE);
}

static u32 slot_lookup(u64 word, u64 sector, u32 off, u32 nr, u32 n,
		       struct bench_hit *hits)
{
	struct pcache_run run;
	u32 done;

	for (done = 0; done < nr; done += run.nr) {
		slot_resolve(&word, word, sector % LEAF_SECTORS + done, true,
			     &run);
		run.nr = min(run.nr, nr - done);
		if (run.tag == PCACHE_DATA)
			n = bench_hit_add(hits, n, off + done, run.nr,
					  run.value);
	}
	return n;
}

static u32 xa_leaf_lookup(u64 sector, u32 nr, struct bench_hit *hits)
{
	struct xarray *dir = &dirs[bench_shard(sector)];
	u32 off, part, n = 0;
	u64 word;

	rcu_read_lock();
	for (off = 0; off < nr; off += part, sector += part) {
		part = min_t(u32, nr - off, LEAF_SECTORS -
			     sector % LEAF_SECTORS);
		word = word_of(xa_load(dir, dir_key(sector)));
		n = slot_lookup(word, sector, off, part, n, hits);
	}
	rcu_read_unlock();
	return n;
}

const struct backend backend_xa_leaf = {
	.name = "xarray+leaf",
	.create = xa_leaf_create,
	.destroy = xa_leaf_destroy,
	.set = xa_leaf_set,
	.erase = xa_leaf_erase,
	.lookup = xa_leaf_lookup,
};
