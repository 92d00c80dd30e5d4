/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing here waits or does I/O; the driver's headers only name these. */
#ifndef BENCH_LINUX_WAIT_H
#define BENCH_LINUX_WAIT_H

typedef struct wait_queue_head {
	long head;
} wait_queue_head_t;

#endif /* BENCH_LINUX_WAIT_H */
