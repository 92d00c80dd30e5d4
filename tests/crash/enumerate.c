// SPDX-License-Identifier: GPL-2.0
/*
 * The enumeration.
 *
 * A state that was seen is not recovered again, but what came of it is judged
 * again if it turns up later, when more had been promised.
 */
#include "crash/enumerate.h"
#include "crash/report.h"
#include "crash/sites.h"

const char * const point_kind_names[POINT_KINDS] = {
	[POINT_FENCE]		= "fence",
	[POINT_END]		= "completion",
	[POINT_DISK_SUBMIT]	= "backing submit",
	[POINT_DISK_DONE]	= "backing done",
	[POINT_FLUSH]		= "backing flushed",
	[POINT_QUIET]		= "at rest",
	[POINT_LAST]		= "end",
};

/* ---- states that were seen ---- */

#define SEEN_SLOTS	(1u << 15)

struct seen {
	struct seen *next;
	struct sim_hash hash;
	bool known[RIG_CACHES];
	bool registered;
	u32 *contents[RIG_CACHES];
};

/**
 * struct walk - an enumeration under way
 * @r: the recording
 * @job: what to try
 * @c: counts
 * @rp: the replay
 * @sites: of the log
 * @seen: states, by hash
 * @outer: where the recording itself was cut from, if it was
 * @depth: 0: the run itself
 */
struct walk {
	const struct recording *r;
	const struct job *job;
	struct counts *c;
	struct sim_replay *rp;
	struct site_index *sites;
	struct seen *seen[SEEN_SLOTS];
	struct spot outer;
	u32 depth;
};

static struct seen *seen_find(struct walk *w, struct sim_hash hash)
{
	struct seen *s = w->seen[hash.lo % SEEN_SLOTS];

	while (s && !sim_hash_equal(s->hash, hash))
		s = s->next;
	return s;
}

static void seen_add(struct walk *w, struct trial *t, struct sim_hash hash)
{
	struct seen *s = calloc(1, sizeof(*s));
	u32 i;

	if (!s)
		abort();
	s->hash = hash;
	s->registered = t->registered;
	for (i = 0; i < RIG_CACHES; i++) {
		s->known[i] = t->known[i];
		s->contents[i] = t->contents[i];
		t->contents[i] = NULL;
	}
	s->next = w->seen[hash.lo % SEEN_SLOTS];
	w->seen[hash.lo % SEEN_SLOTS] = s;
}

static void seen_free(struct walk *w)
{
	struct seen *s, *next;
	u32 i, k;

	for (i = 0; i < SEEN_SLOTS; i++)
		for (s = w->seen[i]; s; s = next) {
			next = s->next;
			for (k = 0; k < RIG_CACHES; k++)
				free(s->contents[k]);
			free(s);
		}
}

/* ---- one state ---- */

static u64 spot_seed(const struct walk *w, struct spot at)
{
	return w->r->setup->seed ^ dice_mix(at.point * 2 + w->depth) ^
	       dice_mix(dice_mix(at.state));
}

/* Is a backing device alone a legal state of a plain disk (P4)? */
static bool check_disks(struct walk *w, const struct sim_state *st, u64 when,
			char *why)
{
	const struct recording *r = w->r;
	bool observed = !r->before[0] || when > r->observed;
	u32 i;

	for (i = 0; i < r->setup->rig.nr_caches; i++) {
		const struct hist *h = observed ? r->hist[i] : r->before[i];
		u32 contents[r->setup->space[i].nr];

		if (r->setup->rig.cache[i].relaxed)
			continue;
		w->c->disk_checks++;
		trial_read_disk(r->setup, i, st->disks[i], contents);
		if (!hist_disk_legal(h, contents, observed ? when : r->cut,
				     why))
			return false;
	}
	return true;
}

