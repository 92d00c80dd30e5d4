/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 4: records, and the log as one sequence.
 */
#ifndef PCACHE_LOG_H
#define PCACHE_LOG_H

#include <linux/min_heap.h>

#include "pcache_cache.h"

struct pcache_sample;

/**
 * struct pcache_key - a record, decoded
 * @lsn: log sequence number
 * @sector: first logical sector
 * @value: what the index maps the first sector to
 * @nr_sectors: length; END: records before this one
 * @type: enum pcache_record_type
 * @flags: PCACHE_REC_*
 * @line: number of its line
 * @seg: where it lies
 */
struct pcache_key {
	u64 lsn;
	u64 sector;
	u64 value;
	u32 nr_sectors;
	u8 type;
	u8 flags;
	u32 line;
	struct pcache_seg *seg;
};

/* What the index holds for a record of this type. */
static inline enum pcache_tag pcache_key_tag(u8 type)
{
	switch (type) {
	case PCACHE_REC_ZERO:
	case PCACHE_REC_DISCARD:
		return PCACHE_ZERO;
	case PCACHE_REC_LOST:
		return PCACHE_LOST;
	default:
		return PCACHE_DATA;
	}
}

/* Does it have data of its own? */
static inline bool pcache_key_has_data(u8 type)
{
	return type == PCACHE_REC_WRITE || type == PCACHE_REC_CLEAN;
}

/* Does the backing device have to get it? */
static inline bool pcache_key_is_dirty(u8 type)
{
	return type == PCACHE_REC_WRITE || type == PCACHE_REC_ZERO ||
	       type == PCACHE_REC_DISCARD;
}

/* Is the version that this record holds on the backing device, if it is mapped? */
static inline bool pcache_key_is_clean(const struct pcache_cache *cache,
				       const struct pcache_key *key)
{
	return key->type == PCACHE_REC_CLEAN ||
	       key->lsn <= READ_ONCE(cache->clean_lsn);
}

/**
 * struct pcache_log_iter - the records of a cache in LSN order
 * @cache: the cache
 * @next: segment of pcache_cache.log that is taken up next
 * @horizon: records above it are not shown
 * @heap: next record of each segment that was taken up
 */
struct pcache_log_iter {
	struct pcache_cache *cache;
	struct pcache_seg *next;
	u64 horizon;
	DEFINE_MIN_HEAP(struct pcache_key, pcache_key_heap) heap;
};

/**
 * struct pcache_lost - an extent that was logged as LOST
 * @node: in pcache_cache.lost
 * @sector: first sector
 * @nr_sectors: length
 * @value: line of the record
 * @lsn: of the record
 *
 * It may have been overwritten since; the index tells.
 */
struct pcache_lost {
	struct list_head node;
	u64 sector;
	u32 nr_sectors;
	u64 value;
	u64 lsn;
};

void pcache_log_rules_init(struct pcache_log_rules *rules,
			   struct pcache_cache_dev *dev,
			   const struct pcache_slot_info *info);
int pcache_key_read(const struct pcache_log_rules *rules,
		    struct pcache_seg *seg, u32 line, struct pcache_key *key);
void pcache_seg_scan(const struct pcache_log_rules *rules,
		     struct pcache_seg *seg, u64 evict_lsn);
void pcache_seg_mend(const struct pcache_log_rules *rules,
		     struct pcache_seg *seg);
void pcache_key_append(struct pcache_cache *cache, struct pcache_resv *resv,
		       struct pcache_key *key);
int pcache_key_publish(struct pcache_cache *cache, struct pcache_resv *resv,
		       struct pcache_key *key, struct pcache_preload *pre);
int pcache_key_find(struct pcache_cache *cache, enum pcache_tag tag, u64 value,
		    struct pcache_key *key);

int pcache_log_iter_init(struct pcache_log_iter *iter,
			 struct pcache_cache *cache);
void pcache_log_iter_exit(struct pcache_log_iter *iter);
void pcache_log_iter_begin(struct pcache_log_iter *iter, u64 horizon);
int pcache_log_iter_peek(struct pcache_log_iter *iter, struct pcache_key *key);
int pcache_log_iter_advance(struct pcache_log_iter *iter);
u64 pcache_log_horizon(struct pcache_cache *cache);
u64 pcache_log_barrier(struct pcache_cache *cache);

void pcache_lost_add(struct pcache_cache *cache, struct pcache_lost *lost,
		     const struct pcache_key *key);
void pcache_log_sort(struct pcache_cache *cache);
void pcache_key_map(struct pcache_index *index, const struct pcache_key *key);

void pcache_log_scan(const struct pcache_log_rules *rules, u32 slot,
		     u64 evict_lsn);
int pcache_log_replay(struct pcache_cache *cache, struct pcache_log_iter *iter,
		      struct pcache_sample *sample);

#endif /* PCACHE_LOG_H */
