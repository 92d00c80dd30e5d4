/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints, in tracefs below events/pcache.
 *
 * Every event names the backing device, as the block layer's events do, and the
 * slot of its cache.  They cost a no-op each unless they are on.  Knows what the
 * structures of the driver hold, and calls nothing.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pcache

#if !defined(PCACHE_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define PCACHE_TRACE_H

#include <linux/tracepoint.h>

#include "pcache_req.h"

TRACE_DEFINE_ENUM(PCACHE_OP_READ);
TRACE_DEFINE_ENUM(PCACHE_OP_WRITE);
TRACE_DEFINE_ENUM(PCACHE_OP_FLUSH);
TRACE_DEFINE_ENUM(PCACHE_OP_ZEROES);
TRACE_DEFINE_ENUM(PCACHE_OP_DISCARD);
TRACE_DEFINE_ENUM(PCACHE_REC_WRITE);
TRACE_DEFINE_ENUM(PCACHE_REC_CLEAN);
TRACE_DEFINE_ENUM(PCACHE_REC_ZERO);
TRACE_DEFINE_ENUM(PCACHE_REC_DISCARD);
TRACE_DEFINE_ENUM(PCACHE_REC_LOST);
TRACE_DEFINE_ENUM(PCACHE_REC_END);
TRACE_DEFINE_ENUM(PCACHE_MODE_RUNNING);
TRACE_DEFINE_ENUM(PCACHE_MODE_READ_ONLY);
TRACE_DEFINE_ENUM(PCACHE_MODE_FAILED);

#define pcache_show_op(op)						\
	__print_symbolic(op,						\
			 { PCACHE_OP_READ,	"read" },		\
			 { PCACHE_OP_WRITE,	"write" },		\
			 { PCACHE_OP_FLUSH,	"flush" },		\
			 { PCACHE_OP_ZEROES,	"zeroes" },		\
			 { PCACHE_OP_DISCARD,	"discard" })

#define pcache_show_type(type)						\
	__print_symbolic(type,						\
			 { PCACHE_REC_WRITE,	"write" },		\
			 { PCACHE_REC_CLEAN,	"clean" },		\
			 { PCACHE_REC_ZERO,	"zero" },		\
			 { PCACHE_REC_DISCARD,	"discard" },		\
			 { PCACHE_REC_LOST,	"lost" },		\
			 { PCACHE_REC_END,	"end" })

#define pcache_show_mode(mode)						\
	__print_symbolic(mode,						\
			 { PCACHE_MODE_RUNNING,		"running" },	\
			 { PCACHE_MODE_READ_ONLY,	"read-only" },	\
			 { PCACHE_MODE_FAILED,		"failed" })

/* A request comes to the core; one that has to wait may come twice. */
TRACE_EVENT(pcache_request,
	TP_PROTO(const struct pcache_req *req),
	TP_ARGS(req),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u8,	op)
		__field(u8,	flags)
		__field(u64,	sector)
		__field(u32,	nr)
	),
	TP_fast_assign(
		__entry->dev = req->cache->backing.bdev->bd_dev;
		__entry->slot = req->cache->slot;
		__entry->op = req->op;
		__entry->flags = req->flags;
		/* The block layer's flush is anywhere. */
		__entry->sector = req->nr_sectors ? req->sector : 0;
		__entry->nr = req->nr_sectors;
	),
	TP_printk("%u,%u slot %u %s%s%s %llu + %u", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->slot, pcache_show_op(__entry->op),
		  __entry->flags & PCACHE_REQ_PREFLUSH ? " preflush" : "",
		  __entry->flags & PCACHE_REQ_FUA ? " fua" : "",
		  __entry->sector, __entry->nr)
);

/* A record is durable. */
TRACE_EVENT(pcache_publish,
	TP_PROTO(const struct pcache_cache *cache, const struct pcache_key *key),
	TP_ARGS(cache, key),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u8,	type)
		__field(u8,	flags)
		__field(u64,	lsn)
		__field(u64,	sector)
		__field(u32,	nr)
		__field(u32,	seg)
		__field(u32,	line)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->type = key->type;
		__entry->flags = key->flags;
		__entry->lsn = key->lsn;
		__entry->sector = key->sector;
		__entry->nr = key->nr_sectors;
		__entry->seg = key->seg->id;
		__entry->line = key->line;
	),
	TP_printk("%u,%u slot %u %s%s %llu + %u lsn %llu segment %u line %u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->slot,
		  pcache_show_type(__entry->type),
		  __entry->flags & PCACHE_REC_FUA ? " fua" : "",
		  __entry->sector, __entry->nr, __entry->lsn, __entry->seg,
		  __entry->line)
);

