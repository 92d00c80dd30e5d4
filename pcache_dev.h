/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 3, devices: the pmem device with its slots and segment pool, and the
 * backing device.
 */
#ifndef PCACHE_DEV_H
#define PCACHE_DEV_H

#include "pcache_internal.h"

/* ---- cache_dev.c, cache_dev_map.c: one pmem device, its slots ---- */

/*
 * Life of a segment:
 *	FREE -> OPEN		pcache_seg_open()
 *	OPEN -> CLOSING		pcache_seg_close(): no new reservations
 *	CLOSING -> CLOSED	the last reservation was released, END is stored
 *	CLOSED -> FREE		pcache_dev_seg_free(), H covers it
 *	any -> RETIRED		poisoned or damaged: never handed out again
 */
enum pcache_seg_state {
	PCACHE_SEG_META,
	PCACHE_SEG_FREE,
	PCACHE_SEG_OPEN,
	PCACHE_SEG_CLOSING,
	PCACHE_SEG_CLOSED,
	PCACHE_SEG_RETIRED,
};

#define PCACHE_NO_SLOT		0xff

/**
 * struct pcache_seg - one segment of the pool
 * @lock: protects state (but for FREE, which pool_lock protects), space,
 *	records and LSNs; a record is stored and fenced under it (I3)
 * @state: enum pcache_seg_state
 * @slot: owner, PCACHE_NO_SLOT if none
 * @id: number in the pool
 * @ended: the last record is END
 * @has_badblocks: part of it is known to be poisoned: nothing new goes there, and
 *	it is not handed out again; set at any time, never cleared
 * @scanned: what a scan found is still true
 * @only_lost: has no records but LOST ones, and END
 * @seed: start of the records' crc32c, of this life
 * @head: the head that appends to it, while it is OPEN
 * @salt: of this life
 * @open_lsn: newest LSN of the cache when it was opened
 * @last_lsn: of the last record; 0: none
 * @data_off: where the next extent goes
 * @nr_recs: records stored
 * @nr_promised: record lines that reservations still hold
 * @nr_resv: reservations that were not released yet
 * @mapped: sectors that the index maps into this segment
 * @wb_pos: first record that W does not cover; write-back only
 * @iter_pos: record that the log iterator shows next; its user only
 * @damage: what a scan found wrong; NULL: nothing
 * @damage_line: record line where it was found
 * @first_lsn: of the first record; 0: none
 * @node: in the pool's free list or in the owner's log or clean list
 * @open_node: in the owner's list of segments that are not closed
 *
 * Two cache lines, and no two segments share one: the first is all that reserving
 * in it and storing a record touch, but for the first record; @mapped is in the
 * next, since other heads' writes change it.
 */
struct pcache_seg {
	spinlock_t lock;
	u8 state;
	u8 slot;
	bool ended : 1;
	bool scanned : 1;
	bool only_lost : 1;
	bool has_badblocks;
	u32 id;
	u32 seed;
	u32 data_off;
	u32 nr_recs;
	u32 nr_promised;
	u32 nr_resv;
	struct pcache_head *head;
	u64 salt;
	u64 open_lsn;
	u64 last_lsn;
	atomic_t mapped;
	u32 wb_pos;
	u32 iter_pos;
	u32 damage_line;
	const char *damage;
	u64 first_lsn;
	struct list_head node;
	struct list_head open_node;
} ____cacheline_aligned_in_smp;

/**
 * struct pcache_slot_info - content of a backing slot, decoded
 * @uuid: of the cache
 * @state: enum pcache_slot_state
 * @flags: PCACHE_SLOT_*
 * @nr_sectors: size of the backing device
 * @logical_block_size: of the backing device, bytes
 * @cache_segs: quota, segments
 * @queues: as asked for
 * @gc_percent: use of the quota above which clean segments are reclaimed
 * @incarnation: number of attaches
 * @incarnation_lsn: last LSN that the last attach gave away
 * @id: identity of the backing device
 * @path: how it was named
 */
