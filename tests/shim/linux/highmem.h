/* SPDX-License-Identifier: GPL-2.0 */
/* Short-lived mappings; every page has an address anyway. */
#ifndef SHIM_LINUX_HIGHMEM_H
#define SHIM_LINUX_HIGHMEM_H

#include <linux/bug.h>
#include <linux/mm.h>
#include <linux/string.h>

static inline void *kmap_local_page(struct page *page)
{
	return page_address(page);
}

static inline void *kmap_atomic(struct page *page)
{
	preempt_disable();
	return page_address(page);
}

#define kunmap_local(addr)	((void)(addr))
#define kunmap_atomic(addr)	\
do {				\
	(void)(addr);		\
	preempt_enable();	\
} while (0)
#define kmap(page)		page_address(page)
#define kunmap(page)		((void)(page))
#define flush_dcache_page(page)	((void)(page))

static inline void memcpy_from_page(char *to, struct page *page, size_t offset,
				    size_t len)
{
	memcpy(to, (char *)page_address(page) + offset, len);
}

static inline void memcpy_to_page(struct page *page, size_t offset,
				  const char *from, size_t len)
{
	memcpy((char *)page_address(page) + offset, from, len);
}

static inline void memcpy_page(struct page *dst, size_t dst_off,
			       struct page *src, size_t src_off, size_t len)
{
	memcpy((char *)page_address(dst) + dst_off,
	       (char *)page_address(src) + src_off, len);
}

static inline void memset_page(struct page *page, size_t offset, int val,
			       size_t len)
{
	memset((char *)page_address(page) + offset, val, len);
}

static inline void memzero_page(struct page *page, size_t offset, size_t len)
{
	memset_page(page, offset, 0, len);
}

static inline void clear_highpage(struct page *page)
{
	clear_page(page_address(page));
}

static inline void copy_highpage(struct page *to, struct page *from)
{
	copy_page(page_address(to), page_address(from));
}

#endif /* SHIM_LINUX_HIGHMEM_H */
