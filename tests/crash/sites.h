/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sites: the places in the driver's source that store to pmem, and whether power
 * cuts were tried while their stores were pending.
 */
#ifndef CRASH_SITES_H
#define CRASH_SITES_H

#include "shim/replay.h"

#include "pcache_dev.h"

struct site_index;

#define MAX_SITES	256

/* Calls that store, by address, and states with a store of theirs pending. */
struct site_hits {
	u32 nr;
	struct { u64 site; u64 hits; } of[MAX_SITES];
};

/* Which calls each store of a log was made in. */
struct site_index *sites_index(const struct sim_log *log);
void sites_free(struct site_index *si);
/* Counts go here from now on. */
void sites_count(struct site_hits *hits);
/* States were tried while these stores were pending. */
void sites_hit(const struct site_index *si, const struct sim_replay *rp);
void sites_merge(const struct site_hits *other);
/* One line "address count" for each; false: it cannot be written. */
bool sites_write(const char *path);

/* The linker puts the second of each pair where the driver calls the first. */
void __real_pcache_pmem_write(void *dst, const void *src, size_t len);
void __wrap_pcache_pmem_write(void *dst, const void *src, size_t len);
void __real_pcache_pmem_zero(void *dst, size_t len);
void __wrap_pcache_pmem_zero(void *dst, size_t len);
void __real_pcache_pmem_store64(__le64 *dst, u64 value);
void __wrap_pcache_pmem_store64(__le64 *dst, u64 value);
int __real_pcache_meta_store(struct pcache_meta *meta, void *rec);
int __real_pcache_meta_repair(struct pcache_meta *meta, void *rec);
int __wrap_pcache_meta_store(struct pcache_meta *meta, void *rec);
void __real_pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
				u64 evict_lsn);
void __wrap_pcache_cursor_store(struct pcache_cursor *cur, u64 clean_lsn,
				u64 evict_lsn);

#endif /* CRASH_SITES_H */
