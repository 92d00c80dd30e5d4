// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of write-back (cache_writeback.c, cache_health.c): order, batches,
 * what the backing device is given, and what becomes of its errors.
 */
#include "core_test.h"

static struct sim_disk_stats disk_stats(struct core *c)
{
	return sim_disk_stats(c->rig.disk[0]);
}

static void run_once(struct core *c)
{
	pcache_wb_start(core_cache(c));
	sim_quiesce();
}

static void special(struct core *c, u8 op, u8 flags, u64 sector, u32 nr)
{
	assert_int_equal(rig_io_run(&c->rig, 0, op, flags, sector, nr, NULL),
			 BLK_STS_OK);
}

static void write_fua(struct core *c, u64 sector, u32 nr, u32 version)
{
	assert_int_equal(rig_io_run(&c->rig, 0, PCACHE_OP_WRITE, PCACHE_REQ_FUA,
				    sector, nr,
				    core_pattern(sector, nr, version)),
			 BLK_STS_OK);
}

/* ---- order ---- */

/* What ended at @pos. */
static const struct sim_rec *submission(const struct sim_log *log, u64 pos)
{
	u64 id = sim_log_rec(log, pos)->id;
	const struct sim_rec *rec;

	do {
		assert_true(pos--);
		rec = sim_log_rec(log, pos);
	} while (rec->type != SIM_REC_IO_SUBMIT || rec->id != id);
	return rec;
}

/*
 * In the log of a write-back, sector 1000 * i belongs to epoch i: nothing of it
 * is submitted before all of the one before is written and flushed.
 */
static void check_epochs(const struct sim_log *log, u32 nr_epochs)
{
	u32 epoch, now = 0, writing = 0;
	const struct sim_rec *rec, *sub;
	bool flushed = true;
	u64 pos;

	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type == SIM_REC_IO_SUBMIT &&
		    rec->op == SIM_LOG_WRITE) {
			epoch = (rec->off >> SECTOR_SHIFT) / 1000;
			if (epoch != now) {
				assert_int_equal(epoch, now + 1);
				assert_true(flushed && !writing);
				now = epoch;
			}
			writing++;
			flushed = false;
		}
		if (rec->type != SIM_REC_IO_DONE)
			continue;
		sub = submission(log, pos);
		if (sub->op == SIM_LOG_WRITE)
			writing--;
		else if (sub->op == SIM_LOG_FLUSH && !writing)
			flushed = true;
	}
	assert_int_equal(now, nr_epochs - 1);
	assert_true(flushed);
}

static void write_epochs(struct core *c, bool fua)
{
	u32 epoch, i;

	for (epoch = 0; epoch < 4; epoch++) {
		/* The later ones overwrite nothing, but could be sorted first. */
		for (i = 0; i < 5; i++)
			core_write(c, epoch * 1000 + (5 - i) * 20, 8, 1);
		if (fua)
			write_fua(c, epoch * 1000 + 500, 1, 1);
		else
			core_flush(c);
	}
}

static void strict_order_writes_one_epoch_at_a_time(void **state)
{
	struct sim_log *log;
	struct core c;
	u32 fua;

	for (fua = 0; fua < 2; fua++) {
		core_init(&c);
		core_open(&c);
		write_epochs(&c, fua);
		sim_log_start();
		rig_settle(&c.rig, 0);
		log = sim_log_take();
		check_epochs(log, 4);
		sim_log_free(log);
		assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 4);
		core_close(&c);
	}
}

static void relaxed_order_writes_all_at_once(void **state)
{
	struct core c;
	u32 flushes;

	core_init(&c);
	c.opts.cache[0].relaxed = true;
	core_open(&c);
	write_epochs(&c, false);
	flushes = disk_stats(&c).flushes;
	rig_settle(&c.rig, 0);
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 1);
	assert_int_equal(disk_stats(&c).flushes, flushes + 1);
	assert_true(core_cache(&c)->checkpoint_lsn ==
		    core_cache(&c)->clean_lsn);
	core_close(&c);
}

