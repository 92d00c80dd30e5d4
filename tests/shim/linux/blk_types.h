/* SPDX-License-Identifier: GPL-2.0 */
/* Bios, block devices, operations and status codes. */
#ifndef SHIM_LINUX_BLK_TYPES_H
#define SHIM_LINUX_BLK_TYPES_H

#include <linux/atomic.h>
#include <linux/bvec.h>
#include <linux/types.h>

#define SECTOR_SHIFT	9
#define SECTOR_SIZE	(1 << SECTOR_SHIFT)
#define SECTOR_MASK	((sector_t)PAGE_SECTORS - 1)
#define PAGE_SECTORS_SHIFT	(PAGE_SHIFT - SECTOR_SHIFT)
#define PAGE_SECTORS	(1 << PAGE_SECTORS_SHIFT)

typedef u8 blk_status_t;
typedef u32 blk_opf_t;
typedef unsigned int blk_mode_t;
typedef unsigned int blk_qc_t;

#define BLK_STS_OK		0
#define BLK_STS_NOTSUPP		((blk_status_t)1)
#define BLK_STS_TIMEOUT		((blk_status_t)2)
#define BLK_STS_NOSPC		((blk_status_t)3)
#define BLK_STS_TRANSPORT	((blk_status_t)4)
#define BLK_STS_TARGET		((blk_status_t)5)
#define BLK_STS_RESV_CONFLICT	((blk_status_t)6)
#define BLK_STS_MEDIUM		((blk_status_t)7)
#define BLK_STS_PROTECTION	((blk_status_t)8)
#define BLK_STS_RESOURCE	((blk_status_t)9)
#define BLK_STS_IOERR		((blk_status_t)10)
#define BLK_STS_AGAIN		((blk_status_t)12)
#define BLK_STS_DEV_RESOURCE	((blk_status_t)13)
#define BLK_STS_OFFLINE		((blk_status_t)16)
#define BLK_STS_INVAL		((blk_status_t)19)

/* Operations; the odd ones transfer data to the device. */
enum req_op {
	REQ_OP_READ		= 0,
	REQ_OP_WRITE		= 1,
	REQ_OP_FLUSH		= 2,
	REQ_OP_DISCARD		= 3,
	REQ_OP_SECURE_ERASE	= 5,
	REQ_OP_WRITE_ZEROES	= 9,
};

#define REQ_OP_BITS	8
#define REQ_OP_MASK	((1U << REQ_OP_BITS) - 1)

#define REQ_FAILFAST_DEV	((blk_opf_t)1 << 8)
#define REQ_FAILFAST_TRANSPORT	((blk_opf_t)1 << 9)
#define REQ_FAILFAST_DRIVER	((blk_opf_t)1 << 10)
#define REQ_SYNC		((blk_opf_t)1 << 11)
#define REQ_META		((blk_opf_t)1 << 12)
#define REQ_PRIO		((blk_opf_t)1 << 13)
#define REQ_NOMERGE		((blk_opf_t)1 << 14)
#define REQ_IDLE		((blk_opf_t)1 << 15)
#define REQ_INTEGRITY		((blk_opf_t)1 << 16)
#define REQ_FUA			((blk_opf_t)1 << 17)
#define REQ_PREFLUSH		((blk_opf_t)1 << 18)
#define REQ_RAHEAD		((blk_opf_t)1 << 19)
#define REQ_BACKGROUND		((blk_opf_t)1 << 20)
#define REQ_NOWAIT		((blk_opf_t)1 << 21)
#define REQ_POLLED		((blk_opf_t)1 << 22)
#define REQ_ALLOC_CACHE		((blk_opf_t)1 << 23)
#define REQ_SWAP		((blk_opf_t)1 << 24)
#define REQ_ATOMIC		((blk_opf_t)1 << 27)
#define REQ_NOUNMAP		((blk_opf_t)1 << 28)

struct bio;
struct bio_set;
struct gendisk;
struct request_queue;
struct blk_holder_ops;
typedef void (bio_end_io_t)(struct bio *bio);

struct partition_meta_info {
	char uuid[37];
};

struct block_device {
	sector_t bd_start_sect;
	sector_t bd_nr_sectors;
	struct gendisk *bd_disk;
	struct request_queue *bd_queue;
	dev_t bd_dev;
	u8 bd_partno;
	struct partition_meta_info *bd_meta_info;
	bool bd_read_only;
	void *bd_holder;
	const struct blk_holder_ops *bd_holder_ops;
	int bd_openers;
	char bd_path[64];
	struct list_head bd_node;	/* of the world */
};

struct bio {
	struct bio *bi_next;
	struct block_device *bi_bdev;
	blk_opf_t bi_opf;
	unsigned short bi_flags;
	unsigned short bi_ioprio;
	blk_status_t bi_status;
	atomic_t __bi_remaining;
	struct bvec_iter bi_iter;
	blk_qc_t bi_cookie;
	bio_end_io_t *bi_end_io;
	void *bi_private;
	unsigned short bi_vcnt;

	/* What follows is kept by bio_reset(). */
	unsigned short bi_max_vecs;
	atomic_t __bi_cnt;
	struct bio_vec *bi_io_vec;
	struct bio_set *bi_pool;
	struct bio_vec bi_inline_vecs[];
};

#define BIO_RESET_BYTES	offsetof(struct bio, bi_max_vecs)

enum {
	BIO_PAGE_PINNED,
	BIO_CLONED,
	BIO_QUIET,
	BIO_CHAIN,
	BIO_REFFED,
	BIO_REMAPPED,
};

static inline enum req_op bio_op(const struct bio *bio)
{
	return bio->bi_opf & REQ_OP_MASK;
}

static inline bool op_is_write(blk_opf_t op)
{
	return op & 1;
}

static inline bool op_is_flush(blk_opf_t op)
{
	return op & (REQ_FUA | REQ_PREFLUSH);
}

static inline bool op_is_sync(blk_opf_t op)
{
	return (op & REQ_OP_MASK) == REQ_OP_READ ||
	       (op & (REQ_SYNC | REQ_FUA | REQ_PREFLUSH));
}

static inline bool op_is_discard(blk_opf_t op)
{
	return (op & REQ_OP_MASK) == REQ_OP_DISCARD;
}

#define MINORBITS	20
#define MAJOR(dev)	((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev)	((unsigned int)((dev) & ((1U << MINORBITS) - 1)))
#define MKDEV(ma, mi)	((dev_t)(((ma) << MINORBITS) | (mi)))

#endif /* SHIM_LINUX_BLK_TYPES_H */
