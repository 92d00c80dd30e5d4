/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The event log, and the states that a power cut can leave.
 *
 * A log is a sequence of records.  A replay walks it forward.  "At position p"
 * means that the records before p have happened.  There it knows, per pmem
 * device, what is durable and which stores are pending, and per disk, what is
 * durable, which writes are completed but volatile, and which are in flight:
 *
 *	struct sim_replay *rp = sim_replay_create(log);
 *	while (sim_replay_step(rp)) {
 *		... choose what survives, in picks ...
 *		struct sim_state *st = sim_replay_build(rp, keep, ctx);
 *		... st->hash tells whether it was seen; recover from it ...
 *		sim_state_free(st);
 *	}
 *
 * Choice: for each 8-byte word of a pending store and each 512-byte sector of an
 * unsettled write, whether it reached the media.  Chosen parts are applied in
 * the order of issue (of completion, for completed writes).  A word that was
 * stored again and fenced meanwhile is no longer in question.
 *
 * Failure models of a disk: "snapshot" keeps every completed write (choose all
 * SIM_DONE) plus any part of those in flight; "power" keeps the flushed ones plus
 * any part of the others.
 */
#ifndef SIM_REPLAY_H
#define SIM_REPLAY_H

#include "image.h"

struct sim_log;

enum sim_rec_type {
	SIM_REC_STORE,		/* pmem: off, len, data */
	SIM_REC_FENCE,		/* of rec->cpu, all devices */
	SIM_REC_IO_SUBMIT,	/* disk: op, off, len, data of writes */
	SIM_REC_IO_DONE,	/* disk: id of the submission, arg = status */
	SIM_REC_MARK,		/* of the test: off = kind, arg, data */
};

/* Operations of SIM_REC_IO_SUBMIT; reads are logged without data. */
enum sim_log_op {
	SIM_LOG_READ,
	SIM_LOG_WRITE,
	SIM_LOG_FLUSH,
	SIM_LOG_FILL,		/* zeroes or a discard that changes contents; arg = byte */
	SIM_LOG_KEEP,		/* a discard that changes nothing */
};

#define SIM_LOG_FUA	1u	/* durable when it completes */
#define SIM_LOG_DURABLE	2u	/* durable at once: the test did it */

struct sim_rec {
	u8 type;
	u8 cpu;
	u8 dev;		/* index among the world's pmem devices or disks */
	u8 op;
	u32 len;	/* bytes that the operation covers */
	u32 task;
	u32 flags;
	u64 id;		/* store: number of the call; I/O: of the submission */
	u64 off;
	u64 arg;
	u64 time;	/* virtual ns */
	const void *site;	/* store, fence: return address of the primitive */
	u32 data_len;
	u32 reserved;
	u8 data[];
};

u64 sim_log_len(const struct sim_log *log);
const struct sim_rec *sim_log_rec(const struct sim_log *log, u64 pos);
/* Of all records, but not of addresses. */
struct sim_hash sim_log_hash(const struct sim_log *log);
void sim_log_free(struct sim_log *log);
u32 sim_log_nr_pmem(const struct sim_log *log);
u32 sim_log_nr_disks(const struct sim_log *log);

/* A pending store: words [off, off + len) of a device. */
struct sim_pending {
	const struct sim_rec *rec;
	u64 pos;		/* where in the log */
	u64 *dead;		/* bit per word that a later store replaced, or NULL */
};

enum sim_write_state {
	SIM_IN_FLIGHT,
	SIM_DONE,		/* completed, volatile */
	SIM_FAILED,		/* completed with an error: anything may be there */
};

/* An unsettled write of a disk. */
struct sim_loose {
	const struct sim_rec *rec;
	u64 pos;
	u64 done_pos;
	enum sim_write_state state;
	u64 *dead;		/* bit per sector, or NULL */
};

struct sim_replay;

struct sim_replay *sim_replay_create(const struct sim_log *log);
void sim_replay_free(struct sim_replay *rp);
/* Takes in the next record; false at the end. */
bool sim_replay_step(struct sim_replay *rp);
void sim_replay_seek(struct sim_replay *rp, u64 pos);
u64 sim_replay_pos(const struct sim_replay *rp);
/* The record that the next step takes in; NULL at the end. */
const struct sim_rec *sim_replay_next(const struct sim_replay *rp);

/* All pmem devices' pending stores, in order of issue. */
u32 sim_replay_pending(const struct sim_replay *rp,
		       const struct sim_pending **list);
/* A disk's unsettled writes, in the order in which they would be applied. */
u32 sim_replay_loose(const struct sim_replay *rp, u32 disk,
		     const struct sim_loose **list);
const struct sim_image *sim_replay_pmem(const struct sim_replay *rp, u32 dev);
const struct sim_image *sim_replay_disk(const struct sim_replay *rp, u32 disk);

enum sim_share {
	SIM_NONE,
	SIM_ALL,
	SIM_SOME,		/* asked word by word, sector by sector */
};

/*
 * What survives.  Each store is first asked for as a whole, then, if @store says
 * SIM_SOME, by the word; @word counts 8-byte words and @sector 512-byte sectors
 * from the start of the operation.  A NULL function keeps nothing.
 */
struct sim_keep {
	enum sim_share (*store)(void *ctx, const struct sim_pending *p,
				u32 index);
	enum sim_share (*write)(void *ctx, u32 disk, const struct sim_loose *l,
				u32 index);
	bool (*word)(void *ctx, const struct sim_pending *p, u32 index,
		     u32 word);
	bool (*sector)(void *ctx, u32 disk, const struct sim_loose *l,
		       u32 index, u32 sector);
	void *ctx;
};

struct sim_state {
	struct sim_hash hash;
	u32 nr_pmem;
	u32 nr_disks;
	struct sim_image **pmem;
	struct sim_image **disks;
};

struct sim_state *sim_replay_build(const struct sim_replay *rp,
				   const struct sim_keep *keep);
void sim_state_free(struct sim_state *state);

/* Ready-made choices for @store and @write. */
enum sim_share sim_keep_stores(void *ctx, const struct sim_pending *p,
			       u32 index);
enum sim_share sim_keep_writes(void *ctx, u32 disk, const struct sim_loose *l,
			       u32 index);
enum sim_share sim_keep_done(void *ctx, u32 disk, const struct sim_loose *l,
			     u32 index);

#endif /* SIM_REPLAY_H */
