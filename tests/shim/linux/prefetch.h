/* SPDX-License-Identifier: GPL-2.0 */
/* Hints to the cache. */
#ifndef SHIM_LINUX_PREFETCH_H
#define SHIM_LINUX_PREFETCH_H

#define prefetch(addr)	__builtin_prefetch(addr)
#define prefetchw(addr)	__builtin_prefetch(addr, 1)

#endif /* SHIM_LINUX_PREFETCH_H */
