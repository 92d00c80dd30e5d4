// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: writes, zeroes, discards, flushes, and waiting.
 *
 * A request is tried where it was submitted, without sleeping.  A write that
 * finds no space or no memory is parked: it holds no reservation and waits its
 * turn in a list that a worker serves; newcomers queue behind it, reads do not.
 * The list is looked at whenever segments were freed, and whenever some were lost:
 * when too few are left for any cache to get on, those that wait fail.
 *
 * Durability: a write is durable, ordered and visible, in that order, when it
 * completes (P1).  A FLUSH takes an LSN and stores nothing.
 *
 * Reads are in cache_miss.c.
 *
 * Locks: wait_lock for the lists; all others are taken below.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/preempt.h>

#include "trace.h"

/**
 * pcache_req_fail - note an error; the first one stays
 * @req: the request
 * @status: the error
 *
 * Context: any; parts of a request may end at the same time.
 */
void pcache_req_fail(struct pcache_req *req, blk_status_t status)
{
	if (cmpxchg(&req->status, BLK_STS_OK, status) == BLK_STS_OK)
		pcache_stat_add(req->cache, PCACHE_STAT_ERRORS, 1);
}

/**
 * pcache_req_put - one part of a queued request has ended
 * @req: freed by its end() if this was the last part
 *
 * Context: process.
 */
void pcache_req_put(struct pcache_req *req)
{
	if (atomic_dec_and_test(&req->pending))
		req->end(req);
}

/* ---- writes ---- */

static const u8 record_types[] = {
	[PCACHE_OP_WRITE]	= PCACHE_REC_WRITE,
	[PCACHE_OP_ZEROES]	= PCACHE_REC_ZERO,
	[PCACHE_OP_DISCARD]	= PCACHE_REC_DISCARD,
};

/* Sectors that one record can take: all, unless the request crosses a chunk. */
static u32 write_part(const struct pcache_req *req)
{
	u32 part = PCACHE_CHUNK_SECTORS - req->sector % PCACHE_CHUNK_SECTORS;

	if (req->op == PCACHE_OP_WRITE)
		part = min(part, req->cache->dev->geo.max_io >>
			   PCACHE_SECTOR_SHIFT);
	return min(part, req->nr_sectors);
}

static u8 record_flags(const struct pcache_req *req, u32 part)
{
	u8 flags = 0;

	if (req->op == PCACHE_OP_DISCARD)
		return 0;
	if (part == req->nr_sectors && req->flags & PCACHE_REQ_FUA)
		flags |= PCACHE_REC_FUA;
	if (req->op == PCACHE_OP_ZEROES && req->flags & PCACHE_REQ_NOUNMAP)
		flags |= PCACHE_REC_NOUNMAP;
	return flags;
}

/*
 * A part of a FUA write was logged.  Only the last record says what it is, and is
 * never left out by write-back for that (P4); if there are others, a barrier
 * behind them sees to it that nothing which comes later takes their place.
 */
static void fua_note_part(struct pcache_req *req)
{
	if (req->nr_sectors)
		req->flags |= PCACHE_REQ_PARTS;
	else if (req->flags & PCACHE_REQ_PARTS)
		pcache_log_barrier(req->cache);
}

/* Copy a write's data into its reservation and fence it. */
static void write_data(struct pcache_req *req, const struct pcache_resv *resv,
		       struct pcache_key *key, struct pcache_pos *pos)
{
	struct pcache_cache *cache = req->cache;
	u64 base = pcache_geo_seg_off(&cache->dev->geo, resv->seg->id);

	key->value = (base + resv->data_off) >> PCACHE_SECTOR_SHIFT;
	migrate_disable();
	pcache_data_write(cache, key->value, key->sector, pos, key->nr_sectors);
	/* I2: the data is durable before its record is stored. */
	pcache_pmem_fence();
	migrate_enable();
}

/*
 * Log the next part of a request.  On an error nothing of it is visible; what
 * was copied is never used, and a later attempt copies afresh (I9).
 */
