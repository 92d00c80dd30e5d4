// SPDX-License-Identifier: GPL-2.0
/*
 * Records, and the log as one sequence.
 *
 * A record ("key" in names) is decoded into struct pcache_key only after it was
 * verified: sealed for this life of its segment, and within all bounds.  One
 * verifier serves load, replay, write-back and reclaim.
 *
 * The ordered iterator merges the segments of a cache by LSN.  A segment's LSNs
 * rise and lie above its open_lsn, so a heap with one record per segment is
 * enough, and a segment is taken up only when its open_lsn comes into reach.
 *
 * The file knows neither what a record's data is nor who asks.
 *
 * Locks: publishing takes shard, then segment; the iterator belongs to one user
 * at a time and takes log_lock to walk the list.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/list_sort.h>
#include <linux/prefetch.h>
#include <linux/slab.h>

#include "pcache_log.h"
#include "trace.h"

/* A valid line so close behind an invalid one means damage. */
#define SCAN_AHEAD	64

/* Lines of a segment that are fetched before they are read in order. */
#define FETCH_AHEAD	16

/* ---- one record ---- */

/**
 * pcache_log_rules_init - what the records of a cache must obey
 * @rules: filled in
 * @dev: the pool
 * @info: of its backing slot
 *
 * Context: any.
 */
void pcache_log_rules_init(struct pcache_log_rules *rules,
			   struct pcache_cache_dev *dev,
			   const struct pcache_slot_info *info)
{
	*rules = (struct pcache_log_rules) {
		.dev = dev,
		.nr_sectors = info->nr_sectors,
		.block_sectors = info->logical_block_size >> PCACHE_SECTOR_SHIFT,
		.incarnation_lsn = info->incarnation_lsn,
		.data_crc = info->flags & PCACHE_SLOT_DATA_CRC,
	};
}

/* Is the line a record of this life of the segment? */
static bool record_is_sealed(const struct pcache_seg *seg,
			     const struct pcache_record_ondisk *rec)
{
	return le64_to_cpu(rec->salt) == seg->salt &&
	       !(rec->reserved[0] | rec->reserved[1] | rec->reserved[2]) &&
	       le32_to_cpu(rec->crc) == pcache_record_crc(seg, rec);
}

/*
 * Put one flipped bit right.  It matters for the last record of a segment that
 * was open at a crash: without this it would pass for one that was never stored
 * as a whole.  A store that really was torn, and lacks one bit, is made whole by
 * it; that is no harm, since its data was durable before (I2).  What is no record
 * of this life is turned away by its salt.
 */
static bool record_mend(const struct pcache_seg *seg,
			struct pcache_record_ondisk *rec)
{
	u8 *byte = (u8 *)rec;
	u32 bit;

	if (hweight64(le64_to_cpu(rec->salt) ^ seg->salt) > 1)
		return false;
	for (bit = 0; bit < 8 * sizeof(*rec); bit++) {
		byte[bit / 8] ^= 1U << bit % 8;
		if (record_is_sealed(seg, rec))
			return true;
		byte[bit / 8] ^= 1U << bit % 8;
	}
	return false;
}

static const char *verify_extent(const struct pcache_log_rules *rules,
				 const struct pcache_record_ondisk *rec)
{
	u64 sector = le64_to_cpu(rec->sector);
	u32 nr = le32_to_cpu(rec->nr_sectors);

	if (!nr || nr > PCACHE_CHUNK_SECTORS ||
	    sector % PCACHE_CHUNK_SECTORS + nr > PCACHE_CHUNK_SECTORS)
		return "crosses a chunk";
	if (sector >= rules->nr_sectors || nr > rules->nr_sectors - sector)
		return "beyond the device";
	if ((sector | nr) & (rules->block_sectors - 1))
		return "not whole blocks";
	return NULL;
}

static const char *verify_data(const struct pcache_log_rules *rules, u32 line,
			       const struct pcache_record_ondisk *rec)
{
	const struct pcache_geo *geo = &rules->dev->geo;
	u32 align = rules->data_crc ? PCACHE_BLOCK_SIZE :
		    1 << PCACHE_SECTOR_SHIFT;
	u32 off = le32_to_cpu(rec->data_off);
	u32 len = le32_to_cpu(rec->nr_sectors) << PCACHE_SECTOR_SHIFT;

	if (off % align)
		return "data unaligned";
	len = round_up(len, align);
	if (len > geo->max_io)
		return "extent too long";
	if (off < geo->data_start || off > pcache_geo_rec_off(geo, line) ||
	    len > pcache_geo_rec_off(geo, line) - off)
		return "data outside";
	return NULL;
}

