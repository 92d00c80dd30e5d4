// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of requests (cache_req.c) and of the data they carry (cache_data.c):
 * splitting, waiting, flags, any alignment.
 */
#include "core_test.h"

#include "pcache_log.h"

static blk_status_t run(struct core *c, u8 op, u8 flags, u64 sector, u32 nr,
			u32 version)
{
	return rig_io_run(&c->rig, 0, op, flags, sector, nr,
			  op == PCACHE_OP_WRITE ?
			  core_pattern(sector, nr, version) : core_buffer());
}

/* Fills a quota with dirty data; the disk takes no writes meanwhile. */
static void open_full(struct core *c)
{
	u32 i;

	c->opts.cache[0].quota = 4;
	core_open(c);
	sim_disk_stall(c->rig.disk[0], SIM_OP_WRITE);
	for (i = 0; i < 24; i++)
		core_write(c, i * 8, 8, 1);
	assert_int_equal(core_cache(c)->used_segs, 2);
}

static void fill_up(struct core *c)
{
	core_init(c);
	open_full(c);
}

static struct pcache_key key_at(struct core *c, u32 line)
{
	struct pcache_key key;

	assert_int_equal(pcache_key_read(&core_cache(c)->rules,
					 core_head_seg(c), line, &key), 1);
	return key;
}

/* ---- records of a request ---- */

static void a_large_write_takes_several_records(void **state)
{
	/* max_io is 16 KiB, a chunk 4 MiB. */
	static const struct {
		u64 sector;
		u32 nr;
		u32 parts[4];
	} cases[] = {
		{ 0, 32, { 32 } },
		{ 3, 33, { 32, 1 } },
		{ 5, 70, { 32, 32, 6 } },
		{ 8190, 4, { 2, 2 } },
		{ 8192 - 40, 80, { 32, 8, 32, 8 } },
	};
	struct pcache_key key;
	struct core c;
	bool last;
	u32 i, p;
	u64 at;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		core_init(&c);
		core_open(&c);
		assert_int_equal(run(&c, PCACHE_OP_WRITE, PCACHE_REQ_FUA,
				     cases[i].sector, cases[i].nr, 1),
				 BLK_STS_OK);
		at = cases[i].sector;
		for (p = 0; p < 4 && cases[i].parts[p]; p++) {
			key = key_at(&c, p);
			assert_int_equal(key.sector, at);
			assert_int_equal(key.nr_sectors, cases[i].parts[p]);
			at += cases[i].parts[p];
			/* Only the last one ends the epoch. */
			last = at == cases[i].sector + cases[i].nr;
			assert_int_equal(key.flags, last ? PCACHE_REC_FUA : 0);
		}
		assert_int_equal(core_head_seg(&c)->nr_recs, p);
		assert_int_equal(core_stat(&c, PCACHE_STAT_WRITTEN),
				 cases[i].nr * 512);
		core_expect(&c, cases[i].sector, cases[i].nr, 1);
		core_close(&c);
	}
}

static void zeroes_and_discards_end_only_with_their_chunk(void **state)
{
	static const u8 ops[] = { PCACHE_OP_ZEROES, PCACHE_OP_DISCARD };
	struct core c;
	u32 i;

	for (i = 0; i < 2; i++) {
		core_init(&c);
		core_open(&c);
		core_disk_set(&c, 0, 8, 1);
		assert_int_equal(run(&c, ops[i], 0, 8, 20000, 0), BLK_STS_OK);
		assert_int_equal(core_head_seg(&c)->nr_recs, 3);
		assert_int_equal(key_at(&c, 0).nr_sectors, 8184);
		assert_int_equal(key_at(&c, 1).nr_sectors, 8192);
		assert_int_equal(key_at(&c, 2).nr_sectors, 20008 - 16384);
		core_expect(&c, 0, 8, 1);
		core_expect(&c, 8, 8, 0);
		core_expect(&c, 20000, 8, 0);
		core_close(&c);
	}
}

