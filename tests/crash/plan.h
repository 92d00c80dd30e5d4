/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plans: what of the pending stores and of the unsettled writes survives a power
 * cut at one point of a log.  The list of plans is a function of log and point,
 * and each has a number by which it can be asked for again.
 */
#ifndef CRASH_PLAN_H
#define CRASH_PLAN_H

#include "shim/replay.h"

/* Pending stores of pmem; those of one call of a primitive are a group. */
enum plan_class {
	PLAN_NONE,		/* nothing that is pending survives */
	PLAN_ALL,
	PLAN_IN,		/* one group alone does */
	PLAN_OUT,		/* all but one do */
	PLAN_FIRST_HALF,	/* of one group; the others in or out */
	PLAN_LAST_HALF,
	PLAN_WORD_MISSING,
	PLAN_WORD_ALONE,
	PLAN_CUT_WORD,		/* the start of one group, up to any word */
	PLAN_CUT_LINE,
	PLAN_CUT_SECTOR,
	PLAN_GROUPS,		/* a random choice of groups */
	PLAN_WORDS,		/* a random choice of words */
	PLAN_PAIR,		/* two groups in, or two out */
	PLAN_CLASSES,
};

/* Writes to a backing device that are not durable. */
enum plan_disk {
	DISK_FLUSHED,		/* none survives */
	DISK_DONE,		/* all that completed do ("snapshot") */
	DISK_ANY,		/* any 512 bytes of each ("power") */
	DISK_HALF,		/* what completed, and some of what is in flight */
	PLAN_DISKS,
};

/**
 * struct plan - one choice
 * @class: enum plan_class
 * @disk: enum plan_disk
 * @group: whom it is about
 * @arg: which word, or the other group
 * @others: the other groups survive
 */
struct plan {
	u8 class;
	u8 disk;
	bool others;
	u32 group;
	u32 arg;
};

/**
 * struct plans - all plans of one point
 * @rp: replay, at the point
 * @seed: random choices follow from it, the point and the number of the plan
 * @group: groups of the pending stores, in order of issue
 * @nr_groups: their number
 * @of: per pending store, its group
 * @plan: the plans
 * @nr: their number
 */
struct plans {
	const struct sim_replay *rp;
	u64 seed;
	struct plan_group {
		u64 call;
		u64 off;
		u32 len;
		bool meta;
	} *group;
	u32 nr_groups;
	u32 *of;
	struct plan *plan;
	u32 nr, max;
};

extern const char * const plan_class_names[PLAN_CLASSES];
extern const char * const plan_disk_names[PLAN_DISKS];

/* @meta_end: stores below it are to the meta area.  @pairs: those, too. */
void plans_make(struct plans *ps, const struct sim_replay *rp, u64 seed,
		u64 meta_end, bool pairs);
void plans_free(struct plans *ps);
struct sim_state *plans_build(const struct plans *ps, u32 k);

#endif /* CRASH_PLAN_H */
