// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of reads (cache_miss.c): hits, misses, fills, and data that has gone
 * bad.
 */
#include "core_test.h"

static u64 disk_reads(struct core *c)
{
	return sim_disk_stats(c->rig.disk[0]).reads;
}

/* ---- misses and fills ---- */

static void a_miss_is_fetched_once(void **state)
{
	struct core c;
	u32 crc, reads;

	for (crc = 0; crc < 2; crc++) {
		core_init(&c);
		c.opts.cache[0].data_crc = crc;
		core_open(&c);
		core_disk_set(&c, 3, 21, 1);
		core_expect(&c, 3, 21, 1);
		sim_quiesce();
		assert_int_equal(disk_reads(&c), 1);
		assert_int_equal(core_stat(&c, PCACHE_STAT_MISS), 21 * 512);
		assert_int_equal(core_stat(&c, PCACHE_STAT_FILL), 21 * 512);
		core_expect(&c, 3, 21, 1);
		core_expect(&c, 10, 1, 1);
		assert_int_equal(disk_reads(&c), 1);
		assert_int_equal(core_stat(&c, PCACHE_STAT_HIT), 22 * 512);
		check_quiet(&c.rig, 0, 0);
		/* It is clean, and comes back after a cut. */
		assert_true(pcache_cache_is_drained(core_cache(&c)));
		assert_int_equal(core_reboot(&c), 0);
		reads = disk_reads(&c);
		core_expect(&c, 3, 21, 1);
		assert_int_equal(disk_reads(&c), reads);
		core_close(&c);
	}
}

static void scribble(struct rig_io *io)
{
	memset(io->buf, 0xee, PAGE_SIZE << io->order);
}

/* As soon as a read has ended its pages are the caller's to change. */
static void a_fill_never_takes_the_readers_pages(void **state)
{
	struct rig_io io;
	struct core c;
	u32 crc;

	for (crc = 0; crc < 2; crc++) {
		core_init(&c);
		c.opts.cache[0].data_crc = crc;
		core_open(&c);
		core_disk_set(&c, 0, 16, 1);
		rig_io_init(&io, &c.rig, 0, PCACHE_OP_READ, 0, 0, 16, false);
		io.ended = scribble;
		rig_io_submit(&io, RIG_MQ);
		core_finish(&io, BLK_STS_OK);
		sim_quiesce();
		assert_int_equal(core_stat(&c, PCACHE_STAT_FILL), 16 * 512);
		core_expect(&c, 0, 16, 1);
		assert_int_equal(disk_reads(&c), 1);
		core_close(&c);
	}
}

static void holes_between_hits_come_with_one_read(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 32, 1);
	core_write(&c, 4, 2, 2);
	core_write(&c, 9, 8, 3);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0, 20, 3,
				    NULL), BLK_STS_OK);
	assert_int_equal(core_read(&c, 0, 32), BLK_STS_OK);
	core_compare(core_buffer(), 0, 4, 1);
	core_compare(core_buffer() + 4 * 512, 4, 2, 2);
	core_compare(core_buffer() + 6 * 512, 6, 3, 1);
	core_compare(core_buffer() + 9 * 512, 9, 8, 3);
	core_compare(core_buffer() + 17 * 512, 17, 3, 1);
	core_compare(core_buffer() + 20 * 512, 20, 3, 0);
	core_compare(core_buffer() + 23 * 512, 23, 9, 1);
	sim_quiesce();
	assert_int_equal(disk_reads(&c), 1);
	check_quiet(&c.rig, 0, 0);
	assert_int_equal(core_read(&c, 0, 32), BLK_STS_OK);
	assert_int_equal(disk_reads(&c), 1);
	core_close(&c);
}

static void any_number_of_holes_is_read_right(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 256, 1);
	for (i = 1; i < 256; i += 2)
		core_write(&c, i, 1, 2);
	assert_int_equal(core_read(&c, 0, 256), BLK_STS_OK);
	for (i = 0; i < 256; i++)
		core_compare(core_buffer() + i * 512, i, 1, 1 + i % 2);
	sim_quiesce();
	check_quiet(&c.rig, 0, 0);
	core_close(&c);
}

static void reads_end_where_chunks_do_and_begin_anywhere(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 8192 - 300, 600, 1);
	core_write(&c, 8191, 1, 1);
	core_expect(&c, 8192 - 300, 600, 1);
	sim_quiesce();
	check_quiet(&c.rig, 0, 0);
	core_expect(&c, 8192 - 300, 600, 1);
	core_close(&c);
}

