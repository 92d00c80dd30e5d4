/* SPDX-License-Identifier: GPL-2.0 */
/* Cache lines. */
#ifndef SHIM_LINUX_CACHE_H
#define SHIM_LINUX_CACHE_H

#include <linux/compiler.h>

#define L1_CACHE_BYTES		64
#define SMP_CACHE_BYTES		64
#define cache_line_size()	64
#define L1_CACHE_ALIGN(x)	ALIGN(x, L1_CACHE_BYTES)

#endif /* SHIM_LINUX_CACHE_H */
