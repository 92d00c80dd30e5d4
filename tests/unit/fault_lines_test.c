// SPDX-License-Identifier: GPL-2.0
/*
 * The table of faults (Documentation/faults.rst), second part: lines of persistent
 * memory that cannot be read.  A function holds a row: what an application sees,
 * what attributes and the log say, what is told by uevents, and that reads of what
 * is cached go on.  Bad lines stay bad whatever is stored to them.
 * time: 600
 */
#include "front.h"

#include "pcache_log.h"

static void fault_init(struct front *f)
{
	front_init(f);
	f->core.sim.heal_poison = false;
}

static void fault_open(struct front *f)
{
	fault_init(f);
	front_open(f);
}

static void poison(struct front *f, u64 off)
{
	sim_pmem_poison(f->core.rig.pmem, off, 1);
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

/* ---- known bad blocks ---- */

static void bad_blocks_are_known(void **state)
{
	struct front f;
	u64 nr_free;

	fault_open(&f);
	core_write(&f.core, 0, 24, 1);
	write_back(&f);
	nr_free = front_number("cache_dev0/free_segments");
	front_power_cycle(&f);
	sim_pmem_badblocks(f.core.rig.pmem, 28 * 128 + 77, 1);
	register_attaches(&f);
	expect_logged("segment 28 is not used: known bad blocks");
	assert_int_equal(front_number("cache_dev0/free_segments"), nr_free - 1);
	core_expect(&f.core, 0, 24, 1);
	core_write(&f.core, 8, 8, 2);
	front_close(&f);
}

/* Power off and on; of all segments that were nobody's then only two are good. */
static void lose_segments(struct front *f)
{
	struct pcache_cache_dev *dev = f->core.rig.dev;
	u32 id, n = 0, lost[64];

	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs - 2; id++)
		if (dev->segs[id].slot == PCACHE_NO_SLOT)
			lost[n++] = id;
	assert_int_equal(n, f->core.opts.nr_segs - 3);
	front_power_cycle(f);
	while (n--)
		sim_pmem_badblocks(f->core.rig.pmem, lost[n] * 128 + 77, 1);
}

static void too_few_segments_are_left(void **state)
{
	struct front f;

	fault_open(&f);
	core_write(&f.core, 0, 24, 1);
	lose_segments(&f);
	register_attaches(&f);
	expect_attr("cache_dev0/free_segments", "0");
	forget();
	assert_int_equal(core_try_write(&f.core, 0, 8, 2), BLK_STS_NOSPC);
	expect_logged("writes fail for want of space: 3 segments are left");
	expect_attr("stats/errors", "1");
	expect_attr("mode", "running");
	expect_told_nothing();
	expect_hits(&f);
	assert_int_equal(rig_io_run(&f.core.rig, 0, PCACHE_OP_DISCARD, 0, 0, 8,
				    NULL), BLK_STS_OK);
	write_back(&f);
	core_disk_expect(&f.core, 0, 24, 1);
	core_expect(&f.core, 0, 24, 1);
	expect_no_trouble();
	front_close(&f);
}

/* ---- data ---- */

static void clean_data_is_bad(void **state)
{
	struct front f;
	u32 how;

	for (how = 0; how < 2; how++) {
		fault_init(&f);
		f.core.opts.cache[0].data_crc = how;
		front_open(&f);
		core_write(&f.core, 0, 24, 1);
		write_back(&f);
		forget();
		poison(&f, core_data_off(&f.core, 9) + 100);
		core_expect(&f.core, 0, 24, 1);
		expect_attr("stats/media_errors", "1");
		expect_attr("stats/healed", "1");
		expect_hits(&f);
		expect_told_nothing();
		core_write(&f.core, 8, 8, 2);
		front_close(&f);
	}
}

/* Nine sectors, of which number 9 cannot be read. */
static void open_bad_dirty(struct front *f, bool crc)
{
	fault_init(f);
	f->core.opts.cache[0].data_crc = crc;
	front_open(f);
	core_write(&f->core, 0, 24, 1);
	forget();
	poison(f, core_data_off(&f->core, 9) + 100);
}

