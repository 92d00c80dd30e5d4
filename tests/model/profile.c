// SPDX-License-Identifier: GPL-2.0
/*
 * What a run of the model test looks like, from its seed: geometry, kinds of
 * disks, modes, and how short of memory and how unfair the world is.
 */
#include "model/model.h"

static void profile_disk(struct model *m, struct sim_disk_opts *disk)
{
	static const u32 sizes[] = { SZ_4M - SZ_64K, SZ_4M, SZ_8M + 36 * SZ_1K };
	struct dice *d = &m->dice;

	disk->size = sizes[dice_below(d, ARRAY_SIZE(sizes))];
	disk->block_size = dice_chance(d, 20) ? 4096 : 512;
	disk->no_write_cache = dice_chance(d, 20);
	disk->no_fua = dice_chance(d, 30);
	disk->max_discard_sectors = dice_chance(d, 70) ? 1024 : 0;
	disk->max_zeroes_sectors = dice_chance(d, 60) ? 2048 : 0;
	disk->discard = dice_below(d, SIM_DISCARD_MIXED + 1);
	disk->max_delay_ns = dice_chance(d, 20) ? 5 * NSEC_PER_MSEC : 0;
}

static void profile_cache(struct model *m, struct rig_cache_opts *co)
{
	static const u32 delays[] = { 0, 1, 10, 1000 };
	struct dice *d = &m->dice;

	profile_disk(m, &co->disk);
	co->quota = dice_range(d, 6, 16);
	co->queues = dice_range(d, 1, 4);
	co->data_crc = dice_chance(d, 50);
	co->relaxed = dice_chance(d, 40);
	co->gc_percent = dice_below(d, PCACHE_GC_PERCENT_MAX + 1);
	co->delay_ms = delays[dice_below(d, ARRAY_SIZE(delays))];
	co->percent = dice_range(d, 10, 90);
}

static void profile_regions(struct model *m, u32 i)
{
	u64 end = m->opts.cache[i].disk.size >> SECTOR_SHIFT;
	struct model_side *side = &m->side[i];
	u64 chunk = PCACHE_CHUNK_SECTORS;

	side->region[0].sector = 0;
	side->region[0].nr = 128;
	/* Across a border of chunks, if there is one. */
	side->region[1].sector = end > chunk + 64 ? chunk - 64 : 4096 - 64;
	side->region[1].nr = 128;
	side->region[2].sector = 1024;
	side->region[2].nr = 512;
	side->region[3].sector = end - 64;
	side->region[3].nr = 64;
}

static void profile_world(struct model *m)
{
	struct sim_opts *w = &m->world;
	struct dice *d = &m->dice;

	sim_opts_default(w);
	w->nr_cpus = dice_range(d, 2, 4);
	w->max_steps = ~0ull;
	w->heal_poison = true;
	w->max_copy_locked = 4096;
	if (m->poison)
		w->split_p = 0;
	w->rescuer_only = dice_chance(d, 30);
	if (dice_chance(d, 50))
		w->fail_nowait_p = dice_range(d, 100, 3000);
	if (dice_chance(d, 40))
		w->reserve_p = dice_range(d, 1, 60);
	/* Somebody is left behind so long that the log wraps meanwhile. */
	if (dice_chance(d, 40)) {
		w->stall_p = dice_range(d, 4, 40);
		w->stall_steps = dice_range(d, 10000, 200000);
	}
}

void model_profile(struct model *m)
{
	static const u32 shifts[] = { 16, 16, 16, 17, 18 };
	struct dice *d = &m->dice;
	u32 i;

	d->state = m->seed;
	m->poison = dice_chance(d, 50);
	profile_world(m);
	m->opts.seg_shift = shifts[dice_below(d, ARRAY_SIZE(shifts))];
	m->opts.nr_caches = dice_chance(d, 40) ? 2 : 1;
	m->opts.nr_segs = dice_below(d, 3) + (m->poison ? MODEL_SPARE : 0);
	for (i = 0; i < m->opts.nr_caches; i++) {
		profile_cache(m, &m->opts.cache[i]);
		m->opts.nr_segs += m->opts.cache[i].quota;
		profile_regions(m, i);
	}
}

static void print_cache(const struct rig_cache_opts *co, u32 i)
{
	printf("  cache %u: %llu KiB in %u-byte blocks%s, ", i,
	       co->disk.size >> 10, co->disk.block_size,
	       co->disk.no_write_cache ? ", no write cache" : "");
	printf("quota %u, queues %u, %s%s, gc %u%%, delay %u ms\n", co->quota,
	       co->queues, co->relaxed ? "relaxed" : "strict",
	       co->data_crc ? ", data_crc" : "", co->gc_percent, co->delay_ms);
}

void model_print_profile(const struct model *m)
{
	const struct sim_opts *w = &m->world;
	u32 i;

	printf("seed %llu: %u ops, segments %u x %u KiB, %u cpus", m->seed,
	       m->ops, m->opts.nr_segs, 1U << (m->opts.seg_shift - 10),
	       w->nr_cpus);
	printf(", stalls %u/65536 for %u, nowait fails %u/65536", w->stall_p,
	       w->stall_steps, w->fail_nowait_p);
	printf(", reserves %u/256%s%s\n", w->reserve_p,
	       w->rescuer_only ? ", rescuers only" : "",
	       m->poison ? ", poison" : "");
	for (i = 0; i < m->opts.nr_caches; i++)
		print_cache(&m->opts.cache[i], i);
}
