/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The enumeration: power cuts at every point of a recording, and what is counted
 * of them.
 */
#ifndef CRASH_ENUMERATE_H
#define CRASH_ENUMERATE_H

#include "crash/plan.h"
#include "crash/trial.h"

/* Where a run is cut: before ... */
enum point_kind {
	POINT_FENCE,
	POINT_END,		/* a request's completion */
	POINT_DISK_SUBMIT,
	POINT_DISK_DONE,
	POINT_FLUSH,		/* the end of a flush of the backing device */
	POINT_QUIET,		/* while nothing goes on */
	POINT_LAST,		/* nothing more: the end of the log */
	POINT_KINDS,
};

extern const char * const point_kind_names[POINT_KINDS];

struct counts {
	u64 runs;
	u64 points[POINT_KINDS];
	u64 states[POINT_KINDS];	/* distinct ones */
	u64 classes[PLAN_CLASSES];
	u64 disks[PLAN_DISKS];
	u64 losses[TRIAL_LOSSES];
	u64 distinct;
	u64 judged_again;	/* seen before, at another time */
	u64 again;		/* recovered twice */
	u64 bad_records;
	u64 drained;
	u64 gone_on;
	u64 deeper;		/* cut in or after a recovery */
	u64 disk_checks;	/* L2 */
	u64 checkpoints;	/* L3 */
	u64 settled;		/* invariants checked at rest */
	u64 violations;
};

/**
 * struct spot - one state of a recording, by numbers
 * @point: place in the log
 * @state: number of the plan
 */
struct spot {
	u64 point;
	u32 state;
};

#define NO_SPOT		(~0ull)

/**
 * struct job - what to try
 * @per_point: states at each point, about so many
 * @most: states of a run, about so many; the points are thinned out
 * @deep: every so many-th state is recorded, and cut again; three times as many of
 *	those where something was damaged besides
 * @deep_cuts: in so many ways
 * @pairs: pairs of groups, too
 * @only: just this one, if its point is not NO_SPOT
 * @then: and of what it records, just this one
 * @verbose: say more
 */
struct job {
	u32 per_point;
	u32 most;
	u32 deep;
	u32 deep_cuts;
	bool pairs;
	struct spot only;
	struct spot then;
	bool verbose;
};

/* False: a violation, which was printed. */
bool enumerate(const struct recording *r, const struct job *job,
	       struct counts *c);

/* audit.c: what a log alone can show; false: what is wrong, and where. */
bool audit(const struct recording *r, struct counts *c, char *why, u64 *where);

#endif /* CRASH_ENUMERATE_H */