static void expect_lost(struct front *f, bool crc)
{
	expect_eio(f, crc ? 8 : 9, crc ? 8 : 1);
	core_expect(&f->core, 0, 8, 1);
	core_expect(&f->core, 16, 8, 1);
	expect_hits(f);
}

static void dirty_data_is_bad_on_a_read(void **state)
{
	struct front f;
	u32 crc;

	for (crc = 0; crc < 2; crc++) {
		open_bad_dirty(&f, crc);
		expect_lost(&f, crc);
		assert_true(front_number("stats/media_errors") > 0);
		expect_logged(" is lost: ");
		expect_told_nothing();
		core_write(&f.core, 8, 8, 2);
		core_expect(&f.core, 8, 8, 2);
		front_close(&f);
	}
}

static void dirty_data_is_bad_on_write_back(void **state)
{
	struct front f;
	u32 crc;

	for (crc = 0; crc < 2; crc++) {
		open_bad_dirty(&f, crc);
		write_back(&f);
		expect_attr("lost", crc ? "4096" : "512");
		expect_attr("lost_ranges", crc ? "8 8" : "9 1");
		expect_attr("stats/lost_bytes", crc ? "4096" : "512");
		expect_logged(" are lost: ");
		expect_lost(&f, crc);
		expect_told("clean", "MODE=running CONDITION=ok DIRTY=0");
		expect_no_trouble();
		core_disk_expect(&f.core, 16, 8, 1);
		front_close(&f);
	}
}

/* ---- what is lost ---- */

static void open_lost(struct front *f)
{
	open_bad_dirty(f, false);
	write_back(f);
	expect_attr("lost_ranges", "9 1");
	forget();
}

/* Goes through the whole quota once, elsewhere, and reclaims. */
static void turn_over(struct front *f)
{
	u32 i;

	for (i = 0; i < core_cache(&f->core)->quota * 12; i++) {
		core_write(&f->core, 1000 + i * 8, 8, 1);
		if (i % 10)
			continue;
		write_back(f);
		pcache_gc_kick(core_cache(&f->core));
		sim_sleep(10 * NSEC_PER_MSEC);
		sim_quiesce();
	}
	write_back(f);
}

static void a_loss_outlives_reclaim_restart_and_cut(void **state)
{
	struct front f;
	u64 h;

	open_lost(&f);
	h = front_number("evict_lsn");
	turn_over(&f);
	assert_true(front_number("evict_lsn") > h);
	expect_attr("lost_ranges", "9 1");
	expect_eio(&f, 9, 1);
	core_write(&f.core, FRONT_HIT, FRONT_HIT_NR, 1);
	expect_hits(&f);
	expect_no_trouble();
	assert_true(front_stop(&f, "keep") > 0);
	front_forget();
	register_attaches(&f);
	expect_attr("lost", "512");
	expect_attr("lost_ranges", "9 1");
	expect_lost(&f, false);
	front_power_cycle(&f);
	register_attaches(&f);
	expect_attr("lost_ranges", "9 1");
	expect_lost(&f, false);
	front_close(&f);
}

static void a_drain_does_not_conceal_a_loss(void **state)
{
	struct front f;

	open_bad_dirty(&f, false);
	assert_int_equal(front_stop(&f, "drain"), -EUCLEAN);
	expect_logged("is drained, but has 1 lost sectors");
	expect_attr("state", "running");
	expect_attr("mapped_id", "0");
	expect_lost(&f, false);
	expect_told("clean", "DIRTY=0");
	expect_no_trouble();
	assert_false(front_told("detached", ""));
	front_close(&f);
}

static void lost_data_is_overwritten(void **state)
{
	struct front f;

	open_lost(&f);
	core_write(&f.core, 9, 1, 1);
	core_expect(&f.core, 0, 24, 1);
	expect_attr("lost", "0");
	expect_attr("lost_ranges", "");
	expect_hits(&f);
	expect_told("dirty", "DIRTY=1 MODE=running");
	expect_no_trouble();
	front_close(&f);
}

