/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The array that a cache is compared with: per sector, what a read may return.
 *
 * Time is the order in which requests start and end.  A version stands for one
 * write of one sector.  A read may return every version that was submitted
 * before the read ended, but for those that a later write had replaced before
 * the read began; where writes overlap in time, either may be the last (P2).
 */
#ifndef MODEL_CELLS_H
#define MODEL_CELLS_H

#include <linux/types.h>

#include "sim/stamp.h"

#define CELL_VERSIONS	6
#define CELL_NEVER	(~0ull)

enum version_kind {
	VERSION_DATA,
	VERSION_ZERO,
	VERSION_DISCARD,	/* zeroes, or anything older */
	VERSION_ANY,		/* its buffer changed under way */
};

/**
 * struct version - one write of one sector
 * @op: number of the write
 * @kind: enum version_kind
 * @lost: its data was poisoned while it may not have been written back
 * @start: when it was submitted
 * @end: when it completed, or CELL_NEVER
 * @replaced: when a write that began after @end completed, or CELL_NEVER
 */
struct version {
	u32 op;
	u8 kind;
	bool lost;
	u64 start;
	u64 end;
	u64 replaced;
};

/**
 * struct cell - a sector
 * @nr: versions
 * @scribbled: some version had a buffer that changed under way
 * @v: what a read may return
 */
struct cell {
	u32 nr;
	bool scribbled;
	struct version v[CELL_VERSIONS];
};

/**
 * struct cells - a logic device
 * @cell: per sector
 * @nr: sectors
 * @run: that stamps carry
 */
struct cells {
	struct cell *cell;
	u64 nr;
	u32 run;
};

void cells_init(struct cells *cs, u64 nr, u32 run);
void cells_exit(struct cells *cs);

/* Is there room for one more version in each cell?  @oldest: of all reads. */
bool cells_have_room(struct cells *cs, u64 sector, u32 nr, u64 oldest);
void cells_start(struct cells *cs, u64 sector, u32 nr, u32 op,
		 enum version_kind kind, u64 now);
void cells_end(struct cells *cs, u64 sector, u32 nr, u32 op, u64 now);
/* What the sector holds may have become unreadable. */
void cells_poison(struct cells *cs, u64 sector);
bool cells_lost(const struct cells *cs, u64 sector, u32 nr, u64 since);

/* NULL, or what is wrong with a sector that a read from @start to @end got. */
const char *cells_check(struct cells *cs, u64 sector, const u8 *data,
			u64 start, u64 end);
/* The device's contents are what counts from now on; NULL or what is wrong. */
const char *cells_rebase(struct cells *cs, u64 sector, const u8 *data);

#endif /* MODEL_CELLS_H */
