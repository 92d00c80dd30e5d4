/* SPDX-License-Identifier: GPL-2.0 */
/* Open files, as far as block devices need them. */
#ifndef SHIM_LINUX_FS_H
#define SHIM_LINUX_FS_H

#include <linux/err.h>
#include <linux/types.h>

struct block_device;

struct file {
	struct block_device *bdev;
	void *holder;
	unsigned int mode;
};

#define FMODE_READ	((fmode_t)1)
#define FMODE_WRITE	((fmode_t)2)

void fput(struct file *file);

#endif /* SHIM_LINUX_FS_H */