/* The word that is poisoned is that of sector 0's page, not of FRONT_HIT's. */
static u64 crc_word(struct front *f, u64 sector)
{
	u64 off = core_data_off(&f->core, sector);
	u64 in_seg = off & (f->core.rig.dev->geo.seg_size - 1);

	return off - in_seg + PCACHE_BLOCK_SIZE +
	       (in_seg >> PCACHE_BLOCK_SHIFT) * 8;
}

static void a_word_of_page_crcs_is_bad(void **state)
{
	struct front f;
	u32 dirty;

	for (dirty = 0; dirty < 2; dirty++) {
		fault_init(&f);
		f.core.opts.cache[0].data_crc = true;
		front_open(&f);
		/* Away from the words that FRONT_HIT needs. */
		core_write(&f.core, 2000, 64, 1);
		pcache_seg_close_heads(core_cache(&f.core), true);
		core_write(&f.core, 0, 8, 1);
		if (!dirty)
			write_back(&f);
		forget();
		poison(&f, crc_word(&f, 0));
		if (dirty)
			expect_eio(&f, 0, 8);
		else
			core_expect(&f.core, 0, 8, 1);
		assert_true(front_number("stats/media_errors") > 0);
		assert_int_equal(front_number("stats/healed"), !dirty);
		expect_hits(&f);
		expect_told_nothing();
		core_write(&f.core, 0, 8, 2);
		core_expect(&f.core, 0, 8, 2);
		front_close(&f);
	}
}

/* ---- records ---- */

static void write_back_finds_a_bad_record(void **state)
{
	struct front f;
	u32 line;

	fault_open(&f);
	line = core_head_seg(&f.core)->nr_recs;
	core_write(&f.core, 0, 8, 1);
	core_write(&f.core, 8, 8, 1);
	poison(&f, core_rec_off(&f.core, core_head_seg(&f.core), line + 1));
	pcache_wb_start(core_cache(&f.core));
	sim_quiesce();
	expect_attr("mode", "read-only");
	expect_logged("backing 0 is read-only: a record cannot be read");
	expect_told("mode", "MODE=read-only CONDITION=ok");
	assert_int_equal(core_try_write(&f.core, 0, 8, 2), BLK_STS_IOERR);
	core_expect(&f.core, 0, 16, 1);
	expect_hits(&f);
	front_close(&f);
}

static void reclaim_finds_a_bad_record(void **state)
{
	struct pcache_seg *seg;
	struct front f;
	u64 nr_free;

	fault_init(&f);
	f.core.opts.cache[0].quota = 8;
	front_open(&f);
	nr_free = front_number("cache_dev0/free_segments");
	seg = core_head_seg(&f.core);
	core_write(&f.core, 0, 8, 1);
	write_back(&f);
	poison(&f, core_rec_off(&f.core, seg, 0));
	turn_over(&f);
	expect_logged("is not used: record unreadable");
	assert_int_equal(seg->state, PCACHE_SEG_RETIRED);
	assert_int_equal(front_number("cache_dev0/free_segments"), nr_free - 1);
	expect_attr("mode", "running");
	expect_no_trouble();
	core_expect(&f.core, 0, 8, 1);
	core_expect(&f.core, 1000, 512, 1);
	core_write(&f.core, FRONT_HIT, FRONT_HIT_NR, 1);
	expect_hits(&f);
	front_close(&f);
}

static void an_attach_finds_a_bad_record(void **state)
{
	struct front f;
	u64 off;

	fault_open(&f);
	core_write(&f.core, 0, 8, 1);
	off = core_rec_off(&f.core, core_head_seg(&f.core), 0);
	front_power_cycle(&f);
	poison(&f, off);
	register_waits(&f, "running", -EUCLEAN, "damaged at record line 0");
	front_close(&f);
}

/* ---- structures that are kept twice ---- */

