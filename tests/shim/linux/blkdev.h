/* SPDX-License-Identifier: GPL-2.0 */
/* Block devices; the devices are those of sim_disk_create() and sim_pmem. */
#ifndef SHIM_LINUX_BLKDEV_H
#define SHIM_LINUX_BLKDEV_H

#include <linux/badblocks.h>
#include <linux/bio.h>
#include <linux/blk_types.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/percpu-refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>

#define DISK_NAME_LEN		32
#define BLK_MAX_SEGMENTS	128
#define BLK_SAFE_MAX_SECTORS	255
#define BLK_DEF_MAX_SECTORS_CAP	2560u

#define BLK_OPEN_READ		((blk_mode_t)(1 << 0))
#define BLK_OPEN_WRITE		((blk_mode_t)(1 << 1))
#define BLK_OPEN_EXCL		((blk_mode_t)(1 << 2))
#define BLK_OPEN_NDELAY		((blk_mode_t)(1 << 3))
#define BLK_OPEN_WRITE_IOCTL	((blk_mode_t)(1 << 4))
#define BLK_OPEN_RESTRICT_WRITES	((blk_mode_t)(1 << 5))

enum blk_unique_id {
	BLK_UID_T10	= 1,
	BLK_UID_EUI64	= 2,
	BLK_UID_NAA	= 3,
};

typedef unsigned int blk_features_t;
#define BLK_FEAT_WRITE_CACHE	((blk_features_t)(1u << 0))
#define BLK_FEAT_FUA		((blk_features_t)(1u << 1))
#define BLK_FEAT_ROTATIONAL	((blk_features_t)(1u << 2))
#define BLK_FEAT_STABLE_WRITES	((blk_features_t)(1u << 5))
#define BLK_FEAT_SYNCHRONOUS	((blk_features_t)(1u << 6))
#define BLK_FEAT_NOWAIT		((blk_features_t)(1u << 7))
#define BLK_FEAT_DAX		((blk_features_t)(1u << 8))

struct queue_limits {
	blk_features_t features;
	unsigned int max_hw_sectors;
	unsigned int max_sectors;
	unsigned int chunk_sectors;
	unsigned int physical_block_size;
	unsigned int logical_block_size;
	unsigned int alignment_offset;
	unsigned int io_min;
	unsigned int io_opt;
	unsigned int max_hw_discard_sectors;
	unsigned int max_discard_sectors;
	unsigned int max_write_zeroes_sectors;
	unsigned int discard_granularity;
	unsigned int dma_alignment;
	unsigned short max_segments;
};

struct request_queue {
	struct queue_limits limits;
	struct gendisk *disk;
	void *queuedata;
};

struct block_device_operations {
	void (*submit_bio)(struct bio *bio);
	int (*open)(struct gendisk *disk, blk_mode_t mode);
	void (*release)(struct gendisk *disk);
	int (*get_unique_id)(struct gendisk *disk, u8 id[16],
			     enum blk_unique_id type);
	struct module *owner;
};

struct gendisk {
	int major;
	int first_minor;
	int minors;
	char disk_name[DISK_NAME_LEN];
	struct block_device *part0;
	const struct block_device_operations *fops;
	struct request_queue *queue;
	void *private_data;
	unsigned long flags;
	struct badblocks *bb;
	u8 unique_id[16];
	bool has_unique_id;
	bool dead;
};

struct blk_holder_ops {
	void (*mark_dead)(struct block_device *bdev, bool surprise);
	void (*sync)(struct block_device *bdev);
	int (*freeze)(struct block_device *bdev);
	int (*thaw)(struct block_device *bdev);
};

struct file *bdev_file_open_by_path(const char *path, blk_mode_t mode,
				    void *holder,
				    const struct blk_holder_ops *hops);
void bdev_fput(struct file *file);
struct block_device *file_bdev(struct file *file);
int lookup_bdev(const char *path, dev_t *dev);
int sync_blockdev(struct block_device *bdev);
void invalidate_bdev(struct block_device *bdev);

