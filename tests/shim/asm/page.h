/* SPDX-License-Identifier: GPL-2.0 */
/* Pages of 4 KiB. */
#ifndef SHIM_ASM_PAGE_H
#define SHIM_ASM_PAGE_H

#include <linux/types.h>

#define PAGE_SHIFT	12
#define PAGE_SIZE	4096UL
#define PAGE_MASK	(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)	(((x) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_ALIGNED(x)	(((unsigned long)(x) & ~PAGE_MASK) == 0)
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)

#define PFN_PHYS(x)	((phys_addr_t)(x) << PAGE_SHIFT)
#define PHYS_PFN(x)	((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_UP(x)	(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)	((x) >> PAGE_SHIFT)

void clear_page(void *page);
void copy_page(void *to, void *from);

#endif /* SHIM_ASM_PAGE_H */
