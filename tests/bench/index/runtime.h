/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the back ends and the driver of the benchmark share with the memory and
 * RCU below them (runtime.c).
 */
#ifndef BENCH_RUNTIME_H
#define BENCH_RUNTIME_H

#include <stddef.h>

#define BENCH_MAX_THREADS	2

/* The calling thread is number @cpu from here on, and counts for RCU. */
void bench_thread_begin(int cpu);
/* Its callbacks stay queued until rcu_barrier(). */
void bench_thread_end(void);
/* No read section is open on this thread: callbacks may run. */
void bench_quiescent(void);
/* Bytes that slabs and large allocations hold now. */
size_t bench_memory(void);

#endif /* BENCH_RUNTIME_H */
