// SPDX-License-Identifier: GPL-2.0
/*
 * Scan and replay, by several CPUs.
 *
 * A scan judges each segment by itself, so whoever is free takes the next few.
 *
 * A replay has one reader, which merges the segments by LSN, counts what is dirty,
 * sets wb_pos and shows each record to the sample; and lanes, which map.  A record
 * belongs to the lane that has its shard of the index.  It never crosses a chunk,
 * nor a chunk a shard: what concerns one sector is mapped by one lane, in LSN
 * order (I4).  In which order different sectors are mapped makes no difference.
 *
 * Most of a replay is waiting for the index's memory, of which the log touches a
 * random part: on one CPU, reading takes an eighth of the time.
 *
 * A lane has two buffers: the reader fills one while the other is mapped.  What
 * nobody has begun to map when its turn comes, and what is left in the buffers at
 * the end, the reader maps itself: so one CPU is enough, and the replay of a short
 * log wakes up no other one.
 *
 * Nothing here stores to the media.
 *
 * Locks: none of its own.  Buffers are handed over by queueing and by cancelling
 * the lane's work, which order what was written before: both take the lock of the
 * worker's pool, or wait for the worker.
 */
#include <linux/cpumask.h>
#include <linux/errno.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "pcache_sample.h"

/* Works that scan beside the caller, at most. */
#define SCAN_WORKS	7

/* Segments that are taken at once: about a millisecond, if they are full. */
#define SCAN_SEGS	4

/*
 * More than there are CPUs: then the lane whose turn it is was more likely handed
 * over long ago.
 */
#define MAX_LANES	8

/*
 * Records that are handed over at once: some 250 us of work, several times what it
 * takes until another CPU has woken up.
 */
#define LANE_KEYS	1024

/* Records whose memory is asked for together. */
#define FETCH_KEYS	32

/* Records between two looks at what else there is to do. */
#define READ_KEYS	32

/* ---- scan ---- */

/**
 * struct scan - the scan of one slot's segments
 * @rules: what their records must obey
 * @slot: whose they are
 * @evict_lsn: H
 * @next: number of the segment that is taken next
 */
struct scan {
	const struct pcache_log_rules *rules;
	u32 slot;
	u64 evict_lsn;
	atomic_t next;
};

struct scan_work {
	struct work_struct work;
	struct scan *scan;
};

static bool scan_is_due(const struct scan *scan, const struct pcache_seg *seg)
{
	if (!pcache_seg_is_of(seg, scan->slot))
		return false;
	/* Scanned before, it ends where the damage begins. */
	return !seg->scanned || (seg->damage && scan->rules->salvage);
}

static u32 scan_count(const struct scan *scan)
{
	const struct pcache_cache_dev *dev = scan->rules->dev;
	u32 id, nr = 0;

	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs; id++)
		nr += scan_is_due(scan, &dev->segs[id]);
	return nr;
}

static void scan_one(const struct scan *scan, struct pcache_seg *seg)
{
	pcache_seg_forget(seg);
	pcache_seg_scan(scan->rules, seg, scan->evict_lsn);
	seg->scanned = true;
}

/* Take segments until all are taken. */
static void scan_some(struct scan *scan)
{
	const struct pcache_cache_dev *dev = scan->rules->dev;
	u32 id, end;

	while ((id = atomic_fetch_add(SCAN_SEGS, &scan->next)) <
	       dev->geo.nr_segs) {
		end = min(id + SCAN_SEGS, dev->geo.nr_segs);
		for (; id < end; id++) {
			if (scan_is_due(scan, &dev->segs[id]))
				scan_one(scan, &dev->segs[id]);
		}
		cond_resched();
	}
}

static void scan_work_fn(struct work_struct *work)
{
	scan_some(container_of(work, struct scan_work, work)->scan);
}

/**
 * pcache_log_scan - scan a slot's segments that were not scanned yet
 * @rules: what their records must obey; if they ask for salvage, what is damaged
 *	is scanned again
 * @slot: whose they are
 * @evict_lsn: H
 *
 * Context: process, may sleep; nobody else uses the segments.
 */
