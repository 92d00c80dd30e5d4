// SPDX-License-Identifier: GPL-2.0
/*
 * Invariants of a running cache (I1, I3-I6, I8 and the counts).
 *
 * What the log says is read from an image of the pmem device by media.c, in LSN
 * order; what the index says is asked of the index.  Which segments count is
 * taken from the driver's own states, because a freed segment keeps its records.
 */
#include "sim/check.h"
#include "sim/media.h"
#include "sim/stamp.h"

#include <linux/sort.h>

/**
 * struct view - one cache, as its media and its index show it
 * @rig: the rig
 * @cache: the cache
 * @media: the pmem device
 * @image: its contents
 * @slot: the cache's slot
 * @recs: its records, in LSN order
 * @nr_recs: their number
 * @newest: per sector, one more than the place in @recs of its newest record
 * @mapped: per segment, sectors that the index maps into it
 * @lost: sectors that the index maps as lost
 */
struct view {
	struct rig *rig;
	struct pcache_cache *cache;
	struct media media;
	struct sim_image *image;
	struct media_slot slot;
	struct media_rec *recs;
	u32 nr_recs, max_recs;
	u32 *newest;
	u32 *mapped;
	u32 lost;
};

/* A violation: in which cache, and where. */
#define violated(v, fmt, ...)						\
	sim_fail(SIM_FAIL_CHECK, "cache %u: " fmt, (v)->cache->slot,	\
		 ##__VA_ARGS__)

static bool seg_is_ours(const struct view *v, const struct pcache_seg *seg)
{
	return seg->slot == v->cache->slot &&
	       (seg->state == PCACHE_SEG_OPEN ||
		seg->state == PCACHE_SEG_CLOSING ||
		seg->state == PCACHE_SEG_CLOSED);
}

/* ---- the log ---- */

static void view_add_rec(struct view *v, const struct media_rec *rec)
{
	if (v->nr_recs == v->max_recs) {
		v->max_recs = v->max_recs * 2 ?: 256;
		v->recs = realloc(v->recs, v->max_recs * sizeof(*rec));
		if (!v->recs)
			abort();
	}
	v->recs[v->nr_recs++] = *rec;
}

static void view_read_seg(struct view *v, const struct pcache_seg *seg)
{
	struct media_seg ms;
	struct media_rec rec;
	u64 last = 0;
	u32 line;

	media_read_seg(&v->media, seg->id, &ms);
	if (!seg->nr_recs)
		return;
	if (!media_owned_by(&ms, &v->slot))
		violated(v, "segment %u is not its own on media", seg->id);
	for (line = 0; line < seg->nr_recs; line++) {
		if (!media_read_rec(&v->media, seg->id, &ms, line, &rec))
			violated(v, "segment %u line %u of %u: no record (I3)",
				 seg->id, line, seg->nr_recs);
		if (rec.lsn <= max(last, ms.open_lsn))
			violated(v, "segment %u line %u: LSN %llu after %llu (I3)",
				 seg->id, line, rec.lsn, last);
		last = rec.lsn;
		if (rec.type != PCACHE_REC_END)
			view_add_rec(v, &rec);
	}
}

static int rec_cmp(const void *a, const void *b)
{
	const struct media_rec *ra = a, *rb = b;

	return ra->lsn < rb->lsn ? -1 : ra->lsn > rb->lsn;
}

static void view_replay(struct view *v)
{
	u64 lsn = atomic64_read(&v->cache->lsn);
	u32 i, s;

	if (v->nr_recs)
		qsort(v->recs, v->nr_recs, sizeof(v->recs[0]), rec_cmp);
	for (i = 0; i < v->nr_recs; i++) {
		const struct media_rec *rec = &v->recs[i];

		if (i && rec->lsn == rec[-1].lsn)
			violated(v, "LSN %llu twice", rec->lsn);
		if (rec->lsn > lsn)
			violated(v, "LSN %llu was never given away", rec->lsn);
		for (s = 0; s < rec->nr; s++)
			v->newest[rec->sector + s] = i + 1;
	}
}

static void view_open(struct view *v, struct rig *rig, u32 i)
{
	struct pcache_cache *cache = rig->cache[i];
	struct pcache_cache_dev *dev = cache->dev;
	u32 id;

	memset(v, 0, sizeof(*v));
	v->rig = rig;
	v->cache = cache;
	v->image = sim_pmem_snapshot(rig->pmem);
	v->newest = calloc(cache->backing.nr_sectors, sizeof(u32));
	v->mapped = calloc(dev->geo.nr_segs, sizeof(u32));
	if (!v->newest || !v->mapped)
		abort();
	if (!media_open(&v->media, v->image) ||
	    !media_find_slot(&v->media, rig_disk_path(i), &v->slot))
		violated(v, "is not on media");
	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs; id++)
		if (seg_is_ours(v, &dev->segs[id]))
			view_read_seg(v, &dev->segs[id]);
	view_replay(v);
}

