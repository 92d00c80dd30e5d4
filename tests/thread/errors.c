// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of one request fail at the same time, on real threads: the request has one
 * of the errors, and is counted once.
 */
#include "shim/sim.h"
#include "sim/rig.h"

#define REQUESTS	100000u

static const struct rig_opts opts = {
	.seg_shift = 16,
	.nr_segs = 32,
	.nr_caches = 1,
	.cache = { { .disk = { .size = SZ_16M }, .quota = 16, .queues = 1,
		     .gc_percent = 70, .delay_ms = 100000000, .percent = 100 } },
};

static struct rig rig;
static struct pcache_req reqs[REQUESTS];
static u32 nr_ready;

/* Both threads go through them side by side. */
static void fail_all(void *arg)
{
	blk_status_t status = (unsigned long)arg;
	u32 i;

	__atomic_fetch_add(&nr_ready, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&nr_ready, __ATOMIC_SEQ_CST) < 2)
		;
	for (i = 0; i < REQUESTS; i++)
		pcache_req_fail(&reqs[i], status);
}

int main(void)
{
	u64 errors;
	u32 i;

	world_create(1, NULL);
	rig_init(&rig, &opts, NULL, NULL);
	sim_check(!rig_register(&rig, true));
	sim_check(!rig_attach(&rig, 0, false));
	for (i = 0; i < REQUESTS; i++)
		reqs[i].cache = rig.cache[0];
	sim_spawn("one", fail_all, (void *)(unsigned long)BLK_STS_MEDIUM);
	sim_spawn("other", fail_all, (void *)(unsigned long)BLK_STS_IOERR);
	sim_join_all();
	for (i = 0; i < REQUESTS; i++)
		sim_check(reqs[i].status == BLK_STS_MEDIUM ||
			  reqs[i].status == BLK_STS_IOERR);
	errors = pcache_cache_stat(rig.cache[0], PCACHE_STAT_ERRORS);
	printf("%u requests failed twice, %llu errors\n", REQUESTS, errors);
	sim_check(errors == REQUESTS);
	sim_check(!rig_stop(&rig, 0, PCACHE_STOP_DRAIN));
	rig_exit(&rig);
	return 0;
}