/* NULL, or what is wrong with a sealed record in line @line. */
static const char *record_verify(const struct pcache_log_rules *rules,
				 const struct pcache_seg *seg, u32 line,
				 const struct pcache_record_ondisk *rec)
{
	u64 lsn = le64_to_cpu(rec->lsn);
	const char *why;

	if (rec->flags & ~PCACHE_REC_FLAGS_ALL || rec->reserved0)
		return "reserved bits";
	if (lsn <= seg->open_lsn || lsn >= PCACHE_LSN_LIMIT)
		return "lsn";
	if (rec->type == PCACHE_REC_END)
		return rec->sector || rec->data_off ||
		       le32_to_cpu(rec->nr_sectors) != line ? "count" : NULL;
	why = verify_extent(rules, rec);
	if (why)
		return why;
	switch (rec->type) {
	case PCACHE_REC_WRITE:
	case PCACHE_REC_CLEAN:
		return verify_data(rules, line, rec);
	case PCACHE_REC_ZERO:
	case PCACHE_REC_DISCARD:
	case PCACHE_REC_LOST:
		return rec->data_off ? "data offset" : NULL;
	default:
		return "type";
	}
}

/* What the index maps the first sector of a record to. */
static u64 record_value(const struct pcache_geo *geo,
			const struct pcache_seg *seg, u32 line, u8 type,
			u32 data_off)
{
	u64 base = pcache_geo_seg_off(geo, seg->id);

	if (pcache_key_has_data(type))
		return (base + data_off) >> PCACHE_SECTOR_SHIFT;
	return (base + pcache_geo_rec_off(geo, line)) >> ilog2(PCACHE_LINE_SIZE);
}

static int record_load(const struct pcache_log_rules *rules,
		       struct pcache_seg *seg, u32 line,
		       struct pcache_record_ondisk *rec)
{
	int err;

	err = pcache_pmem_read(rec, pcache_seg_base(rules->dev, seg) +
			       pcache_geo_rec_off(&rules->dev->geo, line),
			       sizeof(*rec));
	if (err)
		/* Not to be handed out again. */
		WRITE_ONCE(seg->has_badblocks, true);
	return err;
}

/* A line that will soon be read, or one behind the last. */
static void record_fetch(const struct pcache_log_rules *rules,
			 const struct pcache_seg *seg, u32 line)
{
	/* A hint, which cannot fault. */
	prefetch((__force void *)pcache_seg_base(rules->dev, seg) +
		 pcache_geo_rec_off(&rules->dev->geo, line));
}

/**
 * pcache_key_read - load, verify and decode one record
 * @rules: what it must obey
 * @seg: the segment
 * @line: number of the line
 * @key: filled in
 *
 * Context: any.
 * Return: 1; 0 if the line holds no record of this life; -EIO if it is
 * poisoned; -EUCLEAN if it is sealed but wrong.
 */
int pcache_key_read(const struct pcache_log_rules *rules,
		    struct pcache_seg *seg, u32 line, struct pcache_key *key)
{
	const struct pcache_geo *geo = &rules->dev->geo;
	struct pcache_record_ondisk rec;
	const char *why;

	if (record_load(rules, seg, line, &rec))
		return -EIO;
	if (!record_is_sealed(seg, &rec)) {
		if (!record_mend(seg, &rec))
			return 0;
		pr_warn_ratelimited("%s: segment %u line %u: a bit was flipped, and is put right\n",
				    rules->dev->path, seg->id, line);
		WRITE_ONCE(rules->dev->mended, true);
	}
	why = record_verify(rules, seg, line, &rec);
	if (why) {
		pr_err_ratelimited("%s: segment %u line %u: bad record: %s\n",
				   rules->dev->path, seg->id, line, why);
		return -EUCLEAN;
	}
	key->lsn = le64_to_cpu(rec.lsn);
	key->sector = le64_to_cpu(rec.sector);
	key->nr_sectors = le32_to_cpu(rec.nr_sectors);
	key->type = rec.type;
	key->flags = rec.flags;
	key->seg = seg;
	key->line = line;
	key->value = record_value(geo, seg, line, rec.type,
				  le32_to_cpu(rec.data_off));
	return 1;
}