static bool is_cursor(const struct sim_rec *rec)
{
	return rec->type == SIM_REC_STORE && rec->off >= PCACHE_CURSORS_OFF &&
	       rec->off < PCACHE_META_FIXED_LEN;
}

static void w_is_stored_after_the_flush_succeeded(void **state)
{
	u64 pos, written = 0, flushed = 0, stored = 0;
	const struct sim_rec *rec;
	struct sim_log *log;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_log_start();
	rig_settle(&c.rig, 0);
	log = sim_log_take();
	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type == SIM_REC_IO_DONE && !written)
			written = pos + 1;
		else if (rec->type == SIM_REC_IO_DONE)
			flushed = pos + 1;
		if (is_cursor(rec) && !stored)
			stored = pos + 1;
	}
	assert_true(written && flushed && stored);
	assert_true(written < flushed && flushed < stored);
	sim_log_free(log);
	core_close(&c);
}

static void a_flush_that_fails_leaves_all_to_be_written_again(void **state)
{
	struct core c;
	u64 w;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	w = core_cache(&c)->clean_lsn;
	sim_disk_fail(c.rig.disk[0], SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	run_once(&c);
	assert_int_equal(core_cache(&c)->clean_lsn, w);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_FAILING);
	assert_int_equal(disk_stats(&c).writes, 1);
	sim_sleep(2ULL * NSEC_PER_SEC);
	sim_quiesce();
	assert_int_equal(disk_stats(&c).writes, 2);
	assert_true(core_cache(&c)->clean_lsn > w);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
	core_close(&c);
}

/* ---- what is in a batch ---- */

static void only_the_newest_of_a_batch_is_written(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 1; i <= 5; i++)
		core_write(&c, 0, 16, i);
	core_write(&c, 4, 4, 6);
	core_write(&c, 15, 4, 7);
	rig_settle(&c.rig, 0);
	assert_int_equal(disk_stats(&c).sectors_written, 19);
	assert_int_equal(disk_stats(&c).writes, 1);
	core_disk_expect(&c, 0, 4, 5);
	core_disk_expect(&c, 4, 4, 6);
	core_disk_expect(&c, 8, 7, 5);
	core_disk_expect(&c, 15, 4, 7);
	core_close(&c);
}

static void a_version_before_a_barrier_is_written_too(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_flush(&c);
	core_write(&c, 0, 8, 2);
	sim_disk_stall(c.rig.disk[0], SIM_OP_FLUSH);
	run_once(&c);
	core_disk_expect(&c, 0, 8, 1);
	sim_disk_release(c.rig.disk[0]);
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 0, 8, 2);
	assert_int_equal(disk_stats(&c).sectors_written, 16);
	core_close(&c);
}

static void neighbours_are_merged_up_to_a_limit(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 600; i--;)
		core_write(&c, 1000 + i, 1, 1);
	rig_settle(&c.rig, 0);
	assert_int_equal(disk_stats(&c).writes,
			 DIV_ROUND_UP(600, PCACHE_IO_SECTORS));
	core_disk_expect(&c, 1000, 600, 1);
	core_close(&c);
}

static void a_long_epoch_takes_several_batches(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.nr_segs = 40;
	c.opts.cache[0].quota = 36;
	c.opts.cache[0].gc_percent = 90;
	core_open(&c);
	for (i = 0; i < 1100; i++)
		core_write(&c, i * 3, 1, 1);
	rig_settle(&c.rig, 0);
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 2);
	for (i = 0; i < 1100; i++)
		core_disk_expect(&c, i * 3, 1, 1);
	core_close(&c);
}

/* Write back @nr records while @op takes long; writes until it came to that. */
static u64 run_slowly(struct core *c, u32 nr, u32 op)
{
	u64 before = disk_stats(c).writes, at_first;
	u32 i;

	for (i = 0; i < nr; i++)
		core_write(c, i * 3, 1, 1);
	assert_true(pcache_room_is_short(core_cache(c)));
	sim_disk_stall(c->rig.disk[0], op);
	run_once(c);
	at_first = disk_stats(c).writes - before;
	sim_sleep(NSEC_PER_SEC);
	sim_disk_release(c->rig.disk[0]);
	rig_settle(&c->rig, 0);
	return at_first;
}

