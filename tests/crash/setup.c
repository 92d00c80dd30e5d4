// SPDX-License-Identifier: GPL-2.0
/*
 * What a run consists of, from its seed: the smallest segments, few of them, so
 * that the log wraps, write-back and reclaim run all the time, and writers wait.
 */
#include "crash/record.h"

static void setup_disk(struct dice *d, struct sim_disk_opts *disk)
{
	disk->size = SZ_4M + SZ_256K;
	disk->block_size = dice_chance(d, 15) ? 4096 : 512;
	disk->no_write_cache = dice_chance(d, 10);
	disk->no_fua = dice_chance(d, 50);
	disk->max_discard_sectors = dice_chance(d, 75) ? 1024 : 0;
	disk->max_zeroes_sectors = dice_chance(d, 60) ? 2048 : 0;
	disk->discard = dice_below(d, SIM_DISCARD_MIXED + 1);
	disk->max_delay_ns = dice_chance(d, 30) ? NSEC_PER_MSEC : 0;
}

static void setup_cache(struct dice *d, struct rig_cache_opts *co)
{
	static const u32 delays[] = { 0, 0, 1, 10 };
	static const u32 percents[] = { 0, 0, 30, 70 };

	setup_disk(d, &co->disk);
	co->quota = dice_range(d, 4, 10);
	co->queues = dice_range(d, 1, 4);
	co->data_crc = dice_chance(d, 40);
	co->relaxed = dice_chance(d, 30);
	co->gc_percent = percents[dice_below(d, ARRAY_SIZE(percents))];
	co->delay_ms = delays[dice_below(d, ARRAY_SIZE(delays))];
	co->percent = dice_range(d, 10, 60);
}

/* A busy range, one across the border of a chunk, one far away. */
static void setup_space(struct space *sp, u32 run)
{
	sp->run = run;
	space_add(sp, 0, 96);
	space_add(sp, 1024, 48);
	space_add(sp, PCACHE_CHUNK_SECTORS - 32, 64);
}

static void setup_world(struct dice *d, struct setup *su)
{
	struct sim_opts *w = &su->world;

	sim_opts_default(w);
	w->nr_cpus = dice_range(d, 1, 3);
	w->heal_poison = true;
	w->rescuer_only = dice_chance(d, 20);
	if (dice_chance(d, 25))
		w->fail_nowait_p = 2000;
	if (dice_chance(d, 25))
		w->reserve_p = 40;
	if (su->poison)
		w->split_p = 0;
}

void setup_make(struct setup *su, u64 seed)
{
	struct dice d = { .state = seed };
	u32 i;

	memset(su, 0, sizeof(*su));
	su->seed = seed;
	su->poison = dice_chance(&d, 15);
	su->reused = dice_chance(&d, 30);
	su->bursts = dice_range(&d, 2, 5);
	su->burst_ops = dice_range(&d, 10, 40);
	su->clients = dice_range(&d, 1, 4);
	setup_world(&d, su);
	su->rig.seg_shift = 16;
	su->rig.nr_caches = dice_chance(&d, 40) ? 2 : 1;
	su->rig.nr_segs = dice_below(&d, 3);
	/* A segment that could not be read is not used again. */
	if (su->poison)
		su->rig.nr_segs += su->bursts;
	for (i = 0; i < su->rig.nr_caches; i++) {
		setup_cache(&d, &su->rig.cache[i]);
		setup_space(&su->space[i], 1 + i);
		su->rig.nr_segs += su->rig.cache[i].quota;
	}
	su->headless = dice_chance(&d, 10);
	/* Which is not used before the pool is registered again. */
	su->rig.nr_segs += su->headless;
}

/* ---- smaller runs ---- */

const char * const limit_names[NR_LIMITS] = {
	[LIMIT_CACHES]	= "caches",
	[LIMIT_BURSTS]	= "bursts",
	[LIMIT_OPS]	= "requests each",
	[LIMIT_CLIENTS]	= "clients",
	[LIMIT_CPUS]	= "CPUs",
};

static u32 *sizes(struct setup *su, u32 which)
{
	u32 *of[] = {
		[LIMIT_CACHES]	= &su->rig.nr_caches,
		[LIMIT_BURSTS]	= &su->bursts,
		[LIMIT_OPS]	= &su->burst_ops,
		[LIMIT_CLIENTS]	= &su->clients,
		[LIMIT_CPUS]	= &su->world.nr_cpus,
	};

	return of[which];
}

void setup_sizes(const struct setup *su, struct limits *lim)
{
	struct setup copy = *su;
	u32 i;

	for (i = 0; i < NR_LIMITS; i++)
		lim->of[i] = *sizes(&copy, i);
	lim->plain = false;
}

void setup_limit(struct setup *su, const struct limits *lim)
{
	u32 i;

	su->limits = *lim;
	for (i = 0; i < NR_LIMITS; i++)
		if (lim->of[i])
			*sizes(su, i) = min(*sizes(su, i), lim->of[i]);
	if (!lim->plain)
		return;
	su->poison = false;
	su->reused = false;
	su->headless = false;
	su->world.rescuer_only = false;
	su->world.fail_nowait_p = 0;
	su->world.reserve_p = 0;
}

static void print_cache(const struct rig_cache_opts *co, u32 i)
{
	printf("  cache %u: quota %u, queues %u, %s%s, blocks of %u", i,
	       co->quota, co->queues, co->relaxed ? "relaxed" : "strict",
	       co->data_crc ? ", data_crc" : "", co->disk.block_size);
	printf("%s, gc %u%%, delay %u ms\n",
	       co->disk.no_write_cache ? ", no write cache" : "",
	       co->gc_percent, co->delay_ms);
}

void setup_print(const struct setup *su)
{
	u32 i;

	printf("seed %llu: %u segments, %u bursts of %u requests, %u clients",
	       su->seed, su->rig.nr_segs, su->bursts, su->burst_ops,
	       su->clients);
	printf("%s%s\n", su->poison ? ", poison" : "",
	       su->reused ? ", pmem used before" : "");
	if (su->headless)
		puts("  a segment without a header");
	for (i = 0; i < su->rig.nr_caches; i++)
		print_cache(&su->rig.cache[i], i);
}

u64 setup_meta_end(const struct setup *su)
{
	return rig_pmem_size(&su->rig) -
	       ((u64)su->rig.nr_segs << su->rig.seg_shift);
}
