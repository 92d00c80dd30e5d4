// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of address arithmetic and pmem primitives (segment.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../shim/sim.h"
#include "../shim/replay.h"
#include "../../pcache_internal.h"

#define DEV_SIZE	SZ_64K

struct fixture {
	struct world *world;
	struct sim_pmem *pmem;
	u8 *mem;
};

static struct fixture fixture_open(void)
{
	struct fixture fx;
	struct sim_opts opts;

	sim_opts_default(&opts);
	opts.shadow = true;
	fx.world = world_create(1, &opts);
	fx.pmem = sim_pmem_create("/dev/pmem0", DEV_SIZE, NULL);
	fx.mem = sim_pmem_mem(fx.pmem);
	return fx;
}

static void fixture_close(struct fixture *fx)
{
	sim_pmem_check(fx->pmem);
	assert_int_equal(world_destroy(fx->world), 0);
}

/* ---- geometry ---- */

/* What holds for every segment size on any device. */
static void check_geometry(u32 shift, u64 size)
{
	u64 seg = 1ULL << shift, i, blocks = seg / PCACHE_BLOCK_SIZE;
	struct pcache_geo geo;

	pcache_geo_init(&geo, shift, size);
	assert_int_equal(geo.seg_shift, shift);
	assert_int_equal(geo.seg_size, seg);
	/* The header, then one CRC word for every block of the segment. */
	assert_true(geo.data_start >= PCACHE_BLOCK_SIZE + blocks * 8);
	assert_true(geo.data_start <
		    2 * PCACHE_BLOCK_SIZE + blocks * 8);
	assert_int_equal(geo.data_start % PCACHE_BLOCK_SIZE, 0);
	/* The last block is the header's other copy. */
	assert_int_equal(geo.rec_end, seg - PCACHE_BLOCK_SIZE);
	assert_true(geo.data_start + geo.max_io < geo.rec_end);
	assert_true(geo.max_io <= seg / 4 && geo.max_io <= SZ_4M);
	assert_true(is_power_of_2(geo.max_io));
	assert_true(geo.max_io >= PCACHE_BLOCK_SIZE);
	assert_true(geo.max_io == seg / 4 || geo.max_io == SZ_4M);
	/* Records fill the same space from the other end. */
	assert_int_equal(pcache_geo_rec_off(&geo, 0),
			 geo.rec_end - PCACHE_LINE_SIZE);
	i = pcache_geo_max_recs(&geo);
	assert_true(pcache_geo_rec_off(&geo, i - 1) >= geo.data_start);
	assert_true(pcache_geo_rec_off(&geo, i - 1) <
		    geo.data_start + PCACHE_LINE_SIZE);
	assert_int_equal(pcache_geo_rec_off(&geo, i - 1) % PCACHE_LINE_SIZE,
			 0);
	/* Whole segments only, and all of them. */
	assert_true(geo.nr_segs == min_t(u64, size / seg, S32_MAX));
	for (i = 0; i < geo.nr_segs; i += geo.nr_segs / 7 + 1)
		assert_true(pcache_geo_seg_off(&geo, i) == i * seg);
	/* What has a fixed place, and the superblock's copy behind it. */
	assert_true((u64)geo.meta_segs * seg >=
		    PCACHE_META_FIXED_LEN + PCACHE_BLOCK_SIZE);
	assert_true((u64)(geo.meta_segs - 1) * seg <
		    PCACHE_META_FIXED_LEN + PCACHE_BLOCK_SIZE);
}

static void geometry_holds_for_all_segment_sizes(void **state)
{
	static const u64 sizes[] = {
		SZ_1M, SZ_16M, SZ_16M + 4096, SZ_1G, 5ULL * SZ_1G + 12345 * 4096,
		1ULL << 40, (1ULL << 46) - 4096, 1ULL << 50, 1ULL << 62,
	};
	u32 shift, i;

	for (shift = PCACHE_SEG_SHIFT_MIN; shift <= PCACHE_SEG_SHIFT_MAX;
	     shift++)
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			check_geometry(shift, sizes[i]);
}

static void a_device_smaller_than_a_segment_has_none(void **state)
{
	struct pcache_geo geo;

	pcache_geo_init(&geo, 24, SZ_16M - 1);
	assert_int_equal(geo.nr_segs, 0);
	pcache_geo_init(&geo, 24, 0);
	assert_int_equal(geo.nr_segs, 0);
}

static void areas_with_a_fixed_place_do_not_overlap(void **state)
{
	assert_true(PCACHE_SB_OFF + sizeof(struct pcache_super_ondisk) <=
		    PCACHE_SLOTS_OFF);
	assert_int_equal(PCACHE_SLOTS_OFF + 2 * PCACHE_SLOTS_LEN,
			 PCACHE_CURSORS_OFF);
	assert_int_equal(PCACHE_CURSORS_OFF + 2 * PCACHE_CURSORS_LEN,
			 PCACHE_META_FIXED_LEN);
	/* The two copies of anything are in different blocks. */
	assert_int_equal(PCACHE_SLOTS_LEN % PCACHE_BLOCK_SIZE, 0);
	assert_int_equal(PCACHE_CURSORS_LEN % PCACHE_BLOCK_SIZE, 0);
	assert_int_equal(PCACHE_META_FIXED_LEN % PCACHE_BLOCK_SIZE, 0);
}

