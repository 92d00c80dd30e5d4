// SPDX-License-Identifier: GPL-2.0
/*
 * One cache: assemble, recover, start, drain, stop.
 *
 * An attach writes nothing to the pmem device until everything has succeeded
 * (P6).  Then, in this order: the cursor is stored anew, segments that were open
 * at the crash are closed, the slot's incarnation is counted.  The next LSN lies
 * a gap above everything that was ever given away; the gap is a barrier, so that
 * what was recovered counts as flushed.
 *
 * A cache that is damaged is attached on request only, and read-only: then nothing
 * at all is stored, and what can be read counts.  One whose contents are given up
 * at an attach begins anew in its slot.
 *
 * To let go of a backing device, what is dirty is drained or the loss is named;
 * then the slot becomes free, in both copies; only then do the segments return
 * to the pool.
 *
 * Which slot serves which device, and what an attach asks for, is settled in
 * cache_slot.c.
 *
 * Locks: admin_lock is held by all callers.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uuid.h>

#include "pcache_sample.h"
#include "pcache_start.h"
#include "trace.h"

/* ---- segments of a known cache ---- */

/*
 * Go through all that one slot holds, but for what is not used any more: the
 * segment behind @seg, NULL for the first one.
 */
static struct pcache_seg *next_seg_of(struct pcache_cache_dev *dev, u32 slot,
				      struct pcache_seg *seg)
{
	u32 id = seg ? seg->id + 1 : dev->geo.meta_segs;

	for (; id < dev->geo.nr_segs; id++) {
		seg = &dev->segs[id];
		if (pcache_seg_is_of(seg, slot))
			return seg;
	}
	return NULL;
}

/*
 * Void, that is, nothing in it counts any more?  One that was open at the crash
 * is not, whatever it holds: an attach closes it, and reclaim frees it.
 */
static bool seg_is_void(const struct pcache_seg *seg, u64 evict_lsn)
{
	return !seg->damage && seg->ended && seg->last_lsn <= evict_lsn;
}

/* Return a segment of a cache that is not attached to the pool. */
static void seg_give_back(struct pcache_cache_dev *dev, struct pcache_seg *seg)
{
	pcache_seg_forget(seg);
	pcache_dev_seg_put(dev, seg, NULL);
}

static void slot_scan(struct pcache_cache_dev *dev, u32 slot)
{
	struct pcache_slot_info *info = &dev->slots[slot].info;
	struct pcache_log_rules rules;
	struct pcache_cursor cursor;
	struct pcache_seg *seg = NULL;

	pcache_cursor_init(&cursor, &dev->map, slot, info->uuid);
	/*
	 * Without the cursor nothing can be called void, and an H that is in
	 * one copy only may still go back.
	 */
	if (pcache_cursor_load(&cursor) || !cursor.complete)
		return;
	pcache_log_rules_init(&rules, dev, info);
	pcache_log_scan(&rules, slot, cursor.evict_lsn);
	while ((seg = next_seg_of(dev, slot, seg))) {
		if (seg_is_void(seg, cursor.evict_lsn))
			seg_give_back(dev, seg);
		cond_resched();
	}
}

/**
 * pcache_pool_scan - tell the live segments of known caches from the void ones
 * @dev: a pool that was just opened
 *
 * Context: process, may sleep.
 */
void pcache_pool_scan(struct pcache_cache_dev *dev)
{
	u32 i;

	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		if (!dev->slots[i].err &&
		    dev->slots[i].info.state == PCACHE_SLOT_ACTIVE)
			slot_scan(dev, i);
	}
}

/* ---- recovery ---- */

/*
 * Take over what belongs to the cache.  The highest LSN of all is returned in
 * @top, the first damage in cache->damage.
 *
 * They lie in the pool in any order, and there may be a million, too many to put
 * each in its place by itself.
 */