static void view_close(struct view *v)
{
	sim_image_free(v->image);
	free(v->recs);
	free(v->newest);
	free(v->mapped);
}

/* ---- index against log ---- */

static const struct media_rec *newest_rec(const struct view *v, u64 sector)
{
	u32 i = v->newest[sector];

	return i ? &v->recs[i - 1] : NULL;
}

static bool rec_is_clean(const struct view *v, const struct media_rec *rec)
{
	return rec->type == PCACHE_REC_CLEAN ||
	       (rec->type != PCACHE_REC_LOST &&
		rec->lsn <= v->cache->clean_lsn);
}

/* What the index has to hold for @sector if it holds something. */
static u64 rec_value(const struct view *v, const struct media_rec *rec,
		     u64 sector, u8 *tag)
{
	switch (rec->type) {
	case PCACHE_REC_WRITE:
	case PCACHE_REC_CLEAN:
		*tag = PCACHE_DATA;
		return (rec->data >> SECTOR_SHIFT) + (sector - rec->sector);
	case PCACHE_REC_LOST:
		*tag = PCACHE_LOST;
		break;
	default:
		*tag = PCACHE_ZERO;
	}
	return media_rec_addr(&v->media, rec->seg, rec->line) >> 6;
}

static void check_hole(const struct view *v, u64 sector)
{
	const struct media_rec *rec = newest_rec(v, sector);

	/* What H covers is void: something newer was here, and was evicted. */
	if (rec && !rec_is_clean(v, rec) && rec->lsn > v->cache->evict_lsn)
		violated(v, "sector %llu: dirty record type %u LSN %llu is not mapped (I4)",
			 sector, rec->type, rec->lsn);
}

static void check_mapping(struct view *v, u64 sector, u8 tag, u64 value)
{
	const struct media_rec *rec = newest_rec(v, sector);
	u32 shift = v->cache->dev->geo.seg_shift, id;
	u8 want_tag = 0;
	u64 want = 0;

	id = value >> (shift - (tag == PCACHE_DATA ? 9 : 6));
	if (id >= v->cache->dev->geo.nr_segs ||
	    !seg_is_ours(v, &v->cache->dev->segs[id]))
		violated(v, "sector %llu: maps into segment %u, which is not its own (I5)",
			 sector, id);
	v->mapped[id]++;
	v->lost += tag == PCACHE_LOST;
	if (rec)
		want = rec_value(v, rec, sector, &want_tag);
	if (!rec || tag != want_tag || value != want)
		violated(v, "sector %llu: index has %u:%#llx, LSN %llu %u:%#llx (I4)",
			 sector, tag, value, rec ? rec->lsn : 0, want_tag,
			 want);
}

static void check_run(struct view *v, u64 sector, const struct pcache_run *run)
{
	u32 i;

	for (i = 0; i < run->nr; i++) {
		if (run->tag == PCACHE_HOLE || run->tag == PCACHE_FILLING)
			check_hole(v, sector + i);
		else
			check_mapping(v, sector + i, run->tag, run->value +
				      (run->tag == PCACHE_DATA ? i : 0));
	}
}

static void check_index(struct view *v)
{
	struct pcache_cache *cache = v->cache;
	u64 sector, end = cache->backing.nr_sectors;
	struct pcache_run run;
	u32 id;

	for (sector = 0; sector < end; sector += run.nr) {
		rcu_read_lock();
		pcache_index_lookup(&cache->index, sector, end - sector, false,
				    &run);
		rcu_read_unlock();
		check_run(v, sector, &run);
	}
	for (id = 0; id < cache->dev->geo.nr_segs; id++)
		if (seg_is_ours(v, &cache->dev->segs[id]) &&
		    v->mapped[id] != atomic_read(&cache->dev->segs[id].mapped))
			violated(v, "segment %u: %u sectors mapped, counted %d",
				 id, v->mapped[id],
				 atomic_read(&cache->dev->segs[id].mapped));
	if (v->lost != atomic_read(&cache->index.lost))
		violated(v, "%u sectors lost, counted %d", v->lost,
			 atomic_read(&cache->index.lost));
}

