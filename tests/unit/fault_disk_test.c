// SPDX-License-Identifier: GPL-2.0
/*
 * The table of faults (Documentation/faults.rst), first part: the backing device.
 * A function holds a row: what an application sees, what attributes and the log
 * say, what is told by uevents, and that reads of what is cached go on.
 * time: 600
 */
#include "front.h"

static void run_once(struct front *f)
{
	pcache_wb_start(core_cache(&f->core));
	sim_quiesce();
}

static void pass_seconds(u64 seconds)
{
	sim_sleep(seconds * NSEC_PER_SEC);
	sim_quiesce();
}

/* The disk takes no writes there any more, whatever they are. */
static void refuse(struct front *f, u64 sector, u64 nr)
{
	sim_disk_fail(f->core.rig.disk[0], SIM_OP_WRITE | SIM_OP_ZEROES, sector,
		      nr, 1000000, BLK_STS_IOERR);
}

static void die(struct front *f)
{
	sim_disk_fail(f->core.rig.disk[0], SIM_OP_ALL, 0, SZ_16M >> SECTOR_SHIFT,
		      1000000, BLK_STS_IOERR);
}

static void heal(struct front *f)
{
	sim_disk_heal(f->core.rig.disk[0]);
}

static void forget(void)
{
	/* What is told late is not told of what comes now. */
	front_told("", "");
	front_forget();
}

static int give_up(struct front *f, u64 sector, u64 nr)
{
	static const char op[] = "op=backing-give-up,backing_id=0";

	return front_adm(f, "%s,sector=%llu,sectors=%llu", op,
			 (unsigned long long)sector, (unsigned long long)nr);
}

/* What is clean is dropped for want of space; what is dirty stays. */
static void open_small(struct front *f)
{
	f->core.opts.cache[0].quota = 6;
	front_open(f);
	core_write(&f->core, FRONT_HIT, FRONT_HIT_NR, 1);
	forget();
}

/* Writes until one has to wait, @late. */
static void fill_up(struct front *f, struct rig_io *late)
{
	u64 waits = front_number("stats/waits");
	u32 k;

	for (k = 0; ; k++) {
		core_start(&f->core, late, PCACHE_OP_WRITE, 8 * k, 8, 1);
		sim_quiesce();
		if (front_number("stats/waits") > waits)
			return;
		core_finish(late, BLK_STS_OK);
	}
}

/* ---- writes are refused ---- */

static void one_sector_is_refused(void **state)
{
	struct front f;

	front_init(&f);
	front_open(&f);
	core_write(&f.core, 0, 96, 1);
	refuse(&f, 72, 1);
	run_once(&f);
	expect_told("condition", "LOGIC_DEV=pcache0 MODE=running CONDITION=failing DIRTY=1");
	pass_seconds(240);
	expect_attr("condition", "failing");
	expect_attr("refused", "72 1");
	expect_attr("mode", "running");
	expect_attr("lost", "0");
	assert_int_equal(front_number("dirty_bytes"), 96 * 512);
	assert_true(front_number("stats/writeback_errors") > 0);
	expect_logged("backing 0 refuses sectors 72+1");
	expect_hits(&f);
	core_expect(&f.core, 0, 96, 1);
	core_write(&f.core, 200, 8, 1);
	front_close(&f);
}

static void several_sectors_are_refused(void **state)
{
	struct front f;
	u64 first;

	front_init(&f);
	front_open(&f);
	core_write(&f.core, 0, 128, 1);
	core_write(&f.core, 1000, 128, 1);
	refuse(&f, 77, 1);
	refuse(&f, 1011, 1);
	run_once(&f);
	expect_told("condition", "CONDITION=failing DIRTY=1");
	pass_seconds(600);
	expect_attr("condition", "failing");
	first = front_number("refused");
	assert_true(first == 77 || first == 1011);
	expect_hits(&f);
	core_expect(&f.core, 0, 128, 1);
	core_expect(&f.core, 1000, 128, 1);
	core_write(&f.core, 3000, 8, 1);
	assert_true(give_up(&f, first, 1) > 0);
	pass_seconds(600);
	expect_attr("condition", "failing");
	expect_attr("refused", first == 77 ? "1011 1" : "77 1");
	expect_hits(&f);
	front_close(&f);
}

