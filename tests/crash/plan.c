// SPDX-License-Identifier: GPL-2.0
/*
 * Plans: the list of choices at a point, and the state that each leaves.
 *
 * Metadata is torn in every way that a structure of a few words can be; data is
 * cut at words, lines and sectors; and there are some choices at random.  The
 * backing devices take turns through their own choices.
 */
#include "shim/sim.h"
#include "crash/plan.h"
#include "sim/dice.h"

/* Words of a larger structure that are tried one by one, at most. */
#define SOME_WORDS	8
#define CUTS		3
#define RANDOM_PLANS	6
#define MAX_PAIRS	200

const char * const plan_class_names[PLAN_CLASSES] = {
	[PLAN_NONE]		= "none",
	[PLAN_ALL]		= "all",
	[PLAN_IN]		= "one group alone in",
	[PLAN_OUT]		= "one group alone out",
	[PLAN_FIRST_HALF]	= "first half",
	[PLAN_LAST_HALF]	= "last half",
	[PLAN_WORD_MISSING]	= "word missing",
	[PLAN_WORD_ALONE]	= "word alone",
	[PLAN_CUT_WORD]		= "cut at a word",
	[PLAN_CUT_LINE]		= "cut at a line",
	[PLAN_CUT_SECTOR]	= "cut at 512 bytes",
	[PLAN_GROUPS]		= "random groups",
	[PLAN_WORDS]		= "random words",
	[PLAN_PAIR]		= "pairs of groups",
};

const char * const plan_disk_names[PLAN_DISKS] = {
	[DISK_FLUSHED]	= "flushed only",
	[DISK_DONE]	= "all completed",
	[DISK_ANY]	= "any of the unflushed",
	[DISK_HALF]	= "in flight half done",
};

/* ---- groups ---- */

static u32 group_of(struct plans *ps, const struct sim_rec *rec)
{
	u32 i = ps->nr_groups;

	while (i--)
		if (ps->group[i].call == rec->id)
			return i;
	ps->group[ps->nr_groups] = (struct plan_group){
		.call = rec->id, .off = rec->off, .len = 0,
	};
	return ps->nr_groups++;
}

static void groups_make(struct plans *ps, u64 meta_end)
{
	const struct sim_pending *list;
	u32 nr = sim_replay_pending(ps->rp, &list), i;
	struct plan_group *g;
	u64 end;

	ps->group = calloc(nr + 1, sizeof(*ps->group));
	ps->of = calloc(nr + 1, sizeof(*ps->of));
	if (!ps->group || !ps->of)
		abort();
	for (i = 0; i < nr; i++) {
		ps->of[i] = group_of(ps, list[i].rec);
		g = &ps->group[ps->of[i]];
		end = max(g->off + g->len, list[i].rec->off + list[i].rec->len);
		g->off = min(g->off, list[i].rec->off);
		g->len = end - g->off;
		g->meta = g->len <= 64 || (end <= meta_end && g->len <= 1024);
	}
}

/* ---- the list ---- */

static void add(struct plans *ps, u8 class, u32 group, u32 arg, bool others)
{
	if (ps->nr == ps->max) {
		ps->max = ps->max * 2 ?: 64;
		ps->plan = realloc(ps->plan, ps->max * sizeof(*ps->plan));
		if (!ps->plan)
			abort();
	}
	ps->plan[ps->nr] = (struct plan){
		.class = class, .group = group, .arg = arg, .others = others,
		.disk = (ps->nr + sim_replay_pos(ps->rp)) % PLAN_DISKS,
	};
	ps->nr++;
}

static void add_meta_group(struct plans *ps, u32 g, struct dice *d)
{
	u32 words = ps->group[g].len / 8, i, word;
	u32 nr = min_t(u32, words, SOME_WORDS);

	if (words < 2)
		return;
	add(ps, PLAN_FIRST_HALF, g, 0, dice_chance(d, 50));
	add(ps, PLAN_LAST_HALF, g, 0, dice_chance(d, 50));
	for (i = 0; i < nr; i++) {
		word = words == nr ? i : dice_below(d, words);
		add(ps, PLAN_WORD_MISSING, g, word, dice_chance(d, 50));
		add(ps, PLAN_WORD_ALONE, g, word, dice_chance(d, 50));
	}
}

static void add_data_group(struct plans *ps, u32 g, struct dice *d)
{
	static const struct { u8 class; u32 words; } cuts[] = {
		{ PLAN_CUT_WORD, 1 }, { PLAN_CUT_LINE, 8 },
		{ PLAN_CUT_SECTOR, 64 },
	};
	u32 words = ps->group[g].len / 8, i, units;

	for (i = 0; i < CUTS; i++) {
		units = words / cuts[i].words;
		if (units > 1)
			add(ps, cuts[i].class, g, cuts[i].words *
			    dice_range(d, 1, units - 1), dice_chance(d, 50));
	}
}

