// SPDX-License-Identifier: GPL-2.0
/*
 * Front end queue_mode=bio: no request layer.
 *
 * A bio is served where it was submitted, with a request on the stack.  One that
 * has to wait gets a request of its own from a pool; if the pool is empty too,
 * the bio waits in a list that needs no memory at all, and newcomers queue
 * behind it, but for reads, which may be hits.  Nothing else is held meanwhile:
 * neither tags nor the queue, so that freezes and reads go on.
 *
 * The list has a workqueue of its own.  Its worker sleeps until a request comes
 * back to the pool, that is, until a parked write has ended; on the workqueue
 * of those it could keep the only rescuer from them.
 *
 * Bios are not split: the core cuts what crosses a chunk or is larger than an
 * extent into several records, unless it has to be atomic; then it is refused.
 *
 * Context: process.
 */
#include <linux/blkdev.h>
#include <linux/part_stat.h>
#include <linux/slab.h>

#include "pcache_logic.h"

#define RESERVE_REQS	64

/**
 * struct bio_req - a bio that outlives its submission
 * @req: what the core knows
 * @logic: the device
 * @bio: the bio
 * @start: for the I/O statistics
 */
struct bio_req {
	struct pcache_req req;
	struct pcache_logic *logic;
	struct bio *bio;
	unsigned long start;
};

static struct kmem_cache *bio_req_cache;

static void bio_finish(struct bio *bio, blk_status_t status,
		       unsigned long start)
{
	bio_end_io_acct(bio, start);
	bio->bi_status = status;
	bio_endio(bio);
}

static void bio_req_end(struct pcache_req *req)
{
	struct bio_req *breq = container_of(req, struct bio_req, req);
	struct pcache_logic *logic = breq->logic;

	bio_finish(breq->bio, req->status, breq->start);
	mempool_free(breq, &logic->reqs);
	percpu_ref_put(&logic->inflight);
}

static u8 bio_req_op(struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_READ:
		return PCACHE_OP_READ;
	case REQ_OP_DISCARD:
		return PCACHE_OP_DISCARD;
	case REQ_OP_WRITE_ZEROES:
		return PCACHE_OP_ZEROES;
	default:
		return bio_sectors(bio) ? PCACHE_OP_WRITE : PCACHE_OP_FLUSH;
	}
}

static u8 bio_req_flags(struct bio *bio)
{
	u8 flags = 0;

	if (bio->bi_opf & REQ_PREFLUSH)
		flags |= PCACHE_REQ_PREFLUSH;
	if (bio->bi_opf & REQ_FUA || !bdev_write_cache(bio->bi_bdev))
		flags |= PCACHE_REQ_FUA;
	if (bio->bi_opf & REQ_NOUNMAP)
		flags |= PCACHE_REQ_NOUNMAP;
	if (bio->bi_opf & REQ_ATOMIC)
		flags |= PCACHE_REQ_ATOMIC;
	return flags;
}

/* All that a submission needs; @pending and @node are whose queues it is. */
static void bio_req_init(struct pcache_req *req, struct pcache_cache *cache,
			 struct bio *bio)
{
	req->cache = cache;
	req->pos.bio = bio;
	req->pos.iter = bio->bi_iter;
	req->sector = bio->bi_iter.bi_sector;
	req->nr_sectors = bio_sectors(bio);
	req->op = bio_req_op(bio);
	/* None of them means anything to a read. */
	req->flags = req->op == PCACHE_OP_READ ? 0 : bio_req_flags(bio);
	req->head = raw_smp_processor_id();
	req->status = BLK_STS_OK;
	req->end = bio_req_end;
}

/* Go on with a request that now has memory of its own. */
static void bio_req_submit(struct bio_req *breq)
{
	struct pcache_req *req = &breq->req;

	percpu_ref_get(&breq->logic->inflight);
	req->flags |= PCACHE_REQ_STAYS;
	if (pcache_req_submit(req) == PCACHE_DONE)
		bio_req_end(req);
}

static void bio_wait(struct pcache_logic *logic, struct bio *bio)
{
	percpu_ref_get(&logic->inflight);
	spin_lock(&logic->wait_lock);
	bio_list_add(&logic->waiting, bio);
	spin_unlock(&logic->wait_lock);
	queue_work(logic->wq, &logic->work);
}

static struct bio_req *bio_req_alloc(struct pcache_logic *logic,
				     struct bio *bio, unsigned long start,
				     gfp_t gfp)
{
	struct bio_req *breq = mempool_alloc(&logic->reqs, gfp);

	if (!breq)
		return NULL;
	breq->logic = logic;
	breq->bio = bio;
	breq->start = start;
	return breq;
}

static struct bio *bio_next_waiting(struct pcache_logic *logic)
{
	struct bio *bio;

	spin_lock(&logic->wait_lock);
	bio = bio_list_peek(&logic->waiting);
	spin_unlock(&logic->wait_lock);
	return bio;
}

/*
 * Serve the bios that found no memory; only this takes them off the list.  How
 * long they were in it is not in the I/O statistics: there is no room to note it.
 */