static bool judge_again(struct walk *w, const struct seen *s, u64 when,
			char *why)
{
	const struct recording *r = w->r;
	u32 i;

	w->c->judged_again++;
	if (!s->registered &&
	    recording_life(r, LIFE_POOL, when) == LIFE_PRESENT) {
		snprintf(why, HIST_WHY, "the pool is not found");
		return false;
	}
	for (i = 0; i < r->setup->rig.nr_caches; i++)
		if (!s->known[i] && recording_life(r, i, when) == LIFE_PRESENT &&
		    recording_life(r, LIFE_POOL, when) == LIFE_PRESENT) {
			snprintf(why, HIST_WHY, "cache %u is not known", i);
			return false;
		}
	return trial_judge(r, when, s->contents, why);
}

static void trial_choose(struct walk *w, struct trial *t, struct spot at,
			 enum point_kind kind)
{
	bool go_on, lucky;
	struct dice d;

	t->seed = spot_seed(w, at);
	d.state = ~t->seed;
	t->again = dice_chance(&d, 50);
	t->settle = dice_chance(&d, 10);
	t->drain = dice_chance(&d, 30);
	t->busy = dice_chance(&d, 25);
	if (dice_chance(&d, 15))
		t->loss = dice_range(&d, LOSE_SUPER, TRIAL_LOSSES - 1);
	/* The same numbers for all that follow, whether it is recorded or not. */
	go_on = dice_chance(&d, 70);
	/* What was damaged is repaired: rare stores, to be cut at as well. */
	lucky = w->job->deep &&
		dice_below(&d, t->loss ? (w->job->deep + 2) / 3 : w->job->deep) == 0;
	t->record = w->depth == 0 &&
		    (lucky || w->job->then.point != NO_SPOT ||
		     (w->job->deep && kind == POINT_QUIET));
	t->go_on = t->record && go_on;
	/* What was damaged would be damage for a cut that comes later. */
	t->bad_record = !t->record && dice_chance(&d, 15);
	t->verbose = w->job->verbose && w->job->only.point != NO_SPOT;
}

static void trial_count(struct walk *w, const struct trial *t,
			const struct plan *plan, enum point_kind kind)
{
	struct counts *c = w->c;

	c->distinct++;
	c->states[kind]++;
	c->classes[plan->class]++;
	c->disks[plan->disk]++;
	c->losses[t->loss]++;
	c->again += t->again;
	c->settled += t->settle;
	c->drained += t->drain;
	c->bad_records += t->bad_record;
	c->gone_on += t->go_on;
	c->deeper += w->depth != 0;
}

static bool cut_deeper(struct walk *w, const struct trial *t, struct spot at);

static bool try_new(struct walk *w, const struct plans *ps, struct spot at,
		    const struct sim_state *st, enum point_kind kind, char *why)
{
	struct trial t = {
		.from = w->r, .when = w->r->base + at.point, .state = st,
	};
	bool good;

	trial_choose(w, &t, at, kind);
	good = trial_run(&t);
	trial_count(w, &t, &ps->plan[at.state], kind);
	if (!good)
		snprintf(why, HIST_WHY, "%.200s%s%s", t.why,
			 t.loss ? "; damaged: " : "",
			 t.loss ? trial_loss_names[t.loss] : "");
	if (good && t.next)
		good = cut_deeper(w, &t, at);
	/* One failure changes nothing: it may have been damaged. */
	if (good)
		seen_add(w, &t, st->hash);
	trial_clear(&t);
	return good;
}

/* False: a violation, with the reason, or without if it was reported. */
static bool try_state(struct walk *w, const struct plans *ps, struct spot at,
		      enum point_kind kind)
{
	struct sim_state *st = plans_build(ps, at.state);
	struct seen *s = seen_find(w, st->hash);
	u64 when = w->r->base + at.point;
	char why[HIST_WHY] = "";
	bool good;

	good = check_disks(w, st, when, why);
	if (good && s)
		good = judge_again(w, s, when, why);
	else if (good)
		good = try_new(w, ps, at, st, kind, why);
	if (!good && why[0])
		report_violation(w->r, w->outer, at, kind, &ps->plan[at.state],
				 why);
	sim_state_free(st);
	return good;
}

