// SPDX-License-Identifier: GPL-2.0
/* Pools with a reserve, which come to it only when memory is short. */
#include "rt.h"

#include <linux/mempool.h>

static void pool_drain(mempool_t *pool)
{
	while (pool->curr_nr)
		pool->free(pool->elements[--pool->curr_nr], pool->pool_data);
}

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc_fn,
		 mempool_free_t *free_fn, void *pool_data)
{
	void *element;

	memset(pool, 0, sizeof(*pool));
	spin_lock_init(&pool->lock);
	init_waitqueue_head(&pool->wait);
	pool->min_nr = min_nr;
	pool->alloc = alloc_fn;
	pool->free = free_fn;
	pool->pool_data = pool_data;
	pool->elements = kmalloc_array(max(min_nr, 1), sizeof(void *),
				       GFP_KERNEL);
	if (!pool->elements)
		return -ENOMEM;
	while (pool->curr_nr < max(min_nr, 1)) {
		element = pool->alloc(GFP_KERNEL, pool->pool_data);
		if (!element) {
			mempool_exit(pool);
			return -ENOMEM;
		}
		pool->elements[pool->curr_nr++] = element;
	}
	return 0;
}

void mempool_exit(mempool_t *pool)
{
	if (!pool->elements)
		return;
	pool_drain(pool);
	kfree(pool->elements);
	pool->elements = NULL;
}

mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc_fn,
			  mempool_free_t *free_fn, void *pool_data)
{
	mempool_t *pool = kzalloc(sizeof(*pool), GFP_KERNEL);

	if (!pool)
		return NULL;
	if (mempool_init(pool, min_nr, alloc_fn, free_fn, pool_data)) {
		kfree(pool);
		return NULL;
	}
	return pool;
}

void mempool_destroy(mempool_t *pool)
{
	if (!pool)
		return;
	mempool_exit(pool);
	kfree(pool);
}

int mempool_resize(mempool_t *pool, int new_min_nr)
{
	void **elements;
	void *element;

	might_sleep();
	while (pool->curr_nr > new_min_nr)
		pool->free(pool->elements[--pool->curr_nr], pool->pool_data);
	elements = kmalloc_array(new_min_nr, sizeof(void *), GFP_KERNEL);
	if (!elements)
		return -ENOMEM;
	memcpy(elements, pool->elements, pool->curr_nr * sizeof(void *));
	kfree(pool->elements);
	pool->elements = elements;
	pool->min_nr = new_min_nr;
	while (pool->curr_nr < new_min_nr) {
		element = pool->alloc(GFP_KERNEL, pool->pool_data);
		if (!element)
			break;
		if (pool->curr_nr < pool->min_nr)
			pool->elements[pool->curr_nr++] = element;
		else
			pool->free(element, pool->pool_data);
	}
	return 0;
}

void *mempool_alloc_preallocated(mempool_t *pool)
{
	return pool->curr_nr ? pool->elements[--pool->curr_nr] : NULL;
}

/* The allocator is asked not to sleep, then the reserve, then one waits. */
static void *pool_try(mempool_t *pool, gfp_t gfp)
{
	void *element = NULL;

	if (!rng_chance(&sim_world->rng_fault, sim_world->opts.reserve_p, 8))
		element = pool->alloc((gfp & ~__GFP_DIRECT_RECLAIM) |
				      __GFP_NORETRY | __GFP_NOWARN,
				      pool->pool_data);
	return element ?: mempool_alloc_preallocated(pool);
}

void *mempool_alloc(mempool_t *pool, gfp_t gfp)
{
	void *element;

	might_sleep_if(gfpflags_allow_blocking(gfp));
	element = pool_try(pool, gfp);
	if (element || !gfpflags_allow_blocking(gfp))
		return element;
	/*
	 * The kernel waits five seconds at most before it looks again, whether or
	 * not an element came back.
	 */
	while (!element)
		wait_event_timeout(pool->wait,
				   (element = pool_try(pool, gfp)) != NULL,
				   5 * HZ);
	return element;
}

void mempool_free(void *element, mempool_t *pool)
{
	if (!element)
		return;
	if (pool->curr_nr < pool->min_nr) {
		pool->elements[pool->curr_nr++] = element;
		wake_up(&pool->wait);
		return;
	}
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