static void where_room_is_short_batches_are_as_long_as_their_flush_takes(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].gc_percent = 90;
	core_open(&c);
	run_slowly(&c, 1024, SIM_OP_WRITE);
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 1);
	run_slowly(&c, 512, SIM_OP_WRITE);
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 2);
	/* A quarter by now; the flush has them grow again. */
	assert_int_equal(run_slowly(&c, 512, SIM_OP_FLUSH), 256);
	assert_int_equal(run_slowly(&c, 512, SIM_OP_FLUSH), 512);
	core_close(&c);
}

/* Or it would leave out what is refused, time and again, and call that success. */
static void a_batch_that_fails_is_tried_again_as_a_whole(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].gc_percent = 90;
	core_open(&c);
	for (i = 0; i < 1024; i++)
		core_write(&c, i * 3, 1, 1);
	assert_true(pcache_room_is_short(core_cache(&c)));
	sim_disk_fail(c.rig.disk[0], SIM_OP_WRITE, 3 * 700, 1, U32_MAX,
		      BLK_STS_IOERR);
	run_once(&c);
	sim_sleep(120ULL * NSEC_PER_SEC);
	sim_quiesce();
	assert_in_range(core_stat(&c, PCACHE_STAT_WRITEBACK_ERRORS), 4, 12);
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 0);
	assert_false(sim_klog_has("works again"));
	sim_disk_heal(c.rig.disk[0]);
	sim_sleep(31ULL * NSEC_PER_SEC);
	sim_quiesce();
	assert_true(pcache_cache_is_drained(core_cache(&c)));
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 1);
	core_close(&c);
}

static void only_so_many_writes_are_under_way(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 0; i < 100; i++)
		core_write(&c, i * 3, 1, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	run_once(&c);
	assert_int_equal(disk_stats(&c).in_flight, 64);
	sim_disk_release(c.rig.disk[0]);
	rig_settle(&c.rig, 0);
	assert_int_equal(disk_stats(&c).writes, 100);
	core_close(&c);
}

static void what_is_overwritten_meanwhile_stays_dirty(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	run_once(&c);
	core_write(&c, 0, 8, 2);
	core_expect(&c, 0, 8, 2);
	sim_disk_release(c.rig.disk[0]);
	sim_quiesce();
	core_disk_expect(&c, 0, 8, 1);
	assert_false(pcache_cache_is_drained(core_cache(&c)));
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 0, 8, 2);
	core_close(&c);
}

static void clean_records_are_passed_without_io(void **state)
{
	struct core c;
	u64 lsn;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 8, 3);
	core_expect(&c, 0, 8, 3);
	sim_quiesce();
	lsn = core_lsn(&c);
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_DATA);
	run_once(&c);
	assert_int_equal(core_cache(&c)->clean_lsn, lsn);
	assert_int_equal(disk_stats(&c).writes, 0);
	assert_int_equal(core_stat(&c, PCACHE_STAT_BATCHES), 0);
	core_close(&c);
}

/* ---- zeroes and discards ---- */

static void zeroes_are_offloaded_if_that_pays(void **state)
{
	static const struct {
		u32 limit, nr, zeroes, written;
	} cases[] = {
		{ 0, 64, 0, 64 },	/* the device cannot */
		{ 64, 8, 0, 8 },	/* too short */
		{ 64, 16, 1, 0 },
		{ 64, 64, 1, 0 },
		{ 32, 64, 0, 64 },	/* more than it takes at once */
	};
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		core_init(&c);
		c.opts.cache[0].disk.max_zeroes_sectors = cases[i].limit;
		core_open(&c);
		core_disk_set(&c, 0, 100, 1);
		special(&c, PCACHE_OP_ZEROES, 0, 0, cases[i].nr);
		rig_settle(&c.rig, 0);
		assert_int_equal(disk_stats(&c).zeroes, cases[i].zeroes);
		assert_int_equal(disk_stats(&c).sectors_written,
				 cases[i].written);
		core_disk_expect(&c, 0, cases[i].nr, 0);
		core_disk_expect(&c, cases[i].nr, 8, 1);
		core_close(&c);
	}
}

