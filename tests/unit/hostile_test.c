// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what users of one cache may do to it, or to another, with nothing
 * but what they write: data that has the shape of records, copies of real records
 * even, over a power cut; and segments that move from one cache to another.
 */
#include "core_test.h"

#include "pcache_log.h"

/* Bytes that one more write may take of the head's segment. */
static u32 space_left(struct core *c, const struct pcache_seg *seg)
{
	return c->rig.dev->geo.rec_end - seg->data_off -
	       (seg->nr_recs + 1) * PCACHE_LINE_SIZE;
}

/* One sector that is full of copies of a record line. */
static void write_copies(struct core *c, u64 sector, u64 line_off)
{
	u8 buf[512];
	u32 i;

	for (i = 0; i < sizeof(buf); i += PCACHE_LINE_SIZE)
		memcpy(buf + i, sim_pmem_view(c->rig.pmem) + line_off,
		       PCACHE_LINE_SIZE);
	assert_int_equal(rig_io_run(&c->rig, 0, PCACHE_OP_WRITE, 0, sector, 1,
				    buf), BLK_STS_OK);
}

static void expect_copies(struct core *c, u64 sector, const u8 *line)
{
	u32 i;

	assert_int_equal(core_read(c, sector, 1), BLK_STS_OK);
	for (i = 0; i < 512; i += PCACHE_LINE_SIZE)
		assert_memory_equal(core_buffer() + i, line, PCACHE_LINE_SIZE);
}

/*
 * A user writes what the newest record of the segment is, until the data meets
 * the records.  At the power cut, what lies behind the last line is such data.
 */
static void copies_of_live_records_are_data(void **state)
{
	static u8 lines[128][PCACHE_LINE_SIZE];
	struct pcache_seg *seg;
	struct core c;
	u64 line_off;
	u32 i, nr = 0, id, nr_recs;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	seg = core_head_seg(&c);
	while (space_left(&c, seg) >= 512 + PCACHE_LINE_SIZE) {
		line_off = core_rec_off(&c, seg, seg->nr_recs - 1);
		memcpy(lines[nr], sim_pmem_view(c.rig.pmem) + line_off,
		       PCACHE_LINE_SIZE);
		write_copies(&c, 100 + nr++, line_off);
		assert_ptr_equal(core_head_seg(&c), seg);
	}
	assert_true(nr > 64);
	id = seg->id;
	nr_recs = seg->nr_recs;
	assert_int_equal(core_reboot(&c), 0);
	assert_false(sim_klog_has("bad record"));
	assert_int_equal(c.rig.dev->segs[id].nr_recs, nr_recs + 1);
	core_expect(&c, 0, 8, 1);
	for (i = 0; i < nr; i++)
		expect_copies(&c, 100 + i, lines[i]);
	core_close(&c);
}

static void expect_hole(struct core *c, u64 sector, u32 nr)
{
	struct pcache_run run;

	for (; nr; sector += run.nr, nr -= run.nr) {
		run = core_lookup(c, sector, nr);
		assert_int_equal(run.tag, PCACHE_HOLE);
	}
}

/*
 * The same once the segment has another life: where records are looked for lie
 * copies of records of the life before, with all their LSNs.
 */
static void copies_outlive_their_segment_as_data(void **state)
{
	u64 line_off;
	struct core c;
	u32 i, round;

	core_init(&c);
	core_open(&c);
	for (round = 0; round < 6; round++) {
		/* Three times the quota, so that all of it is reused. */
		for (i = 0; i < 1600; i++) {
			struct pcache_seg *seg = core_head_seg(&c);

			line_off = seg && seg->nr_recs ?
				   core_rec_off(&c, seg, seg->nr_recs - 1) : 0;
			write_copies(&c, 100 + i, line_off);
		}
		core_write(&c, 0, 8, round + 1);
		assert_int_equal(core_reboot(&c), 0);
		core_expect(&c, 0, 8, round + 1);
		/* Nothing that was never written is mapped. */
		expect_hole(&c, 8, 92);
		expect_hole(&c, 1700, 1000);
	}
	core_close(&c);
}

/* ---- segments that move ---- */

static void fill_with_secret(struct core *c, u32 i, u32 nr)
{
	u8 *buf = core_buffer();
	u32 s;

	for (s = 0; s < nr; s += 16) {
		memset(buf, 0xa5, 16 << SECTOR_SHIFT);
		assert_int_equal(rig_io_run(&c->rig, i, PCACHE_OP_WRITE, 0, s,
					    16, buf), BLK_STS_OK);
	}
}

static void expect_no_secret(struct core *c, u32 i, u64 sector, u32 nr)
{
	u8 *buf = core_buffer();
	u32 b;

	assert_int_equal(rig_io_run(&c->rig, i, PCACHE_OP_READ, 0, sector, nr,
				    buf), BLK_STS_OK);
	for (b = 0; b < nr << SECTOR_SHIFT; b++)
		assert_int_not_equal(buf[b], 0xa5);
}

/* Writes, fills and zeroes of odd sizes, in every segment that the other had. */
static void use_all(struct core *c, u32 i)
{
	static u8 buf[64 << SECTOR_SHIFT];
	u64 sector = 0;
	u32 n;

	for (n = 0; n < 900; n++, sector += 37) {
		u32 nr = 1 + n * 7 % 31;

		memset(buf, n % 100 + 1, sizeof(buf));
		assert_int_equal(rig_io_run(&c->rig, i, n % 5 == 4 ?
					    PCACHE_OP_ZEROES : PCACHE_OP_WRITE,
					    0, sector, nr, buf), BLK_STS_OK);
	}
	for (sector = 0; sector < 900 * 37; sector += 64)
		expect_no_secret(c, i, sector, 64);
}

static void moved_segments(bool data_crc)
{
	struct core c;

	core_init(&c);
	c.opts.nr_segs = 24;
	c.opts.nr_caches = 2;
	c.opts.cache[0].quota = 20;
	c.opts.cache[1].quota = 20;
	c.opts.cache[1].disk.size = SZ_32M;
	c.opts.cache[1].data_crc = data_crc;
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	fill_with_secret(&c, 0, 4096);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DISCARD_DIRTY), 0);
	assert_int_equal(rig_attach(&c.rig, 1, false), 0);
	use_all(&c, 1);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(rig_attach(&c.rig, 1, true), 0);
	expect_no_secret(&c, 1, 0, 512);
	core_close(&c);
}

static void a_segment_that_moves_shows_nothing(void **state)
{
	moved_segments(false);
	moved_segments(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_of_live_records_are_data),
		cmocka_unit_test(copies_outlive_their_segment_as_data),
		cmocka_unit_test(a_segment_that_moves_shows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
