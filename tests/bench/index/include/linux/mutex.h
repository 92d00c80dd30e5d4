/* SPDX-License-Identifier: GPL-2.0 */
/* Nothing here waits or does I/O; the driver's headers only name these. */
#ifndef BENCH_LINUX_MUTEX_H
#define BENCH_LINUX_MUTEX_H

struct mutex {
	long owner;
};

#endif /* BENCH_LINUX_MUTEX_H */
