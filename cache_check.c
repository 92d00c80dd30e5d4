// SPDX-License-Identifier: GPL-2.0
/*
 * Self-checks of a cache that has come to rest (CONFIG_BLK_DEV_PCACHE_DEBUG).
 *
 * The log is replayed, all of it, into an index of its own.  What the cache's index
 * maps must be mapped alike there (I4), into segments of its own (I5), as often as
 * each segment counts.  What it does not map must be clean.  And every segment of
 * the pool has one place (I8).
 *
 * Knows nothing of what the cache has done; a violation is a warning, and
 * changes nothing.
 *
 * Context: process, may sleep; write-back and reclaim have ended for good, and
 * no request is under way.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/slab.h>

#include "pcache_req.h"

/**
 * struct check - what a check works with
 * @cache: the cache
 * @want: the index that its log stands for
 * @segs: whose counts @want keeps; nobody looks at them
 * @mapped: by segment, sectors that the cache's index maps into it
 * @iter: goes through the log
 */
struct check {
	struct pcache_cache *cache;
	struct pcache_index want;
	struct pcache_seg *segs;
	u32 *mapped;
	struct pcache_log_iter iter;
};

static void check_failed(const struct pcache_cache *cache, u64 what,
			 const char *why)
{
	pr_err("%s: backing slot %u: %llu: %s\n", cache->dev->path,
	       cache->slot, what, why);
	pcache_assert(false);
}

/* Those of others come and go meanwhile, but none becomes ours. */
static bool seg_is_ours(const struct pcache_cache *cache,
			const struct pcache_seg *seg)
{
	enum pcache_seg_state state = READ_ONCE(seg->state);

	return READ_ONCE(seg->slot) == cache->slot &&
	       (state == PCACHE_SEG_OPEN || state == PCACHE_SEG_CLOSING ||
		state == PCACHE_SEG_CLOSED);
}

/* ---- the log ---- */

/* Write-back is over, so where it stood in each segment is free to be changed. */
static void log_rewind(struct pcache_cache *cache)
{
	struct pcache_seg *seg;

	spin_lock(&cache->log_lock);
	list_splice_init(&cache->clean, &cache->log);
	cache->nr_log = 0;
	list_for_each_entry(seg, &cache->log, node) {
		cache->nr_log++;
		seg->wb_pos = 0;
	}
	pcache_log_sort(cache);
	spin_unlock(&cache->log_lock);
}

/* Show all records in LSN order to @see. */
static int log_walk(struct check *check,
		    int (*see)(struct check *check, const struct pcache_key *key))
{
	struct pcache_key key;
	int ret;

	pcache_log_iter_begin(&check->iter, PCACHE_LSN_LIMIT);
	while ((ret = pcache_log_iter_peek(&check->iter, &key)) > 0) {
		ret = key.type == PCACHE_REC_END ? 0 : see(check, &key);
		if (!ret)
			ret = pcache_log_iter_advance(&check->iter);
		if (ret)
			break;
		cond_resched();
	}
	return ret;
}

static int see_map(struct check *check, const struct pcache_key *key)
{
	if (key->lsn > atomic64_read(&check->cache->lsn))
		check_failed(check->cache, key->lsn, "LSN was never given away");
	pcache_key_map(&check->want, key);
	return 0;
}

/* ---- both indices ---- */

static u64 lookup(struct pcache_index *index, u64 sector, u64 nr,
		  struct pcache_run *run)
{
	rcu_read_lock();
	pcache_index_lookup(index, sector, min_t(u64, nr, PCACHE_CHUNK_SECTORS),
			    false, run);
	rcu_read_unlock();
	return run->nr;
}

static bool run_is_hole(const struct pcache_run *run)
{
	return run->tag == PCACHE_HOLE || run->tag == PCACHE_FILLING;
}

/* The newest record of some sectors must be what the cache maps them to. */
static u64 see_extent(struct check *check, const struct pcache_key *key,
		      u64 sector, u64 nr)
{
	u64 value = key->value;
	struct pcache_run want, has;

	nr = lookup(&check->want, sector, nr, &want);
	if (pcache_key_has_data(key->type))
		value += sector - key->sector;
	if (want.tag != pcache_key_tag(key->type) || want.value != value)
		return nr;
	nr = min(nr, lookup(&check->cache->index, sector, nr, &has));
	if (has.tag != want.tag || has.value != value)
		check_failed(check->cache, sector,
			     "sector of a dirty or lost record is not mapped (I4)");
	return nr;
}

static int see_must_be_mapped(struct check *check, const struct pcache_key *key)
{
	struct pcache_cache *cache = check->cache;
	u64 end = key->sector + key->nr_sectors, sector;

	if (key->lsn <= (key->type == PCACHE_REC_LOST ? cache->evict_lsn :
			 cache->clean_lsn) ||
	    key->type == PCACHE_REC_CLEAN)
		return 0;
	for (sector = key->sector; sector < end; )
		sector += see_extent(check, key, sector, end - sector);
	return 0;
}