static void recover_segs(struct pcache_cache *cache, u64 *top)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg = NULL;

	if (dev->headers_bad)
		cache->damage = "a segment has no valid header";
	pcache_log_scan(&cache->rules, cache->slot, cache->evict_lsn);
	while ((seg = next_seg_of(dev, cache->slot, seg))) {
		cond_resched();
		*top = max3(*top, seg->last_lsn, seg->open_lsn);
		if (seg->damage)
			cache->damage = seg->damage;
		if (seg_is_void(seg, cache->evict_lsn))
			continue;
		list_add_tail(&seg->node, &cache->log);
		cache->nr_log++;
		cache->used_segs++;
	}
	pcache_log_sort(cache);
}

/* H is durable in both copies: what it voids goes back to the pool. */
static void recover_give_back(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg = NULL;

	while ((seg = next_seg_of(dev, cache->slot, seg))) {
		if (list_empty(&seg->node))
			seg_give_back(dev, seg);
	}
}

/* Where W stands in each segment; what lies below it is clean. */
static void recover_settle(struct pcache_cache *cache)
{
	struct pcache_seg *seg;

	list_for_each_entry(seg, &cache->log, node)
		seg->iter_pos = seg->wb_pos;
	pcache_wb_settle(cache, NULL);
}

static int recover_verdict(const struct pcache_cache *cache)
{
	if (!cache->damage || cache->rules.salvage)
		return 0;
	pr_err("%s: backing slot %u is damaged: %s; not attached\n",
	       cache->dev->path, cache->slot, cache->damage);
	return -EUCLEAN;
}

static int recover_replay(struct pcache_cache *cache,
			  struct pcache_sample *sample)
{
	struct pcache_log_iter iter = {};
	int err;

	err = pcache_log_iter_init(&iter, cache);
	if (!err)
		err = pcache_log_replay(cache, &iter, sample);
	pcache_log_iter_exit(&iter);
	return err ?: recover_verdict(cache);
}

/*
 * Is the disk what it was?  If not, a cache that is attached in spite of damage is
 * all the more read-only.
 */
static int recover_compare(struct pcache_cache *cache,
			   struct pcache_sample *sample)
{
	int err = pcache_sample_check(sample, cache);

	if (!cache->rules.salvage || (err != -ESTALE && err != -EIO))
		return err;
	/* A record that was lost may have replaced what the disk never got. */
	if (err == -ESTALE && cache->damage)
		return 0;
	cache->damage = err == -EIO ? "its disk cannot be read" :
				      "its disk was changed";
	return 0;
}

/* Build the index, and compare a sample with the disk, if that is there. */
static int recover_contents(struct pcache_cache *cache)
{
	struct pcache_sample *sample;
	int err;

	sample = pcache_sample_alloc(cache->rules.nr_sectors);
	if (!sample)
		return -ENOMEM;
	err = recover_replay(cache, sample);
	if (!err && cache->backing.bdev)
		err = recover_compare(cache, sample);
	pcache_sample_free(sample);
	return err;
}

/* Build the cache from the media.  Stores nothing. */
static int cache_recover(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	u64 top;
	int err;

	err = pcache_cursor_load(&cache->cursor);
	if (err) {
		pr_err("%s: backing slot %u: no valid cursor: %pe\n", dev->path,
		       cache->slot, ERR_PTR(err));
		return err;
	}
	cache->clean_lsn = cache->cursor.clean_lsn;
	cache->evict_lsn = cache->cursor.evict_lsn;
	top = max(cache->clean_lsn,
		  dev->slots[cache->slot].info.incarnation_lsn);
	recover_segs(cache, &top);
	if (cache->used_segs > cache->quota)
		cache->damage = "more segments than its quota";
	/* No honest one comes so far; from the limit on no record verifies. */
	if (top >= PCACHE_LSN_LIMIT / 2)
		cache->damage = "LSNs out of range";
	err = recover_verdict(cache) ?: recover_contents(cache);
	if (err)
		return err;
	/* What goes bad from now on was accepted by nobody. */
	if (!cache->damage)
		cache->rules.salvage = false;
	recover_settle(cache);
	atomic64_set(&cache->lsn, top + PCACHE_LSN_GAP);
	return 0;
}

/* Everything has succeeded: from here on the media changes. */
static int go_live_known(struct pcache_cache *cache,
			 struct pcache_slot_info *info)
{
	struct pcache_seg *seg;
	int err;

