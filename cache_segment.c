// SPDX-License-Identifier: GPL-2.0
/*
 * Log segments: heads, space, append, close.
 *
 * A queue appends to its head's open segment.  A reservation takes data bytes
 * and a number of record lines; which line a record gets is decided when it is
 * stored, under the segment's lock, together with its LSN.  So LSNs rise with
 * the lines, and a valid record implies that all before it in the segment were
 * valid (I3).
 *
 * A full segment is closing until its last reservation is released, then an END
 * record closes it.  One line is always kept for that.
 *
 * The file knows what a record needs to be sealed and stored, not what it says;
 * it knows the pool only as the place where free segments come from.
 *
 * Context: process; nothing here sleeps.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/crc32c.h>
#include <linux/random.h>

#include "pcache_cache.h"

/**
 * pcache_seg_setup - initialise the in-memory part of a segment
 * @seg: zeroed
 * @id: number in the pool
 *
 * Context: any.
 */
void pcache_seg_setup(struct pcache_seg *seg, u32 id)
{
	spin_lock_init(&seg->lock);
	INIT_LIST_HEAD(&seg->node);
	INIT_LIST_HEAD(&seg->open_node);
	seg->id = id;
	WRITE_ONCE(seg->slot, PCACHE_NO_SLOT);
}

/**
 * pcache_seg_forget - drop what is known of a segment's records
 * @seg: nobody uses it
 *
 * Context: any.
 */
void pcache_seg_forget(struct pcache_seg *seg)
{
	seg->ended = false;
	seg->scanned = false;
	seg->only_lost = true;
	seg->damage = NULL;
	seg->nr_recs = 0;
	seg->nr_promised = 0;
	seg->nr_resv = 0;
	seg->first_lsn = 0;
	seg->last_lsn = 0;
	seg->wb_pos = 0;
	seg->iter_pos = 0;
	seg->head = NULL;
	atomic_set(&seg->mapped, 0);
}

/**
 * pcache_seg_seed - start of the CRC of a segment's records
 * @seg: number, open_lsn and salt are set
 * @owner: uuid of the cache
 *
 * Context: any.
 * Return: the seed.
 */
u32 pcache_seg_seed(const struct pcache_seg *seg, const u8 *owner)
{
	struct {
		__le64 id;
		__le64 open_lsn;
		__le64 salt;
	} life = {
		.id = cpu_to_le64(seg->id),
		.open_lsn = cpu_to_le64(seg->open_lsn),
		.salt = cpu_to_le64(seg->salt),
	};
	u32 crc = crc32c(PCACHE_CRC_SEED, owner, PCACHE_UUID_LEN);

	return crc32c(crc, &life, sizeof(life));
}

static u32 seg_space(const struct pcache_geo *geo, const struct pcache_seg *seg)
{
	/* One more line for END. */
	u32 lines = seg->nr_recs + seg->nr_promised + 1;

	return geo->rec_end - lines * PCACHE_LINE_SIZE - seg->data_off;
}

static u64 next_lsn(struct pcache_cache *cache)
{
	return atomic64_inc_return(&cache->lsn);
}

/*
 * Seal a record with the next LSN and store it in the next line.  The segment's
 * lock is held; data and page CRCs are fenced (I2).
 */
static u32 seg_store_record(struct pcache_cache *cache, struct pcache_seg *seg,
			    struct pcache_record_ondisk *rec)
{
	struct pcache_cache_dev *dev = cache->dev;
	u32 line = seg->nr_recs;
	u64 lsn = next_lsn(cache);