struct pcache_slot_info {
	u8 uuid[PCACHE_UUID_LEN];
	u32 state;
	u32 flags;
	u64 nr_sectors;
	u32 logical_block_size;
	u32 cache_segs;
	u32 queues;
	u32 gc_percent;
	u64 incarnation;
	u64 incarnation_lsn;
	char id[PCACHE_ID_LEN];
	char path[PCACHE_PATH_LEN];
};

/**
 * struct pcache_slot - one backing slot; all under admin_lock
 * @meta: its two copies
 * @info: what they say
 * @err: why it could not be loaded, 0 if it was
 * @cache: attached; NULL: free or waiting
 */
struct pcache_slot {
	struct pcache_meta meta;
	struct pcache_slot_info info;
	int err;
	struct pcache_cache *cache;
};

/* What a caller asks of pcache_cache_dev_open(). */
struct pcache_cache_dev_opts {
	const char *path;
	const char *label;
	u32 segment_size;
	bool format;
	bool force;
};

/**
 * struct pcache_cache_dev - one pmem device that serves as a pool
 * @map: the mapping
 * @geo: layout
 * @segs: all segments, by number
 * @bounce: one page per CPU, used with preemption disabled
 * @pool_lock: protects @free, @nr_free, @live, @starved, @nr_retired,
 *	pcache_cache.used_segs and the FREE and RETIRED states of segments
 * @free: free segments, the longest unused first
 * @nr_free: their number
 * @live: caches that are attached
 * @starved: caches that found none, though their quota allowed for more
 * @admin_lock: protects @slots and @promised; serialises attach and
 *	let go
 * @slots: backing slots
 * @slot_lock: protects the media of @slots and @slot_buf
 * @slot_buf: room for two copies of a slot
 * @promised: sum of the quotas of all slots, in segments
 * @nr_retired: segments that are not handed out
 * @wanted: writers of some cache wait for what others hold; set under @pool_lock
 * @slots_complete: both copies of each slot are as good as they get
 * @slots_bad: some slot could not be read: segments of unknown owners are kept
 * @headers_bad: some segment has no valid header: it may be any cache's
 * @mended: in some record a flipped bit was put right
 * @uuid: of the superblock
 * @label: of the superblock
 * @compat: feature mask of the superblock
 * @ro_compat: feature mask of the superblock
 * @incompat: feature mask of the superblock
 * @version: of the superblock
 * @path: as it was registered
 * @bdev_file: exclusive
 * @dax_dev: what @map maps
 * @start: bytes of @dax_dev before @map
 * @gone: the mapping is no longer there; nothing may be stored
 */
struct pcache_cache_dev {
	struct pcache_map map;
	struct pcache_geo geo;
	struct pcache_seg *segs;
	void * __percpu *bounce;

	spinlock_t pool_lock;
	struct list_head free;
	struct list_head live;
	struct list_head starved;
	u32 nr_free;

	struct mutex admin_lock;
	struct mutex slot_lock;
	struct pcache_slot slots[PCACHE_NR_SLOTS];
	u8 *slot_buf;
	u32 promised;
	u32 nr_retired;
	bool wanted;
	bool slots_complete;
	bool slots_bad;
	bool headers_bad;
	bool mended;

	u8 uuid[PCACHE_UUID_LEN];
	char label[PCACHE_LABEL_LEN];
	u64 compat;
	u64 ro_compat;
	u64 incompat;
	u32 version;
	char path[PCACHE_PATH_LEN];
	struct file *bdev_file;
	struct dax_device *dax_dev;
	u64 start;
	bool gone;
};

struct pcache_cache_dev *
pcache_cache_dev_open(const struct pcache_cache_dev_opts *opts);
void pcache_cache_dev_close(struct pcache_cache_dev *dev);
int pcache_slot_store(struct pcache_cache_dev *dev, u32 slot,
		      const struct pcache_slot_info *info);
int pcache_map_open(struct pcache_cache_dev *dev);
void pcache_map_close(struct pcache_cache_dev *dev);
bool pcache_map_has_badblocks(struct pcache_cache_dev *dev, u64 off, u64 len);
void pcache_seg_header_init(struct pcache_cache_dev *dev, u32 id,
			    struct pcache_meta *meta,
			    struct pcache_seg_header_ondisk *scratch);
