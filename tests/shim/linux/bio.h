/* SPDX-License-Identifier: GPL-2.0 */
/* Making, walking and submitting bios. */
#ifndef SHIM_LINUX_BIO_H
#define SHIM_LINUX_BIO_H

#include <linux/blk_types.h>
#include <linux/limits.h>
#include <linux/mempool.h>
#include <linux/uio.h>
#include <linux/workqueue.h>

#define BIO_MAX_VECS		256U
#define BIO_MAX_SECTORS		(UINT_MAX >> SECTOR_SHIFT)

#define bio_prio(bio)		((bio)->bi_ioprio)
#define bio_set_prio(bio, prio)	((bio)->bi_ioprio = (prio))
#define bio_sectors(bio)	((bio)->bi_iter.bi_size >> SECTOR_SHIFT)
#define bio_end_sector(bio)	((bio)->bi_iter.bi_sector + bio_sectors(bio))
#define bio_data_dir(bio)	(op_is_write(bio_op(bio)) ? WRITE : READ)
#define bio_iter_iovec(bio, iter)	bvec_iter_bvec((bio)->bi_io_vec, (iter))
#define bio_iter_page(bio, iter)	bvec_iter_page((bio)->bi_io_vec, (iter))
#define bio_iter_len(bio, iter)		bvec_iter_len((bio)->bi_io_vec, (iter))
#define bio_iter_offset(bio, iter)	bvec_iter_offset((bio)->bi_io_vec, (iter))
#define bio_page(bio)		bio_iter_page((bio), (bio)->bi_iter)
#define bio_offset(bio)		bio_iter_offset((bio), (bio)->bi_iter)
#define bio_iovec(bio)		bio_iter_iovec((bio), (bio)->bi_iter)
#define bvec_iter_sectors(iter)	((iter).bi_size >> SECTOR_SHIFT)
#define bvec_iter_end_sector(iter)	\
	((iter).bi_sector + bvec_iter_sectors(iter))

static inline unsigned int bio_max_segs(unsigned int nr)
{
	return min(nr, BIO_MAX_VECS);
}

static inline bool bio_has_data(struct bio *bio)
{
	return bio && bio->bi_iter.bi_size && bio_op(bio) != REQ_OP_DISCARD &&
	       bio_op(bio) != REQ_OP_SECURE_ERASE &&
	       bio_op(bio) != REQ_OP_WRITE_ZEROES;
}

static inline bool bio_no_advance_iter(const struct bio *bio)
{
	return bio_op(bio) == REQ_OP_DISCARD ||
	       bio_op(bio) == REQ_OP_SECURE_ERASE ||
	       bio_op(bio) == REQ_OP_WRITE_ZEROES;
}

void bio_advance_iter(const struct bio *bio, struct bvec_iter *iter,
		      unsigned int bytes);
#define bio_advance_iter_single(bio, iter, bytes)	\
	bio_advance_iter(bio, iter, bytes)

static inline void bio_advance(struct bio *bio, unsigned int bytes)
{
	bio_advance_iter(bio, &bio->bi_iter, bytes);
}

#define __bio_for_each_segment(bvl, bio, iter, start)			\
	for ((iter) = (start);						\
	     (iter).bi_size && ((bvl) = bio_iter_iovec((bio), (iter)), 1);	\
	     bio_advance_iter_single((bio), &(iter), (bvl).bv_len))
#define bio_for_each_segment(bvl, bio, iter)				\
	__bio_for_each_segment(bvl, bio, iter, (bio)->bi_iter)
#define __bio_for_each_bvec(bvl, bio, iter, start)			\
	for ((iter) = (start);						\
	     (iter).bi_size &&						\
	     ((bvl) = mp_bvec_iter_bvec((bio)->bi_io_vec, (iter)), 1);	\
	     bio_advance_iter_single((bio), &(iter), (bvl).bv_len))
#define bio_for_each_bvec(bvl, bio, iter)				\
	__bio_for_each_bvec(bvl, bio, iter, (bio)->bi_iter)
#define bio_for_each_bvec_all(bvl, bio, i)				\
	for ((i) = 0, (bvl) = (bio)->bi_io_vec; (i) < (bio)->bi_vcnt;	\
	     (i)++, (bvl)++)

struct bvec_iter_all {
	int idx;
};

/* Vectors are single pages here, so that parts of pages are vectors. */
#define bio_for_each_segment_all(bvl, bio, iter)			\
	for ((iter).idx = 0, (bvl) = (bio)->bi_io_vec;			\
	     (iter).idx < (bio)->bi_vcnt; (iter).idx++, (bvl)++)

unsigned int bio_segments(struct bio *bio);

