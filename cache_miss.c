// SPDX-License-Identifier: GPL-2.0
/*
 * Reads: hits, misses and fills.
 *
 * A read goes in slices.  What is mapped is copied out under RCU; no lock is
 * taken and no shared line written.  A hole is believed only under the shard's
 * lock, where it is marked before the backing read is submitted; if it turns
 * out to be mapped by then, the slice starts again.  The backing read goes to
 * pages of our own, and from there to the caller, never the other way (P10).
 * After the caller has completed, what still carries the mark is appended as
 * CLEAN; a write that came in between has overwritten the mark.
 *
 * Without memory for a mark, or without space for a fill, the miss just reads
 * through.  Marks go away on every path.
 *
 * A hit whose data cannot be read, or whose CRC does not match, becomes a miss
 * if it is clean (healed), and an error for those sectors if it is dirty (P9).
 *
 * Locks: shards; wait_lock for the list of reads that wait for memory.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include "trace.h"

/* Longest part of a read that one RCU section copies, or one miss fetches. */
#define SLICE_SECTORS	((u32)PCACHE_IO_SECTORS)

/* Most holes that one miss fetches at once, and most records of its fill. */
#define MAX_RUNS	8

/*
 * Misses under way at once, at most: their pages are ours, and a single read may
 * be of any size.  What finds no place waits, and newcomers miss behind it.
 */
#define MAX_MISSES	256

struct miss_run {
	u32 off;	/* sectors from the start of the miss */
	u32 nr;
};

/**
 * struct pcache_miss - a backing read on behalf of a read request
 * @req: the request; NULL once its part has ended
 * @id: of its marks; 0: it has none
 * @pos: caller's place for the first sector
 * @nr_runs: holes
 * @runs: what the caller gets of it
 * @work: serves it when its backing read has ended
 * @io: last
 */
struct pcache_miss {
	struct pcache_req *req;
	u64 id;
	struct pcache_pos pos;
	u32 nr_runs;
	struct miss_run runs[MAX_RUNS];
	struct work_struct work;
	struct pcache_io io;
};

/**
 * struct slice - one slice of a read, as it was looked up
 * @sector: first sector
 * @nr: sectors looked at so far
 * @first: start of the first hole, from @sector
 * @first_pos: caller's place for it
 * @end: end of the last hole, from @sector
 * @nr_runs: holes
 * @runs: holes, from @first
 */
struct slice {
	u64 sector;
	u32 nr;
	u32 first;
	struct pcache_pos first_pos;
	u32 end;
	u32 nr_runs;
	struct miss_run runs[MAX_RUNS];
};

/**
 * pcache_miss_pad - bytes that a miss takes in front of its I/O
 *
 * Return: for pcache_io_pool_init().
 */
size_t pcache_miss_pad(void)
{
	return offsetof(struct pcache_miss, io);
}

/* ---- hits ---- */

/* Unmap what a clean record maps of the page that holds @sector. */
static void heal_page(struct pcache_cache *cache, const struct pcache_key *key,
		      u64 sector)
{
	u64 page = round_down(sector, PCACHE_BLOCK_SECTORS);
	u64 from = max(page, key->sector);
	u64 to = min(page + PCACHE_BLOCK_SECTORS,
		     key->sector + key->nr_sectors);

	pcache_index_lock(&cache->index, sector);
	pcache_index_erase(&cache->index, from, to - from, PCACHE_DATA,
			   key->value + (from - key->sector));
	pcache_index_unlock(&cache->index, sector);
	pcache_stat_add(cache, PCACHE_STAT_HEALED, 1);
}

/*
 * If the backing device has what a bad sector holds, unmap it.  The RCU section
 * keeps the segment from being reused between the lookup and the end.
 */
static bool hit_heal(struct pcache_cache *cache, u64 sector, u64 place)
{
	struct pcache_run run;
	struct pcache_key key;
	bool healed = true;

	rcu_read_lock();
	pcache_index_lookup(&cache->index, sector, 1, false, &run);
	if (run.tag == PCACHE_DATA && run.value == place) {
		/* A damaged cache may have lost what replaced it (W). */
		healed = !cache->rules.salvage &&
			 pcache_key_find(cache, PCACHE_DATA, place, &key) == 1 &&
			 key.sector + (place - key.value) == sector &&
			 pcache_key_is_clean(cache, &key);
		if (healed)
			heal_page(cache, &key, sector);
	}
	rcu_read_unlock();
	return healed;
}

