// SPDX-License-Identifier: GPL-2.0
/*
 * Write-back: drain the log to the backing device in order, advance W.
 *
 * One worker per cache takes a batch of records in LSN order, writes what they
 * hold, flushes the backing device, checks the result, and only then makes the
 * new W durable (I1).  In strict order a batch never spans a barrier, that is, a
 * missing LSN, nor the end of a FUA record (I7), so the backing device alone is
 * at every instant a state that a disk with a volatile write cache could be in
 * (P4).  In relaxed order it may span them, and the backing device is a
 * consistent cut at each checkpoint: where W covers all that was written.
 *
 * A version is left out if a later record of the same batch replaces it; in
 * strict order also if the index maps a newer one and no barrier lies above the
 * batch's first record.  Relaxed order must not ask the index: what that maps may be
 * newer than the next checkpoint.
 *
 * What is written is copied from pmem into pages of ours first: verified there,
 * safe against poison, mergeable.  What cannot be read becomes a LOST record,
 * and what a later LOST record takes the place of is not written any more.
 *
 * A batch that fails is written again, after a pause that grows; everything
 * stays dirty meanwhile.  The part that was refused is narrowed down by and by,
 * so that it can be named, and given up if need be.
 *
 * Locks: cursor_lock for W; log_lock for the lists.  The rest is the worker's
 * own.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/rbtree.h>
#include <linux/slab.h>

#include "trace.h"

/*
 * Dirty records, and sectors in them, of one batch, at most; and how many records
 * at least, where room is short.
 */
#define BATCH_RECORDS	1024
#define BATCH_RECORDS_SHORT	256
#define BATCH_SECTORS	(64U << (20 - PCACHE_SECTOR_SHIFT))

/* I/Os under way at once, at most; and how many there is always memory for. */
#define BATCH_IOS	64
#define RESERVE_IOS	2

/* Zeroes from here on are offloaded, if the backing device can. */
#define OFFLOAD_SECTORS	16

#define RETRY_MS_MIN	500
#define RETRY_MS_MAX	30000

/**
 * struct wb_piece - a part of the batch that nothing later in it replaces
 * @node: in pcache_writeback.pieces, by sector
 * @sector: first sector
 * @value: place of the first sector
 * @lsn: of the record
 * @nr: sectors
 * @type: of the record
 * @flags: of the record
 * @replaced: the index maps something newer
 */
struct wb_piece {
	struct rb_node node;
	u64 sector;
	u64 value;
	u64 lsn;
	u32 nr;
	u8 type;
	u8 flags;
	bool replaced;
};

/**
 * struct pcache_writeback - state of a cache's write-back; the worker's own
 * @cache: the cache
 * @iter: over the log
 * @ios: memory
 * @keys: dirty records of the batch, in LSN order
 * @nr_keys: their number
 * @room: memory of pieces; n records overlap into fewer than 2n of them
 * @nr_pieces: pieces in use
 * @pieces: by sector
 * @end: LSN that W gets when the batch is done
 * @sectors: dirty sectors in the batch
 * @short_records: dirty records of a batch, at most, where room is short
 * @written_to: W has to get there for the backing device to be a consistent cut:
 *	what is there, or was left out for something newer, may be as new as that
 * @io_lock: protects @inflight, @failed and @refused; taken in any context
 * @inflight: I/Os under way
 * @wait: for @inflight to fall
 * @failed: how the first failed I/O ended
 * @refused: what that I/O was for
 * @suspect: the same of the batch before, if that failed
 * @no_room: the batch failed for want of space or memory for a LOST record
 * @retry_ms: pause after the next failure
 * @opf: of the batch's writes
 */
struct pcache_writeback {
	struct pcache_cache *cache;
	struct pcache_log_iter iter;
	struct pcache_io_pool ios;
	struct pcache_key keys[BATCH_RECORDS];
	u32 nr_keys;
	struct wb_piece room[2 * BATCH_RECORDS];
	u32 nr_pieces;
	struct rb_root pieces;
	u64 end;
	u64 sectors;
	u32 short_records;
	u64 written_to;
	spinlock_t io_lock;	/* see above */
	u32 inflight;
	wait_queue_head_t wait;
	blk_status_t failed;
	struct pcache_range refused;
	struct pcache_range suspect;
	bool no_room;
	u32 retry_ms;
	blk_opf_t opf;
};