	/*
	 * The newest line may exist in one copy only; nothing may rely on it
	 * before it is in both.
	 */
	pcache_cursor_store(&cache->cursor, cache->clean_lsn,
			    cache->evict_lsn);
	recover_give_back(cache);
	list_for_each_entry(seg, &cache->clean, node) {
		pcache_seg_mend(&cache->rules, seg);
		pcache_seg_repair(cache, seg);
		cond_resched();
	}
	list_for_each_entry(seg, &cache->log, node) {
		pcache_seg_mend(&cache->rules, seg);
		pcache_seg_repair(cache, seg);
		if (!seg->ended)
			pcache_seg_close_recovered(cache, seg);
		cond_resched();
	}
	info->incarnation++;
	info->incarnation_lsn = atomic64_read(&cache->lsn);
	/*
	 * Segments that are opened from now on must lie above it.  What barriers
	 * lie below nobody knows any more: to write-back there is one here.
	 */
	cache->last_barrier = atomic64_inc_return(&cache->lsn);
	err = pcache_slot_store(cache->dev, cache->slot, info);
	if (err != -EIO || READ_ONCE(cache->dev->gone))
		return err;
	/*
	 * One copy of the slot stays unreadable, and the other one must not be
	 * put at risk.  Not to count this attach costs nothing but that later
	 * ones take a segment without END for one that was open at a crash.
	 */
	pr_warn("%s: backing slot %u is left as it is\n", cache->dev->path,
		cache->slot);
	return 0;
}

/* Nothing is stored, now or later. */
static int go_live_damaged(struct pcache_cache *cache)
{
	pr_warn("%s: backing %u: what was written last may be missing anywhere\n",
		cache->dev->path, cache->slot);
	pcache_set_mode(cache, PCACHE_MODE_READ_ONLY, cache->damage);
	return 0;
}

/*
 * A segment without a header is damage to every cache at its next attach: none is
 * made that would be trapped so.  One that begins anew in its slot is, since those
 * that are damaged would otherwise wait for each other.
 */
static int go_live_forget(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;

	/* A crash, or an error below, leaves a backing that nobody knows. */
	if (dev->slots[cache->slot].info.state == PCACHE_SLOT_ACTIVE)
		return pcache_slot_forget(dev, cache->slot);
	if (!dev->headers_bad || !pcache_dev_has_owners(dev))
		return 0;
	pr_err("%s: a segment has no valid header, and may be that of a known backing; no new one is attached before those are let go of\n",
	       dev->path);
	return -EUCLEAN;
}

static int go_live_new(struct pcache_cache *cache,
		       struct pcache_slot_info *info)
{
	int err = go_live_forget(cache);

	if (err)
		return err;
	/* Else the next attach would find this cache damaged, too. */
	if (cache->dev->headers_bad)
		pcache_dev_reset_headers(cache->dev);
	if (cache->dev->headers_bad)
		pr_warn("%s: a segment has no valid header: backing %u will be attached read-only next time, or not at all\n",
			cache->dev->path, cache->slot);
	pcache_cursor_format(&cache->cursor);
	info->state = PCACHE_SLOT_ACTIVE;
	info->incarnation = 1;
	atomic64_set(&cache->lsn, 1);
	err = pcache_slot_store(cache->dev, cache->slot, info);
	if (!err)
		cache->dev->promised += info->cache_segs;
	return err;
}

/* ---- assembling ---- */

static struct workqueue_struct *cache_wq(struct pcache_cache *cache,
					 const char *what, unsigned int flags)
{
	return alloc_workqueue("pcache_%s%u", WQ_MEM_RECLAIM | flags, 0, what,
			       cache->slot);
}

