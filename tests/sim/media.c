// SPDX-License-Identifier: GPL-2.0
/*
 * A second reader of the on-media format, written from its description.  It is
 * slow and plain: everything is read from the image each time it is asked for.
 */
#include "shim/sim.h"
#include "sim/media.h"

#include <linux/crc32c.h>

#define SEED		(~0u)
#define BLOCK		4096u
#define LINE		64u

/* ---- geometry ---- */

u64 media_seg_base(const struct media *m, u32 seg)
{
	return (u64)seg << m->seg_shift;
}

/* Behind the header come eight bytes for each 4 KiB, in whole blocks. */
u32 media_data_start(const struct media *m)
{
	u32 words = 1u << (m->seg_shift - 12);

	return BLOCK + round_up(words * 8, BLOCK);
}

static u32 rec_end(const struct media *m)
{
	return (1u << m->seg_shift) - BLOCK;
}

u64 media_rec_addr(const struct media *m, u32 seg, u32 line)
{
	return media_seg_base(m, seg) + rec_end(m) - (line + 1) * LINE;
}

u32 media_max_recs(const struct media *m)
{
	return (rec_end(m) - media_data_start(m)) / LINE;
}

/* ---- structures with two copies ---- */

bool media_head_good(const void *rec, u32 len, u32 type, u64 location)
{
	const struct pcache_meta_ondisk *head = rec;

	return le32_to_cpu(head->type) == type &&
	       le64_to_cpu(head->location) == location &&
	       le32_to_cpu(head->crc) == crc32c(SEED, (const u8 *)rec + 4,
						len - 4);
}

/* The newer valid copy goes to @rec.  Bit mask of the valid ones. */
static u32 read_copies(const struct sim_image *image, const u64 *at, u32 len,
		       u32 type, void *rec, bool *differ)
{
	u8 copy[PCACHE_SLOT_SIZE];
	u32 i, good = 0;
	u64 seq = 0;

	*differ = false;
	for (i = 0; i < 2; i++) {
		const struct pcache_meta_ondisk *head = (void *)copy;

		sim_image_read(image, at[i], copy, len);
		if (!media_head_good(copy, len, type, at[i]))
			continue;
		if (good && le64_to_cpu(head->seq) != seq)
			*differ = true;
		if (!good || le64_to_cpu(head->seq) > seq) {
			memcpy(rec, copy, len);
			seq = le64_to_cpu(head->seq);
		}
		good |= 1u << i;
	}
	return good;
}

static bool super_at(const struct sim_image *image, u32 shift,
		     struct pcache_super_ondisk *sb)
{
	u64 fixed = PCACHE_META_FIXED_LEN + BLOCK;
	u64 meta = round_up(fixed, 1ull << shift);
	u64 at[2] = { PCACHE_SB_OFF, meta - BLOCK };
	bool differ;

	return meta <= image->size &&
	       read_copies(image, at, sizeof(*sb), PCACHE_META_SUPER, sb,
			   &differ) &&
	       le32_to_cpu(sb->segment_shift) == shift &&
	       !memcmp(sb->magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN);
}

bool media_open(struct media *m, const struct sim_image *image)
{
	struct pcache_super_ondisk sb;
	u32 shift;

	memset(m, 0, sizeof(*m));
	m->image = image;
	for (shift = PCACHE_SEG_SHIFT_MIN; shift <= PCACHE_SEG_SHIFT_MAX;
	     shift++) {
		if (!super_at(image, shift, &sb))
			continue;
		m->formatted = true;
		m->seg_shift = shift;
		m->nr_segs = le32_to_cpu(sb.nr_segments);
		m->meta_segs = le32_to_cpu(sb.meta_segments);
		return true;
	}
	return false;
}

/* ---- the cursor ---- */

static bool cursor_line(const struct media *m, const struct media_slot *slot,
			u64 at, struct pcache_cursor_ondisk *line)
{
	u32 crc = crc32c(SEED, slot->uuid, PCACHE_UUID_LEN);

	sim_image_read(m->image, at, line, sizeof(*line));
	return le64_to_cpu(line->location) == at && line->seq &&
	       le32_to_cpu(line->crc) == crc32c(crc, (u8 *)line + 4,
						sizeof(*line) - 4);
}

static void read_cursor(const struct media *m, struct media_slot *slot)
{
	u64 at = PCACHE_CURSORS_OFF + slot->number * PCACHE_CURSOR_LINES * LINE;
	struct pcache_cursor_ondisk line;
	u64 newest = 0;
	u32 i, copy;

	for (copy = 0; copy < 2; copy++, at += PCACHE_CURSORS_LEN) {
		for (i = 0; i < PCACHE_CURSOR_LINES; i++) {
			if (!cursor_line(m, slot, at + i * LINE, &line) ||
			    le64_to_cpu(line.seq) <= newest)
				continue;
			newest = le64_to_cpu(line.seq);
			slot->clean_lsn = le64_to_cpu(line.clean_lsn);
			slot->evict_lsn = le64_to_cpu(line.evict_lsn);
		}
	}
	slot->has_cursor = newest;
}

