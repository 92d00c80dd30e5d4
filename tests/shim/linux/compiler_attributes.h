/* SPDX-License-Identifier: GPL-2.0 */
/* Attributes of functions, types and address spaces. */
#ifndef SHIM_LINUX_COMPILER_ATTRIBUTES_H
#define SHIM_LINUX_COMPILER_ATTRIBUTES_H

/* The C library defines some of them too, with the same or a wider meaning. */
#include <sys/cdefs.h>

#undef __always_inline
#define __always_inline		inline __attribute__((__always_inline__))
#undef noinline
#define noinline		__attribute__((__noinline__))
#define noinline_for_stack	noinline
#define __flatten		__attribute__((__flatten__))
#undef __attribute_const__
#define __attribute_const__	__attribute__((__const__))
#undef __pure
#define __pure			__attribute__((__pure__))
#define __aligned(x)		__attribute__((__aligned__(x)))
#define __aligned_largest	__attribute__((__aligned__))
#define __packed		__attribute__((__packed__))
#define __printf(a, b)		__attribute__((__format__(printf, a, b)))
#define __maybe_unused		__attribute__((__unused__))
#define __always_unused		__attribute__((__unused__))
#undef __used
#define __used			__attribute__((__used__))
#define __must_check		__attribute__((__warn_unused_result__))
#define __cold			__attribute__((__cold__))
#define __hot			__attribute__((__hot__))
#define __malloc		__attribute__((__malloc__))
#define __weak			__attribute__((__weak__))
#define __section(name)		__attribute__((__section__(name)))
#define __noreturn		__attribute__((__noreturn__))
#define __cleanup(func)		__attribute__((__cleanup__(func)))
#define __nonstring
/* Newer headers of the C library have it, and may come first. */
#undef __counted_by
#define __counted_by(member)
#define __counted_by_le(member)
#define __visible
#define __randomize_layout
#define __designated_init
#define __no_randomize_layout
#define __assume_aligned(a, ...)
#define __alloc_size(x, ...)	__attribute__((__alloc_size__(x, ## __VA_ARGS__)))
#define __realloc_size(x, ...)
#define __mode(x)		__attribute__((__mode__(x)))
#define __diagnose_as(...)
#define __no_kasan_or_inline	inline
#define notrace
#define __no_sanitize_address	__attribute__((__no_sanitize_address__))

#if __has_attribute(__fallthrough__)
#define fallthrough		__attribute__((__fallthrough__))
#else
#define fallthrough		do { } while (0)
#endif

/* Address spaces and lock contexts: sparse only, and it reads the kernel's. */
#define __user
#define __kernel
#define __iomem
#define __percpu
#define __rcu
#define __force
#define __nocast
#define __private
#define __safe
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __cond_acquires(x)
#define __chk_user_ptr(x)	((void)0)

/*
 * One thread has no cache lines to share.  Besides, the head of a list, seen as one of
 * its entries as list_for_each_entry() does, has no such alignment, and UBSan says so.
 */
#ifdef SHIM_THREADS
#define SHIM_CACHELINE			__aligned(64)
#else
#define SHIM_CACHELINE
#endif
#define ____cacheline_aligned		SHIM_CACHELINE
#define ____cacheline_aligned_in_smp	SHIM_CACHELINE
#define __cacheline_aligned_in_smp	SHIM_CACHELINE
#define __read_mostly
#define __ro_after_init

#endif /* SHIM_LINUX_COMPILER_ATTRIBUTES_H */