static int cache_alloc_work(struct pcache_cache *cache)
{
	INIT_WORK(&cache->write_work, pcache_write_work);
	INIT_WORK(&cache->read_work, pcache_read_work);
	INIT_DELAYED_WORK(&cache->wb_work, pcache_wb_work);
	INIT_WORK(&cache->gc_work, pcache_gc_work);
	cache->req_wq = cache_wq(cache, "req", WQ_UNBOUND);
	/* On the CPU where the disk's read ended: no other one has to wake up. */
	cache->end_wq = cache_wq(cache, "end", WQ_HIGHPRI);
	cache->wb_wq = cache_wq(cache, "wb", WQ_UNBOUND);
	cache->gc_wq = cache_wq(cache, "gc", WQ_UNBOUND);
	return cache->req_wq && cache->end_wq && cache->wb_wq && cache->gc_wq ?
	       0 : -ENOMEM;
}

static void cache_free_work(struct pcache_cache *cache)
{
	/* They start each other, so none may be queued again. */
	if (cache->wb_wq)
		disable_delayed_work_sync(&cache->wb_work);
	if (cache->gc_wq)
		disable_work_sync(&cache->gc_work);
	if (cache->req_wq)
		destroy_workqueue(cache->req_wq);
	if (cache->end_wq)
		destroy_workqueue(cache->end_wq);
	if (cache->wb_wq)
		destroy_workqueue(cache->wb_wq);
	if (cache->gc_wq)
		destroy_workqueue(cache->gc_wq);
}

static void cache_init_fields(struct pcache_cache *cache)
{
	spin_lock_init(&cache->barrier_lock);
	spin_lock_init(&cache->log_lock);
	INIT_LIST_HEAD(&cache->log);
	INIT_LIST_HEAD(&cache->clean);
	INIT_LIST_HEAD(&cache->open);
	INIT_LIST_HEAD(&cache->live);
	INIT_LIST_HEAD(&cache->starved);
	INIT_LIST_HEAD(&cache->lost);
	mutex_init(&cache->cursor_lock);
	spin_lock_init(&cache->wait_lock);
	INIT_LIST_HEAD(&cache->waiting_writes);
	INIT_LIST_HEAD(&cache->waiting_reads);
	init_waitqueue_head(&cache->event);
	spin_lock_init(&cache->gc_head.open_lock);
	cache->writeback_delay_ms = PCACHE_WB_DELAY_MS_DEFAULT;
	cache->writeback_percent = PCACHE_WB_PERCENT_DEFAULT;
	cache->state = PCACHE_STATE_STARTING;
}

static void cache_init_from(struct pcache_cache *cache,
			    const struct pcache_slot_info *info)
{
	memcpy(cache->uuid, info->uuid, sizeof(cache->uuid));
	cache->quota = info->cache_segs;
	cache->queues = info->queues;
	cache->nr_heads = clamp(info->queues, 1U, info->cache_segs / 4);
	cache->gc_percent = info->gc_percent;
	cache->data_crc = info->flags & PCACHE_SLOT_DATA_CRC;
	cache->queue_bio = info->flags & PCACHE_SLOT_BIO;
	cache->relaxed = info->flags & PCACHE_SLOT_RELAXED;
	cache->want_relaxed = cache->relaxed;
	pcache_log_rules_init(&cache->rules, cache->dev, info);
	pcache_cursor_init(&cache->cursor, &cache->dev->map, cache->slot,
			   cache->uuid);
}

static int cache_alloc_parts(struct pcache_cache *cache)
{
	u32 i;
	int err;

	cache->stats = alloc_percpu(struct pcache_stats);
	cache->heads = kvcalloc(cache->nr_heads, sizeof(*cache->heads),
				GFP_KERNEL);
	if (!cache->stats || !cache->heads)
		return -ENOMEM;
	for (i = 0; i < cache->nr_heads; i++)
		spin_lock_init(&cache->heads[i].open_lock);
	err = percpu_counter_init(&cache->dirty_sectors, 0, GFP_KERNEL);
	if (!err)
		err = cache_alloc_work(cache);
	if (!err)
		err = pcache_io_pool_init(&cache->miss_io, 2,
					  pcache_miss_pad());
	if (!err)
		err = pcache_index_init(&cache->index, cache->rules.nr_sectors,
					cache->dev->segs,
					cache->dev->geo.seg_shift);
	return err;
}

