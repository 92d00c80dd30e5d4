// SPDX-License-Identifier: GPL-2.0
/*
 * One trial: recover, read, judge, and go on from there.
 */
#include "crash/trial.h"
#include "sim/check.h"
#include "sim/stamp.h"

#define GO_ON_OPS	12

/**
 * struct attempt - one recovery, in a world
 * @t: the trial
 * @pmem: contents of the pmem device
 * @disks: contents of the backing devices
 * @first: it is the first one
 * @contents: what was read
 * @rig: the rig
 * @pmem_after: contents when it had recovered
 * @disks_after: likewise
 */
struct attempt {
	struct trial *t;
	const struct sim_image *pmem;
	struct sim_image *const *disks;
	bool first;
	u32 *contents[RIG_CACHES];
	struct rig rig;
	struct sim_image *pmem_after;
	struct sim_image *disks_after[RIG_CACHES];
};

/* ---- judging ---- */

bool trial_judge(const struct recording *from, u64 when, u32 *const *contents,
		 char *why)
{
	bool observed = !from->before[0] || when > from->observed;
	const struct hist *h;
	u32 i;

	for (i = 0; i < from->setup->rig.nr_caches; i++) {
		h = observed ? from->hist[i] : from->before[i];
		if (!hist_recovered(h, contents[i], observed ? when : from->cut,
				    why))
			return false;
	}
	return true;
}

/* ---- reading ---- */

void trial_read_disk(const struct setup *su, u32 i,
		     const struct sim_image *image, u32 *contents)
{
	const struct space *sp = &su->space[i];
	u8 data[STAMP_SIZE];
	u32 k;

	for (k = 0; k < sp->nr; k++) {
		sim_image_read(image, space_sector(sp, k) * STAMP_SIZE, data,
			       STAMP_SIZE);
		contents[k] = space_content(sp, k, data);
	}
}

static void read_piece(struct attempt *a, u32 i, u32 index, u32 nr)
{
	const struct setup *su = a->t->from->setup;
	u32 block = su->rig.cache[i].disk.block_size >> SECTOR_SHIFT;
	const struct space *sp = &su->space[i];
	u8 buf[32 * STAMP_SIZE];
	u32 k;

	if (rig_io_run(&a->rig, i, PCACHE_OP_READ, 0, space_sector(sp, index),
		       nr, buf)) {
		/* Some of it is lost: find out which. */
		for (k = 0; k < nr; k += block)
			if (nr > block)
				read_piece(a, i, index + k, block);
			else
				a->contents[i][index + k] = CONTENT_ERROR;
		for (k = 1; nr == block && k < block; k++)
			a->contents[i][index + k] = CONTENT_ERROR;
		return;
	}
	for (k = 0; k < nr; k++)
		a->contents[i][index + k] =
			space_content(sp, index + k, buf + k * STAMP_SIZE);
}

/* Pieces of any size that end on blocks, and not beyond a chunk. */
static void read_cache(struct attempt *a, u32 i)
{
	const struct space *sp = &a->t->from->setup->space[i];
	u32 r, index = 0, left, nr;
	u64 sector;

	for (r = 0; r < sp->nr_ranges; r++)
		for (left = sp->range[r].nr; left; left -= nr, index += nr) {
			sector = space_sector(sp, index);
			nr = min(left, 8 * (1 + sim_rand_below(4)));
			nr = min_t(u64, nr, PCACHE_CHUNK_SECTORS -
					    sector % PCACHE_CHUNK_SECTORS);
			read_piece(a, i, index, nr);
		}
}

static void read_all(struct attempt *a)
{
	const struct setup *su = a->t->from->setup;
	struct sim_image *image;
	u32 i;

	for (i = 0; i < su->rig.nr_caches; i++) {
		if (a->rig.cache[i]) {
			read_cache(a, i);
			continue;
		}
		image = sim_disk_snapshot(a->rig.disk[i]);
		trial_read_disk(su, i, image, a->contents[i]);
		sim_image_free(image);
	}
	sim_mark(MARK_OBSERVED, 0, NULL, 0);
}

/* ---- recovering ---- */

