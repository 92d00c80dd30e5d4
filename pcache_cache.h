/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layers 3 to 6: one cache, that is, one backing device's share of a pool.
 */
#ifndef PCACHE_CACHE_H
#define PCACHE_CACHE_H

#include <linux/crc32c.h>
#include <linux/percpu.h>
#include <linux/percpu_counter.h>

#include "pcache_dev.h"
#include "pcache_fault.h"
#include "pcache_health.h"
#include "pcache_index.h"

/* Who may take the last free segments of a quota: fewer left, fewer may. */
enum pcache_urgency {
	PCACHE_URG_NORMAL	= 2,	/* writes, fills: leave two */
	PCACHE_URG_GC		= 1,	/* relocation: leave one */
	PCACHE_URG_LOST		= 0,	/* LOST records: take any */
};

/**
 * struct pcache_head - the open segment that a queue appends to
 * @open_lock: held while the segment is replaced
 * @seg: the segment; it is this head's only if its @head says so
 */
struct pcache_head {
	spinlock_t open_lock;
	struct pcache_seg *seg;
} ____cacheline_aligned_in_smp;

/**
 * struct pcache_pos - a place in a chain of bios
 * @bio: current bio
 * @iter: what is left of it
 */
struct pcache_pos {
	struct bio *bio;
	struct bvec_iter iter;
};

/**
 * struct pcache_log_rules - what the records of one cache must obey
 * @dev: the pool
 * @nr_sectors: size of the logical device
 * @block_sectors: its logical block size; a power of two
 * @incarnation_lsn: segments opened at or below it must be closed
 * @data_crc: extents start on a page
 * @salvage: a line without a record is passed over; after an attach only if it
 *	found damage
 */
struct pcache_log_rules {
	struct pcache_cache_dev *dev;
	u64 nr_sectors;
	u32 block_sectors;
	u64 incarnation_lsn;
	bool data_crc;
	bool salvage;
};

/**
 * struct pcache_cache - one cache
 *
 * Set once at start:
 * @dev: the pool
 * @backing: the backing device
 * @slot: number of its backing slot
 * @uuid: of the slot
 * @rules: what its records must obey
 * @quota: segments that it may hold; under the pool's lock it falls by one for
 *	each that is retired
 * @nr_heads: heads in @heads
 * @queues: as asked for
 * @data_crc: pages carry a CRC
 * @queue_bio: queue_mode=bio
 *
 * The log:
 * @lsn: newest LSN that was given away
 * @last_barrier: newest LSN without a record that a FLUSH took
 * @barrier_lock: protects it; held while a FLUSH takes its LSN
 * @relaxed: batches may span barriers; write-back changes it at a checkpoint
 * @want_relaxed: what it will be after that
 * @heads: one per queue
 * @gc_head: for relocation and LOST records
 * @index: where sectors lie
 * @log_lock: protects the lists below, and @lost
 * @log: segments that write-back has not finished, by open_lsn
 * @nr_log: their number
 * @clean: closed segments that W covers, by last LSN
 * @open: segments that are not closed, each before its first LSN is taken
 * @used_segs: segments held; under the pool's lock
 * @live: in the pool's list of that name, under its lock
 * @starved: likewise
 * @cursor_lock: protects @cursor; held while W or H changes
 * @cursor: W and H on media
 * @clean_lsn: W, once it is durable
 * @evict_lsn: H, once it is durable
 * @checkpoint_lsn: W when the backing device was last a consistent cut
 * @dirty_sectors: in records that W does not cover
 *
 * Requests that wait:
 * @wait_lock: protects the two lists
 * @waiting_writes: first come, first served; newcomers queue behind
 * @writers_stuck: the first of them found no space or no memory; set and cleared
 *	by @write_work only
 * @stuck_at: jiffies when it was last looked at; of @write_work
 * @waiting_reads: for memory, or because they are long
 * @nr_waiting_reads: their number
 * @nr_misses: misses under way
 * @fill_id: newest id of a miss
 *
 * @req_wq: runs @write_work and @read_work
 * @end_wq: serves misses where their backing read ended; never waits for memory or
 *	space
 * @wb_wq: runs @wb_work
 * @gc_wq: runs @gc_work
 * @write_work: serves @waiting_writes
 * @read_work: serves @waiting_reads
 * @wb_work: write-back
 * @gc_work: reclaim
 *
 * The rest:
 * @miss_io: memory of misses
 * @wb: state of write-back
 * @gc: state of reclaim
 * @lost: extents that were logged as LOST, see pcache_log.h
 * @fault: what is wrong with the media and the backing device
 * @gc_percent: see Documentation/ABI
 * @writeback_delay_ms: age at which dirty data is written back
 * @writeback_percent: share of the quota that starts write-back at once
 * @mode: under @event.lock
 * @condition: under @event.lock
 * @all_clean: nothing was dirty when write-back last looked; cleared by the
 *	first write after that
 * @dirty_since: jiffies; nothing that is dirty is older
 * @notice: of the layer above: queued when mode, condition or @all_clean have
 *	changed; NULL: nobody wants to know
 * @state: written by attach, drain and stop, of which there is one at a time
 * @event: woken when W, H, @dirty_sectors (down), mode, condition or the waiting
 *	lists change
 * @stats: per CPU
 * @damage: what attach found and was told to accept: nothing is stored then
 */