/**
 * pcache_key_append - store a record
 * @cache: the cache
 * @resv: has a line left
 * @key: lsn, seg and line are filled in, and value if the record has no data
 *
 * Context: process; the shard is locked.
 */
void pcache_key_append(struct pcache_cache *cache, struct pcache_resv *resv,
		       struct pcache_key *key)
{
	const struct pcache_geo *geo = &cache->dev->geo;
	struct pcache_record_ondisk rec = {
		.type = key->type,
		.flags = key->flags,
		.sector = cpu_to_le64(key->sector),
		.nr_sectors = cpu_to_le32(key->nr_sectors),
	};
	u64 off;

	key->seg = resv->seg;
	if (pcache_key_has_data(key->type)) {
		off = (key->value << PCACHE_SECTOR_SHIFT) -
		      pcache_geo_seg_off(geo, key->seg->id);
		rec.data_off = cpu_to_le32(off);
	}
	key->line = pcache_seg_append(cache, resv, &rec);
	key->lsn = le64_to_cpu(rec.lsn);
	if (!pcache_key_has_data(key->type))
		key->value = record_value(geo, key->seg, key->line, key->type,
					  0);
	/* Whoever reads it sums up: nothing that CPUs share is written here. */
	if (pcache_key_is_dirty(key->type))
		percpu_counter_add_local(&cache->dirty_sectors,
					 key->nr_sectors);
	trace_pcache_publish(cache, key);
}

/**
 * pcache_key_publish - store a record and map its extent to it
 * @cache: the cache
 * @resv: has a line left
 * @key: as for pcache_key_append()
 * @pre: memory to fall back to, or NULL
 *
 * Context: process; takes shard and segment.
 * Return: 0, or -ENOMEM and nothing was stored (never with a filled @pre).
 */
int pcache_key_publish(struct pcache_cache *cache, struct pcache_resv *resv,
		       struct pcache_key *key, struct pcache_preload *pre)
{
	struct pcache_index *index = &cache->index;
	enum pcache_tag tag = pcache_key_tag(key->type);
	u64 *page = NULL;
	int err = 0;

	pcache_index_lock(index, key->sector);
	if (tag == PCACHE_DATA)
		page = pcache_index_page(index, key->sector, key->nr_sectors);
	if (!page)
		err = pcache_index_prepare(index, key->sector, key->nr_sectors,
					   tag, pre);
	if (!err) {
		pcache_key_append(cache, resv, key);
		/* I2: it is fenced; now it may be seen. */
		if (page)
			pcache_index_replace(index, page, key->value);
		else
			pcache_index_set(index, key->sector, key->nr_sectors,
					 tag, key->value);
	}
	pcache_index_unlock(index, key->sector);
	return err;
}

/**
 * pcache_key_find - find the record that an index entry stands for
 * @cache: the cache
 * @tag: PCACHE_DATA, PCACHE_ZERO or PCACHE_LOST
 * @value: of the entry
 * @key: filled in
 *
 * Slow: the segment's records are read one by one.
 *
 * Context: process; something keeps the segment.
 * Return: 1; 0 if there is none; -EIO or -EUCLEAN if it may be one that cannot be
 * read.
 */
int pcache_key_find(struct pcache_cache *cache, enum pcache_tag tag, u64 value,
		    struct pcache_key *key)
{
	u32 unit = tag == PCACHE_DATA ? PCACHE_SECTOR_SHIFT :
		   ilog2(PCACHE_LINE_SIZE);
	struct pcache_cache_dev *dev = cache->dev;
	struct pcache_seg *seg;
	int ret, bad = 0;
	u32 i;

	seg = &dev->segs[value >> (dev->geo.seg_shift - unit)];
	/* Pairs with smp_store_release() in seg_store_record(). */
	for (i = 0; i < smp_load_acquire(&seg->nr_recs); i++) {
		ret = pcache_key_read(&cache->rules, seg, i, key);
		if (ret <= 0) {
			/* Another one may be it: a place is in one record only. */
			bad = ret ?: -EUCLEAN;
			continue;
		}
		if (pcache_key_tag(key->type) != tag ||
		    key->type == PCACHE_REC_END)
			continue;
		if (value == key->value ||
		    (tag == PCACHE_DATA && value > key->value &&
		     value < key->value + key->nr_sectors))
			return 1;
	}
	return cache->rules.salvage ? 0 : bad;
}

