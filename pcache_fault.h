/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 3: what is wrong with the media and the backing device of one cache.
 *
 * LOST records are logged by cache_lost.c; what the backing device refuses is
 * found out by cache_writeback.c.
 */
#ifndef PCACHE_FAULT_H
#define PCACHE_FAULT_H

#include <linux/types.h>

struct pcache_cache;

/**
 * struct pcache_range - some sectors of the logic device
 * @sector: the first one
 * @nr: how many; 0: none
 */
struct pcache_range {
	u64 sector;
	u64 nr;
};

/**
 * struct pcache_fault - state of a cache's faults
 * @lost_lsn: of the newest LOST record; under @log_lock of the cache
 * @lost_waits: reclaim could not log some LOST records again; write-back's
 *	worker, which has the pauses, kicks it later
 * @refused: what the backing device would not take; under @event.lock of the
 *	cache
 * @read_failed: a read of the backing device ended with an error, and none without
 *	since then
 * @hurried: the pause after a failed batch was cut short already
 */
struct pcache_fault {
	u64 lost_lsn;
	bool lost_waits;
	struct pcache_range refused;
	bool read_failed;
	bool hurried;
};

/* ---- cache_health.c ---- */

void pcache_set_refused(struct pcache_cache *cache,
			const struct pcache_range *range);
struct pcache_range pcache_refused(struct pcache_cache *cache);

#endif /* PCACHE_FAULT_H */
