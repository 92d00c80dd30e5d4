// SPDX-License-Identifier: GPL-2.0
/*
 * kmalloc() and its relatives.
 *
 * Every object has a header that links it into its world and names who allocated
 * it; the header is poisoned for the address sanitizer, so that it is a red zone
 * too.  New memory is filled with a pattern, so that a run does not depend on
 * what was there before.  Failures are injected here, for pages as well.
 */
#include "rt.h"
#include "asan.h"

#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>

#define MEM_MAGIC	0x6d656d6fu

struct mem_head {
	struct mem_head *next, *prev;	/* of the world */
	struct world *world;
	void *base;		/* what malloc() returned */
	const void *site;
	size_t size;
	struct kmem_cache *cache;
	u32 magic;
	u32 reserved;
};

#define HEAD_SIZE	64

static_assert(sizeof(struct mem_head) == HEAD_SIZE);

/* Before anything else, so that list_head stands for the first two members. */
#define head_of(p)	((struct mem_head *)((char *)(p) - HEAD_SIZE))
#define head_node(h)	((struct list_head *)(h))

/* May a neighbour's header be touched?  They are poisoned otherwise. */
static void heads_show(struct world *w, struct mem_head *h, bool shown)
{
	struct list_head *node[] = { head_node(h)->next, head_node(h)->prev };
	int i;

	for (i = 0; i < 2; i++) {
		if (node[i] == &w->mem.objects)
			continue;
		if (shown)
			show(node[i], HEAD_SIZE);
		else
			hide(node[i], HEAD_SIZE);
	}
}

static void head_link(struct world *w, struct mem_head *h)
{
	struct list_head *last = w->mem.objects.prev;

	if (last != &w->mem.objects)
		show(last, HEAD_SIZE);
	list_add_tail(head_node(h), &w->mem.objects);
	if (last != &w->mem.objects)
		hide(last, HEAD_SIZE);
}

static void head_unlink(struct world *w, struct mem_head *h)
{
	heads_show(w, h, true);
	__list_del_entry(head_node(h));
	heads_show(w, h, false);
}

/* Attempts are counted whether they may sleep or not. */
bool alloc_must_fail(gfp_t gfp)
{
	struct world *w = sim_world;
	struct mem_state *mem = &w->mem;
	bool sleeps = gfpflags_allow_blocking(gfp);
	bool fail;

	might_alloc(gfp);
	if (sleeps)
		shim_yield(SHIM_YIELD_ALLOC);
	mem->stats.allocs++;
	if (gfp & __GFP_NOFAIL)
		return false;
	if (mem->fail_at && !--mem->fail_at)
		fail = true;
	else
		fail = rng_chance(&w->rng_fault, sleeps ?
				  w->opts.fail_sleeping_p :
				  w->opts.fail_nowait_p, 16);
	mem->stats.failed += fail;
	return fail;
}

static void *object_alloc(size_t size, gfp_t gfp, size_t align,
			  const void *site)
{
	struct world *w = sim_world;
	struct mem_head *h;
	void *base;
	char *p;

	base = malloc(size + HEAD_SIZE + align);
	if (!base)
		return NULL;
	p = PTR_ALIGN((char *)base + HEAD_SIZE, align);
	h = head_of(p);
	*h = (struct mem_head){
		.world = w,
		.base = base,
		.site = site,
		.size = size,
		.magic = MEM_MAGIC,
	};
	head_link(w, h);
	hide(h, HEAD_SIZE);
	hide(p + size, (char *)base + HEAD_SIZE + align - p);
	memset(p, gfp & __GFP_ZERO ? 0 : POISON_INUSE, size);
	w->mem.stats.live++;
	w->mem.stats.live_bytes += size;
	return p;
}

/* Objects of a power of two are aligned to their size, as in the kernel. */
static size_t natural_align(size_t size, size_t align)
{
	if (size > 8 && is_power_of_2(size))
		align = max(align, min_t(size_t, size, PAGE_SIZE));
	return align;
}

void *shim_alloc(size_t size, gfp_t gfp, size_t align)
{
	if (alloc_must_fail(gfp))
		return NULL;
	if (!size)
		return ZERO_SIZE_PTR;
	return object_alloc(size, gfp, natural_align(size, align),
			    __builtin_return_address(0));
}

/* For the runtime: never fails, not counted as an attempt. */
void *rt_zalloc(size_t size)
{
	return object_alloc(size, __GFP_ZERO, 16, __builtin_return_address(0));
}

static struct mem_head *head_check(const void *ptr, const void *site)
{
	struct mem_head *h = head_of(ptr);

	show(h, HEAD_SIZE);
	if (h->magic == MEM_MAGIC && h->world == sim_world)
		return h;
	fail_at(SIM_FAIL_MEMORY, site, "%#lx is not an object of this world",
		(unsigned long)ptr);
	return NULL;
}

static void object_free(struct mem_head *h)
{
	struct world *w = h->world;
	void *base = h->base;

	w->mem.stats.live--;
	w->mem.stats.live_bytes -= h->size;
	head_unlink(w, h);
	h->magic = 0;
	show(base, (char *)h - (char *)base + HEAD_SIZE + h->size);
	free(base);
}