/* ---- primitives ---- */

/* The log's stores cover exactly these bytes, once each. */
static void check_stores(const struct sim_log *log, u64 off, u64 len)
{
	const struct sim_rec *rec;
	u64 pos, covered = 0;

	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		assert_int_equal(rec->type, SIM_REC_STORE);
		assert_int_equal(rec->off, off + covered);
		covered += rec->len;
	}
	assert_int_equal(covered, len);
}

static void writes_store_what_they_are_given(void **state)
{
	static const u32 lens[] = { 8, 16, 64, 72, 4096, 4104, 20000 };
	struct fixture fx = fixture_open();
	u8 data[20000];
	struct sim_log *log;
	u32 i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = sim_rand();
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		sim_log_start();
		pcache_pmem_write(fx.mem + 8 * i, data, lens[i]);
		log = sim_log_take();
		check_stores(log, 8 * i, lens[i]);
		sim_log_free(log);
		assert_memory_equal(fx.mem + 8 * i, data, lens[i]);
	}
	fixture_close(&fx);
}

static void zeroing_clears_just_that(void **state)
{
	static const u32 lens[] = { 8, 64, 4088, 4096, 4104, 8192, 12296 };
	struct fixture fx = fixture_open();
	struct sim_log *log;
	u8 ones[16384];
	u32 i, j;

	memset(ones, 0xff, sizeof(ones));
	for (i = 0; i < ARRAY_SIZE(lens); i++) {
		pcache_pmem_write(fx.mem, ones, sizeof(ones));
		sim_log_start();
		pcache_pmem_zero(fx.mem + 24, lens[i]);
		log = sim_log_take();
		check_stores(log, 24, lens[i]);
		sim_log_free(log);
		for (j = 0; j < sizeof(ones); j++)
			assert_int_equal(fx.mem[j], j >= 24 &&
					 j < 24 + lens[i] ? 0 : 0xff);
	}
	sim_log_start();
	pcache_pmem_zero(fx.mem, 0);
	log = sim_log_take();
	assert_int_equal(sim_log_len(log), 0);
	sim_log_free(log);
	fixture_close(&fx);
}

static void a_word_is_one_store_and_little_endian(void **state)
{
	static const u8 expect[] = { 8, 7, 6, 5, 4, 3, 2, 1 };
	struct fixture fx = fixture_open();
	struct sim_log *log;

	sim_log_start();
	pcache_pmem_store64((__le64 *)(fx.mem + 40), 0x0102030405060708ULL);
	log = sim_log_take();
	assert_int_equal(sim_log_len(log), 1);
	check_stores(log, 40, 8);
	sim_log_free(log);
	assert_memory_equal(fx.mem + 40, expect, 8);
	fixture_close(&fx);
}

static void a_fence_is_one(void **state)
{
	struct fixture fx = fixture_open();
	struct sim_log *log;

	sim_log_start();
	pcache_pmem_store64((__le64 *)fx.mem, 1);
	pcache_pmem_fence();
	log = sim_log_take();
	assert_int_equal(sim_log_len(log), 2);
	assert_int_equal(sim_log_rec(log, 1)->type, SIM_REC_FENCE);
	sim_log_free(log);
	fixture_close(&fx);
}

static void reading_copies_or_reports_poison(void **state)
{
	struct fixture fx = fixture_open();
	u8 data[512], back[512];
	u32 i;

	for (i = 0; i < sizeof(data); i++)
		data[i] = sim_rand();
	pcache_pmem_write(fx.mem + 4096, data, sizeof(data));
	assert_int_equal(pcache_pmem_read(back, fx.mem + 4096, 512), 0);
	assert_memory_equal(back, data, 512);
	/* Any offset, any length. */
	assert_int_equal(pcache_pmem_read(back, fx.mem + 4099, 13), 0);
	assert_memory_equal(back, data + 3, 13);
	sim_pmem_poison(fx.pmem, 4096 + 128, 1);
	assert_int_equal(pcache_pmem_read(back, fx.mem + 4096, 128), 0);
	assert_int_equal(pcache_pmem_read(back, fx.mem + 4096, 129), -EIO);
	assert_int_equal(pcache_pmem_read(back, fx.mem + 4096 + 191, 8), -EIO);
	assert_int_equal(pcache_pmem_read(back, fx.mem + 4096 + 192, 8), 0);
	fixture_close(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(geometry_holds_for_all_segment_sizes),
		cmocka_unit_test(a_device_smaller_than_a_segment_has_none),
		cmocka_unit_test(areas_with_a_fixed_place_do_not_overlap),
		cmocka_unit_test(writes_store_what_they_are_given),
		cmocka_unit_test(zeroing_clears_just_that),
		cmocka_unit_test(a_word_is_one_store_and_little_endian),
		cmocka_unit_test(a_fence_is_one),
		cmocka_unit_test(reading_copies_or_reports_poison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
