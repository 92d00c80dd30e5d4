// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what is lost (cache_lost.c) and of how a backing device that
 * refuses something is found out, tried again and given up.
 * time: 600
 */
#include "core_cuts.h"

static void run_once(struct core *c)
{
	pcache_wb_start(core_cache(c));
	sim_quiesce();
}

static void pass_seconds(u64 seconds)
{
	sim_sleep(seconds * NSEC_PER_SEC);
	sim_quiesce();
}

/* The disk takes no writes there any more, whatever they are. */
static void refuse(struct core *c, u64 sector, u64 nr)
{
	sim_disk_fail(c->rig.disk[0], SIM_OP_WRITE | SIM_OP_ZEROES, sector, nr,
		      1000000, BLK_STS_IOERR);
}

static u64 give_up(struct core *c, u64 sector, u64 nr)
{
	struct pcache_range range = { sector, nr };
	u64 lost;

	assert_int_equal(pcache_lost_give_up(core_cache(c), &range, &lost), 0);
	pcache_wb_resume(core_cache(c));
	return lost;
}

static void expect_lost(struct core *c, u64 sector, u32 nr)
{
	u32 i;

	for (i = 0; i < nr; i++)
		assert_int_equal(core_read(c, sector + i, 1), BLK_STS_IOERR);
}

static u32 nr_lost(struct core *c)
{
	return atomic_read(&core_cache(c)->index.lost);
}

static void expect_range(struct pcache_range range, u64 sector, u64 nr)
{
	assert_int_equal(range.nr, nr);
	if (nr)
		assert_int_equal(range.sector, sector);
}

/* ---- what is refused ---- */

static void what_is_refused_is_narrowed_down_to_a_block(void **state)
{
	static const u32 blocks[] = { 512, 4096 };
	struct core c;
	u32 k;

	for (k = 0; k < 2; k++) {
		u32 block = blocks[k] >> SECTOR_SHIFT;

		core_init(&c);
		c.opts.cache[0].disk.block_size = blocks[k];
		core_open(&c);
		core_write(&c, 0, 96, 1);
		core_write(&c, 128, 96, 1);
		refuse(&c, 72, 1);
		run_once(&c);
		expect_range(pcache_refused(core_cache(&c)), 0, 96);
		pass_seconds(240);
		expect_range(pcache_refused(core_cache(&c)), 72, block);
		/* Said once, although it was tried more often. */
		assert_true(sim_klog_has(block == 1 ?
					 "backing 0 refuses sectors 72+1" :
					 "backing 0 refuses sectors 72+8"));
		sim_klog_clear();
		pass_seconds(240);
		assert_false(sim_klog_has("refuses"));
		assert_int_equal(core_cache(&c)->condition,
				 PCACHE_COND_FAILING);
		sim_disk_heal(c.rig.disk[0]);
		pass_seconds(31);
		expect_range(pcache_refused(core_cache(&c)), 0, 0);
		rig_settle(&c.rig, 0);
		core_disk_expect(&c, 0, 96, 1);
		core_disk_expect(&c, 128, 96, 1);
		core_close(&c);
	}
}

/* They take each other's turn for a while, but not for ever. */
static void of_several_that_are_refused_one_is_named(void **state)
{
	struct pcache_range range;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 128, 1);
	core_write(&c, 1000, 128, 1);
	refuse(&c, 77, 1);
	refuse(&c, 1011, 1);
	run_once(&c);
	pass_seconds(600);
	range = pcache_refused(core_cache(&c));
	assert_int_equal(range.nr, 1);
	assert_true(range.sector == 77 || range.sector == 1011);
	assert_int_equal(give_up(&c, range.sector, 1), 1);
	pass_seconds(600);
	expect_range(pcache_refused(core_cache(&c)),
		     77 + 1011 - range.sector, 1);
	assert_int_equal(give_up(&c, 77 + 1011 - range.sector, 1), 1);
	pass_seconds(1);
	assert_true(pcache_cache_is_drained(core_cache(&c)));
	expect_lost(&c, 77, 1);
	expect_lost(&c, 1011, 1);
	core_expect(&c, 0, 77, 1);
	core_disk_expect(&c, 1012, 116, 1);
	core_close(&c);
}

