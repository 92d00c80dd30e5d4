/* SPDX-License-Identifier: GPL-2.0 */
/* A pmem device: pmem.c has its memory, bdev.c its block and DAX devices. */
#ifndef RT_PMEM_H
#define RT_PMEM_H

#include <linux/blkdev.h>
#include <linux/dax.h>

struct pmem_buf {
	struct pmem_buf *next;
	u8 *mem;
	u64 size;
	struct sim_image *base;	/* what pages that are not dirty hold */
	unsigned long *dirty;
};

struct dax_device {
	struct sim_pmem *pmem;
	void *holder;
	const struct dax_holder_operations *ops;
	u32 users;
	bool synchronous;
};

struct sim_pmem {
	u32 index;
	u64 size;
	u8 *mem;
	struct pmem_buf *buf;
	u8 *shadow;
	unsigned long *poison;	/* bit per line */
	u64 nr_poisoned;
	bool exposed;		/* a test can store where it wants */
	struct gendisk disk;
	struct request_queue queue;
	struct badblocks bb;
	struct block_device bdev;
	struct dax_device dax;
};

struct sim_pmem *pmem_of(const void *addr);
void pmem_bdev_init(struct sim_pmem *pmem, const char *path);
void pmem_bdev_exit(struct sim_pmem *pmem);

#endif /* RT_PMEM_H */
