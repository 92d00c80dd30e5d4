// SPDX-License-Identifier: GPL-2.0
/*
 * Lost data: sectors whose newest version could not be read, or was given up.
 *
 * A LOST record takes the place of data that write-back could not read: reads
 * give an error until the sectors are overwritten (P9), and W may pass.  It also
 * takes the place of data that the backing device refuses and that somebody has
 * given up by name (P6).  Either way write-back leaves out every older version of
 * those sectors, after a restart as well.
 *
 * The loss is never forgotten: before H voids a LOST record that is still mapped,
 * the record is logged again.  A list of all that were logged makes them easy to
 * find; the index tells which of them still count.
 *
 * Context: the workers of write-back and reclaim, at the same time, and whoever
 * gives something up.
 */
#include <linux/errno.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
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

	/* No room is needed for what is not mapped; it never is again. */
	pcache_index_lock(index, sector);
	ret = lost_find(cache, sector, nr, tag, value, &key.sector, &run);
	pcache_index_unlock(index, sector);
	if (!ret)
		return 0;
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
 * @tag: PCACHE_DATA or PCACHE_ZERO, or PCACHE_LOST to log it again
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
 * pcache_lost_replaces - does a LOST record take the place of an older version?
 * @cache: the cache
 * @lsn: of the version
 * @sector: first sector
 * @nr: how many there are; then, for how many the answer holds
 *
 * Context: process.
 * Return: true if so.
 */
bool pcache_lost_replaces(struct pcache_cache *cache, u64 lsn, u64 sector,
			  u32 *nr)
{
	u64 end = sector + *nr;
	struct pcache_lost *lost;
	bool replaced = false;

	if (READ_ONCE(cache->fault.lost_lsn) < lsn)
		return false;
	spin_lock(&cache->log_lock);
	list_for_each_entry(lost, &cache->lost, node) {
		if (lost->lsn < lsn || lost->sector >= end ||
		    lost->sector + lost->nr_sectors <= sector)
			continue;
		if (lost->sector > sector) {
			end = lost->sector;
		} else {
			end = min(end, lost->sector + lost->nr_sectors);
			replaced = true;
		}
	}
	spin_unlock(&cache->log_lock);
	*nr = end - sector;
	return replaced;
}

/* ---- giving up ---- */

/* The next sectors of a range that are mapped alike, in one chunk. */
static void lookup_next(struct pcache_cache *cache, u64 sector, u64 nr,
			struct pcache_run *run)
{
	u64 chunk = PCACHE_CHUNK_SECTORS - sector % PCACHE_CHUNK_SECTORS;

	rcu_read_lock();
	pcache_index_lookup(&cache->index, sector, min(nr, chunk), false, run);
	rcu_read_unlock();
}

/* Does the backing device lack a run?  That is cut to what one record holds. */
static int run_is_dirty(struct pcache_cache *cache, u64 sector,
			struct pcache_run *run)
{
	struct pcache_key key;
	int ret;

	if (run->tag != PCACHE_DATA && run->tag != PCACHE_ZERO)
		return 0;
	ret = pcache_key_find(cache, run->tag, run->value, &key);
	if (ret <= 0)
		return ret ?: -EUCLEAN;
	run->nr = min_t(u64, run->nr, key.sector + key.nr_sectors - sector);
	return !pcache_key_is_clean(cache, &key);
}

static int give_up(struct pcache_cache *cache, u64 sector, u64 end, u64 *lost)
{
	struct pcache_run run;
	int ret;

	for (; sector < end; sector += run.nr) {
		lookup_next(cache, sector, end - sector, &run);
		ret = run_is_dirty(cache, sector, &run);
		if (ret > 0) {
			ret = pcache_lost_log(cache, sector, run.nr, run.tag,
					      run.value);
			*lost += ret ? 0 : run.nr;
		}
		if (ret < 0)
			return ret;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/**
 * pcache_lost_give_up - lose what is dirty in a range, on somebody's word
 * @cache: the cache, running
 * @range: whole blocks inside the device
 * @lost: sectors that were given up, also if this fails half-way
 *
 * What is clean there stays.  As long as cursor_lock is held nothing becomes
 * clean, and no segment is reused.
 *
 * Context: process, may sleep; takes cursor_lock.
 * Return: 0; -ENOSPC or -ENOMEM: try again; -EINTR after a fatal signal;
 * -EIO or -EUCLEAN if a record cannot be read.
 */
int pcache_lost_give_up(struct pcache_cache *cache,
			const struct pcache_range *range, u64 *lost)
{
	int err;

	*lost = 0;
	mutex_lock(&cache->cursor_lock);
	err = give_up(cache, range->sector, range->sector + range->nr, lost);
	mutex_unlock(&cache->cursor_lock);
	pcache_stat_add(cache, PCACHE_STAT_LOST, *lost << PCACHE_SECTOR_SHIFT);
	return err;
}

/**
 * pcache_lost_next - find what is lost
 * @cache: the cache
 * @sector: where to start
 *
 * Slow: it goes through the whole index; not worth a call if nothing is lost.
 *
 * Context: process, may sleep.
 * Return: the first range of lost sectors from there on; without sectors: none.
 */
struct pcache_range pcache_lost_next(struct pcache_cache *cache, u64 sector)
{
	u64 end = cache->backing.nr_sectors;
	struct pcache_range range = {};
	struct pcache_run run;

	for (; sector < end; sector += run.nr) {
		lookup_next(cache, sector, end - sector, &run);
		if (run.tag == PCACHE_LOST && !range.nr)
			range.sector = sector;
		if (run.tag == PCACHE_LOST)
			range.nr += run.nr;
		else if (range.nr)
			break;
		cond_resched();
	}
	return range;
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