static void a_device_that_turns_out_unable_gets_zeroes_as_data(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].disk.max_zeroes_sectors = 1024;
	core_open(&c);
	core_disk_set(&c, 0, 100, 1);
	sim_disk_fail(c.rig.disk[0], SIM_OP_ZEROES, 0, 1000, 1,
		      BLK_STS_NOTSUPP);
	special(&c, PCACHE_OP_ZEROES, 0, 0, 64);
	run_once(&c);
	assert_true(pcache_cache_is_drained(core_cache(&c)));
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
	core_disk_expect(&c, 0, 64, 0);
	/* It is not asked again. */
	special(&c, PCACHE_OP_ZEROES, 0, 0, 64);
	run_once(&c);
	assert_int_equal(disk_stats(&c).zeroes, 1);
	core_close(&c);
}

static void discards_are_passed_on_as_hints(void **state)
{
	struct core c;
	u32 able;

	for (able = 0; able < 2; able++) {
		core_init(&c);
		c.opts.cache[0].disk.max_discard_sectors = able * 1024;
		core_open(&c);
		special(&c, PCACHE_OP_DISCARD, 0, 0, 64);
		sim_disk_fail(c.rig.disk[0], SIM_OP_DISCARD, 0, 1000, 1,
			      BLK_STS_IOERR);
		run_once(&c);
		assert_true(pcache_cache_is_drained(core_cache(&c)));
		assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
		assert_int_equal(disk_stats(&c).discards, able);
		assert_int_equal(disk_stats(&c).writes, 0);
		core_close(&c);
	}
}

/* ---- errors of the backing device ---- */

/* A thin disk that is full is no LOST record that finds no room. */
static void whatever_the_error_a_failing_device_is_failing(void **state)
{
	static const blk_status_t errors[] = {
		BLK_STS_NOSPC, BLK_STS_RESOURCE, BLK_STS_MEDIUM,
	};
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		core_init(&c);
		core_open(&c);
		core_write(&c, 0, 8, 1);
		sim_disk_fail(c.rig.disk[0], i == 1 ? SIM_OP_FLUSH :
			      SIM_OP_WRITE, 0, 8, 100000, errors[i]);
		run_once(&c);
		assert_int_equal(core_cache(&c)->condition,
				 PCACHE_COND_FAILING);
		assert_int_equal(pcache_refused(core_cache(&c)).nr,
				 i == 1 ? 0 : 8);
		assert_int_equal(core_stat(&c, PCACHE_STAT_WRITEBACK_ERRORS), 1);
		/* Who stops it need not wait for ever. */
		assert_int_equal(pcache_cache_quiesce(core_cache(&c),
						      PCACHE_STOP_DRAIN), -EIO);
		sim_disk_heal(c.rig.disk[0]);
		rig_settle(&c.rig, 0);
		core_disk_expect(&c, 0, 8, 1);
		core_close(&c);
	}
}

static void a_failing_device_is_tried_again_until_it_works(void **state)
{
	struct core c;
	u64 w, tries;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_flush(&c);
	core_write(&c, 8, 8, 1);
	w = core_cache(&c)->clean_lsn;
	sim_disk_fail(c.rig.disk[0], SIM_OP_WRITE, 0, 8, 100000, BLK_STS_IOERR);
	run_once(&c);
	assert_true(sim_klog_has("backing 0 fails: -EIO; dirty data is kept"));
	sim_sleep(120ULL * NSEC_PER_SEC);
	sim_quiesce();
	/* The pause grows to half a minute: no storm of requests. */
	tries = core_stat(&c, PCACHE_STAT_WRITEBACK_ERRORS);
	assert_in_range(tries, 4, 12);
	assert_int_equal(core_cache(&c)->clean_lsn, w);
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_RUNNING);
	/* Asking for more does not shorten it. */
	run_once(&c);
	assert_int_equal(core_stat(&c, PCACHE_STAT_WRITEBACK_ERRORS), tries);
	/* Nothing of the next epoch went past it. */
	core_disk_expect(&c, 8, 8, 0);
	core_expect(&c, 0, 16, 1);
	core_write(&c, 16, 8, 1);
	sim_disk_heal(c.rig.disk[0]);
	sim_sleep(31ULL * NSEC_PER_SEC);
	sim_quiesce();
	assert_true(sim_klog_has("backing 0 works again"));
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 0, 24, 1);
	core_close(&c);
}

