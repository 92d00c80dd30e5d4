// SPDX-License-Identifier: GPL-2.0
/*
 * The ground that all back ends of the index benchmark stand on: slabs, large
 * allocations, RCU, and the few library functions that kernel code wants.
 *
 * Slabs are laid out as the kernel's allocator lays them out (order of a slab,
 * objects per slab, one active slab per thread, a list of partial ones, empty
 * ones given back beyond a handful), because the figure of merit is the memory
 * that an index takes from the page allocator, holes included.  Slab memory
 * lives in one arena on huge pages, as the kernel's direct map does.  RCU is
 * described in include/linux/rcupdate.h.
 *
 * Knows nothing of indexes.  Any failure here ends the program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <linux/bitmap.h>
#include <linux/list.h>
#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "runtime.h"

/* The machine that slab sizes are computed for. */
#define SLAB_CPUS_LOG2		5	/* 16 CPUs and a few more */
#define SLAB_MIN_OBJECTS	(4 * (SLAB_CPUS_LOG2 + 1))
#define SLAB_MAX_ORDER		3
#define SLAB_MIN_PARTIAL	5

#define PAGE_BYTES		4096UL
#define ARENA_BYTES		(4UL << 30)
#define ARENA_PAGES		(ARENA_BYTES / PAGE_BYTES)
#define MAX_LARGE		64

struct slab {
	struct kmem_cache *cache;
	struct list_head node;	/* in the cache's partial list, or empty */
	void *free;
	unsigned int inuse;
	void *mem;
};

struct active_slab {
	struct slab *slab;
	void *free;
};

struct kmem_cache {
	unsigned int size;
	unsigned int link;	/* where a free object keeps the next one */
	void (*ctor)(void *obj);
	unsigned int order;
	unsigned int objects;	/* per slab */
	struct active_slab active[BENCH_MAX_THREADS];
	spinlock_t lock;	/* protects the partial list and its slabs */
	struct list_head partial;
	unsigned int nr_partial;
	size_t live;		/* slabs */
};

static struct {
	char *base;
	struct slab **slab_of_page;
	size_t next;			/* page */
	void *free[SLAB_MAX_ORDER + 1];	/* blocks that were given back */
	size_t pages;			/* in use */
	spinlock_t lock;
} arena;

static struct {
	void *ptr;
	size_t bytes;
} large[MAX_LARGE];
static size_t large_bytes;

static __thread int this_cpu;
__thread int bench_rcu_nesting;

static void __noreturn fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static void *must(void *ptr)
{
	if (!ptr)
		fail("out of memory");
	return ptr;
}

/* ---- pages ---- */

static void arena_init(void)
{
	size_t huge = 2UL << 20;
	char *base = mmap(NULL, ARENA_BYTES + huge, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		fail("no address space");
	arena.base = (char *)(((unsigned long)base + huge - 1) & ~(huge - 1));
	madvise(arena.base, ARENA_BYTES, MADV_HUGEPAGE);
	arena.slab_of_page = must(calloc(ARENA_PAGES, sizeof(struct slab *)));
}

static struct slab *slab_of(const void *obj)
{
	return arena.slab_of_page[((char *)obj - arena.base) / PAGE_BYTES];
}

static void *arena_get(unsigned int order)
{
	void *mem;

	spin_lock(&arena.lock);
	if (!arena.base)
		arena_init();
	mem = arena.free[order];
	if (mem) {
		arena.free[order] = *(void **)mem;
	} else {
		if (arena.next + (1UL << order) > ARENA_PAGES)
			fail("the arena is full");
		mem = arena.base + arena.next * PAGE_BYTES;
		arena.next += 1UL << order;
	}
	arena.pages += 1UL << order;
	spin_unlock(&arena.lock);
	return mem;
}

static void arena_put(void *mem, unsigned int order)
{
	spin_lock(&arena.lock);
	*(void **)mem = arena.free[order];
	arena.free[order] = mem;
	arena.pages -= 1UL << order;
	spin_unlock(&arena.lock);
}

size_t bench_memory(void)
{
	return arena.pages * PAGE_BYTES + large_bytes;
}

/* ---- slabs ---- */

/* The smallest order with enough objects that wastes a fraction at most. */
static unsigned int slab_order(unsigned int size)
{
	unsigned int order, first = 0, fraction;

	while ((PAGE_BYTES << first) < SLAB_MIN_OBJECTS * size &&
	       first < SLAB_MAX_ORDER)
		first++;
	for (fraction = 16; fraction > 1; fraction /= 2)
		for (order = first; order <= SLAB_MAX_ORDER; order++)
			if ((PAGE_BYTES << order) % size <=
			    (PAGE_BYTES << order) / fraction)
				return order;
	return SLAB_MAX_ORDER;
}

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, unsigned int flags,
				     void (*ctor)(void *obj))
{
	struct kmem_cache *cache = must(calloc(1, sizeof(*cache)));

	cache->size = ALIGN(size, align ? align : 8);
	cache->ctor = ctor;
	/* A free object keeps what its constructor made. */
	if (ctor) {
		cache->link = cache->size;
		cache->size += sizeof(void *);
	}
	cache->order = slab_order(cache->size);
	cache->objects = (PAGE_BYTES << cache->order) / cache->size;
	INIT_LIST_HEAD(&cache->partial);
	return cache;
}

