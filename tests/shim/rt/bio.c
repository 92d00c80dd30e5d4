// SPDX-License-Identifier: GPL-2.0
/*
 * Bios: where they come from, how they are walked, split and chained, and what
 * the block layer does with one before a disk sees it.
 */
#include "rt.h"
#include "disk.h"

#include <linux/completion.h>

#define INLINE_VECS	4

/* ---- walking ---- */

bool bvec_iter_advance(const struct bio_vec *bv, struct bvec_iter *iter,
		       unsigned int bytes)
{
	unsigned int part;

	if (WARN_ONCE(bytes > iter->bi_size, "advance beyond the end of a bvec"))
		return false;
	iter->bi_size -= bytes;
	while (bytes) {
		part = min(bytes, bv[iter->bi_idx].bv_len - iter->bi_bvec_done);
		bytes -= part;
		iter->bi_bvec_done += part;
		if (iter->bi_bvec_done == bv[iter->bi_idx].bv_len) {
			iter->bi_bvec_done = 0;
			iter->bi_idx++;
		}
	}
	return true;
}

void bio_advance_iter(const struct bio *bio, struct bvec_iter *iter,
		      unsigned int bytes)
{
	iter->bi_sector += bytes >> SECTOR_SHIFT;
	if (bio_no_advance_iter(bio))
		iter->bi_size -= bytes;
	else
		bvec_iter_advance(bio->bi_io_vec, iter, bytes);
}

unsigned int bio_segments(struct bio *bio)
{
	struct bvec_iter iter;
	unsigned int n = 0;
	struct bio_vec bv;

	if (bio_op(bio) == REQ_OP_WRITE_ZEROES)
		return 0;
	if (bio_no_advance_iter(bio))
		return 1;
	bio_for_each_segment(bv, bio, iter)
		n++;
	return n;
}

void bio_copy_data(struct bio *dst, struct bio *src)
{
	struct bvec_iter di = dst->bi_iter, si = src->bi_iter;
	struct bio_vec db, sb;
	unsigned int part;

	while (di.bi_size && si.bi_size) {
		db = bio_iter_iovec(dst, di);
		sb = bio_iter_iovec(src, si);
		part = min(db.bv_len, sb.bv_len);
		memcpy(bvec_virt(&db), bvec_virt(&sb), part);
		bio_advance_iter(dst, &di, part);
		bio_advance_iter(src, &si, part);
	}
}

void zero_fill_bio_iter(struct bio *bio, struct bvec_iter start)
{
	struct bvec_iter iter;
	struct bio_vec bv;

	__bio_for_each_segment(bv, bio, iter, start)
		memzero_bvec(&bv);
}

void bio_trim(struct bio *bio, sector_t offset, sector_t size)
{
	if (offset + size > bio_sectors(bio)) {
		WARN(1, "bio is trimmed to more than it has");
		return;
	}
	bio_advance(bio, offset << SECTOR_SHIFT);
	bio->bi_iter.bi_size = size << SECTOR_SHIFT;
}

/* ---- making ---- */

void bio_init(struct bio *bio, struct block_device *bdev, struct bio_vec *table,
	      unsigned short max_vecs, blk_opf_t opf)
{
	memset(bio, 0, sizeof(*bio));
	bio->bi_bdev = bdev;
	bio->bi_opf = opf;
	bio->bi_io_vec = table;
	bio->bi_max_vecs = max_vecs;
	atomic_set(&bio->__bi_remaining, 1);
	atomic_set(&bio->__bi_cnt, 1);
}

void bio_uninit(struct bio *bio)
{
}

void bio_reset(struct bio *bio, struct block_device *bdev, blk_opf_t opf)
{
	memset(bio, 0, BIO_RESET_BYTES);
	atomic_set(&bio->__bi_remaining, 1);
	bio->bi_bdev = bdev;
	bio->bi_opf = opf;
}

void __bio_add_page(struct bio *bio, struct page *page, unsigned int len,
		    unsigned int offset)
{
	if (WARN_ONCE(bio_full(bio, len), "bio has no room for a page"))
		return;
	bvec_set_page(&bio->bi_io_vec[bio->bi_vcnt++], page, len, offset);
	bio->bi_iter.bi_size += len;
}

/* Adjacent memory goes to the last vector, as in the kernel. */
static bool merge_page(struct bio *bio, struct page *page, unsigned int len,
		       unsigned int offset)
{
	struct bio_vec *bv = &bio->bi_io_vec[bio->bi_vcnt - 1];

	if (!bio->bi_vcnt || bio->bi_iter.bi_size > UINT_MAX - len)
		return false;
	if ((char *)bvec_virt(bv) + bv->bv_len !=
	    (char *)page_address(page) + offset)
		return false;
	bv->bv_len += len;
	bio->bi_iter.bi_size += len;
	return true;
}