static void add_pairs(struct plans *ps)
{
	u32 i, k, nr = 0;

	for (i = 0; i < ps->nr_groups; i++)
		for (k = i + 1; k < ps->nr_groups && nr < MAX_PAIRS; k++) {
			add(ps, PLAN_PAIR, i, k, false);
			add(ps, PLAN_PAIR, i, k, true);
			nr += 2;
		}
}

void plans_make(struct plans *ps, const struct sim_replay *rp, u64 seed,
		u64 meta_end, bool pairs)
{
	struct dice d = { .state = seed ^ dice_mix(sim_replay_pos(rp)) };
	u32 i;

	memset(ps, 0, sizeof(*ps));
	ps->rp = rp;
	ps->seed = seed;
	groups_make(ps, meta_end);
	for (i = 0; i < PLAN_DISKS; i++)
		add(ps, PLAN_NONE, 0, 0, false);
	for (i = 0; i < PLAN_DISKS && ps->nr_groups; i++)
		add(ps, PLAN_ALL, 0, 0, false);
	for (i = 0; i < ps->nr_groups; i++) {
		if (ps->nr_groups > 1) {
			add(ps, PLAN_IN, i, 0, false);
			add(ps, PLAN_OUT, i, 0, true);
		}
		if (ps->group[i].meta)
			add_meta_group(ps, i, &d);
		else
			add_data_group(ps, i, &d);
	}
	for (i = 0; i < RANDOM_PLANS && ps->nr_groups; i++) {
		if (ps->nr_groups > 2)
			add(ps, PLAN_GROUPS, 0, 0, false);
		add(ps, PLAN_WORDS, 0, 0, false);
	}
	if (pairs)
		add_pairs(ps);
}

void plans_free(struct plans *ps)
{
	free(ps->group);
	free(ps->of);
	free(ps->plan);
}

/* ---- the state that a plan leaves ---- */

/**
 * struct pick - a plan while its state is built
 * @ps: all plans
 * @plan: this one
 * @dice: for choices at random
 */
struct pick {
	const struct plans *ps;
	const struct plan *plan;
	struct dice dice;
};

static enum sim_share in_or_out(bool in)
{
	return in ? SIM_ALL : SIM_NONE;
}

static enum sim_share pick_store(void *ctx, const struct sim_pending *p,
				 u32 index)
{
	struct pick *pick = ctx;
	const struct plan *plan = pick->plan;
	u32 g = pick->ps->of[index];

	switch (plan->class) {
	case PLAN_NONE:
		return SIM_NONE;
	case PLAN_ALL:
		return SIM_ALL;
	case PLAN_IN:
	case PLAN_OUT:
		return in_or_out((g == plan->group) != plan->others);
	case PLAN_PAIR:
		return in_or_out((g == plan->group || g == plan->arg) !=
				 plan->others);
	case PLAN_GROUPS:
		return in_or_out(dice_mix(pick->dice.state ^ g) & 1);
	case PLAN_WORDS:
		return SIM_SOME;
	default:
		return g == plan->group ? SIM_SOME : in_or_out(plan->others);
	}
}

static bool pick_word(void *ctx, const struct sim_pending *p, u32 index,
		      u32 word)
{
	struct pick *pick = ctx;
	const struct plan *plan = pick->plan;
	const struct plan_group *g = &pick->ps->group[pick->ps->of[index]];

	word += (p->rec->off - g->off) / 8;
	switch (plan->class) {
	case PLAN_FIRST_HALF:
		return word < g->len / 16;
	case PLAN_LAST_HALF:
		return word >= g->len / 16;
	case PLAN_WORD_MISSING:
		return word != plan->arg;
	case PLAN_WORD_ALONE:
		return word == plan->arg;
	case PLAN_WORDS:
		return dice_roll(&pick->dice) & 1;
	default:
		return word < plan->arg;
	}
}

static enum sim_share pick_write(void *ctx, u32 disk, const struct sim_loose *l,
				 u32 index)
{
	struct pick *pick = ctx;

	switch (pick->plan->disk) {
	case DISK_FLUSHED:
		return SIM_NONE;
	case DISK_DONE:
		return in_or_out(l->state == SIM_DONE);
	case DISK_ANY:
		return SIM_SOME;
	default:
		return l->state == SIM_DONE ? SIM_ALL : SIM_SOME;
	}
}

static bool pick_sector(void *ctx, u32 disk, const struct sim_loose *l,
			u32 index, u32 sector)
{
	struct pick *pick = ctx;

	return dice_roll(&pick->dice) & 1;
}

struct sim_state *plans_build(const struct plans *ps, u32 k)
{
	struct pick pick = {
		.ps = ps, .plan = &ps->plan[k],
		.dice.state = ps->seed ^ dice_mix(sim_replay_pos(ps->rp) + 1) ^
			      dice_mix(k),
	};
	const struct sim_keep keep = {
		.store = pick_store, .word = pick_word,
		.write = pick_write, .sector = pick_sector, .ctx = &pick,
	};

	return sim_replay_build(ps->rp, &keep);
}
