// SPDX-License-Identifier: GPL-2.0
/*
 * The table of faults (Documentation/faults.rst), last part: a disk that is not the
 * one that was cached, or is not there, and damage that is accepted.  A function
 * holds a row: what an application sees, what attributes and the log say, what is
 * told by uevents, and that reads of what is cached go on where there is a device.
 * time: 600
 */
#include "front.h"

static void forget(void)
{
	/* What is told late is not told of what comes now. */
	front_told("", "");
	front_forget();
}

/* Something clean, and something dirty that must not get to a wrong disk. */
static void open_both(struct front *f)
{
	front_init(f);
	f->core.opts.cache[0].disk.serial = "one";
	front_open(f);
	core_write(&f->core, 100, 8, 1);
	core_write(&f->core, FRONT_HIT, 8, 1);
	forget();
}

static void comes_back(struct front *f)
{
	front_power_cycle(f);
	register_attaches(f);
	core_expect(&f->core, 100, 8, 1);
	front_close(f);
}

static void another_disk_has_come(void **state)
{
	struct front f;

	open_both(&f);
	f.core.opts.cache[0].disk.serial = "two";
	front_power_cycle(&f);
	register_waits(&f, "running", -ESTALE,
		       "not the same device: identity eui.74776f00");
	f.core.opts.cache[0].disk.serial = "one";
	comes_back(&f);
}

static void the_disk_has_another_size(void **state)
{
	struct front f;
	u32 how;

	for (how = 0; how < 2; how++) {
		open_both(&f);
		front_power_cycle(&f);
		sim_disk_resize(f.core.rig.disk[0], how ? SZ_32M : SZ_8M);
		register_waits(&f, "running", how ? -ESTALE : -EFBIG,
			       how ? "not the same device: 65536 sectors" :
			       "has shrunk from 32768 to 16384 sectors");
		sim_disk_resize(f.core.rig.disk[0], SZ_16M);
		if (how)
			comes_back(&f);
		else
			front_close(&f);
	}
}

static void the_disk_was_changed_behind_the_cache(void **state)
{
	struct front f;
	u64 s;

	open_both(&f);
	front_power_cycle(&f);
	/* The sample takes one of each part, so all of them change. */
	for (s = 0; s < FRONT_HIT_NR; s++)
		core_disk_set(&f.core, FRONT_HIT + s, 1, 7);
	register_waits(&f, "running", -ESTALE,
		       "the disk was changed behind the cache: sector ");
	front_close(&f);
}

static void the_disk_is_missing_and_comes(void **state)
{
	struct front f;

	front_init(&f);
	f.core.opts.nr_caches = 2;
	front_open(&f);
	assert_int_equal(rig_io_run(&f.core.rig, 1, PCACHE_OP_WRITE, 0, 64, 8,
				    core_pattern(64, 8, 3)), BLK_STS_OK);
	f.core.opts.nr_caches = 1;
	front_power_cycle(&f);
	assert_true(front_register(&f) > 0);
	expect_attr("backing_dev1/state", "waiting");
	expect_attr("backing_dev1/mapped_id", "none");
	expect_told("waiting", "BACKING_ID=1");
	expect_told("attached", "BACKING_ID=0");
	assert_false(front_told("attached", "BACKING_ID=1"));
	/* Nobody else has to wait for it. */
	expect_hits(&f);
	f.core.opts.nr_caches = 2;
	f.core.rig.disk[1] =
		sim_disk_create("/dev/vdc", &(struct sim_disk_opts){
				.size = SZ_16M, .serial = "/dev/vdc" }, NULL);
	front_forget();
	assert_true(front_register(&f) > 0);
	expect_attr("backing_dev1/state", "running");
	expect_told("attached", "BACKING_ID=1 LOGIC_DEV=pcache1 DIRTY=1");
	assert_int_equal(rig_io_run(&f.core.rig, 1, PCACHE_OP_READ, 0, 64, 8,
				    core_buffer()), BLK_STS_OK);
	core_compare(core_buffer(), 64, 8, 3);
	expect_hits(&f);
	front_close(&f);
}

static void the_disk_is_pulled_out(void **state)
{
	struct front f;

	open_both(&f);
	sim_disk_kill(f.core.rig.disk[0]);
	expect_hits(&f);
	assert_int_not_equal(core_read(&f.core, 20000, 8), BLK_STS_OK);
	core_write(&f.core, 200, 8, 1);
	core_expect(&f.core, 200, 8, 1);
	pcache_wb_start(core_cache(&f.core));
	sim_quiesce();
	expect_attr("condition", "failing");
	expect_attr("mode", "running");
	expect_told("condition", "CONDITION=failing MODE=running DIRTY=1");
	expect_hits(&f);
	assert_true(front_stop(&f, "keep") > 0);
	expect_told("waiting", "BACKING_ID=0");
	comes_back(&f);
}

static void damage_is_accepted(void **state)
{
	struct front f;
	u8 junk[64];
	u32 line;
	u64 off;

	open_both(&f);
	line = core_head_seg(&f.core)->nr_recs;
	core_write(&f.core, 0, 8, 1);
	core_write(&f.core, 8, 8, 1);
	off = core_rec_off(&f.core, core_head_seg(&f.core), line);
	memset(junk, 0x5a, sizeof(junk));
	front_power_cycle(&f);
	sim_pmem_poke(f.core.rig.pmem, off, junk, sizeof(junk));
	register_waits(&f, "running", -EUCLEAN, "invalid record line");
	front_forget();
	assert_true(front_adm(&f, "%s,queue_mode=bio,queues=3,force=%s",
			      "op=backing-start,path=/dev/vdb",
			      "accept-damage") > 0);
	expect_attr("mode", "read-only");
	expect_attr("queue_mode", "bio");
	expect_attr("queues", "3");
	expect_logged("backing 0 is read-only: invalid record line");
	expect_logged("are missing, LSNs from");
	expect_told("attached", "MODE=read-only CONDITION=ok");
	assert_int_equal(core_try_write(&f.core, 0, 8, 2), BLK_STS_IOERR);
	core_expect(&f.core, 0, 8, 0);
	core_expect(&f.core, 8, 8, 1);
	core_expect(&f.core, 100, 8, 1);
	expect_hits(&f);
	assert_int_equal(front_stop(&f, "drain"), -EUCLEAN);
	assert_true(front_stop(&f, "keep") > 0);
	/* That was for once; nothing is stored. */
	expect_attr("queue_mode", "mq");
	expect_attr("queues", "1");
	front_close(&f);
}

/* Memory is short, for whatever is asked for without waiting. */
static void memory_is_short(void **state)
{
	struct front f;

	open_both(&f);
	core_disk_set(&f.core, 0, 96, 1);
	world_opts(f.core.world)->fail_nowait_p = 65536;
	core_expect(&f.core, 0, 96, 1);
	core_write(&f.core, 3000, 64, 1);
	core_expect(&f.core, 3000, 64, 1);
	expect_hits(&f);
	world_opts(f.core.world)->fail_nowait_p = 0;
	assert_true(front_number("stats/waits") > 0);
	expect_attr("stats/errors", "0");
	expect_attr("mode", "running");
	expect_no_trouble();
	front_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(another_disk_has_come),
		cmocka_unit_test(the_disk_has_another_size),
		cmocka_unit_test(the_disk_was_changed_behind_the_cache),
		cmocka_unit_test(the_disk_is_missing_and_comes),
		cmocka_unit_test(the_disk_is_pulled_out),
		cmocka_unit_test(damage_is_accepted),
		cmocka_unit_test(memory_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