int bio_add_page(struct bio *bio, struct page *page, unsigned int len,
		 unsigned int offset)
{
	if (merge_page(bio, page, len, offset))
		return len;
	if (bio_full(bio, len))
		return 0;
	__bio_add_page(bio, page, len, offset);
	return len;
}

/* ---- pools ---- */

int bioset_init(struct bio_set *bs, unsigned int pool_size,
		unsigned int front_pad, int flags)
{
	size_t size = front_pad + sizeof(struct bio) +
		      INLINE_VECS * sizeof(struct bio_vec);
	int err;

	memset(bs, 0, sizeof(*bs));
	bs->front_pad = front_pad;
	err = mempool_init_kmalloc_pool(&bs->pool, pool_size, size);
	if (err)
		return err;
	if (flags & BIOSET_NEED_BVECS) {
		size = BIO_MAX_VECS * sizeof(struct bio_vec);
		err = mempool_init_kmalloc_pool(&bs->bvec_pool, pool_size, size);
		if (err)
			mempool_exit(&bs->pool);
	}
	bs->set_up = !err;
	return err;
}

void bioset_exit(struct bio_set *bs)
{
	mempool_exit(&bs->pool);
	mempool_exit(&bs->bvec_pool);
	bs->set_up = false;
}

struct bio_set *shim_fs_bio_set(void)
{
	struct world *w = sim_world;

	if (!w->bio_set) {
		w->bio_set = calloc(1, sizeof(*w->bio_set));
		bioset_init(w->bio_set, 2, 0, BIOSET_NEED_BVECS);
	}
	return w->bio_set;
}

void fs_bio_set_free(struct world *w)
{
	if (!w->bio_set)
		return;
	bioset_exit(w->bio_set);
	free(w->bio_set);
	w->bio_set = NULL;
}

struct bio *bio_alloc_bioset(struct block_device *bdev, unsigned short nr_vecs,
			     blk_opf_t opf, gfp_t gfp, struct bio_set *bs)
{
	struct bio_vec *table = NULL;
	struct bio *bio;
	char *p;

	if (nr_vecs > BIO_MAX_VECS ||
	    WARN_ONCE(nr_vecs > INLINE_VECS &&
		      !mempool_initialized(&bs->bvec_pool),
		      "bio set was made without vectors"))
		return NULL;
	p = mempool_alloc(&bs->pool, gfp);
	if (!p)
		return NULL;
	bio = (struct bio *)(p + bs->front_pad);
	if (nr_vecs > INLINE_VECS) {
		table = mempool_alloc(&bs->bvec_pool, gfp);
		if (!table) {
			mempool_free(p, &bs->pool);
			return NULL;
		}
	}
	bio_init(bio, bdev, table ?: bio->bi_inline_vecs,
		 table ? nr_vecs : nr_vecs ? INLINE_VECS : 0, opf);
	bio->bi_pool = bs;
	return bio;
}

/* The caller calls bio_init(). */
struct bio *bio_kmalloc(unsigned short nr_vecs, gfp_t gfp)
{
	return kmalloc(sizeof(struct bio) + nr_vecs * sizeof(struct bio_vec),
		       gfp);
}

static void bio_free(struct bio *bio)
{
	struct bio_set *bs = bio->bi_pool;

	if (!bs) {
		sim_fail(SIM_FAIL_BLOCK, "bio_put() of a bio without a pool");
		return;
	}
	if (bio->bi_max_vecs > INLINE_VECS && !bio_flagged(bio, BIO_CLONED))
		mempool_free(bio->bi_io_vec, &bs->bvec_pool);
	mempool_free((char *)bio - bs->front_pad, &bs->pool);
}

void bio_put(struct bio *bio)
{
	int left = atomic_dec_return(&bio->__bi_cnt);

	if (left < 0)
		sim_fail(SIM_FAIL_BLOCK, "bio is put more often than taken");
	if (!left)
		bio_free(bio);
}

int bio_init_clone(struct block_device *bdev, struct bio *bio, struct bio *src,
		   gfp_t gfp)
{
	bio_init(bio, bdev, src->bi_io_vec, 0, src->bi_opf);
	bio_set_flag(bio, BIO_CLONED);
	bio->bi_ioprio = src->bi_ioprio;
	bio->bi_iter = src->bi_iter;
	return 0;
}

struct bio *bio_alloc_clone(struct block_device *bdev, struct bio *src,
			    gfp_t gfp, struct bio_set *bs)
{
	struct bio *bio = bio_alloc_bioset(bdev, 0, src->bi_opf, gfp, bs);

	if (!bio)
		return NULL;
	bio_init_clone(bdev, bio, src, gfp);
	bio->bi_pool = bs;
	return bio;
}

/* The front becomes a bio of its own; both share the vectors. */
struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp,
		      struct bio_set *bs)
{
	struct bio *front;