void pcache_log_scan(const struct pcache_log_rules *rules, u32 slot,
		     u64 evict_lsn)
{
	struct scan scan = {
		.rules = rules,
		.slot = slot,
		.evict_lsn = evict_lsn,
		.next = ATOMIC_INIT(rules->dev->geo.meta_segs),
	};
	u32 i, nr = min3(num_online_cpus() - 1, (u32)SCAN_WORKS,
			 scan_count(&scan) / SCAN_SEGS);
	struct scan_work works[SCAN_WORKS];

	for (i = 0; i < nr; i++) {
		works[i].scan = &scan;
		INIT_WORK_ONSTACK(&works[i].work, scan_work_fn);
		queue_work(system_unbound_wq, &works[i].work);
	}
	scan_some(&scan);
	/* One that has not begun has nothing left to do. */
	for (i = 0; i < nr; i++) {
		cancel_work_sync(&works[i].work);
		destroy_work_on_stack(&works[i].work);
	}
}

/* ---- lanes ---- */

/**
 * struct lane - some of the index's shards
 * @work: maps the buffer that is not @filling
 * @index: of the cache
 * @filling: number of the buffer that the reader fills; changes only while @work is
 *	idle
 * @nr: records in each buffer
 * @keys: the buffers
 *
 * While @work is queued or runs, the buffer that is not @filling is its own.  It
 * shares no cache line with what the reader writes for each record.
 */
struct lane {
	struct work_struct work;
	struct pcache_index *index;
	u32 filling ____cacheline_aligned_in_smp;
	u32 nr[2];
	struct pcache_key keys[2][LANE_KEYS] ____cacheline_aligned_in_smp;
};

/**
 * struct replay - a replay under way
 * @cache: the cache
 * @sample: is shown all records that count
 * @lsn: of the record before
 * @nr_lanes: their number
 * @lanes: the lanes
 */
struct replay {
	struct pcache_cache *cache;
	struct pcache_sample *sample;
	u64 lsn;
	u32 nr_lanes;
	struct lane lanes[];
};

static void keys_fetch(struct pcache_index *index,
		       const struct pcache_key *keys, u32 nr)
{
	u32 i, step;

	rcu_read_lock();
	for (step = 0; step < 3; step++) {
		for (i = 0; i < nr; i++)
			pcache_index_prefetch(index, keys[i].sector, step);
	}
	rcu_read_unlock();
}

static void lane_map(struct lane *lane, u32 buffer)
{
	const struct pcache_key *keys = lane->keys[buffer];
	struct pcache_index *index = lane->index;
	u32 i, nr = lane->nr[buffer];

	for (i = 0; i < nr; i++) {
		if (!(i % FETCH_KEYS)) {
			cond_resched();
			keys_fetch(index, keys + i,
				   min(nr - i, (u32)FETCH_KEYS));
		}
		pcache_key_map(index, &keys[i]);
	}
	lane->nr[buffer] = 0;
}

static void lane_work_fn(struct work_struct *work)
{
	struct lane *lane = container_of(work, struct lane, work);

	lane_map(lane, !lane->filling);
}

static void lane_init(struct lane *lane, struct pcache_index *index)
{
	INIT_WORK(&lane->work, lane_work_fn);
	lane->index = index;
	lane->filling = 0;
	lane->nr[0] = 0;
	lane->nr[1] = 0;
}

/* Wait for the buffer that was handed over; map it here if nobody has begun. */
static void lane_wait(struct lane *lane)
{
	if (cancel_work_sync(&lane->work))
		lane_map(lane, !lane->filling);
}

/* The buffer that is filled is full. */
static void lane_turn(struct lane *lane)
{
	/* In LSN order: the other buffer first. */
	lane_wait(lane);
	lane->filling = !lane->filling;
	queue_work(system_unbound_wq, &lane->work);
}

static void lanes_finish(struct replay *replay)
{
	struct lane *lane;

	for (lane = replay->lanes; lane < replay->lanes + replay->nr_lanes;
	     lane++) {
		lane_wait(lane);
		lane_map(lane, lane->filling);
	}
}

