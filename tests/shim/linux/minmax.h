/* SPDX-License-Identifier: GPL-2.0 */
/* Minimum, maximum, clamp; arguments are evaluated once. */
#ifndef SHIM_LINUX_MINMAX_H
#define SHIM_LINUX_MINMAX_H

#include <linux/compiler.h>

/*
 * Both sides must agree in signedness, or be constants that do not go below
 * zero: the same complaint that a kernel build makes.
 */
#define SHIM_NON_NEGATIVE(x)	\
	__builtin_choose_expr(__builtin_constant_p(x), (x) >= 0, 0)
#define SHIM_SIGNED(x)		is_signed_type(typeof((x) + 0))

#define SHIM_PICK(a, b, op) ({			\
	typeof(a) __a = (a);			\
	typeof(b) __b = (b);			\
	__a op __b ? __a : __b; })

#define SHIM_CHECKED_PICK(a, b, op) ({					\
	_Static_assert(SHIM_SIGNED(a) == SHIM_SIGNED(b) ||		\
		       SHIM_NON_NEGATIVE(a) || SHIM_NON_NEGATIVE(b),	\
		       "signedness differs: " #a " " #op " " #b);	\
	SHIM_PICK(a, b, op); })

#define min(a, b)		SHIM_CHECKED_PICK(a, b, <)
#define max(a, b)		SHIM_CHECKED_PICK(a, b, >)
#define min3(a, b, c)		min(min(a, b), c)
#define max3(a, b, c)		max(max(a, b), c)
#define min_t(type, a, b)	SHIM_PICK((type)(a), (type)(b), <)
#define max_t(type, a, b)	SHIM_PICK((type)(a), (type)(b), >)
#define umin(a, b)		min_t(unsigned long long, a, b)
#define umax(a, b)		max_t(unsigned long long, a, b)
#define min_not_zero(a, b) ({			\
	typeof(a) __na = (a);			\
	typeof(b) __nb = (b);			\
	!__na ? __nb : (!__nb ? __na : min(__na, __nb)); })

/* For array sizes: constants only. */
#define MIN(a, b)		((a) < (b) ? (a) : (b))
#define MAX(a, b)		((a) > (b) ? (a) : (b))
#define MIN_T(type, a, b)	MIN((type)(a), (type)(b))
#define MAX_T(type, a, b)	MAX((type)(a), (type)(b))

#define clamp(val, lo, hi)	min((typeof(val))max(val, lo), hi)
#define clamp_t(type, val, lo, hi)	min_t(type, max_t(type, val, lo), hi)
#define clamp_val(val, lo, hi)	clamp_t(typeof(val), val, lo, hi)
#define in_range(val, start, len) ({		\
	u64 __v = (val), __s = (start);		\
	__v - __s < (u64)(len); })

#define swap(a, b)				\
do {						\
	typeof(a) __swap = (a);			\
	(a) = (b);				\
	(b) = __swap;				\
} while (0)

#endif /* SHIM_LINUX_MINMAX_H */
