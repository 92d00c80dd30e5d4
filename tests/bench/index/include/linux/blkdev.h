/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing here waits or does I/O; the driver's headers only name these. */
#ifndef BENCH_LINUX_BLKDEV_H
#define BENCH_LINUX_BLKDEV_H

struct block_device;
struct file;

#endif /* BENCH_LINUX_BLKDEV_H */
