/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a power cut can leave of a short sequence of stores, as images to boot
 * from: before every fence, none, all, or the first so many of the pending words.
 * The crash tier tries far more; this is for a sequence that a test is about.
 */
#ifndef UNIT_CORE_CUTS_H
#define UNIT_CORE_CUTS_H

#include "core_test.h"

#define CUTS_MAX_STATES	1024
#define CUTS_MAX_PREFIX	16

/**
 * struct cuts - a walk over the states of one log
 * @fn: called with each state
 * @arg: for @fn
 * @first: words that are kept in the present state
 * @seen: hashes of those that were visited
 * @nr_seen: their number
 * @pending: of the present place in the log
 * @nr_pending: their number
 */
struct cuts {
	void (*fn)(const struct core_images *im, void *arg);
	void *arg;
	u32 first;
	struct sim_hash seen[CUTS_MAX_STATES];
	u32 nr_seen;
	const struct sim_pending *pending;
	u32 nr_pending;
};

static inline enum sim_share cuts_store(void *ctx, const struct sim_pending *p,
					u32 index)
{
	return SIM_SOME;
}

static inline bool cuts_word(void *ctx, const struct sim_pending *p, u32 index,
			     u32 word)
{
	struct cuts *cuts = ctx;
	u32 i;

	for (i = 0; i < index; i++)
		word += cuts->pending[i].rec->len / 8;
	return word < cuts->first;
}

static inline bool cuts_is_new(struct cuts *cuts, struct sim_hash hash)
{
	u32 i;

	for (i = 0; i < cuts->nr_seen; i++)
		if (sim_hash_equal(cuts->seen[i], hash))
			return false;
	assert_true(cuts->nr_seen < CUTS_MAX_STATES);
	cuts->seen[cuts->nr_seen++] = hash;
	return true;
}

static inline void cuts_try(struct cuts *cuts, struct sim_replay *rp, u32 first)
{
	struct sim_keep keep = {
		.store = cuts_store,
		.word = cuts_word,
		.write = sim_keep_done,
		.ctx = cuts,
	};
	struct core_images im = {};
	struct sim_state *st;
	u32 i;

	cuts->first = first;
	st = sim_replay_build(rp, &keep);
	if (cuts_is_new(cuts, st->hash)) {
		im.pmem = st->pmem[0];
		for (i = 0; i < st->nr_disks; i++)
			im.disks[i] = st->disks[i];
		cuts->fn(&im, cuts->arg);
	}
	sim_state_free(st);
}

static inline void cuts_here(struct cuts *cuts, struct sim_replay *rp)
{
	u32 i, words = 0;

	cuts->nr_pending = sim_replay_pending(rp, &cuts->pending);
	for (i = 0; i < cuts->nr_pending; i++)
		words += cuts->pending[i].rec->len / 8;
	for (i = 0; i < words && i < CUTS_MAX_PREFIX; i++)
		cuts_try(cuts, rp, i);
	cuts_try(cuts, rp, words);
}

/*
 * Takes the log that a test has started, ends the world, and calls @fn with
 * every state, whole images that @fn may boot from.  Returns their number.
 */
static inline u32 core_visit_cuts(struct core *c,
				  void (*fn)(const struct core_images *im,
					     void *arg), void *arg)
{
	struct cuts *cuts = calloc(1, sizeof(*cuts));
	struct sim_log *log = sim_log_take();
	const struct sim_rec *rec;
	struct sim_replay *rp;
	u32 states;

	assert_non_null(cuts);
	world_cut(c->world);
	cuts->fn = fn;
	cuts->arg = arg;
	rp = sim_replay_create(log);
	do {
		rec = sim_replay_next(rp);
		if (!rec || rec->type == SIM_REC_FENCE)
			cuts_here(cuts, rp);
	} while (sim_replay_step(rp));
	states = cuts->nr_seen;
	sim_replay_free(rp);
	sim_log_free(log);
	free(cuts);
	return states;
}

#endif /* UNIT_CORE_CUTS_H */
