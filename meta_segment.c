// SPDX-License-Identifier: GPL-2.0
/*
 * Replicated metadata: THE two-copy record and the cursor.
 *
 * Superblock, backing slots and segment headers are kept in two copies in
 * different 4 KiB blocks.  This file owns how a copy is sealed, judged, chosen
 * and stored; it knows nothing of what the structures are for.  The cursor
 * {W, H} of a cache is a ring of lines in two copies with the same rules.
 *
 * Three results are kept apart: blank (both copies zero: never written), corrupt
 * (nothing verifies) and unreadable (poison).  None of them is ever repaired by
 * writing a default.
 *
 * Persist rules: nothing is stored over bytes that do not verify unless the word
 * with their checksum was cleared and fenced first.  A second torn store could
 * otherwise complete the first one, and a structure would come back that nobody
 * ever finished.  (To zero all of it would be such a store, too: what is missing
 * may be zeroes; where pcache_seg_close_recovered() does so, completing what was
 * torn is harmless.)  Of two copies one verifies at every moment: a format leaves
 * none of them blank but the superblocks, which it stores last.
 * A store and its fence are issued on one CPU.
 *
 * Context: process; no locks, the caller serialises access to one handle.
 */
#include <linux/crc32c.h>
#include <linux/errno.h>
#include <linux/preempt.h>
#include <linux/string.h>

#include "pcache_internal.h"

static u32 meta_crc(const struct pcache_meta_ondisk *head, u32 len)
{
	return crc32c(PCACHE_CRC_SEED, (const u8 *)head + sizeof(head->crc),
		      len - sizeof(head->crc));
}

static bool is_zeroed(const void *rec, u32 len)
{
	return !memchr_inv(rec, 0, len);
}

/* NULL, or what is wrong with the copy that was read from @location. */
static const char *meta_verify(const struct pcache_meta *meta, u64 location,
			       const struct pcache_meta_ondisk *head)
{
	if (le32_to_cpu(head->type) != meta->type)
		return "type";
	if (le32_to_cpu(head->crc) != meta_crc(head, meta->len))
		return "checksum";
	if (le64_to_cpu(head->location) != location)
		return "location";
	if (!head->seq || le64_to_cpu(head->seq) >= PCACHE_SEQ_LIMIT)
		return "seq";
	return meta->verify(head);
}

/**
 * pcache_meta_read_copy - read and judge one copy
 * @meta: the structure
 * @copy: 0 or 1
 * @rec: room for @meta->len bytes
 *
 * Context: process.
 * Return: 0; -ENODATA if the copy is all zeroes; -EUCLEAN if it does not
 * verify; -EIO if it cannot be read.
 */
int pcache_meta_read_copy(const struct pcache_meta *meta, int copy, void *rec)
{
	u64 location = meta->location[copy];

	if (pcache_pmem_read(rec, meta->map->base + location, meta->len))
		return -EIO;
	if (is_zeroed(rec, meta->len))
		return -ENODATA;
	return meta_verify(meta, location, rec) ? -EUCLEAN : 0;
}

static u64 meta_seq(const void *rec)
{
	const struct pcache_meta_ondisk *head = rec;

	return le64_to_cpu(head->seq);
}

/**
 * pcache_meta_load - find the newest valid copy
 * @meta: the structure; seq, newest and good are set
 * @rec: room for @meta->len bytes, gets the content
 *
 * Context: process.
 * Return: 0; -ENODATA if both copies are zero; -EUCLEAN if none verifies; -EIO
 * if none verifies and one of them cannot be read.
 */
