// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what a cache says of itself (cache_health.c): notice of changes,
 * whether anything is dirty, and the statistics that no other test looks at.
 */
#include "core_test.h"

/**
 * struct listener - the layer above
 * @work: what the cache queues
 * @times: how often it was
 */
struct listener {
	struct work_struct work;
	u32 times;
};

static void listener_work(struct work_struct *work)
{
	container_of(work, struct listener, work)->times++;
}

static void listen(struct core *c, struct listener *listener)
{
	listener->times = 0;
	INIT_WORK(&listener->work, listener_work);
	core_cache(c)->notice = &listener->work;
}

/* How often was there notice since the last call? */
static u32 noticed(struct listener *listener)
{
	u32 times;

	sim_quiesce();
	times = listener->times;
	listener->times = 0;
	return times;
}

static void write_back(struct core *c)
{
	pcache_wb_start(core_cache(c));
	sim_quiesce();
}

/* ---- notice ---- */

static void dirty_and_clean_are_noticed_at_the_edges_only(void **state)
{
	struct listener l;
	struct core c;

	core_init(&c);
	core_open(&c);
	listen(&c, &l);
	assert_true(core_cache(&c)->all_clean);
	core_write(&c, 0, 8, 1);
	assert_int_equal(noticed(&l), 1);
	assert_false(core_cache(&c)->all_clean);
	core_write(&c, 0, 8, 2);
	core_write(&c, 8, 8, 2);
	core_expect(&c, 0, 8, 2);
	core_flush(&c);
	assert_int_equal(noticed(&l), 0);
	write_back(&c);
	assert_int_equal(noticed(&l), 1);
	assert_true(core_cache(&c)->all_clean);
	/* A fill is clean from the start, and so is a run of write-back. */
	core_expect(&c, 800, 8, 0);
	write_back(&c);
	assert_int_equal(noticed(&l), 0);
	assert_true(core_cache(&c)->all_clean);
	core_close(&c);
}

static void mode_and_condition_are_noticed_once(void **state)
{
	struct listener l;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	listen(&c, &l);
	sim_disk_fail(c.rig.disk[0], SIM_OP_WRITE, 0, 8, 2, BLK_STS_IOERR);
	write_back(&c);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_FAILING);
	assert_int_equal(noticed(&l), 1);
	/* It fails once more, which is nothing new; then it is ok, and clean. */
	sim_sleep(5 * NSEC_PER_SEC);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_OK);
	assert_true(core_cache(&c)->all_clean);
	assert_in_range(noticed(&l), 1, 2);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_READ_ONLY, "test");
	assert_int_equal(noticed(&l), 1);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_READ_ONLY, "test");
	assert_int_equal(noticed(&l), 0);
	assert_string_equal(pcache_mode_name(core_cache(&c)->mode),
			    "read-only");
	assert_string_equal(pcache_condition_name(PCACHE_COND_FAILING),
			    "failing");
	assert_string_equal(pcache_condition_name(PCACHE_COND_OK), "ok");
	core_close(&c);
}

static void what_was_kept_dirty_is_dirty_after_a_reboot(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(core_reboot(&c), 0);
	assert_false(core_cache(&c)->all_clean);
	write_back(&c);
	assert_true(core_cache(&c)->all_clean);
	assert_int_equal(core_reboot(&c), 0);
	assert_true(core_cache(&c)->all_clean);
	core_close(&c);
}

/* What cannot be written stays dirty, and gets older. */
static void dirty_data_has_an_age(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	sim_sleep(5 * NSEC_PER_SEC);
	core_write(&c, 0, 8, 1);
	assert_true(jiffies - core_cache(&c)->dirty_since < HZ);
	sim_disk_fail(c.rig.disk[0], SIM_OP_WRITE, 0, 8, 100000, BLK_STS_IOERR);
	pcache_wb_start(core_cache(&c));
	sim_sleep(5 * NSEC_PER_SEC);
	core_write(&c, 8, 8, 1);
	assert_true(jiffies - core_cache(&c)->dirty_since >= 5 * HZ);
	sim_disk_heal(c.rig.disk[0]);
	sim_sleep(31ULL * NSEC_PER_SEC);
	assert_true(core_cache(&c)->all_clean);
	core_write(&c, 16, 8, 1);
	assert_true(jiffies - core_cache(&c)->dirty_since < HZ);
	core_close(&c);
}

