/* SPDX-License-Identifier: GPL-2.0 */
/* The benchmark's threads are real: nothing yields, nothing is checked. */
#ifndef BENCH_SHIM_H
#define BENCH_SHIM_H

#include <linux/types.h>
#include <stdlib.h>

#define SHIM_YIELD_ATOMIC	0
#define shim_yield(kind)	do { } while (0)
#define shim_warn(file, line, fmt, ...)	abort()
#define shim_bug(file, line, what)	abort()
#define might_sleep()		do { } while (0)
#define might_sleep_if(cond)	do { } while (0)

#endif /* BENCH_SHIM_H */
