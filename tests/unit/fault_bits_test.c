// SPDX-License-Identifier: GPL-2.0
/*
 * The table of faults (Documentation/faults.rst), third part: bits of persistent
 * memory that have changed.  A function holds a row: what an application sees, what
 * attributes and the log say, what is told by uevents, and that reads of what is
 * cached go on.
 * time: 600
 */
#include "front.h"

#include "pcache_log.h"

static void change(struct front *f, u64 off, u32 bytes)
{
	u8 junk[64];

	memcpy(junk, sim_pmem_view(f->core.rig.pmem) + off, bytes);
	junk[0] ^= 0x10;
	if (bytes > 1)
		memset(junk + 1, 0x5a, bytes - 1);
	sim_pmem_poke(f->core.rig.pmem, off, junk, bytes);
}

static void forget(void)
{
	/* What is told late is not told of what comes now. */
	front_told("", "");
	front_forget();
}

static void write_back(struct front *f)
{
	rig_settle(&f->core.rig, 0);
}

/* ---- data ---- */

static void open_with(struct front *f, bool crc, bool dirty)
{
	front_init(f);
	f->core.opts.cache[0].data_crc = crc;
	front_open(f);
	core_write(&f->core, 0, 24, 1);
	if (!dirty)
		write_back(f);
	forget();
	change(f, core_data_off(&f->core, 9) + 100, 1);
}

static void clean_data_has_changed(void **state)
{
	struct front f;

	open_with(&f, true, false);
	core_expect(&f.core, 0, 24, 1);
	expect_attr("stats/crc_errors", "1");
	expect_attr("stats/healed", "1");
	expect_hits(&f);
	expect_told_nothing();
	front_close(&f);
}

static void dirty_data_has_changed(void **state)
{
	struct front f;

	open_with(&f, true, true);
	expect_eio(&f, 8, 8);
	core_expect(&f.core, 0, 8, 1);
	core_expect(&f.core, 16, 8, 1);
	expect_hits(&f);
	assert_true(front_number("stats/crc_errors") > 0);
	expect_logged("is lost: wrong checksum");
	expect_told_nothing();
	write_back(&f);
	expect_attr("lost", "4096");
	expect_attr("lost_ranges", "8 8");
	expect_eio(&f, 8, 8);
	expect_hits(&f);
	expect_told("clean", "MODE=running CONDITION=ok");
	expect_no_trouble();
	core_write(&f.core, 8, 8, 2);
	core_expect(&f.core, 8, 8, 2);
	front_close(&f);
}

static void data_that_reclaim_would_move_has_changed(void **state)
{
	struct front f;

	front_init(&f);
	f.core.opts.cache[0].data_crc = true;
	front_open(&f);
	assert_true(sim_attr_write("backing_dev0/cache_gc_percent", "0") > 0);
	core_write(&f.core, 0, 8, 1);
	/* It was read, so it would be kept. */
	core_expect(&f.core, 0, 8, 1);
	sim_disk_stall(f.core.rig.disk[0], SIM_OP_FLUSH);
	pcache_seg_close_heads(core_cache(&f.core), false);
	pcache_wb_start(core_cache(&f.core));
	sim_quiesce();
	forget();
	change(&f, core_data_off(&f.core, 0) + 7, 1);
	expect_hits(&f);
	sim_disk_release(f.core.rig.disk[0]);
	write_back(&f);
	pcache_gc_kick(core_cache(&f.core));
	sim_sleep(10 * NSEC_PER_MSEC);
	sim_quiesce();
	assert_int_equal(core_lookup(&f.core, 0, 8).tag, PCACHE_HOLE);
	core_expect(&f.core, 0, 8, 1);
	expect_attr("lost", "0");
	core_write(&f.core, FRONT_HIT, FRONT_HIT_NR, 1);
	expect_hits(&f);
	expect_no_trouble();
	front_close(&f);
}

