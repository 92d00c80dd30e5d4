// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of segments: which are free, who may have one, which are used no more.
 *
 * A cache takes segments up to its quota.  Those that can no longer be trusted are
 * retired, and missed by the cache that held them.  A cache that finds none though
 * its quota allows for more is looked at again when one comes back.
 *
 * The file knows neither what lies in a segment nor when its life ends.
 *
 * Locks: pool_lock, the innermost one.  Context: process; nothing here sleeps.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/workqueue.h>

#include "pcache_cache.h"

/**
 * pcache_dev_seg_set_free - a segment is nobody's, and may be anybody's
 * @dev: the pool; pool_lock is held, or nobody else knows @dev
 * @seg: on no list
 *
 * Context: process.
 */
void pcache_dev_seg_set_free(struct pcache_cache_dev *dev,
			     struct pcache_seg *seg)
{
	WRITE_ONCE(seg->state, PCACHE_SEG_FREE);
	WRITE_ONCE(seg->slot, PCACHE_NO_SLOT);
	list_add_tail(&seg->node, &dev->free);
	dev->nr_free++;
}

/**
 * pcache_dev_seg_set_retired - a segment is not handed out again
 * @dev: the pool; pool_lock is held, or nobody else knows @dev
 * @seg: on no list
 * @why: for the log
 *
 * Context: process.
 */
void pcache_dev_seg_set_retired(struct pcache_cache_dev *dev,
				struct pcache_seg *seg, const char *why)
{
	WRITE_ONCE(seg->state, PCACHE_SEG_RETIRED);
	seg->damage = why;
	dev->nr_retired++;
	pr_warn("%s: segment %u is not used: %s\n", dev->path, seg->id, why);
}

/*
 * Segments that are gone for good are missed by one cache, so that the others find
 * what they were promised; down to what a cache needs to get on: two are kept
 * back, and LOST records may hold one for ever.  pool_lock is held.
 */
static void quota_charge(struct pcache_cache *cache, u32 nr)
{
	u32 spare = cache->quota - min_t(u32, cache->quota, PCACHE_MIN_SEGS);

	WRITE_ONCE(cache->quota, cache->quota - min(nr, spare));
}

/* The first free segment that is still good.  pool_lock is held. */
static struct pcache_seg *pool_take(struct pcache_cache *cache, u32 leave)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg;

	while (dev->nr_free > leave) {
		seg = list_first_entry(&dev->free, struct pcache_seg, node);
		list_del_init(&seg->node);
		dev->nr_free--;
		if (!READ_ONCE(seg->has_badblocks))
			return seg;
		pcache_dev_seg_set_retired(dev, seg, "known bad blocks");
		quota_charge(cache, 1);
	}
	return NULL;
}

/*
 * Segments have come back: caches whose quota would have allowed for more than
 * the pool had look again.  pool_lock is held.
 */
static void pool_kick(struct pcache_cache_dev *dev)
{
	struct pcache_cache *cache;

	while ((cache = list_first_entry_or_null(&dev->starved,
						 struct pcache_cache,
						 starved))) {
		list_del_init(&cache->starved);
		queue_work(cache->req_wq, &cache->write_work);
	}
}

/**
 * pcache_dev_seg_get - take a free segment out of the pool
 * @cache: for whom; counts against its quota
 * @leave: free segments of the quota that must stay behind
 *
 * Context: process; takes pool_lock.
 * Return: the segment, in state FREE and on no list, or NULL.
 */
struct pcache_seg *pcache_dev_seg_get(struct pcache_cache *cache, u32 leave)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg = NULL;

	spin_lock(&dev->pool_lock);
	if (cache->used_segs + leave < cache->quota) {
		seg = pool_take(cache, leave);
		if (seg)
			WRITE_ONCE(cache->used_segs, cache->used_segs + 1);
		else if (list_empty(&cache->starved))
			list_add_tail(&cache->starved, &dev->starved);
	}
	spin_unlock(&dev->pool_lock);
	return seg;
}

/**
 * pcache_dev_seg_put - return a segment to the pool
 * @dev: the pool
 * @seg: on no list; H covers it and a grace period has passed (I5), or the slot
 *	is free
 * @cache: who held it; NULL if that is not attached
 *
 * Context: process; takes pool_lock.
 */
void pcache_dev_seg_put(struct pcache_cache_dev *dev, struct pcache_seg *seg,
			struct pcache_cache *cache)
{
	bool bad = READ_ONCE(seg->has_badblocks);

	pcache_assert(list_empty(&seg->node) && list_empty(&seg->open_node));
	spin_lock(&dev->pool_lock);
	if (cache)
		WRITE_ONCE(cache->used_segs, cache->used_segs - 1);
	if (cache && bad)
		quota_charge(cache, 1);
	if (bad)
		pcache_dev_seg_set_retired(dev, seg, "known bad blocks");
	else
		pcache_dev_seg_set_free(dev, seg);
	pool_kick(dev);
	spin_unlock(&dev->pool_lock);
}

/**
 * pcache_dev_share_loss - take over what the pool can't keep of its promises
 * @cache: goes live
 *
 * Segments were retired while it was not attached; whose they were, nobody knows.
 *
 * Context: process; admin_lock is held; takes pool_lock.
 */
void pcache_dev_share_loss(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	u32 usable;

	spin_lock(&dev->pool_lock);
	usable = dev->geo.nr_segs - dev->geo.meta_segs - dev->nr_retired;
	if (dev->promised > usable)
		quota_charge(cache, dev->promised - usable);
	spin_unlock(&dev->pool_lock);
}

/**
 * pcache_dev_forget - a cache takes no more segments
 * @cache: about to be freed
 *
 * Context: process; takes pool_lock.
 */
void pcache_dev_forget(struct pcache_cache *cache)
{
	spin_lock(&cache->dev->pool_lock);
	list_del_init(&cache->starved);
	spin_unlock(&cache->dev->pool_lock);
}

/**
 * pcache_dev_seg_retire - never hand out a segment again
 * @cache: who held it
 * @seg: on no list
 * @why: for the log
 *
 * Context: process; takes pool_lock.
 */
void pcache_dev_seg_retire(struct pcache_cache *cache, struct pcache_seg *seg,
			   const char *why)
{
	struct pcache_cache_dev *dev = cache->dev;

	spin_lock(&dev->pool_lock);
	WRITE_ONCE(cache->used_segs, cache->used_segs - 1);
	quota_charge(cache, 1);
	pcache_dev_seg_set_retired(dev, seg, why);
	spin_unlock(&dev->pool_lock);
}
