// SPDX-License-Identifier: GPL-2.0
/*
 * Pages.
 *
 * They lie in one large range of addresses, so that page and address follow from
 * each other.  A block of 2^n pages has a slot of 2^(n+1), whose other half is
 * never touched: an overrun faults or is reported.  Slots are shared by all
 * worlds, and each world knows which it has.
 */
#include <sys/mman.h>

#include "rt.h"
#include "asan.h"

#include <linux/highmem.h>
#include <linux/mm.h>

#ifdef HAVE_ASAN
#define QUARANTINE	256	/* free blocks that are not handed out again yet */
#else
#define QUARANTINE	0
#endif

#define MAX_ORDER	10
#define ARENA_SIZE	(16ull << 30)
#define ARENA_PAGES	(ARENA_SIZE >> PAGE_SHIFT)

static char *arena;
static struct page *pages;
static u64 arena_used;		/* pages */
static struct list_head free_list[MAX_ORDER + 1];
static u32 nr_free[MAX_ORDER + 1];

static void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		fputs("sim: no address space for pages\n", stderr);
		abort();
	}
	return p;
}

static void arena_init(void)
{
	int i;

	/* Blocks are aligned to their size. */
	arena = reserve(ARENA_SIZE + (PAGE_SIZE << (MAX_ORDER + 1)));
	arena = PTR_ALIGN(arena, PAGE_SIZE << (MAX_ORDER + 1));
	pages = reserve(ARENA_PAGES * sizeof(struct page));
	for (i = 0; i <= MAX_ORDER; i++)
		INIT_LIST_HEAD(&free_list[i]);
}

static struct page *slot_new(unsigned int order)
{
	u64 nr = 2ull << order;

	arena_used = round_up(arena_used, nr);
	if (arena_used + nr > ARENA_PAGES)
		return NULL;
	hide(arena + (arena_used << PAGE_SHIFT), nr << PAGE_SHIFT);
	arena_used += nr;
	return &pages[arena_used - nr];
}

/* First in, first out with the sanitizer, so that stale pointers are noticed. */
static struct page *slot_get(unsigned int order)
{
	struct list_head *list = &free_list[order];
	struct page *page;

	if (nr_free[order] <= QUARANTINE)
		return slot_new(order);
	if (QUARANTINE)
		page = list_first_entry(list, struct page, lru);
	else
		page = list_last_entry(list, struct page, lru);
	list_del(&page->lru);
	nr_free[order]--;
	return page;
}

void *page_address(const struct page *page)
{
	return arena + ((u64)(page - pages) << PAGE_SHIFT);
}

struct page *virt_to_page(const void *addr)
{
	u64 off = (const char *)addr - arena;

	if (!arena || off >= arena_used << PAGE_SHIFT) {
		sim_fail(SIM_FAIL_MEMORY,
			 "virt_to_page() of memory that is not made of pages");
		return NULL;
	}
	return &pages[off >> PAGE_SHIFT];
}

static void page_link(struct world *w, struct page *page)
{
	page->world = w;
	page->next = w->mem.pages;
	page->pprev = &w->mem.pages;
	if (page->next)
		page->next->pprev = &page->next;
	w->mem.pages = page;
}

static void page_unlink(struct page *page)
{
	*page->pprev = page->next;
	if (page->next)
		page->next->pprev = page->pprev;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page;

	if (order > MAX_ORDER || alloc_must_fail(gfp))
		return NULL;
	if (!arena)
		arena_init();
	page = slot_get(order);
	if (!page)
		return NULL;
	page->order = order;
	page->refs = 1;
	page->private = 0;
	page->allocated = true;
	page_link(sim_world, page);
	show(page_address(page), PAGE_SIZE << order);
	memset(page_address(page), gfp & __GFP_ZERO ? 0 : POISON_INUSE,
	       PAGE_SIZE << order);
	return page;
}

static void page_free(struct page *page)
{
	page->allocated = false;
	page_unlink(page);
	hide(page_address(page), PAGE_SIZE << page->order);
	list_add_tail(&page->lru, &free_list[page->order]);
	nr_free[page->order]++;
}

void __free_pages(struct page *page, unsigned int order)
{
	if (!page)
		return;
	if (!page->allocated || page->order != order ||
	    page->world != sim_world) {
		fail_at(SIM_FAIL_MEMORY, __builtin_return_address(0),
			"bad free of a page: %s",
			!page->allocated ? "it is free" :
			page->order != order ? "order" : "another world's");
		return;
	}
	if (!--page->refs)
		page_free(page);
}

void get_page(struct page *page)
{
	page->refs++;
}

void put_page(struct page *page)
{
	__free_pages(page, page->order);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	return page ? (unsigned long)page_address(page) : 0;
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page((void *)addr), order);
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return (void *)__get_free_pages(gfp, get_order(size));
}

void free_pages_exact(void *addr, size_t size)
{
	free_pages((unsigned long)addr, get_order(size));
}

unsigned long alloc_pages_bulk_array(gfp_t gfp, unsigned long nr,
				     struct page **array)
{
	unsigned long i;

	for (i = 0; i < nr; i++) {
		if (!array[i])
			array[i] = alloc_page(gfp);
		if (!array[i])
			break;
	}
	return i;
}

void clear_page(void *page)
{
	memset(page, 0, PAGE_SIZE);
}

void copy_page(void *to, void *from)
{
	memcpy(to, from, PAGE_SIZE);
}

unsigned long totalram_pages(void)
{
	return 1ul << 20;
}

/* One per world; the test's own accounting does not see it. */
struct page *shim_zero_page(void)
{
	struct world *w = sim_world;

	if (!w->zero_page) {
		w->zero_page = alloc_pages(GFP_NOWAIT | __GFP_ZERO | __GFP_NOFAIL,
					   0);
		w->mem.stats.allocs--;
	}
	return w->zero_page;
}

int pages_report_leaks(struct world *w)
{
	struct page *page;
	int n = 0;

	for (page = w->mem.pages; page; page = page->next) {
		if (page == w->zero_page)
			continue;
		fprintf(stderr, "sim: leak of a page of order %u, %d references\n",
			page->order, page->refs);
		n++;
	}
	return n;
}

void pages_free_all(struct world *w)
{
	while (w->mem.pages)
		page_free(w->mem.pages);
}
