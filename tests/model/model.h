/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model test: random requests of several clients against the array of
 * cells.h, while gremlins spoil memory, media and disks, and the cache is
 * stopped and started in all ways.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

#include "sim/dice.h"
#include "sim/rig.h"

#include "model/cells.h"

#define MODEL_CLIENTS	8
#define MODEL_REGIONS	4

/*
 * The driver uses no segment again of which it could not read something, until
 * the pool is registered anew: so many places may be poisoned in between, and
 * the pool has as many segments more.
 */
#define MODEL_SPARE	24

/**
 * struct model_side - what the test knows of one cache
 * @cells: its contents
 * @region: where most of the requests go: first sector and length
 * @flipped: some data was changed behind the cache's back
 * @may_fail: some reads of the disk fail
 */
struct model_side {
	struct cells cells;
	struct { u64 sector; u32 nr; } region[MODEL_REGIONS];
	bool flipped;
	bool may_fail;
};

struct model_counts {
	u64 ops[5];
	u64 errors;	/* reads of lost data */
	u64 poisoned;
	u64 live_checks;
	u64 restarts;
	u64 requests;	/* allocations that were made to fail */
	u64 stats[PCACHE_NR_STATS];
};

/**
 * struct model - a run
 * @seed: it depends on nothing else, but for @ops
 * @ops: requests to do
 * @verbose: say what each phase does
 * @traced: say what becomes of this sector
 * @poison: media errors; only while all stores are of whole lines, which cure
 *	them
 * @nr_poison: places that were poisoned since the pool was registered
 * @opts: the rig
 * @world: options of the world
 * @rig: the rig
 * @side: per cache
 * @now: order of events
 * @next_op: number of the next request
 * @phase_end: clients stop there
 * @reading_since: per client, when its read began, or CELL_NEVER
 * @dice: for decisions that no world takes
 * @counts: what happened
 */
struct model {
	u64 seed;
	u32 ops;
	bool verbose;
	u64 traced;
	bool poison;
	u32 nr_poison;
	struct rig_opts opts;
	struct sim_opts world;
	struct rig rig;
	struct model_side side[RIG_CACHES];
	u64 now;
	u32 next_op;
	u32 phase_end;
	u64 reading_since[MODEL_CLIENTS];
	struct dice dice;
	struct model_counts counts;
};

/* profile.c */
void model_profile(struct model *m);
void model_print_profile(const struct model *m);

/* client.c */
void model_run_clients(struct model *m);
void model_read_regions(struct model *m, u32 i);
void model_overwrite_lost(struct model *m, u32 i);

/* gremlin.c */
void model_gremlin(struct model *m);
void model_disk_faults(struct model *m);

/* phase.c */
void model_run(struct model *m);

#endif /* MODEL_MODEL_H */
