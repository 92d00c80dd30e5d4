/* SPDX-License-Identifier: GPL-2.0 */
/* Compiler annotations; those that only sparse reads are empty. */
#ifndef SHIM_LINUX_COMPILER_H
#define SHIM_LINUX_COMPILER_H

#include <linux/compiler_attributes.h>

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)

#define barrier()		__asm__ __volatile__("" : : : "memory")
#define barrier_data(ptr)	\
	__asm__ __volatile__("" : : "r" (ptr) : "memory")
#define OPTIMIZER_HIDE_VAR(var)	__asm__("" : "=r" (var) : "0" (var))
#define unreachable()		__builtin_unreachable()

#define ___PASTE(a, b)		a##b
#define __PASTE(a, b)		___PASTE(a, b)
#define __UNIQUE_ID(prefix)	\
	__PASTE(__PASTE(__UNIQUE_ID_, prefix), __COUNTER__)

#define __same_type(a, b)	\
	__builtin_types_compatible_p(typeof(a), typeof(b))
#define __must_be_array(a)	\
	(sizeof(char[1 - 2 * !!__same_type((a), &(a)[0])]) - 1)
#define __is_constexpr(x)	\
	(sizeof(int) == sizeof(*(8 ? ((void *)((long)(x) * 0l)) : (int *)8)))
#define is_signed_type(type)	(((type)(-1)) < (type)1)
#define is_unsigned_type(type)	(!is_signed_type(type))

/* The type of a scalar without its qualifiers, other types unchanged. */
#define __unqual_scalar_typeof(x) typeof(				\
	_Generic((x),							\
		 char: (char)0,						\
		 signed char: (signed char)0,				\
		 unsigned char: (unsigned char)0,			\
		 short: (short)0,					\
		 unsigned short: (unsigned short)0,			\
		 int: 0,						\
		 unsigned int: 0U,					\
		 long: 0L,						\
		 unsigned long: 0UL,					\
		 long long: 0LL,					\
		 unsigned long long: 0ULL,				\
		 default: (x)))

#ifdef SHIM_THREADS
#ifdef __SANITIZE_THREAD__
/*
 * What is read through a pointer is ordered behind the pointer, and what was fenced
 * comes before what is stored after it.  The sanitizer knows neither dependencies
 * nor fences: words that can be pointers, or stand for places, are ordered for it.
 */
#define SHIM_ORDER(x, order)	\
	(sizeof(x) == 8 ? (order) : __ATOMIC_RELAXED)
#else
#define SHIM_ORDER(x, order)	__ATOMIC_RELAXED
#endif
#define READ_ONCE(x)		\
	__atomic_load_n(&(x), SHIM_ORDER(x, __ATOMIC_ACQUIRE))
#define WRITE_ONCE(x, val)	\
	__atomic_store_n(&(x), (typeof(x))(val), SHIM_ORDER(x, __ATOMIC_RELEASE))
#else
#define READ_ONCE(x)		\
	(*(const volatile __unqual_scalar_typeof(x) *)&(x))
#define WRITE_ONCE(x, val)	\
do {				\
	*(volatile typeof(x) *)&(x) = (val);	\
} while (0)
#endif
#define data_race(expr)		({ expr; })
#define ACCESS_PRIVATE(p, member) ((p)->member)

#define __acquire(x)		((void)0)
#define __release(x)		((void)0)
#define __cond_lock(x, c)	(c)

#define absolute_pointer(val)	((void *)(val))

#endif /* SHIM_LINUX_COMPILER_H */
