// SPDX-License-Identifier: GPL-2.0
/*
 * Logic devices: gendisk, queue limits, and the front end queue_mode=mq.
 *
 * Both front ends call the same core.  blk-mq has queues of their own for reads,
 * so that parked writes never hold a read's tag.
 *
 * In strict order the device says that it has a volatile write cache with FUA,
 * although every write is durable when it completes: barriers must arrive, so
 * that write-back can keep them.  In relaxed order it says that it has none, and
 * a FLUSH costs nothing.  If the user turns the flag off, every write is logged
 * as FUA.
 *
 * Context: process.
 */
#include <linux/blkdev.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "pcache_logic.h"

#define QUEUE_DEPTH	128
#define MAX_SEGMENTS	256

/* The block layer takes no larger unit at MAX_SEGMENTS. */
#define ATOMIC_UNIT_MAX	(512U << 10)

/* Chunks that one discard may span; it is cut at each. */
#define DISCARD_CHUNKS	16

static DEFINE_IDA(logic_ids);

/* ---- queue_mode=mq ---- */

/**
 * struct mq_pdu - what pcache adds to a request of blk-mq
 * @req: as the core sees it
 * @work: submits it once more if it is a read that misses
 */
struct mq_pdu {
	struct pcache_req req;
	struct work_struct work;
};

static void mq_req_end(struct pcache_req *req)
{
	struct mq_pdu *pdu = container_of(req, struct mq_pdu, req);

	blk_mq_end_request(blk_mq_rq_from_pdu(pdu), req->status);
}

static u8 mq_req_op(struct request *rq)
{
	switch (req_op(rq)) {
	case REQ_OP_READ:
		return PCACHE_OP_READ;
	case REQ_OP_WRITE:
		return PCACHE_OP_WRITE;
	case REQ_OP_DISCARD:
		return PCACHE_OP_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return PCACHE_OP_ZEROES;
	default:
		return PCACHE_OP_FLUSH;
	}
}

/*
 * A read that misses goes to a worker: blk-mq dispatches where nothing may sleep,
 * and to submit a bio to the backing device may.
 */
static void mq_req_init(struct pcache_req *req, struct pcache_cache *cache,
			struct request *rq, u32 queue)
{
	req->cache = cache;
	pcache_pos_init(&req->pos, rq->bio);
	req->sector = blk_rq_pos(rq);
	req->nr_sectors = blk_rq_sectors(rq);
	req->op = mq_req_op(rq);
	req->flags = req->op == PCACHE_OP_READ ? 0 : PCACHE_REQ_STAYS;
	req->head = queue;
	req->status = BLK_STS_OK;
	req->end = mq_req_end;
	if (req->op == PCACHE_OP_FLUSH)
		req->flags |= PCACHE_REQ_PREFLUSH;
	if (rq->cmd_flags & REQ_FUA || !blk_queue_write_cache(rq->q))
		req->flags |= PCACHE_REQ_FUA;
	if (rq->cmd_flags & REQ_NOUNMAP)
		req->flags |= PCACHE_REQ_NOUNMAP;
	if (rq->cmd_flags & REQ_ATOMIC)
		req->flags |= PCACHE_REQ_ATOMIC;
}

static void mq_miss_work(struct work_struct *work)
{
	struct pcache_req *req = &container_of(work, struct mq_pdu, work)->req;

	req->flags |= PCACHE_REQ_STAYS;
	/* It is another request's, perhaps, after this. */
	if (pcache_req_submit(req) == PCACHE_DONE)
		mq_req_end(req);
}

static void mq_serve(struct request *rq)
{
	struct pcache_logic *logic = rq->q->queuedata;
	struct mq_pdu *pdu = blk_mq_rq_to_pdu(rq);
	struct pcache_req *req = &pdu->req;

	blk_mq_start_request(rq);
	mq_req_init(req, logic->cache, rq, rq->mq_hctx->queue_num);
	pcache_req_count(req);
	switch (pcache_req_submit(req)) {
	case PCACHE_DONE:
		mq_req_end(req);
		break;
	case PCACHE_AGAIN:
		queue_work(logic->wq, &pdu->work);
		break;
	case PCACHE_QUEUED:
		break;
	}
}

static blk_status_t mq_queue_rq(struct blk_mq_hw_ctx *hctx,
				const struct blk_mq_queue_data *bd)
{
	mq_serve(bd->rq);
	return BLK_STS_OK;
}

/* The same for all that a submitter has plugged: nothing is ever refused. */
static void mq_queue_rqs(struct rq_list *rqlist)
{
	struct request *rq;

	while ((rq = rq_list_pop(rqlist)))
		mq_serve(rq);
}

static int mq_init_request(struct blk_mq_tag_set *set, struct request *rq,
			   unsigned int hctx_idx, unsigned int numa_node)
{
	struct mq_pdu *pdu = blk_mq_rq_to_pdu(rq);

	INIT_WORK(&pdu->work, mq_miss_work);
	return 0;
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
	.queue_rqs	= mq_queue_rqs,
	.init_request	= mq_init_request,
	.map_queues	= mq_map_queues,
};

