/* SPDX-License-Identifier: GPL-2.0 */
/* Known bad sectors of a disk. */
#ifndef SHIM_LINUX_BADBLOCKS_H
#define SHIM_LINUX_BADBLOCKS_H

#include <linux/types.h>

#define MAX_BADBLOCKS	512

struct badblocks {
	int count;
	int shift;
	struct {
		sector_t start;
		int len;
	} ranges[MAX_BADBLOCKS];
};

int badblocks_check(struct badblocks *bb, sector_t s, int sectors,
		    sector_t *first_bad, int *bad_sectors);
int badblocks_set(struct badblocks *bb, sector_t s, int sectors, int ack);
int badblocks_clear(struct badblocks *bb, sector_t s, int sectors);

#endif /* SHIM_LINUX_BADBLOCKS_H */