struct pcache_cache {
	struct pcache_cache_dev *dev;
	struct pcache_backing backing;
	u32 slot;
	u32 quota;
	u32 nr_heads;
	u32 queues;
	u8 uuid[PCACHE_UUID_LEN];
	struct pcache_log_rules rules;
	bool data_crc;
	bool queue_bio;
	bool relaxed;
	bool want_relaxed;
	struct pcache_head *heads;
	struct pcache_index index;

	atomic64_t lsn ____cacheline_aligned_in_smp;
	u64 last_barrier;
	spinlock_t barrier_lock;	/* see above */

	spinlock_t log_lock ____cacheline_aligned_in_smp;
	struct list_head log;
	u32 nr_log;
	struct list_head clean;
	struct list_head open;
	u32 used_segs;
	struct list_head live;
	struct list_head starved;
	struct pcache_head gc_head;

	struct mutex cursor_lock;
	struct pcache_cursor cursor;
	u64 clean_lsn;
	u64 evict_lsn;
	u64 checkpoint_lsn;
	struct percpu_counter dirty_sectors;

	spinlock_t wait_lock;
	struct list_head waiting_writes;
	bool writers_stuck;
	unsigned long stuck_at;
	struct list_head waiting_reads;
	u32 nr_waiting_reads;
	atomic_t nr_misses;
	atomic64_t fill_id;

	struct workqueue_struct *req_wq;
	struct workqueue_struct *end_wq;
	struct workqueue_struct *wb_wq;
	struct workqueue_struct *gc_wq;
	struct work_struct write_work;
	struct work_struct read_work;
	struct delayed_work wb_work;
	struct work_struct gc_work;

	struct pcache_io_pool miss_io;
	struct pcache_writeback *wb;
	struct pcache_gc *gc;
	struct list_head lost;
	struct pcache_fault fault;

	u32 gc_percent;
	u32 writeback_delay_ms;
	u32 writeback_percent;
	enum pcache_mode mode;
	enum pcache_condition condition;
	enum pcache_state state;
	u32 all_clean;
	unsigned long dirty_since;
	struct work_struct *notice;
	struct pcache_stats __percpu *stats;
	const char *damage;
	/* Requests read the lines above; this one is written at any wake-up. */
	wait_queue_head_t event ____cacheline_aligned_in_smp;
};

static inline void pcache_stat_add(struct pcache_cache *cache,
				   enum pcache_stat stat, u64 n)
{
	this_cpu_add(cache->stats->v[stat], n);
}

/*
 * Does somebody wait for space, or for memory that reclaim frees?  Not only in this
 * cache: another one of the pool may want what this one holds.
 */
static inline bool pcache_writers_wait(struct pcache_cache *cache)
{
	return READ_ONCE(cache->writers_stuck) ||
	       READ_ONCE(cache->dev->wanted);
}

/*
 * Segments below which the rest of a quota may be gone in some ticks; of a quota
 * that has no more, that is always so.
 */
#define PCACHE_SHORT_SEGS	16