bool media_find_slot(const struct media *m, const char *path,
		     struct media_slot *slot)
{
	struct pcache_slot_ondisk so;
	bool differ;
	u32 i;

	for (i = 0; i < PCACHE_NR_SLOTS; i++) {
		u64 at = PCACHE_SLOTS_OFF + i * PCACHE_SLOT_SIZE;
		u64 both[2] = { at, at + PCACHE_SLOTS_LEN };

		if (!read_copies(m->image, both, sizeof(so), PCACHE_META_SLOT,
				 &so, &differ) ||
		    le32_to_cpu(so.state) != PCACHE_SLOT_ACTIVE ||
		    strncmp((char *)so.path, path, PCACHE_PATH_LEN))
			continue;
		memset(slot, 0, sizeof(*slot));
		slot->active = true;
		slot->number = i;
		slot->flags = le32_to_cpu(so.flags);
		memcpy(slot->uuid, so.uuid, PCACHE_UUID_LEN);
		read_cursor(m, slot);
		return true;
	}
	return false;
}

/* ---- segments and records ---- */

bool media_owned_by(const struct media_seg *ms, const struct media_slot *slot)
{
	return ms->valid && !memcmp(ms->owner, slot->uuid, PCACHE_UUID_LEN);
}

static u32 life_seed(const struct media_seg *ms, u32 seg)
{
	__le64 life[3] = {
		cpu_to_le64(seg), cpu_to_le64(ms->open_lsn),
		cpu_to_le64(ms->salt),
	};

	return crc32c(crc32c(SEED, ms->owner, PCACHE_UUID_LEN), life,
		      sizeof(life));
}

bool media_read_rec(const struct media *m, u32 seg, const struct media_seg *ms,
		    u32 line, struct media_rec *rec)
{
	struct pcache_record_ondisk ro;

	sim_image_read(m->image, media_rec_addr(m, seg, line), &ro, sizeof(ro));
	if (le64_to_cpu(ro.salt) != ms->salt ||
	    ro.reserved[0] || ro.reserved[1] || ro.reserved[2] ||
	    le32_to_cpu(ro.crc) != crc32c(life_seed(ms, seg), (u8 *)&ro + 4,
					  28))
		return false;
	rec->lsn = le64_to_cpu(ro.lsn);
	rec->sector = le64_to_cpu(ro.sector);
	rec->nr = le32_to_cpu(ro.nr_sectors);
	rec->type = ro.type;
	rec->flags = ro.flags;
	rec->seg = seg;
	rec->line = line;
	rec->data = media_seg_base(m, seg) + le32_to_cpu(ro.data_off);
	return true;
}

static void read_records(const struct media *m, u32 seg, struct media_seg *ms)
{
	struct media_rec rec;

	while (ms->nr_recs < media_max_recs(m) && !ms->ended &&
	       media_read_rec(m, seg, ms, ms->nr_recs, &rec)) {
		ms->nr_recs++;
		ms->last_lsn = rec.lsn;
		ms->ended = rec.type == PCACHE_REC_END;
	}
}

void media_read_seg(const struct media *m, u32 seg, struct media_seg *ms)
{
	u64 at[2] = { media_seg_base(m, seg),
		      media_seg_base(m, seg) + rec_end(m) };
	struct pcache_seg_header_ondisk hdr;
	bool differ;

	memset(ms, 0, sizeof(*ms));
	if (!read_copies(m->image, at, sizeof(hdr), PCACHE_META_SEGMENT, &hdr,
			 &differ) ||
	    differ || le32_to_cpu(hdr.seg_id) != seg)
		return;
	ms->valid = true;
	ms->open_lsn = le64_to_cpu(hdr.open_lsn);
	ms->salt = le64_to_cpu(hdr.salt);
	memcpy(ms->owner, hdr.owner, PCACHE_UUID_LEN);
	if (memchr_inv(ms->owner, 0, PCACHE_UUID_LEN))
		read_records(m, seg, ms);
}

/* @data is where sector @sector lies, the first of a page's. */
bool media_data_crc_good(const struct media *m, u64 data, u64 sector, u32 nr)
{
	u64 in_seg = data & ((1ull << m->seg_shift) - 1);
	u64 word_at = data - in_seg + BLOCK + in_seg / BLOCK * 8;
	u8 page[BLOCK];
	__le64 seed, word;
	u32 done;

	for (done = 0; done < nr; done += 8, word_at += 8) {
		seed = cpu_to_le64(sector + done);
		sim_image_read(m->image, data + done * 512ull, page, BLOCK);
		sim_image_read(m->image, word_at, &word, 8);
		if (le64_to_cpu(word) != crc32c(crc32c(SEED, &seed, 8), page,
						BLOCK))
			return false;
	}
	return true;
}
