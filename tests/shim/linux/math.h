/* SPDX-License-Identifier: GPL-2.0 */
/* Rounding and division. */
#ifndef SHIM_LINUX_MATH_H
#define SHIM_LINUX_MATH_H

#include <linux/types.h>

#define __round_mask(x, y)	((__typeof__(x))((y) - 1))
#define round_up(x, y)		((((x) - 1) | __round_mask(x, y)) + 1)
#define round_down(x, y)	((x) & ~__round_mask(x, y))

#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define DIV_ROUND_UP_ULL(n, d)	\
	DIV_ROUND_UP((unsigned long long)(n), (unsigned long long)(d))
#define DIV_ROUND_DOWN_ULL(n, d)	((unsigned long long)(n) / (d))
#define DIV_ROUND_UP_SECTOR_T(n, d)	DIV_ROUND_UP_ULL(n, d)
#define DIV_ROUND_CLOSEST(x, d)	(((x) + ((d) / 2)) / (d))
#define roundup(x, y) ({			\
	typeof(y) __ru = (y);			\
	(((x) + (__ru - 1)) / __ru) * __ru; })
#define rounddown(x, y) ({			\
	typeof(x) __rd = (x);			\
	__rd - (__rd % (y)); })

#define abs(x)	\
	__builtin_choose_expr(sizeof(x) > sizeof(int),	\
			      __builtin_llabs(x), __builtin_abs(x))
#define abs_diff(a, b) ({			\
	typeof(a) __da = (a);			\
	typeof(b) __db = (b);			\
	__da > __db ? __da - __db : __db - __da; })

#define do_div(n, base) ({			\
	u32 __base = (base);			\
	u32 __rem = (u64)(n) % __base;		\
	(n) = (u64)(n) / __base;		\
	__rem; })

unsigned long int_sqrt(unsigned long x);
u64 int_pow(u64 base, unsigned int exp);

static inline u32 reciprocal_scale(u32 val, u32 ep_ro)
{
	return ((u64)val * ep_ro) >> 32;
}

#endif /* SHIM_LINUX_MATH_H */
