/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 7: /dev/pcacheN.
 */
#ifndef PCACHE_LOGIC_H
#define PCACHE_LOGIC_H

#include <linux/blk-mq.h>
#include <linux/completion.h>
#include <linux/percpu-refcount.h>

#include "pcache_start.h"

/**
 * struct pcache_logic - one logic device
 * @cache: what it stands for
 * @disk: the gendisk
 * @id: N of /dev/pcacheN
 * @closing: may not be opened any more; under disk->open_mutex
 * @tags: queue_mode=mq
 * @inflight: queue_mode=bio: bios that outlive their submission
 * @drained: @inflight has fallen to zero
 * @reqs: memory of such bios
 * @wait_lock: protects @waiting
 * @waiting: queue_mode=bio: bios that found no memory, first come, first served
 * @wq: runs @work, or submits reads that miss
 * @work: queue_mode=bio: serves @waiting
 */
struct pcache_logic {
	struct pcache_cache *cache;
	struct gendisk *disk;
	int id;
	bool closing;
	struct blk_mq_tag_set tags;
	struct percpu_ref inflight;
	struct completion drained;
	mempool_t reqs;
	spinlock_t wait_lock;
	struct bio_list waiting;
	struct workqueue_struct *wq;
	struct work_struct work;
};

struct pcache_logic *pcache_logic_add(struct pcache_cache *cache,
				      struct device *parent);
void pcache_logic_show(struct pcache_logic *logic);
int pcache_logic_close(struct pcache_logic *logic);
void pcache_logic_reopen(struct pcache_logic *logic);
void pcache_logic_remove(struct pcache_logic *logic, bool dead);

/* ---- logic_bio.c: queue_mode=bio ---- */

int pcache_logic_bio_init(struct pcache_logic *logic);
void pcache_logic_bio_drain(struct pcache_logic *logic);
void pcache_logic_bio_exit(struct pcache_logic *logic);
void pcache_logic_submit_bio(struct bio *bio);
int pcache_logic_bio_module_init(void);
void pcache_logic_bio_module_exit(void);

#endif /* PCACHE_LOGIC_H */
