// SPDX-License-Identifier: GPL-2.0
/*
 * Replay of a log: what is durable at each position, what is not yet, and images
 * of what a power cut there can leave.
 *
 * A store is pending from its record to a fence on its CPU.  A write to a disk is
 * loose from its submission until it is durable: at its end if it was FUA, else
 * at the end of a flush that was submitted after the write had completed.  What
 * becomes durable replaces older pending or loose contents of the same place,
 * which then are no longer in question.
 */
#include <stdlib.h>
#include <string.h>

#include "rt.h"
#include "log.h"

#define SECTOR	512u

struct flush {
	u64 id;
	u64 pos;
};

struct disk_state {
	struct sim_image *image;	/* durable */
	struct sim_loose *loose;	/* completed ones first, in that order */
	u32 nr_loose, max_loose, nr_completed;
	struct flush *flushes;
	u32 nr_flushes, max_flushes;
};

struct sim_replay {
	const struct sim_log *log;
	u64 pos;
	struct sim_image *pmem[MAX_DEVICES];
	struct sim_pending *pending;
	u32 nr_pending, max_pending;
	struct disk_state disks[MAX_DEVICES];
};

static void *grow(void *array, u32 nr, u32 *max, size_t size)
{
	if (nr < *max)
		return array;
	*max = *max * 2 ?: 64;
	array = realloc(array, *max * size);
	if (!array)
		abort();
	return array;
}

/* ---- parts that are no longer in question ---- */

static bool is_dead(const u64 *dead, u32 i)
{
	return dead && dead[i / 64] >> (i % 64) & 1;
}

/* Units of the operation @rec that [off, off + len) covers; true: all are dead. */
static bool kill_units(u64 **dead, const struct sim_rec *rec, u32 unit, u64 off,
		       u64 len)
{
	u64 start = max(off, rec->off);
	u64 end = min(off + len, rec->off + rec->len);
	u32 nr = rec->len / unit, i;

	if (start >= end)
		return false;
	if (!*dead)
		*dead = calloc(DIV_ROUND_UP(nr, 64), 8);
	for (i = (start - rec->off) / unit; i < (end - rec->off) / unit; i++)
		(*dead)[i / 64] |= 1ull << (i % 64);
	for (i = 0; i < nr; i++)
		if (!is_dead(*dead, i))
			return false;
	return true;
}

/* ---- pmem ---- */

static void pending_add(struct sim_replay *rp, const struct sim_rec *rec)
{
	rp->pending = grow(rp->pending, rp->nr_pending, &rp->max_pending,
			   sizeof(*rp->pending));
	rp->pending[rp->nr_pending++] = (struct sim_pending){
		.rec = rec, .pos = rp->pos,
	};
}

static void pending_write(struct sim_image *image, const struct sim_pending *p)
{
	const struct sim_rec *rec = p->rec;
	u32 i;

	if (!p->dead) {
		sim_image_write(image, rec->off, rec->data, rec->len);
		return;
	}
	for (i = 0; i < rec->len / 8; i++)
		if (!is_dead(p->dead, i))
			sim_image_write(image, rec->off + i * 8,
					rec->data + i * 8, 8);
}

/* Removes the entries among the first @nr that @rec replaces completely. */
static u32 pending_supersede(struct sim_replay *rp, u32 nr,
			     const struct sim_rec *rec)
{
	u32 i, kept = 0;

	for (i = 0; i < nr; i++) {
		struct sim_pending *p = &rp->pending[i];

		if (p->rec->dev == rec->dev &&
		    kill_units(&p->dead, p->rec, 8, rec->off, rec->len))
			free(p->dead);
		else
			rp->pending[kept++] = *p;
	}
	return kept;
}

/* In order of issue; those before it that stay pending are on other CPUs. */
static void fence(struct sim_replay *rp, u8 cpu)
{
	u32 i, kept = 0;

	for (i = 0; i < rp->nr_pending; i++) {
		struct sim_pending p = rp->pending[i];

		if (p.rec->cpu != cpu) {
			rp->pending[kept++] = p;
			continue;
		}
		pending_write(rp->pmem[p.rec->dev], &p);
		kept = pending_supersede(rp, kept, p.rec);
		free(p.dead);
	}
	rp->nr_pending = kept;
}