int pcache_meta_load(struct pcache_meta *meta, void *rec)
{
	int err0 = pcache_meta_read_copy(meta, 0, rec);
	int err1 = pcache_meta_read_copy(meta, 1, meta->scratch);

	meta->good = 0;
	if (err0 && err1) {
		if (err0 == err1)
			return err0;
		return err0 == -EIO || err1 == -EIO ? -EIO : -EUCLEAN;
	}
	meta->newest = err0 || (!err1 && meta_seq(meta->scratch) > meta_seq(rec));
	if (!err0 && !err1 && meta_seq(meta->scratch) == meta_seq(rec))
		meta->good = 3;
	else
		meta->good = 1 << meta->newest;
	if (meta->newest)
		memcpy(rec, meta->scratch, meta->len);
	meta->seq = meta_seq(rec);
	return 0;
}

/* Void what does not verify, of a structure that starts with its checksum. */
static void meta_void(void __pmem *dst)
{
	/*
	 * persist: nobody relies on what lies here.  A crash leaves it invalid,
	 * and so it stays until a later store is complete: without its checksum
	 * an older, torn one can't be completed.
	 */
	pcache_pmem_store64(dst, 0);
	pcache_pmem_fence();
}

/*
 * Store one copy, which was read with the result @err.  0, or -EIO if it can't
 * be read back.
 */
static int meta_store_copy(struct pcache_meta *meta, int copy, void *rec,
			   int err)
{
	void __pmem *dst = meta->map->base + meta->location[copy];
	struct pcache_meta_ondisk *head = rec;

	migrate_disable();
	if (err && err != -ENODATA)
		meta_void(dst);
	head->location = cpu_to_le64(meta->location[copy]);
	head->crc = cpu_to_le32(meta_crc(head, meta->len));
	/*
	 * persist: what the content speaks of is durable (the caller's duty),
	 * and so is the other copy.  A crash leaves this copy old, new, or torn
	 * and then invalid.
	 */
	pcache_pmem_write(dst, rec, meta->len);
	pcache_pmem_fence();
	/* Poison may outlive a store; it must not bring this one back later. */
	if (err == -EIO && pcache_meta_read_copy(meta, copy, meta->scratch))
		meta_void(dst);
	else
		err = 0;
	migrate_enable();
	return err;
}

/**
 * pcache_meta_store - store new content to both copies, one after the other
 * @meta: the structure; the copy that is older or does not verify goes first
 * @rec: content; the head is filled in here, with the next sequence number
 *
 * A copy that stays unreadable is done without, but never the only other one is
 * put at risk for it.
 *
 * Context: process, or any context for structures whose handle is private.
 * Return: 0 if at least one copy has the new content; -EIO if neither has: what
 * was valid before still is.
 */
int pcache_meta_store(struct pcache_meta *meta, void *rec)
{
	int err[2] = {
		pcache_meta_read_copy(meta, 0, meta->scratch),
		pcache_meta_read_copy(meta, 1, meta->scratch),
	};
	bool valid[2] = { !err[0], !err[1] };
	int first = valid[0] == valid[1] ? !meta->newest : valid[0];
	struct pcache_meta_ondisk *head = rec;

	/* No honest number comes so far, and the next one would not verify. */
	if (meta->seq + 1 >= PCACHE_SEQ_LIMIT)
		return -EIO;
	head->type = cpu_to_le32(meta->type);
	head->seq = cpu_to_le64(++meta->seq);
	err[first] = meta_store_copy(meta, first, rec, err[first]);
	if (err[first] && valid[!first]) {
		meta->newest = !first;
		meta->good = 1 << !first;
		return -EIO;
	}
	err[!first] = meta_store_copy(meta, !first, rec, err[!first]);
	meta->newest = err[!first] ? first : !first;
	meta->good = (err[0] ? 0 : 1) | (err[1] ? 0 : 2);
	return meta->good ? 0 : -EIO;
}

/**
 * pcache_meta_repair - store what one copy has over the other, if that is bad
 * @meta: the structure; nobody else changes it
 * @rec: room for @meta->len bytes, gets the content
 *
 * With the same sequence number: whoever looks for two copies that differ, as at
 * the headers of segments, finds two that are alike or one that does not verify,
 * as before.  An older copy that verifies is left alone.
 *
 * Context: process.
 * Return: 0 if both copies verify now; -EIO if one still cannot be read; or an
 * error of pcache_meta_load().
 */
