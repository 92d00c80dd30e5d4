/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Slabs of the benchmark, see runtime.c: memory is counted as the kernel's
 * allocator would take it from the page allocator.
 */
#ifndef BENCH_LINUX_SLAB_H
#define BENCH_LINUX_SLAB_H

#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/string.h>
#include <linux/types.h>

#define SLAB_PANIC		0
#define SLAB_RECLAIM_ACCOUNT	0

struct kmem_cache;
struct list_lru;

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size,
				     unsigned int align, unsigned int flags,
				     void (*ctor)(void *obj));
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *obj);
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr,
			  void **objs);
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objs);
void *kvcalloc(size_t n, size_t size, gfp_t gfp);
void kvfree(const void *ptr);
void kfree(const void *ptr);

#define kmem_cache_alloc_lru(cache, lru, gfp)	kmem_cache_alloc(cache, gfp)
#define kmem_cache_zalloc(cache, gfp)	\
	kmem_cache_alloc(cache, (gfp) | __GFP_ZERO)

#endif /* BENCH_LINUX_SLAB_H */
