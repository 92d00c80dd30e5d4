/* SPDX-License-Identifier: GPL-2.0 */
/* Cache maintenance of pmem. */
#ifndef SHIM_LINUX_LIBNVDIMM_H
#define SHIM_LINUX_LIBNVDIMM_H

#include <linux/types.h>

void arch_wb_cache_pmem(void *addr, size_t size);
void arch_invalidate_pmem(void *addr, size_t size);

#endif /* SHIM_LINUX_LIBNVDIMM_H */
