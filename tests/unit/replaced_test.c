// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what write-back leaves out: versions that were overwritten since,
 * behind the batch, as long as no barrier came between the two (P4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core_test.h"

/* What the disk has before anything is written back. */
#define BEFORE		9

/* More records than a batch takes; what they write lies behind the data. */
#define MANY		1500

#define SCHEDULES	40

/* Far more than anything takes that does not wait. */
#define LONG		5000

static void begin(struct core *c)
{
	core_open(c);
	core_disk_set(c, 0, 8, BEFORE);
}

static void op(struct core *c, u8 op, u8 flags, u64 sector, u32 nr, u32 version)
{
	assert_int_equal(rig_io_run(&c->rig, 0, op, flags, sector, nr,
				    op == PCACHE_OP_WRITE ?
				    core_pattern(sector, nr, version) : NULL),
			 BLK_STS_OK);
}

/* Let a batch end, so that what follows is in another one. */
static void write_many(struct core *c)
{
	u32 i;

	for (i = 0; i < MANY; i++)
		op(c, PCACHE_OP_ZEROES, 0, 64 + i * 2, 1, 0);
}

/* Up to the flush behind the first batch. */
static void first_batch(struct core *c)
{
	sim_disk_stall(c->rig.disk[0], SIM_OP_FLUSH);
	pcache_wb_start(core_cache(c));
	sim_quiesce();
}

static void the_rest(struct core *c)
{
	sim_disk_release(c->rig.disk[0]);
	rig_settle(&c->rig, 0);
}

static void what_is_overwritten_behind_the_batch_is_left_out(void **state)
{
	struct core c;

	core_init(&c);
	begin(&c);
	core_write(&c, 0, 8, 1);
	write_many(&c);
	core_write(&c, 0, 8, 2);
	first_batch(&c);
	core_disk_expect(&c, 0, 8, BEFORE);
	the_rest(&c);
	core_disk_expect(&c, 0, 8, 2);
	assert_int_equal(sim_disk_stats(c.rig.disk[0]).sectors_written,
			 MANY + 8);
	core_close(&c);
}

static void whatever_is_overwritten_by_data_is_left_out(void **state)
{
	static const u8 ops[] = { PCACHE_OP_WRITE, PCACHE_OP_ZEROES,
				  PCACHE_OP_DISCARD };
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		core_init(&c);
		c.opts.cache[0].data_crc = i & 1;
		begin(&c);
		op(&c, ops[i], 0, 0, 8, 1);
		write_many(&c);
		core_write(&c, 0, 3, 2);
		core_write(&c, 3, 5, 2);
		first_batch(&c);
		core_disk_expect(&c, 0, 8, BEFORE);
		assert_int_equal(core_stat(&c, PCACHE_STAT_SKIPPED), 8 * 512);
		the_rest(&c);
		core_disk_expect(&c, 0, 8, 2);
		core_close(&c);
	}
}

/* Up to what is looked at; a part that is left there is enough to write all. */
static void what_is_long_may_be_left_out_too(void **state)
{
	static const struct {
		u32 first;
		u32 nr;
		u32 left_out;
	} cases[] = {
		{ 0, PCACHE_IO_SECTORS, PCACHE_IO_SECTORS },
		{ 1, PCACHE_IO_SECTORS - 1, 0 },
		{ 0, PCACHE_IO_SECTORS - 1, 0 },
		{ 0, PCACHE_IO_SECTORS + 8, 0 },
	};
	u64 at = 2 * PCACHE_CHUNK_SECTORS;
	struct core c;
	u32 i, k, nr;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		nr = max_t(u32, cases[i].nr, PCACHE_IO_SECTORS);
		core_init(&c);
		core_open(&c);
		op(&c, PCACHE_OP_ZEROES, 0, at, nr, 0);
		write_many(&c);
		for (k = 0; k < cases[i].nr; k++)
			core_write(&c, at + cases[i].first + k, 1, 2);
		core_disk_set(&c, at, nr, BEFORE);
		first_batch(&c);
		assert_int_equal(core_stat(&c, PCACHE_STAT_SKIPPED),
				 cases[i].left_out * 512);
		the_rest(&c);
		core_disk_expect(&c, at + cases[i].first, cases[i].nr, 2);
		core_close(&c);
	}
}