/* Data of a hit is bad.  0: look again; else the error for the caller. */
static int hit_failed(struct pcache_cache *cache, u64 sector, u64 place,
		      int err)
{
	pcache_stat_add(cache, err == -EILSEQ ? PCACHE_STAT_CRC_ERRORS :
			PCACHE_STAT_MEDIA_ERRORS, 1);
	if (hit_heal(cache, sector, place))
		return 0;
	pr_err_ratelimited("%s: sector %llu is lost: %s\n", cache->dev->path,
			   sector, err == -EILSEQ ? "wrong checksum" :
			   "media error");
	return -EIO;
}

/* Copy one mapped run to the caller; *@good sectors of it if that fails. */
static int hit_copy(struct pcache_req *req, struct pcache_pos *pos, u64 sector,
		    const struct pcache_run *run, u32 *good)
{
	if (run->tag == PCACHE_DATA)
		return pcache_data_read(req->cache, run->value, sector, pos,
					run->nr, good);
	pcache_pos_zero(pos, run->nr << PCACHE_SECTOR_SHIFT);
	return 0;
}

/* ---- one slice ---- */

static void slice_note_hole(struct slice *sl, const struct pcache_pos *pos,
			    u32 nr)
{
	if (!sl->nr_runs) {
		sl->first = sl->nr;
		sl->first_pos = *pos;
	}
	if (sl->nr_runs && sl->end == sl->nr) {
		sl->runs[sl->nr_runs - 1].nr += nr;
	} else {
		sl->runs[sl->nr_runs].off = sl->nr - sl->first;
		sl->runs[sl->nr_runs++].nr = nr;
	}
	sl->end = sl->nr + nr;
}

/*
 * Copy what is mapped and note what isn't.  The slice ends early at the last
 * hole that it has room for.  0, or an error with the sector that failed.
 */
static int slice_copy(struct pcache_req *req, struct slice *sl,
		      struct pcache_pos *pos, u32 max, u64 *place)
{
	struct pcache_run run;
	u32 good;
	int err;

	while (sl->nr < max && sl->nr_runs < MAX_RUNS) {
		pcache_index_lookup(&req->cache->index, sl->sector + sl->nr,
				    max - sl->nr, true, &run);
		switch (run.tag) {
		case PCACHE_DATA:
		case PCACHE_ZERO:
			err = hit_copy(req, pos, sl->sector + sl->nr, &run,
				       &good);
			if (err) {
				sl->nr += good;
				*place = run.value + good;
				return err;
			}
			break;
		case PCACHE_LOST:
			pcache_req_fail(req, BLK_STS_IOERR);
			pcache_pos_advance(pos, run.nr << PCACHE_SECTOR_SHIFT);
			break;
		default:
			slice_note_hole(sl, pos, run.nr);
			pcache_pos_advance(pos, run.nr << PCACHE_SECTOR_SHIFT);
		}
		sl->nr += run.nr;
	}
	return 0;
}

/* Is every hole of the slice still one?  The shard is locked. */
static bool slice_is_current(struct pcache_cache *cache, const struct slice *sl)
{
	struct pcache_run run;
	u32 i, done;

	for (i = 0; i < sl->nr_runs; i++) {
		for (done = 0; done < sl->runs[i].nr; done += run.nr) {
			pcache_index_lookup(&cache->index, sl->sector +
					    sl->first + sl->runs[i].off + done,
					    sl->runs[i].nr - done, false, &run);
			if (run.tag != PCACHE_HOLE && run.tag != PCACHE_FILLING)
				return false;
		}
	}
	return true;
}

/* Mark the holes of a slice; without memory the miss reads through. */
static void slice_mark(struct pcache_cache *cache, const struct slice *sl,
		       struct pcache_miss *miss)
{
	u64 id = atomic64_inc_return(&cache->fill_id);
	u32 i, marked = 0;

	for (i = 0; i < sl->nr_runs; i++) {
		u64 sector = miss->io.sector + sl->runs[i].off;
		u32 nr = sl->runs[i].nr;

		if (!pcache_index_prepare(&cache->index, sector, nr,
					  PCACHE_FILLING, NULL))
			marked += pcache_index_mark(&cache->index, sector, nr,
						    id);
	}
	miss->id = marked ? id : 0;
}

