// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of faults of the media that an attach has to live with, and of what
 * a segment keeps of its earlier owner.
 * time: 600
 */
#include "core_test.h"
#include "core_cuts.h"

/* ---- the last record ---- */

/* Whatever bit it is: that a record is missing could not be told. */
static void a_flipped_bit_in_the_last_record_is_put_right(void **state)
{
	u8 whole[64], line[64];
	struct core_images im;
	struct core c;
	u64 off;
	u32 bit;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 0, 8, 2);
	off = core_rec_off(&c, core_head_seg(&c), 1);
	core_snapshot(&c, &im);
	world_cut(c.world);
	sim_image_read(im.pmem, off, whole, 64);
	for (bit = 0; bit < 512; bit++) {
		memcpy(line, whole, 64);
		line[bit / 8] ^= 1u << bit % 8;
		core_boot(&c, &im);
		sim_pmem_poke(c.rig.pmem, off, line, 64);
		assert_int_equal(rig_register(&c.rig, false), 0);
		assert_int_equal(rig_attach(&c.rig, 0, true), 0);
		assert_true(sim_klog_has("a bit was flipped, and is put right"));
		core_expect(&c, 0, 8, 2);
		/* On the media, too. */
		assert_memory_equal(sim_pmem_view(c.rig.pmem) + off, whole, 64);
		core_close(&c);
	}
	core_images_free(&im);
}

/* A second one, later, would be more than can be put right. */
static void a_flipped_bit_in_a_clean_record_is_put_right(void **state)
{
	u8 whole[64], byte;
	struct core c;
	u64 off;
	u32 k;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	off = core_rec_off(&c, core_head_seg(&c), 0);
	rig_settle(&c.rig, 0);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	/* W covers what it holds, but not the END that closed it. */
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	core_write(&c, 800, 8, 1);
	rig_settle(&c.rig, 0);
	memcpy(whole, sim_pmem_view(c.rig.pmem) + off, 64);
	for (k = 0; k < 2; k++) {
		byte = whole[20 + k] ^ 1;
		sim_pmem_poke(c.rig.pmem, off + 20 + k, &byte, 1);
		assert_int_equal(core_reboot(&c), 0);
		assert_true(sim_klog_has("a bit was flipped, and is put right"));
		assert_memory_equal(sim_pmem_view(c.rig.pmem) + off, whole, 64);
		core_expect(&c, 0, 16, 1);
	}
	core_close(&c);
}

/* Two bits are a torn record, which nobody was told of. */
static void two_flipped_bits_are_not(void **state)
{
	struct core c;
	u64 off;
	u8 byte;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 0, 8, 2);
	off = core_rec_off(&c, core_head_seg(&c), 1) + 20;
	byte = sim_pmem_view(c.rig.pmem)[off] ^ 3;
	sim_pmem_poke(c.rig.pmem, off, &byte, 1);
	assert_int_equal(core_reboot(&c), 0);
	assert_false(sim_klog_has("put right"));
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* ---- one copy of a slot ---- */

static void a_bad_copy_of_its_slot_keeps_no_cache_from_its_disk(void **state)
{
	struct core c;
	u32 copy;

	for (copy = 0; copy < 2; copy++) {
		core_init(&c);
		c.sim.heal_poison = false;
		core_open(&c);
		core_write(&c, 0, 8, 1);
		core_power_cycle(&c);
		sim_pmem_poison(c.rig.pmem, PCACHE_SLOTS_OFF +
				copy * PCACHE_SLOTS_LEN + 100, 1);
		assert_int_equal(rig_register(&c.rig, false), 0);
		assert_int_equal(rig_attach(&c.rig, 0, true), 0);
		assert_true(sim_klog_has("slot 0 is left as it is"));
		core_write(&c, 8, 8, 1);
		rig_settle(&c.rig, 0);
		core_disk_expect(&c, 0, 16, 1);
		core_write(&c, 16, 8, 1);
		/* And the next attach does the same again. */
		core_power_cycle(&c);
		sim_pmem_poison(c.rig.pmem, PCACHE_SLOTS_OFF +
				copy * PCACHE_SLOTS_LEN + 100, 1);
		assert_int_equal(rig_register(&c.rig, false), 0);
		assert_int_equal(rig_attach(&c.rig, 0, true), 0);
		core_expect(&c, 0, 24, 1);
		core_close(&c);
	}
}

/* ---- segments that change hands ---- */

#define SECRET	0x7365637265740001ull

static bool holds_secret(const u8 *buf, u32 bytes)
{
	const u64 *word = (const u64 *)buf;
	u32 i;

	for (i = 0; i < bytes / 8; i++)
		if (word[i] == SECRET)
			return true;
	return false;
}