/* What replaced it is lost by then: so is the sector, and no more than that. */
static void if_the_newer_one_is_lost_only_that_is(void **state)
{
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	begin(&c);
	core_write(&c, 0, 8, 1);
	write_many(&c);
	core_write(&c, 0, 8, 2);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 3), 64);
	first_batch(&c);
	core_disk_expect(&c, 0, 8, BEFORE);
	the_rest(&c);
	core_disk_expect(&c, 0, 3, 2);
	core_disk_expect(&c, 3, 1, BEFORE);
	core_disk_expect(&c, 4, 4, 2);
	assert_int_equal(core_read(&c, 3, 1), BLK_STS_IOERR);
	assert_int_equal(atomic_read(&core_cache(&c)->index.lost), 1);
	core_close(&c);
}

/* The record of the newer one is lost, and the cache is attached in spite of it. */
static void damage_is_not_taken_for_another_disk(void **state)
{
	struct pcache_key key = {};
	struct core c;
	u64 at, bad;
	u32 line;

	core_init(&c);
	c.sim.heal_poison = false;
	begin(&c);
	core_write(&c, 0, 8, 1);
	bad = core_data_off(&c, 5);
	write_many(&c);
	core_write(&c, 0, 8, 2);
	line = core_head_seg(&c)->nr_recs - 1;
	assert_int_equal(pcache_key_read(&core_cache(&c)->rules,
					 core_head_seg(&c), line, &key), 1);
	assert_true(key.type == PCACHE_REC_WRITE && !key.sector);
	at = core_rec_off(&c, core_head_seg(&c), line);
	first_batch(&c);
	sim_disk_release(c.rig.disk[0]);
	while (!READ_ONCE(core_cache(&c)->clean_lsn))
		sim_yield();
	core_power_cycle(&c);
	core_disk_expect(&c, 0, 8, BEFORE);
	sim_pmem_poison(c.rig.pmem, at, 64);
	sim_pmem_poison(c.rig.pmem, bad, 64);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(rig_attach(&c.rig, 0, true), -EUCLEAN);
	sim_klog_clear();
	c.opts.cache[0].force = PCACHE_FORCE_ACCEPT_DAMAGE;
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	assert_true(sim_klog_has("the damage shows, or the disk was changed"));
	assert_false(sim_klog_has("not attached"));
	assert_false(sim_klog_has("its disk was changed"));
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_READ_ONLY);
	core_expect(&c, 0, 5, 1);
	assert_int_equal(core_read(&c, 5, 1), BLK_STS_IOERR);
	core_close(&c);
}

/* Else it would never be narrowed down, if it is overwritten often enough. */
static void what_is_refused_is_tried_again(void **state)
{
	struct core c;
	u64 lsn;

	core_init(&c);
	begin(&c);
	core_write(&c, 0, 96, 1);
	lsn = core_lsn(&c);
	sim_disk_fail(c.rig.disk[0], SIM_OP_WRITE, 72, 1, U32_MAX,
		      BLK_STS_IOERR);
	pcache_wb_start(core_cache(&c));
	sim_quiesce();
	assert_int_equal(pcache_refused(core_cache(&c)).nr, 96);
	write_many(&c);
	core_write(&c, 0, 96, 2);
	sim_sleep(240 * NSEC_PER_SEC);
	assert_true(core_cache(&c)->clean_lsn < lsn);
	assert_int_equal(pcache_refused(core_cache(&c)).sector, 72);
	assert_int_equal(pcache_refused(core_cache(&c)).nr, 1);
	assert_int_equal(core_cache(&c)->condition, PCACHE_COND_FAILING);
	sim_disk_heal(c.rig.disk[0]);
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 0, 96, 2);
	core_close(&c);
}

/* How what is written first is overwritten, but must not be left out. */
static const struct {
	const char *name;
	u8 flags;
	bool flush;
	bool late_flush;
	bool reboot;
	bool relaxed_soon;
	u8 op;
	u32 nr;
} kept[] = {
	{ "a barrier between", .flush = true, .op = PCACHE_OP_WRITE, .nr = 8 },
	{ "a barrier since", .late_flush = true, .op = PCACHE_OP_WRITE,
	  .nr = 8 },
	{ "a barrier in an earlier life", .flush = true, .reboot = true,
	  .op = PCACHE_OP_WRITE, .nr = 8 },
	{ "FUA", .flags = PCACHE_REQ_FUA, .op = PCACHE_OP_WRITE, .nr = 8 },
	{ "not all of it", .op = PCACHE_OP_WRITE, .nr = 7 },
	{ "by zeroes", .op = PCACHE_OP_ZEROES, .nr = 8 },
	{ "by a discard", .op = PCACHE_OP_DISCARD, .nr = 8 },
	{ "relaxed soon", .relaxed_soon = true, .op = PCACHE_OP_WRITE,
	  .nr = 8 },
};