int blkdev_issue_flush(struct block_device *bdev);
int blkdev_issue_discard(struct block_device *bdev, sector_t sector,
			 sector_t nr_sects, gfp_t gfp);
#define BLKDEV_ZERO_NOUNMAP	(1 << 0)
#define BLKDEV_ZERO_NOFALLBACK	(1 << 1)
#define BLKDEV_ZERO_KILLABLE	(1 << 2)
int blkdev_issue_zeroout(struct block_device *bdev, sector_t sector,
			 sector_t nr_sects, gfp_t gfp, unsigned int flags);

int blk_status_to_errno(blk_status_t status);
blk_status_t errno_to_blk_status(int errno_value);
const char *blk_status_to_str(blk_status_t status);

struct blk_plug {
	struct blk_plug *outer;
};

void blk_start_plug(struct blk_plug *plug);
void blk_finish_plug(struct blk_plug *plug);

static inline struct request_queue *bdev_get_queue(struct block_device *bdev)
{
	return bdev->bd_queue;
}

static inline struct queue_limits *bdev_limits(struct block_device *bdev)
{
	return &bdev->bd_queue->limits;
}

static inline sector_t bdev_nr_sectors(struct block_device *bdev)
{
	return READ_ONCE(bdev->bd_nr_sectors);
}

static inline loff_t bdev_nr_bytes(struct block_device *bdev)
{
	return (loff_t)bdev_nr_sectors(bdev) << SECTOR_SHIFT;
}

static inline sector_t get_capacity(struct gendisk *disk)
{
	return bdev_nr_sectors(disk->part0);
}

static inline sector_t get_start_sect(struct block_device *bdev)
{
	return bdev->bd_start_sect;
}

static inline bool bdev_is_partition(struct block_device *bdev)
{
	return bdev->bd_partno != 0;
}

static inline u8 bdev_partno(struct block_device *bdev)
{
	return bdev->bd_partno;
}

static inline struct block_device *bdev_whole(struct block_device *bdev)
{
	return bdev->bd_disk->part0;
}

static inline int bdev_read_only(struct block_device *bdev)
{
	return bdev->bd_read_only;
}

static inline unsigned int bdev_logical_block_size(struct block_device *bdev)
{
	return bdev_limits(bdev)->logical_block_size;
}

static inline unsigned int bdev_physical_block_size(struct block_device *bdev)
{
	return bdev_limits(bdev)->physical_block_size;
}

static inline bool bdev_write_cache(struct block_device *bdev)
{
	return bdev_limits(bdev)->features & BLK_FEAT_WRITE_CACHE;
}

static inline bool bdev_fua(struct block_device *bdev)
{
	return bdev_limits(bdev)->features & BLK_FEAT_FUA;
}

static inline unsigned int bdev_max_discard_sectors(struct block_device *bdev)
{
	return bdev_limits(bdev)->max_discard_sectors;
}

static inline unsigned int bdev_discard_granularity(struct block_device *bdev)
{
	return bdev_limits(bdev)->discard_granularity;
}

static inline unsigned int bdev_write_zeroes_sectors(struct block_device *bdev)
{
	return bdev_limits(bdev)->max_write_zeroes_sectors;
}

static inline unsigned int bdev_io_min(struct block_device *bdev)
{
	return bdev_limits(bdev)->io_min;
}

static inline int bdev_io_opt(struct block_device *bdev)
{
	return bdev_limits(bdev)->io_opt;
}

static inline bool bdev_stable_writes(struct block_device *bdev)
{
	return bdev_limits(bdev)->features & BLK_FEAT_STABLE_WRITES;
}

#define bdev_nonrot(bdev)	\
	(!(bdev_limits(bdev)->features & BLK_FEAT_ROTATIONAL))
#define blk_queue_dax(q)	((q)->limits.features & BLK_FEAT_DAX)
#define queue_max_sectors(q)	((q)->limits.max_sectors)
#define queue_logical_block_size(q)	((q)->limits.logical_block_size)
#define bdev_is_zoned(bdev)	((void)(bdev), false)
#define disk_live(disk)		(!(disk)->dead)

#endif /* SHIM_LINUX_BLKDEV_H */