/* ---- one point ---- */

static enum point_kind point_of(const struct sim_rec *rec)
{
	if (!rec)
		return POINT_LAST;
	switch (rec->type) {
	case SIM_REC_FENCE:
		return POINT_FENCE;
	case SIM_REC_MARK:
		return rec->off == MARK_END ? POINT_END :
		       rec->off == MARK_QUIET ? POINT_QUIET : POINT_KINDS;
	case SIM_REC_IO_SUBMIT:
		return rec->op == SIM_LOG_READ ? POINT_KINDS :
						 POINT_DISK_SUBMIT;
	case SIM_REC_IO_DONE:
		return rec->op == SIM_LOG_READ ? POINT_KINDS :
		       rec->op == SIM_LOG_FLUSH ? POINT_FLUSH :
						  POINT_DISK_DONE;
	default:
		return POINT_KINDS;
	}
}

static void make_plans(const struct walk *w, struct plans *ps)
{
	plans_make(ps, w->rp, w->r->setup->seed,
		   setup_meta_end(w->r->setup), w->job->pairs);
}

/* The first plans always, of the others about as many as are wanted. */
static bool try_point(struct walk *w, enum point_kind kind)
{
	struct spot at = { .point = sim_replay_pos(w->rp) };
	struct dice d = { .state = w->r->setup->seed ^ at.point };
	u32 most = w->job->per_point;
	bool good = true;
	struct plans ps;

	make_plans(w, &ps);
	w->c->points[kind]++;
	if (w->sites)
		sites_hit(w->sites, w->rp);
	for (; good && at.state < ps.nr; at.state++)
		if (at.state < 2 || dice_below(&d, ps.nr) < most)
			good = try_state(w, &ps, at, kind);
	plans_free(&ps);
	return good;
}

static bool try_spot(struct walk *w, struct spot at)
{
	enum point_kind kind;
	struct plans ps;
	bool good;

	sim_replay_seek(w->rp, at.point);
	kind = point_of(sim_replay_next(w->rp));
	make_plans(w, &ps);
	if (kind == POINT_KINDS || at.state >= ps.nr) {
		fprintf(stderr, "crash: there is no such state\n");
		good = false;
	} else {
		if (w->sites)
			sites_hit(w->sites, w->rp);
		good = try_state(w, &ps, at, kind);
	}
	plans_free(&ps);
	return good;
}

/* ---- cuts in and after a recovery ---- */

static u32 random_state(struct walk *w, u64 point, struct dice *d)
{
	struct plans ps;
	u32 state;

	sim_replay_seek(w->rp, point);
	make_plans(w, &ps);
	state = dice_below(d, ps.nr);
	plans_free(&ps);
	return state;
}

/* A point of the log, at random; those of the recovery itself more often. */
static struct spot any_spot(struct walk *w, struct dice *d)
{
	u64 len = sim_log_len(w->r->log), end = len + 1, tries;
	struct spot at = { .point = len };

	if (dice_chance(d, 50))
		end = w->r->observed - w->r->base;
	for (tries = 0; tries < 100 && end; tries++) {
		at.point = dice_below(d, end);
		if (point_of(sim_log_rec(w->r->log, at.point)) != POINT_KINDS)
			break;
		at.point = len;
	}
	at.state = random_state(w, at.point, d);
	return at;
}

#define PLACE_SIZE	4096

/* Is it a store to a place that the cut before may have torn? */
static bool stores_again(const struct sim_rec *rec, const struct walk *outer)
{
	const struct sim_pending *list;
	u32 nr = sim_replay_pending(outer->rp, &list), i;

	for (i = 0; rec->type == SIM_REC_STORE && i < nr; i++)
		if (rec->off / PLACE_SIZE == list[i].rec->off / PLACE_SIZE)
			return true;
	return false;
}