/* ---- collecting a batch ---- */

static u32 batch_max_records(const struct pcache_writeback *wb)
{
	return pcache_room_is_short(wb->cache) ? wb->short_records :
						 BATCH_RECORDS;
}

/*
 * Who waits for space waits for a whole batch, since only then W advances.  So
 * where room is short a batch is as small as the flush behind it allows: that is
 * to take no more than an eighth of the time that the writes take.
 */
static void batch_adapt(struct pcache_writeback *wb, u64 write_ns, u64 flush_ns)
{
	if (flush_ns > write_ns / 8)
		wb->short_records = min(2 * wb->short_records, BATCH_RECORDS);
	else if (flush_ns < write_ns / 32)
		wb->short_records = max(wb->short_records / 2,
					BATCH_RECORDS_SHORT);
}

/* May @key, which follows LSN @last, join the batch? */
static bool batch_takes(const struct pcache_writeback *wb, u32 max,
			const struct pcache_key *key, u64 last, bool fua_end)
{
	if (!wb->nr_keys)
		return true;
	if (wb->nr_keys >= max || wb->sectors >= BATCH_SECTORS)
		return false;
	/* I7: a missing LSN is a barrier, and a FUA record ends its epoch. */
	return wb->cache->relaxed || (key->lsn == last + 1 && !fua_end);
}

/*
 * Take records up to the horizon, a barrier or the batch's size.  If nothing is
 * left below the horizon, W may go there.
 */
static int batch_collect(struct pcache_writeback *wb, u64 horizon)
{
	u64 last = READ_ONCE(wb->cache->clean_lsn);
	u32 max = batch_max_records(wb);
	struct pcache_key key;
	bool fua_end = false;
	int err = 0, ret;

	wb->nr_keys = 0;
	wb->sectors = 0;
	pcache_log_iter_begin(&wb->iter, horizon);
	while (!err && (ret = pcache_log_iter_peek(&wb->iter, &key))) {
		if (ret < 0) {
			err = ret;
			break;
		}
		if (!batch_takes(wb, max, &key, last, fua_end)) {
			wb->end = last;
			return 0;
		}
		err = pcache_log_iter_advance(&wb->iter);
		last = key.lsn;
		if (!pcache_key_is_dirty(key.type))
			continue;
		fua_end = key.flags & PCACHE_REC_FUA;
		wb->keys[wb->nr_keys++] = key;
		wb->sectors += key.nr_sectors;
	}
	wb->end = err ? last : horizon;
	/* What came before an unreadable record can still be written. */
	return wb->end > READ_ONCE(wb->cache->clean_lsn) ? 0 : err;
}

static struct wb_piece *piece_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct wb_piece, node);
}

/* The first piece that ends behind @sector. */
static struct wb_piece *piece_behind(struct pcache_writeback *wb, u64 sector)
{
	struct rb_node *node = wb->pieces.rb_node;
	struct wb_piece *piece, *found = NULL;

