/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 6: a cache from attach to let go.
 */
#ifndef PCACHE_START_H
#define PCACHE_START_H

#include "pcache_req.h"

#define PCACHE_GC_PERCENT_DEFAULT	70
#define PCACHE_WB_DELAY_MS_DEFAULT	10000
#define PCACHE_WB_DELAY_MS_MAX		(24 * 60 * 60 * 1000)
#define PCACHE_WB_PERCENT_DEFAULT	40

/* What an attach gives up that would be refused without. */
enum pcache_force {
	PCACHE_FORCE_NONE,
	PCACHE_FORCE_DISCARD_CLEAN,	/* what is cached, if all of it is clean */
	PCACHE_FORCE_DISCARD_DIRTY,	/* what is cached, whatever it is */
	PCACHE_FORCE_ACCEPT_DAMAGE,	/* what is damaged; it is read-only then */
};

/**
 * struct pcache_start_opts - what a caller asks of pcache_cache_prepare()
 * @path: of the backing device
 * @id: identity of the backing device, if that has none by itself, or ""
 * @cache_bytes: quota, rounded up to segments; 0: as before, for a known one
 * @queues: 0: as before, or one per CPU
 * @force: what is given up
 * @queue_bio: queue_mode=bio
 * @data_crc: pages carry a CRC
 * @relaxed: write-back may span barriers
 * @known_only: nobody has asked for this: fail with -ENOENT unless a slot knows
 *	this backing device by what that says of itself
 * @set_queue_mode: @queue_bio was given
 * @set_data_crc: @data_crc was given
 * @set_order: @relaxed was given
 */
struct pcache_start_opts {
	const char *path;
	const char *id;
	u64 cache_bytes;
	u32 queues;
	enum pcache_force force;
	bool queue_bio;
	bool data_crc;
	bool relaxed;
	bool known_only;
	bool set_queue_mode;
	bool set_data_crc;
	bool set_order;
};

/* How a cache is let go of. */
enum pcache_stop_mode {
	PCACHE_STOP_DRAIN,		/* drained; its slot becomes free */
	PCACHE_STOP_KEEP,		/* contents stay for the next attach */
	PCACHE_STOP_DISCARD_DIRTY,	/* what is dirty is lost; slot free */
};

void pcache_pool_scan(struct pcache_cache_dev *dev);
struct pcache_cache *pcache_cache_prepare(struct pcache_cache_dev *dev,
					  const struct pcache_start_opts *opts,
					  struct pcache_slot_info *info);
int pcache_cache_go_live(struct pcache_cache *cache,
			 struct pcache_slot_info *info);
void pcache_cache_abandon(struct pcache_cache *cache);
int pcache_cache_drain(struct pcache_cache *cache);
bool pcache_cache_is_drained(struct pcache_cache *cache);
int pcache_cache_quiesce(struct pcache_cache *cache, enum pcache_stop_mode mode);
int pcache_cache_stop(struct pcache_cache *cache, enum pcache_stop_mode mode);
int pcache_slot_forget(struct pcache_cache_dev *dev, u32 slot);
int pcache_cache_set_gc_percent(struct pcache_cache *cache, u32 percent);
int pcache_slot_check_free(struct pcache_cache_dev *dev,
			   const struct pcache_start_opts *opts);
int pcache_slot_check_known(struct pcache_cache_dev *dev,
			    const struct pcache_start_opts *opts);
int pcache_slot_settle(struct pcache_cache *cache,
		       const struct pcache_start_opts *opts,
		       struct pcache_slot_info *info);
u64 pcache_cache_stat(const struct pcache_cache *cache, enum pcache_stat stat);

#endif /* PCACHE_START_H */
