/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations are not checked against their context. */
#ifndef BENCH_LINUX_SCHED_MM_H
#define BENCH_LINUX_SCHED_MM_H

#define might_alloc(gfp)	do { } while (0)

#endif /* BENCH_LINUX_SCHED_MM_H */