static void write_secret(struct core *c, u32 cache, u64 sector, u32 nr)
{
	u64 *word = (u64 *)core_buffer();
	u32 i;

	for (i = 0; i < nr * 64; i++)
		word[i] = SECRET;
	assert_int_equal(rig_io_run(&c->rig, cache, PCACHE_OP_WRITE, 0, sector,
				    nr, (u8 *)word), BLK_STS_OK);
}

static void expect_no_secret(struct core *c, u32 cache)
{
	u64 s;

	for (s = 0; s < c->opts.cache[cache].disk.size >> 9; s += 256) {
		assert_int_equal(rig_io_run(&c->rig, cache, PCACHE_OP_READ, 0,
					    s, 256, core_buffer()), BLK_STS_OK);
		assert_false(holds_secret(core_buffer(), 256 * 512));
	}
}

static void look_for_secret(const struct core_images *im, void *arg)
{
	struct core *c = arg;
	int err;

	core_boot(c, im);
	assert_int_equal(rig_register(&c->rig, false), 0);
	err = rig_attach(&c->rig, 1, true);
	/* It may not be known yet. */
	if (!err)
		expect_no_secret(c, 1);
	else
		assert_int_equal(err, -ENOENT);
	core_close(c);
}

/*
 * Every segment was full of the first cache's data; the second gets them, writes
 * little of each, and the power goes at any moment.
 */
static void a_segment_shows_nothing_of_its_last_owner(void **state)
{
	struct core c;
	u32 how, k;

	for (how = 0; how < 2; how++) {
		core_init(&c);
		c.opts.nr_segs = 8;
		c.opts.nr_caches = 2;
		for (k = 0; k < 2; k++) {
			c.opts.cache[k].disk.size = SZ_1M;
			c.opts.cache[k].quota = 8;
			c.opts.cache[k].data_crc = how;
		}
		core_boot(&c, NULL);
		assert_int_equal(rig_register(&c.rig, true), 0);
		assert_int_equal(rig_attach(&c.rig, 0, false), 0);
		for (k = 0; k < 5; k++)
			write_secret(&c, 0, k * 80, 80);
		assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DISCARD_DIRTY),
				 0);
		sim_log_start();
		assert_int_equal(rig_attach(&c.rig, 1, false), 0);
		for (k = 0; k < 6; k++)
			assert_int_equal(rig_io_run(&c.rig, 1, PCACHE_OP_WRITE,
						    0, 17 * k, 1,
						    core_pattern(17 * k, 1, 1)),
					 BLK_STS_OK);
		expect_no_secret(&c, 1);
		assert_true(core_visit_cuts(&c, look_for_secret, &c) > 20);
	}
}

/* ---- data that looks like records ---- */

/*
 * A user writes, as data, the very lines that the log holds, wherever in a segment
 * they may come to lie; and the power goes when the log grows towards them.
 */
static void data_that_looks_like_records_is_data(void **state)
{
	const struct pcache_seg *seg;
	u8 lines[8 * 512];
	struct core c;
	u32 k, round;

	core_init(&c);
	c.opts.cache[0].quota = 6;
	c.opts.cache[0].gc_percent = 0;
	c.opts.cache[0].delay_ms = 1;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	for (round = 2; round < 40; round++) {
		/* Records of sector 0 that are older than what will be there. */
		core_write(&c, 0, 8, 1);
		seg = core_head_seg(&c);
		for (k = 0; k < sizeof(lines); k += 64)
			memcpy(lines + k, sim_pmem_view(c.rig.pmem) +
			       core_rec_off(&c, seg, k / 64 % seg->nr_recs),
			       64);
		core_write(&c, 0, 8, round);
		for (k = 1; k < 12; k++)
			assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_WRITE,
						    0, 8 * k, 8, lines),
					 BLK_STS_OK);
		if (round % 4)
			continue;
		assert_int_equal(core_reboot(&c), 0);
		core_expect(&c, 0, 8, round);
		assert_int_equal(core_read(&c, 8, 8), BLK_STS_OK);
		assert_memory_equal(core_buffer(), lines, sizeof(lines));
	}
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flipped_bit_in_the_last_record_is_put_right),
		cmocka_unit_test(a_flipped_bit_in_a_clean_record_is_put_right),
		cmocka_unit_test(two_flipped_bits_are_not),
		cmocka_unit_test(a_bad_copy_of_its_slot_keeps_no_cache_from_its_disk),
		cmocka_unit_test(a_segment_shows_nothing_of_its_last_owner),
		cmocka_unit_test(data_that_looks_like_records_is_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
