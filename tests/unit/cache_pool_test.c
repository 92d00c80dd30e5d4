// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the pool when segments become few: memory failures that the DAX
 * layer tells of, a device that goes away, caches that find no segment though they
 * may have one, or of which too few are left to anybody, what then becomes of
 * segments of LOST records, promises that cannot be kept; and a request that must
 * not be cut.
 */
#include "core_test.h"
#include "shim/rt/pmem.h"

#include <linux/mm.h>

static int notify(struct core *c, u64 off, u64 len, int flags)
{
	struct dax_device *dax = c->rig.dev->dax_dev;

	return dax->ops->notify_failure(dax, off, len, flags);
}

static u32 nr_bad(struct core *c)
{
	struct pcache_cache_dev *dev = c->rig.dev;
	u32 id, n = 0;

	for (id = 0; id < dev->geo.nr_segs; id++)
		n += dev->segs[id].has_badblocks;
	return n;
}

/* The segments that it touches, and no others, are not handed out again. */
static void a_memory_failure_takes_its_segments_out(void **state)
{
	struct pcache_seg *seg;
	struct core c;
	u64 off;

	core_init(&c);
	core_open(&c);
	seg = &c.rig.dev->segs[20];
	off = core_seg_off(&c, seg);
	assert_int_equal(notify(&c, off - 1, 2, 0), 0);
	assert_true(seg->has_badblocks);
	assert_true(seg[-1].has_badblocks);
	assert_int_equal(nr_bad(&c), 2);
	/* Up to the end, and beyond it. */
	assert_int_equal(notify(&c, rig_pmem_size(&c.opts) - 1, SZ_1M, 0), 0);
	assert_int_equal(nr_bad(&c), 3);
	core_close(&c);
}

static void a_removed_device_stores_no_slot(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	assert_int_equal(notify(&c, 0, SZ_1M, MF_MEM_PRE_REMOVE), 0);
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_FAILED);
	assert_int_equal(pcache_slot_store(c.rig.dev, 0,
					   &c.rig.dev->slots[0].info), -EIO);
	assert_int_equal(core_try_write(&c, 0, 8, 1), BLK_STS_IOERR);
	world_cut(c.world);
}

static void a_failure_elsewhere_is_nobodys(void **state)
{
	const struct dax_holder_operations *ops;
	struct dax_device *dax;
	struct core c;

	core_init(&c);
	core_open(&c);
	dax = c.rig.dev->dax_dev;
	ops = dax->ops;
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	rig_unregister(&c.rig);
	assert_int_equal(ops->notify_failure(dax, 0, SZ_1M, 0), -ENXIO);
	core_close(&c);
}

/* All that is free, whatever the quota says; returns how many that are. */
static u32 take_all(struct pcache_cache *cache, struct pcache_seg **hoard)
{
	struct pcache_seg *seg;
	u32 n = 0;

	cache->quota = 64;
	while ((seg = pcache_dev_seg_get(cache, 0)))
		hoard[n++] = seg;
	return n;
}

/* A writer that found the pool empty goes on when a segment comes back. */
static void a_starved_cache_is_told(void **state)
{
	struct pcache_seg *hoard[64];
	struct pcache_cache *other;
	struct rig_io io;
	struct core c;
	u32 n, quota;

	core_init(&c);
	c.opts.nr_caches = 2;
	core_open(&c);
	other = c.rig.cache[1];
	quota = other->quota;
	n = take_all(other, hoard);
	core_start(&c, &io, PCACHE_OP_WRITE, 0, 8, 1);
	sim_quiesce();
	assert_false(completion_done(&io.done));
	while (n)
		pcache_dev_seg_put(c.rig.dev, hoard[--n], other);
	core_finish(&io, BLK_STS_OK);
	other->quota = quota;
	core_close(&c);
}

/* ---- too few segments ---- */

