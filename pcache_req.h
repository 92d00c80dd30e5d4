/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 5: requests, write-back, reclaim.
 */
#ifndef PCACHE_REQ_H
#define PCACHE_REQ_H

#include "pcache_log.h"

/* ---- cache_req.c, cache_miss.c ---- */

enum pcache_op {
	PCACHE_OP_READ,
	PCACHE_OP_WRITE,
	PCACHE_OP_FLUSH,
	PCACHE_OP_ZEROES,
	PCACHE_OP_DISCARD,
};

#define PCACHE_REQ_PREFLUSH	BIT(0)	/* a barrier goes first */
#define PCACHE_REQ_FUA		BIT(1)	/* ends its epoch */
#define PCACHE_REQ_NOUNMAP	BIT(2)	/* zeroes: keep blocks allocated */
#define PCACHE_REQ_STAYS	BIT(3)	/* lives until end() is called */
#define PCACHE_REQ_ATOMIC	BIT(4)	/* a write: one record or an error */
#define PCACHE_REQ_MISSED	BIT(5)	/* the core's: was counted as a miss */
#define PCACHE_REQ_PARTS	BIT(6)	/* the core's: is not its first record */

/**
 * struct pcache_req - one request, as the core sees it
 * @cache: the cache
 * @pos: caller's data from @sector on
 * @sector: next logical sector
 * @nr_sectors: left
 * @op: enum pcache_op
 * @flags: PCACHE_REQ_*
 * @head: queue, taken modulo the number of heads
 * @status: how it ended so far; the first error stays
 * @pending: parts that are under way, plus one for the submitter
 * @end: called once if the request was queued; process context
 * @node: in a waiting list
 */
struct pcache_req {
	struct pcache_cache *cache;
	struct pcache_pos pos;
	u64 sector;
	u32 nr_sectors;
	u8 op;
	u8 flags;
	u16 head;
	blk_status_t status;
	atomic_t pending;
	void (*end)(struct pcache_req *req);
	struct list_head node;
};

/* What became of a request. */
enum pcache_result {
	PCACHE_DONE,	/* status says how */
	PCACHE_QUEUED,	/* end() will be called, or was */
	PCACHE_AGAIN,	/* cannot go on without PCACHE_REQ_STAYS */
};

/* Count a request, once; what a FLUSH is, is counted where it is served. */
static inline void pcache_req_count(const struct pcache_req *req)
{
	if (req->op != PCACHE_OP_FLUSH)
		pcache_stat_add(req->cache, req->op == PCACHE_OP_READ ?
				PCACHE_STAT_READS : PCACHE_STAT_WRITES, 1);
}

/*
 * What one attempt moves at most: the rest of a longer request, and a bio may be
 * of any size, is a worker's, who yields the CPU now and then.
 */
#define PCACHE_ATTEMPT_SECTORS	PCACHE_CHUNK_SECTORS

enum pcache_result pcache_req_submit(struct pcache_req *req);
enum pcache_result pcache_read_submit(struct pcache_req *req);
void pcache_req_fail(struct pcache_req *req, blk_status_t status);
void pcache_req_put(struct pcache_req *req);
void pcache_req_kick(struct pcache_cache *cache);
void pcache_write_work(struct work_struct *work);
void pcache_read_work(struct work_struct *work);
size_t pcache_miss_pad(void);

/* ---- cache_writeback.c ---- */

int pcache_wb_init(struct pcache_cache *cache);
void pcache_wb_exit(struct pcache_cache *cache);
void pcache_wb_work(struct work_struct *work);
void pcache_wb_note_dirty(struct pcache_cache *cache);
void pcache_wb_retry(struct pcache_cache *cache);
void pcache_wb_hurry(struct pcache_cache *cache);
void pcache_wb_resume(struct pcache_cache *cache);
void pcache_wb_settle(struct pcache_cache *cache, struct pcache_seg *stop);
void pcache_cache_advance(struct pcache_cache *cache, u64 clean_lsn,
			  u64 evict_lsn);

/* ---- cache_gc.c ---- */

int pcache_gc_init(struct pcache_cache *cache);
void pcache_gc_exit(struct pcache_cache *cache);
void pcache_gc_work(struct work_struct *work);
void pcache_gc_kick(struct pcache_cache *cache);

/* ---- cache_lost.c ---- */

int pcache_lost_log(struct pcache_cache *cache, u64 sector, u32 nr,
		    enum pcache_tag tag, u64 value);
int pcache_lost_relog(struct pcache_cache *cache, u64 lsn);
bool pcache_lost_replaces(struct pcache_cache *cache, u64 lsn, u64 sector,
			  u32 *nr);
int pcache_lost_give_up(struct pcache_cache *cache,
			const struct pcache_range *range, u64 *lost);
struct pcache_range pcache_lost_next(struct pcache_cache *cache, u64 sector);
void pcache_lost_exit(struct pcache_cache *cache);

/* ---- cache_check.c ---- */

void pcache_check_quiet(struct pcache_cache *cache);

#endif /* PCACHE_REQ_H */
