// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim: free clean segments, advance H.
 *
 * A round takes the clean segments with the oldest last LSN, erases what still
 * maps to their records, and moves what was read since to a head as CLEAN
 * records (second chance: never while a writer waits, and never more than half
 * of a segment, so that each one frees something).  LOST records that H would
 * void are logged again.  Then H is made durable, a grace period passes, and the
 * segments are free (I5).
 *
 * Why it is safe to void them: what H covers is clean, or was logged again, and
 * recovery replays a suffix of the log over a backing device that has all before
 * it; so no stale version comes back, in whatever order segments are freed.
 *
 * Erasing needs no memory, so reclaim goes on when everything else waits for it.
 * Moving does not fail for want of it, either: the pages come from a reserve of
 * one whole I/O, of which this worker is the only user.
 *
 * Locks: shards; log_lock for the lists; cursor_lock for H.
 */
#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "trace.h"

/* Segments of one round, at most: they share a grace period. */
#define ROUND_SEGS	8

/* Runs of one record that get a second chance, at most. */
#define MAX_MOVES	8

struct gc_move {
	u64 sector;
	u32 nr;
};

/**
 * struct pcache_gc - state of a cache's reclaim; the worker's own
 * @ios: pages for what is moved
 * @segs: of the round
 * @nr_segs: their number
 * @one_by_one: the round before wanted more LOST records logged again than there
 *	was room for
 * @move_budget: sectors of the present segment that may still be moved
 * @moves: runs of the present record that were read since
 * @nr_moves: their number
 */
struct pcache_gc {
	struct pcache_io_pool ios;
	struct pcache_seg *segs[ROUND_SEGS];
	u32 nr_segs;
	bool one_by_one;
	u32 move_budget;
	struct gc_move moves[MAX_MOVES];
	u32 nr_moves;
};

/* Is more of the quota in use than gc_percent allows? */
static bool gc_is_due(struct pcache_cache *cache)
{
	u64 used = READ_ONCE(cache->used_segs);

	return pcache_writers_wait(cache) ||
	       used * 100 >= READ_ONCE(cache->quota) * (u64)READ_ONCE(cache->gc_percent);
}

/* ---- one record ---- */

/* Is a whole range still mapped to what @value starts?  The shard is locked. */
static bool is_mapped_to(struct pcache_cache *cache, u64 sector, u32 nr,
			 u64 value)
{
	struct pcache_run run;

	for (; nr; sector += run.nr, value += run.nr, nr -= run.nr) {
		pcache_index_lookup(&cache->index, sector, nr, false, &run);
		if (run.tag != PCACHE_DATA || run.value != value)
			return false;
	}
	return true;
}

/* Give a range a second chance if there is room for it. */
static bool note_move(struct pcache_gc *gc, u64 sector, u32 nr)
{
	struct gc_move *last = &gc->moves[gc->nr_moves];

	if (nr > gc->move_budget)
		return false;
	if (gc->nr_moves && last[-1].sector + last[-1].nr == sector &&
	    last[-1].nr + nr <= PCACHE_IO_SECTORS) {
		last[-1].nr += nr;
	} else if (gc->nr_moves < MAX_MOVES) {
		last->sector = sector;
		last->nr = nr;
		gc->nr_moves++;
	} else {
		return false;
	}
	gc->move_budget -= nr;
	return true;
}

/* Is all that a record maps mapped alike by now, and to something else? */
static bool record_is_gone(struct pcache_cache *cache,
			   const struct pcache_key *key)
{
	struct pcache_run run;

	pcache_index_lookup(&cache->index, key->sector, key->nr_sectors, false,
			    &run);
	return run.nr == key->nr_sectors &&
	       (run.tag != pcache_key_tag(key->type) || run.value != key->value);
}

/*
 * Erase what still maps to a record, page by page, but for what was read since
 * and gets a second chance.
 */
