/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Images: contents of a device, shared between copies page by page.
 *
 * A copy costs one reference per 64 pages; a write copies the page that it hits
 * if others share it.  Every image carries a hash of its contents that is kept
 * up to date with each 8-byte word, so that equal states are recognised without
 * a look at the bytes.  Knows nothing of devices, worlds or logs.
 */
#ifndef SIM_IMAGE_H
#define SIM_IMAGE_H

#include <linux/types.h>

#define SIM_PAGE_SHIFT	12
#define SIM_PAGE_SIZE	4096u
#define SIM_LEAF_PAGES	64u

struct sim_hash {
	u64 lo, hi;
};

struct sim_page {
	u32 refs;
	u8 data[SIM_PAGE_SIZE] __aligned(8);
};

/* NULL pages are zero. */
struct sim_leaf {
	u32 refs;
	struct sim_page *pages[SIM_LEAF_PAGES];
};

/* NULL leaves are zero. */
struct sim_image {
	u64 size;
	u64 nr_leaves;
	struct sim_hash hash;
	struct sim_leaf *leaves[];
};

struct sim_image *sim_image_create(u64 size);
struct sim_image *sim_image_clone(const struct sim_image *image);
void sim_image_free(struct sim_image *image);

/* Any offset and length inside the image. */
void sim_image_write(struct sim_image *image, u64 off, const void *data,
		     u64 len);
void sim_image_fill(struct sim_image *image, u64 off, u8 byte, u64 len);
void sim_image_read(const struct sim_image *image, u64 off, void *buf, u64 len);
/* The page that holds @off; never NULL. */
const u8 *sim_image_page(const struct sim_image *image, u64 off);

bool sim_hash_equal(struct sim_hash a, struct sim_hash b);
struct sim_hash sim_hash_mix(struct sim_hash h, struct sim_hash other, u64 salt);
bool sim_image_equal(const struct sim_image *a, const struct sim_image *b);
/* The hash, computed anew; for checks of the incremental one. */
struct sim_hash sim_image_rehash(const struct sim_image *image);

/* Pages that exist in the process, for leak checks. */
u64 sim_image_live_pages(void);

#endif /* SIM_IMAGE_H */
