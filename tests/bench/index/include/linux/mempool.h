/* SPDX-License-Identifier: GPL-2.0 */
/* Pools with a reserve.  The benchmark never runs out of memory: no waiting. */
#ifndef BENCH_LINUX_MEMPOOL_H
#define BENCH_LINUX_MEMPOOL_H

#include <linux/slab.h>

typedef struct mempool_s {
	struct kmem_cache *cache;
	int min_nr;
	int curr_nr;
	void **elements;
} mempool_t;

int mempool_init_slab_pool(mempool_t *pool, int min_nr,
			   struct kmem_cache *cache);
void mempool_exit(mempool_t *pool);

static inline void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	return kmem_cache_alloc(pool->cache, gfp);
}

static inline void mempool_free(void *element, mempool_t *pool)
{
	kmem_cache_free(pool->cache, element);
}

#endif /* BENCH_LINUX_MEMPOOL_H */