/* ---- one segment ---- */

static void scan_damage(const struct pcache_log_rules *rules,
			struct pcache_seg *seg, u32 line, const char *what)
{
	seg->damage = what;
	seg->damage_line = line;
	pr_err("%s: segment %u damaged at record line %u of %u: %s\n",
	       rules->dev->path, seg->id, line,
	       pcache_geo_max_recs(&rules->dev->geo), what);
}

/*
 * Was a record stored here after the last one of @seg?  An earlier one may be
 * data: behind the last line of a full segment lies what users wrote, and that
 * may be what they read off the pmem device.
 */
static bool scan_is_later(const struct pcache_log_rules *rules,
			  struct pcache_seg *seg, u32 line)
{
	struct pcache_record_ondisk rec;

	return !record_load(rules, seg, line, &rec) &&
	       (record_is_sealed(seg, &rec) || record_mend(seg, &rec)) &&
	       le64_to_cpu(rec.lsn) > seg->last_lsn;
}

/* Behind the first invalid line: is there a record after all? */
static void scan_ahead(const struct pcache_log_rules *rules,
		       struct pcache_seg *seg, u32 line)
{
	u32 end = min(line + 1 + SCAN_AHEAD,
		      pcache_geo_max_recs(&rules->dev->geo));
	u32 i;

	for (i = line + 1; i < end; i++) {
		if (scan_is_later(rules, seg, i)) {
			scan_damage(rules, seg, line, "invalid record line");
			return;
		}
	}
}

static void scan_end(const struct pcache_log_rules *rules,
		     struct pcache_seg *seg, u32 line)
{
	if (seg->open_lsn <= rules->incarnation_lsn)
		scan_damage(rules, seg, line, "no END in a closed segment");
	else if (line >= pcache_geo_max_recs(&rules->dev->geo))
		scan_damage(rules, seg, line, "no room for END");
	else
		scan_ahead(rules, seg, line);
}

/*
 * A record line cannot be read.  If there is an END behind it that H covers, all
 * of the segment is void: reclaim has found the bad line before us.
 */
static bool scan_is_void(const struct pcache_log_rules *rules,
			 struct pcache_seg *seg, u32 line, u64 evict_lsn)
{
	u32 max = pcache_geo_max_recs(&rules->dev->geo);
	struct pcache_key key;

	while (++line < max) {
		if (pcache_key_read(rules, seg, line, &key) != 1 ||
		    key.type != PCACHE_REC_END)
			continue;
		seg->nr_recs = line + 1;
		seg->last_lsn = key.lsn;
		seg->ended = key.lsn <= evict_lsn;
		return seg->ended;
	}
	return false;
}

static void scan_add(struct pcache_seg *seg, u32 line,
		     const struct pcache_key *key)
{
	if (!seg->first_lsn)
		seg->first_lsn = key->lsn;
	seg->last_lsn = key->lsn;
	seg->nr_recs = line + 1;
	seg->ended = key->type == PCACHE_REC_END;
	if (key->type != PCACHE_REC_LOST && !seg->ended)
		seg->only_lost = false;
}

/* Take what lies behind the damage, and name what does not. */
static void scan_salvage(const struct pcache_log_rules *rules,
			 struct pcache_seg *seg)
{
	u32 line, max = pcache_geo_max_recs(&rules->dev->geo);
	struct pcache_key key;

	for (line = seg->nr_recs; line < max && !seg->ended; line++) {
		cond_resched();
		if (pcache_key_read(rules, seg, line, &key) != 1 ||
		    key.lsn <= seg->last_lsn)
			continue;
		if (line > seg->nr_recs)
			pr_warn_ratelimited("%s: segment %u: record lines %u to %u are missing, LSNs from %llu to %llu\n",
					    rules->dev->path, seg->id,
					    seg->nr_recs, line - 1,
					    seg->last_lsn + 1, key.lsn - 1);
		scan_add(seg, line, &key);
	}
	if (!seg->ended)
		pr_warn("%s: segment %u: record lines from %u on may be missing, LSNs from %llu on\n",
			rules->dev->path, seg->id, seg->nr_recs,
			max(seg->last_lsn, seg->open_lsn) + 1);
}

static void scan_records(const struct pcache_log_rules *rules,
			 struct pcache_seg *seg, u64 evict_lsn)
{
	u32 max = pcache_geo_max_recs(&rules->dev->geo);
	struct pcache_key key;
	u32 line;
	int ret;