int pcache_meta_repair(struct pcache_meta *meta, void *rec)
{
	int err = pcache_meta_load(meta, rec);

	if (err || meta->good == 3)
		return err;
	err = pcache_meta_read_copy(meta, !meta->newest, meta->scratch);
	return err ? meta_store_copy(meta, !meta->newest, rec, err) : 0;
}

/**
 * pcache_super_verify - judge a superblock behind its head
 * @rec: struct pcache_super_ondisk
 *
 * Magic and geometry only: an unknown version or feature is a valid superblock
 * that the caller refuses with a better word.
 *
 * Context: any.
 * Return: NULL, or the name of the failing check.
 */
const char *pcache_super_verify(const void *rec)
{
	const struct pcache_super_ondisk *sb = rec;
	u32 shift = le32_to_cpu(sb->segment_shift);
	u32 nr = le32_to_cpu(sb->nr_segments);
	struct pcache_geo geo;

	if (memcmp(sb->magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN))
		return "magic";
	if (shift < PCACHE_SEG_SHIFT_MIN || shift > PCACHE_SEG_SHIFT_MAX)
		return "segment_shift";
	pcache_geo_init(&geo, shift, (u64)nr << shift);
	if (geo.nr_segs != nr || nr <= geo.meta_segs)
		return "nr_segments";
	if (le32_to_cpu(sb->meta_segments) != geo.meta_segs)
		return "meta_segments";
	if (sb->label[PCACHE_LABEL_LEN - 1])
		return "label";
	if (le64_to_cpu(sb->meta.location) != PCACHE_SB_OFF &&
	    le64_to_cpu(sb->meta.location) !=
	    pcache_geo_seg_off(&geo, geo.meta_segs) - PCACHE_BLOCK_SIZE)
		return "location";
	return NULL;
}

/**
 * pcache_slot_verify - judge a backing slot behind its head
 * @rec: struct pcache_slot_ondisk
 *
 * Context: any.
 * Return: NULL, or the name of the failing check.
 */
const char *pcache_slot_verify(const void *rec)
{
	const struct pcache_slot_ondisk *slot = rec;
	u32 lbs = le32_to_cpu(slot->logical_block_size);

	if (!is_zeroed(slot->reserved, sizeof(slot->reserved)))
		return "reserved";
	if (slot->id[PCACHE_ID_LEN - 1] || slot->path[PCACHE_PATH_LEN - 1])
		return "text";
	if (le32_to_cpu(slot->state) == PCACHE_SLOT_FREE)
		return NULL;
	if (le32_to_cpu(slot->state) != PCACHE_SLOT_ACTIVE)
		return "state";
	if (le32_to_cpu(slot->flags) & ~PCACHE_SLOT_FLAGS_ALL)
		return "flags";
	if (is_zeroed(slot->uuid, sizeof(slot->uuid)))
		return "uuid";
	if (lbs < 512 || lbs > 65536 || (lbs & (lbs - 1)))
		return "logical_block_size";
	if (!slot->nr_sectors ||
	    le64_to_cpu(slot->nr_sectors) > S64_MAX >> PCACHE_SECTOR_SHIFT)
		return "nr_sectors";
	if (le32_to_cpu(slot->cache_segs) < PCACHE_MIN_SEGS ||
	    le32_to_cpu(slot->gc_percent) > PCACHE_GC_PERCENT_MAX)
		return "quota";
	if (!slot->queues || le32_to_cpu(slot->queues) > PCACHE_MAX_QUEUES)
		return "queues";
	if (le64_to_cpu(slot->incarnation_lsn) >= PCACHE_LSN_LIMIT)
		return "incarnation_lsn";
	return NULL;
}

/**
 * pcache_seg_header_verify - judge a segment header behind its head
 * @rec: struct pcache_seg_header_ondisk
 *
 * That the number belongs to the place is checked by the caller, who knows it.
 *
 * Context: any.
 * Return: NULL, or the name of the failing check.
 */