/* Retire free segments until so many are left; the first cache misses them. */
static void retire_free(struct core *c, u32 left)
{
	struct pcache_seg *seg;

	while (c->rig.dev->nr_free > left) {
		seg = pcache_dev_seg_get(core_cache(c), 0);
		assert_non_null(seg);
		pcache_dev_seg_retire(core_cache(c), seg, "a test");
	}
}

/* Two caches, of which the second one holds all it may, and reclaims nothing. */
static void open_second_full(struct core *c)
{
	u32 i;

	core_init(c);
	c->opts.nr_caches = 2;
	c->opts.cache[1].gc_percent = 90;
	core_open(c);
	for (i = 0; c->rig.cache[1]->used_segs < 14; i++)
		assert_int_equal(rig_io_run(&c->rig, 1, PCACHE_OP_WRITE, 0,
					    i * 8, 8, core_buffer()),
				 BLK_STS_OK);
}

static blk_status_t try_op(struct core *c, u8 op, u64 sector, u32 nr)
{
	return rig_io_run(&c->rig, 0, op, 0, sector, nr, NULL);
}

/* Write from @sector on until that fails; where it did. */
static u32 write_until_full(struct core *c, u32 sector)
{
	blk_status_t status;

	for (;; sector += 8) {
		status = core_try_write(c, sector, 8, 1);
		if (status)
			break;
	}
	assert_int_equal(status, BLK_STS_NOSPC);
	return sector;
}

/*
 * All that is left can do but write: reads hit and miss, what is dirty gets to the
 * disk, a discard is dropped.  And when segments come back, it can write again.
 */
static void expect_all_but_writes(struct core *c, u32 full)
{
	assert_int_equal(core_cache(c)->mode, PCACHE_MODE_RUNNING);
	assert_int_equal(try_op(c, PCACHE_OP_ZEROES, 0, full), BLK_STS_NOSPC);
	assert_int_equal(try_op(c, PCACHE_OP_DISCARD, 0, full), BLK_STS_OK);
	core_flush(c);
	core_expect(c, 0, full, 1);
	core_expect(c, full, 8, 0);
	rig_settle(&c->rig, 0);
	core_disk_expect(c, 0, full, 1);
	core_expect(c, 0, full, 1);
}

static void too_few_segments_fail_writes(void **state)
{
	u32 left, full;
	char text[64];
	struct core c;

	for (left = 1; left <= 2; left++) {
		open_second_full(&c);
		assert_int_equal(rig_stop(&c.rig, 1, PCACHE_STOP_KEEP), 0);
		core_write(&c, 0, 8, 1);
		retire_free(&c, left);
		full = write_until_full(&c, 8);
		assert_in_range(full, 16, 128);
		snprintf(text, sizeof(text),
			 "want of space: %u segments are left, 4 are needed",
			 left + 1);
		assert_true(sim_klog_has(text));
		expect_all_but_writes(&c, full);
		/* What a backing that waits has held comes back. */
		mutex_lock(&c.rig.dev->admin_lock);
		assert_int_equal(pcache_slot_forget(c.rig.dev, 1), 0);
		mutex_unlock(&c.rig.dev->admin_lock);
		core_write(&c, full, 256, 1);
		core_expect(&c, 0, full + 256, 1);
		check_pool(&c.rig);
		core_close(&c);
	}
}

