/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trials: what becomes of one state after a power cut.
 *
 * The state is recovered in a world of its own, looked at, and judged by the
 * recording that it was cut from.  Then, as the trial's number wants it, it is
 * recovered again, or drained, or goes on with requests while a recording is
 * made that can be cut in turn.
 */
#ifndef CRASH_TRIAL_H
#define CRASH_TRIAL_H

#include "crash/record.h"

#define TRIAL_WHY	512

/* Damage to one copy of something that has two. */
enum trial_loss {
	LOSE_NOTHING,
	LOSE_SUPER,
	LOSE_SLOT,
	LOSE_HEADER,
	LOSE_CURSOR,
	TRIAL_LOSSES,
};

/**
 * struct trial - a state, and what came of it
 * @from: what it was cut from
 * @when: the cut
 * @state: the state
 * @seed: all else follows from it
 * @loss: what is damaged before recovery
 * @again: recover a second time
 * @settle: check the invariants when nothing goes on any more
 * @bad_record: a record of clean data becomes unreadable before reclaim needs it;
 *	false afterwards if there was none
 * @drain: write everything back
 * @go_on: do requests after the recovery
 * @record: make a recording
 * @busy: schedule at random
 * @verbose: print the kernel log
 * @registered: the pool was found
 * @known: the cache was
 * @contents: per cache and sector in use, what was recovered
 * @next: the recording
 * @why: what was wrong
 */
struct trial {
	const struct recording *from;
	u64 when;
	const struct sim_state *state;
	u64 seed;
	enum trial_loss loss;
	bool again;
	bool settle;
	bool bad_record;
	bool drain;
	bool go_on;
	bool record;
	bool busy;
	bool verbose;

	bool registered;
	bool known[RIG_CACHES];
	u32 *contents[RIG_CACHES];
	struct recording *next;
	char why[TRIAL_WHY];
};

extern const char * const trial_loss_names[TRIAL_LOSSES];

/* False: t->why says what is wrong.  trial_clear() is due in any case. */
bool trial_run(struct trial *t);
void trial_clear(struct trial *t);
/* Can @contents, which were recovered, have come of the run up to @when? */
bool trial_judge(const struct recording *from, u64 when,
		 u32 *const *contents, char *why);
void trial_read_disk(const struct setup *su, u32 i,
		     const struct sim_image *image, u32 *contents);

/* damage.c: false if there is nothing with two good copies to damage. */
bool damage(struct sim_image *pmem, const struct setup *su,
	    enum trial_loss loss, struct dice *d);

#endif /* CRASH_TRIAL_H */