/* Part of a read that the cache had. */
TRACE_EVENT(pcache_hit,
	TP_PROTO(const struct pcache_cache *cache, u64 sector, u32 nr),
	TP_ARGS(cache, sector, nr),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u64,	sector)
		__field(u32,	nr)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->sector = sector;
		__entry->nr = nr;
	),
	TP_printk("%u,%u slot %u %llu + %u", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->slot, __entry->sector,
		  __entry->nr)
);

/* A read of the backing device on behalf of a request; fill 0: it reads through. */
TRACE_EVENT(pcache_miss,
	TP_PROTO(const struct pcache_cache *cache, u64 sector, u32 nr, u64 fill),
	TP_ARGS(cache, sector, nr, fill),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u64,	sector)
		__field(u32,	nr)
		__field(u64,	fill)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->sector = sector;
		__entry->nr = nr;
		__entry->fill = fill;
	),
	TP_printk("%u,%u slot %u %llu + %u fill %llu", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->slot, __entry->sector,
		  __entry->nr, __entry->fill)
);

/* Write-back has tried a batch of @records: 0, or it will try it again. */
TRACE_EVENT(pcache_batch,
	TP_PROTO(const struct pcache_cache *cache, u64 end, u32 records,
		 u64 sectors, int err),
	TP_ARGS(cache, end, records, sectors, err),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u64,	clean_lsn)
		__field(u64,	end)
		__field(u32,	records)
		__field(u64,	sectors)
		__field(int,	err)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->clean_lsn = READ_ONCE(cache->clean_lsn);
		__entry->end = end;
		__entry->records = records;
		__entry->sectors = sectors;
		__entry->err = err;
	),
	TP_printk("%u,%u slot %u lsn %llu to %llu: %u records, %llu sectors: %d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->slot,
		  __entry->clean_lsn, __entry->end, __entry->records,
		  __entry->sectors, __entry->err)
);

/* A round of reclaim has emptied @segments; everything up to @lsn is void. */
TRACE_EVENT(pcache_gc,
	TP_PROTO(const struct pcache_cache *cache, u32 segments, u64 lsn),
	TP_ARGS(cache, segments, lsn),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u32,	segments)
		__field(u64,	lsn)
		__field(u32,	used)
		__field(u32,	quota)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->segments = segments;
		__entry->lsn = lsn;
		__entry->used = cache->used_segs;
		__entry->quota = cache->quota;
	),
	TP_printk("%u,%u slot %u %u segments, lsn %llu; %u of %u in use",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->slot,
		  __entry->segments, __entry->lsn, __entry->used,
		  __entry->quota)
);

/* A cache was built from what the media holds, or could not be. */
TRACE_EVENT(pcache_recovery,
	TP_PROTO(const struct pcache_cache *cache, int err),
	TP_ARGS(cache, err),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u64,	lsn)
		__field(u64,	clean_lsn)
		__field(u64,	evict_lsn)
		__field(u32,	used)
		__field(int,	err)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->lsn = atomic64_read(&cache->lsn);
		__entry->clean_lsn = READ_ONCE(cache->clean_lsn);
		__entry->evict_lsn = READ_ONCE(cache->evict_lsn);
		__entry->used = cache->used_segs;
		__entry->err = err;
	),
	TP_printk("%u,%u slot %u lsn %llu clean %llu evict %llu, %u segments: %d",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->slot,
		  __entry->lsn, __entry->clean_lsn, __entry->evict_lsn,
		  __entry->used, __entry->err)
);

/* Mode, condition, or whether anything is dirty has changed to this. */
TRACE_EVENT(pcache_health,
	TP_PROTO(const struct pcache_cache *cache),
	TP_ARGS(cache),
	TP_STRUCT__entry(
		__field(dev_t,	dev)
		__field(u32,	slot)
		__field(u32,	mode)
		__field(bool,	failing)
		__field(bool,	dirty)
	),
	TP_fast_assign(
		__entry->dev = cache->backing.bdev->bd_dev;
		__entry->slot = cache->slot;
		__entry->mode = cache->mode;
		__entry->failing = cache->condition == PCACHE_COND_FAILING;
		__entry->dirty = !cache->all_clean;
	),
	TP_printk("%u,%u slot %u %s, %s, %s", MAJOR(__entry->dev),
		  MINOR(__entry->dev), __entry->slot,
		  pcache_show_mode(__entry->mode),
		  __entry->failing ? "failing" : "ok",
		  __entry->dirty ? "dirty" : "clean")
);

#endif /* PCACHE_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
