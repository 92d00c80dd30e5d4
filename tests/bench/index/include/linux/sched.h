/* SPDX-License-Identifier: GPL-2.0 */
/* Threads of the host. */
#ifndef BENCH_LINUX_SCHED_H
#define BENCH_LINUX_SCHED_H

#define cond_resched()		((void)0)

#endif /* BENCH_LINUX_SCHED_H */
