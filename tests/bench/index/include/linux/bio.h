/* SPDX-License-Identifier: GPL-2.0 */
/* The index does no I/O; the driver's headers only embed these. */
#ifndef BENCH_LINUX_BIO_H
#define BENCH_LINUX_BIO_H

#include <linux/types.h>

typedef u8 blk_status_t;
typedef u32 blk_opf_t;

struct bio {
	void *bi_private;
};

struct bio_set {
	void *slab;
};

#endif /* BENCH_LINUX_BIO_H */