static void record_erase(struct pcache_cache *cache,
			 const struct pcache_key *key)
{
	struct pcache_index *index = &cache->index;
	u64 end = key->sector + key->nr_sectors;
	u64 at = key->sector, value = key->value;
	u32 nr;

	cache->gc->nr_moves = 0;
	pcache_index_lock(index, key->sector);
	if (record_is_gone(cache, key))
		at = end;
	for (; at < end && cache->gc->move_budget &&
	     pcache_key_has_data(key->type);
	     at += nr, value += nr) {
		nr = min_t(u64, end - at, PCACHE_BLOCK_SECTORS -
			   at % PCACHE_BLOCK_SECTORS);
		if (!pcache_index_accessed(index, at, nr) ||
		    !is_mapped_to(cache, at, nr, value) ||
		    !note_move(cache->gc, at, nr))
			pcache_index_erase(index, at, nr, PCACHE_DATA, value);
	}
	if (at < end && key->type != PCACHE_REC_LOST)
		pcache_index_erase(index, at, end - at,
				   pcache_key_tag(key->type), value);
	pcache_index_unlock(index, key->sector);
}

/* Log a moved range, if it is still mapped to its old place as a whole. */
static void move_publish(struct pcache_cache *cache, const struct gc_move *move,
			 u64 old, u64 new, struct pcache_resv *resv)
{
	struct pcache_index *index = &cache->index;
	struct pcache_key key = {
		.type = PCACHE_REC_CLEAN,
		.sector = move->sector,
		.nr_sectors = move->nr,
		.value = new,
	};

	pcache_index_lock(index, move->sector);
	if (is_mapped_to(cache, move->sector, move->nr, old)) {
		/* It is mapped, so there is room for the mapping. */
		pcache_key_append(cache, resv, &key);
		pcache_index_set(index, key.sector, key.nr_sectors, PCACHE_DATA,
				 key.value);
		pcache_stat_add(cache, PCACHE_STAT_GC_MOVED,
				key.nr_sectors << PCACHE_SECTOR_SHIFT);
	}
	pcache_index_unlock(index, move->sector);
}

/* Copy the data of a range, verified, into a reservation, and log it. */
static void move_data(struct pcache_cache *cache, const struct gc_move *move,
		      u64 old, struct pcache_io *io, struct pcache_resv *resv)
{
	struct pcache_pos pos;
	u64 new;
	u32 good;

	pcache_io_pos(io, &pos);
	if (pcache_data_read(cache, old, move->sector, &pos, move->nr, &good))
		return;
	new = (pcache_geo_seg_off(&cache->dev->geo, resv->seg->id) +
	       resv->data_off) >> PCACHE_SECTOR_SHIFT;
	pcache_io_pos(io, &pos);
	migrate_disable();
	pcache_data_write(cache, new, move->sector, &pos, move->nr);
	/* I2: the data is durable before its record is stored. */
	pcache_pmem_fence();
	migrate_enable();
	move_publish(cache, move, old, new, resv);
}

/* Move a range to a head; whatever prevents it, the range ends up unmapped. */
static void record_move(struct pcache_cache *cache, const struct pcache_key *key,
			const struct gc_move *move)
{
	u64 old = key->value + (move->sector - key->sector);
	struct pcache_resv resv;
	struct pcache_io *io;

	io = pcache_io_alloc(&cache->gc->ios, &cache->backing, REQ_OP_READ,
			     move->sector, move->nr, GFP_NOIO);
	if (!pcache_writers_wait(cache) &&
	    !pcache_seg_reserve(cache, &cache->gc_head,
				pcache_data_len(cache, move->nr), 1,
				PCACHE_URG_GC, &resv)) {
		move_data(cache, move, old, io, &resv);
		pcache_seg_release(cache, &resv);
	}
	pcache_io_free(io);
	pcache_index_lock(&cache->index, move->sector);
	pcache_index_erase(&cache->index, move->sector, move->nr, PCACHE_DATA,
			   old);
	pcache_index_unlock(&cache->index, move->sector);
}

/* ---- one segment ---- */