/* However large it is, the submitter logs one attempt's worth or two. */
static void the_rest_of_a_long_request_is_a_workers(void **state)
{
	enum rig_front front;
	struct rig_io io;
	struct core c;

	for (front = RIG_MQ; front <= RIG_BIO; front++) {
		core_init(&c);
		c.opts.cache[0].disk.size = SZ_32M;
		core_open(&c);
		rig_io_init(&io, &c.rig, 0, PCACHE_OP_ZEROES, 0, 8,
			    6 * PCACHE_CHUNK_SECTORS, false);
		rig_io_submit(&io, front);
		assert_true(core_head_seg(&c)->nr_recs < 4);
		core_finish(&io, BLK_STS_OK);
		assert_int_equal(core_head_seg(&c)->nr_recs, 7);
		assert_int_equal(core_stat(&c, PCACHE_STAT_WAITS), 1);
		core_close(&c);
	}
}

/* Whoever waits only because it is long is in no need of space. */
static void a_long_request_evicts_nothing(void **state)
{
	struct core c;
	u64 freed;
	u32 i;

	core_init(&c);
	c.opts.cache[0].disk.size = SZ_64M;
	c.opts.cache[0].delay_ms = 0;
	core_open(&c);
	for (i = 0; i < 40; i++)
		core_write(&c, i * 8, 8, 1);
	rig_settle(&c.rig, 0);
	freed = core_stat(&c, PCACHE_STAT_GC_SEGMENTS);
	/* Each batch that ends meanwhile asks whether reclaim is due. */
	for (i = 0; i < 50; i++)
		assert_int_equal(run(&c, PCACHE_OP_DISCARD, 0,
				     PCACHE_CHUNK_SECTORS,
				     12 * PCACHE_CHUNK_SECTORS, 0), BLK_STS_OK);
	sim_quiesce();
	assert_int_equal(core_stat(&c, PCACHE_STAT_GC_SEGMENTS), freed);
	assert_false(core_cache(&c)->writers_stuck);
	core_close(&c);
}

static void a_barrier_comes_before_the_write_that_carries_it(void **state)
{
	struct core c;
	u64 lsn;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	lsn = core_lsn(&c);
	assert_int_equal(run(&c, PCACHE_OP_WRITE, PCACHE_REQ_PREFLUSH, 8, 8, 1),
			 BLK_STS_OK);
	assert_int_equal(key_at(&c, 1).lsn, lsn + 2);
	assert_int_equal(core_stat(&c, PCACHE_STAT_FLUSHES), 1);
	/* A flush stores nothing and asks nothing of the disk. */
	core_flush(&c);
	assert_int_equal(core_lsn(&c), lsn + 3);
	assert_int_equal(core_head_seg(&c)->nr_recs, 2);
	core_close(&c);
}

/* ---- data ---- */

static void check_against_array(struct core *c, const u32 *version)
{
	u32 i;

	assert_int_equal(core_read(c, 0, 256), BLK_STS_OK);
	for (i = 0; i < 256; i++)
		core_compare(core_buffer() + i * 512, i, 1, version[i]);
}

static void data_of_any_shape_comes_back(void **state)
{
	u32 version[256], seed, i, s, nr, k;
	struct rig_io io;
	struct core c;

	for (seed = 1; seed <= 4; seed++) {
		core_init(&c);
		c.seed = seed;
		c.sim.split_p = 64;
		c.opts.cache[0].data_crc = seed % 2;
		core_open(&c);
		memset(version, 0, sizeof(version));
		for (i = 1; i <= 150; i++) {
			s = sim_rand_below(255);
			nr = 1 + sim_rand_below(min(256 - s, 48U));
			rig_io_init(&io, &c.rig, 0, PCACHE_OP_WRITE, 0, s, nr,
				    true);
			memcpy(io.buf, core_pattern(s, nr, i), nr * 512);
			rig_io_submit(&io, i % 2 ? RIG_MQ : RIG_BIO);
			core_finish(&io, BLK_STS_OK);
			for (k = 0; k < nr; k++)
				version[s + k] = i;
			if (i % 10 == 0)
				check_against_array(&c, version);
			if (i % 50 == 0)
				rig_settle(&c.rig, 0);
		}
		check_quiet(&c.rig, 0, 0);
		assert_int_equal(core_reboot(&c), 0);
		check_against_array(&c, version);
		core_close(&c);
	}
}