static inline void **link_of(const struct kmem_cache *cache, void *obj)
{
	return obj + cache->link;
}

static struct slab *slab_create(struct kmem_cache *cache)
{
	struct slab *slab = must(calloc(1, sizeof(*slab)));
	unsigned int i;
	char *obj;

	slab->cache = cache;
	slab->mem = arena_get(cache->order);
	INIT_LIST_HEAD(&slab->node);
	for (i = 0; i < 1U << cache->order; i++)
		arena.slab_of_page[((char *)slab->mem - arena.base) /
				   PAGE_BYTES + i] = slab;
	for (i = cache->objects; i--; ) {
		obj = (char *)slab->mem + i * cache->size;
		if (cache->ctor)
			cache->ctor(obj);
		*link_of(cache, obj) = slab->free;
		slab->free = obj;
	}
	cache->live++;
	return slab;
}

static void slab_destroy(struct slab *slab)
{
	slab->cache->live--;
	arena_put(slab->mem, slab->cache->order);
	free(slab);
}

/* The thread's active slab is used up: what others freed there, or another. */
static noinline void slab_refill(struct kmem_cache *cache,
				 struct active_slab *active)
{
	struct slab *slab;

	spin_lock(&cache->lock);
	slab = active->slab;
	if (!slab || !slab->free) {
		slab = list_first_entry_or_null(&cache->partial, struct slab,
						node);
		if (slab) {
			list_del_init(&slab->node);
			cache->nr_partial--;
		} else {
			slab = slab_create(cache);
		}
		active->slab = slab;
	}
	active->free = slab->free;
	slab->free = NULL;
	slab->inuse = cache->objects;
	spin_unlock(&cache->lock);
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	struct active_slab *active = &cache->active[this_cpu];
	void *obj;

	if (unlikely(!active->free))
		slab_refill(cache, active);
	obj = active->free;
	active->free = *link_of(cache, obj);
	if (gfp & __GFP_ZERO)
		memset(obj, 0, cache->size);
	return obj;
}

/* To a slab that is not this thread's active one. */
static noinline void slab_put(struct kmem_cache *cache, struct slab *slab,
			      void *obj)
{
	bool active = false;
	int i;

	spin_lock(&cache->lock);
	*link_of(cache, obj) = slab->free;
	slab->free = obj;
	slab->inuse--;
	for (i = 0; i < BENCH_MAX_THREADS; i++)
		active |= cache->active[i].slab == slab;
	if (!active && list_empty(&slab->node)) {
		list_add(&slab->node, &cache->partial);
		cache->nr_partial++;
	}
	if (!active && !slab->inuse && cache->nr_partial > SLAB_MIN_PARTIAL) {
		list_del(&slab->node);
		cache->nr_partial--;
		slab_destroy(slab);
	}
	spin_unlock(&cache->lock);
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	struct active_slab *active = &cache->active[this_cpu];
	struct slab *slab = slab_of(obj);

	if (likely(slab == active->slab)) {
		*link_of(cache, obj) = active->free;
		active->free = obj;
		return;
	}
	slab_put(cache, slab, obj);
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
	size_t i;

	for (i = 0; i < nr; i++)
		kmem_cache_free(cache, objs[i]);
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	struct slab *slab, *next;
	int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++)
		if (cache->active[i].slab)
			slab_destroy(cache->active[i].slab);
	list_for_each_entry_safe(slab, next, &cache->partial, node)
		slab_destroy(slab);
	if (cache->live)
		fail("objects of a cache were not freed");
	free(cache);
}

/* ---- large allocations ---- */

void *kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes = ALIGN(n * size, PAGE_BYTES);
	int i;

	for (i = 0; i < MAX_LARGE && large[i].ptr; i++)
		;
	if (i == MAX_LARGE)
		fail("too many large allocations");
	large[i].ptr = must(aligned_alloc(PAGE_BYTES, bytes));
	large[i].bytes = bytes;
	large_bytes += bytes;
	return memset(large[i].ptr, 0, bytes);
}

