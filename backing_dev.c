// SPDX-License-Identifier: GPL-2.0
/*
 * A backing device: open it, ask who it is, and read, write and flush it with
 * checked results.
 *
 * All I/O goes to pages of our own.  They and the bios come from pools that
 * hold enough for one largest I/O, so that I/O goes on without the page
 * allocator.  The file knows nothing of caches; a backing device is never
 * written with metadata.
 *
 * Context: process, unless said otherwise.  An I/O ends in any context.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/errno.h>
#include <linux/hex.h>
#include <linux/highmem.h>
#include <linux/string.h>

#include "pcache_dev.h"

/* ---- identity ---- */

#define UNIQUE_ID_LEN	16

/* Names that are unique in the world, as /sys spells them, best first. */
static const struct {
	enum blk_unique_id type;
	const char *prefix;
} id_types[] = {
	{ BLK_UID_NAA, "naa." },
	{ BLK_UID_EUI64, "eui." },
};

static void disk_id(struct gendisk *disk, char *id, size_t size)
{
	char hex[2 * UNIQUE_ID_LEN + 1];
	u8 raw[UNIQUE_ID_LEN];
	u32 i;
	int len;

	id[0] = '\0';
	if (!disk->fops->get_unique_id)
		return;
	for (i = 0; i < ARRAY_SIZE(id_types); i++) {
		len = disk->fops->get_unique_id(disk, raw, id_types[i].type);
		/* Some devices have the field, but nothing in it. */
		if (len <= 0 || !memchr_inv(raw, 0, len))
			continue;
		*bin2hex(hex, raw, len) = '\0';
		snprintf(id, size, "%s%s", id_types[i].prefix, hex);
		return;
	}
}

/* What the device says of itself; a partition is told by its disk and itself. */
static void bdev_id(struct block_device *bdev, char *id, size_t size)
{
	size_t len;

	disk_id(bdev->bd_disk, id, size);
	len = strlen(id);
	if (!len || !bdev_is_partition(bdev))
		return;
	if (bdev->bd_meta_info && bdev->bd_meta_info->uuid[0])
		snprintf(id + len, size - len, "+partuuid=%s",
			 bdev->bd_meta_info->uuid);
	else
		snprintf(id + len, size - len, "+part=%u", bdev_partno(bdev));
}

/**
 * pcache_backing_identify - ask a block device who it is, without claiming it
 * @path: of a block device, perhaps somebody else's
 * @id: gets its identity, or ""
 * @size: room in @id
 *
 * Context: process, may sleep.
 * Return: 0 or an error of the open.
 */
int pcache_backing_identify(const char *path, char *id, size_t size)
{
	struct file *file;

	file = bdev_file_open_by_path(path, BLK_OPEN_READ, NULL, NULL);
	if (IS_ERR(file))
		return PTR_ERR(file);
	bdev_id(file_bdev(file), id, size);
	bdev_fput(file);
	return 0;
}

/* ---- open and close ---- */

/**
 * pcache_backing_open - claim a backing device and learn its limits
 * @backing: filled in; id is empty if the device has none
 * @path: of a block device
 * @holder: who claims it
 *
 * What the page cache holds of it is written, flushed and dropped, so that what
 * we read is what the device has.
 *
 * Context: process, may sleep.
 * Return: 0; -ENOTBLK, -ENOENT, -EBUSY and the like from the open; -EROFS if
 * it is read-only; -EOPNOTSUPP if it is zoned; an error of the flush.
 */
int pcache_backing_open(struct pcache_backing *backing, const char *path,
			void *holder)
{
	struct block_device *bdev;
	int err;

	backing->file = bdev_file_open_by_path(path, BLK_OPEN_READ |
					       BLK_OPEN_WRITE, holder, NULL);
	if (IS_ERR(backing->file)) {
		err = PTR_ERR(backing->file);
		backing->file = NULL;
		/* That is how the block layer says read-only. */
		if (err == -EACCES)
			err = -EROFS;
		pr_err("backing %s: cannot be opened: %pe\n", path,
		       ERR_PTR(err));
		return err;
	}
	bdev = file_bdev(backing->file);
	backing->bdev = bdev;
	backing->nr_sectors = bdev_nr_sectors(bdev);
	backing->logical_block_size = bdev_logical_block_size(bdev);
	backing->max_discard_sectors = bdev_max_discard_sectors(bdev);
	backing->max_zeroes_sectors = bdev_write_zeroes_sectors(bdev);
	bdev_id(bdev, backing->id, sizeof(backing->id));
	if (bdev_is_zoned(bdev) || !backing->nr_sectors) {
		pr_err("backing %s: %s\n", path,
		       backing->nr_sectors ? "zoned" : "empty");
		err = -EOPNOTSUPP;
		goto close;
	}
	err = sync_blockdev(bdev);
	if (!err)
		err = pcache_backing_flush(backing);
	if (err) {
		pr_err("backing %s: flush failed: %pe\n", path, ERR_PTR(err));
		goto close;
	}
	invalidate_bdev(bdev);
	return 0;

close:
	pcache_backing_close(backing);
	return err;
}

/**
 * pcache_backing_close - let go of a backing device
 * @backing: may be closed already
 *
 * Context: process, may sleep.
 */
