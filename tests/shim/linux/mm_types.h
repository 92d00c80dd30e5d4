/* SPDX-License-Identifier: GPL-2.0 */
/* struct page; its address follows from its place (see rt/pages.c). */
#ifndef SHIM_LINUX_MM_TYPES_H
#define SHIM_LINUX_MM_TYPES_H

#include <linux/types.h>

struct world;

struct page {
	struct list_head lru;	/* for the owner; the allocator's while free */
	unsigned long private;
	struct world *world;
	struct page *next;	/* allocated pages of the world */
	struct page **pprev;
	int refs;
	u8 order;
	bool allocated;
};

#endif /* SHIM_LINUX_MM_TYPES_H */
