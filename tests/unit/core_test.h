/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests of the core share: a rig in a world of its own, sectors
 * that can be told apart, and reboots with what the media had.
 */
#ifndef UNIT_CORE_TEST_H
#define UNIT_CORE_TEST_H

#include "shim/sim.h"
#include "sim/check.h"
#include "sim/media.h"
#include "sim/rig.h"

#include <linux/crc32c.h>

#include <cmocka.h>

#include "pcache_start.h"

/**
 * struct core - a rig and its world
 * @opts: of the rig; set before core_boot()
 * @sim: of the world; changed between core_init() and core_boot()
 * @world: the world
 * @rig: the rig
 * @seed: of the next world
 */
struct core {
	struct rig_opts opts;
	struct sim_opts sim;
	struct world *world;
	struct rig rig;
	u64 seed;
};

/* What devices had when the power went. */
struct core_images {
	struct sim_image *pmem;
	struct sim_image *disks[RIG_CACHES];
};

/* One cache of 16 segments of 64 KiB; it writes back only when it is told to. */
static inline void core_init(struct core *c)
{
	struct rig_cache_opts cache = {
		.disk = { .size = SZ_16M },
		.quota = 16,
		.queues = 1,
		.gc_percent = 70,
		.delay_ms = 100000000,
		.percent = 100,
	};

	memset(c, 0, sizeof(*c));
	c->opts.seg_shift = 16;
	c->opts.nr_segs = 32;
	c->opts.nr_caches = 1;
	c->opts.cache[0] = cache;
	c->opts.cache[1] = cache;
	c->seed = 1;
	sim_opts_default(&c->sim);
}

static inline void core_boot(struct core *c, const struct core_images *im)
{
	c->world = world_create(c->seed++, &c->sim);
	rig_init(&c->rig, &c->opts, im ? im->pmem : NULL,
		 im ? im->disks : NULL);
}

static inline struct pcache_cache *core_cache(struct core *c)
{
	return c->rig.cache[0];
}

/* A formatted pool with all caches attached. */
static inline void core_open(struct core *c)
{
	u32 i;

	core_boot(c, NULL);
	assert_int_equal(rig_register(&c->rig, true), 0);
	for (i = 0; i < c->opts.nr_caches; i++)
		assert_int_equal(rig_attach(&c->rig, i, false), 0);
}

static inline void core_close(struct core *c)
{
	rig_exit(&c->rig);
	assert_int_equal(world_destroy(c->world), 0);
}

/* The same, for a log that the index was told nothing about. */
static inline void core_throw_away(struct core *c)
{
	assert_int_equal(rig_stop(&c->rig, 0, PCACHE_STOP_DISCARD_DIRTY), 0);
	core_close(c);
}

static inline void core_snapshot(struct core *c, struct core_images *im)
{
	u32 i;

	memset(im, 0, sizeof(*im));
	im->pmem = sim_pmem_snapshot(c->rig.pmem);
	for (i = 0; i < c->opts.nr_caches; i++)
		im->disks[i] = sim_disk_snapshot(c->rig.disk[i]);
}

static inline void core_images_free(struct core_images *im)
{
	u32 i;

	sim_image_free(im->pmem);
	for (i = 0; i < RIG_CACHES; i++)
		if (im->disks[i])
			sim_image_free(im->disks[i]);
}

/* Power off and on; all stores are on media.  Nothing is registered then. */
static inline void core_power_cycle(struct core *c)
{
	struct core_images im;

	core_snapshot(c, &im);
	world_cut(c->world);
	core_boot(c, &im);
	core_images_free(&im);
}

/* The same, and then what a boot does.  The result of the attach. */
static inline int core_reboot(struct core *c)
{
	core_power_cycle(c);
	assert_int_equal(rig_register(&c->rig, false), 0);
	return rig_attach(&c->rig, 0, true);
}

/* ---- contents ---- */

#define CORE_MAX_SECTORS	1024

static inline u64 core_word(u64 sector, u32 version)
{
	return version ? sector << 32 | version : 0;
}

static inline u8 *core_buffer(void)
{
	static u8 buf[CORE_MAX_SECTORS << SECTOR_SHIFT] __aligned(8);

	return buf;
}

/* What @version of a range looks like; version 0 is zeroes. */
static inline u8 *core_pattern(u64 sector, u32 nr, u32 version)
{
	u64 *word = (u64 *)core_buffer();
	u32 i;

	assert_true(nr <= CORE_MAX_SECTORS);
	for (i = 0; i < nr * 64; i++)
		word[i] = core_word(sector + i / 64, version);
	return (u8 *)word;
}

static inline void core_compare(const u8 *buf, u64 sector, u32 nr, u32 version)
{
	const u64 *word = (const u64 *)buf;
	u32 i;

	for (i = 0; i < nr * 64; i++)
		if (word[i] != core_word(sector + i / 64, version))
			fail_msg("sector %llu is %#llx, not version %u",
				 (unsigned long long)sector + i / 64,
				 (unsigned long long)word[i], version);
}

/* A request that need not end at once, as blk-mq submits it. */
static inline void core_start(struct core *c, struct rig_io *io, u8 op,
			      u64 sector, u32 nr, u32 version)
{
	rig_io_init(io, &c->rig, 0, op, 0, sector, nr, false);
	if (op == PCACHE_OP_WRITE)
		memcpy(io->buf, core_pattern(sector, nr, version),
		       nr << SECTOR_SHIFT);
	rig_io_submit(io, RIG_MQ);
}

