/* SPDX-License-Identifier: GPL-2.0 */
/* Vectors of page parts, and their iterator. */
#ifndef SHIM_LINUX_BVEC_H
#define SHIM_LINUX_BVEC_H

#include <linux/bug.h>
#include <linux/highmem.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/types.h>

struct bio_vec {
	struct page *bv_page;
	unsigned int bv_len;
	unsigned int bv_offset;
};

struct bvec_iter {
	sector_t bi_sector;
	unsigned int bi_size;
	unsigned int bi_idx;
	unsigned int bi_bvec_done;
} __packed __aligned(4);

static inline void bvec_set_page(struct bio_vec *bv, struct page *page,
				 unsigned int len, unsigned int offset)
{
	bv->bv_page = page;
	bv->bv_len = len;
	bv->bv_offset = offset;
}

static inline void bvec_set_virt(struct bio_vec *bv, void *vaddr,
				 unsigned int len)
{
	bvec_set_page(bv, virt_to_page(vaddr), len, offset_in_page(vaddr));
}

#define __bvec_iter_bvec(bvec, iter)	(&(bvec)[(iter).bi_idx])

/* The rest of the current vector, not beyond the iterator's end. */
#define mp_bvec_iter_len(bvec, iter)	\
	min((iter).bi_size,		\
	    __bvec_iter_bvec(bvec, iter)->bv_len - (iter).bi_bvec_done)
#define mp_bvec_iter_offset(bvec, iter)	\
	(__bvec_iter_bvec(bvec, iter)->bv_offset + (iter).bi_bvec_done)
#define mp_bvec_iter_page(bvec, iter)	\
	(__bvec_iter_bvec(bvec, iter)->bv_page)
#define mp_bvec_iter_bvec(bvec, iter)	((struct bio_vec){	\
	.bv_page = mp_bvec_iter_page(bvec, iter),		\
	.bv_len = mp_bvec_iter_len(bvec, iter),			\
	.bv_offset = mp_bvec_iter_offset(bvec, iter) })

/* The same cut at page ends. */
#define bvec_iter_offset(bvec, iter)	\
	(mp_bvec_iter_offset(bvec, iter) % PAGE_SIZE)
#define bvec_iter_page(bvec, iter)	\
	(mp_bvec_iter_page(bvec, iter) +	\
	 mp_bvec_iter_offset(bvec, iter) / PAGE_SIZE)
#define bvec_iter_len(bvec, iter)	\
	min_t(unsigned int, mp_bvec_iter_len(bvec, iter),	\
	      PAGE_SIZE - bvec_iter_offset(bvec, iter))
#define bvec_iter_bvec(bvec, iter)	((struct bio_vec){	\
	.bv_page = bvec_iter_page(bvec, iter),			\
	.bv_len = bvec_iter_len(bvec, iter),			\
	.bv_offset = bvec_iter_offset(bvec, iter) })

bool bvec_iter_advance(const struct bio_vec *bv, struct bvec_iter *iter,
		       unsigned int bytes);

static inline void bvec_iter_advance_single(const struct bio_vec *bv,
					    struct bvec_iter *iter,
					    unsigned int bytes)
{
	bvec_iter_advance(bv, iter, bytes);
}

#define for_each_bvec(bvl, bio_vec, iter, start)			\
	for ((iter) = (start);						\
	     (iter).bi_size &&						\
	     ((bvl) = bvec_iter_bvec((bio_vec), (iter)), 1);		\
	     bvec_iter_advance_single((bio_vec), &(iter), (bvl).bv_len))

static inline void *bvec_kmap_local(struct bio_vec *bv)
{
	return (char *)kmap_local_page(bv->bv_page) + bv->bv_offset;
}

static inline void memcpy_from_bvec(char *to, struct bio_vec *bv)
{
	memcpy_from_page(to, bv->bv_page, bv->bv_offset, bv->bv_len);
}

static inline void memcpy_to_bvec(struct bio_vec *bv, const char *from)
{
	memcpy_to_page(bv->bv_page, bv->bv_offset, from, bv->bv_len);
}

static inline void memzero_bvec(struct bio_vec *bv)
{
	memzero_page(bv->bv_page, bv->bv_offset, bv->bv_len);
}

static inline void *bvec_virt(struct bio_vec *bv)
{
	return (char *)page_address(bv->bv_page) + bv->bv_offset;
}

#endif /* SHIM_LINUX_BVEC_H */
