// SPDX-License-Identifier: GPL-2.0
/*
 * Damage to one copy of what has two: a superblock, a slot, a segment's header,
 * the newest line of a cursor.  Only if both copies are good and equal, since one
 * failure is promised to be harmless, not two.
 */
#include "crash/trial.h"
#include "sim/media.h"

#define COPY_MAX	PCACHE_SLOT_SIZE

const char * const trial_loss_names[TRIAL_LOSSES] = {
	[LOSE_NOTHING]	= "nothing",
	[LOSE_SUPER]	= "one superblock",
	[LOSE_SLOT]	= "one copy of a slot",
	[LOSE_HEADER]	= "one header of a segment",
	[LOSE_CURSOR]	= "one copy of the newest cursor line",
};

/* Both are good and alike, and not blank. */
static bool copies_agree(const struct sim_image *image, u64 a, u64 b, u32 len)
{
	struct pcache_meta_ondisk *ha, *hb;
	u8 ca[COPY_MAX], cb[COPY_MAX];
	u32 type;

	sim_image_read(image, a, ca, len);
	sim_image_read(image, b, cb, len);
	ha = (void *)ca;
	hb = (void *)cb;
	type = le32_to_cpu(ha->type);
	return type && media_head_good(ca, len, type, a) &&
	       media_head_good(cb, len, type, b) && ha->seq == hb->seq &&
	       !memcmp(ha + 1, hb + 1, len - sizeof(*ha));
}

static void spoil(struct sim_image *image, u64 at, u32 len, struct dice *d)
{
	u8 buf[COPY_MAX];
	u32 i;

	sim_image_read(image, at, buf, len);
	if (dice_chance(d, 30)) {
		memset(buf, 0, len);
	} else {
		for (i = 0; i < 4; i++)
			buf[dice_below(d, len)] ^= 1 + dice_below(d, 255);
	}
	sim_image_write(image, at, buf, len);
}

static bool lose_copy(struct sim_image *image, u64 a, u64 b, u32 len,
		      struct dice *d)
{
	if (!copies_agree(image, a, b, len))
		return false;
	spoil(image, dice_chance(d, 50) ? a : b, len, d);
	return true;
}

static bool lose_header(struct sim_image *image, const struct media *m,
			struct dice *d)
{
	u32 seg = dice_range(d, m->meta_segs, m->nr_segs - 1);
	u64 a = media_seg_base(m, seg);

	return lose_copy(image, a, a + (1u << m->seg_shift) - 4096,
			 sizeof(struct pcache_seg_header_ondisk), d);
}

/* Lines of the newest update in both copies, or not. */
static bool cursor_lines(const struct sim_image *image, u32 slot, u64 *a,
			 u64 *b)
{
	u64 at = PCACHE_CURSORS_OFF + slot * PCACHE_CURSOR_LINES * 64ull;
	struct pcache_cursor_ondisk line;
	u64 seq[2] = {}, where[2] = {};
	u32 copy, i;

	for (copy = 0; copy < 2; copy++, at += PCACHE_CURSORS_LEN)
		for (i = 0; i < PCACHE_CURSOR_LINES; i++) {
			sim_image_read(image, at + i * 64, &line, sizeof(line));
			if (le64_to_cpu(line.seq) > seq[copy]) {
				seq[copy] = le64_to_cpu(line.seq);
				where[copy] = at + i * 64;
			}
		}
	*a = where[0];
	*b = where[1];
	return seq[0] && seq[0] == seq[1];
}

static bool line_good(const struct sim_image *image, u64 at,
		      const struct media_slot *slot)
{
	struct pcache_cursor_ondisk line;

	sim_image_read(image, at, &line, sizeof(line));
	return le64_to_cpu(line.location) == at &&
	       le64_to_cpu(line.clean_lsn) == slot->clean_lsn &&
	       le64_to_cpu(line.evict_lsn) == slot->evict_lsn;
}

static bool lose_cursor(struct sim_image *image, const struct media_slot *slot,
			struct dice *d)
{
	u64 a, b;

	if (!cursor_lines(image, slot->number, &a, &b) ||
	    !line_good(image, a, slot) || !line_good(image, b, slot))
		return false;
	spoil(image, dice_chance(d, 50) ? a : b,
	      sizeof(struct pcache_cursor_ondisk), d);
	return true;
}

bool damage(struct sim_image *pmem, const struct setup *su,
	    enum trial_loss loss, struct dice *d)
{
	struct media_slot slot;
	struct media m;
	u64 at;

	if (!media_open(&m, pmem))
		return false;
	if (loss == LOSE_SUPER)
		return lose_copy(pmem, PCACHE_SB_OFF, setup_meta_end(su) - 4096,
				 sizeof(struct pcache_super_ondisk), d);
	if (loss == LOSE_HEADER)
		return lose_header(pmem, &m, d);
	if (!media_find_slot(&m, rig_disk_path(dice_below(d, su->rig.nr_caches)),
			     &slot))
		return false;
	if (loss == LOSE_CURSOR)
		return lose_cursor(pmem, &slot, d);
	at = PCACHE_SLOTS_OFF + slot.number * PCACHE_SLOT_SIZE;
	return lose_copy(pmem, at, at + PCACHE_SLOTS_LEN, PCACHE_SLOT_SIZE, d);
}
