/* SPDX-License-Identifier: GPL-2.0 */
/* Arithmetic that notices when it overflows. */
#ifndef SHIM_LINUX_OVERFLOW_H
#define SHIM_LINUX_OVERFLOW_H

#include <linux/compiler.h>
#include <linux/limits.h>

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)
#define check_shl_overflow(a, s, d) ({			\
	typeof(a) __a = (a);				\
	unsigned int __s = (s);				\
	*(d) = __s < 64 ? (u64)__a << __s : 0;		\
	__s >= 64 || (u64)*(d) >> __s != (u64)__a; })

static inline size_t __must_check size_mul(size_t a, size_t b)
{
	size_t bytes;

	return check_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

static inline size_t __must_check size_add(size_t a, size_t b)
{
	size_t bytes;

	return check_add_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

#define array_size(a, b)		size_mul(a, b)
#define array3_size(a, b, c)		size_mul(size_mul(a, b), c)
#define flex_array_size(p, member, n)	size_mul(n, sizeof(*(p)->member))
#define struct_size(p, member, n)	\
	size_add(sizeof(*(p)), flex_array_size(p, member, n))
#define struct_size_t(type, member, n)	\
	struct_size((type *)NULL, member, n)

#endif /* SHIM_LINUX_OVERFLOW_H */