static void take_store(struct sim_replay *rp, const struct sim_rec *rec)
{
	if (!(rec->flags & SIM_LOG_DURABLE)) {
		pending_add(rp, rec);
		return;
	}
	sim_image_write(rp->pmem[rec->dev], rec->off, rec->data, rec->len);
	rp->nr_pending = pending_supersede(rp, rp->nr_pending, rec);
}

/* ---- disks ---- */

static void loose_write_part(struct sim_image *image, const struct sim_rec *rec,
			     u32 start, u32 len)
{
	if (rec->op == SIM_LOG_FILL)
		sim_image_fill(image, rec->off + start, rec->arg, len);
	else
		sim_image_write(image, rec->off + start, rec->data + start, len);
}

static void loose_write(struct sim_image *image, const struct sim_loose *l)
{
	u32 i;

	if (!l->dead) {
		loose_write_part(image, l->rec, 0, l->rec->len);
		return;
	}
	for (i = 0; i < l->rec->len / SECTOR; i++)
		if (!is_dead(l->dead, i))
			loose_write_part(image, l->rec, i * SECTOR, SECTOR);
}

static void loose_remove(struct disk_state *d, u32 i)
{
	free(d->loose[i].dead);
	d->nr_loose--;
	d->nr_completed -= i < d->nr_completed;
	memmove(&d->loose[i], &d->loose[i + 1],
		(d->nr_loose - i) * sizeof(d->loose[0]));
}

/* What was completed before entry @i and lies below it. */
static void loose_supersede(struct disk_state *d, u32 nr,
			    const struct sim_rec *rec)
{
	while (nr--) {
		struct sim_loose *l = &d->loose[nr];

		if (kill_units(&l->dead, l->rec, SECTOR, rec->off, rec->len))
			loose_remove(d, nr);
	}
}

/* Entry @i reaches the media; it is gone afterwards. */
static void loose_settle(struct disk_state *d, u32 i)
{
	struct sim_loose l = d->loose[i];

	loose_write(d->image, &l);
	loose_supersede(d, i, l.rec);
	for (i = 0; d->loose[i].rec != l.rec; )
		i++;
	loose_remove(d, i);
}

static void loose_add(struct sim_replay *rp, struct disk_state *d,
		      const struct sim_rec *rec)
{
	d->loose = grow(d->loose, d->nr_loose, &d->max_loose,
			sizeof(d->loose[0]));
	d->loose[d->nr_loose++] = (struct sim_loose){
		.rec = rec, .pos = rp->pos, .state = SIM_IN_FLIGHT,
	};
}

static void flush_add(struct sim_replay *rp, struct disk_state *d,
		      const struct sim_rec *rec)
{
	d->flushes = grow(d->flushes, d->nr_flushes, &d->max_flushes,
			  sizeof(d->flushes[0]));
	d->flushes[d->nr_flushes++] = (struct flush){
		.id = rec->id, .pos = rp->pos,
	};
}

static void take_submit(struct sim_replay *rp, const struct sim_rec *rec)
{
	struct disk_state *d = &rp->disks[rec->dev];

	switch (rec->op) {
	case SIM_LOG_FLUSH:
		flush_add(rp, d, rec);
		break;
	case SIM_LOG_WRITE:
	case SIM_LOG_FILL:
		loose_add(rp, d, rec);
		if (rec->flags & SIM_LOG_DURABLE)
			loose_settle(d, d->nr_loose - 1);
		break;
	}
}

static void flush_done(struct disk_state *d, const struct sim_rec *rec)
{
	u64 last = 0;
	u32 i;

	for (i = 0; i < d->nr_flushes; i++)
		if (d->flushes[i].id == rec->id)
			break;
	if (i == d->nr_flushes)
		return;
	last = d->flushes[i].pos;
	d->flushes[i] = d->flushes[--d->nr_flushes];
	if (rec->arg)
		return;
	for (i = 0; i < d->nr_completed && d->loose[i].done_pos < last; ) {
		u32 before = d->nr_loose;

		if (d->loose[i].state == SIM_FAILED) {
			i++;
			continue;
		}
		loose_settle(d, i);
		/* Failed ones below it may have gone with it. */
		i -= min(i, before - d->nr_loose - 1);
	}
}

