/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The flip test: a pool is spoiled in one place, a bit or a line, before an attach
 * or while it is in use; then everything is read, drained, attached again and read
 * again.  Whatever happens has to be an error that is said or no harm at all.
 */
#ifndef FLIP_FLIP_H
#define FLIP_FLIP_H

#include "sim/dice.h"
#include "sim/media.h"
#include "sim/rig.h"

#define FLIP_SECTORS	2048	/* of each disk */
#define FLIP_SEGS	44

/* What a sector has to read as. */
enum flip_kind {
	FLIP_DATA,	/* a version */
	FLIP_ZERO,
	FLIP_ANY,	/* discarded: zeroes, or what was there before */
	FLIP_LOST,	/* an error */
};

/**
 * struct flip_base - a pool in the middle of its life, and what it holds
 * @opts: the rig
 * @pmem: the pmem device, when the power went
 * @disk: the disks
 * @kind: enum flip_kind by cache and sector
 * @version: of FLIP_DATA; else what the disk may have
 */
struct flip_base {
	struct rig_opts opts;
	struct sim_image *pmem;
	struct sim_image *disk[RIG_CACHES];
	u8 kind[RIG_CACHES][FLIP_SECTORS];
	u32 version[RIG_CACHES][FLIP_SECTORS];
};

/* Where something is spoiled. */
enum flip_where {
	FLIP_SUPER,
	FLIP_SLOT,
	FLIP_CURSOR,
	FLIP_HEADER,
	FLIP_PAGE_CRC,
	FLIP_RECORD,
	FLIP_LAST_RECORD,	/* of a segment that was not closed */
	FLIP_USER_DATA,
	FLIP_ANYWHERE,
	FLIP_NR_WHERE,
};

enum flip_when {
	FLIP_BEFORE,		/* the pool is registered */
	FLIP_LIVE,		/* after the attach, before anything is read */
	FLIP_NR_WHEN,
};

/**
 * struct flip_spot - what is spoiled
 * @where: kind of place
 * @when: at which time
 * @poison: a line becomes unreadable, else a bit is flipped
 * @known: the kernel knows of the bad line before the pool is registered
 * @off: byte on the pmem device
 * @bit: of that byte
 */
struct flip_spot {
	enum flip_where where;
	enum flip_when when;
	bool poison;
	bool known;
	u64 off;
	u8 bit;
};

/* How a trial ended; the worst that was seen of it. */
enum flip_outcome {
	FLIP_HARMLESS,	/* nobody noticed, all is right */
	FLIP_TOLD,	/* all is right, and the log or a counter says so */
	FLIP_ERROR,	/* sectors of the place itself are read with an error */
	FLIP_STOPPED,	/* reads go on, but the cache became read-only */
	FLIP_REFUSED,	/* no attach, and no byte was changed by it */
	FLIP_UNSEEN,	/* the very bit, in data without a checksum */
	FLIP_WRONG,	/* anything else */
	FLIP_NR_OUTCOMES,
};

extern const char * const flip_where_names[FLIP_NR_WHERE];
extern const char * const flip_outcome_names[FLIP_NR_OUTCOMES];

/* base.c */
void flip_base_make(struct flip_base *base, u64 seed, bool data_crc);
void flip_base_free(struct flip_base *base);
u64 flip_word(u64 sector, u32 version);

/* spot.c */
void flip_spot_choose(struct flip_spot *spot, const struct flip_base *base,
		      struct dice *dice);
/* Does the data of @sector, or its checksum, lie in the place? */
bool flip_spot_holds(const struct flip_spot *spot, const struct sim_image *image,
		     u32 cache, u64 sector);

/* trial.c */
enum flip_outcome flip_trial(const struct flip_base *base,
			     const struct flip_spot *spot, u64 seed);

#endif /* FLIP_FLIP_H */
