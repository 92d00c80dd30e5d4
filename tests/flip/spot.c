// SPDX-License-Identifier: GPL-2.0
/*
 * Where to spoil a pool, found by the test's own reader of the format, so that
 * every kind of structure gets its share.
 */
#include "flip/flip.h"

const char * const flip_where_names[FLIP_NR_WHERE] = {
	[FLIP_SUPER]		= "superblock",
	[FLIP_SLOT]		= "slot",
	[FLIP_CURSOR]		= "cursor",
	[FLIP_HEADER]		= "header",
	[FLIP_PAGE_CRC]		= "page CRC",
	[FLIP_RECORD]		= "record",
	[FLIP_LAST_RECORD]	= "last record",
	[FLIP_USER_DATA]	= "data",
	[FLIP_ANYWHERE]		= "anywhere",
};

/* A segment that is in use; @open: and was not closed. */
static u32 some_seg(const struct media *m, struct dice *dice, bool open,
		    struct media_seg *ms)
{
	u32 seg;

	for (;;) {
		seg = m->meta_segs + dice_below(dice, m->nr_segs - m->meta_segs);
		media_read_seg(m, seg, ms);
		if (ms->nr_recs && !(open && ms->ended))
			return seg;
	}
}

static u64 some_copy(struct dice *dice, u64 first, u64 second, u32 len)
{
	return (dice_below(dice, 2) ? second : first) + dice_below(dice, len);
}

static u64 some_slot(const struct media *m, struct dice *dice)
{
	struct media_slot slot;
	u64 at;

	sim_check(media_find_slot(m, rig_disk_path(dice_below(dice, 2)), &slot));
	at = PCACHE_SLOTS_OFF + slot.number * PCACHE_SLOT_SIZE;
	return some_copy(dice, at, at + PCACHE_SLOTS_LEN, PCACHE_SLOT_SIZE);
}

static u64 some_cursor(const struct media *m, struct dice *dice)
{
	u32 len = PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE;
	struct media_slot slot;
	u64 at;

	sim_check(media_find_slot(m, rig_disk_path(dice_below(dice, 2)), &slot));
	at = PCACHE_CURSORS_OFF + (u64)slot.number * len;
	return some_copy(dice, at, at + PCACHE_CURSORS_LEN, len);
}

static u64 some_record(const struct media *m, struct dice *dice, bool last)
{
	struct media_seg ms;
	u32 seg = some_seg(m, dice, last, &ms);
	u32 line = last ? ms.nr_recs - 1 : dice_below(dice, ms.nr_recs);

	return media_rec_addr(m, seg, line) + dice_below(dice, PCACHE_LINE_SIZE);
}

/* The data of some record that has any, or the CRC of one of its pages. */
static u64 some_data(const struct media *m, struct dice *dice, bool crc)
{
	struct media_rec rec;
	struct media_seg ms;
	u64 off, in_seg;
	u32 seg;

	do {
		seg = some_seg(m, dice, false, &ms);
		sim_check(media_read_rec(m, seg, &ms,
					 dice_below(dice, ms.nr_recs), &rec));
	} while (rec.type != PCACHE_REC_WRITE && rec.type != PCACHE_REC_CLEAN);
	off = rec.data + dice_below(dice, rec.nr << SECTOR_SHIFT);
	if (!crc)
		return off;
	in_seg = off - media_seg_base(m, seg);
	return off - in_seg + PCACHE_BLOCK_SIZE +
	       in_seg / PCACHE_BLOCK_SIZE * 8 + dice_below(dice, 8);
}

static u64 some_place(const struct media *m, enum flip_where where,
		      struct dice *dice)
{
	struct media_seg ms;
	u64 base;

	switch (where) {
	case FLIP_SUPER:
		base = media_seg_base(m, m->meta_segs) - PCACHE_BLOCK_SIZE;
		return some_copy(dice, PCACHE_SB_OFF, base,
				 sizeof(struct pcache_super_ondisk));
	case FLIP_SLOT:
		return some_slot(m, dice);
	case FLIP_CURSOR:
		return some_cursor(m, dice);
	case FLIP_HEADER:
		base = media_seg_base(m, some_seg(m, dice, false, &ms));
		return some_copy(dice, base, base + (1u << m->seg_shift) -
				 PCACHE_BLOCK_SIZE,
				 sizeof(struct pcache_seg_header_ondisk));
	case FLIP_PAGE_CRC:
	case FLIP_USER_DATA:
		return some_data(m, dice, where == FLIP_PAGE_CRC);
	case FLIP_RECORD:
	case FLIP_LAST_RECORD:
		return some_record(m, dice, where == FLIP_LAST_RECORD);
	default:
		return dice_roll(dice) % m->image->size;
	}
}

void flip_spot_choose(struct flip_spot *spot, const struct flip_base *base,
		      struct dice *dice)
{
	struct media m;

	sim_check(media_open(&m, base->pmem));
	spot->where = dice_below(dice, FLIP_NR_WHERE);
	spot->when = dice_below(dice, FLIP_NR_WHEN);
	spot->known = spot->poison && spot->when == FLIP_BEFORE &&
		      dice_below(dice, 2);
	spot->off = some_place(&m, spot->where, dice);
	spot->bit = dice_below(dice, 8);
}

static bool rec_holds(const struct flip_spot *spot, const struct media *m,
		      const struct media_rec *rec, u64 sector, bool data_crc)
{
	u64 first = rec->data + ((sector - rec->sector) << SECTOR_SHIFT);
	/* The kernel knows of bad blocks by whole sectors. */
	u32 unit = !spot->poison ? 8 : spot->known ? SECTOR_SIZE : 64;
	u64 in_seg, word, len = SECTOR_SIZE;

	if (data_crc) {
		first = round_down(first, PCACHE_BLOCK_SIZE);
		len = PCACHE_BLOCK_SIZE;
	}
	in_seg = first - media_seg_base(m, rec->seg);
	word = first - in_seg + PCACHE_BLOCK_SIZE +
	       in_seg / PCACHE_BLOCK_SIZE * 8;
	if (data_crc && word / unit == spot->off / unit)
		return true;
	return spot->off >= first && spot->off < first + len;
}

bool flip_spot_holds(const struct flip_spot *spot, const struct sim_image *image,
		     u32 cache, u64 sector)
{
	struct media_slot slot;
	struct media_rec rec;
	struct media_seg ms;
	struct media m;
	u32 seg, line;

	sim_check(media_open(&m, image));
	sim_check(media_find_slot(&m, rig_disk_path(cache), &slot));
	seg = spot->off >> m.seg_shift;
	media_read_seg(&m, seg, &ms);
	for (line = 0; media_owned_by(&ms, &slot) && line < ms.nr_recs; line++) {
		if (!media_read_rec(&m, seg, &ms, line, &rec))
			break;
		if ((rec.type == PCACHE_REC_WRITE ||
		     rec.type == PCACHE_REC_CLEAN) && sector >= rec.sector &&
		    sector < rec.sector + rec.nr &&
		    rec_holds(spot, &m, &rec, sector,
			      slot.flags & PCACHE_SLOT_DATA_CRC))
			return true;
	}
	return false;
}
