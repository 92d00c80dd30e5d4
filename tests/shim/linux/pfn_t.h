/* SPDX-License-Identifier: GPL-2.0 */
/* Page frame numbers with flags. */
#ifndef SHIM_LINUX_PFN_T_H
#define SHIM_LINUX_PFN_T_H

#include <linux/mm.h>

typedef struct {
	u64 val;
} pfn_t;

static inline unsigned long pfn_t_to_pfn(pfn_t pfn)
{
	return pfn.val;
}

#endif /* SHIM_LINUX_PFN_T_H */