static void free_checked(const void *ptr, struct kmem_cache *cache,
			 const void *site)
{
	struct mem_head *h;

	if (ZERO_OR_NULL_PTR(ptr))
		return;
	h = head_check(ptr, site);
	if (!h)
		return;
	if (cache && h->cache != cache) {
		fail_at(SIM_FAIL_MEMORY, site, "object of cache %s freed to %s",
			h->cache ? h->cache->name : "(none)", cache->name);
		return;
	}
	if (h->cache)
		h->cache->nr_objects--;
	object_free(h);
}

void kfree(const void *ptr)
{
	free_checked(ptr, NULL, __builtin_return_address(0));
}

/* May sleep when the memory is that of vmalloc(). */
void kvfree(const void *ptr)
{
	free_checked(ptr, NULL, __builtin_return_address(0));
}

void kfree_sensitive(const void *ptr)
{
	free_checked(ptr, NULL, __builtin_return_address(0));
}

size_t ksize(const void *ptr)
{
	struct mem_head *h;
	size_t size;

	if (ZERO_OR_NULL_PTR(ptr))
		return 0;
	h = head_check(ptr, __builtin_return_address(0));
	size = h->size;
	hide(h, HEAD_SIZE);
	return size;
}

void *krealloc(const void *ptr, size_t size, gfp_t gfp)
{
	size_t old = ksize(ptr);
	void *p;

	if (!size) {
		kfree(ptr);
		return ZERO_SIZE_PTR;
	}
	p = shim_alloc(size, gfp, 8);
	if (!p)
		return NULL;
	memcpy(p, ptr, min(old, size));
	kfree(ptr);
	return p;
}

bool is_vmalloc_addr(const void *addr)
{
	return false;
}

/* ---- caches ---- */

struct kmem_cache *shim_kmem_cache_create(const char *name, unsigned int size,
					  unsigned int align,
					  slab_flags_t flags,
					  void (*ctor)(void *obj))
{
	struct kmem_cache *cache;

	if (flags & SLAB_TYPESAFE_BY_RCU)
		sim_fail(SIM_FAIL_MEMORY, "SLAB_TYPESAFE_BY_RCU is not simulated");
	if (alloc_must_fail(GFP_KERNEL))
		return NULL;
	if (flags & SLAB_HWCACHE_ALIGN)
		align = max(align, 64u);
	cache = object_alloc(sizeof(*cache), __GFP_ZERO, 8,
			     __builtin_return_address(0));
	cache->name = name;
	cache->object_size = size;
	cache->align = max(align, 8u);
	cache->flags = flags;
	cache->ctor = ctor;
	return cache;
}

void kmem_cache_destroy(struct kmem_cache *cache)
{
	if (!cache)
		return;
	if (cache->nr_objects)
		shim_warn(__FILE__, __LINE__,
			  "cache %s is destroyed with %lu objects in use",
			  cache->name, cache->nr_objects);
	kfree(cache);
}

static void *cache_alloc(struct kmem_cache *cache, gfp_t gfp, const void *site)
{
	void *obj;

	if (alloc_must_fail(gfp))
		return NULL;
	obj = object_alloc(cache->object_size, gfp, cache->align, site);
	show(head_of(obj), HEAD_SIZE);
	head_of(obj)->cache = cache;
	hide(head_of(obj), HEAD_SIZE);
	cache->nr_objects++;
	if (cache->ctor)
		cache->ctor(obj);
	return obj;
}

void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp)
{
	return cache_alloc(cache, gfp, __builtin_return_address(0));
}

void kmem_cache_free(struct kmem_cache *cache, void *obj)
{
	free_checked(obj, cache, __builtin_return_address(0));
}

int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr,
			  void **objs)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		objs[i] = cache_alloc(cache, gfp, __builtin_return_address(0));
		if (!objs[i]) {
			kmem_cache_free_bulk(cache, i, objs);
			return 0;
		}
	}
	return nr;
}

void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objs)
{
	while (nr--)
		kmem_cache_free(cache, objs[nr]);
}

/* ---- tests and the end of the world ---- */

struct sim_mem_stats sim_mem_stats(void)
{
	return sim_world->mem.stats;
}

void sim_fail_alloc(u64 nth)
{
	sim_world->mem.fail_at = nth;
}

int mem_report_leaks(struct world *w)
{
	struct list_head *node, *next;
	struct mem_head *h;
	char where[256];
	int n = 0;

	for (node = w->mem.objects.next; node != &w->mem.objects; node = next) {
		h = (struct mem_head *)node;
		show(h, HEAD_SIZE);
		next = node->next;
		describe_site(h->site, where, sizeof(where));
		fprintf(stderr, "sim: leak of %zu bytes%s%s, allocated at %s\n",
			h->size, h->cache ? " of cache " : "",
			h->cache ? h->cache->name : "", where);
		hide(h, HEAD_SIZE);
		n++;
	}
	return n;
}

void mem_free_all(struct world *w)
{
	struct list_head *node, *next;
	struct mem_head *h;

	for (node = w->mem.objects.next; node != &w->mem.objects; node = next) {
		h = (struct mem_head *)node;
		show(h, HEAD_SIZE);
		next = node->next;
		show(h->base, (char *)h - (char *)h->base + HEAD_SIZE + h->size);
		free(h->base);
	}
	INIT_LIST_HEAD(&w->mem.objects);
}