static inline void bio_get(struct bio *bio)
{
	bio->bi_flags |= 1 << BIO_REFFED;
	atomic_inc(&bio->__bi_cnt);
}

static inline bool bio_flagged(struct bio *bio, unsigned int bit)
{
	return bio->bi_flags & (1U << bit);
}

static inline void bio_set_flag(struct bio *bio, unsigned int bit)
{
	bio->bi_flags |= 1U << bit;
}

static inline void bio_clear_flag(struct bio *bio, unsigned int bit)
{
	bio->bi_flags &= ~(1U << bit);
}

struct bio_set {
	mempool_t pool;
	mempool_t bvec_pool;
	unsigned int front_pad;
	unsigned int back_pad;
	bool set_up;
};

enum {
	BIOSET_NEED_BVECS	= 1 << 0,
	BIOSET_NEED_RESCUER	= 1 << 1,
	BIOSET_PERCPU_CACHE	= 1 << 2,
};

static inline bool bioset_initialized(struct bio_set *bs)
{
	return bs->set_up;
}

int bioset_init(struct bio_set *bs, unsigned int pool_size,
		unsigned int front_pad, int flags);
void bioset_exit(struct bio_set *bs);
struct bio_set *shim_fs_bio_set(void);
#define fs_bio_set	(*shim_fs_bio_set())

struct bio *bio_alloc_bioset(struct block_device *bdev, unsigned short nr_vecs,
			     blk_opf_t opf, gfp_t gfp, struct bio_set *bs);
struct bio *bio_kmalloc(unsigned short nr_vecs, gfp_t gfp);
void bio_put(struct bio *bio);
void bio_init(struct bio *bio, struct block_device *bdev, struct bio_vec *table,
	      unsigned short max_vecs, blk_opf_t opf);
void bio_uninit(struct bio *bio);
void bio_reset(struct bio *bio, struct block_device *bdev, blk_opf_t opf);
struct bio *bio_alloc_clone(struct block_device *bdev, struct bio *bio,
			    gfp_t gfp, struct bio_set *bs);
int bio_init_clone(struct block_device *bdev, struct bio *bio,
		   struct bio *src, gfp_t gfp);
struct bio *bio_split(struct bio *bio, int sectors, gfp_t gfp,
		      struct bio_set *bs);
void bio_trim(struct bio *bio, sector_t offset, sector_t size);
void bio_chain(struct bio *bio, struct bio *parent);
void bio_endio(struct bio *bio);
void submit_bio(struct bio *bio);
int submit_bio_wait(struct bio *bio);

int __must_check bio_add_page(struct bio *bio, struct page *page,
			      unsigned int len, unsigned int offset);
void __bio_add_page(struct bio *bio, struct page *page, unsigned int len,
		    unsigned int offset);
void bio_copy_data(struct bio *dst, struct bio *src);
void zero_fill_bio_iter(struct bio *bio, struct bvec_iter iter);
void bio_free_pages(struct bio *bio);
void bio_set_pages_dirty(struct bio *bio);

#define submit_bio_noacct(bio)	submit_bio(bio)
#define zero_fill_bio(bio)	zero_fill_bio_iter(bio, (bio)->bi_iter)

static inline struct bio *bio_alloc(struct block_device *bdev,
				    unsigned short nr_vecs, blk_opf_t opf,
				    gfp_t gfp)
{
	return bio_alloc_bioset(bdev, nr_vecs, opf, gfp, &fs_bio_set);
}

static inline struct bio *bio_next_split(struct bio *bio, int sectors,
					 gfp_t gfp, struct bio_set *bs)
{
	if (sectors >= bio_sectors(bio))
		return bio;
	return bio_split(bio, sectors, gfp, bs);
}

static inline void bio_io_error(struct bio *bio)
{
	bio->bi_status = BLK_STS_IOERR;
	bio_endio(bio);
}

static inline void bio_wouldblock_error(struct bio *bio)
{
	bio->bi_status = BLK_STS_AGAIN;
	bio_endio(bio);
}

static inline void bio_inc_remaining(struct bio *bio)
{
	bio_set_flag(bio, BIO_CHAIN);
	atomic_inc(&bio->__bi_remaining);
}

static inline void bio_set_dev(struct bio *bio, struct block_device *bdev)
{
	bio_clear_flag(bio, BIO_REMAPPED);
	bio->bi_bdev = bdev;
}

static inline bool bio_full(struct bio *bio, unsigned int len)
{
	return bio->bi_vcnt >= bio->bi_max_vecs ||
	       bio->bi_iter.bi_size > UINT_MAX - len;
}

#include <linux/bio_list_shim.h>

#endif /* SHIM_LINUX_BIO_H */