bool pcache_dev_has_owners(const struct pcache_cache_dev *dev);
void pcache_dev_reset_headers(struct pcache_cache_dev *dev);
void pcache_dev_note_bad(struct pcache_cache_dev *dev, u64 off, u64 len);
void pcache_dev_removed(struct pcache_cache_dev *dev);

/* ---- cache_pool.c: its segments, who has them ---- */

void pcache_dev_seg_set_free(struct pcache_cache_dev *dev,
			     struct pcache_seg *seg);
void pcache_dev_seg_set_retired(struct pcache_cache_dev *dev,
				struct pcache_seg *seg, const char *why);
struct pcache_seg *pcache_dev_seg_get(struct pcache_cache *cache, u32 leave);
void pcache_dev_seg_put(struct pcache_cache_dev *dev, struct pcache_seg *seg,
			struct pcache_cache *cache);
u32 pcache_dev_reach(struct pcache_cache_dev *dev);
void pcache_dev_ask(struct pcache_cache *cache);
void pcache_dev_kick(struct pcache_cache_dev *dev);
void pcache_dev_join(struct pcache_cache *cache);
void pcache_dev_seg_retire(struct pcache_cache *cache, struct pcache_seg *seg,
			   const char *why);
void pcache_dev_forget(struct pcache_cache *cache);

static inline void __pmem *pcache_seg_base(const struct pcache_cache_dev *dev,
					   const struct pcache_seg *seg)
{
	return dev->map.base + pcache_geo_seg_off(&dev->geo, seg->id);
}

/* ---- backing_dev.c: one backing device, and I/O with pages of our own ---- */

/**
 * struct pcache_backing - one backing device
 * @file: exclusive
 * @bdev: the same
 * @nr_sectors: size when it was opened
 * @logical_block_size: bytes
 * @max_discard_sectors: 0: discards are dropped
 * @max_zeroes_sectors: 0: zeroes are written as data
 * @id: its identity, which outlives its path; empty if nobody knows it
 */
struct pcache_backing {
	struct file *file;
	struct block_device *bdev;
	u64 nr_sectors;
	u32 logical_block_size;
	u32 max_discard_sectors;
	u32 max_zeroes_sectors;
	char id[PCACHE_ID_LEN];
};

/* Largest single I/O to a backing device. */
#define PCACHE_IO_SECTORS	256
#define PCACHE_IO_PAGES		\
	DIV_ROUND_UP(PCACHE_IO_SECTORS << PCACHE_SECTOR_SHIFT, PAGE_SIZE)

/**
 * struct pcache_io_pool - where I/Os and their pages come from
 * @bios: front_pad is the rest of struct pcache_io and the owner's pad
 * @pages: single pages
 *
 * Enough for one whole I/O at least; whoever allocates with a gfp that may
 * sleep is the only one to do so on that pool.
 */
struct pcache_io_pool {
	struct bio_set bios;
	mempool_t pages;
};

/**
 * struct pcache_io - one I/O to a backing device
 * @pool: where it came from
 * @done: called at the end, in any context
 * @owner: for @done
 * @sector: first sector
 * @nr_sectors: length
 * @status: how it ended
 * @bio: last
 */
struct pcache_io {
	struct pcache_io_pool *pool;
	void (*done)(struct pcache_io *io);
	void *owner;
	u64 sector;
	u32 nr_sectors;
	blk_status_t status;
	struct bio bio;
};

int pcache_backing_identify(const char *path, char *id, size_t size);
int pcache_backing_open(struct pcache_backing *backing, const char *path,
			void *holder);
void pcache_backing_close(struct pcache_backing *backing);
int pcache_backing_flush(struct pcache_backing *backing);
int pcache_io_pool_init(struct pcache_io_pool *pool, u32 nr_ios, size_t pad);
void pcache_io_pool_exit(struct pcache_io_pool *pool);
struct pcache_io *pcache_io_alloc(struct pcache_io_pool *pool,
				  struct pcache_backing *backing, blk_opf_t opf,
				  u64 sector, u32 nr_sectors, gfp_t gfp);
void pcache_io_submit(struct pcache_io *io);
void pcache_io_free(struct pcache_io *io);

#endif /* PCACHE_DEV_H */
