/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sites: the places in the driver's source that store to pmem, and whether power
 * cuts were tried while their stores were pending.
 */
#ifndef CRASH_SITES_H
#define CRASH_SITES_H

#include "shim/replay.h"

struct site_index;

/* Which calls each store of a log was made in. */
struct site_index *sites_index(const struct sim_log *log);
void sites_free(struct site_index *si);
/* States were tried while these stores were pending. */
void sites_hit(const struct site_index *si, const struct sim_replay *rp);
/* One line "address count" for each; false: it cannot be written. */
bool sites_write(const char *path);

#endif /* CRASH_SITES_H */