static inline void core_finish(struct rig_io *io, blk_status_t status)
{
	assert_int_equal(rig_io_wait(io), status);
	rig_io_free(io);
}

static inline blk_status_t core_try_write(struct core *c, u64 sector, u32 nr,
					  u32 version)
{
	return rig_io_run(&c->rig, 0, PCACHE_OP_WRITE, 0, sector, nr,
			  core_pattern(sector, nr, version));
}

static inline void core_write(struct core *c, u64 sector, u32 nr, u32 version)
{
	assert_int_equal(core_try_write(c, sector, nr, version), BLK_STS_OK);
}

static inline blk_status_t core_read(struct core *c, u64 sector, u32 nr)
{
	return rig_io_run(&c->rig, 0, PCACHE_OP_READ, 0, sector, nr,
			  core_buffer());
}

static inline void core_expect(struct core *c, u64 sector, u32 nr, u32 version)
{
	assert_int_equal(core_read(c, sector, nr), BLK_STS_OK);
	core_compare(core_buffer(), sector, nr, version);
}

static inline void core_flush(struct core *c)
{
	assert_int_equal(rig_io_run(&c->rig, 0, PCACHE_OP_FLUSH,
				    PCACHE_REQ_PREFLUSH, 0, 0, NULL),
			 BLK_STS_OK);
}

static inline void core_disk_set(struct core *c, u64 sector, u32 nr,
				 u32 version)
{
	sim_disk_poke(c->rig.disk[0], sector,
		      core_pattern(sector, nr, version), nr);
}

static inline void core_disk_expect(struct core *c, u64 sector, u32 nr,
				    u32 version)
{
	sim_disk_peek(c->rig.disk[0], sector, core_buffer(), nr);
	core_compare(core_buffer(), sector, nr, version);
}

/* The attach fails; pmem and disk stay as they are, and so does the pool. */
static inline void core_attach_fails(struct core *c, int want, const char *text)
{
	struct core_images before, after;
	u32 nr_free = c->rig.dev->nr_free, promised = c->rig.dev->promised;
	int err;

	core_snapshot(c, &before);
	sim_klog_clear();
	err = rig_attach(&c->rig, 0, false);
	if (err != want || !sim_klog_has(text))
		fail_msg("%d instead of %d (%s): %s", err, want, text,
			 sim_klog());
	core_snapshot(c, &after);
	assert_true(sim_image_equal(before.pmem, after.pmem));
	assert_true(sim_image_equal(before.disks[0], after.disks[0]));
	core_images_free(&before);
	core_images_free(&after);
	assert_int_equal(c->rig.dev->nr_free, nr_free);
	assert_int_equal(c->rig.dev->promised, promised);
	assert_null(c->rig.dev->slots[0].cache);
}

/* ---- looking in ---- */

static inline struct pcache_run core_lookup(struct core *c, u64 sector, u32 nr)
{
	struct pcache_run run;

	rcu_read_lock();
	pcache_index_lookup(&core_cache(c)->index, sector, nr, false, &run);
	rcu_read_unlock();
	return run;
}

static inline u64 core_stat(struct core *c, enum pcache_stat stat)
{
	return pcache_cache_stat(core_cache(c), stat);
}

static inline u64 core_lsn(struct core *c)
{
	return atomic64_read(&core_cache(c)->lsn);
}

/* The segment that the first head appends to. */
static inline struct pcache_seg *core_head_seg(struct core *c)
{
	return core_cache(c)->heads[0].seg;
}

static inline u64 core_seg_off(struct core *c, const struct pcache_seg *seg)
{
	return pcache_geo_seg_off(&c->rig.dev->geo, seg->id);
}

/* Byte of the pmem device where a sector's data lies. */
static inline u64 core_data_off(struct core *c, u64 sector)
{
	struct pcache_run run = core_lookup(c, sector, 1);

	assert_int_equal(run.tag, PCACHE_DATA);
	return run.value << SECTOR_SHIFT;
}

static inline u64 core_rec_off(struct core *c, const struct pcache_seg *seg,
			       u32 line)
{
	return core_seg_off(c, seg) +
	       pcache_geo_rec_off(&c->rig.dev->geo, line);
}

static inline struct pcache_record_ondisk
core_record(struct core *c, const struct pcache_seg *seg, u32 line)
{
	struct pcache_record_ondisk rec;

	memcpy(&rec, sim_pmem_view(c->rig.pmem) + core_rec_off(c, seg, line),
	       sizeof(rec));
	return rec;
}

/* Puts a record into a line, sealed for this life of the segment. */
static inline void core_record_put(struct core *c, const struct pcache_seg *seg,
				   u32 line, struct pcache_record_ondisk rec)
{
	rec.crc = cpu_to_le32(crc32c(seg->seed, (u8 *)&rec + 4, 28));
	sim_pmem_poke(c->rig.pmem, core_rec_off(c, seg, line), &rec,
		      sizeof(rec));
}

/* A block, written by a queue of its own. */
static inline void core_write_by_head(struct core *c, u32 head, u64 sector)
{
	struct rig_io io;

	rig_io_init(&io, &c->rig, 0, PCACHE_OP_WRITE, PCACHE_REQ_STAYS, sector,
		    8, false);
	memcpy(io.buf, core_pattern(sector, 8, 1), 8 << SECTOR_SHIFT);
	io.req.head = head;
	assert_int_equal(pcache_req_submit(&io.req), PCACHE_DONE);
	rig_io_free(&io);
}

#endif /* UNIT_CORE_TEST_H */