/* Whatever the mode and the pace, there is nothing to be done: no task runs. */
static void a_cache_that_does_not_run_is_left_alone(void **state)
{
	struct core c;
	u64 steps;

	core_init(&c);
	c.sim.max_steps = 1000000;
	c.opts.cache[0].delay_ms = 0;
	core_open(&c);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	core_write(&c, 0, 8, 1);
	pcache_set_condition(core_cache(&c), PCACHE_COND_FAILING, -EIO);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_READ_ONLY, "a test");
	sim_disk_release(c.rig.disk[0]);
	sim_quiesce();
	core_cache(&c)->condition = PCACHE_COND_FAILING;
	pcache_wb_note_dirty(core_cache(&c));
	steps = world_steps(c.world);
	sim_sleep(20ULL * NSEC_PER_SEC);
	assert_true(world_steps(c.world) < steps + 1000);
	/* Nor was anything learned of the device. */
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_FAILING);
	core_close(&c);
}

static void dirty_data_is_written_when_it_is_old_enough(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].delay_ms = 5000;
	core_open(&c);
	/* What the attach has scheduled is over then. */
	sim_sleep(11ULL * NSEC_PER_SEC);
	core_write(&c, 0, 8, 1);
	sim_sleep(4ULL * NSEC_PER_SEC);
	core_disk_expect(&c, 0, 8, 0);
	/* A newer write does not put it off. */
	core_write(&c, 8, 8, 1);
	sim_sleep(2ULL * NSEC_PER_SEC);
	sim_quiesce();
	core_disk_expect(&c, 0, 16, 1);
	core_close(&c);
}

/* ---- errors of the pmem device ---- */

static void lose(u32 block_size, bool crc, u32 first_lost, u32 nr_lost)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.sim.heal_poison = false;
	c.opts.cache[0].disk.block_size = block_size;
	c.opts.cache[0].data_crc = crc;
	core_open(&c);
	core_disk_set(&c, 0, 32, 9);
	core_write(&c, 0, 24, 1);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 0) + 10 * 512 + 64, 64);
	rig_settle(&c.rig, 0);
	assert_true(sim_klog_has("are lost: media error"));
	assert_int_equal(core_stat(&c, PCACHE_STAT_LOST), nr_lost * 512);
	assert_int_equal(atomic_read(&core_cache(&c)->index.lost), nr_lost);
	for (i = 0; i < 24; i++) {
		bool lost = i >= first_lost && i < first_lost + nr_lost;

		core_disk_expect(&c, i, 1, lost ? 9 : 1);
		if (!lost)
			core_expect(&c, i, 1, 1);
		else
			assert_int_equal(core_read(&c, i, 1), BLK_STS_IOERR);
	}
	/* And it is remembered. */
	assert_int_equal(core_reboot(&c), 0);
	assert_int_equal(atomic_read(&core_cache(&c)->index.lost), nr_lost);
	assert_int_equal(core_read(&c, first_lost, 1), BLK_STS_IOERR);
	core_expect(&c, 0, first_lost, 1);
	core_close(&c);
}

static void what_cannot_be_read_is_lost_and_no_neighbour(void **state)
{
	lose(512, false, 10, 1);
	lose(4096, false, 8, 8);
	lose(512, true, 8, 8);
	lose(4096, true, 8, 8);
}

