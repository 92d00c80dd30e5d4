/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory.  Every object belongs to a world, which reports what was not freed
 * when it ends, and fails allocations as the test asks (see sim.h).
 */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/cleanup.h>
#include <linux/gfp.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define SLAB_HWCACHE_ALIGN	0x00002000U
#define SLAB_PANIC		0x00040000U
#define SLAB_TYPESAFE_BY_RCU	0x00080000U
#define SLAB_MEM_SPREAD		0U
#define SLAB_RECLAIM_ACCOUNT	0x00020000U
#define SLAB_ACCOUNT		0U
#define SLAB_NO_MERGE		0U

#define ARCH_KMALLOC_MINALIGN	8
#define ARCH_SLAB_MINALIGN	8
#define KMALLOC_MAX_SIZE	(4UL << 20)
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(x)	((unsigned long)(x) <= 16)

struct kmem_cache {
	const char *name;
	unsigned int object_size;
	unsigned int align;
	slab_flags_t flags;
	void (*ctor)(void *obj);
	unsigned long nr_objects;
};

void *shim_alloc(size_t size, gfp_t gfp, size_t align);
void kfree(const void *ptr);
size_t ksize(const void *ptr);
void *krealloc(const void *ptr, size_t size, gfp_t gfp) __must_check;

static inline __malloc void *kmalloc(size_t size, gfp_t gfp)
{
	return shim_alloc(size, gfp, 8);
}

static inline __malloc void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

static inline __malloc void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (check_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp);
}

static inline __malloc void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return kmalloc_array(n, size, gfp | __GFP_ZERO);
}

#define kmalloc_node(size, gfp, node)		kmalloc(size, gfp)
#define kzalloc_node(size, gfp, node)		kzalloc(size, gfp)
#define kcalloc_node(n, size, gfp, node)	kcalloc(n, size, gfp)
#define kmalloc_array_node(n, size, gfp, node)	kmalloc_array(n, size, gfp)
#define krealloc_array(p, n, size, gfp)		\
	krealloc(p, size_mul(n, size), gfp)

/* Addresses of kvmalloc()ed memory are those of kmalloc()ed memory here. */
#define kvmalloc(size, gfp)			kmalloc(size, gfp)
#define kvzalloc(size, gfp)			kzalloc(size, gfp)
#define kvmalloc_array(n, size, gfp)		kmalloc_array(n, size, gfp)
#define kvcalloc(n, size, gfp)			kcalloc(n, size, gfp)
#define kvmalloc_node(size, gfp, node)		kmalloc(size, gfp)
#define kvzalloc_node(size, gfp, node)		kzalloc(size, gfp)

void kvfree(const void *ptr);
void kfree_sensitive(const void *ptr);

static inline void kfree_const(const void *ptr)
{
	kfree(ptr);
}

struct kmem_cache *shim_kmem_cache_create(const char *name, unsigned int size,
					  unsigned int align,
					  slab_flags_t flags,
					  void (*ctor)(void *obj));
void kmem_cache_destroy(struct kmem_cache *cache);
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *cache, void *obj);
int kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t nr,
			  void **objs);
void kmem_cache_free_bulk(struct kmem_cache *cache, size_t nr, void **objs);

#define kmem_cache_create(name, size, align, flags, ctor)	\
	shim_kmem_cache_create(name, size, align, flags, ctor)
#define KMEM_CACHE(name, flags)					\
	shim_kmem_cache_create(#name, sizeof(struct name),	\
			       __alignof__(struct name), flags, NULL)

static inline void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
	return kmem_cache_alloc(cache, gfp | __GFP_ZERO);
}

#define kmem_cache_alloc_node(cache, gfp, node)	kmem_cache_alloc(cache, gfp)

static inline unsigned int kmem_cache_size(struct kmem_cache *cache)
{
	return cache->object_size;
}

DEFINE_FREE(kfree, void *, if (!IS_ERR_OR_NULL(_T)) kfree(_T))
DEFINE_FREE(kvfree, void *, if (!IS_ERR_OR_NULL(_T)) kvfree(_T))

#endif /* SHIM_LINUX_SLAB_H */