static void what_must_not_be_left_out_is_written(void **state)
{
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		print_message("%s\n", kept[i].name);
		core_init(&c);
		begin(&c);
		op(&c, PCACHE_OP_WRITE, kept[i].flags, 0, 8, 1);
		if (kept[i].flush)
			core_flush(&c);
		write_many(&c);
		op(&c, kept[i].op, 0, 0, kept[i].nr, 2);
		if (kept[i].late_flush)
			core_flush(&c);
		if (kept[i].reboot)
			assert_int_equal(core_reboot(&c), 0);
		core_cache(&c)->want_relaxed = kept[i].relaxed_soon;
		first_batch(&c);
		core_disk_expect(&c, 0, 8, 1);
		the_rest(&c);
		if (kept[i].op == PCACHE_OP_WRITE)
			core_disk_expect(&c, 0, kept[i].nr, 2);
		core_close(&c);
	}
}

/* A FUA write of several records is durable by itself in all its parts. */
static void no_part_of_a_fua_write_is_left_out(void **state)
{
	u64 edge = PCACHE_CHUNK_SECTORS;
	struct core c;

	core_init(&c);
	begin(&c);
	core_disk_set(&c, edge - 4, 8, BEFORE);
	op(&c, PCACHE_OP_WRITE, PCACHE_REQ_FUA, edge - 4, 8, 1);
	core_write(&c, edge - 4, 4, 2);
	first_batch(&c);
	core_disk_expect(&c, edge - 4, 4, 1);
	the_rest(&c);
	core_disk_expect(&c, edge - 4, 4, 2);
	core_disk_expect(&c, edge, 4, 1);
	core_close(&c);
}

/* What is left out makes a hole that a relaxed checkpoint must not have. */
static void an_order_is_relaxed_when_nothing_that_was_left_out_is_missing(void **state)
{
	struct core c;
	u64 newer;

	core_init(&c);
	begin(&c);
	core_write(&c, 0, 8, 1);
	write_many(&c);
	core_write(&c, 0, 8, 2);
	newer = core_lsn(&c);
	first_batch(&c);
	core_disk_expect(&c, 0, 8, BEFORE);
	WRITE_ONCE(core_cache(&c)->want_relaxed, true);
	sim_disk_release(c.rig.disk[0]);
	while (!READ_ONCE(core_cache(&c)->relaxed)) {
		assert_int_equal(core_cache(&c)->checkpoint_lsn, 0);
		pcache_wb_start(core_cache(&c));
		sim_yield();
	}
	assert_true(core_cache(&c)->clean_lsn >= newer);
	core_disk_expect(&c, 0, 8, 2);
	core_close(&c);
}

/**
 * struct flusher - between the test and a task
 * @c: the core
 * @held: the task has its LSN
 * @done: it is known as a barrier
 */
struct flusher {
	struct core *c;
	bool held;
	bool done;
};

/* As pcache_log_barrier(), at leisure. */
static void flush_slowly(void *arg)
{
	struct flusher *fl = arg;
	struct pcache_cache *cache = core_cache(fl->c);
	u32 i;
	u64 lsn;

	spin_lock(&cache->barrier_lock);
	lsn = atomic64_inc_return(&cache->lsn);
	fl->held = true;
	for (i = 0; i < LONG; i++)
		sim_yield();
	WRITE_ONCE(cache->last_barrier, lsn);
	fl->done = true;
	spin_unlock(&cache->barrier_lock);
}

static void a_barrier_that_has_its_lsn_is_waited_for(void **state)
{
	struct core c;
	struct flusher fl = { .c = &c };

	core_init(&c);
	begin(&c);
	core_write(&c, 0, 8, 1);
	sim_spawn("flush", flush_slowly, &fl);
	while (!READ_ONCE(fl.held))
		sim_yield();
	core_write(&c, 0, 8, 2);
	assert_false(fl.done);
	first_batch(&c);
	assert_true(fl.done);
	core_disk_expect(&c, 0, 8, 1);
	sim_join_all();
	the_rest(&c);
	core_close(&c);
}

static void flush_now(void *arg)
{
	struct flusher *fl = arg;

	pcache_log_barrier(core_cache(fl->c));
	WRITE_ONCE(fl->done, true);
}

