// SPDX-License-Identifier: GPL-2.0
/*
 * Two block devices that do nothing but copy: /dev/empty-mq and /dev/empty-bio
 * over one pmem device (parameter path=).
 *
 * What a front end costs by itself: a write is copied to its own place with
 * non-temporal stores and fenced, a read is copied out, a FLUSH ends at once.
 * There is no log, no index, no lock and no statistic, so that nothing that
 * keeps data behind the same front end can be faster.  The queue limits are those of pcache's logic
 * devices.  For measurements only: an error leaves what was set up to a reboot.
 */
#define pr_fmt(fmt) "pcache_empty: " fmt

#include <linux/blk-mq.h>
#include <linux/blkdev.h>
#include <linux/dax.h>
#include <linux/highmem.h>
#include <linux/module.h>
#include <linux/pfn_t.h>
#include <linux/uaccess.h>

static char *path = "/dev/pmem0";
module_param(path, charp, 0400);
MODULE_PARM_DESC(path, "pmem device with DAX");

static struct file *pmem_file;
static struct dax_device *pmem_dax;
static void *pmem_base;
static struct blk_mq_tag_set tags;
static struct gendisk *mq_disk, *bio_disk;

/* ---- copying ---- */

static blk_status_t copy_piece(void *place, struct bio_vec *bv, bool write)
{
	void *buf = bvec_kmap_local(bv);
	unsigned long left = 0;

	if (write)
		memcpy_flushcache(place, buf, bv->bv_len);
	else
		left = copy_mc_to_kernel(buf, place, bv->bv_len);
	kunmap_local(buf);
	return left ? BLK_STS_IOERR : BLK_STS_OK;
}

/* Everything in @bio, but not in those behind it. */
static blk_status_t copy_bio(struct bio *bio)
{
	void *place = pmem_base + (bio->bi_iter.bi_sector << SECTOR_SHIFT);
	bool write = op_is_write(bio_op(bio));
	blk_status_t status = BLK_STS_OK;
	struct bvec_iter iter;
	struct bio_vec bv;

	bio_for_each_segment(bv, bio, iter) {
		if (!status)
			status = copy_piece(place, &bv, write);
		place += bv.bv_len;
	}
	return status;
}

/* ---- empty-mq ---- */

static blk_status_t mq_queue_rq(struct blk_mq_hw_ctx *hctx,
				const struct blk_mq_queue_data *bd)
{
	struct request *rq = bd->rq;
	blk_status_t status = BLK_STS_OK;
	struct bio *bio;

	blk_mq_start_request(rq);
	if (req_op(rq) != REQ_OP_FLUSH) {
		for (bio = rq->bio; bio && !status; bio = bio->bi_next)
			status = copy_bio(bio);
		if (rq_data_dir(rq) == WRITE)
			pmem_wmb();
	}
	blk_mq_end_request(rq, status);
	return BLK_STS_OK;
}

static void mq_map_queues(struct blk_mq_tag_set *set)
{
	u32 i, per_map = set->nr_hw_queues / set->nr_maps;

	for (i = 0; i < set->nr_maps; i++) {
		set->map[i].nr_queues = per_map;
		set->map[i].queue_offset = i * per_map;
		blk_mq_map_queues(&set->map[i]);
	}
}

static const struct blk_mq_ops mq_ops = {
	.queue_rq	= mq_queue_rq,
	.map_queues	= mq_map_queues,
};

static const struct block_device_operations mq_fops = {
	.owner		= THIS_MODULE,
};

/* ---- empty-bio ---- */

static void bio_submit(struct bio *bio)
{
	unsigned long start = bio_start_io_acct(bio);

	if (bio_sectors(bio)) {
		bio->bi_status = copy_bio(bio);
		if (op_is_write(bio_op(bio)))
			pmem_wmb();
	}
	bio_end_io_acct(bio, start);
	bio_endio(bio);
}

static const struct block_device_operations bio_fops = {
	.owner		= THIS_MODULE,
	.submit_bio	= bio_submit,
};

/* ---- set-up ---- */

static int pmem_open(void)
{
	struct block_device *bdev;
	u64 start;
	pfn_t pfn;
	long nr;
	int id;

	pmem_file = bdev_file_open_by_path(path, BLK_OPEN_READ | BLK_OPEN_WRITE,
					   NULL, NULL);
	if (IS_ERR(pmem_file))
		return PTR_ERR(pmem_file);
	bdev = file_bdev(pmem_file);
	pmem_dax = fs_dax_get_by_bdev(bdev, &start, NULL, NULL);
	if (!pmem_dax)
		return -EOPNOTSUPP;
	id = dax_read_lock();
	nr = dax_direct_access(pmem_dax, start >> PAGE_SHIFT, 1, DAX_ACCESS,
			       &pmem_base, &pfn);
	dax_read_unlock(id);
	return nr < 0 ? nr : 0;
}

static int disk_show(struct gendisk *disk, const char *name,
		     const struct block_device_operations *fops)
{
	disk->fops = fops;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "%s", name);
	set_capacity(disk, bdev_nr_sectors(file_bdev(pmem_file)));
	return add_disk(disk);
}

static int disks_add(void)
{
	struct queue_limits lim = {
		.logical_block_size = SECTOR_SIZE,
		.physical_block_size = PAGE_SIZE,
		.io_min = PAGE_SIZE,
		.io_opt = 4 << 20,
		.max_hw_sectors = (4 << 20) >> SECTOR_SHIFT,
		.max_segments = 256,
		.max_segment_size = UINT_MAX,
		.features = BLK_FEAT_IO_STAT | BLK_FEAT_NOWAIT |
			    BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA,
	};
	int err;

	bio_disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
	if (IS_ERR(bio_disk))
		return PTR_ERR(bio_disk);
	err = disk_show(bio_disk, "empty-bio", &bio_fops);
	if (err)
		return err;
	mq_disk = blk_mq_alloc_disk(&tags, &lim, NULL);
	if (IS_ERR(mq_disk))
		return PTR_ERR(mq_disk);
	return disk_show(mq_disk, "empty-mq", &mq_fops);
}

static int __init empty_init(void)
{
	int err;

	err = pmem_open();
	if (err)
		return err;
	tags.ops = &mq_ops;
	tags.nr_maps = HCTX_TYPE_READ + 1;
	tags.nr_hw_queues = tags.nr_maps * num_online_cpus();
	tags.queue_depth = 128;
	tags.numa_node = NUMA_NO_NODE;
	tags.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	err = blk_mq_alloc_tag_set(&tags);
	return err ?: disks_add();
}

static void __exit empty_exit(void)
{
	del_gendisk(mq_disk);
	put_disk(mq_disk);
	blk_mq_free_tag_set(&tags);
	del_gendisk(bio_disk);
	put_disk(bio_disk);
	fs_put_dax(pmem_dax, NULL);
	bdev_fput(pmem_file);
}

module_init(empty_init);
module_exit(empty_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Empty block drivers over pmem, as a measure");
