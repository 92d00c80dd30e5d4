/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 3: what a cache says of itself: mode, condition, state, whether anything is
 * dirty, and its statistics.
 *
 * Notice of a change goes up by a work item that the layer above provides.  It is
 * told that there is something to look at, not what: whoever looks late sees the
 * present, and is not told of what has passed meanwhile.
 */
#ifndef PCACHE_HEALTH_H
#define PCACHE_HEALTH_H

#include <linux/types.h>

struct pcache_cache;

/* Ways down only, until the cache is stopped. */
enum pcache_mode {
	PCACHE_MODE_RUNNING,
	PCACHE_MODE_READ_ONLY,
	PCACHE_MODE_FAILED,
};

/* The backing device, as write-back sees it. */
enum pcache_condition {
	PCACHE_COND_OK,
	PCACHE_COND_FAILING,
};

enum pcache_state {
	PCACHE_STATE_STARTING,
	PCACHE_STATE_RUNNING,
	PCACHE_STATE_DRAINING,
	PCACHE_STATE_STOPPING,
};

/* Per-CPU statistics; bytes unless the name says otherwise. */
enum pcache_stat {
	PCACHE_STAT_READS,		/* requests */
	PCACHE_STAT_WRITES,		/* requests */
	PCACHE_STAT_FLUSHES,		/* requests */
	PCACHE_STAT_HIT,
	PCACHE_STAT_MISS,
	PCACHE_STAT_FILL,
	PCACHE_STAT_WRITTEN,
	PCACHE_STAT_WAITS,		/* requests that were parked */
	PCACHE_STAT_WRITEBACK,
	PCACHE_STAT_SKIPPED,
	PCACHE_STAT_BATCHES,
	PCACHE_STAT_WRITEBACK_ERRORS,	/* batches */
	PCACHE_STAT_READ_ERRORS,	/* reads of the backing device */
	PCACHE_STAT_GC_SEGMENTS,
	PCACHE_STAT_GC_MOVED,
	PCACHE_STAT_CRC_ERRORS,		/* pages */
	PCACHE_STAT_MEDIA_ERRORS,	/* reads of pmem that failed */
	PCACHE_STAT_HEALED,
	PCACHE_STAT_LOST,
	PCACHE_STAT_MISSES,		/* requests */
	PCACHE_STAT_ERRORS,		/* requests */
	PCACHE_STAT_STALL_MS,		/* while parked writes got nowhere */
	PCACHE_NR_STATS,
};

struct pcache_stats {
	u64 v[PCACHE_NR_STATS];
};

/* ---- cache_health.c ---- */

const char *pcache_mode_name(enum pcache_mode mode);
const char *pcache_condition_name(enum pcache_condition condition);
void pcache_set_mode(struct pcache_cache *cache, enum pcache_mode mode,
		     const char *why);
void pcache_set_condition(struct pcache_cache *cache,
			  enum pcache_condition condition, int err);
void pcache_set_dirty(struct pcache_cache *cache);
void pcache_set_clean(struct pcache_cache *cache);

#endif /* PCACHE_HEALTH_H */