static void bio_wait_work(struct work_struct *work)
{
	struct pcache_logic *logic = container_of(work, struct pcache_logic,
						  work);
	struct bio_req *breq;
	struct bio *bio;

	while ((bio = bio_next_waiting(logic))) {
		breq = bio_req_alloc(logic, bio, jiffies, GFP_NOIO);
		bio_req_init(&breq->req, logic->cache, bio);
		spin_lock(&logic->wait_lock);
		bio_list_pop(&logic->waiting);
		spin_unlock(&logic->wait_lock);
		bio_req_submit(breq);
		percpu_ref_put(&logic->inflight);
	}
}

/*
 * A FLUSH alone never waits.  In the I/O statistics it is a flush, as with blk-mq,
 * not a write of no sectors; the time that it takes is not worth taking.
 */
static void bio_flush(struct pcache_logic *logic, struct bio *bio)
{
	struct pcache_req req;

	part_stat_lock();
	part_stat_inc(bio->bi_bdev, ios[STAT_FLUSH]);
	part_stat_unlock();
	req.cache = logic->cache;
	req.sector = 0;
	req.nr_sectors = 0;
	req.op = PCACHE_OP_FLUSH;
	req.flags = PCACHE_REQ_PREFLUSH;
	req.status = BLK_STS_OK;
	pcache_req_submit(&req);
	bio->bi_status = req.status;
	bio_endio(bio);
}

/**
 * pcache_logic_submit_bio - take a bio
 * @bio: any size; what crosses chunks is logged piecewise
 *
 * Context: process.
 */
void pcache_logic_submit_bio(struct bio *bio)
{
	struct pcache_logic *logic = bio->bi_bdev->bd_disk->private_data;
	struct bio_req *breq;
	struct pcache_req req;
	unsigned long start;

	if (bio->bi_opf & REQ_PREFLUSH && !bio_sectors(bio)) {
		bio_flush(logic, bio);
		return;
	}
	start = bio_start_io_acct(bio);
	bio_req_init(&req, logic->cache, bio);
	pcache_req_count(&req);
	if (unlikely(!bio_list_empty(&logic->waiting)) &&
	    req.op != PCACHE_OP_READ) {
		bio_wait(logic, bio);
		return;
	}
	if (likely(pcache_req_submit(&req) == PCACHE_DONE)) {
		bio_finish(bio, req.status, start);
		return;
	}
	breq = bio_req_alloc(logic, bio, start, GFP_NOWAIT | __GFP_NOWARN);
	if (likely(breq)) {
		breq->req = req;
		bio_req_submit(breq);
		return;
	}
	/* It is served from its start again, later. */
	bio_wait(logic, bio);
}

static void inflight_release(struct percpu_ref *ref)
{
	struct pcache_logic *logic = container_of(ref, struct pcache_logic,
						  inflight);

	complete(&logic->drained);
}

/**
 * pcache_logic_bio_init - set up the front end of one device
 * @logic: zeroed but for its cache and number
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM; pcache_logic_bio_exit() is due in either case.
 */
int pcache_logic_bio_init(struct pcache_logic *logic)
{
	int err;

	spin_lock_init(&logic->wait_lock);
	bio_list_init(&logic->waiting);
	INIT_WORK(&logic->work, bio_wait_work);
	init_completion(&logic->drained);
	logic->wq = alloc_workqueue("pcache_bio%d", WQ_MEM_RECLAIM | WQ_UNBOUND,
				    1, logic->id);
	if (!logic->wq)
		return -ENOMEM;
	err = mempool_init_slab_pool(&logic->reqs, RESERVE_REQS, bio_req_cache);
	if (err)
		return err;
	return percpu_ref_init(&logic->inflight, inflight_release, 0,
			       GFP_KERNEL);
}

/**
 * pcache_logic_bio_drain - wait for all bios that outlived their submission
 * @logic: no bio is submitted any more
 *
 * Context: process, may sleep.
 */
void pcache_logic_bio_drain(struct pcache_logic *logic)
{
	percpu_ref_kill(&logic->inflight);
	wait_for_completion(&logic->drained);
	cancel_work_sync(&logic->work);
}

/**
 * pcache_logic_bio_exit - free the front end of one device
 * @logic: drained, or never used, or never set up
 *
 * Context: process, may sleep.
 */
void pcache_logic_bio_exit(struct pcache_logic *logic)
{
	percpu_ref_exit(&logic->inflight);
	mempool_exit(&logic->reqs);
}

/**
 * pcache_logic_bio_module_init - create the slab that all devices share
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int pcache_logic_bio_module_init(void)
{
	bio_req_cache = KMEM_CACHE(bio_req, 0);
	return bio_req_cache ? 0 : -ENOMEM;
}

/**
 * pcache_logic_bio_module_exit - destroy the slab
 *
 * Context: process, may sleep.
 */
void pcache_logic_bio_module_exit(void)
{
	kmem_cache_destroy(bio_req_cache);
}