	for (line = 0; line < max && !seg->ended; line++) {
		cond_resched();
		ret = pcache_key_read(rules, seg, line, &key);
		if (!ret)
			break;
		if (ret == -EIO && scan_is_void(rules, seg, line, evict_lsn))
			return;
		if (ret < 0 || key.lsn <= seg->last_lsn) {
			scan_damage(rules, seg, line,
				    ret == -EIO ? "poisoned record line" :
				    ret < 0 ? "impossible record" :
				    "LSN does not rise");
			return;
		}
		scan_add(seg, line, &key);
	}
	if (!seg->ended)
		scan_end(rules, seg, line);
}

/**
 * pcache_seg_scan - learn what a segment's records are, and judge them
 * @rules: what they must obey
 * @seg: owned, state CLOSED, nobody uses it; nr_recs, first and last LSN, ended
 *	and damage are set
 * @evict_lsn: H; a segment that lies below it as a whole is never damaged
 *
 * Damage is logged with segment and line, and the records before it count; if
 * @rules say so, so do those behind it.
 *
 * Context: process, may sleep.
 */
void pcache_seg_scan(const struct pcache_log_rules *rules,
		     struct pcache_seg *seg, u64 evict_lsn)
{
	scan_records(rules, seg, evict_lsn);
	if (seg->damage && rules->salvage)
		scan_salvage(rules, seg);
}

/* Store the word of a line again in which a bit was flipped. */
static void mend_line(const struct pcache_log_rules *rules,
		      struct pcache_seg *seg, u32 line)
{
	__le64 __pmem *at = pcache_seg_base(rules->dev, seg) +
			    pcache_geo_rec_off(&rules->dev->geo, line);
	struct pcache_record_ondisk rec, old;
	const __le64 *word = (const __le64 *)&rec;
	u32 i;

	if (pcache_pmem_read(&rec, at, sizeof(rec)) ||
	    record_is_sealed(seg, &rec))
		return;
	old = rec;
	if (!record_mend(seg, &rec))
		return;
	for (i = 0; word[i] == ((const __le64 *)&old)[i]; i++)
		;
	migrate_disable();
	/*
	 * persist: the record counts already, as it should be.  One word cannot
	 * tear: a crash leaves the line as it was, or right.
	 */
	pcache_pmem_store64(at + i, le64_to_cpu(word[i]));
	pcache_pmem_fence();
	migrate_enable();
}

/**
 * pcache_seg_mend - store what was put right in a segment's records
 * @rules: of its cache
 * @seg: scanned; the attach has succeeded
 *
 * Context: process.
 */
void pcache_seg_mend(const struct pcache_log_rules *rules,
		     struct pcache_seg *seg)
{
	u32 line;

	for (line = 0; rules->dev->mended && line < seg->nr_recs; line++)
		mend_line(rules, seg, line);
}

/* ---- the log ---- */

static int seg_opened_first(void *priv, const struct list_head *a,
			    const struct list_head *b)
{
	return list_entry(a, struct pcache_seg, node)->open_lsn >
	       list_entry(b, struct pcache_seg, node)->open_lsn;
}

/**
 * pcache_log_sort - bring a log into the order that the iterator relies on
 * @cache: nobody else uses its log
 *
 * Context: any.
 */
void pcache_log_sort(struct pcache_cache *cache)
{
	list_sort(NULL, &cache->log, seg_opened_first);
}

static bool key_less(const void *lhs, const void *rhs, void *args)
{
	const struct pcache_key *a = lhs, *b = rhs;

	/* A damaged log may have an LSN twice: the order is always the same. */
	if (a->lsn == b->lsn)
		return a->seg->id < b->seg->id;
	return a->lsn < b->lsn;
}

static void key_swap(void *lhs, void *rhs, void *args)
{
	struct pcache_key *a = lhs, *b = rhs;

	swap(*a, *b);
}

static const struct min_heap_callbacks key_heap = {
	.less = key_less,
	.swp = key_swap,
};

/**
 * pcache_log_iter_init - set up an iterator
 * @iter: filled in
 * @cache: the cache; its quota is known
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int pcache_log_iter_init(struct pcache_log_iter *iter,
			 struct pcache_cache *cache)
{
	/*
	 * A quota that was charged with a loss may be less than what is held,
	 * and a damaged cache may hold more than it may.
	 */
	u32 nr = max(cache->quota, cache->used_segs);
	struct pcache_key *room;

	iter->cache = cache;
	room = kvcalloc(nr, sizeof(*room), GFP_KERNEL | __GFP_NOWARN);
	if (!room)
		return -ENOMEM;
	min_heap_init(&iter->heap, room, nr);
	return 0;
}