/* ---- against writes ---- */

static void a_write_beats_the_fill_that_it_overtakes(void **state)
{
	struct rig_io io;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 24, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_READ);
	core_start(&c, &io, PCACHE_OP_READ, 0, 24, 0);
	sim_quiesce();
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_FILLING);
	core_write(&c, 8, 8, 2);
	sim_disk_release(c.rig.disk[0]);
	core_finish(&io, BLK_STS_OK);
	sim_quiesce();
	core_expect(&c, 8, 8, 2);
	core_expect(&c, 0, 8, 1);
	core_expect(&c, 16, 8, 1);
	assert_int_equal(disk_reads(&c), 1);
	check_quiet(&c.rig, 0, 0);
	/* And after a cut, too: the fill is not newer than the write. */
	assert_int_equal(core_reboot(&c), 0);
	core_expect(&c, 8, 8, 2);
	core_expect(&c, 16, 8, 1);
	core_close(&c);
}

static void two_misses_of_one_hole_fill_it_once(void **state)
{
	struct rig_io io[2];
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 24, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_READ);
	for (i = 0; i < 2; i++)
		core_start(&c, &io[i], PCACHE_OP_READ, i * 8, 16, 0);
	sim_quiesce();
	sim_disk_release(c.rig.disk[0]);
	for (i = 0; i < 2; i++) {
		assert_int_equal(rig_io_wait(&io[i]), BLK_STS_OK);
		core_compare(io[i].buf, i * 8, 16, 1);
		rig_io_free(&io[i]);
	}
	sim_quiesce();
	assert_int_equal(core_stat(&c, PCACHE_STAT_FILL), 24 * 512);
	check_quiet(&c.rig, 0, 0);
	core_close(&c);
}

struct race {
	struct core *c;
	u64 base;
	struct completion filling;
};

static void write_somewhere(struct race *race)
{
	core_write(race->c, race->base + sim_rand_below(24), 1 +
		   sim_rand_below(8), 2);
}

/* Writes just when the read looks, and just when what was read is filled in. */
static void racing_writer(void *arg)
{
	struct race *race = arg;

	write_somewhere(race);
	wait_for_completion(&race->filling);
	write_somewhere(race);
}

/* The caller has its data; the fill is next. */
static void read_has_ended(struct rig_io *io)
{
	struct race *race = io->owner;

	complete(&race->filling);
}

static void racing_reader(void *arg)
{
	struct race *race = arg;
	struct rig_io io;

	rig_io_init(&io, &race->c->rig, 0, PCACHE_OP_READ, 0, race->base, 32,
		    false);
	io.ended = read_has_ended;
	io.owner = race;
	rig_io_submit(&io, RIG_MQ);
	core_finish(&io, BLK_STS_OK);
}

/* The model test does far more of this. */
static void every_schedule_of_readers_and_writers_agrees(void **state)
{
	struct race race[6];
	struct core c;
	u32 seed, i;

	for (seed = 1; seed <= 40; seed++) {
		core_init(&c);
		c.seed = seed;
		sim_opts_random(&c.sim, seed);
		c.sim.switch_p = 128;
		c.opts.cache[0].data_crc = seed % 2;
		core_open(&c);
		core_disk_set(&c, 0, 32 * ARRAY_SIZE(race), 1);
		for (i = 0; i < ARRAY_SIZE(race); i++) {
			race[i] = (struct race){ &c, i * 32 };
			init_completion(&race[i].filling);
			sim_spawn("reader", racing_reader, &race[i]);
			sim_spawn("writer", racing_writer, &race[i]);
		}
		sim_join_all();
		/* What was written is on the disk now, and nothing else shown. */
		rig_settle(&c.rig, 0);
		sim_quiesce();
		check_quiet(&c.rig, 0, 0);
		core_close(&c);
	}
}

/* ---- when there is nothing to fill with ---- */

