// SPDX-License-Identifier: GPL-2.0
/*
 * Memory: the C library's, which the sanitizer watches; pages in one range, so
 * that page and address follow from each other; per-CPU memory in areas of equal
 * distance; pools with a reserve.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "thread.h"

#include <linux/mempool.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

/* ---- slabs ---- */

static u64 nr_live;

void *shim_alloc(size_t size, gfp_t gfp, size_t align)
{
	void *p;

	if (posix_memalign(&p, max_t(size_t, align, 64), size ?: 1))
		return NULL;
	if (gfp & __GFP_ZERO)
		memset(p, 0, size);
	__atomic_fetch_add(&nr_live, 1, __ATOMIC_RELAXED);
	return p;
}

void kfree(const void *ptr)
{
	if (!ptr)
		return;
	__atomic_fetch_sub(&nr_live, 1, __ATOMIC_RELAXED);
	free((void *)ptr);
}

void kvfree(const void *ptr)
{
	kfree(ptr);
}

void vfree(const void *ptr)
{
	kfree(ptr);
}

struct sim_mem_stats sim_mem_stats(void)
{
	return (struct sim_mem_stats){
		.live = __atomic_load_n(&nr_live, __ATOMIC_RELAXED),
	};
}

struct kmem_cache *shim_kmem_cache_create(const char *name, unsigned int size,
					  unsigned int align,
					  slab_flags_t flags,
					  void (*ctor)(void *obj))
{
	struct kmem_cache *cache = kzalloc(sizeof(*cache), GFP_KERNEL);

	cache->name = name;
	cache->object_size = size;
	cache->align = align;
	cache->ctor = ctor;
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	kfree(cache);
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	void *obj = shim_alloc(cache->object_size, gfp, cache->align);

	if (obj && cache->ctor)
		cache->ctor(obj);
	return obj;
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	kfree(obj);
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr,
			  void **objs)
{
	size_t i;

	for (i = 0; i < nr; i++)
		objs[i] = kmem_cache_alloc(cache, gfp);
	return nr;
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objs)
{
	while (nr)
		kfree(objs[--nr]);
}

/* ---- pages ---- */

#define MAX_ORDER	10
#define ARENA_SIZE	(4ull << 30)

static pthread_mutex_t page_lock = PTHREAD_MUTEX_INITIALIZER;
static char *arena;
static struct page *pages;
static u64 arena_used;
static struct page *free_pages_of[MAX_ORDER + 1];

static void *reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED) {
		fputs("sim: no address space\n", stderr);
		abort();
	}
	return p;
}

void *page_address(const struct page *page)
{
	return arena + ((page - pages) << PAGE_SHIFT);
}

struct page *virt_to_page(const void *addr)
{
	return &pages[((const char *)addr - arena) >> PAGE_SHIFT];
}

static struct page *page_get(unsigned int order)
{
	struct page *page;

	pthread_mutex_lock(&page_lock);
	if (!arena) {
		arena = reserve(ARENA_SIZE);
		pages = reserve((ARENA_SIZE >> PAGE_SHIFT) * sizeof(*pages));
	}
	page = free_pages_of[order];
	if (page) {
		free_pages_of[order] = page->next;
	} else {
		page = &pages[arena_used];
		arena_used += 1ull << order;
	}
	pthread_mutex_unlock(&page_lock);
	return page;
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = page_get(order);

	page->order = order;
	if (gfp & __GFP_ZERO)
		memset(page_address(page), 0, PAGE_SIZE << order);
	return page;
}

void __free_pages(struct page *page, unsigned int order)
{
	if (!page)
		return;
	pthread_mutex_lock(&page_lock);
	page->next = free_pages_of[order];
	free_pages_of[order] = page;
	pthread_mutex_unlock(&page_lock);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	return (unsigned long)page_address(alloc_pages(gfp, order));
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(virt_to_page((void *)addr), order);
}