/* Do writers wait for space, or will they before long?  Any context. */
static inline bool pcache_room_is_short(struct pcache_cache *cache)
{
	return pcache_writers_wait(cache) ||
	       READ_ONCE(cache->used_segs) + PCACHE_SHORT_SEGS >
	       READ_ONCE(cache->quota);
}

/* Write back now; a failing device keeps its pause.  Any context. */
static inline void pcache_wb_start(struct pcache_cache *cache)
{
	if (READ_ONCE(cache->condition) == PCACHE_COND_OK)
		mod_delayed_work(cache->wb_wq, &cache->wb_work, 0);
}

/* ---- cache_segment.c: log segments ---- */

/**
 * struct pcache_resv - room in an open segment
 * @seg: the segment; NULL: none
 * @data_off: start of the data, bytes from the segment's start
 * @len: bytes of data
 * @nr: record lines left
 */
struct pcache_resv {
	struct pcache_seg *seg;
	u32 data_off;
	u32 len;
	u32 nr;
};

/* CRC of a record in a segment of which the seed is known. */
static inline u32 pcache_record_crc(const struct pcache_seg *seg,
				    const struct pcache_record_ondisk *rec)
{
	return crc32c(seg->seed, (const u8 *)rec + PCACHE_RECORD_CRC_START,
		      PCACHE_RECORD_CRC_LEN);
}

/* Segments of other caches come and go meanwhile. */
static inline bool pcache_seg_is_of(const struct pcache_seg *seg, u32 slot)
{
	return READ_ONCE(seg->slot) == slot &&
	       READ_ONCE(seg->state) != PCACHE_SEG_RETIRED;
}

void pcache_seg_setup(struct pcache_seg *seg, u32 id);
void pcache_seg_forget(struct pcache_seg *seg);
bool pcache_log_is_long(const struct pcache_cache *cache);
void pcache_seg_list(struct pcache_cache *cache, struct pcache_seg *seg);
u32 pcache_seg_seed(const struct pcache_seg *seg, const u8 *owner);
u32 pcache_head_lines(struct pcache_cache *cache, struct pcache_head *head);
int pcache_seg_reserve(struct pcache_cache *cache, struct pcache_head *head,
		       u32 len, u32 nr, enum pcache_urgency urgency,
		       struct pcache_resv *resv);
u32 pcache_seg_append(struct pcache_cache *cache, struct pcache_resv *resv,
		      struct pcache_record_ondisk *rec);
void pcache_seg_release(struct pcache_cache *cache, struct pcache_resv *resv);
void pcache_seg_repair(struct pcache_cache *cache, struct pcache_seg *seg);
void pcache_seg_abandon(struct pcache_cache *cache, struct pcache_seg *seg,
			const char *why);
void pcache_seg_close_heads(struct pcache_cache *cache, bool empty_too);
void pcache_seg_close_recovered(struct pcache_cache *cache,
				struct pcache_seg *seg);

/* ---- cache_data.c: data of extents, in and out ---- */

/* Bytes of pmem that @nr sectors take. */
static inline u32 pcache_data_len(const struct pcache_cache *cache, u32 nr)
{
	u32 len = nr << PCACHE_SECTOR_SHIFT;

	return cache->data_crc ? round_up(len, PCACHE_BLOCK_SIZE) : len;
}

/* The pages of an I/O of ours, from the start. */
static inline void pcache_io_pos(struct pcache_io *io, struct pcache_pos *pos)
{
	pos->bio = &io->bio;
	pos->iter = (struct bvec_iter) {
		.bi_size = io->nr_sectors << PCACHE_SECTOR_SHIFT,
	};
}

void pcache_pos_init(struct pcache_pos *pos, struct bio *bio);
void pcache_pos_advance(struct pcache_pos *pos, u32 bytes);
void pcache_pos_zero(struct pcache_pos *pos, u32 bytes);
void pcache_pos_copy(struct pcache_pos *dst, struct pcache_pos *src, u32 bytes);
void pcache_data_write(struct pcache_cache *cache, u64 place, u64 sector,
		       struct pcache_pos *src, u32 nr);
int pcache_data_read(struct pcache_cache *cache, u64 place, u64 sector,
		     struct pcache_pos *dst, u32 nr, u32 *good);

#endif /* PCACHE_CACHE_H */
