// SPDX-License-Identifier: GPL-2.0
/*
 * What a log alone can show, without a recovery:
 *
 *	L2	the backing device alone, before every event of it
 *	L3	the backing device alone, at every checkpoint (relaxed)
 *	I1	a larger W is stored only while no write to the backing device is
 *		in flight or volatile, and none is submitted before it is durable
 *	I2	a record is stored only when its data and page CRCs are durable
 */
#include "crash/enumerate.h"
#include "sim/media.h"

/* Random choices of what of a disk's unsettled writes survives, per event. */
#define DISK_CHOICES	4

/**
 * struct audit - a walk through a log
 * @r: the recording
 * @c: counts
 * @rp: the replay
 * @dice: for choices of what survives
 * @mode: enum plan_disk, while a state is built
 * @media: format of the pmem device as it is durable now
 * @slot: per cache
 * @clean_lsn: per cache, largest W that was stored
 * @why: what is wrong
 */
struct audit {
	const struct recording *r;
	struct counts *c;
	struct sim_replay *rp;
	struct dice dice;
	u32 mode;
	u64 clean_lsn[RIG_CACHES];
	char why[HIST_WHY];
};

static u64 now(const struct audit *a)
{
	return a->r->base + sim_replay_pos(a->rp);
}

/* ---- L2 ---- */

static enum sim_share keep_write(void *ctx, u32 disk, const struct sim_loose *l,
				 u32 index)
{
	const struct audit *a = ctx;

	switch (a->mode) {
	case DISK_FLUSHED:
		return SIM_NONE;
	case DISK_DONE:
		return l->state == SIM_DONE ? SIM_ALL : SIM_NONE;
	case DISK_ANY:
		return SIM_SOME;
	default:
		return l->state == SIM_DONE ? SIM_ALL : SIM_SOME;
	}
}

static bool keep_sector(void *ctx, u32 disk, const struct sim_loose *l,
			u32 index, u32 sector)
{
	struct audit *a = ctx;

	return dice_roll(&a->dice) & 1;
}

/* Contents of a disk as it would be after a cut here. */
static void disk_contents(struct audit *a, u32 i, u32 mode, u32 *contents)
{
	const struct sim_keep keep = {
		.write = keep_write, .sector = keep_sector, .ctx = a,
	};
	struct sim_state *st;

	a->mode = mode;
	st = sim_replay_build(a->rp, &keep);
	trial_read_disk(a->r->setup, i, st->disks[i], contents);
	sim_state_free(st);
}

static bool check_l2(struct audit *a, u32 i)
{
	const struct recording *r = a->r;
	bool observed = !r->before[0] || now(a) > r->observed;
	const struct hist *h = observed ? r->hist[i] : r->before[i];
	u32 contents[r->setup->space[i].nr], k;

	if (r->setup->rig.cache[i].relaxed)
		return true;
	for (k = 0; k < DISK_CHOICES; k++) {
		disk_contents(a, i, k, contents);
		a->c->disk_checks++;
		if (!hist_disk_legal(h, contents, observed ? now(a) : r->cut,
				     a->why))
			return false;
	}
	return true;
}

/* ---- the cursor: I1, L3 ---- */

/* Is the store a line of a cursor with a larger W?  Of which cache? */
static bool raises_w(struct audit *a, const struct sim_rec *rec, u32 *cache,
		     u64 *clean_lsn)
{
	const struct pcache_cursor_ondisk *line = (const void *)rec->data;
	u64 end = PCACHE_CURSORS_OFF + PCACHE_CURSORS_LEN;
	struct media_slot slot;
	struct media m;
	u32 i;

	if (rec->len != sizeof(*line) || rec->off < PCACHE_CURSORS_OFF ||
	    rec->off >= end || !line->seq ||
	    !media_open(&m, sim_replay_pmem(a->rp, 0)))
		return false;
	for (i = 0; i < a->r->setup->rig.nr_caches; i++)
		if (media_find_slot(&m, rig_disk_path(i), &slot) &&
		    slot.number == (rec->off - PCACHE_CURSORS_OFF) /
				   (PCACHE_CURSOR_LINES * 64))
			break;
	*cache = i;
	*clean_lsn = le64_to_cpu(line->clean_lsn);
	/* The log of a recovery begins with a cursor. */
	return i < a->r->setup->rig.nr_caches &&
	       *clean_lsn > max(a->clean_lsn[i], slot.clean_lsn);
}