/**
 * pcache_log_iter_exit - free an iterator
 * @iter: from pcache_log_iter_init(), or zeroed
 *
 * Context: process.
 */
void pcache_log_iter_exit(struct pcache_log_iter *iter)
{
	kvfree(iter->heap.data);
	iter->heap.data = NULL;
}

/**
 * pcache_log_iter_begin - start behind what each segment's wb_pos says
 * @iter: the iterator
 * @horizon: from pcache_log_horizon(); records above it are not shown
 *
 * Context: process; takes log_lock.
 */
void pcache_log_iter_begin(struct pcache_log_iter *iter, u64 horizon)
{
	struct pcache_cache *cache = iter->cache;

	iter->horizon = horizon;
	iter->heap.nr = 0;
	spin_lock(&cache->log_lock);
	iter->next = list_first_entry_or_null(&cache->log, struct pcache_seg,
					      node);
	spin_unlock(&cache->log_lock);
}

/* The segment to take up next, if one may hold what comes next. */
static struct pcache_seg *iter_take_up(struct pcache_log_iter *iter)
{
	struct pcache_cache *cache = iter->cache;
	struct pcache_seg *seg;

	spin_lock(&cache->log_lock);
	seg = iter->next;
	if (seg && (seg->open_lsn >= iter->horizon ||
		    (iter->heap.nr &&
		     seg->open_lsn >= iter->heap.data[0].lsn)))
		seg = NULL;
	if (seg)
		iter->next = list_is_last(&seg->node, &cache->log) ? NULL :
			     list_next_entry(seg, node);
	spin_unlock(&cache->log_lock);
	return seg;
}

/*
 * Read the record at a segment's iter_pos, which comes behind LSN @last: 1, 0 if
 * it has no more, or error.
 */
static int iter_read(struct pcache_log_iter *iter, struct pcache_seg *seg,
		     u64 last, struct pcache_key *key)
{
	const struct pcache_log_rules *rules = &iter->cache->rules;
	int ret;

	/* Pairs with smp_store_release() in seg_store_record(). */
	while (seg->iter_pos < smp_load_acquire(&seg->nr_recs)) {
		record_fetch(rules, seg, seg->iter_pos + FETCH_AHEAD);
		ret = pcache_key_read(rules, seg, seg->iter_pos, key);
		if (!rules->salvage)
			return ret ?: -EUCLEAN;
		if (ret > 0 && key->lsn > last)
			return 1;
		seg->iter_pos++;
	}
	return 0;
}

/**
 * pcache_log_iter_peek - show the next record
 * @iter: the iterator
 * @key: filled in
 *
 * Context: process; takes log_lock.
 * Return: 1; 0 at the horizon; -EIO or -EUCLEAN if a record cannot be read.
 */
int pcache_log_iter_peek(struct pcache_log_iter *iter, struct pcache_key *key)
{
	struct pcache_key next;
	struct pcache_seg *seg;
	int ret;

	while ((seg = iter_take_up(iter))) {
		seg->iter_pos = seg->wb_pos;
		ret = iter_read(iter, seg, 0, &next);
		if (ret < 0)
			return ret;
		if (ret)
			min_heap_push(&iter->heap, &next, &key_heap, NULL);
	}
	if (!iter->heap.nr || iter->heap.data[0].lsn > iter->horizon)
		return 0;
	*key = iter->heap.data[0];
	return 1;
}

/**
 * pcache_log_iter_advance - go on behind the record that was shown
 * @iter: the iterator
 *
 * The segment's iter_pos lies behind the record then.
 *
 * Context: process.
 * Return: 0; -EIO or -EUCLEAN if the segment's next record cannot be read.
 */
int pcache_log_iter_advance(struct pcache_log_iter *iter)
{
	struct pcache_seg *seg = iter->heap.data[0].seg;
	u64 last = iter->heap.data[0].lsn;
	struct pcache_key next;
	int ret;

	seg->iter_pos++;
	ret = iter_read(iter, seg, last, &next);
	if (ret > 0)
		min_heap_pop_push(&iter->heap, &next, &key_heap, NULL);
	else
		min_heap_pop(&iter->heap, &key_heap, NULL);
	return min(ret, 0);
}

