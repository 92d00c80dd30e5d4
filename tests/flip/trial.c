// SPDX-License-Identifier: GPL-2.0
/*
 * One trial: a pool as it was, spoiled in one place, is attached, read, drained,
 * attached again and read again.
 */
#include "flip/flip.h"

const char * const flip_outcome_names[FLIP_NR_OUTCOMES] = {
	[FLIP_HARMLESS]	= "harmless",
	[FLIP_TOLD]	= "told",
	[FLIP_ERROR]	= "error",
	[FLIP_STOPPED]	= "read-only",
	[FLIP_REFUSED]	= "refused",
	[FLIP_UNSEEN]	= "unseen",
	[FLIP_WRONG]	= "WRONG",
};

/**
 * struct trial - a trial
 * @base: the pool
 * @spot: what is spoiled
 * @seed: of the worlds
 * @world: of the present part
 * @rig: in it
 * @layout: the pool when it was spoiled, for the reader of the format
 * @given_up: sectors that were read with an error
 * @worst: so far
 */
struct trial {
	const struct flip_base *base;
	const struct flip_spot *spot;
	u64 seed;
	struct world *world;
	struct rig rig;
	const struct sim_image *layout;
	bool given_up[RIG_CACHES][FLIP_SECTORS];
	enum flip_outcome worst;
};

static void saw(struct trial *t, enum flip_outcome outcome)
{
	t->worst = max(t->worst, outcome);
}

static void wrong(struct trial *t, const char *what, u32 i, u64 sector)
{
	if (t->worst != FLIP_WRONG)
		printf("  cache %u sector %llu: %s\n", i, sector, what);
	saw(t, FLIP_WRONG);
}

/* ---- spoiling ---- */

static void spoil(struct trial *t)
{
	u8 byte;

	if (t->spot->poison) {
		sim_pmem_poison(t->rig.pmem, t->spot->off, 1);
		return;
	}
	byte = sim_pmem_view(t->rig.pmem)[t->spot->off] ^ 1u << t->spot->bit;
	sim_pmem_poke(t->rig.pmem, t->spot->off, &byte, 1);
}

/* What the machine has found out about bad lines, when it boots. */
static void tell_badblocks(struct trial *t)
{
	if (t->spot->known)
		sim_pmem_badblocks(t->rig.pmem, t->spot->off >> SECTOR_SHIFT, 1);
}

/* ---- judging ---- */

/* Is @word, number @i of a sector, right but for the bit that was flipped? */
static bool is_the_bit(const struct trial *t, u64 diff, u32 i)
{
	u64 at = t->spot->off % SECTOR_SIZE;

	return !t->spot->poison && i == at / 8 &&
	       diff == 1ull << (at % 8 * 8 + t->spot->bit);
}

static bool sector_is(const struct trial *t, const u64 *word, u64 sector,
		      u32 version, bool *bit)
{
	u64 want = version ? flip_word(sector, version) : 0;
	bool may = *bit;
	u32 i;

	*bit = false;
	for (i = 0; i < 64; i++) {
		if (word[i] == want)
			continue;
		if (!may || !is_the_bit(t, word[i] ^ want, i))
			return false;
		*bit = true;
	}
	return true;
}

/* A sector that was read, or that the disk has at the end. */
static void judge_data(struct trial *t, u32 i, u64 sector, const u64 *word)
{
	const struct flip_base *base = t->base;
	u32 version = base->version[i][sector];
	/* Without a checksum, the bit itself is nothing that could be seen. */
	bool bit = !base->opts.cache[i].data_crc &&
		   flip_spot_holds(t->spot, t->layout, i, sector);
	bool right;

	switch (base->kind[i][sector]) {
	case FLIP_DATA:
		right = sector_is(t, word, sector, version, &bit);
		if (right && bit)
			saw(t, FLIP_UNSEEN);
		break;
	case FLIP_ZERO:
		bit = false;
		right = sector_is(t, word, sector, 0, &bit);
		break;
	case FLIP_LOST:
		right = false;
		break;
	default:
		right = true;
	}
	if (!right)
		wrong(t, "wrong data", i, sector);
}

/* An error is right for what was lost before, and where the place itself lies. */
static void judge_error(struct trial *t, u32 i, u64 sector)
{
	t->given_up[i][sector] = true;
	if (t->base->kind[i][sector] == FLIP_LOST)
		return;
	if (flip_spot_holds(t->spot, t->layout, i, sector))
		saw(t, FLIP_ERROR);
	else
		wrong(t, "an error far from the place", i, sector);
}

static void read_one(struct trial *t, u32 i, u64 sector)
{
	u64 word[64];

	if (rig_io_run(&t->rig, i, PCACHE_OP_READ, 0, sector, 1, (u8 *)word))
		judge_error(t, i, sector);
	else
		judge_data(t, i, sector, word);
}

static void read_all(struct trial *t, u32 i)
{
	u64 buf[16 * 64], sector;
	u32 k;

	for (sector = 0; sector < FLIP_SECTORS; sector += 16) {
		bool err = rig_io_run(&t->rig, i, PCACHE_OP_READ, 0, sector, 16,
				      (u8 *)buf);

		for (k = 0; k < 16; k++) {
			if (err)
				read_one(t, i, sector + k);
			else
				judge_data(t, i, sector + k, buf + k * 64);
		}
	}
}