const char *pcache_seg_header_verify(const void *rec)
{
	const struct pcache_seg_header_ondisk *hdr = rec;

	if (hdr->reserved0)
		return "reserved";
	if (le64_to_cpu(hdr->open_lsn) >= PCACHE_LSN_LIMIT)
		return "open_lsn";
	if (is_zeroed(hdr->owner, sizeof(hdr->owner)) &&
	    (hdr->open_lsn || hdr->salt))
		return "owner";
	return NULL;
}

/* ---- the cursor ---- */

static u64 cursor_location(const struct pcache_cursor *cur, int copy, u64 seq)
{
	return cur->location[copy] +
	       (seq % PCACHE_CURSOR_LINES) * PCACHE_LINE_SIZE;
}

static u32 cursor_crc(const struct pcache_cursor *cur,
		      const struct pcache_cursor_ondisk *line)
{
	return crc32c(cur->seed, (const u8 *)line + sizeof(line->crc),
		      sizeof(*line) - sizeof(line->crc));
}

/* NULL, or what is wrong with the line that was read from @location. */
static const char *cursor_verify(const struct pcache_cursor *cur, u64 location,
				 const struct pcache_cursor_ondisk *line)
{
	u64 clean_lsn = le64_to_cpu(line->clean_lsn);

	if (le32_to_cpu(line->crc) != cursor_crc(cur, line))
		return "checksum";
	if (le64_to_cpu(line->location) != location)
		return "location";
	if (line->reserved0 || !is_zeroed(line->reserved,
					  sizeof(line->reserved)))
		return "reserved";
	if (!line->seq || le64_to_cpu(line->seq) >= PCACHE_SEQ_LIMIT)
		return "seq";
	if (location != cursor_location(cur, 0, le64_to_cpu(line->seq)) &&
	    location != cursor_location(cur, 1, le64_to_cpu(line->seq)))
		return "place in the ring";
	if (clean_lsn >= PCACHE_LSN_LIMIT ||
	    le64_to_cpu(line->evict_lsn) > clean_lsn)
		return "lsn";
	return NULL;
}

/* 0, -ENODATA (zero), -EUCLEAN or -EIO, as for pcache_meta_read_copy(). */
static int cursor_read_line(const struct pcache_cursor *cur, u64 location,
			    struct pcache_cursor_ondisk *line)
{
	if (pcache_pmem_read(line, cur->map->base + location, sizeof(*line)))
		return -EIO;
	if (is_zeroed(line, sizeof(*line)))
		return -ENODATA;
	return cursor_verify(cur, location, line) ? -EUCLEAN : 0;
}

static void cursor_store_line(struct pcache_cursor *cur, u64 location)
{
	void __pmem *dst = cur->map->base + location;
	struct pcache_cursor_ondisk line;
	int err;

	migrate_disable();
	err = cursor_read_line(cur, location, &line);
	/* The newest line is elsewhere. */
	if (err && err != -ENODATA)
		meta_void(dst);
	memset(&line, 0, sizeof(line));
	line.seq = cpu_to_le64(cur->seq);
	line.location = cpu_to_le64(location);
	line.clean_lsn = cpu_to_le64(cur->clean_lsn);
	line.evict_lsn = cpu_to_le64(cur->evict_lsn);
	line.crc = cpu_to_le32(cursor_crc(cur, &line));
	/*
	 * persist: what W and H promise holds already (I1: the backing device
	 * was flushed; LOST records were logged again).  A crash leaves the
	 * line old, new or torn; the line of the update before is intact.
	 */
	pcache_pmem_write(dst, &line, sizeof(line));
	pcache_pmem_fence();
	migrate_enable();
}

/**
 * pcache_cursor_init - bind a handle to the lines of one backing slot
 * @cur: filled in; neither loaded nor formatted yet
 * @map: the pmem device
 * @slot: number of the slot
 * @uuid: of the cache
 *
 * Context: any.
 */
