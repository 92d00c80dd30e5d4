/* SPDX-License-Identifier: GPL-2.0 */
/* Hiding memory from the address sanitizer's point of view, if it is there. */
#ifndef RT_ASAN_H
#define RT_ASAN_H

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif

#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define hide(ptr, len)	__asan_poison_memory_region(ptr, len)
#define show(ptr, len)	__asan_unpoison_memory_region(ptr, len)
#else
#define hide(ptr, len)	((void)(ptr), (void)(len))
#define show(ptr, len)	((void)(ptr), (void)(len))
#endif

#endif /* RT_ASAN_H */
