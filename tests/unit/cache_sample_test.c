// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the sample (cache_sample.c): a disk that was changed while it was
 * detached is refused, and one that may legally look so is not.
 */
#include "core_test.h"

#define DISK_SECTORS	(SZ_16M >> SECTOR_SHIFT)

/* A place in the middle of the disk, at either end, and next to the ends. */
static const u64 places[] = {
	0, 5, 2040, 2048, 7777, 16000, DISK_SECTORS - 2056, DISK_SECTORS - 2048,
	DISK_SECTORS - 8,
};

static void keep(struct core *c)
{
	assert_int_equal(rig_stop(&c->rig, 0, PCACHE_STOP_KEEP), 0);
}

static void comes_back(struct core *c)
{
	int err = rig_attach(&c->rig, 0, false);

	if (err)
		fail_msg("%d: %s", err, sim_klog());
}

/* Sectors are written back, or were read, and then one of them changes. */
static void refused_after_change(u32 crc, bool fill, u64 sector, u32 which)
{
	char text[100];
	struct core c;

	core_init(&c);
	c.opts.cache[0].data_crc = crc;
	core_open(&c);
	core_disk_set(&c, sector, 8, 1);
	if (fill)
		core_expect(&c, sector, 8, 1);
	else
		core_write(&c, sector, 8, 1);
	rig_settle(&c.rig, 0);
	keep(&c);
	core_disk_set(&c, sector + which, 1, 2);
	snprintf(text, sizeof(text), "changed behind the cache: sector %llu is",
		 sector + which);
	core_attach_fails(&c, -ESTALE, text);
	/* It is not remembered: the disk is what it was, and all is well. */
	core_disk_set(&c, sector + which, 1, 1);
	comes_back(&c);
	core_expect(&c, sector, 8, 1);
	core_close(&c);
}

static void a_disk_that_was_changed_is_refused(void **state)
{
	u32 i, crc;

	for (crc = 0; crc < 2; crc++)
		for (i = 0; i < ARRAY_SIZE(places); i++) {
			refused_after_change(crc, false, places[i], i % 8);
			refused_after_change(crc, true, places[i], 7 - i % 8);
		}
}

/* At the ends it is not one block of each part, but all that is clean. */
static void at_the_ends_everything_is_compared(void **state)
{
	static const u64 starts[] = { 0, DISK_SECTORS - 2048 };
	struct core c;
	u32 i, k;

	core_init(&c);
	c.opts.nr_segs = 128;
	c.opts.cache[0].quota = 100;
	core_open(&c);
	for (i = 0; i < 2; i++)
		for (k = 0; k < 2048; k += 32)
			core_write(&c, starts[i] + k, 32, 1);
	rig_settle(&c.rig, 0);
	keep(&c);
	for (i = 0; i < 2; i++)
		for (k = 31; k < 2048; k += 224) {
			core_disk_set(&c, starts[i] + k, 1, 2);
			core_attach_fails(&c, -ESTALE, "changed behind");
			core_disk_set(&c, starts[i] + k, 1, 1);
		}
	comes_back(&c);
	core_close(&c);
}

/* Overwritten in part, a record still stands for the rest. */
static void what_is_left_of_a_record_is_compared(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 9000, 32, 1);
	rig_settle(&c.rig, 0);
	core_write(&c, 9000, 20, 2);
	keep(&c);
	core_disk_set(&c, 9020, 1, 3);
	core_attach_fails(&c, -ESTALE, "sector 9020 is");
	core_close(&c);
}

static void every_part_of_the_disk_is_looked_at(void **state)
{
	struct core c;
	u64 sector;

	core_init(&c);
	c.opts.nr_segs = 64;
	c.opts.cache[0].quota = 60;
	core_open(&c);
	for (sector = 4096; sector < 24000; sector += 512)
		core_write(&c, sector, 8, 1);
	rig_settle(&c.rig, 0);
	keep(&c);
	for (sector = 4096; sector < 24000; sector += 512) {
		core_disk_set(&c, sector + 3, 1, 2);
		core_attach_fails(&c, -ESTALE, "changed behind");
		core_disk_set(&c, sector + 3, 1, 1);
	}
	comes_back(&c);
	core_close(&c);
}