static int write_one(struct pcache_req *req, struct pcache_preload *pre)
{
	struct pcache_cache *cache = req->cache;
	u32 part = write_part(req);
	struct pcache_key key = {
		.type = record_types[req->op],
		.flags = record_flags(req, part),
		.sector = req->sector,
		.nr_sectors = part,
	};
	struct pcache_pos pos = req->pos;
	struct pcache_resv resv;
	u32 len = 0;
	int err;

	if (req->op == PCACHE_OP_WRITE)
		len = pcache_data_len(cache, part);
	err = pcache_seg_reserve(cache, &cache->heads[req->head %
						      cache->nr_heads],
				 len, 1, PCACHE_URG_NORMAL, &resv);
	if (err)
		return err;
	if (req->op == PCACHE_OP_WRITE)
		write_data(req, &resv, &key, &pos);
	err = pcache_key_publish(cache, &resv, &key, pre);
	if (err) {
		pcache_seg_release(cache, &resv);
		return err;
	}
	req->pos = pos;
	req->sector += part;
	req->nr_sectors -= part;
	if (req->flags & PCACHE_REQ_FUA)
		fua_note_part(req);
	return 0;
}

/* With memory from the reserves, which reclaim refills. */
static int write_one_preloaded(struct pcache_req *req)
{
	struct pcache_index *index = &req->cache->index;
	struct pcache_preload pre = {};
	int err;

	pcache_gc_kick(req->cache);
	pcache_preload_fill(index, &pre, req->sector, write_part(req),
			    GFP_NOIO);
	err = write_one(req, &pre);
	pcache_preload_drop(index, &pre);
	return err;
}

/*
 * Log the rest of a request.  -ENOSPC, -ENOMEM: it has to wait; -EAGAIN: there is
 * more than one attempt takes.
 */
static int write_all(struct pcache_req *req, bool preloaded)
{
	struct pcache_cache *cache = req->cache;
	u64 before = req->sector;
	int err = 0;

	if (READ_ONCE(cache->mode) != PCACHE_MODE_RUNNING) {
		pcache_req_fail(req, BLK_STS_IOERR);
		return 0;
	}
	if (req->flags & PCACHE_REQ_ATOMIC &&
	    write_part(req) != req->nr_sectors) {
		pcache_req_fail(req, BLK_STS_INVAL);
		return 0;
	}
	while (req->nr_sectors && !err) {
		err = preloaded ? write_one_preloaded(req) :
				  write_one(req, NULL);
		if (!err && req->nr_sectors &&
		    req->sector - before >= PCACHE_ATTEMPT_SECTORS)
			err = -EAGAIN;
	}
	/* A discard is a hint: without space it is dropped. */
	if (err == -ENOSPC && req->op == PCACHE_OP_DISCARD)
		err = 0;
	if (req->sector != before) {
		if (unlikely(READ_ONCE(cache->all_clean)))
			pcache_set_dirty(cache);
		pcache_wb_note_dirty(cache);
		pcache_stat_add(cache, PCACHE_STAT_WRITTEN,
				(req->sector - before) << PCACHE_SECTOR_SHIFT);
	}
	return err;
}

static enum pcache_result write_wait(struct pcache_req *req)
{
	struct pcache_cache *cache = req->cache;
	bool first;

	if (!(req->flags & PCACHE_REQ_STAYS))
		return PCACHE_AGAIN;
	pcache_stat_add(cache, PCACHE_STAT_WAITS, 1);
	spin_lock(&cache->wait_lock);
	first = list_empty(&cache->waiting_writes);
	list_add_tail(&req->node, &cache->waiting_writes);
	spin_unlock(&cache->wait_lock);
	/*
	 * Space may have been freed between our attempt and here.  Behind
	 * others there is nothing to do: whoever frees space looks at the list.
	 */
	if (first)
		queue_work(cache->req_wq, &cache->write_work);
	return PCACHE_QUEUED;
}

static enum pcache_result write_submit(struct pcache_req *req)
{
	struct pcache_cache *cache = req->cache;

	if (!list_empty_careful(&cache->waiting_writes) ||
	    write_all(req, false))
		return write_wait(req);
	return PCACHE_DONE;
}

static struct pcache_req *first_waiting(struct pcache_cache *cache)
{
	struct pcache_req *req;

	spin_lock(&cache->wait_lock);
	req = list_first_entry_or_null(&cache->waiting_writes, struct pcache_req,
				       node);
	spin_unlock(&cache->wait_lock);
	return req;
}

/* One that is merely long goes on after the others. */
static void wait_again(struct pcache_cache *cache, struct pcache_req *req)
{
	spin_lock(&cache->wait_lock);
	list_move_tail(&req->node, &cache->waiting_writes);
	spin_unlock(&cache->wait_lock);
}

