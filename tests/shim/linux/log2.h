/* SPDX-License-Identifier: GPL-2.0 */
/* Powers of two. */
#ifndef SHIM_LINUX_LOG2_H
#define SHIM_LINUX_LOG2_H

#include <linux/types.h>

/* Usable in constant expressions; ilog2(0) is -1 at run time. */
#define ilog2(n)	(63 - (int)((n) ? __builtin_clzll(n) : 64))
#define const_ilog2(n)	ilog2(n)

static inline __attribute_const__ bool is_power_of_2(unsigned long n)
{
	return n && !(n & (n - 1));
}

static inline __attribute_const__ unsigned long roundup_pow_of_two(unsigned long n)
{
	return n <= 1 ? 1 : 1UL << (64 - __builtin_clzl(n - 1));
}

static inline __attribute_const__ unsigned long rounddown_pow_of_two(unsigned long n)
{
	return 1UL << ilog2(n);
}

static inline __attribute_const__ int order_base_2(unsigned long n)
{
	return n > 1 ? ilog2(n - 1) + 1 : 0;
}

static inline __attribute_const__ int bits_per(unsigned long n)
{
	return n < 2 ? 1 : ilog2(n) + 1;
}

#endif /* SHIM_LINUX_LOG2_H */