static int mq_init(struct pcache_logic *logic)
{
	u32 queues = min_t(u32, logic->cache->queues, num_online_cpus());

	/* One at a time on each CPU: a full disk lets its submitter sleep. */
	logic->wq = alloc_workqueue("pcache_miss%d", WQ_MEM_RECLAIM, 1,
				    logic->id);
	if (!logic->wq)
		return -ENOMEM;
	logic->tags.ops = &mq_ops;
	logic->tags.nr_maps = HCTX_TYPE_READ + 1;
	logic->tags.nr_hw_queues = logic->tags.nr_maps * queues;
	logic->tags.queue_depth = QUEUE_DEPTH;
	logic->tags.numa_node = NUMA_NO_NODE;
	logic->tags.cmd_size = sizeof(struct mq_pdu);
	logic->tags.flags = BLK_MQ_F_SHOULD_MERGE | BLK_MQ_F_NO_SCHED_BY_DEFAULT;
	return blk_mq_alloc_tag_set(&logic->tags);
}

/* ---- the disk ---- */

static int logic_open(struct gendisk *disk, blk_mode_t mode)
{
	struct pcache_logic *logic = disk->private_data;

	lockdep_assert_held(&disk->open_mutex);
	return logic->closing ? -ENXIO : 0;
}

static const struct block_device_operations logic_mq_ops = {
	.owner		= THIS_MODULE,
	.open		= logic_open,
};

static const struct block_device_operations logic_bio_ops = {
	.owner		= THIS_MODULE,
	.open		= logic_open,
	.submit_bio	= pcache_logic_submit_bio,
};

/*
 * What the backing device can do is stacked where it matters: every byte is
 * copied, so its limits on memory and on the size of an I/O do not.
 */
static void logic_limits(const struct pcache_cache *cache,
			 struct queue_limits *lim)
{
	struct block_device *bdev = cache->backing.bdev;
	u32 max_io = cache->dev->geo.max_io;
	u32 atomic_unit = min(max_io, ATOMIC_UNIT_MAX);

	lim->logical_block_size = cache->backing.logical_block_size;
	lim->physical_block_size = max_t(u32, bdev_physical_block_size(bdev),
					 PCACHE_BLOCK_SIZE);
	lim->io_min = lim->physical_block_size;
	/* More than the block layer's default, or it stays at that. */
	lim->io_opt = 1U << PCACHE_CHUNK_SHIFT;
	/*
	 * No chunk_sectors: the core cuts at chunks whatever comes, and the block
	 * layer looks for a cut only where it must.
	 */
	lim->max_hw_sectors = max_io >> SECTOR_SHIFT;
	lim->max_segments = MAX_SEGMENTS;
	lim->max_segment_size = UINT_MAX;
	lim->max_write_zeroes_sectors = PCACHE_CHUNK_SECTORS;
	if (cache->backing.max_discard_sectors) {
		lim->max_hw_discard_sectors = DISCARD_CHUNKS *
					      PCACHE_CHUNK_SECTORS;
		lim->discard_granularity = lim->logical_block_size;
	}
	/*
	 * The unit divides a chunk, so what is aligned to it lies in one.  Saying
	 * so takes the feature from partitions that start elsewhere.
	 */
	lim->atomic_write_hw_boundary = atomic_unit;
	lim->atomic_write_hw_max = atomic_unit;
	lim->atomic_write_hw_unit_min = lim->logical_block_size;
	lim->atomic_write_hw_unit_max = atomic_unit;
	/* Not synchronous: a read that misses takes the time of the disk. */
	lim->features = BLK_FEAT_IO_STAT | BLK_FEAT_NOWAIT;
	if (!cache->want_relaxed)
		lim->features |= BLK_FEAT_WRITE_CACHE | BLK_FEAT_FUA;
}

static struct gendisk *logic_alloc_disk(struct pcache_logic *logic)
{
	struct queue_limits lim = {};
	struct gendisk *disk;
	int err;

	logic_limits(logic->cache, &lim);
	if (logic->cache->queue_bio) {
		err = pcache_logic_bio_init(logic);
		if (err)
			return ERR_PTR(err);
		disk = blk_alloc_disk(&lim, NUMA_NO_NODE);
		if (!IS_ERR(disk))
			disk->fops = &logic_bio_ops;
		return disk;
	}
	err = mq_init(logic);
	if (err)
		return ERR_PTR(err);
	disk = blk_mq_alloc_disk(&logic->tags, &lim, logic);
	if (IS_ERR(disk))
		blk_mq_free_tag_set(&logic->tags);
	else
		disk->fops = &logic_mq_ops;
	return disk;
}

static void logic_free(struct pcache_logic *logic)
{
	if (logic->wq)
		destroy_workqueue(logic->wq);
	if (logic->disk) {
		put_disk(logic->disk);
		if (!logic->cache->queue_bio)
			blk_mq_free_tag_set(&logic->tags);
	}
	pcache_logic_bio_exit(logic);
	ida_free(&logic_ids, logic->id);
	kfree(logic);
}