/* Everything is said to be on the disk. */
static void check_disk(struct trial *t, u32 i)
{
	u64 word[64];
	u64 sector;

	for (sector = 0; sector < FLIP_SECTORS; sector++) {
		if (t->given_up[i][sector])
			continue;
		sim_disk_peek(t->rig.disk[i], sector, word, 1);
		judge_data(t, i, sector, word);
	}
}

static void judge_counters(struct trial *t, u32 i)
{
	struct pcache_cache *cache = t->rig.cache[i];

	if (pcache_cache_stat(cache, PCACHE_STAT_CRC_ERRORS) ||
	    pcache_cache_stat(cache, PCACHE_STAT_MEDIA_ERRORS) ||
	    pcache_cache_stat(cache, PCACHE_STAT_HEALED) ||
	    t->rig.dev->nr_retired || t->rig.dev->slots_bad ||
	    t->rig.dev->headers_bad)
		saw(t, FLIP_TOLD);
}

/* ---- one life of the pool ---- */

static void drain_one(struct trial *t, u32 i)
{
	int err = pcache_cache_drain(t->rig.cache[i]);

	if (err == -EUCLEAN || !err)
		check_disk(t, i);
	else if (err == -EIO &&
		 t->rig.cache[i]->mode == PCACHE_MODE_READ_ONLY)
		saw(t, FLIP_STOPPED);
	else
		wrong(t, "the drain ended in no way that it may", i, 0);
}

/* A bit of user data that no checksum covers looks like another disk's. */
static bool may_look_changed(const struct trial *t, u32 i)
{
	u64 sector;

	if (t->base->opts.cache[i].data_crc || t->spot->poison)
		return false;
	for (sector = 0; sector < FLIP_SECTORS; sector++) {
		if (flip_spot_holds(t->spot, t->layout, i, sector))
			return true;
	}
	return false;
}

/* A refusal says why, and has changed nothing. */
static void judge_refusal(struct trial *t, u32 i, int err,
			  const struct sim_image *before)
{
	struct sim_image *now = sim_pmem_snapshot(t->rig.pmem);

	if (err != -EUCLEAN && err != -EIO &&
	    (err != -ESTALE || !may_look_changed(t, i)))
		wrong(t, "refused with another error", i, -err);
	if (before && !sim_image_equal(now, before))
		wrong(t, "refused, but changed", i, 0);
	sim_image_free(now);
	saw(t, FLIP_REFUSED);
}

static void attach(struct trial *t)
{
	struct sim_image *before;
	u32 i;
	int err;

	for (i = 0; i < 2; i++) {
		before = sim_pmem_snapshot(t->rig.pmem);
		err = rig_attach(&t->rig, i, true);
		/* The other cache may be at work. */
		if (err)
			judge_refusal(t, i, err, i && t->rig.cache[0] ?
				      NULL : before);
		sim_image_free(before);
	}
}

static void use(struct trial *t, bool spoil_now)
{
	struct sim_image *before = sim_pmem_snapshot(t->rig.pmem);
	int err = rig_register(&t->rig, false);
	u32 i;

	if (err)
		judge_refusal(t, 0, err, before);
	sim_image_free(before);
	if (err)
		return;
	attach(t);
	if (spoil_now)
		spoil(t);
	for (i = 0; i < 2; i++) {
		if (!t->rig.cache[i])
			continue;
		read_all(t, i);
		drain_one(t, i);
		read_all(t, i);
		judge_counters(t, i);
	}
	sim_quiesce();
}

static void boot(struct trial *t, const struct sim_image *pmem,
		 struct sim_image *const *disks)
{
	struct sim_opts opts;

	sim_opts_default(&opts);
	/* A store need not cure a bad line. */
	opts.heal_poison = false;
	t->world = world_create(t->seed++, &opts);
	rig_init(&t->rig, &t->base->opts, pmem, disks);
}

static void first_life(void *arg)
{
	struct trial *t = arg;

	if (t->spot->when == FLIP_BEFORE)
		spoil(t);
	tell_badblocks(t);
	use(t, t->spot->when == FLIP_LIVE);
}

/* A bad line is as bad after a reboot; a flipped bit was stored. */
static void second_life(void *arg)
{
	struct trial *t = arg;

	if (t->spot->poison)
		spoil(t);
	tell_badblocks(t);
	use(t, false);
	rig_exit(&t->rig);
}

static void run(struct trial *t, void (*fn)(void *arg))
{
	if (sim_try(fn, t)) {
		printf("  %s\n", world_failure_text(t->world));
		saw(t, FLIP_WRONG);
	}
}

enum flip_outcome flip_trial(const struct flip_base *base,
			     const struct flip_spot *spot, u64 seed)
{
	struct trial t = {
		.base = base, .spot = spot, .seed = seed, .layout = base->pmem,
	};
	struct sim_image *pmem, *disk[2];

	boot(&t, base->pmem, base->disk);
	run(&t, first_life);
	pmem = sim_pmem_snapshot(t.rig.pmem);
	disk[0] = sim_disk_snapshot(t.rig.disk[0]);
	disk[1] = sim_disk_snapshot(t.rig.disk[1]);
	world_cut(t.world);
	boot(&t, pmem, disk);
	run(&t, second_life);
	if (t.worst == FLIP_WRONG)
		world_cut(t.world);
	else if (world_destroy(t.world))
		saw(&t, FLIP_WRONG);
	sim_image_free(pmem);
	sim_image_free(disk[0]);
	sim_image_free(disk[1]);
	return t.worst;
}
