/* SPDX-License-Identifier: GPL-2.0 */
/* Lists of bios; the last part of linux/bio.h. */
#ifndef SHIM_LINUX_BIO_LIST_SHIM_H
#define SHIM_LINUX_BIO_LIST_SHIM_H

#include <linux/blk_types.h>

struct bio_list {
	struct bio *head;
	struct bio *tail;
};

#define BIO_EMPTY_LIST	{ NULL, NULL }
#define bio_list_for_each(bio, bl)	\
	for ((bio) = (bl)->head; (bio); (bio) = (bio)->bi_next)

static inline int bio_list_empty(const struct bio_list *bl)
{
	return bl->head == NULL;
}

static inline void bio_list_init(struct bio_list *bl)
{
	bl->head = NULL;
	bl->tail = NULL;
}

static inline unsigned int bio_list_size(const struct bio_list *bl)
{
	unsigned int n = 0;
	struct bio *bio;

	bio_list_for_each(bio, bl)
		n++;
	return n;
}

static inline void bio_list_add(struct bio_list *bl, struct bio *bio)
{
	bio->bi_next = NULL;
	if (bl->tail)
		bl->tail->bi_next = bio;
	else
		bl->head = bio;
	bl->tail = bio;
}

static inline void bio_list_add_head(struct bio_list *bl, struct bio *bio)
{
	bio->bi_next = bl->head;
	bl->head = bio;
	if (!bl->tail)
		bl->tail = bio;
}

static inline void bio_list_merge(struct bio_list *bl, struct bio_list *tail)
{
	if (!tail->head)
		return;
	if (bl->tail)
		bl->tail->bi_next = tail->head;
	else
		bl->head = tail->head;
	bl->tail = tail->tail;
}

static inline void bio_list_merge_init(struct bio_list *bl,
				       struct bio_list *tail)
{
	bio_list_merge(bl, tail);
	bio_list_init(tail);
}

static inline void bio_list_merge_head(struct bio_list *bl,
				       struct bio_list *front)
{
	if (!front->head)
		return;
	if (bl->head)
		front->tail->bi_next = bl->head;
	else
		bl->tail = front->tail;
	bl->head = front->head;
}

static inline struct bio *bio_list_peek(struct bio_list *bl)
{
	return bl->head;
}

static inline struct bio *bio_list_pop(struct bio_list *bl)
{
	struct bio *bio = bl->head;

	if (bio) {
		bl->head = bio->bi_next;
		if (!bl->head)
			bl->tail = NULL;
		bio->bi_next = NULL;
	}
	return bio;
}

static inline struct bio *bio_list_get(struct bio_list *bl)
{
	struct bio *bio = bl->head;

	bio_list_init(bl);
	return bio;
}

#endif /* SHIM_LINUX_BIO_LIST_SHIM_H */