/* It moves behind those that completed before. */
static void write_done(struct sim_replay *rp, struct disk_state *d,
		       const struct sim_rec *rec)
{
	struct sim_loose l;
	u32 i;

	for (i = d->nr_completed; i < d->nr_loose; i++)
		if (d->loose[i].rec->id == rec->id)
			break;
	if (i == d->nr_loose)
		return;
	l = d->loose[i];
	l.state = rec->arg ? SIM_FAILED : SIM_DONE;
	l.done_pos = rp->pos;
	memmove(&d->loose[d->nr_completed + 1], &d->loose[d->nr_completed],
		(i - d->nr_completed) * sizeof(l));
	d->loose[d->nr_completed++] = l;
	if (!rec->arg && (l.rec->flags & SIM_LOG_FUA))
		loose_settle(d, d->nr_completed - 1);
}

static void take_done(struct sim_replay *rp, const struct sim_rec *rec)
{
	struct disk_state *d = &rp->disks[rec->dev];

	if (rec->op == SIM_LOG_FLUSH)
		flush_done(d, rec);
	else if (rec->op == SIM_LOG_WRITE || rec->op == SIM_LOG_FILL)
		write_done(rp, d, rec);
}

/* ---- walking ---- */

static void replay_reset(struct sim_replay *rp)
{
	u32 i, k;

	for (i = 0; i < rp->nr_pending; i++)
		free(rp->pending[i].dead);
	rp->nr_pending = 0;
	for (i = 0; i < MAX_DEVICES; i++) {
		struct disk_state *d = &rp->disks[i];

		for (k = 0; k < d->nr_loose; k++)
			free(d->loose[k].dead);
		d->nr_loose = 0;
		d->nr_completed = 0;
		d->nr_flushes = 0;
		sim_image_free(d->image);
		sim_image_free(rp->pmem[i]);
		d->image = NULL;
		rp->pmem[i] = NULL;
	}
}

static void replay_begin(struct sim_replay *rp)
{
	u32 i;

	rp->pos = 0;
	for (i = 0; i < rp->log->nr_pmem; i++)
		rp->pmem[i] = sim_image_clone(rp->log->pmem[i]);
	for (i = 0; i < rp->log->nr_disks; i++)
		rp->disks[i].image = sim_image_clone(rp->log->disks[i]);
}

struct sim_replay *sim_replay_create(const struct sim_log *log)
{
	struct sim_replay *rp = calloc(1, sizeof(*rp));

	if (!rp)
		abort();
	rp->log = log;
	replay_begin(rp);
	return rp;
}

void sim_replay_free(struct sim_replay *rp)
{
	u32 i;

	if (!rp)
		return;
	replay_reset(rp);
	free(rp->pending);
	for (i = 0; i < MAX_DEVICES; i++) {
		free(rp->disks[i].loose);
		free(rp->disks[i].flushes);
	}
	free(rp);
}

const struct sim_rec *sim_replay_next(const struct sim_replay *rp)
{
	return sim_log_rec(rp->log, rp->pos);
}

bool sim_replay_step(struct sim_replay *rp)
{
	const struct sim_rec *rec = sim_replay_next(rp);

	if (!rec)
		return false;
	switch (rec->type) {
	case SIM_REC_STORE:
		take_store(rp, rec);
		break;
	case SIM_REC_FENCE:
		fence(rp, rec->cpu);
		break;
	case SIM_REC_IO_SUBMIT:
		take_submit(rp, rec);
		break;
	case SIM_REC_IO_DONE:
		take_done(rp, rec);
		break;
	}
	rp->pos++;
	return true;
}

void sim_replay_seek(struct sim_replay *rp, u64 pos)
{
	if (pos < rp->pos) {
		replay_reset(rp);
		replay_begin(rp);
	}
	while (rp->pos < pos && sim_replay_step(rp))
		;
}

u64 sim_replay_pos(const struct sim_replay *rp)
{
	return rp->pos;
}

u32 sim_replay_pending(const struct sim_replay *rp,
		       const struct sim_pending **list)
{
	*list = rp->pending;
	return rp->nr_pending;
}

