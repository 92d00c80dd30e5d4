/* SPDX-License-Identifier: GPL-2.0 */
/* Kept for its name: the front ends are not part of the simulation. */
#ifndef SHIM_LINUX_BLK_MQ_H
#define SHIM_LINUX_BLK_MQ_H

#include <linux/blkdev.h>

struct blk_mq_tag_set {
	void *driver_data;
};

struct request;

#endif /* SHIM_LINUX_BLK_MQ_H */