static void refused_zeroes_are_narrowed_down_too(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].disk.max_zeroes_sectors = 8192;
	core_open(&c);
	core_disk_set(&c, 0, 1024, 9);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0, 0, 1024,
				    NULL), BLK_STS_OK);
	refuse(&c, 513, 1);
	run_once(&c);
	expect_range(pcache_refused(core_cache(&c)), 0, 1024);
	pass_seconds(600);
	expect_range(pcache_refused(core_cache(&c)), 513, 1);
	core_disk_set(&c, 513, 1, 9);
	assert_int_equal(give_up(&c, 513, 1), 1);
	rig_settle(&c.rig, 0);
	expect_lost(&c, 513, 1);
	core_expect(&c, 0, 513, 0);
	core_disk_expect(&c, 513, 1, 9);
	core_disk_expect(&c, 0, 513, 0);
	core_disk_expect(&c, 514, 510, 0);
	core_close(&c);
}

static void a_flush_that_fails_refuses_nothing_in_particular(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_disk_fail(c.rig.disk[0], SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	run_once(&c);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_FAILING);
	expect_range(pcache_refused(core_cache(&c)), 0, 0);
	core_close(&c);
}

/* ---- trying again ---- */

/* Stuck in the longest pause, with the disk in order again. */
static void open_healed(struct core *c)
{
	core_init(c);
	core_open(c);
	core_write(c, 0, 8, 1);
	refuse(c, 0, 8);
	sim_disk_fail(c->rig.disk[0], SIM_OP_READ, 0, 1000, 1, BLK_STS_IOERR);
	run_once(c);
	pass_seconds(64);
	assert_int_equal(core_read(c, 500, 8), BLK_STS_IOERR);
	assert_int_equal(core_stat(c, PCACHE_STAT_READ_ERRORS), 1);
	sim_disk_heal(c->rig.disk[0]);
	pass_seconds(1);
	assert_int_equal(core_cache(c)->condition, PCACHE_COND_FAILING);
}

