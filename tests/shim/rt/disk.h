/* SPDX-License-Identifier: GPL-2.0 */
/* A disk: disk.c serves its operations, disk_dev.c makes it and shows it. */
#ifndef RT_DISK_H
#define RT_DISK_H

#include <linux/blkdev.h>
#include <linux/timer.h>

#define MAX_FAULTS	64

enum io_phase {
	PHASE_PREFLUSH,
	PHASE_TRANSFER,
	PHASE_POSTFLUSH,
};

struct disk_fault {
	u32 ops;
	u32 times;
	u64 sector;
	u64 nr;
	blk_status_t status;
};

struct sim_disk {
	u32 index;
	struct sim_image *image;
	struct gendisk disk;
	struct request_queue queue;
	struct block_device bdev;
	enum sim_discard discard;
	u64 min_delay, max_delay;
	bool allow_overlap;
	u32 stalled;
	struct list_head ios;
	u32 nr_faults;
	struct disk_fault faults[MAX_FAULTS];
	struct sim_disk_stats stats;
	char serial[64];
};

struct sim_io {
	struct shim_event event;
	struct list_head node;
	struct sim_disk *disk;
	struct bio *bio;
	u64 id;
	u64 off;
	u32 len;
	enum io_phase phase;
	bool postflush;
	bool held;		/* stalled */
	bool early;		/* a read that took its data when it began */
	bool keep;		/* a discard that changes nothing */
	u8 fill;
	u8 *data;
};

extern const struct block_device_operations disk_fops;

#endif /* RT_DISK_H */