static void cache_free(struct pcache_cache *cache)
{
	pcache_dev_forget(cache);
	cache_free_work(cache);
	pcache_wb_exit(cache);
	pcache_gc_exit(cache);
	pcache_lost_exit(cache);
	pcache_index_exit(&cache->index);
	pcache_io_pool_exit(&cache->miss_io);
	pcache_backing_close(&cache->backing);
	percpu_counter_destroy(&cache->dirty_sectors);
	free_percpu(cache->stats);
	kvfree(cache->heads);
	kvfree(cache);
}

/* What was taken over from the pool belongs to a waiting cache again. */
static void cache_disown_segs(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg = NULL;

	while ((seg = next_seg_of(dev, cache->slot, seg))) {
		list_del_init(&seg->node);
		list_del_init(&seg->open_node);
		pcache_seg_forget(seg);
		seg->state = PCACHE_SEG_CLOSED;
	}
}

static struct pcache_cache *cache_new(struct pcache_cache_dev *dev)
{
	struct pcache_cache *cache = kvzalloc(sizeof(*cache), GFP_KERNEL);

	if (!cache)
		return NULL;
	cache->dev = dev;
	cache_init_fields(cache);
	return cache;
}

/* All parts of a cache; with its contents, if the slot has any. */
static int cache_assemble(struct pcache_cache *cache,
			  const struct pcache_slot_info *info, bool salvage)
{
	int err;

	cache_init_from(cache, info);
	cache->rules.salvage = salvage;
	err = cache_alloc_parts(cache);
	if (!err && info->state == PCACHE_SLOT_ACTIVE) {
		err = cache_recover(cache);
		/* Without its disk it is weighed, and goes no further. */
		if (cache->backing.bdev)
			trace_pcache_recovery(cache, err);
	}
	return err;
}

/* ---- giving up ---- */

/* How much does a slot hold that its disk does not have?  Bytes. */
static int slot_weigh(struct pcache_cache_dev *dev, u32 slot, u64 *dirty,
		      u64 *lost)
{
	struct pcache_cache *cache = cache_new(dev);
	int err;

	if (!cache)
		return -ENOMEM;
	cache->slot = slot;
	err = cache_assemble(cache, &dev->slots[slot].info, false);
	if (!err) {
		*dirty = (u64)percpu_counter_sum_positive(&cache->dirty_sectors) <<
			 PCACHE_SECTOR_SHIFT;
		*lost = (u64)atomic_read(&cache->index.lost) <<
			PCACHE_SECTOR_SHIFT;
	}
	cache_disown_segs(cache);
	cache_free(cache);
	return err;
}

/*
 * May the contents of a slot be given up?  Says what is lost.  What cannot be
 * weighed because it is damaged counts as dirty.
 */
static int slot_give_up(struct pcache_cache_dev *dev, u32 slot,
			const struct pcache_start_opts *opts)
{
	const struct pcache_slot_info *info = &dev->slots[slot].info;
	u64 dirty = 0, lost = 0;
	int err;

	err = slot_weigh(dev, slot, &dirty, &lost);
	if (opts->force == PCACHE_FORCE_DISCARD_DIRTY &&
	    (err == -EUCLEAN || err == -EIO)) {
		pr_warn("backing %s: all that was cached for %s, identity \"%s\", is given up; how much of it was dirty nobody knows\n",
			opts->path, info->path, info->id);
		return 0;
	}
	if (err)
		return err;
	if (opts->force == PCACHE_FORCE_DISCARD_CLEAN && (dirty || lost)) {
		pr_err("backing %s: %llu dirty and %llu lost bytes of %s, identity \"%s\", are not given up without force=discard-dirty\n",
		       opts->path, dirty, lost, info->path, info->id);
		return -ENOTEMPTY;
	}
	pr_warn("backing %s: all that was cached for %s, identity \"%s\", is given up: %llu dirty bytes, %llu lost ones\n",
		opts->path, info->path, info->id, dirty, lost);
	return 0;
}

/* The slot has contents that shall not be kept. */
static bool gives_up(const struct pcache_cache *cache,
		     const struct pcache_slot_info *info)
{
	return info->state == PCACHE_SLOT_FREE &&
	       cache->dev->slots[cache->slot].info.state == PCACHE_SLOT_ACTIVE;
}

