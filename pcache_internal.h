/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Types and interfaces of the driver, bottom layer first.
 *
 *	7  main.c *_node.c options.c	module, bus, control files
 *	   logic_dev.c logic_bio.c	gendisk, the two front ends
 *	6  cache.c cache_slot.c		one cache: start, stop
 *	   cache_check.c		is the index what the log says?
 *	5  cache_req.c cache_miss.c	requests
 *	   cache_writeback.c		records to the backing device, W
 *	   cache_gc.c cache_lost.c	reclaim, H; what is lost
 *	4  cache_key.c			records, ordered log iterator
 *	   cache_replay.c		scan and replay, by several CPUs
 *	   cache_sample.c		was the disk changed meanwhile?
 *	   cache_index.c cache_leaf.c	the index
 *	3  cache_segment.c cache_data.c cache_health.c
 *	   cache_dev.c cache_dev_map.c cache_pool.c backing_dev.c
 *	2  meta_segment.c		two-copy records, the cursor
 *	1  segment.c trace.c		address arithmetic, pmem primitives
 *
 * Calls go down only.  Notice goes up through pcache_cache.event and through
 * the work items of struct pcache_cache.
 *
 * Words: chunk, shard, segment, record, head, LSN, barrier, epoch, W
 * (clean_lsn), H (evict_lsn) and dirty are defined in Documentation/design.rst,
 * and so are the invariants I1-I10 that comments cite.
 *
 * Lock order, outer first; all are spinlocks that are taken in process context
 * only unless marked otherwise:
 *
 *	nodes_lock (mutex)			registered pools
 *	  holder_lock (mutex)			outside admin_lock: the DAX holder
 *	  pcache_cache_dev.admin_lock (mutex)	attach, let go, slots
 *	    pcache_backing_node.lock (mutex)	whether a cache may go away
 *	      pcache_cache_dev.slot_lock (mutex)	slots on media
 *	    pcache_cache.cursor_lock (mutex)	W and H on media
 *	      pcache_index.preload_lock (mutex)	the index's reserves
 *	      pcache_head.open_lock		replacing a head's segment
 *	        pcache_shard.lock		one shard of the index
 *	          pcache_cache.log_lock		lists of segments
 *	            pcache_seg.lock		space and records of a segment
 *	              pcache_cache_dev.pool_lock	free segments
 *	pcache_cache.barrier_lock		a FLUSH's LSN; a leaf
 *	pcache_cache.wait_lock			parked requests; a leaf
 *	pcache_logic.wait_lock			parked bios; a leaf
 *	pcache_cache.event.lock (irq)		mode, condition; a leaf
 *	pcache_writeback.io_lock (irq)		I/Os under way; a leaf
 */
#ifndef PCACHE_INTERNAL_H
#define PCACHE_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pcache_format.h"

#ifdef __CHECKER__
#define __pmem		__attribute__((noderef, address_space(__pmem)))
#else
#define __pmem
#endif

/* Self-checks that are too dear for a production build. */
#ifdef CONFIG_BLK_DEV_PCACHE_DEBUG
#define pcache_assert(cond)	WARN_ON_ONCE(!(cond))
#else
#define pcache_assert(cond)	((void)(cond))
#endif

struct pcache_cache;
struct pcache_cache_dev;

/* ---- segment.c: address arithmetic and the pmem primitives ---- */

/**
 * struct pcache_map - a mapped pmem device
 * @base: first byte of the block device
 * @size: bytes
 */
struct pcache_map {
	void __pmem *base;
	u64 size;
};

/**
 * struct pcache_geo - layout of the segments of a device
 * @seg_shift: log2 of the segment size
 * @seg_size: bytes
 * @data_start: first data byte of a log segment
 * @rec_end: end of the records, which grow down from here
 * @max_io: largest extent of one record, bytes, a power of two
 * @nr_segs: segments of the device
 * @meta_segs: the first of these hold the meta area
 */
struct pcache_geo {
	u32 seg_shift;
	u32 seg_size;
	u32 data_start;
	u32 rec_end;
	u32 max_io;
	u32 nr_segs;
	u32 meta_segs;
};

void pcache_geo_init(struct pcache_geo *geo, u32 seg_shift, u64 size);
int pcache_pmem_read(void *dst, const void __pmem *src, size_t len);
void pcache_pmem_write(void __pmem *dst, const void *src, size_t len);
void pcache_pmem_zero(void __pmem *dst, size_t len);
void pcache_pmem_store64(__le64 __pmem *dst, u64 value);
void pcache_pmem_fence(void);

/* Offset of record line @i in its segment. */
static inline u32 pcache_geo_rec_off(const struct pcache_geo *geo, u32 i)
{
	return geo->rec_end - (i + 1) * PCACHE_LINE_SIZE;
}

/* Record lines that a segment can hold at most. */
static inline u32 pcache_geo_max_recs(const struct pcache_geo *geo)
{
	return (geo->rec_end - geo->data_start) / PCACHE_LINE_SIZE;
}

static inline u64 pcache_geo_seg_off(const struct pcache_geo *geo, u32 id)
{
	return (u64)id << geo->seg_shift;
}

/* ---- meta_segment.c: the two-copy record, the cursor ---- */

/**
 * struct pcache_meta - handle of a structure that is kept in two copies
 * @map: where it lies
 * @scratch: room for one copy, for whoever holds the owner's lock
 * @verify: judges what follows the common head; NULL or the failing check
 * @location: of both copies
 * @seq: of the newest copy
 * @len: bytes of one copy
 * @type: enum pcache_meta_type
 * @newest: which copy won at load
 * @good: bit mask of copies that carry the newest content
 */
struct pcache_meta {
	const struct pcache_map *map;
	void *scratch;
	const char *(*verify)(const void *rec);
	u64 location[2];
	u64 seq;
	u32 len;
	u32 type;
	u8 newest;
	u8 good;
};

int pcache_meta_read_copy(const struct pcache_meta *meta, int copy, void *rec);
int pcache_meta_load(struct pcache_meta *meta, void *rec);
int pcache_meta_store(struct pcache_meta *meta, void *rec);
int pcache_meta_repair(struct pcache_meta *meta, void *rec);
const char *pcache_super_verify(const void *rec);
const char *pcache_slot_verify(const void *rec);
const char *pcache_seg_header_verify(const void *rec);

/**
 * struct pcache_cursor - handle of the {W, H} of one cache
 * @map: where its lines lie
 * @location: first line of either copy
 * @seq: of the newest update
 * @clean_lsn: W as the media has it
 * @evict_lsn: H as the media has it
 * @seed: start of the lines' crc32c: of the cache's uuid
 * @complete: the newest update is in both copies
 */
struct pcache_cursor {
	const struct pcache_map *map;
	u64 location[2];
	u64 seq;
	u64 clean_lsn;
	u64 evict_lsn;
	u32 seed;
	bool complete;
};

void pcache_cursor_init(struct pcache_cursor *cur, const struct pcache_map *map,
			u32 slot, const u8 *uuid);
void pcache_cursor_format(struct pcache_cursor *cur);
int pcache_cursor_load(struct pcache_cursor *cur);
void pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
			 u64 evict_lsn);

/* CRC of anything on media starts here unless it has a seed of its own. */
#define PCACHE_CRC_SEED		(~0U)

#endif /* PCACHE_INTERNAL_H */