static void one_header_is_bad(void **state)
{
	u32 copy, id;
	struct front f;
	u64 off;

	for (copy = 0; copy < 2; copy++) {
		fault_init(&f);
		/* All of them are needed. */
		f.core.opts.nr_segs = 8;
		f.core.opts.cache[0].quota = 8;
		front_open(&f);
		core_write(&f.core, 0, 24, 1);
		id = core_head_seg(&f.core)->id;
		off = core_seg_off(&f.core, core_head_seg(&f.core));
		off += copy ? f.core.rig.dev->geo.rec_end : 0;
		front_power_cycle(&f);
		poison(&f, off);
		register_attaches(&f);
		expect_logged("one header cannot be repaired");
		core_expect(&f.core, 0, 24, 1);
		turn_over(&f);
		turn_over(&f);
		expect_logged("is not used: header unreadable");
		assert_int_equal(f.core.rig.dev->segs[id].state,
				 PCACHE_SEG_RETIRED);
		expect_no_trouble();
		core_expect(&f.core, 0, 24, 1);
		front_close(&f);
	}
}

static void both_headers_are_bad(void **state)
{
	struct front f;
	u64 off, second;

	fault_open(&f);
	core_write(&f.core, 0, 8, 1);
	off = core_seg_off(&f.core, core_head_seg(&f.core));
	second = off + f.core.rig.dev->geo.rec_end;
	front_power_cycle(&f);
	poison(&f, off);
	poison(&f, second);
	register_waits(&f, "damaged", -EUCLEAN, "is not used: both headers bad");
	front_close(&f);
}

static void one_copy_of_a_slot_is_bad(void **state)
{
	struct front f;
	u32 copy;

	for (copy = 0; copy < 2; copy++) {
		fault_open(&f);
		core_write(&f.core, 0, 24, 1);
		front_power_cycle(&f);
		poison(&f, PCACHE_SLOTS_OFF + copy * PCACHE_SLOTS_LEN + 100);
		register_attaches(&f);
		expect_logged("slot 0 is left as it is");
		core_expect(&f.core, 0, 24, 1);
		core_write(&f.core, 0, 24, 2);
		front_forget();
		assert_int_equal(front_stop(&f, "drain"), -EIO);
		expect_logged("could not be let go of, its contents are kept");
		core_disk_expect(&f.core, 0, 24, 2);
		expect_attr("state", "waiting");
		expect_told("waiting", "BACKING_ID=0");
		front_close(&f);
	}
}

static void both_copies_of_a_slot_are_bad(void **state)
{
	struct front f;
	u32 copy;

	fault_open(&f);
	core_write(&f.core, 0, 24, 1);
	front_power_cycle(&f);
	for (copy = 0; copy < 2; copy++)
		poison(&f, PCACHE_SLOTS_OFF + copy * PCACHE_SLOTS_LEN + 100);
	assert_true(front_register(&f) > 0);
	expect_attr("cache_dev0/state", "damaged");
	expect_logged("backing slot 0: both copies bad");
	assert_null(sim_device_find("backing_dev0"));
	expect_told_nothing();
	front_close(&f);
}

static u64 cursor_line(u32 copy, u32 line)
{
	return PCACHE_CURSORS_OFF + copy * PCACHE_CURSORS_LEN +
	       line * PCACHE_LINE_SIZE;
}

static void lines_of_the_cursor_are_bad(void **state)
{
	struct front f;
	u32 copy, i;

	for (copy = 0; copy < 2; copy++) {
		fault_open(&f);
		core_write(&f.core, 0, 24, 1);
		front_power_cycle(&f);
		for (i = 0; i < PCACHE_CURSOR_LINES; i++)
			poison(&f, cursor_line(copy, i));
		register_attaches(&f);
		core_expect(&f.core, 0, 24, 1);
		write_back(&f);
		expect_no_trouble();
		front_close(&f);
	}
}

static void no_line_of_the_cursor_is_good(void **state)
{
	struct front f;
	u32 i;

	fault_open(&f);
	core_write(&f.core, 0, 24, 1);
	front_power_cycle(&f);
	for (i = 0; i < PCACHE_CURSOR_LINES; i++) {
		poison(&f, cursor_line(0, i));
		poison(&f, cursor_line(1, i));
	}
	register_waits(&f, "running", -EIO, "backing slot 0: no valid cursor");
	front_close(&f);
}