/* ---- attach ---- */

/**
 * pcache_cache_prepare - open a backing device and recover its cache
 * @dev: the pool; admin_lock is held
 * @opts: what to do
 * @info: filled in, for pcache_cache_go_live()
 *
 * Context: process, may sleep.
 * Return: the cache, which pcache_cache_go_live() or pcache_cache_abandon() is
 * due for, or an ERR_PTR; nothing has changed in either case.  -EEXIST: attached
 * already; -ENOENT: @opts->known_only and it isn't; -ENOSPC: the pool or its
 * slots are used up; -ESTALE: another device or changed; -EFBIG: shrunk;
 * -EUCLEAN: damage; -ENOTEMPTY: something dirty would be lost; -EINVAL: a bad
 * option; -EINTR: a signal; -EIO: the device cannot be read; or an error of
 * pcache_backing_open().
 */
struct pcache_cache *pcache_cache_prepare(struct pcache_cache_dev *dev,
					  const struct pcache_start_opts *opts,
					  struct pcache_slot_info *info)
{
	struct pcache_cache *cache;
	int err;

	lockdep_assert_held(&dev->admin_lock);
	err = pcache_slot_check_free(dev, opts);
	if (!err && opts->known_only)
		err = pcache_slot_check_known(dev, opts);
	if (err)
		return ERR_PTR(err);
	cache = cache_new(dev);
	if (!cache)
		return ERR_PTR(-ENOMEM);
	err = pcache_backing_open(&cache->backing, opts->path, cache);
	if (!err)
		err = pcache_slot_settle(cache, opts, info);
	if (!err && gives_up(cache, info))
		err = slot_give_up(dev, cache->slot, opts);
	if (err)
		goto free;
	err = cache_assemble(cache, info,
			     opts->force == PCACHE_FORCE_ACCEPT_DAMAGE);
	if (!err)
		err = pcache_wb_init(cache) ?: pcache_gc_init(cache);
	if (!err)
		return cache;
	cache_disown_segs(cache);
free:
	cache_free(cache);
	return ERR_PTR(err);
}

/**
 * pcache_cache_abandon - forget a cache that did not go live
 * @cache: from pcache_cache_prepare(); gone afterwards
 *
 * Context: process, may sleep; admin_lock is held.
 */
void pcache_cache_abandon(struct pcache_cache *cache)
{
	lockdep_assert_held(&cache->dev->admin_lock);
	cache_disown_segs(cache);
	cache_free(cache);
}

/**
 * pcache_cache_go_live - begin to serve requests
 * @cache: from pcache_cache_prepare(); nothing else may fail after this
 * @info: of the same call
 *
 * Context: process, may sleep; admin_lock is held.
 * Return: 0, or an error of pcache_slot_store(): pcache_cache_abandon() is due; a
 * known cache has its END records and a cursor that says the same as before; one
 * whose contents were to be given up may be gone.
 */
int pcache_cache_go_live(struct pcache_cache *cache,
			 struct pcache_slot_info *info)
{
	int err;

	lockdep_assert_held(&cache->dev->admin_lock);
	if (cache->damage)
		err = go_live_damaged(cache);
	else if (info->state == PCACHE_SLOT_ACTIVE)
		err = go_live_known(cache, info);
	else
		err = go_live_new(cache, info);
	if (err)
		return err;
	pcache_dev_join(cache);
	cache->dev->slots[cache->slot].cache = cache;
	cache->state = PCACHE_STATE_RUNNING;
	/* How old it is, nobody knows: from now on it is getting older. */
	WRITE_ONCE(cache->dirty_since, jiffies);
	pcache_set_clean(cache);
	pcache_wb_note_dirty(cache);
	pcache_gc_kick(cache);
	return 0;
}

/* ---- drain and stop ---- */

/**
 * pcache_cache_is_drained - does the backing device have everything?
 * @cache: the cache
 *
 * Not whether W is the newest LSN: fills and reclaim go on taking LSNs for
 * records that are clean from the start.
 *
 * Context: any; a snapshot while requests are under way.
 * Return: true if so.
 */
