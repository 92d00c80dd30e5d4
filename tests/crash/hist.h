/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The oracle: what was asked of one logic device and when, and whether contents
 * that are found after a power cut can have come of it.
 *
 * Times are positions in an event log; a power cut at T lets happen what comes
 * before T.  Per sector, versions are in the order of
 * submission; requests that change a sector never overlap in time.  Contents are
 * given per sector as a number: of the write whose stamp it carries, or one of
 * enum content.
 *
 * What a sector holds may stand for several versions: zeroes for each write of
 * zeroes, and anything at all for a discard.  A statement about contents holds
 * if it holds for one choice of versions.
 *
 *	D(w)	when a plain disk must have w: its end if it is FUA, else the
 *		first end of a flush that was submitted after w's end
 *	M	the latest submission among the versions that are there
 *	L1	recovered after a cut at T: no missing write had ended by T
 *	L2	backing alone, strict: no missing write has D < M
 *	L3	backing alone, relaxed, at a checkpoint: none has ended before M
 *	P3	a write that did not end is there as a whole or not at all
 */
#ifndef CRASH_HIST_H
#define CRASH_HIST_H

#include <linux/types.h>

#define HIST_NEVER	(~0ull)
#define SPACE_RANGES	4

/* What is found in a sector, besides the number of a write. */
enum content {
	CONTENT_FIRST	= 0xfffffff0u,
	CONTENT_ZERO	= CONTENT_FIRST,
	CONTENT_GARBAGE,
	CONTENT_ERROR,		/* it cannot be read */
	CONTENT_TORN,
	CONTENT_ELSEWHERE,	/* stamp of another sector or device */
};

/**
 * struct space - the sectors of a device that a test uses
 * @range: their first sector and number
 * @nr_ranges: ranges in use
 * @nr: sectors in all
 * @run: that stamps on this device carry
 */
struct space {
	struct { u64 sector; u32 nr; } range[SPACE_RANGES];
	u32 nr_ranges;
	u32 nr;
	u32 run;
};

void space_add(struct space *sp, u64 sector, u32 nr);
/* Number of a sector among those in use; it must be one. */
u32 space_index(const struct space *sp, u64 sector);
u64 space_sector(const struct space *sp, u32 index);
u32 space_content(const struct space *sp, u32 index, const u8 *data);

enum hist_kind {
	HIST_DATA,
	HIST_ZERO,
	HIST_DISCARD,
};

/**
 * struct hist_version - one write of one sector
 * @op: number of the write
 * @kind: enum hist_kind
 * @fua: durable on a plain disk when it ends
 * @start: when it was submitted
 * @end: when it ended, or HIST_NEVER
 * @durable: D(w)
 * @lost: from when on it may be lost, or HIST_NEVER
 */
struct hist_version {
	u32 op;
	u8 kind;
	bool fua;
	u64 start;
	u64 end;
	u64 durable;
	u64 lost;
};

struct hist_sector {
	struct hist_version *v;
	u32 nr, max;
};

struct hist_flush {
	u32 op;
	u64 start;
	u64 end;
};

struct hist {
	const struct space *space;
	struct hist_sector *sector;
	struct hist_flush *flushes;
	u32 nr_flushes, max_flushes;
};

/* All sectors begin with write 0, which is durable. */
struct hist *hist_create(const struct space *sp);
void hist_free(struct hist *h);
void hist_start(struct hist *h, u64 sector, u32 nr, u32 op, enum hist_kind kind,
		bool fua, u64 when);
void hist_end(struct hist *h, u64 sector, u32 nr, u32 op, u64 when);
void hist_flush_start(struct hist *h, u32 op, u64 when);
void hist_flush_end(struct hist *h, u32 op, u64 when);
/* What the sector has had so far may be lost from now on. */
void hist_lose(struct hist *h, u64 sector, u64 when);
/* All events are in: works out D(w). */
void hist_seal(struct hist *h);

/*
 * What follows a power cut at @when after which @contents were found: what was
 * there counts as flushed, what was missing never was.
 */
struct hist *hist_continue(const struct hist *h, const u32 *contents, u64 when);

/* Each returns true, or false with the reason in @why. */
#define HIST_WHY	256
bool hist_recovered(const struct hist *h, const u32 *contents, u64 when,
		    char *why);
bool hist_disk_legal(const struct hist *h, const u32 *contents, u64 when,
		     char *why);
bool hist_disk_cut(const struct hist *h, const u32 *contents, u64 when,
		   char *why);
/* Has the sector no defined contents, for all that is known at @when? */
bool hist_undefined(const struct hist *h, u32 index, u32 content, u64 when);

/* oracle.c: compares all this with the definitions, in so many histories. */
bool oracle_check(u64 seed, u32 nr);

#endif /* CRASH_HIST_H */
