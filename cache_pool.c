// SPDX-License-Identifier: GPL-2.0
/*
 * The pool of segments: which are free, who may have one, which are used no more.
 *
 * A cache takes segments up to its quota.  Those that can no longer be trusted are
 * retired, and missed by the cache that held them.  A cache that finds none though
 * its quota allows for more is starved: others are asked to give back, and it is
 * looked at again when one does, and when a segment is lost: there may be too few
 * left to wait for.
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

/*
 * Segments have come back: caches whose quota would have allowed for more than
 * the pool had look again.  pool_lock is held.
 */
static void pool_kick(struct pcache_cache_dev *dev)
{
	struct pcache_cache *cache;

	WRITE_ONCE(dev->wanted, false);
	while ((cache = list_first_entry_or_null(&dev->starved,
						 struct pcache_cache,
						 starved))) {
		list_del_init(&cache->starved);
		queue_work(cache->req_wq, &cache->write_work);
	}
}

/*
 * Segments have gone out of reach: whoever waits, for his own ones or for others,
 * looks again whether that is still of use.  pool_lock is held.
 */
static void pool_kick_all(struct pcache_cache_dev *dev)
{
	struct pcache_cache *cache;
	struct list_head *pos;

	/* The end of the list is no place for a cache, which is aligned. */
	list_for_each(pos, &dev->live) {
		cache = list_entry(pos, struct pcache_cache, live);
		queue_work(cache->req_wq, &cache->write_work);
	}
}

/* @cache is who misses it; NULL: nobody who is attached.  pool_lock is held. */
static void pool_retire(struct pcache_cache_dev *dev, struct pcache_seg *seg,
			struct pcache_cache *cache, const char *why)
{
	pcache_dev_seg_set_retired(dev, seg, why);
	if (cache)
		quota_charge(cache, 1);
	pool_kick_all(dev);
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
		pool_retire(dev, seg, cache, "known bad blocks");
	}
	return NULL;
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
	pcache_assert(list_empty(&seg->node) && list_empty(&seg->open_node));
	spin_lock(&dev->pool_lock);
	if (cache)
		WRITE_ONCE(cache->used_segs, cache->used_segs - 1);
	if (READ_ONCE(seg->has_badblocks)) {
		pool_retire(dev, seg, cache, "known bad blocks");
	} else {
		pcache_dev_seg_set_free(dev, seg);
		pool_kick(dev);
	}
	spin_unlock(&dev->pool_lock);
}

/**
 * pcache_dev_reach - how many segments can be waited for?
 * @dev: the pool
 *
 * The free ones, and those that caches hold who can give them back: not one that is
 * not attached, and not one that is read-only.  One that has failed counts: either it
 * is being stopped, and what it holds is discarded, or the pmem is gone, and with
 * that everybody fails.
 *
 * Context: process; takes pool_lock.
 * Return: their number; with less than PCACHE_MIN_SEGS a cache need not get on.
 */
u32 pcache_dev_reach(struct pcache_cache_dev *dev)
{
	struct pcache_cache *cache;
	struct list_head *pos;
	u32 reach;

	spin_lock(&dev->pool_lock);
	reach = dev->nr_free;
	list_for_each(pos, &dev->live) {
		cache = list_entry(pos, struct pcache_cache, live);
		if (READ_ONCE(cache->mode) != PCACHE_MODE_READ_ONLY)
			reach += cache->used_segs;
	}
	spin_unlock(&dev->pool_lock);
	return reach;
}

/**
 * pcache_dev_ask - have segments given back if others hold what a cache may have
 * @cache: its writers are stuck
 *
 * Every cache of the pool reclaims, though its quota would not have it, until one
 * segment has come back.  Then who is starved still, asks again.
 *
 * Context: process; takes pool_lock.
 */
void pcache_dev_ask(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct list_head *pos;

	spin_lock(&dev->pool_lock);
	if (!list_empty(&cache->starved)) {
		WRITE_ONCE(dev->wanted, true);
		list_for_each(pos, &dev->live) {
			cache = list_entry(pos, struct pcache_cache, live);
			queue_work(cache->gc_wq, &cache->gc_work);
		}
	}
	spin_unlock(&dev->pool_lock);
}

/**
 * pcache_dev_kick - a cache does not give back any more what it holds
 * @dev: the pool
 *
 * Whoever waits looks again whether that is still of use.
 *
 * Context: process; takes pool_lock.
 */
void pcache_dev_kick(struct pcache_cache_dev *dev)
{
	spin_lock(&dev->pool_lock);
	pool_kick_all(dev);
	spin_unlock(&dev->pool_lock);
}

/**
 * pcache_dev_join - a cache goes live
 * @cache: holds what it has recovered
 *
 * It takes over what the pool can't keep of its promises: segments were retired
 * while it was not attached; whose they were, nobody knows.
 *
 * Context: process; admin_lock is held; takes pool_lock.
 */
void pcache_dev_join(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	u32 usable;

	spin_lock(&dev->pool_lock);
	usable = dev->geo.nr_segs - dev->geo.meta_segs - dev->nr_retired;
	if (dev->promised > usable)
		quota_charge(cache, dev->promised - usable);
	list_add_tail(&cache->live, &dev->live);
	spin_unlock(&dev->pool_lock);
}

/**
 * pcache_dev_forget - a cache takes no more segments
 * @cache: about to be freed; what it holds is out of reach then
 *
 * Context: process; takes pool_lock.
 */
void pcache_dev_forget(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;

	spin_lock(&dev->pool_lock);
	list_del_init(&cache->starved);
	list_del_init(&cache->live);
	/* Who is starved still, asks again. */
	WRITE_ONCE(dev->wanted, false);
	pool_kick_all(dev);
	spin_unlock(&dev->pool_lock);
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
	pool_retire(dev, seg, cache, why);
	spin_unlock(&dev->pool_lock);
}