	while (node) {
		piece = piece_of(node);
		if (piece->sector + piece->nr > sector) {
			found = piece;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

static bool piece_less(struct rb_node *a, const struct rb_node *b)
{
	return piece_of(a)->sector <
	       rb_entry(b, struct wb_piece, node)->sector;
}

/* Add the part [from, to) of a record; nothing else covers it. */
static void piece_add(struct pcache_writeback *wb, const struct pcache_key *key,
		      u64 from, u64 to)
{
	struct wb_piece *piece = &wb->room[wb->nr_pieces++];

	piece->sector = from;
	piece->nr = to - from;
	piece->lsn = key->lsn;
	piece->type = key->type;
	piece->flags = key->flags;
	piece->value = key->value;
	if (pcache_key_has_data(key->type))
		piece->value += from - key->sector;
	rb_add(&piece->node, &wb->pieces, piece_less);
}

/* Add what no later record of the batch replaces. */
static void batch_add(struct pcache_writeback *wb, const struct pcache_key *key)
{
	u64 from = key->sector, end = from + key->nr_sectors;
	struct wb_piece *next = piece_behind(wb, from);

	while (from < end) {
		if (!next || next->sector >= end) {
			piece_add(wb, key, from, end);
			return;
		}
		if (next->sector > from)
			piece_add(wb, key, from, next->sector);
		from = next->sector + next->nr;
		next = piece_of(rb_next(&next->node));
	}
}

/* Newest first: then whatever is covered already is newer. */
static void batch_resolve(struct pcache_writeback *wb)
{
	u32 i;

	wb->pieces = RB_ROOT;
	wb->nr_pieces = 0;
	for (i = wb->nr_keys; i; i--)
		batch_add(wb, &wb->keys[i - 1]);
}

/*
 * Does the index map something newer everywhere in @piece?  The horizon has seen
 * its record stored, and that is mapped before the shard's lock is let go.  Zeroes
 * do not count: they may be a discard's, which the disk need not get.
 */
static bool piece_is_replaced(struct pcache_writeback *wb,
			      const struct wb_piece *piece)
{
	struct pcache_index *index = &wb->cache->index;
	struct pcache_run run;
	u32 off;

	/* What is FUA is durable by itself (P4); what is long takes long to look at. */
	if (piece->flags & PCACHE_REC_FUA || piece->nr > PCACHE_IO_SECTORS)
		return false;
	for (off = 0; off < piece->nr; off += run.nr) {
		pcache_index_lookup(index, piece->sector + off,
				    piece->nr - off, false, &run);
		if (run.tag != PCACHE_DATA)
			return false;
		if (piece->type == PCACHE_REC_WRITE &&
		    run.value == piece->value + off)
			return false;
	}
	return true;
}

/* What the disk has refused is tried, so that it is narrowed down. */
static bool piece_is_suspect(const struct pcache_writeback *wb,
			     const struct wb_piece *piece)
{
	const struct pcache_range *bad = &wb->suspect;

	return piece->sector < bad->sector + bad->nr &&
	       piece->sector + piece->nr > bad->sector;
}

/* Mark what was overwritten since.  Is there any? */
static bool batch_mark_replaced(struct pcache_writeback *wb)
{
	struct pcache_index *index = &wb->cache->index;
	struct wb_piece *piece;
	bool any = false;
	u32 i;

	for (i = 0; i < wb->nr_pieces; i++) {
		piece = &wb->room[i];
		pcache_index_lock(index, piece->sector);
		piece->replaced = !piece_is_suspect(wb, piece) &&
				  piece_is_replaced(wb, piece);
		pcache_index_unlock(index, piece->sector);
		any |= piece->replaced;
		cond_resched();
	}
	return any;
}

/*
 * Leave out what was overwritten in the epoch that is not over yet: a disk may
 * lose both versions.  In the log the newer one stays dirty.
 *
 * Who writes maps what it logged under the shard's lock, and who flushes takes
 * its LSN under barrier_lock.  So a barrier that is not seen here, after the
 * shards, lies above everything that was seen mapped (P4).
 */
static void batch_leave_out(struct pcache_writeback *wb)
{
	struct pcache_cache *cache = wb->cache;
	u64 first = wb->keys[0].lsn, barrier;
	bool any;
	u32 i;

	if (cache->relaxed || READ_ONCE(cache->want_relaxed) ||
	    READ_ONCE(cache->last_barrier) > first)
		return;
	any = batch_mark_replaced(wb);
	spin_lock(&cache->barrier_lock);
	barrier = cache->last_barrier;
	spin_unlock(&cache->barrier_lock);
	if (!any || barrier > first)
		return;
	wb->written_to = max_t(u64, wb->written_to,
			       atomic64_read(&cache->lsn));
	for (i = 0; i < wb->nr_pieces; i++) {
		if (!wb->room[i].replaced)
			continue;
		rb_erase(&wb->room[i].node, &wb->pieces);
		pcache_stat_add(cache, PCACHE_STAT_SKIPPED,
				wb->room[i].nr << PCACHE_SECTOR_SHIFT);
	}
}

/* ---- writing a batch ---- */

static bool is_part_of(const struct pcache_range *part,
		       const struct pcache_range *range)
{
	return part->sector >= range->sector &&
	       part->sector + part->nr <= range->sector + range->nr;
}

static void wb_io_done(struct pcache_io *io)
{
	struct pcache_range range = { io->sector, io->nr_sectors };
	struct pcache_writeback *wb = io->owner;
	blk_status_t status = io->status;
	unsigned long flags;

	/* A discard is a hint. */
	if (bio_op(&io->bio) == REQ_OP_DISCARD)
		status = BLK_STS_OK;
	pcache_io_free(io);
	/* The worker may free @wb as soon as it can take the lock. */
	spin_lock_irqsave(&wb->io_lock, flags);
	/* Of several that fail, what is narrowed down already counts. */
	if (status && (!wb->failed || is_part_of(&range, &wb->suspect)))
		wb->refused = range;
	if (status && !wb->failed)
		wb->failed = status;
	wb->inflight--;
	wake_up(&wb->wait);
	spin_unlock_irqrestore(&wb->io_lock, flags);
}

/* Wait until less than @below I/Os are under way. */
static void wb_wait(struct pcache_writeback *wb, u32 below)
{
	spin_lock_irq(&wb->io_lock);
	wait_event_lock_irq(wb->wait, wb->inflight < below, wb->io_lock);
	spin_unlock_irq(&wb->io_lock);
}

static void wb_submit(struct pcache_writeback *wb, struct pcache_io *io)
{
	io->done = wb_io_done;
	io->owner = wb;
	wb_wait(wb, BATCH_IOS);
	spin_lock_irq(&wb->io_lock);
	wb->inflight++;
	spin_unlock_irq(&wb->io_lock);
	pcache_io_submit(io);
}

static struct pcache_io *wb_io(struct pcache_writeback *wb, blk_opf_t opf,
			       u64 sector, u32 nr)
{
	/* Merged with its neighbours it would fail with them. */
	if (wb->suspect.nr)
		opf |= REQ_NOMERGE;
	return pcache_io_alloc(&wb->ios, &wb->cache->backing, opf, sector, nr,
			       GFP_NOIO);
}

/* A place in the sorted pieces. */
struct wb_place {
	struct wb_piece *piece;
	u32 off;
};

static u64 place_sector(const struct wb_place *at)
{
	return at->piece->sector + at->off;
}

static void place_advance(struct wb_place *at, u32 nr)
{
	at->off += nr;
	if (at->off < at->piece->nr)
		return;
	at->piece = piece_of(rb_next(&at->piece->node));
	at->off = 0;
}

/* Is what is next lost by now?  *@nr: for how much of the piece that is so. */
static bool place_is_lost(const struct pcache_writeback *wb,
			  const struct wb_place *at, u32 *nr)
{
	*nr = at->piece->nr - at->off;
	return pcache_lost_replaces(wb->cache, at->piece->lsn, place_sector(at),
				    nr);
}

/*
 * How much of @nr sectors may be one I/O?  What was refused is cut off from its
 * neighbours and halved, down to one block.
 */
static u32 io_limit(const struct pcache_writeback *wb, u64 sector, u32 nr)
{
	u32 block = wb->cache->backing.logical_block_size >> PCACHE_SECTOR_SHIFT;
	const struct pcache_range *bad = &wb->suspect;
	u64 end = bad->sector + bad->nr;
	u32 half;

	if (sector >= end || sector + nr <= bad->sector)
		return nr;
	if (sector < bad->sector)
		return bad->sector - sector;
	half = max_t(u32, round_down(bad->nr / 2, block), block);
	return min3(nr, half, (u32)(end - sector));
}

/* Does the backing device get it without data? */
static bool piece_has_no_data(const struct pcache_writeback *wb,
			      const struct wb_piece *piece)
{
	if (piece->type == PCACHE_REC_DISCARD)
		return true;
	return piece->type == PCACHE_REC_ZERO && piece->nr >= OFFLOAD_SECTORS &&
	       piece->nr <= wb->cache->backing.max_zeroes_sectors;
}

/* A discard, or zeroes that the device makes. */
static void piece_offload(struct pcache_writeback *wb,
			  const struct wb_piece *piece, u64 sector, u32 nr)
{
	blk_opf_t opf = REQ_OP_DISCARD;

	if (piece->type == PCACHE_REC_ZERO) {
		opf = REQ_OP_WRITE_ZEROES;
		if (piece->flags & PCACHE_REC_NOUNMAP)
			opf |= REQ_NOUNMAP;
	} else if (!wb->cache->backing.max_discard_sectors) {
		/* A device that cannot discard misses nothing. */
		return;
	}
	wb_submit(wb, wb_io(wb, opf, sector, nr));
}

/* How many sectors at the start of the data cannot be read?  At least one. */
static u32 bad_sectors(struct pcache_cache *cache, const struct wb_piece *piece,
		       u32 off, u32 nr, struct pcache_pos pos)
{
	struct pcache_pos probe;
	u32 bad, good;

	for (bad = 1; bad < nr; bad++) {
		probe = pos;
		if (!pcache_data_read(cache, piece->value + off + bad,
				      piece->sector + off + bad, &probe, 1,
				      &good))
			break;
	}
	return bad;
}

/* Replace data that cannot be read by a LOST record, in log and index. */
static int piece_lose(struct pcache_writeback *wb, const struct wb_piece *piece,
		      u32 off, u32 nr, int why)
{
	struct pcache_cache *cache = wb->cache;

	pr_err("%s: sectors %llu+%u are lost: %s\n", cache->dev->path,
	       piece->sector + off, nr, why == -EILSEQ ? "wrong checksum" :
	       "media error");
	pcache_stat_add(cache, PCACHE_STAT_LOST, nr << PCACHE_SECTOR_SHIFT);
	return pcache_lost_log(cache, piece->sector + off, nr, PCACHE_DATA,
			       piece->value + off);
}

/* How much data in a row there is from @at on, up to one I/O. */
static u32 run_length(const struct pcache_writeback *wb, struct wb_place at)
{
	u64 first = place_sector(&at);
	u32 len = 0, nr;

	while (at.piece && place_sector(&at) == first + len &&
	       !piece_has_no_data(wb, at.piece) && len < PCACHE_IO_SECTORS &&
	       !place_is_lost(wb, &at, &nr)) {
		len += nr;
		place_advance(&at, nr);
	}
	return io_limit(wb, first, min_t(u32, len, PCACHE_IO_SECTORS));
}

/* Copy one piece's share into an I/O's pages.  *@good sectors were copied. */
static int fill_from_piece(struct pcache_cache *cache,
			   const struct wb_place *at, u32 nr,
			   struct pcache_pos *pos, u32 *good)
{
	if (at->piece->type == PCACHE_REC_ZERO) {
		pcache_pos_zero(pos, nr << PCACHE_SECTOR_SHIFT);
		*good = nr;
		return 0;
	}
	return pcache_data_read(cache, at->piece->value + at->off,
				at->piece->sector + at->off, pos, nr, good);
}

/*
 * Write one run of data from @at on, and advance.  If part of it cannot be
 * read, what lies before that is written and the part becomes LOST.
 */
static int run_write(struct pcache_writeback *wb, struct wb_place *at)
{
	u32 block = wb->cache->backing.logical_block_size >> PCACHE_SECTOR_SHIFT;
	u32 len = run_length(wb, *at), done = 0, part, good, bad;
	struct pcache_io *io;
	struct pcache_pos pos;
	int err = 0;

	io = wb_io(wb, wb->opf, place_sector(at), len);
	pcache_io_pos(io, &pos);
	while (done < len) {
		part = min(len - done, at->piece->nr - at->off);
		err = fill_from_piece(wb->cache, at, part, &pos, &good);
		done += good;
		if (err)
			break;
		place_advance(at, part);
	}
	if (err) {
		/* The device takes, and so loses, whole blocks. */
		done -= good % block;
		at->off += round_down(good, block);
		part = min(len - done, at->piece->nr - at->off);
		bad = bad_sectors(wb->cache, at->piece, at->off, part, pos);
		bad = min(round_up(bad, block), part);
		err = piece_lose(wb, at->piece, at->off, bad, err);
		if (!err)
			place_advance(at, bad);
		wb->no_room = err;
	}
	if (!done) {
		pcache_io_free(io);
		return err;
	}
	io->nr_sectors = done;
	io->bio.bi_iter.bi_size = done << PCACHE_SECTOR_SHIFT;
	pcache_stat_add(wb->cache, PCACHE_STAT_WRITEBACK,
			done << PCACHE_SECTOR_SHIFT);
	wb_submit(wb, io);
	return err;
}

/*
 * The block layer holds back who writes in the background, to a few requests at
 * once.  That is right for what is merely old, but not if somebody waits for it
 * or soon will: then it is told that each write is waited for.
 */
static blk_opf_t batch_opf(struct pcache_cache *cache)
{
	if (pcache_writers_wait(cache) || pcache_log_is_long(cache) ||
	    READ_ONCE(cache->state) >= PCACHE_STATE_DRAINING ||
	    !READ_ONCE(cache->writeback_delay_ms))
		return REQ_OP_WRITE | REQ_SYNC | REQ_IDLE;
	return REQ_OP_WRITE;
}

static int batch_write_once(struct pcache_writeback *wb)
{
	struct wb_place at = { piece_of(rb_first(&wb->pieces)), 0 };
	struct blk_plug plug;
	int err = 0;
	u32 nr;

	wb->failed = BLK_STS_OK;
	wb->refused.nr = 0;
	wb->no_room = false;
	wb->opf = batch_opf(wb->cache);
	blk_start_plug(&plug);
	while (at.piece && !err && !READ_ONCE(wb->failed)) {
		if (place_is_lost(wb, &at, &nr)) {
			place_advance(&at, nr);
		} else if (piece_has_no_data(wb, at.piece)) {
			nr = io_limit(wb, place_sector(&at), nr);
			piece_offload(wb, at.piece, place_sector(&at), nr);
			place_advance(&at, nr);
		} else {
			err = run_write(wb, &at);
		}
	}
	blk_finish_plug(&plug);
	wb_wait(wb, 1);
	return err ?: blk_status_to_errno(wb->failed);
}

static int batch_write(struct pcache_writeback *wb)
{
	struct pcache_backing *backing = &wb->cache->backing;
	int err = batch_write_once(wb);

	if (err == -EOPNOTSUPP && backing->max_zeroes_sectors) {
		/* Some devices find out only when they are asked. */
		backing->max_zeroes_sectors = 0;
		err = batch_write_once(wb);
	}
	return err;
}

static int batch_write_and_flush(struct pcache_writeback *wb)
{
	u64 start = ktime_get_ns(), written, end;
	int err = batch_write(wb);

	written = ktime_get_ns();
	if (!err)
		err = pcache_backing_flush(&wb->cache->backing);
	end = ktime_get_ns();
	if (!err)
		batch_adapt(wb, written - start, end - written);
	return err;
}

/* ---- the end of a batch ---- */

/**
 * pcache_cache_advance - make a new W or H durable
 * @cache: the cache
 * @clean_lsn: W, if it is above the present one
 * @evict_lsn: H, if it is above the present one
 *
 * Context: process, may sleep; takes cursor_lock.
 */
void pcache_cache_advance(struct pcache_cache *cache, u64 clean_lsn,
			  u64 evict_lsn)
{
	mutex_lock(&cache->cursor_lock);
	clean_lsn = max(clean_lsn, cache->clean_lsn);
	evict_lsn = max(evict_lsn, cache->evict_lsn);
	/*
	 * persist: for W, the backing device was flushed and the result
	 * checked; for H, W covers it and LOST records were logged again (I1).
	 */
	pcache_cursor_store(&cache->cursor, clean_lsn, evict_lsn);
	WRITE_ONCE(cache->clean_lsn, clean_lsn);
	WRITE_ONCE(cache->evict_lsn, evict_lsn);
	mutex_unlock(&cache->cursor_lock);
	wake_up_all(&cache->event);
}

/* Put a segment that W covers on the clean list, by last LSN. */
static void seg_set_clean(struct pcache_cache *cache, struct pcache_seg *seg)
{
	struct pcache_seg *prev;

	list_del(&seg->node);
	WRITE_ONCE(cache->nr_log, cache->nr_log - 1);
	list_for_each_entry_reverse(prev, &cache->clean, node) {
		if (prev->last_lsn <= seg->last_lsn)
			break;
	}
	list_add(&seg->node, &prev->node);
}

/**
 * pcache_wb_settle - W has advanced: which segments are clean now?
 * @cache: the cache; only segments up to @stop are looked at
 * @stop: first segment of the log that the iterator did not take up, or NULL
 *
 * Context: process; takes log_lock.
 */
void pcache_wb_settle(struct pcache_cache *cache, struct pcache_seg *stop)
{
	struct pcache_seg *seg, *tmp;

	spin_lock(&cache->log_lock);
	list_for_each_entry_safe(seg, tmp, &cache->log, node) {
		if (seg == stop)
			break;
		seg->wb_pos = seg->iter_pos;
		/*
		 * Pairs with smp_store_release() in seg_finish().  One that was
		 * open at a crash is not ended before the attach goes live.
		 */
		if (smp_load_acquire(&seg->state) == PCACHE_SEG_CLOSED &&
		    seg->ended && seg->wb_pos == seg->nr_recs &&
		    seg->last_lsn <= READ_ONCE(cache->clean_lsn)) {
			list_del_init(&seg->open_node);
			seg_set_clean(cache, seg);
		}
	}
	spin_unlock(&cache->log_lock);
}

static void batch_finish(struct pcache_writeback *wb)
{
	struct pcache_cache *cache = wb->cache;

	pcache_cache_advance(cache, wb->end, 0);
	pcache_wb_settle(cache, wb->iter.next);
	percpu_counter_sub_local(&cache->dirty_sectors, wb->sectors);
	/* A drain is over when nothing is dirty. */
	wake_up_all(&cache->event);
	if (wb->end >= wb->written_to) {
		/* Nothing newer than W is on the backing device. */
		WRITE_ONCE(cache->checkpoint_lsn, wb->end);
		cache->relaxed = READ_ONCE(cache->want_relaxed);
	}
	pcache_gc_kick(cache);
}

/* One batch.  1: W advanced; 0: nothing to do; or an error. */
static int wb_batch(struct pcache_writeback *wb)
{
	struct pcache_cache *cache = wb->cache;
	u64 horizon = pcache_log_horizon(cache);
	int err;

	if (horizon <= READ_ONCE(cache->clean_lsn))
		return 0;
	err = batch_collect(wb, horizon);
	/* Not an error of the backing device, whatever it is. */
	if (err)
		return -EUCLEAN;
	if (wb->nr_keys) {
		pcache_set_dirty(cache);
		batch_resolve(wb);
		batch_leave_out(wb);
		wb->written_to = max(wb->written_to, wb->end);
		err = batch_write_and_flush(wb);
		trace_pcache_batch(cache, wb->end, wb->nr_keys, wb->sectors,
				   err);
		if (err)
			return err;
		wb->retry_ms = RETRY_MS_MIN;
		wb->suspect.nr = 0;
		pcache_set_condition(cache, PCACHE_COND_OK, 0);
		pcache_stat_add(cache, PCACHE_STAT_BATCHES, 1);
	}
	batch_finish(wb);
	return 1;
}

/* ---- the worker ---- */

/* The batch has failed: learn from it what the backing device refuses. */
static void wb_note_refused(struct pcache_writeback *wb)
{
	u32 block = wb->cache->backing.logical_block_size >> PCACHE_SECTOR_SHIFT;
	bool told = wb->suspect.nr == block &&
		    wb->suspect.sector == wb->refused.sector;

	wb->suspect = wb->refused;
	pcache_set_refused(wb->cache, &wb->suspect);
	if (wb->suspect.nr == block && !told)
		pr_err("%s: backing %u refuses sectors %llu+%u\n",
		       wb->cache->dev->path, wb->cache->slot,
		       wb->suspect.sector, block);
}

static void wb_failed(struct pcache_writeback *wb, int err)
{
	struct pcache_cache *cache = wb->cache;

	if (err == -EUCLEAN) {
		pcache_set_mode(cache, PCACHE_MODE_READ_ONLY,
				"a record cannot be read");
		return;
	}
	if (wb->no_room && !wb->failed) {
		/* Not an error of the backing device; reclaim makes room. */
		pcache_gc_kick(cache);
	} else {
		pcache_stat_add(cache, PCACHE_STAT_WRITEBACK_ERRORS, 1);
		wb_note_refused(wb);
		pcache_set_condition(cache, PCACHE_COND_FAILING, err);
	}
	queue_delayed_work(cache->wb_wq, &cache->wb_work,
			   msecs_to_jiffies(wb->retry_ms));
	wb->retry_ms = min_t(u32, 2 * wb->retry_ms, RETRY_MS_MAX);
}

/**
 * pcache_wb_retry - let reclaim be kicked after a pause
 * @cache: its fault.lost_waits is set
 *
 * Context: process.
 */
void pcache_wb_retry(struct pcache_cache *cache)
{
	if (READ_ONCE(cache->condition) == PCACHE_COND_OK)
		mod_delayed_work(cache->wb_wq, &cache->wb_work,
				 msecs_to_jiffies(RETRY_MS_MIN));
}

/**
 * pcache_wb_hurry - a failing backing device shows signs of life: try it soon
 * @cache: the cache
 *
 * Once per pause: it may well go on failing.
 *
 * Context: process.
 */
void pcache_wb_hurry(struct pcache_cache *cache)
{
	if (READ_ONCE(cache->condition) != PCACHE_COND_FAILING ||
	    xchg(&cache->fault.hurried, true))
		return;
	mod_delayed_work(cache->wb_wq, &cache->wb_work,
			 msecs_to_jiffies(RETRY_MS_MIN));
}

/**
 * pcache_wb_resume - write back now, whatever the condition
 * @cache: the cache
 *
 * Context: any.
 */
void pcache_wb_resume(struct pcache_cache *cache)
{
	mod_delayed_work(cache->wb_wq, &cache->wb_work, 0);
}

/**
 * pcache_wb_work - write back what is dirty when this starts
 * @work: of a cache
 *
 * Context: process, may sleep.
 */
void pcache_wb_work(struct work_struct *work)
{
	struct pcache_cache *cache = container_of(to_delayed_work(work),
						  struct pcache_cache, wb_work);
	u64 began, target = atomic64_read(&cache->lsn);
	struct pcache_writeback *wb = cache->wb;
	unsigned long start = jiffies;
	int ret = 1;

	began = target;
	WRITE_ONCE(cache->fault.hurried, false);
	while (ret > 0 && READ_ONCE(cache->clean_lsn) < target &&
	       READ_ONCE(cache->mode) == PCACHE_MODE_RUNNING) {
		ret = wb_batch(wb);
		if (READ_ONCE(cache->state) >= PCACHE_STATE_DRAINING)
			target = atomic64_read(&cache->lsn);
		cond_resched();
	}
	/* What is dirty now came after the start. */
	if (READ_ONCE(cache->clean_lsn) >= began)
		WRITE_ONCE(cache->dirty_since, start);
	pcache_set_clean(cache);
	if (READ_ONCE(cache->fault.lost_waits))
		pcache_gc_kick(cache);
	if (ret < 0)
		wb_failed(wb, ret);
	else if (READ_ONCE(cache->clean_lsn) < atomic64_read(&cache->lsn) &&
		 READ_ONCE(cache->mode) == PCACHE_MODE_RUNNING)
		pcache_wb_note_dirty(cache);
}

/**
 * pcache_wb_note_dirty - something is dirty: see to it that it does not stay so
 * @cache: the cache
 *
 * Context: any.
 */
void pcache_wb_note_dirty(struct pcache_cache *cache)
{
	if (!delayed_work_pending(&cache->wb_work))
		queue_delayed_work(cache->wb_wq, &cache->wb_work,
				   msecs_to_jiffies(READ_ONCE(cache->writeback_delay_ms)));
}

/**
 * pcache_wb_init - set up write-back
 * @cache: its log was replayed
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_wb_exit() is due in either case.
 */
int pcache_wb_init(struct pcache_cache *cache)
{
	struct pcache_writeback *wb;
	int err;

	wb = kvzalloc(sizeof(*wb), GFP_KERNEL);
	if (!wb)
		return -ENOMEM;
	cache->wb = wb;
	wb->cache = cache;
	wb->retry_ms = RETRY_MS_MIN;
	wb->short_records = BATCH_RECORDS;
	/* An unfinished batch of an earlier life may have written that far. */
	wb->written_to = atomic64_read(&cache->lsn);
	spin_lock_init(&wb->io_lock);
	init_waitqueue_head(&wb->wait);
	err = pcache_log_iter_init(&wb->iter, cache);
	if (err)
		return err;
	return pcache_io_pool_init(&wb->ios, RESERVE_IOS, 0);
}

/**
 * pcache_wb_exit - free write-back
 * @cache: its work is cancelled
 *
 * Context: process.
 */
void pcache_wb_exit(struct pcache_cache *cache)
{
	struct pcache_writeback *wb = cache->wb;

	if (!wb)
		return;
	pcache_log_iter_exit(&wb->iter);
	pcache_io_pool_exit(&wb->ios);
	kvfree(wb);
	cache->wb = NULL;
}