static void the_whole_disk_fails_and_heals(void **state)
{
	struct rig_io late;
	struct front f;

	front_init(&f);
	open_small(&f);
	die(&f);
	run_once(&f);
	expect_told("condition", "CONDITION=failing MODE=running DIRTY=1");
	expect_attr("condition", "failing");
	fill_up(&f, &late);
	assert_true(front_number("dirty_bytes") > 0);
	assert_true(front_number("stats/waits") > 0);
	expect_hits(&f);
	pass_seconds(120);
	assert_false(completion_done(&late.done));
	front_forget();
	heal(&f);
	core_finish(&late, BLK_STS_OK);
	expect_told("condition", "CONDITION=ok");
	expect_attr("condition", "ok");
	front_close(&f);
}

static void a_flush_fails(void **state)
{
	struct front f;
	u64 w, writes;

	front_init(&f);
	front_open(&f);
	core_write(&f.core, 0, 8, 1);
	forget();
	w = front_number("clean_lsn");
	writes = sim_disk_stats(f.core.rig.disk[0]).writes;
	sim_disk_fail(f.core.rig.disk[0], SIM_OP_FLUSH, 0, 0, 3, BLK_STS_IOERR);
	run_once(&f);
	expect_attr("condition", "failing");
	expect_attr("refused", "");
	assert_int_equal(front_number("clean_lsn"), w);
	assert_int_equal(front_number("dirty_bytes"), 8 * 512);
	expect_hits(&f);
	core_write(&f.core, 8, 8, 1);
	core_expect(&f.core, 0, 16, 1);
	expect_told("condition", "CONDITION=failing DIRTY=1");
	pass_seconds(60);
	assert_true(sim_disk_stats(f.core.rig.disk[0]).writes - writes >= 4);
	assert_true(front_number("clean_lsn") > w);
	expect_told("condition", "CONDITION=ok");
	front_close(&f);
}

/* ---- something is given up ---- */

static void open_given_up(struct front *f)
{
	front_init(f);
	front_open(f);
	core_write(&f->core, 0, 24, 1);
	refuse(f, 8, 8);
	run_once(f);
	expect_told("condition", "CONDITION=failing");
	front_forget();
	assert_true(give_up(f, 8, 8) > 0);
}

static void expect_given_up(struct front *f)
{
	expect_attr("lost", "4096");
	expect_attr("lost_ranges", "8 8");
	expect_eio(f, 8, 8);
	core_expect(&f->core, 0, 8, 1);
	core_expect(&f->core, 16, 8, 1);
	expect_hits(f);
}

static void a_sector_is_given_up(void **state)
{
	struct front f;

	open_given_up(&f);
	expect_logged("backing_dev0: 8 sectors of 8+8 are given up, and lost");
	expect_told("condition", "CONDITION=ok");
	expect_attr("condition", "ok");
	expect_attr("stats/lost_bytes", "4096");
	expect_given_up(&f);
	core_write(&f.core, 8, 8, 2);
	core_expect(&f.core, 8, 8, 2);
	expect_attr("lost", "0");
	expect_attr("lost_ranges", "");
	front_close(&f);
}

static void what_was_given_up_stays_so_over_a_cut(void **state)
{
	struct front f;

	open_given_up(&f);
	front_power_cycle(&f);
	assert_true(front_register(&f) > 0);
	expect_told("attached", "BACKING_ID=0 LOGIC_DEV=pcache0 MODE=running CONDITION=ok");
	expect_given_up(&f);
	core_write(&f.core, 8, 8, 2);
	core_expect(&f.core, 8, 8, 2);
	expect_attr("lost", "0");
	front_close(&f);
}

/* ---- it is dead, or silent ---- */