static void a_read_that_succeeds_again_ends_the_pause(void **state)
{
	struct core c;

	open_healed(&c);
	core_expect(&c, 500, 8, 0);
	pass_seconds(1);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
	core_disk_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void somebodys_word_ends_the_pause(void **state)
{
	struct core c;

	open_healed(&c);
	pcache_wb_resume(core_cache(&c));
	sim_quiesce();
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
	core_close(&c);
}

static void a_drain_ends_the_pause(void **state)
{
	u64 start;
	struct core c;

	open_healed(&c);
	start = sim_now();
	assert_int_equal(pcache_cache_drain(core_cache(&c)), 0);
	assert_true(sim_now() - start < NSEC_PER_SEC);
	core_disk_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* Reads that fail and succeed in turns are no reason for a storm of writes. */
static void a_flickering_device_is_not_flooded(void **state)
{
	struct core c;
	u64 tries;
	u32 k;

	open_healed(&c);
	tries = core_stat(&c, PCACHE_STAT_WRITEBACK_ERRORS);
	for (k = 1; k <= 200; k++) {
		sim_disk_heal(c.rig.disk[0]);
		refuse(&c, 0, 8);
		sim_disk_fail(c.rig.disk[0], SIM_OP_READ, 1000, 1000, 1,
			      BLK_STS_IOERR);
		core_read(&c, 1000, 8);
		core_read(&c, 2000 + 8 * k, 8);
		sim_sleep(10 * NSEC_PER_MSEC);
	}
	sim_quiesce();
	/* Two seconds, and half a second between two tries. */
	assert_in_range(core_stat(&c, PCACHE_STAT_WRITEBACK_ERRORS) - tries, 1,
			6);
	core_close(&c);
}

/* Whoever stops it in good faith need not wait for a disk that has died. */
static void a_stop_does_not_wait_for_a_disk_that_dies_meanwhile(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(pcache_cache_drain(core_cache(&c)), 0);
	core_write(&c, 0, 8, 2);
	refuse(&c, 0, 8);
	assert_int_equal(pcache_cache_quiesce(core_cache(&c),
					      PCACHE_STOP_DRAIN), -EIO);
	/* It is all kept. */
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	sim_disk_heal(c.rig.disk[0]);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	core_expect(&c, 0, 8, 2);
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 0, 8, 2);
	core_close(&c);
}

/* ---- giving up ---- */

/*
 * Three epochs: the first has two versions of what is refused, the last has
 * another one.
 */
static void open_refused(struct core *c, u32 block_size, bool crc)
{
	core_init(c);
	c->opts.cache[0].disk.block_size = block_size;
	c->opts.cache[0].data_crc = crc;
	core_open(c);
	core_disk_set(c, 0, 40, 9);
	core_write(c, 0, 24, 1);
	core_write(c, 8, 8, 2);
	core_flush(c);
	core_write(c, 800, 8, 1);
	core_flush(c);
	core_write(c, 8, 16, 3);
	refuse(c, 8, 8);
	run_once(c);
	assert_int_equal(core_cache(c)->condition, PCACHE_COND_FAILING);
	pass_seconds(60);
	core_disk_expect(c, 800, 8, 0);
	core_expect(c, 0, 8, 1);
	core_expect(c, 8, 16, 3);
	/* A write that fails may leave anything; from now on there is none. */
	core_disk_set(c, 8, 8, 9);
}

static void expect_given_up(struct core *c)
{
	assert_int_equal(nr_lost(c), 8);
	expect_lost(c, 8, 8);
	core_expect(c, 0, 8, 1);
	core_expect(c, 16, 8, 3);
	core_expect(c, 24, 16, 9);
	core_expect(c, 800, 8, 1);
}

static void what_is_given_up_is_lost_and_no_neighbour(void **state)
{
	struct core c;
	u32 how;

	for (how = 0; how < 4; how++) {
		open_refused(&c, how & 1 ? 4096 : 512, how & 2);
		assert_int_equal(give_up(&c, 8, 8), 8);
		assert_int_equal(core_stat(&c, PCACHE_STAT_LOST), 4096);
		sim_quiesce();
		/* No version of it is written, and all the rest is. */
		assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
		rig_settle(&c.rig, 0);
		core_disk_expect(&c, 8, 8, 9);
		core_disk_expect(&c, 0, 8, 1);
		core_disk_expect(&c, 16, 8, 3);
		core_disk_expect(&c, 800, 8, 1);
		expect_given_up(&c);
		assert_int_equal(pcache_cache_drain(core_cache(&c)), -EUCLEAN);
		assert_int_equal(core_reboot(&c), 0);
		expect_given_up(&c);
		/* What is written now is as good as any other data. */
		core_write(&c, 8, 8, 4);
		core_expect(&c, 8, 8, 4);
		rig_settle(&c.rig, 0);
		core_disk_expect(&c, 8, 8, 4);
		assert_int_equal(pcache_cache_drain(core_cache(&c)), 0);
		core_close(&c);
	}
}

/* The word is given once: a cut before W gets past it does not take it back. */
static void what_was_given_up_stays_so_over_a_cut(void **state)
{
	struct pcache_range range = { 8, 8 };
	struct core c;
	u64 lost;

	open_refused(&c, 512, false);
	assert_int_equal(pcache_lost_give_up(core_cache(&c), &range, &lost), 0);
	assert_int_equal(core_reboot(&c), 0);
	refuse(&c, 8, 8);
	expect_given_up(&c);
	rig_settle(&c.rig, 0);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
	core_disk_expect(&c, 8, 8, 9);
	core_disk_expect(&c, 16, 8, 3);
	core_disk_expect(&c, 800, 8, 1);
	expect_given_up(&c);
	core_close(&c);
}

/* A newer version is tried again, although an older one was given up. */
static void what_is_written_after_it_was_given_up_is_not_lost(void **state)
{
	struct core c;

	open_refused(&c, 512, false);
	assert_int_equal(give_up(&c, 10, 2), 2);
	core_write(&c, 11, 1, 4);
	pass_seconds(60);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_FAILING);
	sim_disk_heal(c.rig.disk[0]);
	pass_seconds(31);
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 8, 2, 3);
	core_disk_expect(&c, 10, 1, 9);
	core_disk_expect(&c, 11, 1, 4);
	core_disk_expect(&c, 12, 12, 3);
	core_expect(&c, 11, 1, 4);
	expect_lost(&c, 10, 1);
	core_close(&c);
}