/*
 * Pieces of a caller's buffer may be of any length, stores may not: the log has
 * whole words, so two pieces that share one would overlap there.
 */
static void stores_are_of_whole_words(void **state)
{
	const struct sim_rec *rec, *prev = NULL;
	struct sim_log *log;
	struct rig_io io;
	struct core c;
	u32 i;
	u64 pos;

	core_init(&c);
	core_open(&c);
	sim_log_start();
	for (i = 0; i < 40; i++) {
		rig_io_init(&io, &c.rig, 0, PCACHE_OP_WRITE, 0, i * 20, 16,
			    true);
		memcpy(io.buf, core_pattern(i * 20, 16, i), 16 * 512);
		rig_io_submit(&io, RIG_MQ);
		core_finish(&io, BLK_STS_OK);
		core_expect(&c, i * 20, 16, i);
	}
	log = sim_log_take();
	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type == SIM_REC_FENCE)
			prev = NULL;
		if (rec->type != SIM_REC_STORE)
			continue;
		assert_true(!prev || rec->off >= prev->off + prev->len ||
			    rec->off + rec->len <= prev->off);
		prev = rec;
	}
	sim_log_free(log);
	core_close(&c);
}

static void a_callers_buffer_is_read_once(void **state)
{
	struct rig_io io;
	struct core c;

	fill_up(&c);
	/* It is parked; what counts is what is there when it is served. */
	core_start(&c, &io, PCACHE_OP_WRITE, 1000, 32, 1);
	sim_quiesce();
	assert_true(pcache_writers_wait(core_cache(&c)));
	memcpy(io.buf, core_pattern(1000, 32, 2), 32 * 512);
	sim_disk_release(c.rig.disk[0]);
	assert_int_equal(rig_io_wait(&io), BLK_STS_OK);
	memset(io.buf, 0xee, 32 * 512);
	core_expect(&c, 1000, 32, 2);
	rig_io_free(&io);
	core_close(&c);
}

static void pages_of_crcs_are_padded_with_zeroes(void **state)
{
	struct core c;
	u64 off;
	u32 i;

	core_init(&c);
	c.opts.cache[0].data_crc = true;
	core_open(&c);
	/* Whatever was there before. */
	for (i = 0; i < 20; i++)
		core_write(&c, i * 8, 8, 7);
	core_write(&c, 1000, 3, 1);
	off = core_data_off(&c, 1000);
	assert_int_equal(off % 4096, 0);
	assert_null(memchr_inv(sim_pmem_view(c.rig.pmem) + off + 3 * 512, 0,
			       5 * 512));
	/* The next extent starts on a page of its own. */
	core_write(&c, 2000, 1, 1);
	assert_int_equal(core_data_off(&c, 2000) % 4096, 0);
	assert_int_not_equal(core_data_off(&c, 2000), off);
	core_close(&c);
}

static void without_crcs_extents_are_packed(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 1000, 3, 1);
	core_write(&c, 2000, 1, 1);
	assert_int_equal(core_data_off(&c, 2000),
			 core_data_off(&c, 1000) + 3 * 512);
	core_close(&c);
}

/* ---- waiting ---- */

static void parked_writes_are_served_in_turn(void **state)
{
	struct rig_io io[6];
	struct core c;
	u32 i;

	fill_up(&c);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		core_start(&c, &io[i], PCACHE_OP_WRITE, 1000, i == 3 ? 1 : 32, i + 1);
	sim_quiesce();
	/* The small one would have found room, but others were first. */
	assert_int_equal(core_stat(&c, PCACHE_STAT_WAITS), ARRAY_SIZE(io));
	for (i = 0; i < ARRAY_SIZE(io); i++)
		assert_false(completion_done(&io[i].done));
	sim_disk_release(c.rig.disk[0]);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		core_finish(&io[i], BLK_STS_OK);
	core_expect(&c, 1000, 32, 6);
	assert_int_equal(core_stat(&c, PCACHE_STAT_WRITTEN),
			 (24 * 8 + 5 * 32 + 1) * 512);
	core_close(&c);
}