static void a_barrier_takes_its_lsn_under_the_lock(void **state)
{
	struct core c;
	struct flusher fl = { .c = &c };
	u64 lsn;
	u32 i;

	core_init(&c);
	begin(&c);
	core_write(&c, 0, 8, 1);
	lsn = core_lsn(&c);
	spin_lock(&core_cache(&c)->barrier_lock);
	sim_spawn("flush", flush_now, &fl);
	for (i = 0; i < LONG; i++)
		sim_yield();
	assert_int_equal(core_lsn(&c), lsn);
	spin_unlock(&core_cache(&c)->barrier_lock);
	sim_join_all();
	assert_true(fl.done && core_lsn(&c) == lsn + 1);
	core_close(&c);
}

/* As a write: its record is stored, but not mapped yet. */
static void map_slowly(void *arg)
{
	struct flusher *fl = arg;
	struct pcache_cache *cache = core_cache(fl->c);
	struct pcache_key key = {
		.type = PCACHE_REC_ZERO,
		.nr_sectors = 8,
	};
	struct pcache_resv resv;
	u32 i;

	assert_int_equal(pcache_seg_reserve(cache, &cache->heads[0], 0, 1,
					    PCACHE_URG_NORMAL, &resv), 0);
	pcache_index_lock(&cache->index, 0);
	assert_int_equal(pcache_index_prepare(&cache->index, 0, 8, PCACHE_ZERO,
					      NULL), 0);
	pcache_key_append(cache, &resv, &key);
	fl->held = true;
	for (i = 0; i < LONG; i++)
		sim_yield();
	pcache_index_set(&cache->index, 0, 8, PCACHE_ZERO, key.value);
	fl->done = true;
	pcache_index_unlock(&cache->index, 0);
}

/* What is mapped may be older than what the horizon has seen stored. */
static void the_index_is_asked_when_it_maps_what_is_stored(void **state)
{
	struct core c;
	struct flusher fl = { .c = &c };

	core_init(&c);
	begin(&c);
	core_write(&c, 0, 8, 1);
	rig_settle(&c.rig, 0);
	core_disk_expect(&c, 0, 8, 1);
	sim_spawn("map", map_slowly, &fl);
	while (!READ_ONCE(fl.held))
		sim_yield();
	first_batch(&c);
	sim_disk_peek(c.rig.disk[0], 0, core_buffer(), 8);
	assert_true(mem_is_zero(core_buffer(), 8 << PCACHE_SECTOR_SHIFT));
	sim_join_all();
	the_rest(&c);
	core_close(&c);
}

static void overwrite(void *arg)
{
	core_write(arg, 0, 8, 2);
}

/* The batch has begun; then come a barrier and what overwrites, then the look. */
static void a_barrier_is_looked_for_after_the_index(void **state)
{
	struct core c;
	u32 i, k;

	core_init(&c);
	for (i = 0; i < SCHEDULES; i++) {
		begin(&c);
		core_write(&c, 0, 8, 1);
		sim_disk_stall(c.rig.disk[0], SIM_OP_FLUSH);
		pcache_index_lock(&core_cache(&c)->index, 0);
		sim_spawn("overwrite", overwrite, &c);
		pcache_wb_start(core_cache(&c));
		for (k = 0; k < LONG; k++)
			sim_yield();
		pcache_log_barrier(core_cache(&c));
		pcache_index_unlock(&core_cache(&c)->index, 0);
		sim_join_all();
		sim_quiesce();
		core_disk_expect(&c, 0, 8, 1);
		the_rest(&c);
		core_disk_expect(&c, 0, 8, 2);
		core_close(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_overwritten_behind_the_batch_is_left_out),
		cmocka_unit_test(whatever_is_overwritten_by_data_is_left_out),
		cmocka_unit_test(what_is_long_may_be_left_out_too),
		cmocka_unit_test(if_the_newer_one_is_lost_only_that_is),
		cmocka_unit_test(damage_is_not_taken_for_another_disk),
		cmocka_unit_test(what_is_refused_is_tried_again),
		cmocka_unit_test(what_must_not_be_left_out_is_written),
		cmocka_unit_test(no_part_of_a_fua_write_is_left_out),
		cmocka_unit_test(an_order_is_relaxed_when_nothing_that_was_left_out_is_missing),
		cmocka_unit_test(a_barrier_that_has_its_lsn_is_waited_for),
		cmocka_unit_test(a_barrier_takes_its_lsn_under_the_lock),
		cmocka_unit_test(the_index_is_asked_when_it_maps_what_is_stored),
		cmocka_unit_test(a_barrier_is_looked_for_after_the_index),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