static void miss_work(struct work_struct *work);

static void miss_done(struct pcache_io *io)
{
	struct pcache_miss *miss = container_of(io, struct pcache_miss, io);
	struct pcache_cache *cache = io->owner;

	/* Locks are taken in process context only. */
	queue_work(cache->end_wq, &miss->work);
}

static struct pcache_miss *miss_alloc(struct pcache_req *req,
				      const struct slice *sl, gfp_t gfp)
{
	struct pcache_cache *cache = req->cache;
	struct pcache_miss *miss;
	struct pcache_io *io;

	io = pcache_io_alloc(&cache->miss_io, &cache->backing, REQ_OP_READ,
			     sl->sector + sl->first, sl->end - sl->first, gfp);
	if (!io)
		return NULL;
	io->done = miss_done;
	io->owner = cache;
	miss = container_of(io, struct pcache_miss, io);
	INIT_WORK(&miss->work, miss_work);
	miss->req = req;
	miss->pos = sl->first_pos;
	miss->nr_runs = sl->nr_runs;
	memcpy(miss->runs, sl->runs, sizeof(miss->runs));
	return miss;
}

/*
 * Fetch the holes of a slice.  0: under way; -EAGAIN: look again; -ENOMEM.
 */
static int slice_fetch(struct pcache_req *req, const struct slice *sl,
		       gfp_t gfp)
{
	struct pcache_cache *cache = req->cache;
	struct pcache_miss *miss;
	bool current_holes;

	if (atomic_read(&cache->nr_misses) >= MAX_MISSES ||
	    (gfp != GFP_NOIO && !list_empty_careful(&cache->waiting_reads)))
		return -ENOMEM;
	miss = miss_alloc(req, sl, gfp);
	if (!miss)
		return -ENOMEM;
	pcache_index_lock(&cache->index, sl->sector);
	current_holes = slice_is_current(cache, sl);
	if (current_holes)
		slice_mark(cache, sl, miss);
	pcache_index_unlock(&cache->index, sl->sector);
	if (!current_holes) {
		pcache_io_free(&miss->io);
		return -EAGAIN;
	}
	trace_pcache_miss(cache, miss->io.sector, miss->io.nr_sectors, miss->id);
	if (!(req->flags & PCACHE_REQ_MISSED))
		pcache_stat_add(cache, PCACHE_STAT_MISSES, 1);
	req->flags |= PCACHE_REQ_MISSED;
	atomic_inc(&req->pending);
	atomic_inc(&cache->nr_misses);
	pcache_io_submit(&miss->io);
	return 0;
}

static void slice_account(struct pcache_cache *cache, const struct slice *sl)
{
	u32 i, holes = 0;

	for (i = 0; i < sl->nr_runs; i++)
		holes += sl->runs[i].nr;
	pcache_stat_add(cache, PCACHE_STAT_HIT,
			(sl->nr - holes) << PCACHE_SECTOR_SHIFT);
	if (sl->nr > holes)
		trace_pcache_hit(cache, sl->sector, sl->nr - holes);
	if (holes)
		pcache_stat_add(cache, PCACHE_STAT_MISS,
				holes << PCACHE_SECTOR_SHIFT);
}

/*
 * A slice ends with its chunk, since a miss has one shard, and is no longer than
 * an extent, since it may be filled by one record.
 */
static u32 slice_max(const struct pcache_req *req)
{
	u32 chunk = PCACHE_CHUNK_SECTORS - req->sector % PCACHE_CHUNK_SECTORS;
	u32 extent = req->cache->dev->geo.max_io >> PCACHE_SECTOR_SHIFT;

	return min(min3(req->nr_sectors, chunk, extent), SLICE_SECTORS);
}

/*
 * Read one slice and advance the request.  0; -EAGAIN: holes, and the request
 * does not stay; -ENOMEM.
 */
