// SPDX-License-Identifier: GPL-2.0
/*
 * Stress test of the core on real threads.
 *
 * Several writers have a range of sectors of their own each, and know what every
 * sector of it must hold; all of them write to a common range as well, in which a
 * sector may hold any one of their stamps, but not a mix.  Write-back, reclaim and
 * misses run in threads of the driver.  The segments are small and few, so that the
 * log wraps all the time and writers wait.
 *
 * At each round's end all is quiet, and the model test's checks are made: index
 * against log, counts, clean data against the disk.  At the end the cache is
 * drained, so that the disk alone has everything, and started again.
 *
 *	stress [--rounds N] [--ops N] [--writers N] [--seed N] [--crc] [--relaxed]
 */
#include "shim/sim.h"
#include "sim/check.h"
#include "sim/dice.h"
#include "sim/rig.h"

#define MAX_WRITERS	6
#define OWN_SECTORS	512u
#define COMMON_SECTORS	64u
#define MAX_NR		24u
#define NR_CACHES	2

struct stress {
	u32 rounds, ops, writers;
	u64 seed;
	bool crc, relaxed;
};

/**
 * struct writer - one thread
 * @dice: its random numbers
 * @id: its number
 * @cache: the cache that it uses
 * @version: of its last write
 * @has: version that each sector of its own has; 0: zeroes, ANY: discarded
 */
struct writer {
	struct dice dice;
	u32 id;
	u32 cache;
	u32 version;
	u32 has[OWN_SECTORS];
};

#define ANY	(~0u)

static struct stress st = { .rounds = 3, .ops = 1500, .writers = 4, .seed = 1 };
static struct rig_opts opts;
static struct rig rig;
static struct writer writers[MAX_WRITERS];

static u64 own_start(const struct writer *w)
{
	return COMMON_SECTORS + w->id * OWN_SECTORS;
}

/* ---- contents ---- */

static u64 word_of(u32 id, u64 sector, u32 version)
{
	return version ? dice_mix((u64)id << 56 ^ sector << 32 ^ version) : 0;
}

static void fill(const struct writer *w, u64 sector, u32 nr, u8 *buf)
{
	u64 *word = (u64 *)buf;
	u32 i;

	for (i = 0; i < nr * 64; i++)
		word[i] = word_of(w->id, sector + i / 64, w->version);
	/* In the common range, who and what it is comes first. */
	for (i = 0; sector < COMMON_SECTORS && i < nr; i++)
		word[i * 64] = (u64)w->id << 32 | w->version;
}

/* One sector, whoever wrote it, as a whole; or nobody did. */
static void check_common(const u8 *buf, u64 sector)
{
	const u64 *word = (const u64 *)buf;
	u64 want;
	u32 i;

	want = word[0] ? word_of(word[0] >> 32, sector, word[0]) : 0;
	for (i = 1; i < 64; i++)
		if (word[i] != want)
			sim_fail(SIM_FAIL_CHECK, "sector %llu is a mix", sector);
}

static void check_own(const struct writer *w, const u8 *buf, u64 sector,
		      const char *where)
{
	u32 version = w->has[sector - own_start(w)], i;
	const u64 *word = (const u64 *)buf;

	for (i = 0; version != ANY && i < 64; i++)
		if (word[i] != word_of(w->id, sector, version))
			sim_fail(SIM_FAIL_CHECK,
				 "%s: sector %llu is not version %u", where,
				 sector, version);
}

/* ---- requests ---- */

static void request(struct writer *w, u8 op, u8 flags, u64 sector, u32 nr,
		    u8 *buf)
{
	struct rig_io io;

	rig_io_init(&io, &rig, w->cache, op, flags, sector, nr, false);
	if (op == PCACHE_OP_WRITE)
		memcpy(io.buf, buf, nr << SECTOR_SHIFT);
	rig_io_submit(&io, dice_chance(&w->dice, 50) ? RIG_MQ : RIG_BIO);
	if (rig_io_wait(&io))
		sim_fail(SIM_FAIL_CHECK, "operation %u failed: %u", op, io.status);
	if (op == PCACHE_OP_READ)
		memcpy(buf, io.buf, nr << SECTOR_SHIFT);
	rig_io_free(&io);
}

/* Any range of the writer's own, or of the common one. */
static void choose(struct writer *w, u64 *sector, u32 *nr)
{
	bool common = dice_chance(&w->dice, 20);
	u32 room = common ? COMMON_SECTORS : OWN_SECTORS;

	*nr = dice_range(&w->dice, 1, MAX_NR);
	*sector = dice_below(&w->dice, room - *nr);
	if (!common)
		*sector += own_start(w);
}

static void note(struct writer *w, u64 sector, u32 nr, u32 version)
{
	u32 i;

	for (i = 0; sector >= COMMON_SECTORS && i < nr; i++)
		w->has[sector - own_start(w) + i] = version;
}

static void do_write(struct writer *w)
{
	u8 buf[MAX_NR * 512] __aligned(8);
	u64 sector;
	u32 nr;

	choose(w, &sector, &nr);
	w->version++;
	fill(w, sector, nr, buf);
	request(w, PCACHE_OP_WRITE,
		dice_chance(&w->dice, 5) ? PCACHE_REQ_FUA : 0, sector, nr, buf);
	note(w, sector, nr, w->version);
}

static void do_read(struct writer *w)
{
	u8 buf[MAX_NR * 512] __aligned(8);
	u64 sector;
	u32 nr, i;

	choose(w, &sector, &nr);
	request(w, PCACHE_OP_READ, 0, sector, nr, buf);
	for (i = 0; i < nr; i++) {
		if (sector < COMMON_SECTORS)
			check_common(buf + i * 512, sector + i);
		else
			check_own(w, buf + i * 512, sector + i, "read");
	}
}