static bool cache_must_be(const struct trial *t, u32 i, bool there)
{
	enum life life = recording_life(t->from, i, t->when);

	return life == (there ? LIFE_PRESENT : LIFE_ABSENT);
}

static void attach_known(struct attempt *a, u32 i)
{
	struct trial *t = a->t;
	u32 except = t->from->setup->poison ? CHECK_POISON : 0;
	int err = rig_attach(&a->rig, i, true);

	if (err && err != -ENOENT)
		sim_fail(SIM_FAIL_CHECK, "cache %u is not attached: %d", i, err);
	if (a->first)
		t->known[i] = !err;
	if (err && cache_must_be(t, i, true))
		sim_fail(SIM_FAIL_CHECK, "cache %u is not known any more", i);
	if (!err && cache_must_be(t, i, false))
		sim_fail(SIM_FAIL_CHECK, "cache %u is known, but was let go of",
			 i);
	while (!err && a->first && !check_live(&a->rig, i, except))
		sim_sleep(NSEC_PER_USEC);
}

static void recover(struct attempt *a)
{
	struct trial *t = a->t;
	enum life life = recording_life(t->from, LIFE_POOL, t->when);
	const struct setup *su = t->from->setup;
	int err;
	u32 i;

	rig_init(&a->rig, &su->rig, a->pmem, a->disks);
	if (a->first && t->record)
		sim_log_start();
	err = rig_register(&a->rig, false);
	if (a->first)
		t->registered = !err;
	if (err && life == LIFE_PRESENT)
		sim_fail(SIM_FAIL_CHECK, "the pool is not found: %d", err);
	if (err && err != -EINVAL && err != -EUCLEAN)
		sim_fail(SIM_FAIL_CHECK, "odd error of the pool: %d", err);
	/*
	 * Whatever was being stored, nothing of the pool is out of use, but for
	 * what was lost before the first cache was there.
	 */
	if (life == LIFE_PRESENT &&
	    (!su->headless || recording_life(t->from, 0, t->when) == LIFE_PRESENT))
		sim_check(!a->rig.dev->slots_bad && !a->rig.dev->nr_retired);
	/* Half formatted, it may be the pool that was here before. */
	for (i = 0; life == LIFE_PRESENT && i < su->rig.nr_caches; i++)
		attach_known(a, i);
	read_all(a);
}

static void take_images(struct attempt *a)
{
	u32 i;

	a->pmem_after = sim_pmem_snapshot(a->rig.pmem);
	for (i = 0; i < a->rig.opts->nr_caches; i++)
		a->disks_after[i] = sim_disk_snapshot(a->rig.disk[i]);
}

/* ---- going on ---- */

static bool any_attached(const struct attempt *a)
{
	u32 i;

	for (i = 0; i < a->rig.opts->nr_caches; i++)
		if (a->rig.cache[i])
			return true;
	return false;
}

static void go_on(struct attempt *a)
{
	struct trial *t = a->t;
	struct runner run;

	runner_init(&run, t->from->setup, &a->rig, t->from->next_op);
	runner_burst(&run, GO_ON_OPS);
	t->next->next_op = run.next_op;
	runner_exit(&run);
	read_all(a);
}

/* What must hold when nothing goes on. */
static void settle(struct attempt *a)
{
	u32 except = a->t->from->setup->poison ? CHECK_POISON : 0, i;

	for (i = 0; i < a->rig.opts->nr_caches; i++)
		if (a->rig.cache[i]) {
			rig_settle(&a->rig, i);
			check_quiet(&a->rig, i, except);
		}
	if (a->rig.dev)
		check_pool(&a->rig);
}

static struct pcache_seg *any_clean(struct pcache_cache *cache)
{
	struct pcache_seg *seg, *found = NULL;
	u32 nr = 0;

	list_for_each_entry(seg, &cache->clean, node)
		if (seg->nr_recs && !sim_rand_below(++nr))
			found = seg;
	return found;
}