	if (WARN_ONCE(sectors <= 0 || sectors >= (int)bio_sectors(bio),
		      "bio is split at its ends"))
		return NULL;
	front = bio_alloc_clone(bio->bi_bdev, bio, gfp, bs);
	if (!front)
		return NULL;
	front->bi_iter.bi_size = sectors << SECTOR_SHIFT;
	bio_advance(bio, front->bi_iter.bi_size);
	return front;
}

void bio_free_pages(struct bio *bio)
{
	struct bvec_iter_all iter;
	struct bio_vec *bv;

	bio_for_each_segment_all(bv, bio, iter)
		__free_page(bv->bv_page);
}

void bio_set_pages_dirty(struct bio *bio)
{
}

/* ---- ending ---- */

static void chain_end(struct bio *bio)
{
	struct bio *parent = bio->bi_private;

	if (bio->bi_status && !parent->bi_status)
		parent->bi_status = bio->bi_status;
	bio_put(bio);
	bio_endio(parent);
}

void bio_chain(struct bio *bio, struct bio *parent)
{
	WARN(bio->bi_private || bio->bi_end_io, "chained bio has an owner");
	bio->bi_private = parent;
	bio->bi_end_io = chain_end;
	bio_inc_remaining(parent);
}

void bio_endio(struct bio *bio)
{
	int left = 0;

	if (bio_flagged(bio, BIO_CHAIN))
		left = atomic_dec_return(&bio->__bi_remaining);
	if (left < 0)
		sim_fail(SIM_FAIL_BLOCK, "bio ends more often than it began");
	if (left)
		return;
	bio_clear_flag(bio, BIO_CHAIN);
	if (bio->bi_end_io)
		bio->bi_end_io(bio);
}

/* ---- submission ---- */

static bool beyond_end(const struct bio *bio)
{
	u64 nr = bdev_nr_sectors(bio->bi_bdev);
	u64 len = bio_sectors(bio);

	return len > nr || bio->bi_iter.bi_sector > nr - len;
}

static bool is_supported(struct bio *bio)
{
	switch (bio_op(bio)) {
	case REQ_OP_READ:
	case REQ_OP_WRITE:
		return true;
	case REQ_OP_DISCARD:
		return bdev_max_discard_sectors(bio->bi_bdev);
	case REQ_OP_WRITE_ZEROES:
		return bdev_write_zeroes_sectors(bio->bi_bdev);
	default:
		return false;
	}
}

static void bio_end_with(struct bio *bio, blk_status_t status)
{
	bio->bi_status = status;
	bio_endio(bio);
}

void submit_bio(struct bio *bio)
{
	struct block_device *bdev = bio->bi_bdev;

	shim_might_sleep("submit_bio");
	if (!bdev || bdev->bd_disk->fops != &disk_fops) {
		sim_fail(SIM_FAIL_BLOCK, "bio to something that is no disk");
		return;
	}
	if (bio_has_data(bio) && !bio->bi_vcnt && !bio_flagged(bio, BIO_CLONED))
		sim_fail(SIM_FAIL_BLOCK, "bio has a size but no pages");
	if (op_is_flush(bio->bi_opf) && bio_op(bio) != REQ_OP_WRITE)
		sim_fail(SIM_FAIL_BLOCK, "flush flags on an operation %d",
			 bio_op(bio));
	if (!bio_sectors(bio) && !op_is_flush(bio->bi_opf))
		sim_fail(SIM_FAIL_BLOCK, "empty bio");
	if (beyond_end(bio)) {
		pr_info("%pg: attempt to access beyond end of device\n", bdev);
		bio_end_with(bio, BLK_STS_IOERR);
		return;
	}
	if (op_is_flush(bio->bi_opf) && !bdev_write_cache(bdev)) {
		bio->bi_opf &= ~(REQ_PREFLUSH | REQ_FUA);
		if (!bio_sectors(bio)) {
			bio_end_with(bio, BLK_STS_OK);
			return;
		}
	}
	if (!is_supported(bio)) {
		bio_end_with(bio, BLK_STS_NOTSUPP);
		return;
	}
	if (bdev->bd_disk->dead) {
		bio_end_with(bio, BLK_STS_OFFLINE);
		return;
	}
	disk_submit(bio);
	shim_yield(SHIM_YIELD_BIO);
}

static void wait_end(struct bio *bio)
{
	complete(bio->bi_private);
}

int submit_bio_wait(struct bio *bio)
{
	DECLARE_COMPLETION_ONSTACK(done);

	bio->bi_private = &done;
	bio->bi_end_io = wait_end;
	bio->bi_opf |= REQ_SYNC;
	submit_bio(bio);
	wait_for_completion(&done);
	return blk_status_to_errno(bio->bi_status);
}

