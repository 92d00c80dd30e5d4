/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Invariants of a cache that is running, checked against the media by code that
 * is not the driver's.  A violation fails the world.
 */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "sim/rig.h"

/* Does the disk have what is mapped?  False: nothing is, or ask again later. */
bool check_sector_is_clean(struct rig *rig, u32 i, u64 sector, bool *clean);

/* What is excepted: data was changed behind the driver's back. */
#define CHECK_POISON	1u
/* At any time; false if a shard is locked just now, and nothing was checked. */
bool check_live(struct rig *rig, u32 i, u32 except);
/* When no request is under way and write-back and reclaim are idle. */
void check_quiet(struct rig *rig, u32 i, u32 except);
/* Of all segments of the pool: each has one place (I8).  When all is idle. */
void check_pool(struct rig *rig);

#endif /* SIM_CHECK_H */
