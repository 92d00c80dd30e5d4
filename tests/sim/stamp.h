/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stamped sectors: 512 bytes that say which write they belong to and where they
 * should lie, so that a torn, stale or misplaced sector is recognised whatever
 * else is known.  Knows nothing of caches or devices.
 */
#ifndef SIM_STAMP_H
#define SIM_STAMP_H

#include <linux/types.h>

#define STAMP_SIZE	512u

/* What a disk's "garbage" after a discard consists of. */
#define STAMP_GARBAGE_BYTE	0xdd

/**
 * struct stamp - who wrote a sector
 * @lba: where it belongs
 * @op: number of the write; 0: it was there before the test
 * @run: of the device
 * @writer: queue that the write was given to
 * @position: sector within the write
 */
struct stamp {
	u64 lba;
	u32 op;
	u32 run;
	u16 writer;
	u16 position;
};

enum stamp_what {
	STAMP_OK,
	STAMP_ZERO,
	STAMP_GARBAGE,
	STAMP_BAD,	/* torn, or never written by a test */
};

void stamp_write(u8 *sector, const struct stamp *st);
enum stamp_what stamp_read(const u8 *sector, struct stamp *st);

#endif /* SIM_STAMP_H */