static struct lane *lane_of(struct replay *replay, u64 sector)
{
	struct pcache_index *index = &replay->cache->index;
	u32 shard = pcache_index_shard(index, sector) - index->shards;

	return &replay->lanes[shard % replay->nr_lanes];
}

/* ---- the reader ---- */

static int replay_lost(struct pcache_cache *cache, const struct pcache_key *key)
{
	struct pcache_lost *lost = kmalloc(sizeof(*lost), GFP_KERNEL);

	if (!lost)
		return -ENOMEM;
	pcache_lost_add(cache, lost, key);
	return 0;
}

/*
 * Each LSN was given away once.  Of two records with the same one nobody can tell
 * which holds the newer version.
 */
static void replay_verify(struct replay *replay, const struct pcache_key *key)
{
	struct pcache_cache *cache = replay->cache;

	if (key->lsn <= replay->lsn) {
		pr_warn_ratelimited("%s: segment %u, record line %u: LSN %llu comes twice\n",
				    cache->dev->path, key->seg->id, key->line,
				    key->lsn);
		cache->damage = "an LSN comes twice";
	}
	replay->lsn = key->lsn;
}

/* The record that comes next in LSN order. */
static int replay_one(struct replay *replay, const struct pcache_key *key)
{
	struct pcache_cache *cache = replay->cache;
	struct lane *lane;
	int err;

	replay_verify(replay, key);
	if (key->lsn <= cache->clean_lsn)
		key->seg->wb_pos = key->line + 1;
	else if (pcache_key_is_dirty(key->type))
		percpu_counter_add(&cache->dirty_sectors, key->nr_sectors);
	if (key->lsn <= cache->evict_lsn || key->type == PCACHE_REC_END)
		return 0;
	if (key->type == PCACHE_REC_LOST) {
		err = replay_lost(cache, key);
		if (err)
			return err;
	}
	pcache_sample_note(replay->sample, key, cache->clean_lsn);
	lane = lane_of(replay, key->sector);
	lane->keys[lane->filling][lane->nr[lane->filling]++] = *key;
	if (lane->nr[lane->filling] == LANE_KEYS)
		lane_turn(lane);
	return 0;
}

static int replay_all(struct replay *replay, struct pcache_log_iter *iter)
{
	struct pcache_key key;
	u32 seen = 0;
	int ret, err;

	pcache_log_iter_begin(iter, PCACHE_LSN_LIMIT);
	while ((ret = pcache_log_iter_peek(iter, &key)) > 0) {
		err = replay_one(replay, &key);
		if (!err)
			err = pcache_log_iter_advance(iter);
		if (err)
			return err;
		if (++seen % READ_KEYS)
			continue;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return ret;
}

static struct replay *replay_alloc(struct pcache_cache *cache,
				   struct pcache_sample *sample)
{
	u32 i, nr = min_t(u32, cache->index.shard_mask + 1, MAX_LANES);
	struct replay *replay;

	/* The buffers are large, and most of a short log's are never used. */
	replay = kvmalloc(struct_size(replay, lanes, nr), GFP_KERNEL);
	if (!replay)
		return NULL;
	replay->cache = cache;
	replay->sample = sample;
	replay->lsn = 0;
	replay->nr_lanes = nr;
	for (i = 0; i < nr; i++)
		lane_init(&replay->lanes[i], &cache->index);
	return replay;
}

/**
 * pcache_log_replay - build the index from the log
 * @cache: its segments are in @log, scanned, with wb_pos 0; W and H are known
 * @iter: an iterator
 * @sample: is shown all records that count
 *
 * Records up to H are void.  wb_pos of every segment ends behind W.  Damage that
 * no segment shows by itself is returned in cache->damage.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOMEM; -EINTR after a fatal signal; -EIO or -EUCLEAN.
 */
int pcache_log_replay(struct pcache_cache *cache, struct pcache_log_iter *iter,
		      struct pcache_sample *sample)
{
	struct replay *replay = replay_alloc(cache, sample);
	int err;

	if (!replay)
		return -ENOMEM;
	err = replay_all(replay, iter);
	lanes_finish(replay);
	kvfree(replay);
	return err;
}