static void end_waiting(struct pcache_cache *cache, struct pcache_req *req)
{
	spin_lock(&cache->wait_lock);
	list_del_init(&req->node);
	spin_unlock(&cache->wait_lock);
	wake_up_all(&cache->event);
	req->end(req);
}

/* Do the parked writes get nowhere from now on?  If they did not, for how long? */
static void note_stuck(struct pcache_cache *cache, bool stuck)
{
	unsigned long now = jiffies;

	if (cache->writers_stuck)
		pcache_stat_add(cache, PCACHE_STAT_STALL_MS,
				jiffies_to_msecs(now - cache->stuck_at));
	cache->stuck_at = now;
	WRITE_ONCE(cache->writers_stuck, stuck);
}

/*
 * Nothing ends the want of space if too few segments are left to the whole pool:
 * then a parked write fails, rather than wait for ever.
 */
static bool fail_for_good(struct pcache_cache *cache, struct pcache_req *req)
{
	u32 reach = pcache_dev_reach(cache->dev);

	/* With another mode comes another look at the list, and another error. */
	if (reach >= PCACHE_MIN_SEGS ||
	    READ_ONCE(cache->mode) != PCACHE_MODE_RUNNING)
		return false;
	pr_err_ratelimited("%s: backing %u: writes fail for want of space: %u segments are left, %u are needed\n",
			   cache->dev->path, cache->slot, reach,
			   PCACHE_MIN_SEGS);
	pcache_req_fail(req, BLK_STS_NOSPC);
	return true;
}

/**
 * pcache_write_work - serve the parked writes, first come, first served
 * @work: of a cache; runs when the first one is parked, when space was freed and
 *	when some was lost
 *
 * Context: process, may sleep; only this takes requests off the list.
 */
void pcache_write_work(struct work_struct *work)
{
	struct pcache_cache *cache = container_of(work, struct pcache_cache,
						  write_work);
	struct pcache_req *req;
	int err;

	while ((req = first_waiting(cache))) {
		err = write_all(req, false);
		/* Only who is stuck is worth the eviction of what is clean. */
		note_stuck(cache, err && err != -EAGAIN);
		if (err == -ENOMEM)
			err = write_all(req, true);
		if (err == -ENOSPC && fail_for_good(cache, req)) {
			/* What is clean makes the next one succeed, perhaps. */
			pcache_gc_kick(cache);
			err = 0;
		}
		if (err && err != -EAGAIN) {
			pcache_gc_kick(cache);
			pcache_dev_ask(cache);
			return;
		}
		note_stuck(cache, false);
		if (err)
			wait_again(cache, req);
		else
			end_waiting(cache, req);
		cond_resched();
	}
}

/**
 * pcache_req_kick - look at the parked requests: something has changed
 * @cache: the cache
 *
 * Context: any.
 */
void pcache_req_kick(struct pcache_cache *cache)
{
	if (!list_empty_careful(&cache->waiting_writes))
		queue_work(cache->req_wq, &cache->write_work);
	if (!list_empty_careful(&cache->waiting_reads))
		queue_work(cache->req_wq, &cache->read_work);
}

/* ---- submission ---- */

/**
 * pcache_req_submit - start a request
 * @req: all fields but pending are set, status to BLK_STS_OK; may be submitted
 *	again after PCACHE_AGAIN, with PCACHE_REQ_STAYS
 *
 * Context: process; does not sleep.
 * Return: PCACHE_DONE: it has ended, with req->status; PCACHE_QUEUED: its end()
 * will be called, or was already; PCACHE_AGAIN: only without PCACHE_REQ_STAYS.
 */
enum pcache_result pcache_req_submit(struct pcache_req *req)
{
	struct pcache_cache *cache = req->cache;

	trace_pcache_request(req);
	if (req->flags & PCACHE_REQ_PREFLUSH) {
		/* What completed before lies below, what follows above. */
		pcache_log_barrier(cache);
		pcache_stat_add(cache, PCACHE_STAT_FLUSHES, 1);
		req->flags &= ~PCACHE_REQ_PREFLUSH;
	}
	if (READ_ONCE(cache->mode) == PCACHE_MODE_FAILED) {
		pcache_req_fail(req, BLK_STS_IOERR);
		return PCACHE_DONE;
	}
	switch (req->op) {
	case PCACHE_OP_READ:
		return pcache_read_submit(req);
	case PCACHE_OP_FLUSH:
		return PCACHE_DONE;
	default:
		return write_submit(req);
	}
}