static void the_disk_is_dead_and_the_cache_full(void **state)
{
	struct rig_io late;
	struct front f;

	front_init(&f);
	open_small(&f);
	f.open = true;
	die(&f);
	fill_up(&f, &late);
	expect_told("condition", "CONDITION=failing MODE=running");
	expect_attr("condition", "failing");
	expect_hits(&f);
	assert_int_equal(front_stop(&f, "drain"), -EBUSY);
	assert_int_equal(front_stop(&f, "keep"), -EBUSY);
	expect_attr("mode", "running");
	assert_false(completion_done(&late.done));
	expect_hits(&f);
	assert_int_equal(front_stop(&f, "discard-dirty"), -EBUSY);
	core_finish(&late, BLK_STS_IOERR);
	expect_attr("mode", "failed");
	expect_told("mode", "MODE=failed CONDITION=failing");
	/* From then on it has nothing to tell. */
	expect_eio(&f, FRONT_HIT, 1);
	f.open = false;
	assert_true(front_stop(&f, "discard-dirty") > 0);
	assert_null(sim_device_find("backing_dev0"));
	expect_told("detached", "BACKING_ID=0");
	front_close(&f);
}

static void stop_keep(void *arg)
{
	assert_true(front_stop(arg, "keep") > 0);
}

static void use_other(struct front *f)
{
	struct rig *rig = &f->core.rig;
	u8 buf[4096];

	assert_int_equal(rig_io_run(rig, 1, PCACHE_OP_WRITE, 0, 64, 8,
				    core_pattern(64, 8, 3)), BLK_STS_OK);
	assert_int_equal(rig_io_run(rig, 1, PCACHE_OP_READ, 0, 64, 8, buf),
			 BLK_STS_OK);
	core_compare(buf, 64, 8, 3);
	assert_int_equal(rig_io_run(rig, 1, PCACHE_OP_READ, 0, 2000, 8, buf),
			 BLK_STS_OK);
}

static void the_disk_does_not_answer(void **state)
{
	struct rig_io late, miss;
	struct front f;

	front_init(&f);
	f.core.opts.nr_caches = 2;
	open_small(&f);
	use_other(&f);
	forget();
	sim_disk_stall(f.core.rig.disk[0], SIM_OP_ALL);
	core_start(&f.core, &miss, PCACHE_OP_READ, 20000, 8, 0);
	fill_up(&f, &late);
	expect_hits(&f);
	use_other(&f);
	expect_told_nothing();
	expect_attr("condition", "ok");
	assert_false(completion_done(&late.done));
	assert_false(completion_done(&miss.done));
	sim_disk_release(f.core.rig.disk[0]);
	core_finish(&late, BLK_STS_OK);
	core_finish(&miss, BLK_STS_OK);
	forget();
	/* And once more, with a stop. */
	core_write(&f.core, 0, 8, 2);
	sim_disk_stall(f.core.rig.disk[0], SIM_OP_ALL);
	run_once(&f);
	forget();
	sim_spawn("stop", stop_keep, &f);
	pass_seconds(60);
	expect_attr("state", "stopping");
	expect_told_nothing();
	use_other(&f);
	sim_disk_release(f.core.rig.disk[0]);
	sim_join_all();
	expect_attr("state", "waiting");
	expect_told("waiting", "BACKING_ID=0");
	front_close(&f);
}

/* The last request of all is a write, and the disk takes no more. */
static void write_and_die(struct front *f)
{
	core_write(&f->core, 0, 8, 2);
	refuse(f, 0, 8);
}

static void the_disk_dies_in_the_last_moment_of_a_stop(void **state)
{
	struct front f;
	u64 seed;

	for (seed = 1; seed <= 20; seed++) {
		front_init(&f);
		f.core.seed = seed;
		sim_opts_random(&f.core.sim, seed);
		front_open(&f);
		core_write(&f.core, 0, 8, 1);
		f.at_remove = write_and_die;
		assert_int_equal(front_stop(&f, "drain"), -EIO);
		f.at_remove = NULL;
		expect_logged("could not be drained, its contents are kept");
		expect_attr("state", "waiting");
		expect_told("condition", "CONDITION=failing DIRTY=1");
		expect_told("waiting", "BACKING_ID=0");
		expect_no_device(&f);
		heal(&f);
		assert_true(front_register(&f) > 0);
		core_expect(&f.core, 0, 8, 2);
		expect_hits(&f);
		front_close(&f);
	}
}

/* ---- it comes back ---- */