/* The one thing that nothing can see: that is what data_crc is for. */
static void data_has_changed_without_checksums(void **state)
{
	struct front f;
	u32 dirty;

	for (dirty = 0; dirty < 2; dirty++) {
		open_with(&f, false, dirty);
		assert_int_equal(core_read(&f.core, 9, 1), BLK_STS_OK);
		assert_memory_not_equal(core_buffer() + 96,
					core_buffer() + 104, 8);
		expect_attr("stats/crc_errors", "0");
		expect_attr("stats/media_errors", "0");
		expect_hits(&f);
		expect_told_nothing();
		front_close(&f);
	}
}

/* ---- records ---- */

static void open_records(struct front *f, u64 *off, u32 nr, u32 which)
{
	u32 line, i;

	front_init(f);
	front_open(f);
	line = core_head_seg(&f->core)->nr_recs;
	for (i = 0; i < nr; i++)
		core_write(&f->core, 8 * i, 8, 1);
	*off = core_rec_off(&f->core, core_head_seg(&f->core), line + which);
	front_power_cycle(f);
}

static void one_bit_of_a_record_has_changed(void **state)
{
	struct front f;
	u32 which;
	u64 off;

	/* The last one, or one before it. */
	for (which = 0; which < 3; which++) {
		open_records(&f, &off, 3, which);
		change(&f, off + 13, 1);
		register_attaches(&f);
		expect_logged("a bit was flipped, and is put right");
		core_expect(&f.core, 0, 24, 1);
		front_close(&f);
	}
}

static void more_of_a_record_has_changed(void **state)
{
	struct front f;
	u64 off;

	open_records(&f, &off, 3, 1);
	change(&f, off + 8, 16);
	register_waits(&f, "running", -EUCLEAN, "is damaged: invalid record line");
	front_close(&f);
}

/* ---- structures that are kept twice ---- */

static u64 place_of(struct front *f, u32 what, u32 copy)
{
	const struct pcache_geo *geo = &f->core.rig.dev->geo;

	switch (what) {
	case 0:
		return copy ? pcache_geo_seg_off(geo, geo->meta_segs) -
		       PCACHE_BLOCK_SIZE : PCACHE_SB_OFF;
	case 1:
		return PCACHE_SLOTS_OFF + copy * PCACHE_SLOTS_LEN;
	case 2:
		return PCACHE_CURSORS_OFF + copy * PCACHE_CURSORS_LEN;
	default:
		return core_seg_off(&f->core, core_head_seg(&f->core)) +
		       (copy ? geo->rec_end : 0);
	}
}

static void one_copy_has_changed(void **state)
{
	struct front f;
	u32 what, copy, i;
	u64 off;

	for (what = 0; what < 4; what++)
		for (copy = 0; copy < 2; copy++) {
			front_init(&f);
			front_open(&f);
			core_write(&f.core, 0, 24, 1);
			off = place_of(&f, what, copy);
			front_power_cycle(&f);
			/* Of the cursor, all lines of that copy. */
			for (i = 0; i < (what == 2 ? PCACHE_CURSOR_LINES : 1);
			     i++)
				change(&f, off + i * PCACHE_LINE_SIZE + 40, 1);
			register_attaches(&f);
			expect_attr("cache_dev0/state", "running");
			core_expect(&f.core, 0, 24, 1);
			write_back(&f);
			core_disk_expect(&f.core, 0, 24, 1);
			expect_hits(&f);
			expect_no_trouble();
			front_close(&f);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(clean_data_has_changed),
		cmocka_unit_test(dirty_data_has_changed),
		cmocka_unit_test(data_that_reclaim_would_move_has_changed),
		cmocka_unit_test(data_has_changed_without_checksums),
		cmocka_unit_test(one_bit_of_a_record_has_changed),
		cmocka_unit_test(more_of_a_record_has_changed),
		cmocka_unit_test(one_copy_has_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