static bool lose_record(struct attempt *a, u32 i)
{
	const struct pcache_geo *geo = &a->rig.dev->geo;
	struct pcache_seg *seg = any_clean(a->rig.cache[i]);

	if (!seg)
		return false;
	sim_pmem_poison(a->rig.pmem, pcache_geo_seg_off(geo, seg->id) +
			pcache_geo_rec_off(geo, sim_rand_below(seg->nr_recs)),
			PCACHE_LINE_SIZE);
	mutex_lock(&a->rig.dev->admin_lock);
	sim_check(!pcache_cache_set_gc_percent(a->rig.cache[i], 0));
	mutex_unlock(&a->rig.dev->admin_lock);
	return true;
}

static void compare_with_first(struct attempt *a, const char *when)
{
	struct trial *t = a->t;
	u32 i, k;

	for (i = 0; i < a->rig.opts->nr_caches; i++)
		for (k = 0; k < t->from->setup->space[i].nr; k++)
			if (a->contents[i][k] != t->contents[i][k] &&
			    !hist_undefined(t->from->hist[i], k,
					    a->contents[i][k], t->when))
				sim_fail(SIM_FAIL_CHECK,
					 "cache %u sector %llu: %#x, but %#x %s",
					 i, space_sector(&t->from->setup->space[i], k),
					 t->contents[i][k], a->contents[i][k],
					 when);
}

/* Reclaim gets on without a record that it cannot read, and nothing is lost. */
static void reclaim_blindly(struct attempt *a)
{
	bool any = false;
	u32 i;

	for (i = 0; i < a->rig.opts->nr_caches; i++) {
		if (!a->rig.cache[i])
			continue;
		rig_settle(&a->rig, i);
		any |= lose_record(a, i);
		rig_settle(&a->rig, i);
	}
	a->t->bad_record = any;
	if (!any)
		return;
	read_all(a);
	compare_with_first(a, "after reclaim without a record");
}

/* After a drain the backing device alone has what reads returned. */
static void drain_one(struct attempt *a, u32 i)
{
	const struct setup *su = a->t->from->setup;
	const struct space *sp = &su->space[i];
	struct sim_image *image;
	u32 alone[sp->nr], k;
	int err;

	runner_life(i, LIFE_MAYBE);
	err = rig_stop(&a->rig, i, PCACHE_STOP_DRAIN);
	if (err == -EUCLEAN && su->poison) {
		runner_life(i, LIFE_PRESENT);
		return;
	}
	sim_check(!err);
	runner_life(i, LIFE_ABSENT);
	/* What came after the recovery is judged when the next log is cut. */
	if (a->t->go_on)
		return;
	image = sim_disk_snapshot(a->rig.disk[i]);
	trial_read_disk(su, i, image, alone);
	sim_image_free(image);
	for (k = 0; k < sp->nr; k++)
		if (alone[k] != a->contents[i][k] &&
		    !hist_undefined(a->t->from->hist[i], k, a->contents[i][k],
				    a->t->when))
			sim_fail(SIM_FAIL_CHECK,
				 "disk %u sector %llu: %#x after a drain, %#x before",
				 i, space_sector(sp, k), alone[k],
				 a->contents[i][k]);
}

static void drain(struct attempt *a)
{
	u32 i;

	for (i = 0; i < a->rig.opts->nr_caches; i++)
		if (a->rig.cache[i])
			drain_one(a, i);
}

static void first_attempt(void *arg)
{
	struct attempt *a = arg;
	struct trial *t = a->t;
	u32 i;

	recover(a);
	for (i = 0; i < RIG_CACHES; i++)
		if (t->contents[i])
			memcpy(t->contents[i], a->contents[i],
			       t->from->setup->space[i].nr * sizeof(u32));
	if (!trial_judge(t->from, t->when, t->contents, t->why))
		sim_fail(SIM_FAIL_CHECK, "%s", t->why);
	if (t->again)
		take_images(a);
	if (t->go_on && any_attached(a))
		go_on(a);
	if (t->bad_record)
		reclaim_blindly(a);
	if (t->settle)
		settle(a);
	if (t->drain)
		drain(a);
	if (t->record)
		t->next->log = sim_log_take();
	rig_exit(&a->rig);
}

static void second_attempt(void *arg)
{
	struct attempt *a = arg;

	recover(a);
	compare_with_first(a, "recovered again");
	rig_exit(&a->rig);
}

/* ---- worlds ---- */