bool pcache_cache_is_drained(struct pcache_cache *cache)
{
	return percpu_counter_sum(&cache->dirty_sectors) <= 0;
}

static bool drain_is_over(struct pcache_cache *cache)
{
	return pcache_cache_is_drained(cache) ||
	       READ_ONCE(cache->mode) != PCACHE_MODE_RUNNING;
}

/**
 * pcache_cache_drain - write everything back
 * @cache: the cache; it goes on serving requests
 *
 * Context: process, may sleep; a signal interrupts it.
 * Return: 0; -EINTR: interrupted, the cache runs on; -EIO: the cache is not
 * running any more; -EUCLEAN: some sectors are lost, or the cache was damaged,
 * which draining would conceal.
 */
int pcache_cache_drain(struct pcache_cache *cache)
{
	int err;

	if (cache->damage) {
		pr_err("%s: backing %u is damaged, so it cannot be drained\n",
		       cache->dev->path, cache->slot);
		return -EUCLEAN;
	}
	/* From now on write-back does not stop before everything is done. */
	WRITE_ONCE(cache->state, PCACHE_STATE_DRAINING);
	pcache_wb_resume(cache);
	err = wait_event_interruptible(cache->event, drain_is_over(cache));
	WRITE_ONCE(cache->state, PCACHE_STATE_RUNNING);
	if (err)
		return -EINTR;
	if (!pcache_cache_is_drained(cache))
		return -EIO;
	if (atomic_read(&cache->index.lost)) {
		pr_err("%s: backing %u is drained, but has %d lost sectors; overwrite them, or let go of it with discard-dirty\n",
		       cache->dev->path, cache->slot,
		       atomic_read(&cache->index.lost));
		return -EUCLEAN;
	}
	return 0;
}

/* A backing device that fails now may do so for ever. */
static bool finish_is_over(struct pcache_cache *cache)
{
	return drain_is_over(cache) ||
	       READ_ONCE(cache->condition) == PCACHE_COND_FAILING;
}

/*
 * No requests come any more: let the fills end, then write back what little
 * they and the last requests have logged.
 */
static int cache_finish_drain(struct pcache_cache *cache)
{
	cancel_work_sync(&cache->gc_work);
	WRITE_ONCE(cache->state, PCACHE_STATE_STOPPING);
	pcache_wb_resume(cache);
	wait_event(cache->event, finish_is_over(cache));
	return pcache_cache_is_drained(cache) ? 0 : -EIO;
}

static void cache_wait_misses(struct pcache_cache *cache)
{
	wait_event(cache->event, !atomic_read(&cache->nr_misses));
	flush_workqueue(cache->end_wq);
}

static void cache_stop_workers(struct pcache_cache *cache)
{
	/*
	 * These two start each other: merely cancelled, one would run on while
	 * the segments are given away.
	 */
	disable_delayed_work_sync(&cache->wb_work);
	disable_work_sync(&cache->gc_work);
	cancel_work_sync(&cache->write_work);
	cancel_work_sync(&cache->read_work);
}

static void cache_free_segs(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg = NULL;

	while ((seg = next_seg_of(dev, cache->slot, seg))) {
		/* What was void at an attach that stored nothing is not counted. */
		bool counted = !list_empty(&seg->node);

		list_del_init(&seg->node);
		list_del_init(&seg->open_node);
		pcache_seg_forget(seg);
		pcache_dev_seg_put(dev, seg, counted ? cache : NULL);
		cond_resched();
	}
}

/* The slot becomes free; then, and only then, the segments do. */
static int cache_let_go(struct pcache_cache *cache)
{
	struct pcache_cache_dev *dev = cache->dev;
	u32 promised = dev->slots[cache->slot].info.cache_segs;
	struct pcache_slot_info info = { .state = PCACHE_SLOT_FREE };
	int err;

	err = pcache_slot_store(dev, cache->slot, &info);
	if (err)
		return err;
	dev->promised -= promised;
	cache_free_segs(cache);
	return 0;
}