void pcache_cursor_init(struct pcache_cursor *cur, const struct pcache_map *map,
			u32 slot, const u8 *uuid)
{
	memset(cur, 0, sizeof(*cur));
	cur->map = map;
	cur->location[0] = PCACHE_CURSORS_OFF +
		slot * PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE;
	cur->location[1] = cur->location[0] + PCACHE_CURSORS_LEN;
	cur->seed = crc32c(PCACHE_CRC_SEED, uuid, PCACHE_UUID_LEN);
}

/**
 * pcache_cursor_format - clear the ring and store its first line
 * @cur: from pcache_cursor_init()
 *
 * The slot is made valid after this, so that a valid slot always has a cursor.
 *
 * Context: process.
 */
void pcache_cursor_format(struct pcache_cursor *cur)
{
	u32 len = PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE;

	/*
	 * persist: the slot is free, so nobody reads these lines.  A crash
	 * leaves lines of a cache that is gone (another seed), zeroes, or both.
	 */
	migrate_disable();
	pcache_pmem_zero(cur->map->base + cur->location[0], len);
	pcache_pmem_zero(cur->map->base + cur->location[1], len);
	pcache_pmem_fence();
	migrate_enable();
	cur->seq = 0;
	pcache_cursor_store(cur, 0, 0);
}

/**
 * pcache_cursor_load - find the newest valid line of either copy
 * @cur: from pcache_cursor_init(); W, H and seq are set
 *
 * What the newest line says counts only once it is in both copies: until then,
 * an earlier one may come back.  The next update leaves one line out: a torn
 * store may lie in it whose words a second store of the same sequence number
 * could complete.
 *
 * Context: process.
 * Return: 0; -EUCLEAN if no line is valid, or none can follow; -EIO if none is
 * valid, and one is unreadable.
 */
int pcache_cursor_load(struct pcache_cursor *cur)
{
	struct pcache_cursor_ondisk line;
	u64 newest = 0;
	int copy, i, err, bad = -EUCLEAN;

	for (copy = 0; copy < 2; copy++) {
		for (i = 0; i < PCACHE_CURSOR_LINES; i++) {
			err = cursor_read_line(cur,
					       cursor_location(cur, copy, i),
					       &line);
			if (err == -EIO)
				bad = -EIO;
			if (!err && le64_to_cpu(line.seq) == newest)
				cur->complete = true;
			if (err || le64_to_cpu(line.seq) <= newest)
				continue;
			newest = le64_to_cpu(line.seq);
			cur->complete = false;
			cur->clean_lsn = le64_to_cpu(line.clean_lsn);
			cur->evict_lsn = le64_to_cpu(line.evict_lsn);
		}
	}
	if (!newest)
		return bad;
	/* No honest number comes so far, and later ones may not verify. */
	if (newest >= PCACHE_SEQ_LIMIT / 2)
		return -EUCLEAN;
	cur->seq = newest + 1;
	return 0;
}

/**
 * pcache_cursor_store - make a new {W, H} durable in both copies
 * @cur: the cursor
 * @clean_lsn: W; not below the one before (I1)
 * @evict_lsn: H; not below the one before, not above @clean_lsn (I1)
 *
 * Counts only when it returns: a caller frees and submits nothing before.
 *
 * Context: process; the caller holds pcache_cache.cursor_lock or owns @cur.
 */
void pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
			 u64 evict_lsn)
{
	pcache_assert(clean_lsn >= cur->clean_lsn && clean_lsn >= evict_lsn &&
		      evict_lsn >= cur->evict_lsn);
	cur->clean_lsn = clean_lsn;
	cur->evict_lsn = evict_lsn;
	cur->seq++;
	cursor_store_line(cur, cursor_location(cur, 0, cur->seq));
	cursor_store_line(cur, cursor_location(cur, 1, cur->seq));
	cur->complete = true;
}
