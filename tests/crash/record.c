// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings: a run from format to its last stop, and what its marks say.
 */
#include "crash/record.h"
#include "sim/check.h"
#include "sim/stamp.h"

/* ---- a run ---- */

/* Sectors in use begin with stamps, so that zeroes mean something. */
static struct sim_image *disk_image(const struct setup *su, u32 i)
{
	const struct space *sp = &su->space[i];
	struct sim_image *image = sim_image_create(su->rig.cache[i].disk.size);
	u8 sector[STAMP_SIZE];
	u32 k;

	for (k = 0; k < sp->nr; k++) {
		struct stamp st = { .lba = space_sector(sp, k), .run = sp->run };

		stamp_write(sector, &st);
		sim_image_write(image, st.lba * STAMP_SIZE, sector, STAMP_SIZE);
	}
	return image;
}

static void attach(struct rig *rig, u32 i, bool known)
{
	int err;

	runner_life(i, known ? LIFE_PRESENT : LIFE_MAYBE);
	err = rig_attach(rig, i, known);
	if (err)
		sim_fail(SIM_FAIL_CHECK, "cache %u is not attached: %d", i, err);
	runner_life(i, LIFE_PRESENT);
}

static void let_go(struct rig *rig, u32 i)
{
	int err;

	runner_life(i, LIFE_MAYBE);
	err = rig_stop(rig, i, PCACHE_STOP_DRAIN);
	if (err == -EUCLEAN) {
		/* Lost data is not concealed. */
		runner_life(i, LIFE_PRESENT);
		return;
	}
	sim_check(!err);
	runner_life(i, LIFE_ABSENT);
}

static void reregister(struct rig *rig)
{
	bool was[RIG_CACHES] = {};
	u32 i;

	for (i = 0; i < rig->opts->nr_caches; i++) {
		was[i] = rig->cache[i];
		if (was[i])
			sim_check(!rig_stop(rig, i, PCACHE_STOP_KEEP));
	}
	rig_unregister(rig);
	sim_check(!rig_register(rig, false));
	for (i = 0; i < rig->opts->nr_caches; i++)
		if (was[i])
			attach(rig, i, true);
}

/* A segment loses both headers before anybody needs it. */
static void lose_headers(struct rig *rig)
{
	const struct pcache_geo *geo = &rig->dev->geo;
	static const u8 blank[PCACHE_LINE_SIZE];
	u64 at = pcache_geo_seg_off(geo, geo->meta_segs +
				    sim_rand_below(geo->nr_segs -
						   geo->meta_segs));

	sim_pmem_poke(rig->pmem, at, blank, sizeof(blank));
	sim_pmem_poke(rig->pmem, at + geo->rec_end, blank, sizeof(blank));
	reregister(rig);
}

/* Until all that was written is on the backing devices. */
static void settle(struct rig *rig)
{
	u32 i;

	for (i = 0; i < rig->opts->nr_caches; i++)
		if (rig->cache[i])
			rig_settle(rig, i);
	sim_mark(MARK_QUIET, 0, NULL, 0);
}

/* What happens between two bursts. */
static void interlude(struct runner *run)
{
	struct rig *rig = run->rig;
	u32 i = sim_rand_below(rig->opts->nr_caches);

	if (!rig->cache[i]) {
		attach(rig, i, false);
		return;
	}
	switch (sim_rand_below(8)) {
	case 0:
		sim_check(!rig_stop(rig, i, PCACHE_STOP_KEEP));
		attach(rig, i, true);
		break;
	case 1:
		reregister(rig);
		break;
	case 2:
		let_go(rig, i);
		if (!rig->cache[i])
			attach(rig, i, false);
		break;
	case 3:
		sim_sleep(20 * NSEC_PER_MSEC);
		break;
	case 4:
		mutex_lock(&rig->dev->admin_lock);
		sim_check(!pcache_cache_set_gc_percent(rig->cache[i],
						       sim_rand_below(91)));
		mutex_unlock(&rig->dev->admin_lock);
		break;
	case 5:
		settle(rig);
		break;
	}
}

struct run_args {
	const struct setup *setup;
	struct sim_image *pmem;
	struct sim_image *disks[RIG_CACHES];
	struct sim_log *log;
	u32 next_op;
	bool record;
};

static void end_run(struct rig *rig)
{
	u32 i;

	if (sim_rand_below(2))
		return;
	for (i = 0; i < rig->opts->nr_caches; i++) {
		if (!rig->cache[i])
			continue;
		if (sim_rand_below(2))
			let_go(rig, i);
		else
			sim_check(!rig_stop(rig, i, PCACHE_STOP_KEEP));
	}
}

static void do_run(void *arg)
{
	struct run_args *ra = arg;
	const struct setup *su = ra->setup;
	struct runner run;
	struct rig rig;
	u32 i;

	rig_init(&rig, &su->rig, ra->pmem, ra->disks);
	if (ra->record)
		sim_log_start();
	runner_life(LIFE_POOL, LIFE_MAYBE);
	sim_check(!rig_register(&rig, true));
	runner_life(LIFE_POOL, LIFE_PRESENT);
	if (su->headless)
		lose_headers(&rig);
	runner_init(&run, su, &rig, 1);
	attach(&rig, 0, false);
	for (i = 0; i < su->bursts; i++) {
		if (i)
			interlude(&run);
		runner_burst(&run, su->burst_ops);
		if (su->poison && sim_rand_below(2))
			runner_poison(&run);
	}
	if (sim_rand_below(2))
		settle(&rig);
	end_run(&rig);
	ra->next_op = run.next_op;
	ra->log = sim_log_take();
	ra->pmem = sim_pmem_snapshot(rig.pmem);
	runner_exit(&run);
	rig_exit(&rig);
}