static void without_space_reads_go_through(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 4;
	core_open(&c);
	core_disk_set(&c, 20000, 64, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	for (i = 0; i < 24; i++)
		core_write(&c, i * 8, 8, 1);
	core_expect(&c, 20000, 64, 1);
	sim_quiesce();
	assert_int_equal(core_stat(&c, PCACHE_STAT_FILL), 0);
	assert_int_equal(core_lookup(&c, 20000, 64).tag, PCACHE_HOLE);
	sim_disk_release(c.rig.disk[0]);
	core_close(&c);
}

static void without_memory_reads_wait_and_go_through(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 256, 1);
	core_write(&c, 100, 8, 2);
	world_opts(c.world)->fail_nowait_p = 65536;
	core_expect(&c, 0, 100, 1);
	core_expect(&c, 100, 8, 2);
	core_expect(&c, 108, 148, 1);
	sim_quiesce();
	world_opts(c.world)->fail_nowait_p = 0;
	assert_true(core_stat(&c, PCACHE_STAT_WAITS) > 0);
	check_quiet(&c.rig, 0, 0);
	core_close(&c);
}

/* A read of more than one buffer takes, all of it to the same one. */
static void start_long(struct core *c, struct rig_io *io, u64 sector, u32 nr)
{
	u32 i, done, part;

	rig_io_init(io, &c->rig, 0, PCACHE_OP_READ, 0, sector,
		    PCACHE_CHUNK_SECTORS, false);
	for (i = 0, done = 0; done < nr; i++, done += part) {
		part = min_t(u32, nr - done, PCACHE_CHUNK_SECTORS);
		bio_init(&io->bios[i], NULL, &io->vecs[i], 1, REQ_OP_READ);
		io->bios[i].bi_iter.bi_sector = sector + done;
		__bio_add_page(&io->bios[i], virt_to_page(io->buf),
			       part << SECTOR_SHIFT, 0);
		if (i)
			io->bios[i - 1].bi_next = &io->bios[i];
	}
	pcache_pos_init(&io->req.pos, &io->bios[0]);
	io->req.nr_sectors = nr;
	rig_io_submit(io, RIG_BIO);
}

static void only_so_many_misses_are_under_way(void **state)
{
	static struct rig_io io[20];
	struct rig_io hit;
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		core_disk_set(&c, i * 1024, 1024, 1);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0, 20480,
				    12288, NULL), BLK_STS_OK);
	sim_disk_stall(c.rig.disk[0], SIM_OP_READ);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		core_start(&c, &io[i], PCACHE_OP_READ, i * 1024, 1024, 0);
	sim_quiesce();
	assert_in_range(atomic_read(&core_cache(&c)->nr_misses), 1, 256);
	/* Hits go on. */
	core_write(&c, 30000, 8, 2);
	core_expect(&c, 30000, 8, 2);
	/* So they do if they are long, and have to wait behind misses. */
	assert_false(list_empty(&core_cache(&c)->waiting_reads));
	start_long(&c, &hit, 20480, 12288);
	assert_int_equal(rig_io_wait(&hit), BLK_STS_OK);
	core_compare(hit.buf + (30000 - 28672) * 512, 30000, 8, 2);
	rig_io_free(&hit);
	sim_disk_release(c.rig.disk[0]);
	for (i = 0; i < ARRAY_SIZE(io); i++) {
		assert_int_equal(rig_io_wait(&io[i]), BLK_STS_OK);
		core_compare(io[i].buf, i * 1024, 1024, 1);
		rig_io_free(&io[i]);
	}
	sim_quiesce();
	assert_int_equal(atomic_read(&core_cache(&c)->nr_misses), 0);
	core_close(&c);
}

static void who_does_not_stay_gets_hits_only(void **state)
{
	struct pcache_req req;
	struct rig_io io;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	rig_io_init(&io, &c.rig, 0, PCACHE_OP_READ, 0, 0, 8, false);
	req = io.req;
	assert_int_equal(pcache_req_submit(&req), PCACHE_DONE);
	core_compare(io.buf, 0, 8, 1);
	rig_io_free(&io);
	rig_io_init(&io, &c.rig, 0, PCACHE_OP_READ, 0, 4, 8, false);
	req = io.req;
	assert_int_equal(pcache_req_submit(&req), PCACHE_AGAIN);
	assert_int_equal(core_lookup(&c, 8, 1).tag, PCACHE_HOLE);
	rig_io_free(&io);
	core_close(&c);
}