static void only_what_is_dirty_can_be_given_up(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 64, 1);
	core_expect(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	rig_settle(&c.rig, 0);
	core_write(&c, 16, 8, 2);
	core_write(&c, 24, 8, 2);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_DISCARD, 0, 28, 4,
				    NULL), BLK_STS_OK);
	assert_int_equal(give_up(&c, 0, c.opts.cache[0].disk.size >> 9), 16);
	core_expect(&c, 0, 16, 1);
	core_expect(&c, 32, 32, 1);
	expect_lost(&c, 16, 16);
	assert_int_equal(give_up(&c, 0, 64), 0);
	core_close(&c);
}

static void giving_up_needs_no_room_that_writes_can_take(void **state)
{
	struct rig_io late;
	struct core c;
	u32 k;

	core_init(&c);
	c.opts.cache[0].quota = 6;
	core_open(&c);
	refuse(&c, 0, 8);
	core_write(&c, 0, 8, 1);
	core_flush(&c);
	/* Until a write has to wait. */
	for (k = 1; !core_stat(&c, PCACHE_STAT_WAITS); k++) {
		core_start(&c, &late, PCACHE_OP_WRITE, 8 * k, 8, 1);
		sim_quiesce();
		if (!core_stat(&c, PCACHE_STAT_WAITS))
			core_finish(&late, BLK_STS_OK);
	}
	core_expect(&c, 0, 8 * (k - 1), 1);
	assert_int_equal(give_up(&c, 0, 8), 8);
	core_finish(&late, BLK_STS_OK);
	expect_lost(&c, 0, 8);
	core_expect(&c, 8, 8 * (k - 1), 1);
	core_close(&c);
}

/*
 * More than the segments that are kept back hold: what is lost has to be logged
 * again one segment after the other.
 */
static void much_that_is_lost_stops_nobody(void **state)
{
	struct core c;
	u32 round, k, nr = 0;

	core_init(&c);
	c.opts.cache[0].gc_percent = 90;
	core_open(&c);
	for (round = 0; round < 7; round++) {
		refuse(&c, 0, 32768);
		for (k = 0; k < 500; k++, nr++)
			core_write(&c, nr * 8 + k % 2, 1, 1);
		assert_int_equal(give_up(&c, 0, 32768), 500);
		sim_disk_heal(c.rig.disk[0]);
		pass_seconds(31);
		assert_true(pcache_cache_is_drained(core_cache(&c)));
	}
	for (k = 0; k < 4000; k++)
		core_write(&c, 30000 + k % 2000, 1, 2);
	assert_int_equal(nr_lost(&c), nr);
	rig_settle(&c.rig, 0);
	check_quiet(&c.rig, 0, CHECK_POISON);
	core_close(&c);
}

/* To log it again and again frees nothing, and has to have an end. */
static void what_is_lost_is_not_moved_for_ever(void **state)
{
	struct core c;
	u64 freed;
	u32 k;

	core_init(&c);
	c.opts.nr_segs = 40;
	c.opts.cache[0].quota = 32;
	c.opts.cache[0].gc_percent = 0;
	core_open(&c);
	refuse(&c, 0, 32768);
	for (k = 0; k < 2000; k++)
		core_write(&c, k * 8 + k % 2, 1, 1);
	assert_int_equal(give_up(&c, 0, 32768), 2000);
	sim_disk_heal(c.rig.disk[0]);
	sim_sleep(60 * NSEC_PER_SEC);
	freed = core_stat(&c, PCACHE_STAT_GC_SEGMENTS);
	sim_sleep(60 * NSEC_PER_SEC);
	assert_true(core_stat(&c, PCACHE_STAT_GC_SEGMENTS) - freed < 4);
	core_close(&c);
}