static bool run_once(struct run_args *ra, u64 seed)
{
	struct world *w = world_create(seed, &ra->setup->world);
	struct sim_image *given = ra->pmem;
	bool good = !sim_try(do_run, ra);

	sim_image_free(given);
	if (good) {
		good = !world_destroy(w);
	} else {
		fprintf(stderr, "crash: the run itself failed, seed %llu: %s\n",
			seed, world_failure_text(w));
		fputs(sim_klog(), stderr);
		world_cut(w);
	}
	return good;
}

struct recording *recording_make(const struct setup *su)
{
	struct run_args ra = { .setup = su };
	struct recording *r;
	bool good = true;
	u32 i;

	for (i = 0; i < su->rig.nr_caches; i++)
		ra.disks[i] = disk_image(su, i);
	if (su->reused)
		good = run_once(&ra, ~su->seed);
	ra.record = true;
	if (good)
		good = run_once(&ra, su->seed);
	for (i = 0; i < su->rig.nr_caches; i++)
		sim_image_free(ra.disks[i]);
	if (!good)
		return NULL;
	sim_image_free(ra.pmem);
	r = calloc(1, sizeof(*r));
	if (!r)
		abort();
	r->setup = su;
	r->log = ra.log;
	r->next_op = ra.next_op;
	r->base = 1;
	for (i = 0; i < su->rig.nr_caches; i++)
		r->hist[i] = hist_create(&su->space[i]);
	recording_index(r);
	return r;
}

/* ---- what the marks say ---- */

static void index_start(struct recording *r, const struct sim_rec *rec,
			u64 when, struct mark_req *reqs)
{
	static const u8 kinds[] = {
		[PCACHE_OP_WRITE] = HIST_DATA, [PCACHE_OP_ZEROES] = HIST_ZERO,
		[PCACHE_OP_DISCARD] = HIST_DISCARD,
	};
	struct mark_req *rq = &reqs[rec->arg];

	memcpy(rq, rec->data, sizeof(*rq));
	if (rq->flags & PCACHE_REQ_PREFLUSH)
		hist_flush_start(r->hist[rq->cache], rec->arg, when);
	if (rq->op != PCACHE_OP_FLUSH)
		hist_start(r->hist[rq->cache], rq->sector, rq->nr, rec->arg,
			   kinds[rq->op], rq->flags & PCACHE_REQ_FUA, when);
}

static void index_end(struct recording *r, const struct sim_rec *rec, u64 when,
		      const struct mark_req *reqs)
{
	const struct mark_req *rq = &reqs[rec->arg];

	if (rq->flags & PCACHE_REQ_PREFLUSH)
		hist_flush_end(r->hist[rq->cache], rec->arg, when);
	if (rq->op != PCACHE_OP_FLUSH)
		hist_end(r->hist[rq->cache], rq->sector, rq->nr, rec->arg,
			 when);
}

void recording_add_life(struct recording *r, u64 when, u32 thing,
			enum life life)
{
	if (r->nr_life == r->max_life) {
		r->max_life = r->max_life * 2 ?: 16;
		r->life = realloc(r->life, r->max_life * sizeof(*r->life));
		if (!r->life)
			abort();
	}
	r->life[r->nr_life++] = (struct life_event){
		.when = when, .thing = thing, .life = life,
	};
}

static void index_mark(struct recording *r, const struct sim_rec *rec, u64 when,
		       struct mark_req *reqs)
{
	switch (rec->off) {
	case MARK_START:
		index_start(r, rec, when, reqs);
		break;
	case MARK_END:
		index_end(r, rec, when, reqs);
		break;
	case MARK_LIFE:
		recording_add_life(r, when, rec->arg & 0xff, rec->arg >> 8);
		break;
	case MARK_LOST:
		hist_lose(r->hist[rec->arg & 1], rec->arg >> 1, when);
		break;
	case MARK_OBSERVED:
		if (!r->observed)
			r->observed = when;
		break;
	}
}

void recording_index(struct recording *r)
{
	struct mark_req *reqs = calloc(r->next_op + 1, sizeof(*reqs));
	u64 pos, len = sim_log_len(r->log);
	const struct sim_rec *rec;
	u32 i;

	if (!reqs)
		abort();
	for (pos = 0; pos < len; pos++) {
		rec = sim_log_rec(r->log, pos);
		if (rec->type == SIM_REC_MARK)
			index_mark(r, rec, r->base + pos, reqs);
	}
	free(reqs);
	for (i = 0; i < RIG_CACHES; i++)
		if (r->hist[i])
			hist_seal(r->hist[i]);
}

void recording_free(struct recording *r)
{
	u32 i;

	if (!r)
		return;
	for (i = 0; i < RIG_CACHES; i++)
		hist_free(r->hist[i]);
	sim_log_free(r->log);
	free(r->life);
	free(r);
}

enum life recording_life(const struct recording *r, u32 thing, u64 when)
{
	enum life life = LIFE_ABSENT;
	u32 i;

	for (i = 0; i < r->nr_life && r->life[i].when < when; i++)
		if (r->life[i].thing == thing)
			life = r->life[i].life;
	return life;
}