/* ---- cursor ---- */

static void check_cursor(struct view *v)
{
	struct pcache_cache *cache = v->cache;

	if (cache->evict_lsn > cache->clean_lsn ||
	    cache->clean_lsn > atomic64_read(&cache->lsn))
		violated(v, "H %llu, W %llu, next after %llu (I1)",
			 cache->evict_lsn, cache->clean_lsn,
			 atomic64_read(&cache->lsn));
	if (!v->slot.has_cursor || v->slot.clean_lsn < cache->clean_lsn ||
	    v->slot.evict_lsn < cache->evict_lsn)
		violated(v, "the cursor on media is behind (I1)");
}

/* ---- index against the disk ---- */

static bool is_discarded(const struct media_rec *rec)
{
	return rec->type == PCACHE_REC_DISCARD;
}

/* I6: what is mapped and clean is what the backing device has. */
static void check_clean_sector(struct view *v, u32 i, u64 sector)
{
	const struct media_rec *rec = newest_rec(v, sector);
	u8 want[STAMP_SIZE] = {}, got[STAMP_SIZE];
	struct pcache_run run;

	rcu_read_lock();
	pcache_index_lookup(&v->cache->index, sector, 1, false, &run);
	rcu_read_unlock();
	if (run.tag == PCACHE_HOLE || run.tag == PCACHE_FILLING ||
	    !rec_is_clean(v, rec) || is_discarded(rec))
		return;
	if (run.tag == PCACHE_DATA)
		sim_image_read(v->image, rec->data +
			       (sector - rec->sector) * STAMP_SIZE, want,
			       STAMP_SIZE);
	sim_disk_peek(v->rig->disk[i], sector, got, 1);
	if (memcmp(want, got, STAMP_SIZE))
		violated(v, "sector %llu: clean, LSN %llu, but not what the disk has (I6)",
			 sector, rec->lsn);
}

static void check_clean(struct view *v, u32 i)
{
	u64 sector;

	for (sector = 0; sector < v->cache->backing.nr_sectors; sector++)
		check_clean_sector(v, i, sector);
}

/* ---- any time ---- */

/* What is checked must not change meanwhile: nobody else runs. */
static u32 stop_the_world(void)
{
	struct sim_opts *opts = world_opts(world_current());
	u32 yields = opts->yields;

	opts->yields = 0;
	world_opts_changed(world_current());
	return yields;
}

static void go_on(u32 yields)
{
	world_opts(world_current())->yields = yields;
	world_opts_changed(world_current());
}

/* Nobody holds a shard.  Nobody else runs, so that it stays like that. */
static bool index_is_stable(struct pcache_cache *cache)
{
	struct pcache_index *index = &cache->index;
	u32 i;

	for (i = 0; i <= index->shard_mask; i++) {
		if (!spin_trylock(&index->shards[i].lock))
			return false;
		spin_unlock(&index->shards[i].lock);
	}
	return true;
}

bool check_live(struct rig *rig, u32 i, u32 except)
{
	u32 yields = stop_the_world();
	bool stable = index_is_stable(rig->cache[i]);
	struct view v;

	if (stable) {
		view_open(&v, rig, i);
		check_cursor(&v);
		check_index(&v);
		if (!(except & CHECK_POISON))
			check_clean(&v, i);
		view_close(&v);
	}
	go_on(yields);
	return stable;
}

bool check_sector_is_clean(struct rig *rig, u32 i, u64 sector, bool *clean)
{
	u32 yields = stop_the_world();
	const struct media_rec *rec = NULL;
	struct view v;

	if (index_is_stable(rig->cache[i])) {
		view_open(&v, rig, i);
		rec = newest_rec(&v, sector);
		*clean = rec && rec_is_clean(&v, rec);
		view_close(&v);
	}
	go_on(yields);
	return rec;
}

/* ---- when all is idle ---- */