void kvfree(const void *ptr)
{
	int i;

	if (!ptr)
		return;
	for (i = 0; i < MAX_LARGE && large[i].ptr != ptr; i++)
		;
	if (i == MAX_LARGE)
		fail("freed what was not allocated");
	large_bytes -= large[i].bytes;
	free(large[i].ptr);
	large[i].ptr = NULL;
}

void kfree(const void *ptr)
{
	if (ptr)
		kmem_cache_free(slab_of(ptr)->cache, (void *)ptr);
}

int mempool_init_slab_pool(mempool_t *pool, int min_nr,
			   struct kmem_cache *cache)
{
	pool->cache = cache;
	pool->min_nr = min_nr;
	pool->elements = must(calloc(min_nr, sizeof(void *)));
	for (pool->curr_nr = 0; pool->curr_nr < min_nr; pool->curr_nr++)
		pool->elements[pool->curr_nr] = kmem_cache_alloc(cache, 0);
	return 0;
}

void mempool_exit(mempool_t *pool)
{
	while (pool->curr_nr)
		kmem_cache_free(pool->cache, pool->elements[--pool->curr_nr]);
	free(pool->elements);
	pool->elements = NULL;
}

/* ---- RCU ---- */

struct callbacks {
	struct rcu_head *head;
	struct rcu_head **tail;
};

static struct rcu_cpu {
	bool online;
	unsigned long quiescent;	/* counts bench_quiescent() */
	unsigned long seen[BENCH_MAX_THREADS];	/* when @waiting began to */
	struct callbacks next, waiting;
} __aligned(128) rcu_cpus[BENCH_MAX_THREADS];

static void callbacks_init(struct callbacks *cbs)
{
	cbs->head = NULL;
	cbs->tail = &cbs->head;
}

static void callbacks_run(struct callbacks *cbs)
{
	struct rcu_head *head = cbs->head, *next;

	callbacks_init(cbs);
	for (; head; head = next) {
		next = head->next;
		head->func(head);
	}
}

void bench_thread_begin(int cpu)
{
	this_cpu = cpu;
	__atomic_store_n(&rcu_cpus[cpu].online, true, __ATOMIC_SEQ_CST);
}

void bench_thread_end(void)
{
	__atomic_store_n(&rcu_cpus[this_cpu].online, false, __ATOMIC_SEQ_CST);
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	struct callbacks *cbs = &rcu_cpus[this_cpu].next;

	if (!cbs->tail)
		callbacks_init(cbs);
	head->func = func;
	head->next = NULL;
	*cbs->tail = head;
	cbs->tail = &head->next;
}

static bool grace_period_is_over(const struct rcu_cpu *cpu)
{
	int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++)
		if (__atomic_load_n(&rcu_cpus[i].online, __ATOMIC_ACQUIRE) &&
		    __atomic_load_n(&rcu_cpus[i].quiescent, __ATOMIC_ACQUIRE) ==
		    cpu->seen[i])
			return false;
	return true;
}

void bench_quiescent(void)
{
	struct rcu_cpu *cpu = &rcu_cpus[this_cpu];
	int i;

	if (bench_rcu_nesting)
		fail("quiescent inside a read section");
	__atomic_store_n(&cpu->quiescent, cpu->quiescent + 1, __ATOMIC_SEQ_CST);
	if (cpu->waiting.head) {
		if (!grace_period_is_over(cpu))
			return;
		callbacks_run(&cpu->waiting);
	}
	if (!cpu->next.head)
		return;
	for (i = 0; i < BENCH_MAX_THREADS; i++)
		cpu->seen[i] = __atomic_load_n(&rcu_cpus[i].quiescent,
					       __ATOMIC_SEQ_CST);
	cpu->waiting = cpu->next;
	callbacks_init(&cpu->next);
}

/* Called while no other thread runs: all that was queued is due. */
void rcu_barrier(void)
{
	int i;

	for (i = 0; i < BENCH_MAX_THREADS; i++) {
		callbacks_run(&rcu_cpus[i].waiting);
		while (rcu_cpus[i].next.head)
			callbacks_run(&rcu_cpus[i].next);
	}
}

/* ---- what kernel code expects of its library ---- */

unsigned long shim_find_next(const unsigned long *map, unsigned long size,
			     unsigned long start, unsigned long invert)
{
	unsigned long word;

	for (; start < size; start = (start / 64 + 1) * 64) {
		word = (map[start / 64] ^ invert) & (~0UL << start % 64);
		if (word)
			return min(size, start / 64 * 64 + __ffs(word));
	}
	return size;
}

void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len)
{
	for (; len; len--, start++)
		__clear_bit(start, map);
}

bool bitmap_empty(const unsigned long *map, unsigned int bits)
{
	return shim_find_next(map, bits, 0, 0) == bits;
}