static void check_mapping(struct check *check, u64 sector,
			  const struct pcache_run *has,
			  const struct pcache_run *want, u32 nr)
{
	struct pcache_cache *cache = check->cache;
	struct pcache_cache_dev *dev = cache->dev;
	u64 id = has->value >> (dev->geo.seg_shift -
				(has->tag == PCACHE_DATA ? PCACHE_SECTOR_SHIFT :
				 ilog2(PCACHE_LINE_SIZE)));

	if (id >= dev->geo.nr_segs || !seg_is_ours(cache, &dev->segs[id])) {
		check_failed(cache, sector,
			     "sector maps into somebody else's segment (I5)");
		return;
	}
	check->mapped[id] += nr;
	if (has->tag != want->tag || has->value != want->value)
		check_failed(cache, sector,
			     "sector is not mapped to its newest record (I4)");
}

static void check_index(struct check *check)
{
	struct pcache_cache *cache = check->cache;
	u64 end = cache->backing.nr_sectors, sector = 0;
	struct pcache_run has, want;
	u32 nr;

	while (sector < end) {
		nr = lookup(&cache->index, sector, end - sector, &has);
		if (!run_is_hole(&has)) {
			nr = min(nr, lookup(&check->want, sector, nr, &want));
			check_mapping(check, sector, &has, &want, nr);
		}
		sector += nr;
		cond_resched();
	}
}

static void check_counts(struct check *check)
{
	struct pcache_cache *cache = check->cache;
	struct pcache_cache_dev *dev = cache->dev;
	u32 id;

	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs; id++) {
		if (seg_is_ours(cache, &dev->segs[id]) &&
		    check->mapped[id] != atomic_read(&dev->segs[id].mapped))
			check_failed(cache, id, "segment has miscounted");
	}
}

/* ---- the pool ---- */

/* pool_lock keeps segments from being handed out and returned. */
static void check_pool(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	u32 nr_free = 0, nr_retired = 0, nr_ours = 0, id;
	struct pcache_seg *seg;

	spin_lock(&dev->pool_lock);
	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs; id++) {
		seg = &dev->segs[id];
		/* Others have taken one out, and are about to open it. */
		nr_free += seg->state == PCACHE_SEG_FREE &&
			   !list_empty(&seg->node);
		nr_retired += seg->state == PCACHE_SEG_RETIRED;
		nr_ours += seg_is_ours(cache, seg);
	}
	if (nr_free != dev->nr_free)
		check_failed(cache, dev->nr_free, "free segments, miscounted (I8)");
	if (nr_retired != dev->nr_retired)
		check_failed(cache, dev->nr_retired,
			     "retired segments, miscounted (I8)");
	if (list_empty(&cache->live))
		check_failed(cache, nr_ours,
			     "segments of its own are out of the pool's reach (I8)");
	if (nr_ours != cache->used_segs)
		check_failed(cache, cache->used_segs,
			     "segments of its own, miscounted (I8)");
	spin_unlock(&dev->pool_lock);
}

/* ---- all of it ---- */

static int check_init(struct check *check)
{
	struct pcache_cache *cache = check->cache;
	struct pcache_cache_dev *dev = cache->dev;
	u32 nr = dev->geo.nr_segs;
	int err;

	check->segs = kvcalloc(nr, sizeof(*check->segs), GFP_KERNEL);
	check->mapped = kvcalloc(nr, sizeof(*check->mapped), GFP_KERNEL);
	if (!check->segs || !check->mapped)
		return -ENOMEM;
	err = pcache_index_init(&check->want, cache->backing.nr_sectors,
				check->segs, dev->geo.seg_shift);
	return err ?: pcache_log_iter_init(&check->iter, cache);
}

static void check_exit(struct check *check)
{
	pcache_log_iter_exit(&check->iter);
	pcache_index_exit(&check->want);
	kvfree(check->mapped);
	kvfree(check->segs);
}

static int check_run(struct check *check)
{
	int err;

	err = check_init(check);
	if (err)
		return err;
	log_rewind(check->cache);
	err = log_walk(check, see_map);
	if (!err)
		err = log_walk(check, see_must_be_mapped);
	if (err)
		return err;
	check_index(check);
	check_counts(check);
	return 0;
}

/**
 * pcache_check_quiet - is a cache what its log says?
 * @cache: quiescent; write-back and reclaim do not start again
 *
 * Context: process, may sleep; takes log_lock, pool_lock, shards.
 */
void pcache_check_quiet(struct pcache_cache *cache)
{
	struct check check = { .cache = cache };
	int err;

	if (READ_ONCE(cache->dev->gone))
		return;
	check_pool(cache);
	err = check_run(&check);
	if (err)
		pr_warn("%s: backing slot %u: not checked: %pe\n",
			cache->dev->path, cache->slot, ERR_PTR(err));
	check_exit(&check);
}
