/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a back end of the index benchmark offers: a map from logical sectors to
 * sectors of the pmem device, as the driver would use it.
 *
 * Every back end keeps the count of mapped sectors of each segment, erases only
 * what still maps to the place that is given, serves look-ups under RCU alone,
 * hashes chunks to 256 locks in the same way, and allocates without waiting.
 */
#ifndef BENCH_H
#define BENCH_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "../../../pcache_index.h"

#define BENCH_SEG_SHIFT		24
#define BENCH_NR_SHARDS		256
#define BENCH_MAX_HITS		256
#define BENCH_SEG_SECTORS	(1U << (BENCH_SEG_SHIFT - PCACHE_SECTOR_SHIFT))

/* Sectors from @off on that lie in sectors from @value on. */
struct bench_hit {
	u32 off;
	u32 nr;
	u64 value;
};

/**
 * struct backend - one index
 * @name: of its column
 * @create: an empty index for a device of @nr_sectors
 * @destroy: with all that is still in it
 * @set: map @nr sectors, inside one chunk
 * @erase: unmap those of them that still map to @value and what follows it
 * @lookup: fill in at most BENCH_MAX_HITS, return their number; contiguous
 *	pieces are one hit
 */
struct backend {
	const char *name;
	void (*create)(u64 nr_sectors);
	void (*destroy)(void);
	void (*set)(u64 sector, u32 nr, u64 value);
	void (*erase)(u64 sector, u32 nr, u64 value);
	u32 (*lookup)(u64 sector, u32 nr, struct bench_hit *hits);
};

extern const struct backend backend_ours;
extern const struct backend backend_maple;
extern const struct backend backend_maple_merge;
extern const struct backend backend_xa_leaf;
extern const struct backend backend_xa_page;

/* Of the kernel's libraries, which no header of theirs declares for us. */
extern struct kmem_cache *radix_tree_node_cachep;
void radix_tree_node_rcu_free(struct rcu_head *head);
void maple_tree_init(void);

/* Compare a back end with an array; ends the program if they differ. */
void bench_check(const struct backend *be);

void *bench_alloc(size_t n, size_t size);
u32 bench_random(u32 bound);

/* One per segment of the pmem device; only the mapped counts are used. */
extern struct pcache_seg *bench_segs;

static inline void bench_account(u64 value, s32 nr)
{
	atomic_add(nr, &bench_segs[value / BENCH_SEG_SECTORS].mapped);
}

static inline u64 bench_chunk(u64 sector)
{
	return sector / PCACHE_CHUNK_SECTORS;
}

static inline u32 bench_until_chunk_end(u64 sector, u32 nr)
{
	return min_t(u32, nr, PCACHE_CHUNK_SECTORS -
		     sector % PCACHE_CHUNK_SECTORS);
}

static inline u32 bench_shard(u64 sector)
{
	u64 chunk = bench_chunk(sector);

	return (chunk ^ chunk >> 8 ^ chunk >> 16) % BENCH_NR_SHARDS;
}

/*
 * Where a chunk is in its shard.  Together with the shard it identifies the
 * chunk; without the gaps that other shards leave, which would cost a radix
 * tree nodes.
 */
static inline u64 bench_chunk_in_shard(u64 sector)
{
	return bench_chunk(sector) / BENCH_NR_SHARDS;
}

static inline u32 bench_hit_add(struct bench_hit *hits, u32 n, u32 off, u32 nr,
				u64 value)
{
	struct bench_hit *last = hits + n - !!n;

	if (n && last->off + last->nr == off &&
	    last->value + last->nr == value) {
		last->nr += nr;
		return n;
	}
	hits[n] = (struct bench_hit){ .off = off, .nr = nr, .value = value };
	return n + 1;
}

#endif /* BENCH_H */