static int read_slice(struct pcache_req *req, gfp_t gfp)
{
	u32 max = slice_max(req);
	struct pcache_pos pos;
	struct slice sl;
	u64 place;
	int err;

	for (;;) {
		sl.sector = req->sector;
		sl.nr = 0;
		sl.nr_runs = 0;
		pos = req->pos;
		rcu_read_lock();
		err = slice_copy(req, &sl, &pos, max, &place);
		rcu_read_unlock();
		if (err) {
			err = hit_failed(req->cache, sl.sector + sl.nr, place,
					 err);
			if (err)
				return err;
			continue;
		}
		if (!sl.nr_runs)
			break;
		if (!(req->flags & PCACHE_REQ_STAYS))
			return -EAGAIN;
		err = slice_fetch(req, &sl, gfp);
		if (!err)
			break;
		if (err != -EAGAIN)
			return err;
	}
	slice_account(req->cache, &sl);
	req->pos = pos;
	req->sector += sl.nr;
	req->nr_sectors -= sl.nr;
	return 0;
}

/*
 * Read the rest of a request.  -EAGAIN: it has to stay, or there is more than one
 * attempt takes; -ENOMEM: it has to wait.
 */
static int read_all(struct pcache_req *req, gfp_t gfp)
{
	u64 before = req->sector;
	int err = 0;

	while (req->nr_sectors && !err) {
		err = read_slice(req, gfp);
		if (!err && req->nr_sectors &&
		    req->sector - before >= PCACHE_ATTEMPT_SECTORS)
			err = -EAGAIN;
	}
	if (err == -EIO) {
		pcache_req_fail(req, BLK_STS_IOERR);
		err = 0;
	}
	return err;
}

/*
 * Most reads are of one run that is all there, and need none of the bookkeeping
 * of a slice.  Whatever else it is, the slow way looks again.
 */
static bool read_hit(struct pcache_req *req)
{
	struct pcache_cache *cache = req->cache;
	struct pcache_pos pos = req->pos;
	u32 good, nr = req->nr_sectors;
	struct pcache_run run;
	int err = -EAGAIN;

	if (nr > SLICE_SECTORS)
		return false;
	rcu_read_lock();
	pcache_index_lookup(&cache->index, req->sector, nr, true, &run);
	if (run.tag == PCACHE_DATA && run.nr == nr)
		err = pcache_data_read(cache, run.value, req->sector, &pos, nr,
				       &good);
	rcu_read_unlock();
	if (err)
		return false;
	pcache_stat_add(cache, PCACHE_STAT_HIT, nr << PCACHE_SECTOR_SHIFT);
	trace_pcache_hit(cache, req->sector, nr);
	req->nr_sectors = 0;
	return true;
}

/* Put a read behind those that wait already. */
static void read_wait(struct pcache_req *req)
{
	struct pcache_cache *cache = req->cache;

	spin_lock(&cache->wait_lock);
	list_add_tail(&req->node, &cache->waiting_reads);
	WRITE_ONCE(cache->nr_waiting_reads, cache->nr_waiting_reads + 1);
	spin_unlock(&cache->wait_lock);
}

/**
 * pcache_read_submit - start a read
 * @req: the request
 *
 * Context: process; does not sleep.
 * Return: as pcache_req_submit().
 */
enum pcache_result pcache_read_submit(struct pcache_req *req)
{
	struct pcache_cache *cache = req->cache;
	int err;

	if (likely(read_hit(req)))
		return PCACHE_DONE;
	atomic_set(&req->pending, 1);
	err = read_all(req, GFP_NOWAIT | __GFP_NOWARN);
	if (err == -EAGAIN && !(req->flags & PCACHE_REQ_STAYS))
		return PCACHE_AGAIN;
	if (err) {
		pcache_stat_add(cache, PCACHE_STAT_WAITS, 1);
		read_wait(req);
		queue_work(cache->req_wq, &cache->read_work);
		wake_up_all(&cache->event);
		return PCACHE_QUEUED;
	}
	return atomic_dec_and_test(&req->pending) ? PCACHE_DONE : PCACHE_QUEUED;
}

/* ---- reads that wait ---- */

static struct pcache_req *read_next(struct pcache_cache *cache)
{
	struct pcache_req *req;

	spin_lock(&cache->wait_lock);
	req = list_first_entry_or_null(&cache->waiting_reads, struct pcache_req,
				       node);
	if (req) {
		list_del_init(&req->node);
		WRITE_ONCE(cache->nr_waiting_reads,
			   cache->nr_waiting_reads - 1);
	}
	spin_unlock(&cache->wait_lock);
	return req;
}

