// SPDX-License-Identifier: GPL-2.0
/* Back end: the driver's own index, cache_index.c and cache_leaf.c unmodified. */
#include <stdlib.h>

#include <linux/rcupdate.h>

#include "bench.h"

static struct pcache_index ix;

static void ours_create(u64 nr_sectors)
{
	if (pcache_index_module_init() ||
	    pcache_index_init(&ix, nr_sectors, bench_segs, BENCH_SEG_SHIFT))
		abort();
}

static void ours_destroy(void)
{
	pcache_index_exit(&ix);
	pcache_index_module_exit();
}

static void ours_set(u64 sector, u32 nr, u64 value)
{
	pcache_index_lock(&ix, sector);
	if (pcache_index_prepare(&ix, sector, nr, PCACHE_DATA, NULL))
		abort();
	pcache_index_set(&ix, sector, nr, PCACHE_DATA, value);
	pcache_index_unlock(&ix, sector);
}

static void ours_erase(u64 sector, u32 nr, u64 value)
{
	pcache_index_lock(&ix, sector);
	pcache_index_erase(&ix, sector, nr, PCACHE_DATA, value);
	pcache_index_unlock(&ix, sector);
}

static u32 ours_lookup(u64 sector, u32 nr, struct bench_hit *hits)
{
	struct pcache_run run;
	u32 off, n = 0;

	rcu_read_lock();
	for (off = 0; off < nr; off += run.nr) {
		pcache_index_lookup(&ix, sector + off, nr - off, true, &run);
		if (run.tag == PCACHE_DATA)
			n = bench_hit_add(hits, n, off, run.nr, run.value);
	}
	rcu_read_unlock();
	return n;
}

const struct backend backend_ours = {
	.name = "pcache",
	.create = ours_create,
	.destroy = ours_destroy,
	.set = ours_set,
	.erase = ours_erase,
	.lookup = ours_lookup,
};