	lockdep_assert_held(&seg->lock);
	rec->lsn = cpu_to_le64(lsn);
	rec->salt = cpu_to_le64(seg->salt);
	rec->crc = cpu_to_le32(pcache_record_crc(seg, rec));
	/*
	 * persist: the record's data and page CRCs are durable, and so are all
	 * earlier records of this segment.  A crash leaves a line that does not
	 * verify, or this record; the line held nothing of this life before.
	 */
	pcache_pmem_write(pcache_seg_base(dev, seg) +
			  pcache_geo_rec_off(&dev->geo, line),
			  rec, sizeof(*rec));
	pcache_pmem_fence();
	pcache_assert(lsn > seg->last_lsn);
	if (rec->type != PCACHE_REC_LOST && rec->type != PCACHE_REC_END)
		seg->only_lost = false;
	if (!seg->last_lsn)
		seg->first_lsn = lsn;
	seg->last_lsn = lsn;
	/* Pairs with smp_load_acquire() in iter_read() and pcache_key_find(). */
	smp_store_release(&seg->nr_recs, line + 1);
	return line;
}

/* The last reservation of a closing segment is gone: store END. */
static void seg_finish(struct pcache_cache *cache, struct pcache_seg *seg)
{
	struct pcache_record_ondisk rec = {
		.type = PCACHE_REC_END,
		.nr_sectors = cpu_to_le32(seg->nr_recs),
	};

	seg_store_record(cache, seg, &rec);
	seg->ended = true;
	/* Pairs with smp_load_acquire() in pcache_log_horizon(). */
	smp_store_release(&seg->state, PCACHE_SEG_CLOSED);
	/*
	 * Reclaim may have found nothing but this segment, still closing, and
	 * have left it at that.  The barrier orders the state before the look
	 * at the flag, which is set before reclaim is asked.
	 */
	smp_mb();
	if (pcache_writers_wait(cache))
		pcache_wb_start(cache);
}

/* Take no more reservations.  The segment's lock is held. */
static void seg_close(struct pcache_cache *cache, struct pcache_seg *seg)
{
	WRITE_ONCE(seg->head, NULL);
	WRITE_ONCE(seg->state, PCACHE_SEG_CLOSING);
	if (!seg->nr_resv)
		seg_finish(cache, seg);
}

/* ---- opening ---- */

/* Store both headers of a segment that nobody else knows; @hdr is the content. */
static int seg_store_header(struct pcache_cache_dev *dev,
			    struct pcache_seg *seg,
			    struct pcache_seg_header_ondisk *hdr)
{
	struct pcache_seg_header_ondisk scratch, old;
	struct pcache_meta meta;
	int err;

	pcache_seg_header_init(dev, seg->id, &meta, &scratch);
	err = pcache_meta_load(&meta, &old);
	if (err)
		return err;
	/*
	 * If two valid copies differ, an earlier opening did not get to its
	 * end.  Its copy goes first: were the old one torn instead, the life
	 * that never began would stand alone, and seem to lack its END.
	 */
	if (meta.good != 3)
		meta.newest = !meta.newest;
	hdr->seg_id = cpu_to_le32(seg->id);
	/*
	 * persist: H covers every record of the segment's earlier life (I5).
	 * A crash leaves the old header, two that differ, or the new one
	 * without a record: free in each case.
	 */
	return pcache_meta_store(&meta, hdr);
}

static int seg_write_header(struct pcache_cache *cache, struct pcache_seg *seg)
{
	struct pcache_seg_header_ondisk hdr = {
		.open_lsn = cpu_to_le64(seg->open_lsn),
		.salt = cpu_to_le64(seg->salt),
	};

	memcpy(hdr.owner, cache->uuid, sizeof(hdr.owner));
	return seg_store_header(cache->dev, seg, &hdr);
}

/**
 * pcache_seg_repair - see to it that both headers of a segment are good
 * @cache: who holds it
 * @seg: not open
 *
 * Context: process.
 */
void pcache_seg_repair(struct pcache_cache *cache, struct pcache_seg *seg)
{
	struct pcache_seg_header_ondisk scratch, hdr;
	struct pcache_meta meta;

	pcache_seg_header_init(cache->dev, seg->id, &meta, &scratch);
	/* persist: the same content is durable in the other copy. */
	if (pcache_meta_repair(&meta, &hdr))
		pr_warn("%s: segment %u: one header cannot be repaired\n",
			cache->dev->path, seg->id);
}

