/* SPDX-License-Identifier: GPL-2.0 */
/* Pages. */
#ifndef SHIM_LINUX_GFP_H
#define SHIM_LINUX_GFP_H

#include <linux/gfp_types.h>
#include <linux/mm_types.h>
#include <linux/numa.h>

static inline bool gfpflags_allow_blocking(gfp_t gfp)
{
	return gfp & __GFP_DIRECT_RECLAIM;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
void free_pages(unsigned long addr, unsigned int order);
void *alloc_pages_exact(size_t size, gfp_t gfp);
void free_pages_exact(void *addr, size_t size);
unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr,
				     struct page **pages);

#define alloc_page(gfp)			alloc_pages(gfp, 0)
#define alloc_pages_node(nid, gfp, order)	alloc_pages(gfp, order)
#define __free_page(page)		__free_pages(page, 0)
#define __get_free_page(gfp)		__get_free_pages(gfp, 0)
#define get_zeroed_page(gfp)		__get_free_pages((gfp) | __GFP_ZERO, 0)
#define free_page(addr)			free_pages(addr, 0)

#endif /* SHIM_LINUX_GFP_H */