int blkdev_issue_flush(struct block_device *bdev)
{
	struct bio bio;

	bio_init(&bio, bdev, NULL, 0, REQ_OP_WRITE | REQ_PREFLUSH);
	return submit_bio_wait(&bio);
}

/* In pieces of up to @max sectors. */
static int issue_range(struct block_device *bdev, sector_t sector, sector_t nr,
		       blk_opf_t opf, sector_t max)
{
	struct bio bio;
	sector_t part;
	int err = 0;

	for (; nr && !err; sector += part, nr -= part) {
		part = min(nr, max);
		bio_init(&bio, bdev, NULL, 0, opf);
		bio.bi_iter.bi_sector = sector;
		bio.bi_iter.bi_size = part << SECTOR_SHIFT;
		err = submit_bio_wait(&bio);
	}
	return err;
}

int blkdev_issue_discard(struct block_device *bdev, sector_t sector,
			 sector_t nr_sects, gfp_t gfp)
{
	sector_t max = bdev_max_discard_sectors(bdev);
	int err;

	if (!max)
		return -EOPNOTSUPP;
	err = issue_range(bdev, sector, nr_sects, REQ_OP_DISCARD, max);
	return err == -EOPNOTSUPP ? 0 : err;
}

static int write_zero_pages(struct block_device *bdev, sector_t sector,
			    sector_t nr)
{
	struct bio_vec bv;
	struct bio bio;
	u32 part;
	int err = 0;

	for (; nr && !err; sector += part, nr -= part) {
		part = min_t(sector_t, nr, PAGE_SECTORS);
		bio_init(&bio, bdev, &bv, 1, REQ_OP_WRITE);
		bio.bi_iter.bi_sector = sector;
		__bio_add_page(&bio, ZERO_PAGE(0), part << SECTOR_SHIFT, 0);
		err = submit_bio_wait(&bio);
	}
	return err;
}

int blkdev_issue_zeroout(struct block_device *bdev, sector_t sector,
			 sector_t nr_sects, gfp_t gfp, unsigned int flags)
{
	sector_t max = bdev_write_zeroes_sectors(bdev);
	blk_opf_t opf = REQ_OP_WRITE_ZEROES;
	int err = -EOPNOTSUPP;

	if (flags & BLKDEV_ZERO_NOUNMAP)
		opf |= REQ_NOUNMAP;
	if (max)
		err = issue_range(bdev, sector, nr_sects, opf, max);
	if (err && !(flags & BLKDEV_ZERO_NOFALLBACK))
		err = write_zero_pages(bdev, sector, nr_sects);
	return err;
}

/* ---- status codes ---- */

static const struct {
	int err;
	const char *name;
} statuses[] = {
	[BLK_STS_OK] = { 0, "" },
	[BLK_STS_NOTSUPP] = { -EOPNOTSUPP, "operation not supported" },
	[BLK_STS_TIMEOUT] = { -ETIMEDOUT, "timeout" },
	[BLK_STS_NOSPC] = { -ENOSPC, "critical space allocation" },
	[BLK_STS_TRANSPORT] = { -ENOLINK, "recoverable transport" },
	[BLK_STS_TARGET] = { -EREMOTEIO, "critical target" },
	[BLK_STS_RESV_CONFLICT] = { -EBADE, "reservation conflict" },
	[BLK_STS_MEDIUM] = { -ENODATA, "critical medium" },
	[BLK_STS_PROTECTION] = { -EILSEQ, "protection" },
	[BLK_STS_RESOURCE] = { -ENOMEM, "kernel resource" },
	[BLK_STS_IOERR] = { -EIO, "I/O" },
	[BLK_STS_AGAIN] = { -EAGAIN, "nonblocking retry" },
	[BLK_STS_DEV_RESOURCE] = { -EBUSY, "device resource" },
	[BLK_STS_OFFLINE] = { -ENODEV, "device offline" },
	[BLK_STS_INVAL] = { -EINVAL, "invalid" },
};

int blk_status_to_errno(blk_status_t status)
{
	if (!status)
		return 0;
	if (status >= ARRAY_SIZE(statuses) || !statuses[status].err)
		return -EIO;
	return statuses[status].err;
}

blk_status_t errno_to_blk_status(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statuses); i++)
		if (statuses[i].err == err && statuses[i].name)
			return i;
	return BLK_STS_IOERR;
}

const char *blk_status_to_str(blk_status_t status)
{
	if (status >= ARRAY_SIZE(statuses) || !statuses[status].name)
		return "<null>";
	return statuses[status].name;
}

void blk_start_plug(struct blk_plug *plug)
{
	plug->outer = current->plug;
	current->plug = plug;
}

void blk_finish_plug(struct blk_plug *plug)
{
	if (current->plug != plug)
		sim_fail(SIM_FAIL_BLOCK, "plug is finished by another task");
	current->plug = plug->outer;
}