/* Is there a place for a miss, or another read than those @nr? */
static bool read_may_go_on(struct pcache_cache *cache, u32 nr)
{
	return atomic_read(&cache->nr_misses) < MAX_MISSES ||
	       READ_ONCE(cache->nr_waiting_reads) != nr;
}

/**
 * pcache_read_work - serve the reads that wait
 * @work: of a cache
 *
 * In turns: one that is merely long goes on after the others, and so does one
 * that finds no place for a miss, since those behind it may be hits (P8).
 *
 * Context: process, may sleep; only this takes requests off the list.
 */
void pcache_read_work(struct work_struct *work)
{
	struct pcache_cache *cache = container_of(work, struct pcache_cache,
						  read_work);
	struct pcache_req *req;
	u32 refused = 0, nr;
	int err;

	while ((req = read_next(cache))) {
		err = read_all(req, GFP_NOIO);
		if (err)
			read_wait(req);
		else
			pcache_req_put(req);
		refused = err == -ENOMEM ? refused + 1 : 0;
		nr = READ_ONCE(cache->nr_waiting_reads);
		if (refused && refused >= nr) {
			wait_event(cache->event, read_may_go_on(cache, nr));
			refused = 0;
		}
		cond_resched();
	}
	wake_up_all(&cache->event);
}

/* ---- the end of a miss ---- */

static void miss_copy_out(struct pcache_miss *miss)
{
	struct pcache_pos src, dst;
	u32 i;

	for (i = 0; i < miss->nr_runs; i++) {
		u32 off = miss->runs[i].off << PCACHE_SECTOR_SHIFT;

		pcache_io_pos(&miss->io, &src);
		pcache_pos_advance(&src, off);
		dst = miss->pos;
		pcache_pos_advance(&dst, off);
		pcache_pos_copy(&dst, &src,
				miss->runs[i].nr << PCACHE_SECTOR_SHIFT);
	}
}

/* Which parts of the miss still carry its mark; the first MAX_RUNS of them. */
static u32 fill_find_runs(struct pcache_cache *cache, struct pcache_miss *miss,
			  struct miss_run *runs)
{
	struct pcache_run run;
	u32 done, nr = 0;

	pcache_index_lock(&cache->index, miss->io.sector);
	for (done = 0; done < miss->io.nr_sectors; done += run.nr) {
		pcache_index_lookup(&cache->index, miss->io.sector + done,
				    miss->io.nr_sectors - done, false, &run);
		if (run.tag != PCACHE_FILLING || run.value != miss->id)
			continue;
		if (nr && runs[nr - 1].off + runs[nr - 1].nr == done) {
			runs[nr - 1].nr += run.nr;
		} else if (nr < MAX_RUNS) {
			runs[nr].off = done;
			runs[nr++].nr = run.nr;
		} else {
			break;
		}
	}
	pcache_index_unlock(&cache->index, miss->io.sector);
	return nr;
}

static void fill_copy_in(struct pcache_cache *cache, struct pcache_miss *miss,
			 const struct miss_run *runs, u32 nr_runs, u64 place)
{
	struct pcache_pos src;
	u32 i;

	migrate_disable();
	for (i = 0; i < nr_runs; i++) {
		pcache_io_pos(&miss->io, &src);
		pcache_pos_advance(&src, runs[i].off << PCACHE_SECTOR_SHIFT);
		pcache_data_write(cache, place, miss->io.sector + runs[i].off,
				  &src, runs[i].nr);
		place += pcache_data_len(cache, runs[i].nr) >>
			 PCACHE_SECTOR_SHIFT;
	}
	/* I2: the data is durable before its records are stored. */
	pcache_pmem_fence();
	migrate_enable();
}

/* Is the whole of a run still marked?  The shard is locked. */
static bool fill_is_marked(struct pcache_cache *cache, u64 sector, u32 nr,
			   u64 id)
{
	struct pcache_run run;

	for (; nr; sector += run.nr, nr -= run.nr) {
		pcache_index_lookup(&cache->index, sector, nr, false, &run);
		if (run.tag != PCACHE_FILLING || run.value != id)
			return false;
	}
	return true;
}

