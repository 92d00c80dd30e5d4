/* SPDX-License-Identifier: GPL-2.0 */
/* The log's own memory: for log.c, which fills it, and replay.c. */
#ifndef RT_LOG_H
#define RT_LOG_H

#include "../replay.h"

struct log_chunk;

struct sim_log {
	struct log_chunk *chunks;
	struct sim_rec **recs;
	u64 nr, max;
	/* Contents when recording began, or when the device was made. */
	struct sim_image *pmem[MAX_DEVICES];
	struct sim_image *disks[MAX_DEVICES];
	u32 nr_pmem, nr_disks;
};

#endif /* RT_LOG_H */