/**
 * pcache_seg_abandon - retire a segment whose records cannot all be read
 * @cache: who held it
 * @seg: on no list; H covers it
 * @why: for the log
 *
 * Without its header, the next attach does not stumble over the bad record.
 *
 * Context: process.
 */
void pcache_seg_abandon(struct pcache_cache *cache, struct pcache_seg *seg,
			const char *why)
{
	struct pcache_seg_header_ondisk hdr = {};

	if (seg_store_header(cache->dev, seg, &hdr))
		pr_warn("%s: segment %u keeps its header\n", cache->dev->path,
			seg->id);
	pcache_dev_seg_retire(cache, seg, why);
}

static void seg_begin_life(struct pcache_cache *cache, struct pcache_seg *seg)
{
	spin_lock(&seg->lock);
	WRITE_ONCE(seg->slot, cache->slot);
	seg->ended = false;
	seg->only_lost = true;
	seg->data_off = cache->dev->geo.data_start;
	seg->nr_recs = 0;
	seg->nr_promised = 0;
	seg->nr_resv = 0;
	seg->wb_pos = 0;
	seg->iter_pos = 0;
	seg->first_lsn = 0;
	seg->last_lsn = 0;
	seg->open_lsn = atomic64_read(&cache->lsn);
	seg->salt = get_random_u64();
	seg->seed = pcache_seg_seed(seg, cache->uuid);
	WRITE_ONCE(seg->state, PCACHE_SEG_OPEN);
	pcache_assert(!seg->head && !atomic_read(&seg->mapped));
	spin_unlock(&seg->lock);
}

/**
 * pcache_seg_list - put a segment on its cache's log, in order of open_lsn
 * @cache: the cache
 * @seg: on no list; if it is open, its first LSN was not taken yet
 *
 * Context: process; takes log_lock.
 */
void pcache_seg_list(struct pcache_cache *cache, struct pcache_seg *seg)
{
	struct pcache_seg *prev;

	spin_lock(&cache->log_lock);
	list_for_each_entry_reverse(prev, &cache->log, node) {
		if (prev->open_lsn <= seg->open_lsn)
			break;
	}
	list_add(&seg->node, &prev->node);
	WRITE_ONCE(cache->nr_log, cache->nr_log + 1);
	if (seg->state != PCACHE_SEG_CLOSED)
		list_add_tail(&seg->open_node, &cache->open);
	spin_unlock(&cache->log_lock);
}

static struct pcache_seg *seg_open(struct pcache_cache *cache,
				   enum pcache_urgency urgency)
{
	struct pcache_seg *seg;

	for (;;) {
		seg = pcache_dev_seg_get(cache, urgency);
		if (!seg)
			return NULL;
		seg_begin_life(cache, seg);
		if (!seg_write_header(cache, seg)) {
			pcache_seg_list(cache, seg);
			return seg;
		}
		pcache_dev_seg_retire(cache, seg, "header unreadable");
	}
}

/**
 * pcache_log_is_long - is the share dirty that starts write-back at once?
 * @cache: the cache
 *
 * Context: any.
 * Return: true if so.
 */
bool pcache_log_is_long(const struct pcache_cache *cache)
{
	return READ_ONCE(cache->nr_log) * 100ULL >=
	       READ_ONCE(cache->quota) * (u64)READ_ONCE(cache->writeback_percent);
}

/* A segment was taken: is it time for write-back or reclaim? */
static void seg_pressure(struct pcache_cache *cache)
{
	u64 used = READ_ONCE(cache->used_segs), quota = READ_ONCE(cache->quota);

	if (used * 100 >= quota * READ_ONCE(cache->gc_percent))
		queue_work(cache->gc_wq, &cache->gc_work);
	if (pcache_log_is_long(cache))
		pcache_wb_start(cache);
}