u32 sim_replay_loose(const struct sim_replay *rp, u32 disk,
		     const struct sim_loose **list)
{
	*list = rp->disks[disk].loose;
	return rp->disks[disk].nr_loose;
}

const struct sim_image *sim_replay_pmem(const struct sim_replay *rp, u32 dev)
{
	return rp->pmem[dev];
}

const struct sim_image *sim_replay_disk(const struct sim_replay *rp, u32 disk)
{
	return rp->disks[disk].image;
}

/* ---- building ---- */

static void build_store(struct sim_image *image, const struct sim_keep *keep,
			const struct sim_pending *p, u32 index)
{
	enum sim_share share = keep->word ? SIM_SOME : SIM_NONE;
	u32 i;

	if (keep->store)
		share = keep->store(keep->ctx, p, index);
	if (share == SIM_ALL)
		pending_write(image, p);
	if (share != SIM_SOME || !keep->word)
		return;
	for (i = 0; i < p->rec->len / 8; i++)
		if (!is_dead(p->dead, i) && keep->word(keep->ctx, p, index, i))
			sim_image_write(image, p->rec->off + i * 8,
					p->rec->data + i * 8, 8);
}

static void build_write(struct sim_image *image, const struct sim_keep *keep,
			u32 disk, const struct sim_loose *l, u32 index)
{
	enum sim_share share = keep->sector ? SIM_SOME : SIM_NONE;
	u32 i;

	if (keep->write)
		share = keep->write(keep->ctx, disk, l, index);
	if (share == SIM_ALL)
		loose_write(image, l);
	if (share != SIM_SOME || !keep->sector)
		return;
	for (i = 0; i < l->rec->len / SECTOR; i++)
		if (!is_dead(l->dead, i) &&
		    keep->sector(keep->ctx, disk, l, index, i))
			loose_write_part(image, l->rec, i * SECTOR, SECTOR);
}

static struct sim_image *build_disk(const struct sim_replay *rp, u32 disk,
				    const struct sim_keep *keep)
{
	const struct disk_state *d = &rp->disks[disk];
	struct sim_image *image = sim_image_clone(d->image);
	u32 i;

	for (i = 0; keep && i < d->nr_loose; i++)
		build_write(image, keep, disk, &d->loose[i], i);
	return image;
}

struct sim_state *sim_replay_build(const struct sim_replay *rp,
				   const struct sim_keep *keep)
{
	u32 nr_pmem = rp->log->nr_pmem, nr_disks = rp->log->nr_disks;
	struct sim_state *st;
	u32 i;

	st = calloc(1, sizeof(*st) + (nr_pmem + nr_disks) * sizeof(void *));
	if (!st)
		abort();
	st->nr_pmem = nr_pmem;
	st->nr_disks = nr_disks;
	st->pmem = (struct sim_image **)(st + 1);
	st->disks = st->pmem + nr_pmem;
	for (i = 0; i < nr_pmem; i++)
		st->pmem[i] = sim_image_clone(rp->pmem[i]);
	for (i = 0; keep && i < rp->nr_pending; i++)
		build_store(st->pmem[rp->pending[i].rec->dev], keep,
			    &rp->pending[i], i);
	for (i = 0; i < nr_disks; i++)
		st->disks[i] = build_disk(rp, i, keep);
	for (i = 0; i < nr_pmem + nr_disks; i++)
		st->hash = sim_hash_mix(st->hash, st->pmem[i]->hash, i);
	return st;
}

void sim_state_free(struct sim_state *st)
{
	u32 i;

	if (!st)
		return;
	for (i = 0; i < st->nr_pmem + st->nr_disks; i++)
		sim_image_free(st->pmem[i]);
	free(st);
}

enum sim_share sim_keep_stores(void *ctx, const struct sim_pending *p, u32 index)
{
	return SIM_ALL;
}

enum sim_share sim_keep_writes(void *ctx, u32 disk, const struct sim_loose *l,
			       u32 index)
{
	return SIM_ALL;
}

enum sim_share sim_keep_done(void *ctx, u32 disk, const struct sim_loose *l,
			     u32 index)
{
	return l->state == SIM_DONE ? SIM_ALL : SIM_NONE;
}