static void seg_empty(struct pcache_cache *cache, struct pcache_seg *seg)
{
	struct pcache_gc *gc = cache->gc;
	struct pcache_key key;
	u32 line, i;

	gc->move_budget = cache->dev->geo.seg_size >> (PCACHE_SECTOR_SHIFT + 1);
	/* What is mapped only falls: see round_settle(). */
	for (line = 0; line < seg->nr_recs && atomic_read(&seg->mapped); line++) {
		if (pcache_writers_wait(cache))
			gc->move_budget = 0;
		if (pcache_key_read(&cache->rules, seg, line, &key) <= 0) {
			seg->damage = "record unreadable";
			continue;
		}
		if (key.type == PCACHE_REC_END)
			continue;
		record_erase(cache, &key);
		for (i = 0; i < gc->nr_moves; i++)
			record_move(cache, &key, &gc->moves[i]);
		cond_resched();
	}
	/* W covers all of it, so what an unreadable record maps is clean. */
	if (seg->damage)
		pcache_index_evict(&cache->index, seg->id);
}

/* ---- one round ---- */

static u32 round_want(struct pcache_cache *cache)
{
	u64 used = READ_ONCE(cache->used_segs);
	u64 keep = div_u64(READ_ONCE(cache->quota) * (u64)READ_ONCE(cache->gc_percent),
			   100);

	if (cache->gc->one_by_one)
		return 1;
	if (READ_ONCE(cache->writers_stuck) || used >= keep + ROUND_SEGS)
		return ROUND_SEGS;
	return used - min(used, keep) + 1;
}

/*
 * Does a round free more than it takes?  LOST records are logged again: if all that
 * is clean are such, they have to fit into less segments, with @lines that are left
 * in the open one.  log_lock is held.
 */
static bool worth_a_round(struct pcache_cache *cache, u32 lines)
{
	u64 room = lines, recs = 0;
	struct pcache_seg *seg;

	list_for_each_entry(seg, &cache->clean, node) {
		if (!seg->only_lost || !atomic_read(&seg->mapped))
			return true;
		if (recs)
			room += pcache_geo_max_recs(&cache->dev->geo);
		recs += seg->nr_recs;
	}
	return recs && recs <= room && pcache_writers_wait(cache);
}

static u32 round_pick(struct pcache_cache *cache)
{
	struct pcache_gc *gc = cache->gc;
	u32 lines = pcache_head_lines(cache, &cache->gc_head);
	u32 want = round_want(cache);
	struct pcache_seg *seg;

	spin_lock(&cache->log_lock);
	if (!worth_a_round(cache, lines))
		want = 0;
	for (gc->nr_segs = 0; gc->nr_segs < want; gc->nr_segs++) {
		seg = list_first_entry_or_null(&cache->clean, struct pcache_seg,
					       node);
		if (!seg)
			break;
		list_del_init(&seg->node);
		gc->segs[gc->nr_segs] = seg;
	}
	spin_unlock(&cache->log_lock);
	return gc->nr_segs;
}

/*
 * A segment is closed once its last record is stored, which is mapped a little
 * later, under the same shard's lock.  After all locks were passed through once,
 * the mapped counts of the segments that were picked take no more.
 */
static void round_settle(struct pcache_cache *cache)
{
	struct pcache_index *index = &cache->index;
	u32 i;

	for (i = 0; i <= index->shard_mask; i++) {
		spin_lock(&index->shards[i].lock);
		spin_unlock(&index->shards[i].lock);
	}
}

/* H could not be raised: the segments stay, oldest first. */
static void round_undo(struct pcache_cache *cache)
{
	struct pcache_gc *gc = cache->gc;

	spin_lock(&cache->log_lock);
	while (gc->nr_segs)
		list_add(&gc->segs[--gc->nr_segs]->node, &cache->clean);
	spin_unlock(&cache->log_lock);
}

static void round_free(struct pcache_cache *cache)
{
	struct pcache_gc *gc = cache->gc;
	struct pcache_seg *seg;
	u32 i;

	for (i = 0; i < gc->nr_segs; i++) {
		seg = gc->segs[i];
		if (seg->damage || WARN_ON_ONCE(atomic_read(&seg->mapped)))
			pcache_seg_abandon(cache, seg, seg->damage ?:
					   "still mapped");
		else
			pcache_dev_seg_put(cache->dev, seg, cache);
	}
	pcache_stat_add(cache, PCACHE_STAT_GC_SEGMENTS, gc->nr_segs);
	gc->nr_segs = 0;
}