/* As long as enough are left, whoever has them, a write waits. */
static void a_parked_write_fails_with_the_last_segment_but_three(void **state)
{
	struct pcache_seg *hoard[64];
	struct pcache_cache *other;
	struct rig_io io[2];
	struct core c;
	u32 n, quota;

	core_init(&c);
	c.opts.nr_caches = 2;
	core_open(&c);
	other = c.rig.cache[1];
	quota = other->quota;
	n = take_all(other, hoard);
	core_start(&c, &io[0], PCACHE_OP_WRITE, 0, 8, 1);
	core_start(&c, &io[1], PCACHE_OP_WRITE, 8, 8, 1);
	while (n > PCACHE_MIN_SEGS)
		pcache_dev_seg_retire(other, hoard[--n], "a test");
	sim_quiesce();
	assert_false(completion_done(&io[0].done));
	assert_false(completion_done(&io[1].done));
	pcache_dev_seg_retire(other, hoard[--n], "a test");
	core_finish(&io[0], BLK_STS_NOSPC);
	core_finish(&io[1], BLK_STS_NOSPC);
	while (n)
		pcache_dev_seg_put(c.rig.dev, hoard[--n], other);
	other->quota = quota;
	check_pool(&c.rig);
	core_close(&c);
}

/* A cache that has no need to reclaim does so for another. */
static void an_idle_cache_gives_back(void **state)
{
	u8 buf[8 * SECTOR_SIZE];
	struct core c;
	u32 dirty;

	for (dirty = 0; dirty < 2; dirty++) {
		open_second_full(&c);
		if (!dirty)
			rig_settle(&c.rig, 1);
		retire_free(&c, 2);
		core_write(&c, 0, 8, 1);
		core_write(&c, 8, 512, 1);
		core_expect(&c, 0, 520, 1);
		assert_int_equal(rig_io_run(&c.rig, 1, PCACHE_OP_READ, 0, 0, 8,
					    buf), BLK_STS_OK);
		sim_quiesce();
		assert_false(c.rig.dev->wanted);
		/* No more than was asked for. */
		assert_in_range(c.rig.cache[1]->used_segs, 3, 13);
		check_pool(&c.rig);
		core_close(&c);
	}
}

/*
 * What another cache holds is waited for while it may give that back, though at
 * present its disk does not work.
 */
static void what_others_keep_is_not_waited_for(void **state)
{
	struct rig_io io;
	struct core c;
	u32 detached;

	for (detached = 0; detached < 2; detached++) {
		open_second_full(&c);
		sim_disk_fail(c.rig.disk[1], SIM_OP_WRITE, 0, 32768, U32_MAX,
			      BLK_STS_IOERR);
		retire_free(&c, 2);
		core_start(&c, &io, PCACHE_OP_WRITE, 0, 8, 1);
		sim_quiesce();
		assert_false(completion_done(&io.done));
		if (detached)
			assert_int_equal(rig_stop(&c.rig, 1, PCACHE_STOP_KEEP),
					 0);
		else
			pcache_set_mode(c.rig.cache[1], PCACHE_MODE_READ_ONLY,
					"a test");
		core_finish(&io, BLK_STS_NOSPC);
		check_pool(&c.rig);
		core_close(&c);
	}
}

/*
 * A cache that is stopped fails first: what it holds comes back a little later, and
 * whoever waits for that goes on, though the disk below it is dead.
 */
static void what_a_stopped_cache_holds_is_waited_for(void **state)
{
	struct rig_io io;
	struct core c;

	open_second_full(&c);
	sim_disk_fail(c.rig.disk[1], SIM_OP_WRITE, 0, 32768, U32_MAX,
		      BLK_STS_IOERR);
	retire_free(&c, 2);
	core_start(&c, &io, PCACHE_OP_WRITE, 0, 8, 1);
	sim_quiesce();
	/* As backing_node.c does. */
	WRITE_ONCE(c.rig.cache[1]->state, PCACHE_STATE_STOPPING);
	pcache_set_mode(c.rig.cache[1], PCACHE_MODE_FAILED, "a test");
	sim_quiesce();
	assert_false(completion_done(&io.done));
	check_pool(&c.rig);
	assert_int_equal(rig_stop(&c.rig, 1, PCACHE_STOP_DISCARD_DIRTY), 0);
	core_finish(&io, BLK_STS_OK);
	core_expect(&c, 0, 8, 1);
	check_pool(&c.rig);
	core_close(&c);
}