static void hits_go_on_while_all_else_waits(void **state)
{
	struct rig_io parked[8], miss;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 4;
	core_open(&c);
	sim_disk_stall(c.rig.disk[0], SIM_OP_ALL);
	for (i = 0; i < 12; i++)
		core_write(&c, i * 8, 8, 1);
	for (i = 0; i < ARRAY_SIZE(parked); i++)
		core_start(&c, &parked[i], PCACHE_OP_WRITE, 1000 + i * 64, 64, 1);
	core_start(&c, &miss, PCACHE_OP_READ, 20000, 8, 0);
	sim_quiesce();
	assert_true(pcache_writers_wait(core_cache(&c)));
	core_expect(&c, 0, 96, 1);
	sim_disk_release(c.rig.disk[0]);
	for (i = 0; i < ARRAY_SIZE(parked); i++)
		core_finish(&parked[i], BLK_STS_OK);
	core_finish(&miss, BLK_STS_OK);
	core_close(&c);
}

/* ---- errors ---- */

static void a_failed_backing_read_leaves_no_mark(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 24, 1);
	core_write(&c, 8, 8, 2);
	sim_disk_fail(c.rig.disk[0], SIM_OP_READ, 0, 24, 1, BLK_STS_MEDIUM);
	assert_int_equal(core_read(&c, 0, 24), BLK_STS_MEDIUM);
	sim_quiesce();
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_HOLE);
	assert_int_equal(core_lookup(&c, 16, 8).tag, PCACHE_HOLE);
	assert_int_equal(core_stat(&c, PCACHE_STAT_FILL), 0);
	core_expect(&c, 0, 8, 1);
	core_expect(&c, 8, 8, 2);
	core_close(&c);
}

static void a_read_only_cache_fills_nothing(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 8, 1);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_READ_ONLY, "a test");
	core_expect(&c, 0, 8, 1);
	sim_quiesce();
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_HOLE);
	core_close(&c);
}

/* Bad data that is clean is fetched again, and nobody notices. */
static void bad_clean_data_is_healed(void **state)
{
	struct core c;
	u8 byte = 0xff;
	u32 how;

	for (how = 0; how < 4; how++) {
		core_init(&c);
		c.sim.heal_poison = false;
		c.opts.cache[0].data_crc = how & 1;
		core_open(&c);
		core_disk_set(&c, 0, 24, 1);
		if (how & 2)
			core_write(&c, 0, 24, 1);
		else
			core_expect(&c, 0, 24, 1);
		rig_settle(&c.rig, 0);
		if (how & 1)
			sim_pmem_poke(c.rig.pmem, core_data_off(&c, 9) + 100,
				      &byte, 1);
		else
			sim_pmem_poison(c.rig.pmem, core_data_off(&c, 9) + 100,
					1);
		core_expect(&c, 0, 24, 1);
		assert_int_equal(core_stat(&c, PCACHE_STAT_HEALED), 1);
		assert_int_equal(core_stat(&c, how & 1 ? PCACHE_STAT_CRC_ERRORS :
					   PCACHE_STAT_MEDIA_ERRORS), 1);
		core_expect(&c, 0, 24, 1);
		assert_int_equal(core_stat(&c, PCACHE_STAT_HEALED), 1);
		core_close(&c);
	}
}

/* Another record of the segment does not matter. */
static void a_bad_record_keeps_no_data_from_being_healed(void **state)
{
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 16, 8, 1);
	rig_settle(&c.rig, 0);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, core_head_seg(&c), 0), 64);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 16), 64);
	core_expect(&c, 16, 8, 1);
	assert_int_equal(core_stat(&c, PCACHE_STAT_HEALED), 1);
	core_close(&c);
}

static void bad_dirty_data_is_an_error_for_its_sectors(void **state)
{
	struct core c;
	u8 byte = 0xff;
	u32 crc, i;

	for (crc = 0; crc < 2; crc++) {
		core_init(&c);
		c.sim.heal_poison = false;
		c.opts.cache[0].data_crc = crc;
		core_open(&c);
		core_disk_set(&c, 0, 24, 9);
		core_write(&c, 0, 24, 1);
		if (crc)
			sim_pmem_poke(c.rig.pmem, core_data_off(&c, 9) + 100,
				      &byte, 1);
		else
			sim_pmem_poison(c.rig.pmem, core_data_off(&c, 9) + 100,
					1);
		assert_int_equal(core_read(&c, 0, 24), BLK_STS_IOERR);
		for (i = 0; i < 24; i++)
			if (crc ? i / 8 == 1 : i == 9)
				assert_int_equal(core_read(&c, i, 1),
						 BLK_STS_IOERR);
			else
				core_expect(&c, i, 1, 1);
		/* Until they are overwritten. */
		core_write(&c, 8, 8, 2);
		core_expect(&c, 8, 8, 2);
		core_expect(&c, 16, 8, 1);
		core_close(&c);
	}
}