/* Before such a store is fenced; or any point, if there is none. */
static struct spot again_spot(struct walk *w, const struct walk *outer,
			      struct dice *d)
{
	u64 pos, len = sim_log_len(w->r->log), seen = 0;
	const struct sim_rec *rec, *store = NULL;
	struct spot at = { .point = NO_SPOT };

	for (pos = 0; pos < len; pos++) {
		rec = sim_log_rec(w->r->log, pos);
		if (stores_again(rec, outer))
			store = rec;
		if (!store || rec->type != SIM_REC_FENCE ||
		    rec->cpu != store->cpu)
			continue;
		store = NULL;
		if (!dice_below(d, ++seen))
			at.point = pos;
	}
	if (at.point == NO_SPOT)
		return any_spot(w, d);
	at.state = random_state(w, at.point, d);
	return at;
}

/* The end of the log first, then others. */
static struct spot choose_spot(struct walk *w, const struct walk *outer,
			       struct dice *d, u32 nr)
{
	if (!nr)
		return (struct spot){ .point = sim_log_len(w->r->log) };
	return nr % 2 ? again_spot(w, outer, d) : any_spot(w, d);
}

static bool audit_log(const struct walk *w)
{
	char why[HIST_WHY];
	u64 where;

	if (audit(w->r, w->c, why, &where))
		return true;
	report_audit(w->r, w->outer, where, why);
	return false;
}

static bool cut_deeper(struct walk *outer, const struct trial *t,
		       struct spot at)
{
	const struct job *job = outer->job;
	struct dice d = { .state = t->seed + 1 };
	struct walk *w = calloc(1, sizeof(*w));
	bool good;
	u32 i;

	if (!w)
		abort();
	w->r = t->next;
	w->job = job;
	w->c = outer->c;
	w->outer = at;
	w->depth = outer->depth + 1;
	w->rp = sim_replay_create(t->next->log);
	w->sites = sites_index(t->next->log);
	good = audit_log(w);
	if (good && job->then.point != NO_SPOT)
		good = try_spot(w, job->then);
	for (i = 0; good && job->then.point == NO_SPOT && i < job->deep_cuts;
	     i++)
		good = try_spot(w, choose_spot(w, outer, &d, i));
	sites_free(w->sites);
	sim_replay_free(w->rp);
	seen_free(w);
	free(w);
	return good;
}

/* ---- a run ---- */

static u64 count_points(const struct recording *r)
{
	u64 pos, len = sim_log_len(r->log), nr = 0;

	for (pos = 0; pos <= len; pos++)
		nr += point_of(sim_log_rec(r->log, pos)) != POINT_KINDS;
	return nr;
}

static bool walk_all(struct walk *w)
{
	u64 points = count_points(w->r);
	u64 most = w->job->most / (w->job->per_point + 2) + 1;
	struct dice d = { .state = w->r->setup->seed + 2 };
	enum point_kind kind;

	do {
		kind = point_of(sim_replay_next(w->rp));
		if (kind == POINT_KINDS ||
		    (kind != POINT_LAST &&
		     kind != POINT_QUIET && dice_below(&d, points) >= most))
			continue;
		if (!try_point(w, kind))
			return false;
	} while (sim_replay_step(w->rp));
	return true;
}

bool enumerate(const struct recording *r, const struct job *job,
	       struct counts *c)
{
	struct walk *w = calloc(1, sizeof(*w));
	bool good;

	if (!w)
		abort();
	w->r = r;
	w->job = job;
	w->c = c;
	w->outer.point = NO_SPOT;
	w->rp = sim_replay_create(r->log);
	w->sites = sites_index(r->log);
	c->runs++;
	good = audit_log(w);
	if (good && job->only.point != NO_SPOT)
		good = try_spot(w, job->only);
	else if (good)
		good = walk_all(w);
	sites_free(w->sites);
	sim_replay_free(w->rp);
	seen_free(w);
	free(w);
	return good;
}