/* There is room, but somebody has waited for longer. */
static void newcomers_queue_behind_those_who_wait(void **state)
{
	struct pcache_req first = {};
	struct pcache_cache *cache;
	struct rig_io io;
	struct core c;

	core_init(&c);
	core_open(&c);
	cache = core_cache(&c);
	list_add(&first.node, &cache->waiting_writes);
	core_start(&c, &io, PCACHE_OP_WRITE, 0, 8, 1);
	sim_quiesce();
	assert_false(completion_done(&io.done));
	/* Reads do not. */
	core_expect(&c, 100, 8, 0);
	list_del(&first.node);
	pcache_req_kick(cache);
	core_finish(&io, BLK_STS_OK);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void who_does_not_stay_is_not_parked(void **state)
{
	struct pcache_req req;
	struct rig_io io;
	struct core c;

	fill_up(&c);
	rig_io_init(&io, &c.rig, 0, PCACHE_OP_WRITE, 0, 1000, 32, false);
	memset(io.buf, 0, 32 * 512);
	req = io.req;
	assert_int_equal(pcache_req_submit(&req), PCACHE_AGAIN);
	assert_int_equal(req.nr_sectors, 32);
	assert_false(pcache_writers_wait(core_cache(&c)));
	rig_io_free(&io);
	sim_disk_release(c.rig.disk[0]);
	core_close(&c);
}

/* Discards of a full cache: a record each would need room. */
static void a_discard_without_space_is_dropped(void **state)
{
	struct core c;
	u32 i;

	fill_up(&c);
	for (i = 0; i < 200; i++)
		assert_int_equal(run(&c, PCACHE_OP_DISCARD, 0, 8000 + i * 8, 8,
				     0), BLK_STS_OK);
	/* By now there is no room for any. */
	assert_int_equal(run(&c, PCACHE_OP_DISCARD, 0, 160, 8, 0), BLK_STS_OK);
	assert_int_equal(core_stat(&c, PCACHE_STAT_WAITS), 0);
	core_expect(&c, 160, 8, 1);
	sim_disk_release(c.rig.disk[0]);
	core_close(&c);
}

static void a_worse_mode_ends_the_waiting(void **state)
{
	struct rig_io io[3];
	struct core c;
	u32 i;

	fill_up(&c);
	for (i = 0; i < ARRAY_SIZE(io); i++)
		core_start(&c, &io[i], PCACHE_OP_WRITE, 1000 + i * 32, 32, 1);
	sim_quiesce();
	assert_true(pcache_writers_wait(core_cache(&c)));
	pcache_set_mode(core_cache(&c), PCACHE_MODE_READ_ONLY, "a test");
	for (i = 0; i < ARRAY_SIZE(io); i++)
		core_finish(&io[i], BLK_STS_IOERR);
	assert_int_equal(core_try_write(&c, 0, 8, 2), BLK_STS_IOERR);
	assert_int_equal(run(&c, PCACHE_OP_ZEROES, 0, 0, 8, 0), BLK_STS_IOERR);
	core_expect(&c, 0, 8, 1);
	core_flush(&c);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_FAILED, "a test");
	assert_int_equal(core_read(&c, 0, 8), BLK_STS_IOERR);
	sim_disk_release(c.rig.disk[0]);
	core_close(&c);
}

/*
 * The mode gets worse while somebody looks whether there is room.  A pool that has
 * no more segments than a cache needs has too few without those of this one.
 */
static void a_worse_mode_is_no_want_of_space(void **state)
{
	static const enum pcache_mode modes[] = {
		PCACHE_MODE_READ_ONLY, PCACHE_MODE_FAILED,
	};
	struct rig_io io;
	struct core c;
	u32 k;

	for (k = 0; k < 100; k++) {
		core_init(&c);
		c.seed = k + 1;
		c.sim.switch_p = 64;
		c.opts.nr_segs = PCACHE_MIN_SEGS;
		open_full(&c);
		core_start(&c, &io, PCACHE_OP_WRITE, 1000, 32, 1);
		sim_quiesce();
		assert_false(completion_done(&io.done));
		pcache_req_kick(core_cache(&c));
		sim_yield();
		pcache_set_mode(core_cache(&c), modes[k % 2], "a test");
		core_finish(&io, BLK_STS_IOERR);
		assert_false(sim_klog_has("want of space"));
		sim_disk_release(c.rig.disk[0]);
		core_close(&c);
	}
}

