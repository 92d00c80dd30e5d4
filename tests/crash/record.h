/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings: the event log of a run, and all that must be known of the run to
 * judge a power cut at any point of it.
 *
 * A run is a workload in the simulation: small, and nasty to the log.  Format,
 * attaches and stops are part of it.  The test's own events are marks in the log.
 */
#ifndef CRASH_RECORD_H
#define CRASH_RECORD_H

#include "sim/dice.h"
#include "sim/rig.h"

#include "crash/hist.h"

enum mark_kind {
	MARK_START = 1,		/* a request; arg: number; struct mark_req */
	MARK_END,		/* arg: number */
	MARK_LIFE,		/* arg: enum life << 8 | thing */
	MARK_CHECKPOINT,	/* arg: LSN << 1 | cache */
	MARK_LOST,		/* data was poisoned; arg: sector << 1 | cache */
	MARK_OBSERVED,		/* what was recovered has been read */
	MARK_QUIET,		/* all is written back, and nothing goes on */
	MARK_SITE,		/* arg: address of a call that stores */
	MARK_SITE_END,
};

struct mark_req {
	u64 sector;
	u32 nr;
	u8 cache;
	u8 op;
	u8 flags;
	u8 reserved;
};

/* What recovery may say about a thing. */
enum life {
	LIFE_ABSENT,	/* it must not be there */
	LIFE_MAYBE,	/* it is being made or let go of */
	LIFE_PRESENT,	/* it must be there */
};

/* Caches go by their number. */
#define LIFE_POOL	RIG_CACHES
#define LIFE_THINGS	(RIG_CACHES + 1)

struct life_event {
	u64 when;
	u8 thing;
	u8 life;
};

/* What a run can have less of. */
enum {
	LIMIT_CACHES,
	LIMIT_BURSTS,
	LIMIT_OPS,
	LIMIT_CLIENTS,
	LIMIT_CPUS,
	NR_LIMITS,
};

extern const char * const limit_names[NR_LIMITS];

/**
 * struct limits - a smaller run
 * @of: at most so many of each; 0: as many as it has
 * @plain: no poison, no memory that is short, a fresh pmem device
 */
struct limits {
	u32 of[NR_LIMITS];
	bool plain;
};

/**
 * struct setup - what a run consists of, from its seed
 * @seed: of the run
 * @rig: pmem and disks
 * @world: options of the world
 * @space: sectors in use, per cache
 * @poison: some dirty data becomes unreadable
 * @reused: the pmem device held another pool before
 * @limits: what it was made smaller by
 * @headless: a segment has no header when the first cache is made
 * @bursts: of requests
 * @burst_ops: requests in each
 * @clients: at the same time
 */
struct setup {
	u64 seed;
	struct rig_opts rig;
	struct sim_opts world;
	struct space space[RIG_CACHES];
	bool poison;
	bool reused;
	bool headless;
	struct limits limits;
	u32 bursts;
	u32 burst_ops;
	u32 clients;
};

void setup_make(struct setup *su, u64 seed);
void setup_limit(struct setup *su, const struct limits *lim);
/* The limits that change nothing. */
void setup_sizes(const struct setup *su, struct limits *lim);
void setup_print(const struct setup *su);
u64 setup_meta_end(const struct setup *su);

/**
 * struct recording - a run that can be cut at any point
 * @setup: what it consisted of
 * @log: its events
 * @base: time of the first one
 * @hist: per cache, sealed
 * @before: if it began with a recovery, the history up to the cut before it
 * @cut: when that was
 * @observed: time from which @hist counts, not @before
 * @life: changes of what must be there, in order
 * @nr_life: their number
 * @next_op: number of the next request
 */
struct recording {
	const struct setup *setup;
	struct sim_log *log;
	u64 base;
	struct hist *hist[RIG_CACHES];
	const struct hist *before[RIG_CACHES];
	u64 cut;
	u64 observed;
	struct life_event *life;
	u32 nr_life, max_life;
	u32 next_op;
};

/* NULL: the run itself failed; it was said why. */
struct recording *recording_make(const struct setup *su);
/* Reads the marks; @hist has what was before, and is taken over. */
void recording_index(struct recording *r);
void recording_free(struct recording *r);
enum life recording_life(const struct recording *r, u32 thing, u64 when);
void recording_add_life(struct recording *r, u64 when, u32 thing,
			enum life life);

/* ---- requests, also for what comes after a recovery ---- */

/**
 * struct runner - who does requests
 * @setup: what they are like
 * @rig: whom to
 * @next_op: number of the next one
 * @left: requests of the burst that are to come
 * @busy: per cache and sector in use
 * @checkpoint: newest that was marked
 */
struct runner {
	const struct setup *setup;
	struct rig *rig;
	u32 next_op;
	u32 left;
	u8 *busy[RIG_CACHES];
	u64 checkpoint[RIG_CACHES];
};

void runner_init(struct runner *run, const struct setup *su, struct rig *rig,
		 u32 next_op);
void runner_exit(struct runner *run);
void runner_burst(struct runner *run, u32 ops);
void runner_life(u32 thing, enum life life);
void runner_poison(struct runner *run);

#endif /* CRASH_RECORD_H */