/* A free segment that has gone bad counts until somebody takes it. */
static void bad_segments_are_found_while_a_write_waits(void **state)
{
	struct pcache_cache_dev *dev;
	struct core c;
	u32 id;

	core_init(&c);
	core_open(&c);
	dev = c.rig.dev;
	for (id = dev->geo.meta_segs; id < dev->geo.nr_segs - 1; id++)
		dev->segs[id].has_badblocks = true;
	assert_int_equal(core_try_write(&c, 0, 8, 1), BLK_STS_NOSPC);
	assert_int_equal(dev->nr_free, 2);
	assert_true(sim_klog_has("2 segments are left, 4 are needed"));
	core_close(&c);
}

/* ---- what is lost ---- */

static void write_to(struct core *c, u32 i, u64 sector, u32 nr)
{
	assert_int_equal(rig_io_run(&c->rig, i, PCACHE_OP_WRITE, 0, sector, nr,
				    core_pattern(sector, nr, 1)), BLK_STS_OK);
}

/* Have @nr segments, of one LOST record each, and nothing else. */
static void lose(struct core *c, u32 i, u32 nr)
{
	struct pcache_cache *cache = c->rig.cache[i];
	u32 k, quota = cache->quota;
	struct pcache_range range;
	u64 lost;

	/* Closed first: or the LOST records would be below its end. */
	write_to(c, i, 0, 8 * nr);
	pcache_seg_close_heads(cache, false);
	for (k = 0; k < nr; k++) {
		range = (struct pcache_range){ 8 * k, 8 };
		assert_int_equal(pcache_lost_give_up(cache, &range, &lost), 0);
		assert_int_equal(lost, 8);
		pcache_seg_close_heads(cache, false);
	}
	/* One is reclaimed: that of the data, which is the oldest. */
	assert_int_equal(cache->used_segs, nr + 1);
	cache->quota = 100;
	assert_int_equal(pcache_cache_set_gc_percent(cache, nr + 1), 0);
	rig_settle(&c->rig, i);
	pcache_wb_start(cache);
	sim_sleep(NSEC_PER_SEC);
	sim_quiesce();
	assert_int_equal(cache->used_segs, nr);
	assert_int_equal(cache->nr_log, 0);
	assert_int_equal(pcache_cache_set_gc_percent(cache, 90), 0);
	cache->quota = quota;
}

/*
 * The other one holds the rest, over a disk that is dead.  One segment of LOST
 * records is no less than what it takes to log them again; two become one.
 */
static void what_is_lost_is_logged_again_if_that_helps(void **state)
{
	struct rig_io io;
	struct core c;
	u64 freed, lsn;
	u32 nr, i;

	for (nr = 1; nr <= 2; nr++) {
		open_second_full(&c);
		sim_disk_fail(c.rig.disk[1], SIM_OP_WRITE, 0, 32768, U32_MAX,
			      BLK_STS_IOERR);
		lose(&c, 0, nr);
		retire_free(&c, 2);
		freed = core_stat(&c, PCACHE_STAT_GC_SEGMENTS);
		lsn = core_lsn(&c);
		core_start(&c, &io, PCACHE_OP_WRITE, 1000, 8, 1);
		sim_sleep(60 * NSEC_PER_SEC);
		assert_int_equal(completion_done(&io.done), nr == 2);
		assert_int_equal(core_stat(&c, PCACHE_STAT_GC_SEGMENTS) - freed,
				 nr == 2 ? 2 : 0);
		assert_in_range(core_lsn(&c) - lsn, 0, 10);
		sim_disk_heal(c.rig.disk[1]);
		core_finish(&io, BLK_STS_OK);
		for (i = 0; i < 8 * nr; i++)
			assert_int_equal(core_read(&c, i, 1), BLK_STS_IOERR);
		check_pool(&c.rig);
		core_close(&c);
	}
}