static bool is_checkpoint(const struct audit *a, u32 cache, u64 clean_lsn)
{
	u64 pos, len = sim_log_len(a->r->log);
	const struct sim_rec *rec;

	for (pos = sim_replay_pos(a->rp); pos < len; pos++) {
		rec = sim_log_rec(a->r->log, pos);
		if (rec->type == SIM_REC_MARK && rec->off == MARK_CHECKPOINT &&
		    rec->arg == (clean_lsn << 1 | cache))
			return true;
	}
	return false;
}

static bool check_l3(struct audit *a, u32 i)
{
	const struct recording *r = a->r;
	u32 contents[r->setup->space[i].nr];

	disk_contents(a, i, DISK_FLUSHED, contents);
	a->c->checkpoints++;
	return hist_disk_cut(r->hist[i], contents, now(a), a->why);
}

static bool check_cursor(struct audit *a, const struct sim_rec *rec)
{
	const struct sim_loose *loose;
	u64 clean_lsn;
	u32 i;

	if (!raises_w(a, rec, &i, &clean_lsn))
		return true;
	a->clean_lsn[i] = clean_lsn;
	if (sim_replay_loose(a->rp, i, &loose)) {
		snprintf(a->why, sizeof(a->why),
			 "cache %u: W %llu is stored while the write to sector %llu is not flushed (I1)",
			 i, clean_lsn, loose[0].rec->off >> SECTOR_SHIFT);
		return false;
	}
	return !a->r->setup->rig.cache[i].relaxed ||
	       !is_checkpoint(a, i, clean_lsn) || check_l3(a, i);
}

/* ---- records: I2 ---- */

static bool overlaps_pending(const struct audit *a, u64 off, u64 len)
{
	const struct sim_pending *list;
	u32 nr = sim_replay_pending(a->rp, &list), i;

	for (i = 0; i < nr; i++)
		if (list[i].rec->off < off + len &&
		    off < list[i].rec->off + list[i].rec->len)
			return true;
	return false;
}

/* A record that is stored to its place in an open segment? */
static bool is_record(const struct media *m, const struct sim_rec *rec,
		      struct media_seg *ms, u32 *seg, u32 *line)
{
	const struct pcache_record_ondisk *ro = (const void *)rec->data;
	u64 in_seg = rec->off & ((1ull << m->seg_shift) - 1);

	*seg = rec->off >> m->seg_shift;
	if (rec->len != sizeof(*ro) || *seg < m->meta_segs ||
	    in_seg < media_data_start(m) ||
	    in_seg >= (1ull << m->seg_shift) - 4096)
		return false;
	media_read_seg(m, *seg, ms);
	*line = ((1u << m->seg_shift) - 4096 - in_seg) / 64 - 1;
	return ms->valid && le64_to_cpu(ro->salt) == ms->salt &&
	       (ro->type == PCACHE_REC_WRITE || ro->type == PCACHE_REC_CLEAN);
}

static bool check_record(struct audit *a, const struct sim_rec *rec)
{
	const struct pcache_record_ondisk *ro = (const void *)rec->data;
	u64 base, off, len;
	struct media_seg ms;
	struct media m;
	u32 seg, line;

	if (!media_open(&m, sim_replay_pmem(a->rp, 0)) ||
	    !is_record(&m, rec, &ms, &seg, &line))
		return true;
	base = media_seg_base(&m, seg);
	off = le32_to_cpu(ro->data_off);
	len = (u64)le32_to_cpu(ro->nr_sectors) << SECTOR_SHIFT;
	if (overlaps_pending(a, base + off, len) ||
	    overlaps_pending(a, base + 4096 + off / 4096 * 8,
			     DIV_ROUND_UP(len, 4096) * 8)) {
		snprintf(a->why, sizeof(a->why),
			 "record of segment %u line %u is stored before its data is fenced (I2)",
			 seg, line);
		return false;
	}
	return true;
}

/* ---- a walk ---- */

static bool check_event(struct audit *a, const struct sim_rec *rec)
{
	switch (rec->type) {
	case SIM_REC_STORE:
		return check_cursor(a, rec) && check_record(a, rec);
	case SIM_REC_IO_SUBMIT:
	case SIM_REC_IO_DONE:
		return rec->op == SIM_LOG_READ || check_l2(a, rec->dev);
	default:
		return true;
	}
}

bool audit(const struct recording *r, struct counts *c, char *why, u64 *where)
{
	struct audit a = {
		.r = r, .c = c, .dice.state = r->setup->seed + r->base,
		.rp = sim_replay_create(r->log),
	};
	const struct sim_rec *rec;
	bool good = true;

	while (good && (rec = sim_replay_next(a.rp))) {
		good = check_event(&a, rec);
		if (good)
			sim_replay_step(a.rp);
	}
	memcpy(why, a.why, sizeof(a.why));
	*where = sim_replay_pos(a.rp);
	sim_replay_free(a.rp);
	return good;
}
