/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rig: a pmem device, backing devices and the caches between them, in the
 * current world, driven through the same calls as the driver's front ends.
 */
#ifndef SIM_RIG_H
#define SIM_RIG_H

#include "shim/sim.h"
#include "shim/replay.h"

#include <linux/completion.h>

#include "pcache_start.h"

#define RIG_CACHES	2

/**
 * struct rig_cache_opts - one backing device and its cache
 * @disk: the backing device; its serial is its path unless it is given
 * @quota: segments
 * @queues: as asked for at attach
 * @data_crc: pages carry a CRC
 * @relaxed: write-back may span barriers
 * @force: what an attach gives up
 * @gc_percent: see pcache_cache_set_gc_percent()
 * @delay_ms: age at which write-back starts
 * @percent: share of the quota at which it does
 */
struct rig_cache_opts {
	struct sim_disk_opts disk;
	u32 quota;
	u32 queues;
	bool data_crc;
	bool relaxed;
	enum pcache_force force;
	u32 gc_percent;
	u32 delay_ms;
	u32 percent;
};

/**
 * struct rig_opts - what a rig consists of
 * @seg_shift: log2 of the segment size
 * @nr_segs: log segments of the pool
 * @nr_caches: caches in use
 * @cache: each of them
 */
struct rig_opts {
	u32 seg_shift;
	u32 nr_segs;
	u32 nr_caches;
	struct rig_cache_opts cache[RIG_CACHES];
};

/**
 * struct rig - a rig in the current world
 * @opts: what it consists of
 * @pmem: the pmem device
 * @disk: the backing devices
 * @dev: NULL while it is not registered
 * @cache: NULL while it is not attached
 */
struct rig {
	const struct rig_opts *opts;
	struct sim_pmem *pmem;
	struct sim_disk *disk[RIG_CACHES];
	struct pcache_cache_dev *dev;
	struct pcache_cache *cache[RIG_CACHES];
};

u64 rig_pmem_size(const struct rig_opts *opts);
const char *rig_disk_path(u32 i);
void rig_init(struct rig *rig, const struct rig_opts *opts,
	      const struct sim_image *pmem, struct sim_image *const *disks);
/* No task of the driver is left after it; says nothing of leaks. */
void rig_exit(struct rig *rig);
int rig_register(struct rig *rig, bool format);
void rig_unregister(struct rig *rig);
int rig_attach(struct rig *rig, u32 i, bool known_only);
/* Lets no request come first; a drain is completed before. */
int rig_stop(struct rig *rig, u32 i, enum pcache_stop_mode mode);
/* Waits until everything is written back and nothing is to be reclaimed. */
void rig_settle(struct rig *rig, u32 i);

/* ---- requests ---- */

#define RIG_IO_BIOS	3
#define RIG_IO_VECS	12

/**
 * struct rig_io - one request of a test
 * @req: as the core gets it
 * @rig: the rig
 * @buf: its data, NULL if it has none
 * @order: of @buf's pages
 * @bios: chain that @req starts with
 * @vecs: of all bios
 * @nr_vecs: vectors in use
 * @status: how it ended
 * @ended: called where it ends, before waiters are woken
 * @owner: for @ended
 * @done: for rig_io_wait()
 */
struct rig_io {
	struct pcache_req req;
	struct rig *rig;
	u8 *buf;
	u32 order;
	struct bio bios[RIG_IO_BIOS];
	struct bio_vec vecs[RIG_IO_VECS];
	u32 nr_vecs;
	blk_status_t status;
	void (*ended)(struct rig_io *io);
	void *owner;
	struct completion done;
};

/* How a request reaches the core. */
enum rig_front {
	RIG_MQ,		/* all but reads stay until they have ended */
	RIG_BIO,	/* tried on the stack first */
};

/* @odd: vectors need not be whole words. */
void rig_io_init(struct rig_io *io, struct rig *rig, u32 cache, u8 op, u8 flags,
		 u64 sector, u32 nr, bool odd);
void rig_io_submit(struct rig_io *io, enum rig_front front);
blk_status_t rig_io_wait(struct rig_io *io);
void rig_io_free(struct rig_io *io);
/* Submits, waits and frees; @buf gets or gives the data. */
blk_status_t rig_io_run(struct rig *rig, u32 cache, u8 op, u8 flags, u64 sector,
			u32 nr, u8 *buf);

#endif /* SIM_RIG_H */