static void logic_set_names(struct pcache_logic *logic)
{
	struct gendisk *disk = logic->disk;

	/* Numbers come from the block layer's extended range. */
	disk->private_data = logic;
	snprintf(disk->disk_name, sizeof(disk->disk_name), "pcache%d",
		 logic->id);
}

static int logic_link(struct pcache_logic *logic, struct device *parent)
{
	struct pcache_cache *cache = logic->cache;
	struct block_device *pmem = file_bdev(cache->dev->bdev_file);
	int err;

	err = bd_link_disk_holder(cache->backing.bdev, logic->disk);
	if (err)
		return err;
	err = bd_link_disk_holder(pmem, logic->disk);
	if (err)
		goto unlink_backing;
	err = sysfs_create_link(&disk_to_dev(logic->disk)->kobj, &parent->kobj,
				"pcache");
	if (err)
		goto unlink_pmem;
	return 0;

unlink_pmem:
	bd_unlink_disk_holder(pmem, logic->disk);
unlink_backing:
	bd_unlink_disk_holder(cache->backing.bdev, logic->disk);
	return err;
}

static void logic_unlink(struct pcache_logic *logic)
{
	struct pcache_cache *cache = logic->cache;

	sysfs_remove_link(&disk_to_dev(logic->disk)->kobj, "pcache");
	bd_unlink_disk_holder(file_bdev(cache->dev->bdev_file), logic->disk);
	bd_unlink_disk_holder(cache->backing.bdev, logic->disk);
}

static void logic_del(struct pcache_logic *logic)
{
	del_gendisk(logic->disk);
	if (logic->cache->queue_bio)
		pcache_logic_bio_drain(logic);
	logic_free(logic);
}

/**
 * pcache_logic_add - make /dev/pcacheN appear
 * @cache: what it stands for; not live yet
 * @parent: device of the backing
 *
 * It has no size and cannot be opened before pcache_logic_show().
 *
 * Context: process, may sleep.
 * Return: the device or an ERR_PTR.
 */
struct pcache_logic *pcache_logic_add(struct pcache_cache *cache,
				      struct device *parent)
{
	struct pcache_logic *logic;
	struct gendisk *disk;
	int err;

	logic = kzalloc(sizeof(*logic), GFP_KERNEL);
	if (!logic)
		return ERR_PTR(-ENOMEM);
	logic->cache = cache;
	logic->closing = true;
	logic->id = ida_alloc(&logic_ids, GFP_KERNEL);
	if (logic->id < 0) {
		err = logic->id;
		kfree(logic);
		return ERR_PTR(err);
	}
	disk = logic_alloc_disk(logic);
	err = PTR_ERR_OR_ZERO(disk);
	if (err)
		goto free;
	logic->disk = disk;
	logic_set_names(logic);
	if (cache->damage)
		set_disk_ro(disk, true);
	err = device_add_disk(parent, disk, NULL);
	if (err)
		goto free;
	err = logic_link(logic, parent);
	if (!err)
		return logic;
	logic_del(logic);
	return ERR_PTR(err);

free:
	logic_free(logic);
	return ERR_PTR(err);
}

/**
 * pcache_logic_show - give the device its size, and let it be opened
 * @logic: the device; its cache is live
 *
 * Context: process, may sleep.
 */
void pcache_logic_show(struct pcache_logic *logic)
{
	struct gendisk *disk = logic->disk;
	struct file *file;

	set_capacity(disk, logic->cache->backing.nr_sectors);
	pcache_logic_reopen(logic);
	/* The first open looks for partitions, now or later. */
	set_bit(GD_NEED_PART_SCAN, &disk->state);
	file = bdev_file_open_by_dev(disk_devt(disk), BLK_OPEN_READ, NULL,
				     NULL);
	if (!IS_ERR(file))
		bdev_fput(file);
	kobject_uevent(&disk_to_dev(disk)->kobj, KOBJ_CHANGE);
}

/**
 * pcache_logic_close - let nobody open the device any more
 * @logic: the device
 *
 * Context: process, may sleep.
 * Return: 0, or -EBUSY if it is open.
 */
int pcache_logic_close(struct pcache_logic *logic)
{
	int err = 0;

	mutex_lock(&logic->disk->open_mutex);
	if (disk_openers(logic->disk))
		err = -EBUSY;
	else
		logic->closing = true;
	mutex_unlock(&logic->disk->open_mutex);
	return err;
}

/**
 * pcache_logic_reopen - undo pcache_logic_close()
 * @logic: the device
 *
 * Context: process, may sleep.
 */
void pcache_logic_reopen(struct pcache_logic *logic)
{
	mutex_lock(&logic->disk->open_mutex);
	logic->closing = false;
	mutex_unlock(&logic->disk->open_mutex);
}

/**
 * pcache_logic_remove - make the device go away
 * @logic: closed; freed
 * @dead: its cache has failed
 *
 * Returns when no request is under way any more.
 *
 * Context: process, may sleep.
 */
void pcache_logic_remove(struct pcache_logic *logic, bool dead)
{
	logic_unlink(logic);
	if (dead)
		blk_mark_disk_dead(logic->disk);
	logic_del(logic);
}
