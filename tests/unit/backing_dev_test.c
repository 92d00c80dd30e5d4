// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of a backing device (backing_dev.c): what is refused, flushes, and
 * I/O with pages of our own.
 */
#include "shim/sim.h"

#include <cmocka.h>

#include "pcache_dev.h"

struct fixture {
	struct world *world;
	struct sim_disk *disk;
	struct pcache_backing backing;
};

static void fixture_open(struct fixture *fx, const struct sim_disk_opts *opts)
{
	memset(fx, 0, sizeof(*fx));
	fx->world = world_create(1, NULL);
	fx->disk = sim_disk_create("/dev/vdb", opts, NULL);
	assert_int_equal(pcache_backing_open(&fx->backing, "/dev/vdb", fx), 0);
}

static void fixture_close(struct fixture *fx)
{
	pcache_backing_close(&fx->backing);
	assert_int_equal(world_destroy(fx->world), 0);
}

/* ---- open ---- */

static void limits_are_those_of_the_device(void **state)
{
	struct sim_disk_opts opts = {
		.size = SZ_8M,
		.block_size = 4096,
		.max_discard_sectors = 64,
		.max_zeroes_sectors = 128,
	};
	struct fixture fx;

	fixture_open(&fx, &opts);
	assert_int_equal(fx.backing.nr_sectors, SZ_8M / 512);
	assert_int_equal(fx.backing.logical_block_size, 4096);
	assert_int_equal(fx.backing.max_discard_sectors, 64);
	assert_int_equal(fx.backing.max_zeroes_sectors, 128);
	/* What was written before the attach is durable after it. */
	assert_int_equal(sim_disk_stats(fx.disk).flushes, 1);
	fixture_close(&fx);
}

static void refused(int err, const char *text)
{
	struct pcache_backing backing = {};

	sim_klog_clear();
	assert_int_equal(pcache_backing_open(&backing, "/dev/vdb", &backing),
			 err);
	if (!sim_klog_has(text))
		fail_msg("not said: %s, but: %s", text, sim_klog());
	assert_null(backing.file);
	/* Again does no harm. */
	pcache_backing_close(&backing);
}

static void devices_that_will_not_do_are_refused(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_8M };
	struct pcache_backing other = {};
	struct fixture fx;

	memset(&fx, 0, sizeof(fx));
	fx.world = world_create(1, NULL);
	refused(-ENOENT, "backing /dev/vdb: cannot be opened: -ENOENT");
	fx.disk = sim_disk_create("/dev/vdb", &opts, NULL);
	sim_bdev_set_read_only(sim_disk_bdev(fx.disk), true);
	refused(-EROFS, "cannot be opened: -EROFS");
	sim_bdev_set_read_only(sim_disk_bdev(fx.disk), false);
	sim_disk_resize(fx.disk, 0);
	refused(-EOPNOTSUPP, "backing /dev/vdb: empty");
	sim_disk_resize(fx.disk, SZ_8M);
	sim_disk_fail(fx.disk, SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	refused(-EIO, "flush failed: -EIO");
	assert_int_equal(pcache_backing_open(&other, "/dev/vdb", &other), 0);
	refused(-EBUSY, "cannot be opened: -EBUSY");
	pcache_backing_close(&other);
	sim_path_create("/dev/null");
	assert_int_equal(pcache_backing_open(&other, "/dev/null", &other),
			 -ENOTBLK);
	/* Nothing is kept of all that. */
	assert_int_equal(pcache_backing_open(&fx.backing, "/dev/vdb", &fx), 0);
	fixture_close(&fx);
}

/* ---- flush ---- */

static void a_flush_reports_what_the_device_says(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_8M };
	struct fixture fx;

	fixture_open(&fx, &opts);
	assert_int_equal(pcache_backing_flush(&fx.backing), 0);
	sim_disk_fail(fx.disk, SIM_OP_FLUSH, 0, 0, 1, BLK_STS_TARGET);
	assert_int_equal(pcache_backing_flush(&fx.backing), -EREMOTEIO);
	assert_int_equal(pcache_backing_flush(&fx.backing), 0);
	sim_disk_kill(fx.disk);
	assert_int_not_equal(pcache_backing_flush(&fx.backing), 0);
	fixture_close(&fx);
}

/* The administrator may switch a device's cache on at any time. */
static void a_write_cache_that_appears_later_is_flushed(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_8M, .no_write_cache = true };
	struct fixture fx;

	fixture_open(&fx, &opts);
	assert_int_equal(pcache_backing_flush(&fx.backing), 0);
	bdev_get_queue(fx.backing.bdev)->limits.features |=
		BLK_FEAT_WRITE_CACHE;
	sim_disk_fail(fx.disk, SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	assert_int_equal(pcache_backing_flush(&fx.backing), -EIO);
	assert_int_equal(pcache_backing_flush(&fx.backing), 0);
	assert_true(sim_disk_stats(fx.disk).flushes > 0);
	fixture_close(&fx);
}

/* ---- I/O ---- */

static void note_end(struct pcache_io *io)
{
	*(bool *)io->owner = true;
}

static void run_io(struct pcache_io *io)
{
	bool ended = false;

	io->done = note_end;
	io->owner = &ended;
	pcache_io_submit(io);
	sim_quiesce();
	assert_true(ended);
}

static u8 *io_page(struct pcache_io *io, u32 i)
{
	return page_address(io->bio.bi_io_vec[i].bv_page);
}