/* What came while others were written back is as old as it is, not as they. */
static void an_age_is_that_of_the_oldest_left(void **state)
{
	unsigned long began;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_sleep(5ULL * NSEC_PER_SEC);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	began = jiffies;
	write_back(&c);
	core_write(&c, 1000, 8, 1);
	sim_disk_release(c.rig.disk[0]);
	sim_quiesce();
	assert_false(core_cache(&c)->all_clean);
	assert_true(core_cache(&c)->dirty_since - began < HZ);
	core_close(&c);
}

/* A write may miss that all is called clean just then: write-back sees to it. */
static void write_back_knows_what_is_dirty(void **state)
{
	struct listener l;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_cache(&c)->all_clean = 1;
	listen(&c, &l);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	write_back(&c);
	assert_false(core_cache(&c)->all_clean);
	assert_int_equal(noticed(&l), 1);
	sim_disk_release(c.rig.disk[0]);
	sim_quiesce();
	assert_true(core_cache(&c)->all_clean);
	core_close(&c);
}

/* ---- statistics ---- */

static void a_read_is_one_miss_however_many_holes_it_has(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 8, 8, 1);
	assert_int_equal(core_read(&c, 0, 24), BLK_STS_OK);
	assert_int_equal(core_stat(&c, PCACHE_STAT_MISSES), 1);
	assert_int_equal(core_read(&c, 64, 1024), BLK_STS_OK);
	assert_int_equal(core_stat(&c, PCACHE_STAT_MISSES), 2);
	sim_quiesce();
	assert_int_equal(core_read(&c, 0, 24), BLK_STS_OK);
	assert_int_equal(core_stat(&c, PCACHE_STAT_MISSES), 2);
	assert_int_equal(core_stat(&c, PCACHE_STAT_ERRORS), 0);
	assert_int_equal(core_stat(&c, PCACHE_STAT_READ_ERRORS), 0);
	core_close(&c);
}

static void errors_are_counted(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	sim_disk_fail(c.rig.disk[0], SIM_OP_READ, 0, 8, 1, BLK_STS_MEDIUM);
	assert_int_equal(core_read(&c, 0, 8), BLK_STS_MEDIUM);
	assert_int_equal(core_stat(&c, PCACHE_STAT_READ_ERRORS), 1);
	assert_int_equal(core_stat(&c, PCACHE_STAT_ERRORS), 1);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_FAILED, "test");
	assert_int_equal(core_read(&c, 0, 8), BLK_STS_IOERR);
	assert_int_equal(core_try_write(&c, 0, 8, 1), BLK_STS_IOERR);
	assert_int_equal(core_stat(&c, PCACHE_STAT_ERRORS), 3);
	assert_int_equal(core_stat(&c, PCACHE_STAT_READ_ERRORS), 1);
	core_close(&c);
}

/* Two segments of data, and then a write that has to wait for the disk. */
static void the_time_that_writes_get_nowhere_is_counted(void **state)
{
	struct rig_io io;
	struct core c;
	u64 stalled;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 4;
	core_open(&c);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	for (i = 0; i < 24; i++)
		core_write(&c, i * 8, 8, 1);
	assert_int_equal(core_stat(&c, PCACHE_STAT_STALL_MS), 0);
	core_start(&c, &io, PCACHE_OP_WRITE, 1000, 32, 1);
	sim_sleep(3 * NSEC_PER_SEC);
	/* Whoever looks at those that wait counts the time so far. */
	pcache_req_kick(core_cache(&c));
	sim_quiesce();
	stalled = core_stat(&c, PCACHE_STAT_STALL_MS);
	assert_in_range(stalled, 2900, 3100);
	sim_disk_release(c.rig.disk[0]);
	core_finish(&io, BLK_STS_OK);
	sim_quiesce();
	stalled = core_stat(&c, PCACHE_STAT_STALL_MS);
	sim_sleep(3 * NSEC_PER_SEC);
	core_write(&c, 0, 8, 1);
	assert_int_equal(core_stat(&c, PCACHE_STAT_STALL_MS), stalled);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dirty_and_clean_are_noticed_at_the_edges_only),
		cmocka_unit_test(mode_and_condition_are_noticed_once),
		cmocka_unit_test(what_was_kept_dirty_is_dirty_after_a_reboot),
		cmocka_unit_test(dirty_data_has_an_age),
		cmocka_unit_test(an_age_is_that_of_the_oldest_left),
		cmocka_unit_test(write_back_knows_what_is_dirty),
		cmocka_unit_test(a_read_is_one_miss_however_many_holes_it_has),
		cmocka_unit_test(errors_are_counted),
		cmocka_unit_test(the_time_that_writes_get_nowhere_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
