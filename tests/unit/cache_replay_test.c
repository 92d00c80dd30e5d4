// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of replay (cache_replay.c): a log that is long enough to be mapped by
 * several workers gives what was written last, whoever maps, and in whatever
 * order they come to it.
 */
#include "core_test.h"

/* All chunks of the disk, and so few sectors of each that all are overwritten. */
#define CHUNKS		4
#define CHUNK		8192
#define SPAN		64

/* Every lane's buffers are handed over twice, and not all is. */
#define WRITES		(CHUNKS * 2500)

/* Those of the first @chunks are written to. */
struct log {
	struct core c;
	u32 chunks;
	u32 version[CHUNKS * SPAN];
};

static u64 sector_of(u32 i)
{
	return (u64)(i / SPAN) * CHUNK + i % SPAN;
}

static void log_init(struct log *log, u64 seed)
{
	core_init(&log->c);
	memset(log->version, 0, sizeof(log->version));
	log->chunks = CHUNKS;
	log->c.seed = seed;
	log->c.opts.seg_shift = 18;
	log->c.opts.nr_segs = 64;
	log->c.opts.cache[0].quota = 60;
	log->c.opts.cache[0].queues = 2;
}

static void log_fill(struct log *log)
{
	u32 n, i, nr;

	core_open(&log->c);
	for (n = 1; n <= WRITES; n++) {
		i = sim_rand_below(log->chunks * SPAN);
		nr = min(1 + sim_rand_below(3), SPAN - i % SPAN);
		core_write(&log->c, sector_of(i), nr, n);
		while (nr--)
			log->version[i++] = n;
	}
}

/* Write it, and have the power go. */
static void log_write(struct log *log)
{
	log_fill(log);
	core_power_cycle(&log->c);
	assert_int_equal(rig_register(&log->c.rig, false), 0);
}

static void log_check(struct log *log)
{
	u32 i;

	for (i = 0; i < CHUNKS * SPAN; i++)
		core_expect(&log->c, sector_of(i), 1, log->version[i]);
	/* The driver compares the index with the log. */
	assert_int_equal(rig_stop(&log->c.rig, 0, PCACHE_STOP_KEEP), 0);
	core_close(&log->c);
}

/* Those who map are interrupted, the reader is not. */
static void one_lane_falls_behind(struct log *log)
{
	log->chunks = 1;
	log->c.sim.yields = 1U << SHIM_YIELD_RCU | 1U << SHIM_YIELD_WORK;
	log->c.sim.switch_p = 200;
}

static void the_last_version_is_mapped_in_any_schedule(void **state)
{
	struct log log;
	u64 seed;

	for (seed = 1; seed <= 8; seed++) {
		log_init(&log, seed);
		sim_opts_random(&log.c.sim, seed);
		log.c.sim.rescuer_only = seed % 4 == 3;
		if (seed % 2)
			one_lane_falls_behind(&log);
		log_write(&log);
		assert_int_equal(rig_attach(&log.c.rig, 0, true), 0);
		log_check(&log);
	}
}

static void one_cpu_is_enough(void **state)
{
	struct log log;

	log_init(&log, 1);
	log.c.sim.nr_cpus = 1;
	log_write(&log);
	assert_int_equal(rig_attach(&log.c.rig, 0, true), 0);
	log_check(&log);
}

/* An attach, and a fatal signal to it after so many turns of others. */
struct attach {
	struct core *c;
	u32 task;
	u32 turns;
	int err;
};

static void attach_task(void *arg)
{
	struct attach *attach = arg;

	attach->err = rig_attach(&attach->c->rig, 0, true);
	attach->turns = 0;
}

static void signal_task(void *arg)
{
	struct attach *attach = arg;

	while (attach->turns) {
		if (!--attach->turns)
			sim_signal(attach->task, true);
		sim_yield();
	}
}

static int attach_signalled_after(struct core *c, u32 turns)
{
	struct attach attach = { .c = c, .turns = turns };

	attach.task = sim_spawn("attach", attach_task, &attach);
	sim_spawn("signal", signal_task, &attach);
	sim_join_all();
	return attach.err;
}

/* Wherever it is: what was handed over by then has ended before it is freed. */
static void a_fatal_signal_ends_a_replay(void **state)
{
	struct log log;
	u32 turns, ended = 0;
	int err = -EINTR;

	log_init(&log, 3);
	log_write(&log);
	for (turns = 1; err; turns += 1 + turns / 8) {
		err = attach_signalled_after(&log.c, turns);
		assert_true(!err || err == -EINTR);
		ended += err == -EINTR;
	}
	assert_true(ended > 5);
	log_check(&log);
}

/* The newest record of the first head, by where it will be after a restart. */
static u64 newest_record(struct core *c)
{
	struct pcache_seg *seg = core_head_seg(c);

	return core_rec_off(c, seg, seg->nr_recs - 1);
}

/* It was read by the scan, and cannot be when its turn comes. */
static void a_record_that_goes_bad_ends_a_replay(void **state)
{
	struct log log;
	struct core *c = &log.c;
	u64 off;

	log_init(&log, 4);
	one_lane_falls_behind(&log);
	log_fill(&log);
	off = newest_record(c);
	core_power_cycle(c);
	assert_int_equal(rig_register(&c->rig, false), 0);
	sim_pmem_poison(c->rig.pmem, off, PCACHE_LINE_SIZE);
	assert_int_equal(rig_attach(&c->rig, 0, true), -EIO);
	core_close(c);
}

/* One sector was lost: a list remembers it. */
static void without_memory_for_what_is_lost_there_is_no_attach(void **state)
{
	struct core c;
	u32 nth, failed = 0;

	core_init(&c);
	core_open(&c);
	core_write(&c, 8, 8, 1);
	assert_int_equal(pcache_lost_log(core_cache(&c), 8, 8, PCACHE_DATA,
					 core_lookup(&c, 8, 8).value), 0);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	for (nth = 1; !c.rig.cache[0]; nth++) {
		sim_fail_alloc(nth);
		failed += rig_attach(&c.rig, 0, true) == -ENOMEM;
	}
	sim_fail_alloc(0);
	assert_int_equal(failed, nth - 2);
	assert_int_equal(core_read(&c, 8, 8), BLK_STS_IOERR);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_version_is_mapped_in_any_schedule),
		cmocka_unit_test(one_cpu_is_enough),
		cmocka_unit_test(a_fatal_signal_ends_a_replay),
		cmocka_unit_test(a_record_that_goes_bad_ends_a_replay),
		cmocka_unit_test(without_memory_for_what_is_lost_there_is_no_attach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
