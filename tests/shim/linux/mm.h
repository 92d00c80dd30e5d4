/* SPDX-License-Identifier: GPL-2.0 */
/* Pages and their addresses. */
#ifndef SHIM_LINUX_MM_H
#define SHIM_LINUX_MM_H

#include <asm/page.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/overflow.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

void *page_address(const struct page *page);
struct page *virt_to_page(const void *addr);
void get_page(struct page *page);
void put_page(struct page *page);
bool is_vmalloc_addr(const void *addr);

struct page *shim_zero_page(void);
#define ZERO_PAGE(vaddr)	shim_zero_page()
#define is_zero_pfn(pfn)	false
#define empty_zero_page		((char *)page_address(shim_zero_page()))

#define page_private(page)		((page)->private)
#define set_page_private(page, v)	((page)->private = (v))
#define page_count(page)		((page)->refs)
#define nth_page(page, n)		((page) + (n))
#define compound_order(page)		((page)->order)
#define virt_addr_valid(addr)		(!is_vmalloc_addr(addr))

static inline unsigned int get_order(unsigned long size)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	return order;
}

unsigned long totalram_pages(void);

/* For dax_holder_operations.notify_failure(). */
#define MF_MEM_PRE_REMOVE	(1 << 7)

#endif /* SHIM_LINUX_MM_H */