static u64 superblock(struct front *f, u32 copy)
{
	struct pcache_geo geo;

	pcache_geo_init(&geo, f->core.opts.seg_shift, SZ_1G);
	return copy ? pcache_geo_seg_off(&geo, geo.meta_segs) -
	       PCACHE_BLOCK_SIZE : PCACHE_SB_OFF;
}

static void superblocks_are_bad(void **state)
{
	struct front f;
	u32 copy;

	for (copy = 0; copy < 2; copy++) {
		fault_open(&f);
		core_write(&f.core, 0, 24, 1);
		front_power_cycle(&f);
		poison(&f, superblock(&f, copy));
		register_attaches(&f);
		core_expect(&f.core, 0, 24, 1);
		assert_true(front_stop(&f, "keep") > 0);
		front_power_cycle(&f);
		poison(&f, superblock(&f, 0));
		poison(&f, superblock(&f, 1));
		assert_int_equal(front_register(&f), -EIO);
		expect_logged("superblock unreadable");
		assert_null(sim_device_find("cache_dev0"));
		expect_told_nothing();
		front_close(&f);
	}
}

/* ---- what the machine says ---- */

static void memory_is_said_to_fail(void **state)
{
	struct pcache_seg *seg;
	struct front f;

	fault_open(&f);
	core_write(&f.core, 0, 24, 1);
	forget();
	seg = list_first_entry(&f.core.rig.dev->free, struct pcache_seg, node);
	pcache_dev_note_bad(f.core.rig.dev, core_seg_off(&f.core, seg) + 100, 1);
	expect_logged("memory failure at byte");
	core_expect(&f.core, 0, 24, 1);
	expect_hits(&f);
	expect_told_nothing();
	expect_attr("condition", "ok");
	turn_over(&f);
	expect_logged("is not used: ");
	assert_int_equal(seg->state, PCACHE_SEG_RETIRED);
	expect_no_trouble();
	front_close(&f);
}

static void the_pmem_is_gone(void **state)
{
	struct front f;

	fault_open(&f);
	core_write(&f.core, 0, 24, 1);
	forget();
	pcache_dev_removed(f.core.rig.dev);
	expect_logged("removed while in use");
	expect_attr("mode", "failed");
	expect_told("mode", "MODE=failed");
	/* There is nothing left to hit. */
	expect_eio(&f, 0, 1);
	expect_eio(&f, FRONT_HIT, 1);
	assert_int_equal(core_try_write(&f.core, 0, 8, 2), BLK_STS_IOERR);
	front_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_blocks_are_known),
		cmocka_unit_test(too_few_segments_are_left),
		cmocka_unit_test(clean_data_is_bad),
		cmocka_unit_test(dirty_data_is_bad_on_a_read),
		cmocka_unit_test(dirty_data_is_bad_on_write_back),
		cmocka_unit_test(a_loss_outlives_reclaim_restart_and_cut),
		cmocka_unit_test(a_drain_does_not_conceal_a_loss),
		cmocka_unit_test(lost_data_is_overwritten),
		cmocka_unit_test(a_word_of_page_crcs_is_bad),
		cmocka_unit_test(write_back_finds_a_bad_record),
		cmocka_unit_test(reclaim_finds_a_bad_record),
		cmocka_unit_test(an_attach_finds_a_bad_record),
		cmocka_unit_test(one_header_is_bad),
		cmocka_unit_test(both_headers_are_bad),
		cmocka_unit_test(one_copy_of_a_slot_is_bad),
		cmocka_unit_test(both_copies_of_a_slot_are_bad),
		cmocka_unit_test(lines_of_the_cursor_are_bad),
		cmocka_unit_test(no_line_of_the_cursor_is_good),
		cmocka_unit_test(superblocks_are_bad),
		cmocka_unit_test(memory_is_said_to_fail),
		cmocka_unit_test(the_pmem_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