/* Stuck in the longest pause, with the disk in order again. */
static void open_healed(struct front *f)
{
	front_init(f);
	front_open(f);
	core_write(&f->core, 0, 8, 1);
	refuse(f, 0, 8);
	sim_disk_fail(f->core.rig.disk[0], SIM_OP_READ, 0, 1000, 1,
		      BLK_STS_IOERR);
	run_once(f);
	pass_seconds(64);
	assert_int_equal(core_read(&f->core, 500, 8), BLK_STS_IOERR);
	heal(f);
	pass_seconds(1);
	expect_attr("condition", "failing");
	expect_told("condition", "CONDITION=failing DIRTY=1");
	expect_hits(f);
	front_forget();
}

static void the_disk_comes_back(void **state)
{
	struct front f;
	u32 how;

	for (how = 0; how < 4; how++) {
		open_healed(&f);
		if (how == 0)
			core_expect(&f.core, 500, 8, 0);
		else if (how == 1)
			assert_true(sim_attr_write("backing_dev0/condition",
						   "retry\n") > 0);
		else if (how == 2)
			assert_int_equal(pcache_cache_drain(core_cache(&f.core)),
					 0);
		pass_seconds(how == 3 ? 30 : 1);
		expect_attr("condition", "ok");
		expect_attr("dirty_bytes", "0");
		core_disk_expect(&f.core, 0, 8, 1);
		core_expect(&f.core, 0, 8, 1);
		expect_hits(&f);
		expect_told("condition", "CONDITION=ok");
		expect_told("clean", "CONDITION=ok DIRTY=0");
		front_close(&f);
	}
}

/* ---- reads ---- */

static void a_read_of_it_fails(void **state)
{
	struct front f;
	u64 filled;

	front_init(&f);
	front_open(&f);
	core_disk_set(&f.core, 0, 24, 1);
	filled = front_number("stats/fill_bytes");
	sim_disk_fail(f.core.rig.disk[0], SIM_OP_READ, 0, 24, 1, BLK_STS_IOERR);
	assert_int_equal(core_read(&f.core, 0, 24), BLK_STS_IOERR);
	expect_hits(&f);
	expect_attr("stats/read_errors", "1");
	expect_attr("condition", "ok");
	expect_told_nothing();
	assert_int_equal(front_number("stats/fill_bytes"), filled);
	core_expect(&f.core, 0, 24, 1);
	core_write(&f.core, 8, 8, 2);
	front_close(&f);
}

static void reads_of_it_fail_and_succeed_in_turns(void **state)
{
	u64 tries, errors;
	struct front f;
	u32 k;

	open_healed(&f);
	tries = front_number("stats/writeback_errors");
	errors = front_number("stats/read_errors");
	for (k = 1; k <= 200; k++) {
		heal(&f);
		refuse(&f, 0, 8);
		sim_disk_fail(f.core.rig.disk[0], SIM_OP_READ, 1000, 1000, 1,
			      BLK_STS_IOERR);
		assert_int_equal(core_read(&f.core, 1000, 8), BLK_STS_IOERR);
		core_expect(&f.core, 2000 + 8 * k, 8, 0);
		if (k % 50 == 0)
			expect_hits(&f);
		sim_sleep(10 * NSEC_PER_MSEC);
	}
	sim_quiesce();
	assert_int_equal(front_number("stats/read_errors"), errors + 200);
	/* Two seconds, and half a second between two tries. */
	assert_in_range(front_number("stats/writeback_errors") - tries, 1, 6);
	expect_attr("condition", "failing");
	expect_told_nothing();
	heal(&f);
	pass_seconds(31);
	expect_told("condition", "CONDITION=ok");
	front_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_sector_is_refused),
		cmocka_unit_test(several_sectors_are_refused),
		cmocka_unit_test(the_whole_disk_fails_and_heals),
		cmocka_unit_test(a_flush_fails),
		cmocka_unit_test(a_sector_is_given_up),
		cmocka_unit_test(what_was_given_up_stays_so_over_a_cut),
		cmocka_unit_test(the_disk_is_dead_and_the_cache_full),
		cmocka_unit_test(the_disk_does_not_answer),
		cmocka_unit_test(the_disk_dies_in_the_last_moment_of_a_stop),
		cmocka_unit_test(the_disk_comes_back),
		cmocka_unit_test(a_read_of_it_fails),
		cmocka_unit_test(reads_of_it_fail_and_succeed_in_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