static void check_no_marks(struct view *v)
{
	u64 sector, end = v->cache->backing.nr_sectors;
	struct pcache_run run;

	for (sector = 0; sector < end; sector += run.nr) {
		rcu_read_lock();
		pcache_index_lookup(&v->cache->index, sector, end - sector,
				    false, &run);
		rcu_read_unlock();
		if (run.tag == PCACHE_FILLING)
			violated(v, "sector %llu: a mark was left behind",
				 sector);
	}
}

static void check_dirty_count(struct view *v)
{
	u64 dirty = 0;
	u32 i;

	for (i = 0; i < v->nr_recs; i++)
		if (v->recs[i].lsn > v->cache->clean_lsn &&
		    v->recs[i].type != PCACHE_REC_CLEAN &&
		    v->recs[i].type != PCACHE_REC_LOST)
			dirty += v->recs[i].nr;
	if (dirty != percpu_counter_sum(&v->cache->dirty_sectors))
		violated(v, "%llu dirty sectors, counted %lld", dirty,
			 percpu_counter_sum(&v->cache->dirty_sectors));
	if (dirty && v->cache->all_clean)
		violated(v, "%llu dirty sectors, but all is called clean", dirty);
}

/* The rest of the last page is nobody's data. */
static void check_padding(struct view *v, const struct media_rec *rec)
{
	u64 end = rec->data + (u64)rec->nr * STAMP_SIZE;
	u8 rest[PCACHE_BLOCK_SIZE];
	u32 len = round_up(end, PCACHE_BLOCK_SIZE) - end;

	sim_image_read(v->image, end, rest, len);
	if (memchr_inv(rest, 0, len))
		violated(v, "LSN %llu: something follows its data", rec->lsn);
}

/* I2: what a record speaks of was stored before it. */
static void check_data_crcs(struct view *v)
{
	u32 i;

	if (!v->cache->data_crc)
		return;
	for (i = 0; i < v->nr_recs; i++) {
		const struct media_rec *rec = &v->recs[i];

		if ((rec->type == PCACHE_REC_WRITE ||
		     rec->type == PCACHE_REC_CLEAN) &&
		    !media_data_crc_good(&v->media, rec->data, rec->sector,
					 rec->nr))
			violated(v, "LSN %llu: data does not match its CRC",
				 rec->lsn);
		if (rec->type == PCACHE_REC_WRITE ||
		    rec->type == PCACHE_REC_CLEAN)
			check_padding(v, rec);
	}
}

void check_quiet(struct rig *rig, u32 i, u32 except)
{
	u32 yields = stop_the_world();
	struct view v;

	view_open(&v, rig, i);
	check_cursor(&v);
	check_index(&v);
	check_no_marks(&v);
	check_clean(&v, i);
	check_dirty_count(&v);
	if (!(except & CHECK_POISON))
		check_data_crcs(&v);
	view_close(&v);
	go_on(yields);
}

void check_pool(struct rig *rig)
{
	struct pcache_cache_dev *dev = rig->dev;
	u32 nr[PCACHE_SEG_RETIRED + 1] = {};
	u32 used[PCACHE_NR_SLOTS] = {};
	struct pcache_seg *seg;
	u32 id, i, listed = 0, reach = dev->nr_free;

	for (id = 0; id < dev->geo.nr_segs; id++) {
		seg = &dev->segs[id];
		nr[seg->state]++;
		if (seg->state == PCACHE_SEG_OPEN ||
		    seg->state == PCACHE_SEG_CLOSING ||
		    seg->state == PCACHE_SEG_CLOSED)
			used[seg->slot]++;
	}
	list_for_each_entry(seg, &dev->free, node) {
		sim_check(seg->state == PCACHE_SEG_FREE &&
			  seg->slot == PCACHE_NO_SLOT);
		listed++;
	}
	sim_check(listed == dev->nr_free && listed == nr[PCACHE_SEG_FREE]);
	sim_check(nr[PCACHE_SEG_RETIRED] == dev->nr_retired);
	sim_check(nr[PCACHE_SEG_META] == dev->geo.meta_segs);
	for (i = 0; i < rig->opts->nr_caches; i++) {
		if (!rig->cache[i])
			continue;
		sim_check(rig->cache[i]->used_segs ==
			  used[rig->cache[i]->slot]);
		if (rig->cache[i]->mode != PCACHE_MODE_READ_ONLY)
			reach += used[rig->cache[i]->slot];
	}
	sim_check(pcache_dev_reach(dev) == reach);
}
