// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the pool that is spoiled: two caches with several segments each, with
 * clean, filled, dirty, zeroed, discarded and lost sectors in them, and the power
 * off in the middle of it.
 */
#include "flip/flip.h"

u64 flip_word(u64 sector, u32 version)
{
	return sector << 32 | version;
}

static void pattern(u64 *word, u64 sector, u32 nr, u32 version)
{
	u32 i;

	for (i = 0; i < nr * 64; i++)
		word[i] = flip_word(sector + i / 64, version);
}

static void disk_fill(struct sim_disk *disk)
{
	u64 word[64];
	u32 s;

	for (s = 0; s < FLIP_SECTORS; s++) {
		pattern(word, s, 1, 1);
		sim_disk_poke(disk, s, word, 1);
	}
}

static void opts_set(struct rig_opts *opts, bool data_crc)
{
	struct rig_cache_opts cache = {
		.disk = {
			.size = (u64)FLIP_SECTORS << SECTOR_SHIFT,
			.max_discard_sectors = 1024,
		},
		.quota = 20,
		.queues = 2,
		.data_crc = data_crc,
		.gc_percent = 70,
		.delay_ms = 100000000,
		.percent = 100,
	};

	memset(opts, 0, sizeof(*opts));
	opts->seg_shift = 16;
	opts->nr_segs = FLIP_SEGS;
	opts->nr_caches = 2;
	opts->cache[0] = cache;
	opts->cache[1] = cache;
}

static void note(struct flip_base *base, u32 i, u64 sector, u32 nr,
		 enum flip_kind kind, u32 version)
{
	for (; nr; nr--, sector++) {
		base->kind[i][sector] = kind;
		if (kind == FLIP_DATA)
			base->version[i][sector] = version;
	}
}

static void request(struct flip_base *base, struct rig *rig, u32 i, u8 op,
		    u32 version)
{
	static u64 buf[64 * 64];
	u32 nr = 1 + sim_rand_below(op == PCACHE_OP_WRITE ? 24 : 64);
	u64 sector = sim_rand_below(FLIP_SECTORS - nr);

	blk_status_t status;

	pattern(buf, sector, nr, version);
	status = rig_io_run(rig, i, op, 0, sector, nr,
			    op == PCACHE_OP_WRITE || op == PCACHE_OP_READ ?
			    (u8 *)buf : NULL);
	/* Some of it may be lost. */
	sim_check(!status || op == PCACHE_OP_READ);
	if (op == PCACHE_OP_WRITE)
		note(base, i, sector, nr, FLIP_DATA, version);
	else if (op == PCACHE_OP_ZEROES)
		note(base, i, sector, nr, FLIP_ZERO, 0);
	else if (op == PCACHE_OP_DISCARD)
		note(base, i, sector, nr, FLIP_ANY, 0);
}

static void requests(struct flip_base *base, struct rig *rig, u32 i, u32 nr,
		     u32 version)
{
	u32 k, dice;

	for (k = 0; k < nr; k++) {
		dice = sim_rand_below(20);
		request(base, rig, i, dice < 13 ? PCACHE_OP_WRITE :
			dice < 17 ? PCACHE_OP_READ :
			dice < 19 ? PCACHE_OP_ZEROES : PCACHE_OP_DISCARD,
			version + k);
		if (!sim_rand_below(16))
			sim_check(!rig_io_run(rig, i, PCACHE_OP_FLUSH,
					      PCACHE_REQ_PREFLUSH, 0, 0, NULL));
	}
}

/* Somebody gives up some of what is dirty. */
static void lose_some(struct flip_base *base, struct rig *rig, u32 i)
{
	struct pcache_range range = { .nr = 5 };
	u64 buf[5 * 64];
	u64 lost;

	range.sector = sim_rand_below(FLIP_SECTORS - 5);
	pattern(buf, range.sector, 5, 7);
	sim_check(!rig_io_run(rig, i, PCACHE_OP_WRITE, 0, range.sector, 5,
			      (u8 *)buf));
	sim_check(!pcache_lost_give_up(rig->cache[i], &range, &lost));
	sim_check(lost == 5);
	note(base, i, range.sector, 5, FLIP_LOST, 0);
}

static void live(struct flip_base *base, struct rig *rig)
{
	u32 i;

	sim_check(!rig_register(rig, true));
	for (i = 0; i < 2; i++) {
		sim_check(!rig_attach(rig, i, false));
		disk_fill(rig->disk[i]);
		note(base, i, 0, FLIP_SECTORS, FLIP_DATA, 1);
		requests(base, rig, i, 60, 100);
		lose_some(base, rig, i);
		rig_settle(rig, i);
		requests(base, rig, i, 40, 200);
		lose_some(base, rig, i);
		requests(base, rig, i, 5, 300);
	}
	sim_quiesce();
}

void flip_base_make(struct flip_base *base, u64 seed, bool data_crc)
{
	struct world *w = world_create(seed, NULL);
	struct rig rig;
	u32 i;

	memset(base, 0, sizeof(*base));
	opts_set(&base->opts, data_crc);
	rig_init(&rig, &base->opts, NULL, NULL);
	live(base, &rig);
	base->pmem = sim_pmem_snapshot(rig.pmem);
	for (i = 0; i < 2; i++)
		base->disk[i] = sim_disk_snapshot(rig.disk[i]);
	world_cut(w);
}

void flip_base_free(struct flip_base *base)
{
	sim_image_free(base->pmem);
	sim_image_free(base->disk[0]);
	sim_image_free(base->disk[1]);
}