/**
 * pcache_log_horizon - up to where all records are stored
 * @cache: the cache
 *
 * Reads the LSN counter, then passes once through the lock of every segment that
 * is not closed: an LSN is taken and its record stored under that lock, and a
 * segment is on the list before its first LSN is taken.  So every record with
 * an LSN up to the counter is stored when this returns.
 *
 * Context: process; takes log_lock and segments.
 * Return: the horizon.
 */
u64 pcache_log_horizon(struct pcache_cache *cache)
{
	u64 lsn = atomic64_read(&cache->lsn);
	struct pcache_seg *seg, *tmp;

	/*
	 * The counter is read before the list: pairs with log_lock in
	 * pcache_seg_list().
	 */
	smp_mb();
	spin_lock(&cache->log_lock);
	list_for_each_entry_safe(seg, tmp, &cache->open, open_node) {
		/* Pairs with smp_store_release() in seg_finish(). */
		if (smp_load_acquire(&seg->state) == PCACHE_SEG_CLOSED) {
			list_del_init(&seg->open_node);
			continue;
		}
		spin_lock(&seg->lock);
		spin_unlock(&seg->lock);
	}
	spin_unlock(&cache->log_lock);
	return lsn;
}

/**
 * pcache_log_barrier - take an LSN without a record
 * @cache: the cache
 *
 * Not needed if nothing was logged since the last one.
 *
 * Context: process; takes barrier_lock.
 * Return: the barrier.
 */
u64 pcache_log_barrier(struct pcache_cache *cache)
{
	u64 lsn = atomic64_read(&cache->lsn);

	if (lsn == READ_ONCE(cache->last_barrier))
		return lsn;
	spin_lock(&cache->barrier_lock);
	lsn = atomic64_inc_return(&cache->lsn);
	WRITE_ONCE(cache->last_barrier, lsn);
	spin_unlock(&cache->barrier_lock);
	return lsn;
}

/* ---- what a record maps ---- */

/**
 * pcache_lost_add - remember an extent that was logged as LOST
 * @cache: the cache
 * @lost: memory for it
 * @key: the record
 *
 * Context: process; takes log_lock.
 */
void pcache_lost_add(struct pcache_cache *cache, struct pcache_lost *lost,
		     const struct pcache_key *key)
{
	lost->sector = key->sector;
	lost->nr_sectors = key->nr_sectors;
	lost->value = key->value;
	lost->lsn = key->lsn;
	spin_lock(&cache->log_lock);
	WRITE_ONCE(cache->fault.lost_lsn, max(cache->fault.lost_lsn, key->lsn));
	list_add_tail(&lost->node, &cache->lost);
	spin_unlock(&cache->log_lock);
}

/* As pcache_key_map(), when memory is short. */
static noinline void key_map_preloaded(struct pcache_index *index,
				       const struct pcache_key *key,
				       enum pcache_tag tag)
{
	struct pcache_preload pre = {};

	pcache_preload_fill(index, &pre, key->sector, key->nr_sectors,
			    GFP_KERNEL);
	pcache_index_lock(index, key->sector);
	pcache_index_prepare(index, key->sector, key->nr_sectors, tag, &pre);
	pcache_index_set(index, key->sector, key->nr_sectors, tag, key->value);
	pcache_index_unlock(index, key->sector);
	pcache_preload_drop(index, &pre);
}

/**
 * pcache_key_map - map the extent of a record that is in the log already
 * @index: of the cache, or one to compare it with
 * @key: the record
 *
 * Context: process, may sleep; takes shard.
 */
void pcache_key_map(struct pcache_index *index, const struct pcache_key *key)
{
	enum pcache_tag tag = pcache_key_tag(key->type);
	u64 *page = NULL;
	int err = 0;

	pcache_index_lock(index, key->sector);
	if (tag == PCACHE_DATA)
		page = pcache_index_page(index, key->sector, key->nr_sectors);
	if (page)
		pcache_index_replace(index, page, key->value);
	else
		err = pcache_index_prepare(index, key->sector, key->nr_sectors,
					   tag, NULL);
	if (!page && !err)
		pcache_index_set(index, key->sector, key->nr_sectors, tag,
				 key->value);
	pcache_index_unlock(index, key->sector);
	if (err)
		key_map_preloaded(index, key, tag);
}
