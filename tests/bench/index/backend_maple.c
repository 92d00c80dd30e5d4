// SPDX-License-Identifier: GPL-2.0
/*
 * Back end: the kernel's maple tree in RCU mode, one per shard, extents as
 * ranges.
 *
 * An entry is the distance from logical to pmem sector, so that what remains of
 * a range that was cut is right as it stands.  How many nodes a store needs
 * depends on the tree, so they are allocated under its lock, without waiting;
 * ahead of the lock the number would be a guess.  With merging, a range is
 * joined with neighbours that it continues on the pmem device too.
 */
#include <stdlib.h>

#include <linux/maple_tree.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "bench.h"

#define DISTANCE_MASK	(~0UL >> 2)

static struct maple_tree *trees;

static void *entry_of(u64 sector, u64 value)
{
	return xa_mk_value((value - sector) & DISTANCE_MASK);
}

static u64 value_of(u64 sector, void *entry)
{
	return (sector + xa_to_value(entry)) & DISTANCE_MASK;
}

static void maple_create(u64 nr_sectors)
{
	static bool done;
	int i;

	if (!done)
		maple_tree_init();
	done = true;
	trees = kvcalloc(BENCH_NR_SHARDS, sizeof(*trees), GFP_KERNEL);
	for (i = 0; i < BENCH_NR_SHARDS; i++)
		mt_init_flags(&trees[i], MT_FLAGS_USE_RCU);
}

static void maple_destroy(void)
{
	int i;

	rcu_barrier();
	/*
	 * As for a process that exits.  In RCU mode, 6.12 loses 16 bits of the
	 * pointer to the last child of a full root here.
	 */
	for (i = 0; i < BENCH_NR_SHARDS; i++) {
		mt_clear_in_rcu(&trees[i]);
		mtree_destroy(&trees[i]);
	}
	kvfree(trees);
}

/* Nothing in the range counts as mapped any more. */
static void range_account(struct ma_state *mas, u64 first, u64 last)
{
	u64 from, to;
	void *entry;

	mas_for_each(mas, entry, last) {
		from = max(mas->index, first);
		to = min(mas->last, last);
		bench_account(value_of(from, entry), -(s32)(to - from + 1));
	}
}

static void range_store(struct ma_state *mas, u64 first, u64 last, void *entry)
{
	mas_set_range(mas, first, last);
	if (mas_preallocate(mas, entry, GFP_NOWAIT))
		abort();
	mas_store_prealloc(mas, entry);
}

/* Widen the range by neighbours with the same entry. */
static void range_join(struct ma_state *mas, u64 *first, u64 *last, void *entry)
{
	if (*first % PCACHE_CHUNK_SECTORS) {
		mas_set(mas, *first - 1);
		if (mas_walk(mas) == entry)
			*first = mas->index;
	}
	if ((*last + 1) % PCACHE_CHUNK_SECTORS) {
		mas_set(mas, *last + 1);
		if (mas_walk(mas) == entry)
			*last = mas->last;
	}
}

static void set(u64 sector, u32 nr, u64 value, bool merge)
{
	struct maple_tree *tree = &trees[bench_shard(sector)];
	u64 first = sector, last = sector + nr - 1;
	void *entry = entry_of(sector, value);

	MA_STATE(mas, tree, first, last);
	mas_lock(&mas);
	range_account(&mas, first, last);
	if (merge)
		range_join(&mas, &first, &last, entry);
	range_store(&mas, first, last, entry);
	bench_account(value, nr);
	mas_unlock(&mas);
}

static void maple_set(u64 sector, u32 nr, u64 value)
{
	set(sector, nr, value, false);
}

static void maple_set_merge(u64 sector, u32 nr, u64 value)
{
	set(sector, nr, value, true);
}

static void maple_erase(u64 sector, u32 nr, u64 value)
{
	struct maple_tree *tree = &trees[bench_shard(sector)];
	void *entry, *mine = entry_of(sector, value);
	u64 from, to, last = sector + nr - 1;

	MA_STATE(mas, tree, sector, sector);
	mas_lock(&mas);
	mas_for_each(&mas, entry, last) {
		if (entry != mine)
			continue;
		from = max(mas.index, sector);
		to = min(mas.last, last);
		range_store(&mas, from, to, NULL);
		bench_account(value_of(from, entry), -(s32)(to - from + 1));
		mas_set(&mas, to + 1);
	}
	mas_unlock(&mas);
}

static u32 maple_lookup(u64 sector, u32 nr, struct bench_hit *hits)
{
	struct maple_tree *tree = &trees[bench_shard(sector)];
	u64 from, to, last = sector + nr - 1;
	void *entry;
	u32 n = 0;

	MA_STATE(mas, tree, sector, sector);
	rcu_read_lock();
	mas_for_each(&mas, entry, last) {
		from = max(mas.index, sector);
		to = min(mas.last, last);
		n = bench_hit_add(hits, n, from - sector, to - from + 1,
				  value_of(from, entry));
	}
	rcu_read_unlock();
	return n;
}

const struct backend backend_maple = {
	.name = "maple",
	.create = maple_create,
	.destroy = maple_destroy,
	.set = maple_set,
	.erase = maple_erase,
	.lookup = maple_lookup,
};

const struct backend backend_maple_merge = {
	.name = "maple+merge",
	.create = maple_create,
	.destroy = maple_destroy,
	.set = maple_set_merge,
	.erase = maple_erase,
	.lookup = maple_lookup,
};