/**
 * pcache_cache_quiesce - end all work on a cache
 * @cache: no request is under way or can come
 * @mode: PCACHE_STOP_DRAIN comes after pcache_cache_drain(); what little was
 *	logged since is written back
 *
 * This is where a backing device that does not answer is waited for, so
 * admin_lock is better not held.
 *
 * Context: process, may sleep.
 * Return: 0; -EIO: it could not be drained: only PCACHE_STOP_KEEP and
 * PCACHE_STOP_DISCARD_DIRTY are left.
 */
int pcache_cache_quiesce(struct pcache_cache *cache, enum pcache_stop_mode mode)
{
	int err = 0;

	cache_wait_misses(cache);
	if (mode == PCACHE_STOP_DRAIN)
		err = cache_finish_drain(cache);
	if (err)
		return err;
	cache_stop_workers(cache);
	if (IS_ENABLED(CONFIG_BLK_DEV_PCACHE_DEBUG) && !cache->damage &&
	    mode != PCACHE_STOP_DISCARD_DIRTY)
		pcache_check_quiet(cache);
	return 0;
}

/**
 * pcache_cache_stop - detach a backing device and free the cache
 * @cache: quiescent; gone when this returns 0
 * @mode: PCACHE_STOP_DRAIN comes after pcache_cache_quiesce() in that mode
 *
 * Context: process, may sleep; admin_lock is held.
 * Return: 0, or an error of pcache_slot_store(): only PCACHE_STOP_KEEP is left.
 */
int pcache_cache_stop(struct pcache_cache *cache, enum pcache_stop_mode mode)
{
	struct pcache_cache_dev *dev = cache->dev;
	int err = 0;

	lockdep_assert_held(&dev->admin_lock);
	if (mode == PCACHE_STOP_KEEP) {
		if (!READ_ONCE(dev->gone))
			pcache_seg_close_heads(cache, true);
		cache_disown_segs(cache);
	} else {
		err = cache_let_go(cache);
	}
	if (err)
		return err;
	dev->slots[cache->slot].cache = NULL;
	cache_free(cache);
	return 0;
}

/**
 * pcache_slot_forget - free the slot of a backing device that is not attached
 * @dev: the pool; admin_lock is held
 * @slot: number of the slot, which is active
 *
 * What was not written back is lost.
 *
 * Context: process, may sleep.
 * Return: 0 or an error of pcache_slot_store().
 */
int pcache_slot_forget(struct pcache_cache_dev *dev, u32 slot)
{
	struct pcache_slot_info info = { .state = PCACHE_SLOT_FREE };
	u32 quota = dev->slots[slot].info.cache_segs;
	struct pcache_seg *seg = NULL;
	int err;

	lockdep_assert_held(&dev->admin_lock);
	err = pcache_slot_store(dev, slot, &info);
	if (err)
		return err;
	dev->promised -= quota;
	while ((seg = next_seg_of(dev, slot, seg))) {
		seg_give_back(dev, seg);
		cond_resched();
	}
	return 0;
}

/**
 * pcache_cache_set_gc_percent - change when reclaim starts
 * @cache: the cache; it cannot be stopped meanwhile
 * @percent: 0..PCACHE_GC_PERCENT_MAX
 *
 * Context: process, may sleep; not twice at a time.
 * Return: 0; -EINVAL; -EROFS: it was attached in spite of damage; or an error of
 * pcache_slot_store().
 */
int pcache_cache_set_gc_percent(struct pcache_cache *cache, u32 percent)
{
	struct pcache_slot_info info = cache->dev->slots[cache->slot].info;
	int err;

	if (percent > PCACHE_GC_PERCENT_MAX)
		return -EINVAL;
	if (cache->damage)
		return -EROFS;
	info.gc_percent = percent;
	err = pcache_slot_store(cache->dev, cache->slot, &info);
	if (err)
		return err;
	WRITE_ONCE(cache->gc_percent, percent);
	pcache_gc_kick(cache);
	return 0;
}

/**
 * pcache_cache_stat - sum of a counter over all CPUs
 * @cache: the cache
 * @stat: which one
 *
 * Context: any.
 * Return: the sum.
 */
u64 pcache_cache_stat(const struct pcache_cache *cache, enum pcache_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(cache->stats, cpu)->v[stat]);
	return sum;
}