static void an_io_of_any_length_has_pages_of_its_own(void **state)
{
	static const u32 lengths[] = { 1, 7, 8, 9, 16, 255, PCACHE_IO_SECTORS };
	struct sim_disk_opts opts = { .size = SZ_8M };
	struct pcache_io_pool pool = {};
	struct pcache_io *io;
	struct fixture fx;
	u8 sector[512];
	u32 i, k;

	fixture_open(&fx, &opts);
	assert_int_equal(pcache_io_pool_init(&pool, 1, 40), 0);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		io = pcache_io_alloc(&pool, &fx.backing, REQ_OP_WRITE, 1000,
				     lengths[i], GFP_KERNEL);
		for (k = 0; k < lengths[i]; k++)
			memset(io_page(io, k / 8) + k % 8 * 512, i * 50 + k,
			       512);
		run_io(io);
		assert_int_equal(io->status, BLK_STS_OK);
		pcache_io_free(io);
		io = pcache_io_alloc(&pool, &fx.backing, REQ_OP_READ, 1000,
				     lengths[i], GFP_KERNEL);
		run_io(io);
		for (k = 0; k < lengths[i]; k++) {
			memset(sector, i * 50 + k, 512);
			assert_memory_equal(io_page(io, k / 8) + k % 8 * 512,
					    sector, 512);
		}
		assert_int_equal(io->sector, 1000);
		assert_int_equal(io->nr_sectors, lengths[i]);
		pcache_io_free(io);
	}
	pcache_io_pool_exit(&pool);
	fixture_close(&fx);
}

static void an_io_ends_with_the_devices_status(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_8M };
	struct pcache_io_pool pool = {};
	struct pcache_io *io;
	struct fixture fx;

	fixture_open(&fx, &opts);
	assert_int_equal(pcache_io_pool_init(&pool, 1, 0), 0);
	sim_disk_fail(fx.disk, SIM_OP_READ, 0, 8, 1, BLK_STS_MEDIUM);
	io = pcache_io_alloc(&pool, &fx.backing, REQ_OP_READ, 0, 8, GFP_KERNEL);
	run_io(io);
	assert_int_equal(io->status, BLK_STS_MEDIUM);
	pcache_io_free(io);
	pcache_io_pool_exit(&pool);
	fixture_close(&fx);
}

static void discards_and_zeroes_carry_no_pages(void **state)
{
	static const enum req_op ops[] = { REQ_OP_DISCARD, REQ_OP_WRITE_ZEROES };
	struct sim_disk_opts opts = {
		.size = SZ_8M,
		.max_discard_sectors = 4096,
		.max_zeroes_sectors = 4096,
	};
	struct pcache_io_pool pool = {};
	struct pcache_io *io;
	struct fixture fx;
	u32 i;

	fixture_open(&fx, &opts);
	assert_int_equal(pcache_io_pool_init(&pool, 1, 0), 0);
	for (i = 0; i < 2; i++) {
		io = pcache_io_alloc(&pool, &fx.backing, ops[i], 0, 2000,
				     GFP_KERNEL);
		assert_int_equal(io->bio.bi_vcnt, 0);
		run_io(io);
		assert_int_equal(io->status, BLK_STS_OK);
		pcache_io_free(io);
	}
	assert_int_equal(sim_disk_stats(fx.disk).discards, 1);
	assert_int_equal(sim_disk_stats(fx.disk).zeroes, 1);
	pcache_io_pool_exit(&pool);
	fixture_close(&fx);
}

/* The page allocator has nothing: a largest I/O still goes, one at a time. */
static void the_pool_is_enough_for_one_largest_io(void **state)
{
	struct sim_disk_opts opts = { .size = SZ_8M };
	struct pcache_io_pool pool = {};
	struct pcache_io *io, *second;
	struct fixture fx;
	u32 i;

	fixture_open(&fx, &opts);
	assert_int_equal(pcache_io_pool_init(&pool, 1, 0), 0);
	world_opts(fx.world)->fail_nowait_p = 65536;
	world_opts(fx.world)->fail_sleeping_p = 65536;
	for (i = 0; i < 3; i++) {
		io = pcache_io_alloc(&pool, &fx.backing, REQ_OP_READ, 0,
				     PCACHE_IO_SECTORS, GFP_NOIO);
		assert_non_null(io);
		/* A second one has to do without, and leaves nothing behind. */
		second = pcache_io_alloc(&pool, &fx.backing, REQ_OP_READ, 0, 8,
					 GFP_NOWAIT | __GFP_NOWARN);
		assert_null(second);
		run_io(io);
		pcache_io_free(io);
	}
	world_opts(fx.world)->fail_nowait_p = 0;
	world_opts(fx.world)->fail_sleeping_p = 0;
	pcache_io_pool_exit(&pool);
	fixture_close(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_are_those_of_the_device),
		cmocka_unit_test(devices_that_will_not_do_are_refused),
		cmocka_unit_test(a_flush_reports_what_the_device_says),
		cmocka_unit_test(a_write_cache_that_appears_later_is_flushed),
		cmocka_unit_test(an_io_of_any_length_has_pages_of_its_own),
		cmocka_unit_test(an_io_ends_with_the_devices_status),
		cmocka_unit_test(discards_and_zeroes_carry_no_pages),
		cmocka_unit_test(the_pool_is_enough_for_one_largest_io),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