/* ---- without memory ---- */

static void what_waited_for_memory_is_written_back_and_counted(void **state)
{
	u64 written = 8 * 512, waits;
	struct core c;
	u32 k;

	core_init(&c);
	c.opts.cache[0].delay_ms = 100;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_sleep(20ULL * NSEC_PER_SEC);
	sim_quiesce();
	world_opts(c.world)->fail_nowait_p = 65536;
	world_opts(c.world)->reserve_p = 0;
	for (k = 0; k < 30; k++) {
		waits = core_stat(&c, PCACHE_STAT_WAITS);
		core_write(&c, 8 + k * 517, 3, 1);
		written += 3 * 512;
		assert_int_equal(core_stat(&c, PCACHE_STAT_WRITTEN), written);
		sim_sleep(NSEC_PER_SEC);
		sim_quiesce();
		if (!pcache_cache_is_drained(core_cache(&c)))
			fail_msg("write %u waited %llu times, and is dirty for ever",
				 k, (unsigned long long)
				 core_stat(&c, PCACHE_STAT_WAITS) - waits);
	}
	assert_true(core_stat(&c, PCACHE_STAT_WAITS) > 0);
	world_opts(c.world)->fail_nowait_p = 0;
	for (k = 0; k < 30; k++)
		core_disk_expect(&c, 8 + k * 517, 3, 1);
	core_close(&c);
}

/* Two workers that need the reserves at once: neither may starve the other. */
static void losses_and_parked_writes_share_the_reserves(void **state)
{
	struct rig_io io[40];
	struct core c;
	u32 seed, i;

	for (seed = 1; seed <= 10; seed++) {
		core_init(&c);
		c.seed = seed;
		sim_opts_random(&c.sim, seed);
		c.sim.heal_poison = false;
		c.opts.cache[0].disk.block_size = 4096;
		core_open(&c);
		for (i = 0; i < 40; i++)
			core_write(&c, i * 520, 8, 1);
		for (i = 0; i < 40; i++)
			sim_pmem_poison(c.rig.pmem, core_data_off(&c, i * 520),
					64);
		world_opts(c.world)->fail_nowait_p = 65536;
		pcache_wb_start(core_cache(&c));
		for (i = 0; i < ARRAY_SIZE(io); i++)
			core_start(&c, &io[i], PCACHE_OP_WRITE, 200 + i * 520,
				   256, 2);
		for (i = 0; i < ARRAY_SIZE(io); i++)
			core_finish(&io[i], BLK_STS_OK);
		world_opts(c.world)->fail_nowait_p = 0;
		rig_settle(&c.rig, 0);
		for (i = 0; i < ARRAY_SIZE(io); i++)
			core_expect(&c, 200 + i * 520, 256, 2);
		core_close(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_large_write_takes_several_records),
		cmocka_unit_test(zeroes_and_discards_end_only_with_their_chunk),
		cmocka_unit_test(the_rest_of_a_long_request_is_a_workers),
		cmocka_unit_test(a_long_request_evicts_nothing),
		cmocka_unit_test(a_barrier_comes_before_the_write_that_carries_it),
		cmocka_unit_test(data_of_any_shape_comes_back),
		cmocka_unit_test(stores_are_of_whole_words),
		cmocka_unit_test(a_callers_buffer_is_read_once),
		cmocka_unit_test(pages_of_crcs_are_padded_with_zeroes),
		cmocka_unit_test(without_crcs_extents_are_packed),
		cmocka_unit_test(parked_writes_are_served_in_turn),
		cmocka_unit_test(newcomers_queue_behind_those_who_wait),
		cmocka_unit_test(who_does_not_stay_is_not_parked),
		cmocka_unit_test(a_discard_without_space_is_dropped),
		cmocka_unit_test(a_worse_mode_ends_the_waiting),
		cmocka_unit_test(a_worse_mode_is_no_want_of_space),
		cmocka_unit_test(what_waited_for_memory_is_written_back_and_counted),
		cmocka_unit_test(losses_and_parked_writes_share_the_reserves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
