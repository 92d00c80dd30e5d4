// SPDX-License-Identifier: GPL-2.0
/*
 * Claiming and mapping a pmem device.
 *
 * The device must be synchronous DAX, writable and mapped in one piece.  The
 * DAX layer knows whole disks only, so the start of a partition is added here,
 * and the holder of the whole disk keeps a second cache device, or a DAX file
 * system, off its other partitions.
 *
 * Context: process, may sleep.
 */
#define pr_fmt(fmt) "pcache: " fmt

#include <linux/badblocks.h>
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pfn_t.h>

#include "pcache_dev.h"

/* The holder does not go away while it is notified. */
static DEFINE_MUTEX(holder_lock);

static int holder_notify_failure(struct dax_device *dax_dev, u64 offset,
				 u64 len, int mf_flags)
{
	struct pcache_cache_dev *dev;
	u64 from;

	mutex_lock(&holder_lock);
	dev = dax_holder(dax_dev);
	from = dev ? max(offset, dev->start) : 0;
	if (dev && mf_flags & MF_MEM_PRE_REMOVE)
		pcache_dev_removed(dev);
	else if (dev && offset + len > from)
		pcache_dev_note_bad(dev, from - dev->start,
				    offset + len - from);
	mutex_unlock(&holder_lock);
	return dev ? 0 : -ENXIO;
}

static const struct dax_holder_operations holder_ops = {
	.notify_failure = holder_notify_failure,
};

static int map_check_bdev(struct pcache_cache_dev *dev,
			  struct block_device *bdev)
{
	if (!blk_queue_dax(bdev_get_queue(bdev))) {
		pr_err("%s: no DAX; a raw namespace has none, one of mode fsdax has\n",
		       dev->path);
		return -EOPNOTSUPP;
	}
	if (bdev_nr_bytes(bdev) % PAGE_SIZE ||
	    get_start_sect(bdev) % (PAGE_SIZE >> PCACHE_SECTOR_SHIFT)) {
		pr_err("%s: start %llu or size %llu is no multiple of %lu bytes\n",
		       dev->path, (u64)get_start_sect(bdev) << SECTOR_SHIFT,
		       (u64)bdev_nr_bytes(bdev), PAGE_SIZE);
		return -EINVAL;
	}
	return 0;
}

/* Address of one page of the disk. */
static int map_page(struct pcache_cache_dev *dev, u64 off, void **addr)
{
	pfn_t pfn;
	long nr;
	int id;

	id = dax_read_lock();
	nr = dax_direct_access(dev->dax_dev, off >> PAGE_SHIFT, 1, DAX_ACCESS,
			       addr, &pfn);
	if (nr == -EHWPOISON)
		nr = dax_direct_access(dev->dax_dev, off >> PAGE_SHIFT, 1,
				       DAX_RECOVERY_WRITE, addr, &pfn);
	dax_read_unlock(id);
	return nr < 0 ? nr : 0;
}

/*
 * Asking for the whole range fails as soon as it has one known bad block, so
 * ask for the first and the last page and compare.
 */
static int map_whole(struct pcache_cache_dev *dev, u64 start, u64 size)
{
	void *first, *last;
	int err;

	err = map_page(dev, start, &first);
	if (!err)
		err = map_page(dev, start + size - PAGE_SIZE, &last);
	if (err) {
		pr_err("%s: cannot be mapped: %pe\n", dev->path, ERR_PTR(err));
		return err;
	}
	if (last - first != size - PAGE_SIZE) {
		pr_err("%s: not mapped in one piece\n", dev->path);
		return -EOPNOTSUPP;
	}
	dev->map.base = (void __pmem __force *)first;
	dev->map.size = size;
	return 0;
}

static int map_claim_dax(struct pcache_cache_dev *dev,
			 struct block_device *bdev)
{
	dev->dax_dev = fs_dax_get_by_bdev(bdev, &dev->start, dev, &holder_ops);
	if (!dev->dax_dev) {
		pr_err("%s: the DAX device is in use, by a file system or by another partition's cache device\n",
		       dev->path);
		return -EBUSY;
	}
	if (!dax_synchronous(dev->dax_dev)) {
		pr_err("%s: asynchronous DAX: writes would not be durable\n",
		       dev->path);
		return -EOPNOTSUPP;
	}
	return 0;
}

/**
 * pcache_map_open - claim and map the device that dev->path names
 * @dev: map, bdev_file and dax_dev are set; pcache_map_close() is due in any
 *	case
 *
 * Context: process, may sleep.
 * Return: 0; -ENOENT, -ENOTBLK, -EBUSY, -EROFS, -EINVAL or -EOPNOTSUPP.
 */
int pcache_map_open(struct pcache_cache_dev *dev)
{
	struct block_device *bdev;
	int err;

	dev->bdev_file = bdev_file_open_by_path(dev->path, BLK_OPEN_READ |
						BLK_OPEN_WRITE, dev, NULL);
	if (IS_ERR(dev->bdev_file)) {
		err = PTR_ERR(dev->bdev_file);
		dev->bdev_file = NULL;
		/* That is how the block layer says read-only. */
		if (err == -EACCES)
			err = -EROFS;
		pr_err("%s: cannot be opened: %pe\n", dev->path, ERR_PTR(err));
		return err;
	}
	bdev = file_bdev(dev->bdev_file);
	err = map_check_bdev(dev, bdev);
	if (!err)
		err = map_claim_dax(dev, bdev);
	/* What the page cache holds of it would be written over us later. */
	if (!err)
		err = sync_blockdev(bdev);
	if (err)
		return err;
	invalidate_bdev(bdev);
	return map_whole(dev, dev->start, bdev_nr_bytes(bdev));
}

/**
 * pcache_map_close - let go of what pcache_map_open() claimed
 * @dev: perhaps only in part
 *
 * Context: process, may sleep.
 */
void pcache_map_close(struct pcache_cache_dev *dev)
{
	mutex_lock(&holder_lock);
	if (dev->dax_dev)
		fs_put_dax(dev->dax_dev, dev);
	mutex_unlock(&holder_lock);
	if (dev->bdev_file) {
		invalidate_bdev(file_bdev(dev->bdev_file));
		bdev_fput(dev->bdev_file);
	}
	dev->dax_dev = NULL;
	dev->bdev_file = NULL;
}

/**
 * pcache_map_has_badblocks - are there known bad blocks in a range?
 * @dev: mapped
 * @off: bytes from the start of the device
 * @len: bytes
 *
 * Context: process.
 * Return: true if so.
 */
bool pcache_map_has_badblocks(struct pcache_cache_dev *dev, u64 off, u64 len)
{
	struct block_device *bdev = file_bdev(dev->bdev_file);
	struct badblocks *bb = bdev->bd_disk->bb;
	sector_t first_bad;
	int nr_bad;

	if (!bb || !bb->count)
		return false;
	return badblocks_check(bb, get_start_sect(bdev) +
			       (off >> PCACHE_SECTOR_SHIFT),
			       len >> PCACHE_SECTOR_SHIFT, &first_bad,
			       &nr_bad) != 0;
}