struct page *shim_zero_page(void)
{
	static struct page *zero;
	struct page *page = __atomic_load_n(&zero, __ATOMIC_ACQUIRE), *none = NULL;

	if (page)
		return page;
	page = alloc_pages(__GFP_ZERO, 0);
	if (!__atomic_compare_exchange_n(&zero, &none, page, false,
					 __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		page = none;
	return page;
}

/* ---- per-CPU memory: handed out once ---- */

#define AREA_SIZE	(1u << 20)

static pthread_mutex_t percpu_lock = PTHREAD_MUTEX_INITIALIZER;
static char *areas;
static size_t area_used;

void *shim_alloc_percpu(size_t size, size_t align, gfp_t gfp)
{
	char *p;

	pthread_mutex_lock(&percpu_lock);
	if (!areas)
		areas = reserve((size_t)AREA_SIZE * NR_CPUS);
	p = areas + area_used;
	area_used += round_up(size, 64);
	pthread_mutex_unlock(&percpu_lock);
	return area_used > AREA_SIZE ? NULL : p;
}

void free_percpu(void *ptr)
{
}

void *shim_percpu_addr(const volatile void *ptr, unsigned int cpu)
{
	return (char *)ptr + (size_t)cpu * AREA_SIZE;
}

/* ---- pools ---- */

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc_fn,
		 mempool_free_t *free_fn, void *pool_data)
{
	memset(pool, 0, sizeof(*pool));
	spin_lock_init(&pool->lock);
	init_waitqueue_head(&pool->wait);
	pool->min_nr = min_nr;
	pool->alloc = alloc_fn;
	pool->free = free_fn;
	pool->pool_data = pool_data;
	pool->elements = kcalloc(max(min_nr, 1), sizeof(void *), GFP_KERNEL);
	for (; pool->curr_nr < min_nr; pool->curr_nr++)
		pool->elements[pool->curr_nr] = alloc_fn(GFP_KERNEL, pool_data);
	return 0;
}

void mempool_exit(mempool_t *pool)
{
	if (!pool->elements)
		return;
	while (pool->curr_nr)
		pool->free(pool->elements[--pool->curr_nr], pool->pool_data);
	kfree(pool->elements);
	pool->elements = NULL;
}

static void *from_reserve(mempool_t *pool)
{
	void *element = NULL;

	spin_lock(&pool->lock);
	if (pool->curr_nr)
		element = pool->elements[--pool->curr_nr];
	spin_unlock(&pool->lock);
	return element;
}

void *mempool_alloc_preallocated(mempool_t *pool)
{
	return from_reserve(pool);
}

/* Memory is short now and then, so that the reserves are used. */
void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	void *element = NULL;

	if (sim_world->opts.reserve_p &&
	    sim_rand_below(256) < sim_world->opts.reserve_p)
		element = from_reserve(pool);
	return element ?: pool->alloc(gfp, pool->pool_data);
}

void mempool_free(void *element, mempool_t *pool)
{
	bool kept = false;

	if (!element)
		return;
	spin_lock(&pool->lock);
	if (pool->curr_nr < pool->min_nr) {
		pool->elements[pool->curr_nr++] = element;
		kept = true;
	}
	spin_unlock(&pool->lock);
	if (!kept)
		pool->free(element, pool->pool_data);
}

void *mempool_alloc_slab(gfp_t gfp, void *pool_data)
{
	return kmem_cache_alloc(pool_data, gfp);
}

void mempool_free_slab(void *element, void *pool_data)
{
	kmem_cache_free(pool_data, element);
}

void *mempool_kmalloc(gfp_t gfp, void *pool_data)
{
	return kmalloc((size_t)pool_data, gfp);
}

void mempool_kfree(void *element, void *pool_data)
{
	kfree(element);
}

void *mempool_alloc_pages(gfp_t gfp, void *pool_data)
{
	return alloc_pages(gfp, (unsigned int)(long)pool_data);
}

void mempool_free_pages(void *element, void *pool_data)
{
	__free_pages(element, (unsigned int)(long)pool_data);
}
