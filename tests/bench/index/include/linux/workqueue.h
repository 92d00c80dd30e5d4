/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing here waits or does I/O; the driver's headers only name these. */
#ifndef BENCH_LINUX_WORKQUEUE_H
#define BENCH_LINUX_WORKQUEUE_H

struct work_struct {
	long data;
};

#endif /* BENCH_LINUX_WORKQUEUE_H */
