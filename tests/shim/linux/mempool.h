/* SPDX-License-Identifier: GPL-2.0 */
/* Pools with a reserve: an allocation that may sleep never fails. */
#ifndef SHIM_LINUX_MEMPOOL_H
#define SHIM_LINUX_MEMPOOL_H

#include <linux/slab.h>
#include <linux/wait.h>

typedef void *(mempool_alloc_t)(gfp_t gfp, void *pool_data);
typedef void (mempool_free_t)(void *element, void *pool_data);

typedef struct mempool_s {
	spinlock_t lock;
	int min_nr;
	int curr_nr;
	void **elements;
	void *pool_data;
	mempool_alloc_t *alloc;
	mempool_free_t *free;
	wait_queue_head_t wait;
} mempool_t;

static inline bool mempool_initialized(mempool_t *pool)
{
	return pool->elements != NULL;
}

int mempool_init(mempool_t *pool, int min_nr, mempool_alloc_t *alloc_fn,
		 mempool_free_t *free_fn, void *pool_data);
void mempool_exit(mempool_t *pool);
mempool_t *mempool_create(int min_nr, mempool_alloc_t *alloc_fn,
			  mempool_free_t *free_fn, void *pool_data);
void mempool_destroy(mempool_t *pool);
int mempool_resize(mempool_t *pool, int new_min_nr);
void *mempool_alloc(mempool_t *pool, gfp_t gfp) __malloc;
void *mempool_alloc_preallocated(mempool_t *pool) __malloc;
void mempool_free(void *element, mempool_t *pool);

void *mempool_alloc_slab(gfp_t gfp, void *pool_data);
void mempool_free_slab(void *element, void *pool_data);
void *mempool_kmalloc(gfp_t gfp, void *pool_data);
void mempool_kfree(void *element, void *pool_data);
void *mempool_alloc_pages(gfp_t gfp, void *pool_data);
void mempool_free_pages(void *element, void *pool_data);

#define mempool_init_slab_pool(pool, nr, cache)			\
	mempool_init(pool, nr, mempool_alloc_slab, mempool_free_slab,	\
		     (void *)(cache))
#define mempool_create_slab_pool(nr, cache)			\
	mempool_create(nr, mempool_alloc_slab, mempool_free_slab,	\
		       (void *)(cache))
#define mempool_init_kmalloc_pool(pool, nr, size)		\
	mempool_init(pool, nr, mempool_kmalloc, mempool_kfree,	\
		     (void *)(unsigned long)(size))
#define mempool_create_kmalloc_pool(nr, size)			\
	mempool_create(nr, mempool_kmalloc, mempool_kfree,	\
		       (void *)(unsigned long)(size))
#define mempool_init_page_pool(pool, nr, order)			\
	mempool_init(pool, nr, mempool_alloc_pages, mempool_free_pages,	\
		     (void *)(long)(order))
#define mempool_create_page_pool(nr, order)			\
	mempool_create(nr, mempool_alloc_pages, mempool_free_pages,	\
		       (void *)(long)(order))

#endif /* SHIM_LINUX_MEMPOOL_H */