/*
 * The segment is this head's only from here on: until its header was durable, a
 * stale head->seg that happens to point to it must not lead anyone in.
 */
static void head_adopt(struct pcache_head *head, struct pcache_seg *seg)
{
	spin_lock(&seg->lock);
	WRITE_ONCE(seg->head, head);
	spin_unlock(&seg->lock);
	WRITE_ONCE(head->seg, seg);
}

/* See to it that @head has an open segment. */
static int head_open(struct pcache_cache *cache, struct pcache_head *head,
		     enum pcache_urgency urgency)
{
	struct pcache_seg *seg;
	int err = 0;

	spin_lock(&head->open_lock);
	seg = READ_ONCE(head->seg);
	if (!seg || READ_ONCE(seg->head) != head) {
		seg = seg_open(cache, urgency);
		if (seg)
			head_adopt(head, seg);
		else
			err = -ENOSPC;
	}
	spin_unlock(&head->open_lock);
	if (seg)
		seg_pressure(cache);
	return err;
}

/* ---- reservations ---- */

/* Reserve in the open segment of @head.  -ENOSPC: it has none or is full. */
static int head_reserve(struct pcache_cache *cache, struct pcache_head *head,
			u32 len, u32 nr, bool close_full,
			struct pcache_resv *resv)
{
	const struct pcache_geo *geo = &cache->dev->geo;
	struct pcache_seg *seg = READ_ONCE(head->seg);
	int err = -ENOSPC;

	if (!seg)
		return -ENOSPC;
	spin_lock(&seg->lock);
	if (seg->head == head) {
		/* Nothing new where a line has gone bad. */
		if (seg_space(geo, seg) >= len + nr * PCACHE_LINE_SIZE &&
		    !READ_ONCE(seg->has_badblocks)) {
			resv->seg = seg;
			resv->data_off = seg->data_off;
			resv->len = len;
			resv->nr = nr;
			seg->data_off += len;
			seg->nr_promised += nr;
			seg->nr_resv++;
			err = 0;
		} else if (close_full) {
			seg_close(cache, seg);
		}
	}
	spin_unlock(&seg->lock);
	return err;
}

/**
 * pcache_seg_reserve - reserve data bytes and record lines
 * @cache: the cache
 * @head: which head to append to; another one is used if the quota is used up
 * @len: bytes of data
 * @nr: record lines
 * @urgency: which part of the quota may be used
 * @resv: filled in; pcache_seg_release() is due unless all lines were used
 *
 * Context: process; takes the locks of head and segment.
 * Return: 0 or -ENOSPC.
 */
int pcache_seg_reserve(struct pcache_cache *cache, struct pcache_head *head,
		       u32 len, u32 nr, enum pcache_urgency urgency,
		       struct pcache_resv *resv)
{
	u32 i;

	for (;;) {
		if (!head_reserve(cache, head, len, nr, true, resv))
			return 0;
		if (head_open(cache, head, urgency))
			break;
	}
	for (i = 0; i < cache->nr_heads; i++) {
		if (!head_reserve(cache, &cache->heads[i], len, nr, false,
				  resv))
			return 0;
	}
	return -ENOSPC;
}

/**
 * pcache_head_lines - how many records does a head's open segment have room for?
 * @cache: the cache
 * @head: one of its heads
 *
 * Context: process; takes the segment's lock.
 * Return: their number; 0 if none is open.
 */
u32 pcache_head_lines(struct pcache_cache *cache, struct pcache_head *head)
{
	struct pcache_seg *seg = READ_ONCE(head->seg);
	u32 lines = 0;

	if (!seg)
		return 0;
	spin_lock(&seg->lock);
	if (seg->head == head)
		lines = seg_space(&cache->dev->geo, seg) / PCACHE_LINE_SIZE;
	spin_unlock(&seg->lock);
	return lines;
}