void pcache_backing_close(struct pcache_backing *backing)
{
	if (!backing->file)
		return;
	invalidate_bdev(backing->bdev);
	bdev_fput(backing->file);
	backing->file = NULL;
	backing->bdev = NULL;
}

/**
 * pcache_backing_flush - make completed writes durable
 * @backing: the device
 *
 * Whether it has a volatile cache is for the block layer to say, each time: that
 * may change while the device is in use.
 *
 * Context: process, may sleep.
 * Return: 0 or the error; after an error nothing is known to be durable.
 */
int pcache_backing_flush(struct pcache_backing *backing)
{
	return blkdev_issue_flush(backing->bdev);
}

/* ---- I/O ---- */

/**
 * pcache_io_pool_init - set up a pool of I/Os
 * @pool: zeroed; filled in
 * @nr_ios: I/Os of the largest size that it always has memory for
 * @pad: bytes that the owner wants in front of each struct pcache_io
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_io_pool_exit() is due in either case.
 */
int pcache_io_pool_init(struct pcache_io_pool *pool, u32 nr_ios, size_t pad)
{
	int err;

	err = bioset_init(&pool->bios, nr_ios,
			  pad + offsetof(struct pcache_io, bio),
			  BIOSET_NEED_BVECS);
	if (err)
		return err;
	return mempool_init_page_pool(&pool->pages, nr_ios * PCACHE_IO_PAGES, 0);
}

/**
 * pcache_io_pool_exit - free a pool
 * @pool: nothing of it is in use
 *
 * Context: process, may sleep.
 */
void pcache_io_pool_exit(struct pcache_io_pool *pool)
{
	bioset_exit(&pool->bios);
	mempool_exit(&pool->pages);
}

/*
 * The allocator clears its pages (init_on_alloc), which is a waste for what is
 * overwritten at once; so a write takes those of the pool first.  A read does not:
 * a device that fails to fill a page must not show what was there.
 */
static struct page *io_page(struct pcache_io_pool *pool, enum req_op op, gfp_t gfp)
{
	struct page *page = NULL;

	if (op == REQ_OP_WRITE)
		page = mempool_alloc_preallocated(&pool->pages);
	return page ?: mempool_alloc(&pool->pages, gfp);
}

static bool io_add_pages(struct pcache_io *io, u32 bytes, gfp_t gfp)
{
	struct page *page;
	u32 part;

	for (; bytes; bytes -= part) {
		part = min_t(u32, bytes, PAGE_SIZE);
		page = io_page(io->pool, bio_op(&io->bio), gfp);
		if (!page)
			return false;
		__bio_add_page(&io->bio, page, part, 0);
	}
	return true;
}

static void io_endio(struct bio *bio)
{
	struct pcache_io *io = container_of(bio, struct pcache_io, bio);

	io->status = bio->bi_status;
	io->done(io);
}

/**
 * pcache_io_alloc - prepare an I/O
 * @pool: where memory comes from
 * @backing: the device
 * @opf: REQ_OP_READ or REQ_OP_WRITE: pages are attached; REQ_OP_DISCARD or
 *	REQ_OP_WRITE_ZEROES: none; and flags
 * @sector: first sector
 * @nr_sectors: length; at most PCACHE_IO_SECTORS if there are pages
 * @gfp: with __GFP_DIRECT_RECLAIM this waits and cannot fail
 *
 * The caller sets done and owner.
 *
 * Context: as @gfp says.
 * Return: the I/O, or NULL if there is no memory.
 */
struct pcache_io *pcache_io_alloc(struct pcache_io_pool *pool,
				  struct pcache_backing *backing, blk_opf_t opf,
				  u64 sector, u32 nr_sectors, gfp_t gfp)
{
	u32 bytes = nr_sectors << PCACHE_SECTOR_SHIFT;
	enum req_op op = opf & REQ_OP_MASK;
	bool has_pages = op == REQ_OP_READ || op == REQ_OP_WRITE;
	struct pcache_io *io;
	struct bio *bio;

	bio = bio_alloc_bioset(backing->bdev,
			       has_pages ? DIV_ROUND_UP(bytes, PAGE_SIZE) : 0,
			       opf, gfp, &pool->bios);
	if (!bio)
		return NULL;
	io = container_of(bio, struct pcache_io, bio);
	io->pool = pool;
	io->sector = sector;
	io->nr_sectors = nr_sectors;
	io->status = BLK_STS_OK;
	bio->bi_iter.bi_sector = sector;
	bio->bi_end_io = io_endio;
	if (!has_pages) {
		bio->bi_iter.bi_size = bytes;
	} else if (!io_add_pages(io, bytes, gfp)) {
		pcache_io_free(io);
		return NULL;
	}
	return io;
}

/**
 * pcache_io_submit - start an I/O
 * @io: done is called when it has ended
 *
 * Context: process.
 */
void pcache_io_submit(struct pcache_io *io)
{
	submit_bio(&io->bio);
}

/**
 * pcache_io_free - free an I/O and its pages
 * @io: not under way
 *
 * Context: any.
 */
void pcache_io_free(struct pcache_io *io)
{
	struct pcache_io_pool *pool = io->pool;
	u32 i;

	for (i = 0; i < io->bio.bi_vcnt; i++)
		mempool_free(io->bio.bi_io_vec[i].bv_page, &pool->pages);
	bio_put(&io->bio);
}