/* ---- what the disk may look like ---- */

/* A batch that was not finished has written some of what W does not cover. */
static void what_is_dirty_may_be_on_the_disk_or_not(void **state)
{
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		core_init(&c);
		core_open(&c);
		core_write(&c, places[i], 8, 1);
		rig_settle(&c.rig, 0);
		core_write(&c, places[i], 8, 2);
		keep(&c);
		core_disk_set(&c, places[i], 3, 2);
		core_disk_set(&c, places[i] + 3, 2, 7);
		comes_back(&c);
		core_expect(&c, places[i], 8, 2);
		rig_settle(&c.rig, 0);
		core_disk_expect(&c, places[i], 8, 2);
		core_close(&c);
	}
}

static void what_has_no_defined_content_is_left_out(void **state)
{
	static const u8 ops[] = { PCACHE_OP_DISCARD, PCACHE_OP_ZEROES };
	struct core c;
	u32 i, k;

	for (k = 0; k < 2; k++)
		for (i = 0; i < ARRAY_SIZE(places); i++) {
			core_init(&c);
			c.opts.cache[0].disk.max_discard_sectors = 1024;
			core_open(&c);
			core_write(&c, places[i], 8, 1);
			rig_settle(&c.rig, 0);
			assert_int_equal(rig_io_run(&c.rig, 0, ops[k], 0,
						    places[i], 8, NULL), 0);
			rig_settle(&c.rig, 0);
			keep(&c);
			core_disk_set(&c, places[i], 8, 7);
			comes_back(&c);
			core_close(&c);
		}
}

static void what_is_lost_is_left_out(void **state)
{
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 3), 64);
	rig_settle(&c.rig, 0);
	keep(&c);
	core_disk_set(&c, 3, 1, 7);
	comes_back(&c);
	assert_int_equal(core_read(&c, 3, 1), BLK_STS_IOERR);
	core_expect(&c, 0, 3, 1);
	core_expect(&c, 4, 4, 1);
	core_close(&c);
}

/* Of one block, a sector is bad; the others are compared all the same. */
static void what_cannot_be_read_says_nothing_of_the_disk(void **state)
{
	struct core c;
	u64 off;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 9000, 8, 1);
	rig_settle(&c.rig, 0);
	off = core_data_off(&c, 9003);
	keep(&c);
	sim_pmem_poison(c.rig.pmem, off, 64);
	core_disk_set(&c, 9003, 2, 2);
	core_attach_fails(&c, -ESTALE, "sector 9004 is");
	core_disk_set(&c, 9004, 1, 1);
	comes_back(&c);
	/* It is clean, so the disk has the last word. */
	core_expect(&c, 9003, 1, 2);
	core_close(&c);
}

static void a_wrong_checksum_says_nothing_of_the_disk(void **state)
{
	u8 junk[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
	struct core c;
	u64 off;

	core_init(&c);
	c.opts.cache[0].data_crc = true;
	core_open(&c);
	core_write(&c, 9000, 8, 1);
	core_write(&c, 0, 8, 1);
	rig_settle(&c.rig, 0);
	off = core_data_off(&c, 9000);
	keep(&c);
	sim_pmem_poke(c.rig.pmem, off, junk, sizeof(junk));
	comes_back(&c);
	core_expect(&c, 9000, 8, 1);
	core_close(&c);
}

/* ---- errors, bounds ---- */

static void one_bad_sector_of_the_disk_keeps_nothing_from_it(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 9000, 8, 1);
	rig_settle(&c.rig, 0);
	core_write(&c, 100, 8, 1);
	keep(&c);
	sim_disk_fail(c.rig.disk[0], SIM_OP_READ, 9001, 1, ~0U, BLK_STS_MEDIUM);
	sim_klog_clear();
	comes_back(&c);
	assert_true(sim_klog_has("1 reads of the disk failed: -ENODATA"));
	core_expect(&c, 0, 8, 1);
	core_expect(&c, 100, 8, 1);
	core_close(&c);
}