/*
 * A grace period takes some ticks, in which writers may use up what room there is
 * and be parked.  Where that is near, it is worth disturbing all CPUs.
 */
static void wait_for_readers(struct pcache_cache *cache)
{
	if (pcache_room_is_short(cache))
		synchronize_rcu_expedited();
	else
		synchronize_rcu();
}

/* One round.  0: nothing is clean that is worth it, or LOST records wait. */
static u32 gc_round(struct pcache_cache *cache)
{
	struct pcache_gc *gc = cache->gc;
	u32 i, nr = round_pick(cache);
	u64 lsn;
	int err;

	if (!nr)
		return 0;
	round_settle(cache);
	for (i = 0; i < nr; i++)
		seg_empty(cache, gc->segs[i]);
	lsn = gc->segs[nr - 1]->last_lsn;
	err = pcache_lost_relog(cache, lsn);
	/* The oldest segment alone may need no more than was logged by now. */
	gc->one_by_one = err && nr > 1;
	WRITE_ONCE(cache->fault.lost_waits, err && nr == 1);
	if (err) {
		round_undo(cache);
		return gc->one_by_one;
	}
	/* I5: nothing maps to them; H, then a grace period, then reuse. */
	pcache_cache_advance(cache, 0, lsn);
	trace_pcache_gc(cache, nr, lsn);
	wait_for_readers(cache);
	round_free(cache);
	pcache_req_kick(cache);
	wake_up_all(&cache->event);
	return nr;
}

/* Is there nothing that write-back could make clean as it is? */
static bool none_closed(struct pcache_cache *cache)
{
	struct pcache_seg *seg;
	bool ret = true;

	spin_lock(&cache->log_lock);
	list_for_each_entry(seg, &cache->log, node) {
		if (READ_ONCE(seg->state) == PCACHE_SEG_CLOSED) {
			ret = false;
			break;
		}
	}
	spin_unlock(&cache->log_lock);
	return ret;
}

/**
 * pcache_gc_work - free segments until gc_percent is met and nobody waits
 * @work: of a cache
 *
 * Context: process, may sleep.
 */
void pcache_gc_work(struct work_struct *work)
{
	struct pcache_cache *cache = container_of(work, struct pcache_cache,
						  gc_work);

	while (gc_is_due(cache) && !READ_ONCE(cache->dev->gone) &&
	       READ_ONCE(cache->mode) == PCACHE_MODE_RUNNING) {
		if (!gc_round(cache)) {
			if (cache->fault.lost_waits) {
				/* No memory or no room for a LOST record. */
				pcache_wb_retry(cache);
				return;
			}
			/* Nothing is clean: that takes write-back. */
			if (pcache_writers_wait(cache) && none_closed(cache))
				pcache_seg_close_heads(cache, false);
			pcache_wb_start(cache);
			return;
		}
		cond_resched();
	}
}

/**
 * pcache_gc_kick - see whether there is something to reclaim
 * @cache: the cache
 *
 * Context: any.
 */
void pcache_gc_kick(struct pcache_cache *cache)
{
	if (gc_is_due(cache))
		queue_work(cache->gc_wq, &cache->gc_work);
}

/**
 * pcache_gc_init - set up reclaim
 * @cache: the cache
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_gc_exit() is due in either case.
 */
int pcache_gc_init(struct pcache_cache *cache)
{
	cache->gc = kzalloc(sizeof(*cache->gc), GFP_KERNEL);
	if (!cache->gc)
		return -ENOMEM;
	return pcache_io_pool_init(&cache->gc->ios, 1, 0);
}

/**
 * pcache_gc_exit - free reclaim
 * @cache: its work is cancelled
 *
 * Context: process.
 */
void pcache_gc_exit(struct pcache_cache *cache)
{
	if (!cache->gc)
		return;
	pcache_io_pool_exit(&cache->gc->ios);
	kfree(cache->gc);
	cache->gc = NULL;
}