static void a_wrong_checksum_is_a_loss_not_data(void **state)
{
	struct core c;
	u8 byte = 0xff;

	core_init(&c);
	c.opts.cache[0].data_crc = true;
	core_open(&c);
	core_write(&c, 0, 16, 1);
	sim_pmem_poke(c.rig.pmem, core_data_off(&c, 8) + 5, &byte, 1);
	rig_settle(&c.rig, 0);
	assert_true(sim_klog_has("sectors 8+8 are lost: wrong checksum"));
	core_disk_expect(&c, 0, 8, 1);
	core_disk_expect(&c, 8, 8, 0);
	assert_int_equal(core_read(&c, 8, 8), BLK_STS_IOERR);
	core_close(&c);
}

static void an_unreadable_record_ends_writing(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	core_write(&c, 16, 8, 1);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, core_head_seg(&c), 1), 64);
	run_once(&c);
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_READ_ONLY);
	assert_true(sim_klog_has("is read-only: a record cannot be read"));
	/* What came before is written, what came behind is not. */
	core_disk_expect(&c, 0, 8, 1);
	core_disk_expect(&c, 16, 8, 0);
	core_expect(&c, 0, 24, 1);
	assert_int_equal(core_try_write(&c, 0, 8, 2), BLK_STS_IOERR);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* ---- mode and condition ---- */

static void a_mode_only_gets_worse_and_is_said_once(void **state)
{
	struct pcache_cache *cache;
	struct core c;

	core_init(&c);
	core_open(&c);
	cache = core_cache(&c);
	pcache_set_mode(cache, PCACHE_MODE_FAILED, "first");
	assert_true(sim_klog_has("backing 0 is failed: first"));
	sim_klog_clear();
	pcache_set_mode(cache, PCACHE_MODE_READ_ONLY, "second");
	pcache_set_mode(cache, PCACHE_MODE_FAILED, "third");
	assert_int_equal(cache->mode, PCACHE_MODE_FAILED);
	pcache_set_condition(cache, PCACHE_COND_OK, 0);
	assert_string_equal(sim_klog(), "");
	assert_string_equal(pcache_mode_name(PCACHE_MODE_RUNNING), "running");
	/* Reads fail, too. */
	assert_int_equal(core_read(&c, 0, 8), BLK_STS_IOERR);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict_order_writes_one_epoch_at_a_time),
		cmocka_unit_test(relaxed_order_writes_all_at_once),
		cmocka_unit_test(w_is_stored_after_the_flush_succeeded),
		cmocka_unit_test(a_flush_that_fails_leaves_all_to_be_written_again),
		cmocka_unit_test(only_the_newest_of_a_batch_is_written),
		cmocka_unit_test(a_version_before_a_barrier_is_written_too),
		cmocka_unit_test(neighbours_are_merged_up_to_a_limit),
		cmocka_unit_test(a_long_epoch_takes_several_batches),
		cmocka_unit_test(where_room_is_short_batches_are_as_long_as_their_flush_takes),
		cmocka_unit_test(a_batch_that_fails_is_tried_again_as_a_whole),
		cmocka_unit_test(only_so_many_writes_are_under_way),
		cmocka_unit_test(what_is_overwritten_meanwhile_stays_dirty),
		cmocka_unit_test(clean_records_are_passed_without_io),
		cmocka_unit_test(zeroes_are_offloaded_if_that_pays),
		cmocka_unit_test(a_device_that_turns_out_unable_gets_zeroes_as_data),
		cmocka_unit_test(discards_are_passed_on_as_hints),
		cmocka_unit_test(whatever_the_error_a_failing_device_is_failing),
		cmocka_unit_test(a_failing_device_is_tried_again_until_it_works),
		cmocka_unit_test(a_cache_that_does_not_run_is_left_alone),
		cmocka_unit_test(dirty_data_is_written_when_it_is_old_enough),
		cmocka_unit_test(what_cannot_be_read_is_lost_and_no_neighbour),
		cmocka_unit_test(a_wrong_checksum_is_a_loss_not_data),
		cmocka_unit_test(an_unreadable_record_ends_writing),
		cmocka_unit_test(a_mode_only_gets_worse_and_is_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
