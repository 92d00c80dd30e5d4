// SPDX-License-Identifier: GPL-2.0
/*
 * Lost data: sectors whose newest version could not be read.
 *
 * A LOST record takes the place of data that write-back could not read: reads
 * give an error until the sectors are overwritten (P9), and W may pass.  The
 * loss is never forgotten: before H voids a LOST record that is still mapped, the
 * record is logged again.  A list of all that were logged makes them easy to
 * find; the index tells which of them still count.
 *
 * Context: the workers of write-back and reclaim, at the same time.
 */
#include <linux/errno.h>
#include <linux/slab.h>

#include "pcache_req.h"

/* The first part of a range that is still mapped as given; false: none. */
static bool lost_find(struct pcache_cache *cache, u64 sector, u32 nr,
		      enum pcache_tag tag, u64 value, u64 *at,
		      struct pcache_run *run)
{
	u32 done;

	for (done = 0; done < nr; done += run->nr) {
		pcache_index_lookup(&cache->index, sector + done, nr - done,
				    false, run);
		if (run->tag == tag &&
		    run->value == value + (tag == PCACHE_DATA ? done : 0)) {
			*at = sector + done;
			return true;
		}
	}
	return false;
}

/* Log one LOST record for the first mapped part.  1: done, 0: none, or error. */
static int lost_log_one(struct pcache_cache *cache, u64 sector, u32 nr,
			enum pcache_tag tag, u64 value,
			struct pcache_lost *lost, struct pcache_preload *pre)
{
	struct pcache_key key = { .type = PCACHE_REC_LOST };
	struct pcache_index *index = &cache->index;
	struct pcache_resv resv;
	struct pcache_run run;
	int ret;

	if (pcache_seg_reserve(cache, &cache->gc_head, 0, 1, PCACHE_URG_LOST,
			       &resv))
		return -ENOSPC;
	pcache_index_lock(index, sector);
	ret = lost_find(cache, sector, nr, tag, value, &key.sector, &run);
	key.nr_sectors = run.nr;
	if (ret && pcache_index_prepare(index, key.sector, run.nr, PCACHE_LOST,
					pre))
		ret = -ENOMEM;
	if (ret > 0) {
		pcache_key_append(cache, &resv, &key);
		pcache_index_set(index, key.sector, run.nr, PCACHE_LOST,
				 key.value);
		pcache_lost_add(cache, lost, &key);
	}
	pcache_index_unlock(index, sector);
	pcache_seg_release(cache, &resv);
	return ret;
}

/**
 * pcache_lost_log - log as LOST what is still mapped to one place
 * @cache: the cache
 * @sector: first sector
 * @nr: sectors, inside one chunk
 * @tag: PCACHE_DATA, or PCACHE_LOST to log it again
 * @value: of the first sector
 *
 * Context: process, may sleep; with PCACHE_LOST it needs no reserves.
 * Return: 0; -ENOSPC or -ENOMEM: try again after reclaim.
 */
int pcache_lost_log(struct pcache_cache *cache, u64 sector, u32 nr,
		    enum pcache_tag tag, u64 value)
{
	struct pcache_preload pre = {};
	struct pcache_lost *lost;
	int ret;

	do {
		lost = kmalloc(sizeof(*lost), GFP_NOIO);
		if (!lost)
			return -ENOMEM;
		if (tag != PCACHE_LOST)
			pcache_preload_fill(&cache->index, &pre, sector, nr,
					    GFP_NOIO);
		ret = lost_log_one(cache, sector, nr, tag, value, lost, &pre);
		pcache_preload_drop(&cache->index, &pre);
		if (ret <= 0)
			kfree(lost);
	} while (ret > 0);
	return ret;
}

/* Some record that H at @lsn would void; they are in no order. */
static struct pcache_lost *lost_up_to(struct pcache_cache *cache, u64 lsn)
{
	struct pcache_lost *lost, *found = NULL;

	spin_lock(&cache->log_lock);
	list_for_each_entry(lost, &cache->lost, node) {
		if (lost->lsn <= lsn) {
			found = lost;
			break;
		}
	}
	spin_unlock(&cache->log_lock);
	return found;
}

/**
 * pcache_lost_relog - log again what is lost before its records are voided
 * @cache: the cache
 * @lsn: H is about to be raised to it
 *
 * Two workers log them, in different shards: their order in the list need not be
 * that of their LSNs.  What is logged here lies above @lsn.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOSPC or -ENOMEM: H must stay where it is.
 */
int pcache_lost_relog(struct pcache_cache *cache, u64 lsn)
{
	struct pcache_lost *lost;
	int err;

	while ((lost = lost_up_to(cache, lsn))) {
		err = pcache_lost_log(cache, lost->sector, lost->nr_sectors,
				      PCACHE_LOST, lost->value);
		if (err)
			return err;
		spin_lock(&cache->log_lock);
		list_del(&lost->node);
		spin_unlock(&cache->log_lock);
		kfree(lost);
	}
	return 0;
}

/**
 * pcache_lost_exit - forget the list, at the end of a cache
 * @cache: stopped
 *
 * Context: process.
 */
void pcache_lost_exit(struct pcache_cache *cache)
{
	struct pcache_lost *lost, *tmp;

	list_for_each_entry_safe(lost, tmp, &cache->lost, node) {
		list_del(&lost->node);
		kfree(lost);
	}
}