static void loss_is_known(const struct core_images *im, void *arg)
{
	struct core *c = arg;

	core_boot(c, im);
	assert_int_equal(rig_register(&c->rig, false), 0);
	assert_int_equal(rig_attach(&c->rig, 0, true), 0);
	expect_lost(c, 8, 8);
	core_close(c);
}

/* The record that says so lies in a segment that is freed: never is there none. */
static void what_is_lost_is_logged_again_before_it_is_void(void **state)
{
	struct core c;
	u32 k;

	core_init(&c);
	core_open(&c);
	core_write(&c, 8, 8, 1);
	assert_int_equal(pcache_lost_log(core_cache(&c), 8, 8, PCACHE_DATA,
					 core_lookup(&c, 8, 8).value), 0);
	for (k = 0; k < 40; k++)
		core_write(&c, 100 + k % 4 * 8, 8, 1 + k);
	rig_settle(&c.rig, 0);
	sim_log_start();
	mutex_lock(&c.rig.dev->admin_lock);
	assert_int_equal(pcache_cache_set_gc_percent(core_cache(&c), 0), 0);
	mutex_unlock(&c.rig.dev->admin_lock);
	pcache_gc_kick(core_cache(&c));
	pass_seconds(1);
	assert_true(core_stat(&c, PCACHE_STAT_GC_SEGMENTS));
	assert_true(core_visit_cuts(&c, loss_is_known, &c) > 5);
}

/* ---- all at once ---- */

#define BUSY_SECTORS	256
#define BUSY_ROUNDS	60

static void busy_writer(void *arg)
{
	u64 buf[16 * 64];
	struct core *c = arg;
	u64 sector;
	u32 k, i, nr;

	for (k = 1; k <= BUSY_ROUNDS; k++) {
		nr = 1 + sim_rand_below(16);
		sector = sim_rand_below(BUSY_SECTORS - nr);
		for (i = 0; i < nr * 64; i++)
			buf[i] = core_word(sector + i / 64, k);
		assert_int_equal(rig_io_run(&c->rig, 0, PCACHE_OP_WRITE, 0,
					    sector, nr, (u8 *)buf), BLK_STS_OK);
		if (k % 16 == 0)
			core_flush(c);
	}
}

/* Whatever is read belongs there. */
static void busy_reader(void *arg)
{
	struct core *c = arg;
	u64 word[64], sector;
	u32 k;

	for (k = 0; k < 2 * BUSY_ROUNDS; k++) {
		sector = sim_rand_below(BUSY_SECTORS);
		if (!rig_io_run(&c->rig, 0, PCACHE_OP_READ, 0, sector, 1,
				(u8 *)word))
			assert_true(!word[0] || word[0] >> 32 == sector);
		assert_true(pcache_lost_next(core_cache(c), sector).nr <=
			    BUSY_SECTORS);
	}
}

static void busy_admin(void *arg)
{
	struct pcache_range range;
	struct core *c = arg;
	u64 lost;
	u32 k;

	for (k = 0; k < 20; k++) {
		range.nr = 1 + sim_rand_below(32);
		range.sector = sim_rand_below(BUSY_SECTORS - range.nr);
		refuse(c, range.sector, 1);
		pcache_wb_resume(core_cache(c));
		sim_sleep(sim_rand_below(2000) * NSEC_PER_USEC);
		assert_int_equal(pcache_lost_give_up(core_cache(c), &range,
						     &lost), 0);
		assert_true(lost <= range.nr);
		sim_disk_heal(c->rig.disk[0]);
		pcache_wb_resume(core_cache(c));
	}
}

