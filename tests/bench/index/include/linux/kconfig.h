/* SPDX-License-Identifier: GPL-2.0 */
/* A distribution's configuration: no lock checker, no self-checks. */
#ifndef BENCH_LINUX_KCONFIG_H
#define BENCH_LINUX_KCONFIG_H

#define CONFIG_64BIT		1
#define CONFIG_XARRAY_MULTI	1

/* Whether @option is defined as 1. */
#define BENCH_SECOND(a, b, ...)	b
#define BENCH_PROBE_1		~, 1
#define BENCH_PROBE(...)	BENCH_SECOND(__VA_ARGS__, 0, 0)
#define BENCH_IS_ONE(value)	BENCH_PROBE(BENCH_PROBE_##value)
#define IS_ENABLED(option)	BENCH_IS_ENABLED(option)
#define BENCH_IS_ENABLED(value)	BENCH_IS_ONE(value)
#define IS_BUILTIN(option)	IS_ENABLED(option)
#define IS_REACHABLE(option)	IS_ENABLED(option)

#endif /* BENCH_LINUX_KCONFIG_H */