/* A reservation ends.  The segment's lock is held. */
static void resv_end(struct pcache_cache *cache, struct pcache_resv *resv)
{
	struct pcache_seg *seg = resv->seg;

	seg->nr_promised -= resv->nr;
	seg->nr_resv--;
	resv->nr = 0;
	resv->seg = NULL;
	if (seg->state == PCACHE_SEG_CLOSING && !seg->nr_resv)
		seg_finish(cache, seg);
}

/**
 * pcache_seg_append - store a record into a reserved line
 * @cache: the cache
 * @resv: has a line left; ends with its last line
 * @rec: the record but for LSN, salt and CRC, which are filled in
 *
 * Context: process; the shard of the record is locked, so that LSN order is
 * index order there.
 * Return: number of the line.
 */
u32 pcache_seg_append(struct pcache_cache *cache, struct pcache_resv *resv,
		      struct pcache_record_ondisk *rec)
{
	struct pcache_seg *seg = resv->seg;
	u32 line;

	spin_lock(&seg->lock);
	line = seg_store_record(cache, seg, rec);
	seg->nr_promised--;
	if (!--resv->nr)
		resv_end(cache, resv);
	spin_unlock(&seg->lock);
	return line;
}

/**
 * pcache_seg_release - give back what is left of a reservation
 * @cache: the cache
 * @resv: may have ended already
 *
 * Its data bytes are lost to the segment.
 *
 * Context: process.
 */
void pcache_seg_release(struct pcache_cache *cache, struct pcache_resv *resv)
{
	struct pcache_seg *seg = resv->seg;

	if (!seg)
		return;
	spin_lock(&seg->lock);
	resv_end(cache, resv);
	spin_unlock(&seg->lock);
}

/* ---- closing ---- */

static void head_close(struct pcache_cache *cache, struct pcache_head *head,
		       bool empty_too)
{
	struct pcache_seg *seg = READ_ONCE(head->seg);

	if (!seg)
		return;
	spin_lock(&seg->lock);
	if (seg->head == head && (seg->nr_recs || empty_too))
		seg_close(cache, seg);
	spin_unlock(&seg->lock);
}

/**
 * pcache_seg_close_heads - close open segments
 * @cache: the cache
 * @empty_too: also those without a record
 *
 * For a stop, and for when nothing else is left to reclaim and somebody waits.
 *
 * Context: process.
 */
void pcache_seg_close_heads(struct pcache_cache *cache, bool empty_too)
{
	u32 i;

	for (i = 0; i < cache->nr_heads; i++)
		head_close(cache, &cache->heads[i], empty_too);
	head_close(cache, &cache->gc_head, empty_too);
}

/**
 * pcache_seg_close_recovered - close a segment that was open at the crash
 * @cache: the cache; its next LSN is set
 * @seg: state CLOSED in memory, without END
 *
 * The line behind the last valid record may hold a torn one: it is zeroed and
 * fenced before END goes there.
 *
 * Context: process.
 */
void pcache_seg_close_recovered(struct pcache_cache *cache,
				struct pcache_seg *seg)
{
	struct pcache_cache_dev *dev = cache->dev;

	migrate_disable();
	spin_lock(&seg->lock);
	/*
	 * persist: recovery has succeeded and has taken this line for invalid.
	 * A crash leaves it invalid, or whole if the zeroes tear a torn record
	 * into a complete one: that one was never acknowledged, and its data
	 * was durable before any of it was stored (I2).
	 */
	pcache_pmem_zero(pcache_seg_base(dev, seg) +
			 pcache_geo_rec_off(&dev->geo, seg->nr_recs),
			 PCACHE_LINE_SIZE);
	pcache_pmem_fence();
	seg_finish(cache, seg);
	spin_unlock(&seg->lock);
	migrate_enable();
}
