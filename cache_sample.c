// SPDX-License-Identifier: GPL-2.0
/*
 * Was the disk changed while it was detached?  A sample.
 *
 * What a clean record maps is on the backing device, flushed (I6): a WRITE that W
 * covers, or a CLEAN, which was read from the device or moved.  Replay shows all
 * records here in LSN order; the newest clean one of each part of the disk is
 * kept, and for its first and last MiB, where whoever writes to a disk leaves
 * traces, which sectors are clean.  Then what the index still maps so is compared
 * with the disk.  So what a record above W covers is left out: an unfinished batch
 * may have written it, or part of it.  Left out, too, are zeroes and discards (the
 * latter have no defined content), what is lost, and what cannot be read or fails
 * its checksum, since that tells nothing of the disk.
 *
 * Bounded: so many parts, one block of each, and the two ends.  Nothing is stored.
 *
 * Context: process, may sleep; the cache is not live.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/highmem.h>
#include <linux/log2.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "pcache_sample.h"

/**
 * struct window - a range of the disk that is read at once
 * @cache: the cache
 * @sample: counts
 * @sector: first sector
 * @nr: sectors, at most PCACHE_IO_SECTORS
 * @want: which of them are compared
 * @disk: what the disk has
 * @pmem: what the cache has, of those that are compared
 */
struct window {
	struct pcache_cache *cache;
	struct pcache_sample *sample;
	u64 sector;
	u32 nr;
	bool want[PCACHE_IO_SECTORS];
	struct pcache_io *disk;
	struct pcache_io *pmem;
};

/* ---- during replay ---- */

/**
 * pcache_sample_alloc - begin a sample
 * @nr_sectors: size of the disk
 *
 * Context: process, may sleep.
 * Return: the sample, or NULL.
 */
struct pcache_sample *pcache_sample_alloc(u64 nr_sectors)
{
	struct pcache_sample *sample = kvzalloc(sizeof(*sample), GFP_KERNEL);

	if (!sample)
		return NULL;
	sample->nr_sectors = nr_sectors;
	while ((nr_sectors - 1) >> sample->part_shift >= PCACHE_SAMPLE_PARTS)
		sample->part_shift++;
	return sample;
}

/**
 * pcache_sample_free - forget a sample
 * @sample: may be NULL
 *
 * Context: process.
 */
void pcache_sample_free(struct pcache_sample *sample)
{
	kvfree(sample);
}

static u64 last_start(const struct pcache_sample *sample)
{
	return sample->nr_sectors - min_t(u64, sample->nr_sectors,
					  PCACHE_SAMPLE_EDGE);
}

/* Note what a record says of the sectors from @start on. */
static void edge_note(bool *edge, u64 start, const struct pcache_key *key,
		      bool clean)
{
	u64 from = max(key->sector, start);
	u64 to = min(key->sector + key->nr_sectors, start + PCACHE_SAMPLE_EDGE);

	if (from < to)
		memset(edge + (from - start), clean, to - from);
}

/**
 * pcache_sample_note - look at a record that is replayed
 * @sample: the sample
 * @key: the record; the one before had a lower LSN
 * @clean_lsn: W
 *
 * Context: process.
 */
void pcache_sample_note(struct pcache_sample *sample,
			const struct pcache_key *key, u64 clean_lsn)
{
	bool clean = key->type == PCACHE_REC_CLEAN ||
		     (key->type == PCACHE_REC_WRITE && key->lsn <= clean_lsn);
	struct pcache_sample_rec *rec;

	edge_note(sample->first, 0, key, clean);
	edge_note(sample->last, last_start(sample), key, clean);
	if (!clean)
		return;
	rec = &sample->recs[key->sector >> sample->part_shift];
	rec->sector = key->sector;
	rec->value = key->value;
	rec->nr = key->nr_sectors;
}

/* ---- comparing ---- */

static struct pcache_run window_lookup(struct window *w, u32 off)
{
	struct pcache_run run;

	rcu_read_lock();
	pcache_index_lookup(&w->cache->index, w->sector + off, w->nr - off,
			    false, &run);
	rcu_read_unlock();
	return run;
}

/* Leave out the ends of which nothing is wanted.  False: nothing is at all. */
static bool window_trim(struct window *w)
{
	u32 skip = 0;

	while (w->nr && !w->want[w->nr - 1])
		w->nr--;
	while (skip < w->nr && !w->want[skip])
		skip++;
	w->nr -= skip;
	w->sector += skip;
	memmove(w->want, w->want + skip, w->nr);
	return w->nr;
}

static void read_done(struct pcache_io *io)
{
	complete(io->owner);
}

static void window_read_disk(struct window *w)
{
	DECLARE_COMPLETION_ONSTACK(done);

	w->disk->done = read_done;
	w->disk->owner = &done;
	pcache_io_submit(w->disk);
	wait_for_completion_io(&done);
}

/* Load what the cache has; what cannot be read is not wanted any more. */
static void window_read_pmem(struct window *w)
{
	struct pcache_pos pos;
	struct pcache_run run;
	u32 off, good, part;

	for (off = 0; off < w->nr; off += part) {
		run = window_lookup(w, off);
		part = run.nr;
		if (run.tag != PCACHE_DATA) {
			memset(w->want + off, false, part);
			continue;
		}
		pcache_io_pos(w->pmem, &pos);
		pcache_pos_advance(&pos, off << PCACHE_SECTOR_SHIFT);
		if (!pcache_data_read(w->cache, run.value, w->sector + off,
				      &pos, run.nr, &good))
			continue;
		w->want[off + good] = false;
		part = good + 1;
	}
}