/*
 * Log the runs that are still marked as a whole.  One that a write has broken
 * into while it was copied is left out.
 */
static void fill_publish(struct pcache_cache *cache, struct pcache_miss *miss,
			 const struct miss_run *runs, u32 nr_runs,
			 struct pcache_resv *resv, u64 place)
{
	struct pcache_index *index = &cache->index;
	u32 i;

	pcache_index_lock(index, miss->io.sector);
	for (i = 0; i < nr_runs; i++) {
		struct pcache_key key = {
			.type = PCACHE_REC_CLEAN,
			.sector = miss->io.sector + runs[i].off,
			.nr_sectors = runs[i].nr,
			.value = place,
		};

		place += pcache_data_len(cache, key.nr_sectors) >>
			 PCACHE_SECTOR_SHIFT;
		if (!fill_is_marked(cache, key.sector, key.nr_sectors,
				    miss->id))
			continue;
		/* The mark has room for the mapping: nothing to prepare. */
		pcache_key_append(cache, resv, &key);
		pcache_index_set(index, key.sector, key.nr_sectors, PCACHE_DATA,
				 key.value);
		pcache_stat_add(cache, PCACHE_STAT_FILL,
				key.nr_sectors << PCACHE_SECTOR_SHIFT);
	}
	pcache_index_unlock(index, miss->io.sector);
}

static void miss_fill(struct pcache_cache *cache, struct pcache_miss *miss)
{
	struct pcache_head *head = &cache->heads[miss->io.sector /
						 PCACHE_CHUNK_SECTORS %
						 cache->nr_heads];
	struct miss_run runs[MAX_RUNS];
	struct pcache_resv resv;
	u32 i, nr_runs, len = 0;
	u64 place;

	nr_runs = fill_find_runs(cache, miss, runs);
	for (i = 0; i < nr_runs; i++)
		len += pcache_data_len(cache, runs[i].nr);
	if (!nr_runs || pcache_writers_wait(cache) ||
	    pcache_seg_reserve(cache, head, len, nr_runs, PCACHE_URG_NORMAL,
			       &resv))
		return;
	place = (pcache_geo_seg_off(&cache->dev->geo, resv.seg->id) +
		 resv.data_off) >> PCACHE_SECTOR_SHIFT;
	fill_copy_in(cache, miss, runs, nr_runs, place);
	fill_publish(cache, miss, runs, nr_runs, &resv, place);
	pcache_seg_release(cache, &resv);
}

static void miss_unmark(struct pcache_cache *cache, struct pcache_miss *miss)
{
	pcache_index_lock(&cache->index, miss->io.sector);
	pcache_index_erase(&cache->index, miss->io.sector, miss->io.nr_sectors,
			   PCACHE_FILLING, miss->id);
	pcache_index_unlock(&cache->index, miss->io.sector);
}

/* A device that answers again may take writes again, too. */
static void miss_note_result(struct pcache_cache *cache, bool failed)
{
	if (failed)
		pcache_stat_add(cache, PCACHE_STAT_READ_ERRORS, 1);
	if (failed == READ_ONCE(cache->fault.read_failed))
		return;
	if (xchg(&cache->fault.read_failed, failed) && !failed)
		pcache_wb_hurry(cache);
}

static void miss_end(struct pcache_cache *cache, struct pcache_miss *miss)
{
	bool failed = miss->io.status;
	int left;

	miss_note_result(cache, failed);
	if (failed)
		pcache_req_fail(miss->req, miss->io.status);
	else
		miss_copy_out(miss);
	/* The caller's pages are gone after this. */
	pcache_req_put(miss->req);
	miss->req = NULL;
	if (miss->id) {
		if (!failed && READ_ONCE(cache->mode) == PCACHE_MODE_RUNNING)
			miss_fill(cache, miss);
		miss_unmark(cache, miss);
	}
	pcache_io_free(&miss->io);
	left = atomic_dec_return(&cache->nr_misses);
	if (!left || left == MAX_MISSES - 1)
		wake_up_all(&cache->event);
}

/* Never waits for memory or space: what holds both waits for this. */
static void miss_work(struct work_struct *work)
{
	struct pcache_miss *miss = container_of(work, struct pcache_miss, work);

	miss_end(miss->io.owner, miss);
}
