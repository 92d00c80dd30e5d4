/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 4: the index, from logical sectors to places on the pmem device.
 *
 * Readers look up under RCU or a shard's lock; everything else needs the lock
 * of the shard that the chunk hashes to.  A range never crosses a chunk.
 */
#ifndef PCACHE_INDEX_H
#define PCACHE_INDEX_H

#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "pcache_dev.h"

/* What a sector is mapped to. */
enum pcache_tag {
	PCACHE_HOLE	= 0,	/* nothing: the backing device has it */
	PCACHE_DATA	= 1,	/* value: sector of the pmem device */
	PCACHE_ZERO	= 2,	/* value: line of the record that says so */
	PCACHE_LOST	= 3,	/* value: line of the record that says so */
	PCACHE_FILLING	= 4,	/* value: id of the miss that is under way */
	PCACHE_SPLIT	= 5,	/* private to cache_index.c */
};

#define PCACHE_CHUNK_SECTORS	(1U << (PCACHE_CHUNK_SHIFT - PCACHE_SECTOR_SHIFT))
#define PCACHE_CHUNK_LEAVES	16

struct pcache_node;

/**
 * struct pcache_shard - one lock's share of the index
 * @lock: protects the nodes and leaves of the chunks that hash here
 * @bytes: their memory
 */
struct pcache_shard {
	spinlock_t lock;
	size_t bytes;
} ____cacheline_aligned_in_smp;

/**
 * struct pcache_index - the index of one cache
 * @nodes: by chunk; NULL if nothing of it is mapped
 * @nr_chunks: their number
 * @shards: the locks
 * @shard_mask: their number - 1
 * @segs: whose mapped counts are kept
 * @seg_shift: log2 of the segment size in bytes
 * @lost: sectors that are mapped as lost
 * @preload_lock: held by who takes from the reserves until it is done
 * @leaf_pool: reserve of leaves of the largest size
 * @split_pool: reserve of splits
 * @node_pool: reserve of nodes
 */
struct pcache_index {
	struct pcache_node __rcu **nodes;
	u64 nr_chunks;
	struct pcache_shard *shards;
	u32 shard_mask;
	u32 seg_shift;
	struct pcache_seg *segs;
	atomic_t lost;
	struct mutex preload_lock;
	mempool_t leaf_pool;
	mempool_t split_pool;
	mempool_t node_pool;
};

/**
 * struct pcache_run - consecutive sectors that are mapped alike
 * @value: of the first sector; PCACHE_DATA: the others follow it
 * @nr: sectors
 * @tag: enum pcache_tag
 */
struct pcache_run {
	u64 value;
	u32 nr;
	u8 tag;
};

/**
 * struct pcache_preload - memory for one update, taken before the lock
 * @leaves: leaves of the largest size
 * @splits: for the two ends of the range
 * @node: for the chunk
 * @nr_leaves: left in @leaves
 * @nr_splits: left in @splits
 * @filled: holds preload_lock
 *
 * Enough for any range inside one chunk.
 */
struct pcache_preload {
	void *leaves[PCACHE_CHUNK_LEAVES];
	void *splits[2];
	void *node;
	u32 nr_leaves;
	u32 nr_splits;
	bool filled;
};

int pcache_index_module_init(void);
void pcache_index_module_exit(void);
int pcache_index_init(struct pcache_index *index, u64 nr_sectors,
		      struct pcache_seg *segs, u32 seg_shift);
void pcache_index_exit(struct pcache_index *index);
size_t pcache_index_bytes(const struct pcache_index *index);

void pcache_preload_fill(struct pcache_index *index, struct pcache_preload *pre,
			 u64 sector, u32 nr, gfp_t gfp);
void pcache_preload_drop(struct pcache_index *index,
			 struct pcache_preload *pre);

void pcache_index_lookup(struct pcache_index *index, u64 sector, u32 nr,
			 bool touch, struct pcache_run *run);
int pcache_index_prepare(struct pcache_index *index, u64 sector, u32 nr,
			 enum pcache_tag tag, struct pcache_preload *pre);
u64 *pcache_index_page(struct pcache_index *index, u64 sector, u32 nr);
void pcache_index_replace(struct pcache_index *index, u64 *page, u64 value);
void pcache_index_set(struct pcache_index *index, u64 sector, u32 nr,
		      enum pcache_tag tag, u64 value);
u32 pcache_index_erase(struct pcache_index *index, u64 sector, u32 nr,
		       enum pcache_tag tag, u64 value);
u32 pcache_index_mark(struct pcache_index *index, u64 sector, u32 nr, u64 id);
void pcache_index_evict(struct pcache_index *index, u32 seg_id);
void pcache_index_prefetch(struct pcache_index *index, u64 sector, u32 step);
bool pcache_index_accessed(struct pcache_index *index, u64 sector, u32 nr);

static inline struct pcache_shard *
pcache_index_shard(struct pcache_index *index, u64 sector)
{
	u64 chunk = sector >> (PCACHE_CHUNK_SHIFT - PCACHE_SECTOR_SHIFT);

	/* Neighbours never share a lock, nor do strides of powers of two. */
	chunk ^= chunk >> 8 ^ chunk >> 16;
	return &index->shards[chunk & index->shard_mask];
}

static inline void pcache_index_lock(struct pcache_index *index, u64 sector)
{
	spin_lock(&pcache_index_shard(index, sector)->lock);
}

static inline void pcache_index_unlock(struct pcache_index *index, u64 sector)
{
	spin_unlock(&pcache_index_shard(index, sector)->lock);
}

#endif /* PCACHE_INDEX_H */