static void do_zero(struct writer *w, bool discard)
{
	u64 sector;
	u32 nr;

	choose(w, &sector, &nr);
	request(w, discard ? PCACHE_OP_DISCARD : PCACHE_OP_ZEROES, 0, sector, nr,
		NULL);
	note(w, sector, nr, discard ? ANY : 0);
}

static void writer_main(void *arg)
{
	struct writer *w = arg;
	u32 i, what;

	for (i = 0; i < st.ops; i++) {
		what = dice_below(&w->dice, 100);
		if (what < 45)
			do_write(w);
		else if (what < 90)
			do_read(w);
		else if (what < 94)
			do_zero(w, false);
		else if (what < 97)
			do_zero(w, true);
		else
			request(w, PCACHE_OP_FLUSH, PCACHE_REQ_PREFLUSH, 0, 0,
				NULL);
	}
}

/* ---- rounds ---- */

static void setup(void)
{
	struct rig_cache_opts cache = {
		.disk = {
			.size = SZ_2M,
			.max_discard_sectors = 1024,
			.max_zeroes_sectors = 1024,
		},
		.quota = 9,
		.queues = 3,
		.data_crc = st.crc,
		.relaxed = st.relaxed,
		.gc_percent = 50,
		.delay_ms = 1,
		.percent = 30,
	};
	u32 i;

	opts.seg_shift = 16;
	opts.nr_segs = NR_CACHES * 9;
	opts.nr_caches = NR_CACHES;
	for (i = 0; i < NR_CACHES; i++)
		opts.cache[i] = cache;
	world_opts(world_create(st.seed, NULL))->reserve_p = 20;
	for (i = 0; i < st.writers; i++) {
		writers[i].dice.state = st.seed * 1000 + i;
		writers[i].id = i;
		writers[i].cache = i % NR_CACHES;
	}
}

/* W may still have to pass what is clean; not while somebody looks. */
static void hold_workers(bool hold)
{
	struct pcache_cache *cache;
	u32 i;

	for (i = 0; i < NR_CACHES; i++) {
		cache = rig.cache[i];
		if (hold) {
			disable_delayed_work_sync(&cache->wb_work);
			disable_work_sync(&cache->gc_work);
		} else {
			enable_work(&cache->gc_work);
			enable_delayed_work(&cache->wb_work);
			pcache_wb_start(cache);
			pcache_gc_kick(cache);
		}
	}
}

static void settle(void)
{
	u32 i;

	for (i = 0; i < NR_CACHES; i++)
		rig_settle(&rig, i);
	hold_workers(true);
	sim_quiesce();
	rcu_barrier();
	for (i = 0; i < NR_CACHES; i++)
		check_quiet(&rig, i, 0);
	check_pool(&rig);
	hold_workers(false);
}

static void run_round(void)
{
	u32 i;

	for (i = 0; i < st.writers; i++)
		sim_spawn("writer", writer_main, &writers[i]);
	sim_join_all();
	settle();
}

/* What everyone has is what a read gives, and after a drain what the disk has. */
static void check_all(bool disk)
{
	u8 buf[512] __aligned(8);
	struct writer *w;
	u32 i;

	for (w = writers; w < writers + st.writers; w++) {
		for (i = 0; i < OWN_SECTORS; i++) {
			u64 sector = own_start(w) + i;

			if (disk)
				sim_disk_peek(rig.disk[w->cache], sector, buf, 1);
			else
				request(w, PCACHE_OP_READ, 0, sector, 1, buf);
			check_own(w, buf, sector, disk ? "disk" : "cache");
		}
	}
}

static void attach(void)
{
	u32 i;

	for (i = 0; i < NR_CACHES; i++)
		sim_check(!rig_attach(&rig, i, false));
}

static void stop(enum pcache_stop_mode mode)
{
	u32 i;

	for (i = 0; i < NR_CACHES; i++)
		sim_check(!rig_stop(&rig, i, mode));
}

static void options(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "0";

		if (!strcmp(argv[i], "--crc"))
			st.crc = true;
		else if (!strcmp(argv[i], "--relaxed"))
			st.relaxed = true;
		else if (!strcmp(argv[i], "--rounds") && ++i)
			st.rounds = atoi(value);
		else if (!strcmp(argv[i], "--ops") && ++i)
			st.ops = atoi(value);
		else if (!strcmp(argv[i], "--writers") && ++i)
			st.writers = min(atoi(value), MAX_WRITERS);
		else if (!strcmp(argv[i], "--seed") && ++i)
			st.seed = atoi(value);
		else
			exit(2);
	}
}

int main(int argc, char **argv)
{
	u32 i;

	options(argc, argv);
	setup();
	rig_init(&rig, &opts, NULL, NULL);
	sim_check(!rig_register(&rig, true));
	attach();
	for (i = 0; i < st.rounds; i++)
		run_round();
	check_all(false);
	stop(PCACHE_STOP_KEEP);
	attach();
	check_all(false);
	run_round();
	stop(PCACHE_STOP_DRAIN);
	check_all(true);
	rig_exit(&rig);
	printf("seed %llu: %u writers, %u requests each%s%s, 0 failed\n", st.seed,
	       st.writers, st.ops * (st.rounds + 1), st.crc ? ", data_crc" : "",
	       st.relaxed ? ", relaxed" : "");
	return 0;
}