/* The line stays bad whatever is stored: nobody's write may land there. */
static void what_went_bad_is_not_handed_out_again(void **state)
{
	struct pcache_seg *seg;
	struct core c;
	u32 k;

	core_init(&c);
	c.sim.heal_poison = false;
	c.opts.nr_segs = 5;
	c.opts.cache[0].quota = 5;
	c.opts.cache[0].gc_percent = 0;
	c.opts.cache[0].delay_ms = 100;
	c.opts.cache[0].percent = 0;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	seg = core_head_seg(&c);
	rig_settle(&c.rig, 0);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 0), 64);
	core_expect(&c, 0, 8, 1);
	assert_true(seg->has_badblocks);
	for (k = 1; k < 300; k++)
		core_write(&c, k * 8, 8, 1);
	rig_settle(&c.rig, 0);
	sim_sleep(NSEC_PER_SEC);
	sim_quiesce();
	assert_int_equal(core_stat(&c, PCACHE_STAT_LOST), 0);
	assert_int_equal(atomic_read(&core_cache(&c)->index.lost), 0);
	assert_int_equal(seg->state, PCACHE_SEG_RETIRED);
	for (k = 0; k < 300; k += 50)
		core_expect(&c, k * 8, 400, 1);
	core_close(&c);
}

static void memory_that_is_said_to_fail_is_not_handed_out(void **state)
{
	struct pcache_seg *used, *unused;
	struct core c;
	u32 k;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	used = core_head_seg(&c);
	unused = list_first_entry(&c.rig.dev->free, struct pcache_seg, node);
	pcache_dev_note_bad(c.rig.dev, core_seg_off(&c, used) + 20000, 4096);
	pcache_dev_note_bad(c.rig.dev, core_seg_off(&c, unused) + 100, 1);
	assert_true(used->has_badblocks && unused->has_badblocks);
	/* Whoever writes next finds out. */
	core_write(&c, 0, 8, 1);
	assert_int_not_equal(used->state, PCACHE_SEG_OPEN);
	assert_ptr_not_equal(core_head_seg(&c), used);
	for (k = 1; k < 300; k++)
		core_write(&c, k * 8, 8, 1);
	rig_settle(&c.rig, 0);
	sim_sleep(NSEC_PER_SEC);
	sim_quiesce();
	/* It never was opened; the other one was closed and then emptied. */
	assert_int_equal(unused->salt, 0);
	assert_int_equal(unused->state, PCACHE_SEG_RETIRED);
	assert_int_equal(used->state, PCACHE_SEG_RETIRED);
	assert_int_equal(c.rig.dev->nr_retired, 2);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_miss_is_fetched_once),
		cmocka_unit_test(a_fill_never_takes_the_readers_pages),
		cmocka_unit_test(holes_between_hits_come_with_one_read),
		cmocka_unit_test(any_number_of_holes_is_read_right),
		cmocka_unit_test(reads_end_where_chunks_do_and_begin_anywhere),
		cmocka_unit_test(a_write_beats_the_fill_that_it_overtakes),
		cmocka_unit_test(two_misses_of_one_hole_fill_it_once),
		cmocka_unit_test(every_schedule_of_readers_and_writers_agrees),
		cmocka_unit_test(without_space_reads_go_through),
		cmocka_unit_test(without_memory_reads_wait_and_go_through),
		cmocka_unit_test(only_so_many_misses_are_under_way),
		cmocka_unit_test(who_does_not_stay_gets_hits_only),
		cmocka_unit_test(hits_go_on_while_all_else_waits),
		cmocka_unit_test(a_failed_backing_read_leaves_no_mark),
		cmocka_unit_test(a_read_only_cache_fills_nothing),
		cmocka_unit_test(bad_clean_data_is_healed),
		cmocka_unit_test(a_bad_record_keeps_no_data_from_being_healed),
		cmocka_unit_test(bad_dirty_data_is_an_error_for_its_sectors),
		cmocka_unit_test(what_went_bad_is_not_handed_out_again),
		cmocka_unit_test(memory_that_is_said_to_fail_is_not_handed_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