static void a_disk_that_cannot_be_read_is_refused(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 9000, 8, 1);
	rig_settle(&c.rig, 0);
	keep(&c);
	sim_disk_fail(c.rig.disk[0], SIM_OP_READ, 0, DISK_SECTORS, ~0U,
		      BLK_STS_IOERR);
	core_attach_fails(&c, -EIO, "the disk cannot be read: -EIO");
	sim_disk_heal(c.rig.disk[0]);
	comes_back(&c);
	core_expect(&c, 9000, 8, 1);
	core_close(&c);
}

static void attach_task(void *arg)
{
	core_attach_fails(arg, -EINTR, "");
}

static void a_signal_ends_it(void **state)
{
	struct core c;
	u32 task;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 9000, 8, 1);
	rig_settle(&c.rig, 0);
	keep(&c);
	sim_disk_stall(c.rig.disk[0], SIM_OP_READ);
	task = sim_spawn("attach", attach_task, &c);
	sim_quiesce();
	sim_signal(task, false);
	sim_disk_release(c.rig.disk[0]);
	sim_join(task);
	comes_back(&c);
	core_expect(&c, 9000, 8, 1);
	core_close(&c);
}

/* However much is cached, and however the disk is cut into blocks. */
static void it_reads_a_few_blocks_only(void **state)
{
	struct sim_disk_stats before, after;
	struct core c;
	u64 sector;
	u32 i;

	for (i = 0; i < 2; i++) {
		core_init(&c);
		c.opts.nr_segs = 400;
		c.opts.cache[0].quota = 400;
		c.opts.cache[0].gc_percent = 90;
		c.opts.cache[0].disk.block_size = i ? 4096 : 512;
		core_open(&c);
		for (sector = 0; sector < DISK_SECTORS; sector += 32)
			core_write(&c, sector, 32, 1);
		rig_settle(&c.rig, 0);
		keep(&c);
		before = sim_disk_stats(c.rig.disk[0]);
		comes_back(&c);
		after = sim_disk_stats(c.rig.disk[0]);
		/* 16 of 256 parts at each end, which is read as a whole. */
		assert_int_equal(after.reads - before.reads, 224 + 2 * 8);
		assert_int_equal(after.sectors_read - before.sectors_read,
				 224 * 8 + 2 * 2048);
		core_close(&c);
	}
}

static void a_disk_may_be_smaller_than_its_ends(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].disk.size = SZ_512K;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 1016, 8, 1);
	rig_settle(&c.rig, 0);
	keep(&c);
	core_disk_set(&c, 1023, 1, 2);
	core_attach_fails(&c, -ESTALE, "sector 1023 is");
	core_disk_set(&c, 1023, 1, 1);
	comes_back(&c);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_that_was_changed_is_refused),
		cmocka_unit_test(at_the_ends_everything_is_compared),
		cmocka_unit_test(what_is_left_of_a_record_is_compared),
		cmocka_unit_test(every_part_of_the_disk_is_looked_at),
		cmocka_unit_test(what_is_dirty_may_be_on_the_disk_or_not),
		cmocka_unit_test(what_has_no_defined_content_is_left_out),
		cmocka_unit_test(what_is_lost_is_left_out),
		cmocka_unit_test(what_cannot_be_read_says_nothing_of_the_disk),
		cmocka_unit_test(a_wrong_checksum_says_nothing_of_the_disk),
		cmocka_unit_test(one_bad_sector_of_the_disk_keeps_nothing_from_it),
		cmocka_unit_test(a_disk_that_cannot_be_read_is_refused),
		cmocka_unit_test(a_signal_ends_it),
		cmocka_unit_test(it_reads_a_few_blocks_only),
		cmocka_unit_test(a_disk_may_be_smaller_than_its_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