/* Writes, reads, write-back, reclaim and giving up, in many schedules. */
static void giving_up_gets_on_with_everything_else(void **state)
{
	struct pcache_range range;
	struct core c;
	u64 sum, seed;

	for (seed = 1; seed <= 30; seed++) {
		core_init(&c);
		c.seed = seed;
		sim_opts_random(&c.sim, seed);
		c.opts.cache[0].quota = 8;
		c.opts.cache[0].gc_percent = 10;
		c.opts.cache[0].delay_ms = 1;
		c.opts.cache[0].data_crc = seed % 2;
		core_open(&c);
		sim_spawn("writer", busy_writer, &c);
		sim_spawn("writer", busy_writer, &c);
		sim_spawn("reader", busy_reader, &c);
		sim_spawn("admin", busy_admin, &c);
		sim_join_all();
		pass_seconds(31);
		rig_settle(&c.rig, 0);
		check_quiet(&c.rig, 0, CHECK_POISON);
		range = (struct pcache_range) {};
		sum = 0;
		while ((range = pcache_lost_next(core_cache(&c), range.sector +
						 range.nr)).nr)
			sum += range.nr;
		assert_int_equal(sum, nr_lost(&c));
		core_close(&c);
	}
}

/* ---- the list ---- */

static void lost_ranges_are_listed_in_order(void **state)
{
	static const u64 at[] = { 100, 4000, 8191, 8192, 30000 };
	struct pcache_range range = {};
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	expect_range(pcache_lost_next(core_cache(&c), 0), 0, 0);
	for (i = 5; i--;) {
		core_write(&c, at[i], 1, 1);
		give_up(&c, at[i], 1);
	}
	core_write(&c, 101, 3, 1);
	give_up(&c, 101, 3);
	expect_range(pcache_lost_next(core_cache(&c), 0), 100, 4);
	expect_range(pcache_lost_next(core_cache(&c), 102), 102, 2);
	expect_range(pcache_lost_next(core_cache(&c), 104), 4000, 1);
	/* Over the end of a chunk. */
	expect_range(pcache_lost_next(core_cache(&c), 4001), 8191, 2);
	expect_range(pcache_lost_next(core_cache(&c), 8193), 30000, 1);
	expect_range(pcache_lost_next(core_cache(&c), 30001), 0, 0);
	/* Overwritten is not lost any more. */
	core_write(&c, 101, 1, 2);
	expect_range(pcache_lost_next(core_cache(&c), 0), 100, 1);
	range = pcache_lost_next(core_cache(&c), 101);
	expect_range(range, 102, 2);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_refused_is_narrowed_down_to_a_block),
		cmocka_unit_test(of_several_that_are_refused_one_is_named),
		cmocka_unit_test(refused_zeroes_are_narrowed_down_too),
		cmocka_unit_test(a_flush_that_fails_refuses_nothing_in_particular),
		cmocka_unit_test(a_read_that_succeeds_again_ends_the_pause),
		cmocka_unit_test(somebodys_word_ends_the_pause),
		cmocka_unit_test(a_drain_ends_the_pause),
		cmocka_unit_test(a_flickering_device_is_not_flooded),
		cmocka_unit_test(a_stop_does_not_wait_for_a_disk_that_dies_meanwhile),
		cmocka_unit_test(what_is_given_up_is_lost_and_no_neighbour),
		cmocka_unit_test(what_was_given_up_stays_so_over_a_cut),
		cmocka_unit_test(what_is_written_after_it_was_given_up_is_not_lost),
		cmocka_unit_test(only_what_is_dirty_can_be_given_up),
		cmocka_unit_test(giving_up_needs_no_room_that_writes_can_take),
		cmocka_unit_test(much_that_is_lost_stops_nobody),
		cmocka_unit_test(what_is_lost_is_not_moved_for_ever),
		cmocka_unit_test(what_is_lost_is_logged_again_before_it_is_void),
		cmocka_unit_test(giving_up_gets_on_with_everything_else),
		cmocka_unit_test(lost_ranges_are_listed_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
