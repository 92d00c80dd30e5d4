/* SPDX-License-Identifier: GPL-2.0 */
/* What an allocation may do; nothing here ever fails. */
#ifndef BENCH_LINUX_GFP_H
#define BENCH_LINUX_GFP_H

#include <linux/gfp_types.h>

#ifndef __GFP_BITS_SHIFT
#define __GFP_BITS_SHIFT	27
#endif

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

#endif /* BENCH_LINUX_GFP_H */