static bool sector_differs(const struct window *w, u32 off)
{
	u32 byte = off << PCACHE_SECTOR_SHIFT;
	struct bio_vec *disk = &w->disk->bio.bi_io_vec[byte / PAGE_SIZE];
	struct bio_vec *pmem = &w->pmem->bio.bi_io_vec[byte / PAGE_SIZE];
	void *a = bvec_kmap_local(disk), *b = bvec_kmap_local(pmem);
	bool differs;

	byte %= PAGE_SIZE;
	differs = memcmp(a + byte, b + byte, 1 << PCACHE_SECTOR_SHIFT);
	kunmap_local(b);
	kunmap_local(a);
	return differs;
}

static int window_compare(struct window *w)
{
	u32 off;

	if (w->disk->status) {
		/* That it is bad does not make it another disk. */
		w->sample->failed++;
		w->sample->err = blk_status_to_errno(w->disk->status);
		return 0;
	}
	window_read_pmem(w);
	for (off = 0; off < w->nr; off++) {
		if (!w->want[off])
			continue;
		w->sample->compared++;
		if (!sector_differs(w, off))
			continue;
		pr_err("%s: backing slot %u: %s: sector %llu is not what was written%s\n",
		       w->cache->dev->path, w->cache->slot,
		       w->cache->damage ? "the damage shows, or the disk was changed" :
					  "the disk was changed behind the cache",
		       w->sector + off,
		       w->cache->rules.salvage ? "" : "; not attached");
		return -ESTALE;
	}
	return 0;
}

/* Compare the sectors of a window that are wanted. */
static int window_check(struct window *w)
{
	struct pcache_cache *cache = w->cache;
	int err;

	if (!window_trim(w))
		return 0;
	if (signal_pending(current))
		return -EINTR;
	w->disk = pcache_io_alloc(&cache->miss_io, &cache->backing,
				  REQ_OP_READ, w->sector, w->nr, GFP_KERNEL);
	w->pmem = pcache_io_alloc(&cache->miss_io, &cache->backing,
				  REQ_OP_READ, w->sector, w->nr, GFP_KERNEL);
	window_read_disk(w);
	err = window_compare(w);
	pcache_io_free(w->pmem);
	pcache_io_free(w->disk);
	cond_resched();
	return err;
}

/* All of it is compared with the ends of the disk. */
static bool rec_is_at_end(const struct pcache_sample *sample,
			  const struct pcache_sample_rec *rec)
{
	return rec->sector + rec->nr <= PCACHE_SAMPLE_EDGE ||
	       rec->sector >= last_start(sample);
}

/* One block of what the index still maps to the record of a part. */
static int rec_check(struct window *w, const struct pcache_sample_rec *rec)
{
	u32 most = max_t(u32, w->cache->rules.block_sectors,
			 PCACHE_BLOCK_SECTORS);
	struct pcache_run run;
	u32 off, left = most;
	bool mapped;

	w->sector = rec->sector;
	w->nr = min_t(u32, rec->nr, PCACHE_IO_SECTORS);
	for (off = 0; off < w->nr; off += run.nr) {
		run = window_lookup(w, off);
		mapped = run.tag == PCACHE_DATA && run.value == rec->value + off;
		memset(w->want + off, false, run.nr);
		if (!mapped)
			continue;
		memset(w->want + off, true, min(run.nr, left));
		left -= min(run.nr, left);
	}
	return window_check(w);
}

static int parts_check(struct window *w)
{
	int err = 0;
	u32 i;

	for (i = 0; i < PCACHE_SAMPLE_PARTS && !err; i++) {
		if (!rec_is_at_end(w->sample, &w->sample->recs[i]))
			err = rec_check(w, &w->sample->recs[i]);
	}
	return err;
}

static int edge_check(struct window *w, const bool *edge, u64 start)
{
	u64 left = w->sample->nr_sectors - start;
	u32 off, nr = min_t(u64, left, PCACHE_SAMPLE_EDGE);
	int err = 0;

	for (off = 0; off < nr && !err; off += PCACHE_IO_SECTORS) {
		w->sector = start + off;
		w->nr = min_t(u32, nr - off, PCACHE_IO_SECTORS);
		memcpy(w->want, edge + off, w->nr);
		err = window_check(w);
	}
	return err;
}

/* The disk could not be read here or there: is that all that is known of it? */
static int reads_failed(const struct pcache_sample *sample,
			const struct pcache_cache *cache)
{
	if (!sample->failed)
		return 0;
	if (sample->compared) {
		pr_warn("%s: backing slot %u: %u reads of the disk failed: %pe\n",
			cache->dev->path, cache->slot, sample->failed,
			ERR_PTR(sample->err));
		return 0;
	}
	pr_err("%s: backing slot %u: the disk cannot be read: %pe; not attached\n",
	       cache->dev->path, cache->slot, ERR_PTR(sample->err));
	return -EIO;
}

/**
 * pcache_sample_check - compare a sample with the disk
 * @sample: has seen all records
 * @cache: was replayed
 *
 * Context: process, may sleep; a signal interrupts it.
 * Return: 0; -ESTALE: the disk was changed; -EIO: none of it could be read;
 * -EINTR; -ENOMEM.
 */
int pcache_sample_check(struct pcache_sample *sample,
			struct pcache_cache *cache)
{
	struct window *w = kzalloc(sizeof(*w), GFP_KERNEL);
	int err;

	if (!w)
		return -ENOMEM;
	w->cache = cache;
	w->sample = sample;
	err = edge_check(w, sample->first, 0);
	if (!err)
		err = parts_check(w);
	if (!err)
		err = edge_check(w, sample->last, last_start(sample));
	kfree(w);
	return err ?: reads_failed(sample, cache);
}