static void world_opts_for(const struct trial *t, struct sim_opts *opts)
{
	sim_opts_default(opts);
	opts->heal_poison = true;
	opts->nr_cpus = 2;
	opts->max_steps = 5 * 1000 * 1000;
	opts->verbose = t->verbose;
	if (!t->busy) {
		opts->yields = 0;
		opts->split_p = 0;
		opts->stall_p = 0;
	}
}

static void attempt_clear(struct attempt *a)
{
	u32 i;

	sim_image_free(a->pmem_after);
	for (i = 0; i < RIG_CACHES; i++) {
		sim_image_free(a->disks_after[i]);
		free(a->contents[i]);
	}
}

static void attempt_init(struct attempt *a, struct trial *t)
{
	const struct setup *su = t->from->setup;
	u32 i;

	memset(a, 0, sizeof(*a));
	a->t = t;
	for (i = 0; i < su->rig.nr_caches; i++) {
		a->contents[i] = calloc(su->space[i].nr, sizeof(u32));
		if (!a->contents[i])
			abort();
	}
}

static bool attempt_run(struct attempt *a, void (*fn)(void *arg), u64 seed)
{
	struct trial *t = a->t;
	struct sim_opts opts;
	struct world *w;

	world_opts_for(t, &opts);
	w = world_create(seed, &opts);
	world_quiet(w, !t->verbose);
	if (sim_try(fn, a)) {
		snprintf(t->why, sizeof(t->why), "%s%s",
			 a->first ? "" : "recovered again: ",
			 world_failure_text(w));
		world_cut(w);
		return false;
	}
	if (!world_destroy(w))
		return true;
	snprintf(t->why, sizeof(t->why), "leaks");
	return false;
}

/* ---- trials ---- */

static void next_begin(struct trial *t)
{
	t->next = calloc(1, sizeof(*t->next));
	if (!t->next)
		abort();
	t->next->setup = t->from->setup;
	t->next->base = t->when + 1;
	t->next->next_op = t->from->next_op;
}

static void next_finish(struct trial *t)
{
	const struct recording *from = t->from;
	bool observed = !from->before[0] || t->when > from->observed;
	struct recording *next = t->next;
	u32 i;

	next->cut = observed ? t->when : from->cut;
	for (i = 0; i < from->setup->rig.nr_caches; i++) {
		next->before[i] = observed ? from->hist[i] : from->before[i];
		next->hist[i] = hist_continue(next->before[i], t->contents[i],
					      next->cut);
		recording_add_life(next, 0, i, t->known[i] ? LIFE_PRESENT :
				   LIFE_ABSENT);
	}
	/* Half formatted stays half formatted. */
	recording_add_life(next, 0, LIFE_POOL,
			   recording_life(from, LIFE_POOL, t->when));
	recording_index(next);
}

static bool run_attempts(struct trial *t, const struct sim_image *pmem)
{
	struct attempt a, b;
	bool good;

	attempt_init(&a, t);
	a.first = true;
	a.pmem = pmem;
	a.disks = t->state->disks;
	good = attempt_run(&a, first_attempt, t->seed);
	if (good && t->again) {
		attempt_init(&b, t);
		b.pmem = a.pmem_after;
		b.disks = a.disks_after;
		good = attempt_run(&b, second_attempt, ~t->seed);
		attempt_clear(&b);
	}
	attempt_clear(&a);
	return good;
}

bool trial_run(struct trial *t)
{
	struct sim_image *pmem = sim_image_clone(t->state->pmem[0]);
	const struct setup *su = t->from->setup;
	struct dice d = { .state = t->seed };
	bool good;
	u32 i;

	for (i = 0; i < su->rig.nr_caches; i++) {
		t->contents[i] = calloc(su->space[i].nr, sizeof(u32));
		if (!t->contents[i])
			abort();
	}
	if (t->loss && !damage(pmem, su, t->loss, &d))
		t->loss = LOSE_NOTHING;
	if (t->record)
		next_begin(t);
	good = run_attempts(t, pmem);
	sim_image_free(pmem);
	if (good && t->record)
		next_finish(t);
	return good;
}

void trial_clear(struct trial *t)
{
	u32 i;

	for (i = 0; i < RIG_CACHES; i++)
		free(t->contents[i]);
	recording_free(t->next);
}