/* A cache that needs nothing gives LOST records back that count no more. */
static void what_was_lost_and_overwritten_is_given_back(void **state)
{
	struct pcache_cache *other;
	struct rig_io io;
	struct core c;

	core_init(&c);
	c.opts.nr_caches = 2;
	core_open(&c);
	other = c.rig.cache[1];
	lose(&c, 1, 1);
	sim_disk_fail(c.rig.disk[1], SIM_OP_WRITE, 0, 32768, U32_MAX,
		      BLK_STS_IOERR);
	write_to(&c, 1, 0, 16);
	assert_int_equal(atomic_read(&other->index.lost), 0);
	assert_int_equal(other->used_segs, 2);
	retire_free(&c, 2);
	core_start(&c, &io, PCACHE_OP_WRITE, 0, 8, 1);
	sim_sleep(NSEC_PER_SEC);
	assert_true(completion_done(&io.done));
	core_finish(&io, BLK_STS_OK);
	check_pool(&c.rig);
	core_close(&c);
}

/* Nor does it take somebody who waits: it is as good as any that is clean. */
static void what_was_lost_and_overwritten_is_reclaimed(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	lose(&c, 0, 1);
	assert_false(list_empty(&core_cache(&c)->clean));
	core_write(&c, 0, 8, 2);
	assert_int_equal(pcache_cache_set_gc_percent(core_cache(&c), 0), 0);
	sim_sleep(NSEC_PER_SEC);
	assert_true(list_empty(&core_cache(&c)->clean));
	core_expect(&c, 0, 8, 2);
	core_close(&c);
}

/* ---- promises ---- */

/* Whoever attaches first misses what was retired while nobody looked. */
static void a_loss_of_segments_is_charged_at_attach(void **state)
{
	struct core c;
	u32 id;

	core_init(&c);
	c.opts.nr_caches = 2;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_power_cycle(&c);
	for (id = 20; id < 22; id++)
		sim_pmem_badblocks(c.rig.pmem, (u64)id << 16 >> SECTOR_SHIFT, 1);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	assert_int_equal(c.rig.dev->nr_retired, 2);
	assert_int_equal(core_cache(&c)->quota, 14);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void an_atomic_write_is_whole_or_refused(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_WRITE,
				    PCACHE_REQ_ATOMIC, PCACHE_CHUNK_SECTORS - 4,
				    8, core_pattern(0, 8, 1)), BLK_STS_INVAL);
	core_expect(&c, PCACHE_CHUNK_SECTORS - 4, 8, 0);
	assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_WRITE,
				    PCACHE_REQ_ATOMIC, PCACHE_CHUNK_SECTORS - 8,
				    8, core_pattern(PCACHE_CHUNK_SECTORS - 8, 8,
						    1)), BLK_STS_OK);
	core_expect(&c, PCACHE_CHUNK_SECTORS - 8, 8, 1);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_memory_failure_takes_its_segments_out),
		cmocka_unit_test(a_removed_device_stores_no_slot),
		cmocka_unit_test(a_failure_elsewhere_is_nobodys),
		cmocka_unit_test(a_starved_cache_is_told),
		cmocka_unit_test(too_few_segments_fail_writes),
		cmocka_unit_test(a_parked_write_fails_with_the_last_segment_but_three),
		cmocka_unit_test(an_idle_cache_gives_back),
		cmocka_unit_test(what_others_keep_is_not_waited_for),
		cmocka_unit_test(what_a_stopped_cache_holds_is_waited_for),
		cmocka_unit_test(bad_segments_are_found_while_a_write_waits),
		cmocka_unit_test(what_is_lost_is_logged_again_if_that_helps),
		cmocka_unit_test(what_was_lost_and_overwritten_is_given_back),
		cmocka_unit_test(what_was_lost_and_overwritten_is_reclaimed),
		cmocka_unit_test(a_loss_of_segments_is_charged_at_attach),
		cmocka_unit_test(an_atomic_write_is_whole_or_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
