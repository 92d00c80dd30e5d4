// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of reclaim (cache_gc.c) and of what must not be reclaimed
 * (cache_lost.c).
 */
#include "core_test.h"

#include "pcache_log.h"

/* Let write-back pass what is clean, too, and then reclaim. */
static void settle(struct core *c)
{
	rig_settle(&c->rig, 0);
	pcache_wb_start(core_cache(c));
	sim_quiesce();
	pcache_gc_kick(core_cache(c));
	/* A grace period takes its time. */
	sim_sleep(10 * NSEC_PER_MSEC);
	sim_quiesce();
}

/* Goes through the whole quota once, elsewhere, without haste. */
static void turn_over(struct core *c, u64 base)
{
	u32 i;

	for (i = 0; i < core_cache(c)->quota * 12; i++) {
		core_write(c, base + i * 8, 8, 1);
		if (i % 10 == 9)
			settle(c);
	}
}

static void settle_and_check(struct core *c)
{
	settle(c);
	check_quiet(&c->rig, 0, CHECK_POISON);
	check_pool(&c->rig);
}

static u32 keep_segs(struct core *c)
{
	return core_cache(c)->quota * core_cache(c)->gc_percent / 100;
}

/* ---- which segments ---- */

static void what_is_clean_is_freed_down_to_the_percentage(void **state)
{
	static const u32 percents[] = { 0, 30, 70 };
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(percents); i++) {
		core_init(&c);
		c.opts.cache[0].gc_percent = percents[i];
		core_open(&c);
		turn_over(&c, 0);
		pcache_seg_close_heads(core_cache(&c), false);
		settle_and_check(&c);
		assert_true(core_cache(&c)->used_segs <= keep_segs(&c) + 1);
		assert_in_range(core_cache(&c)->used_segs + 2, keep_segs(&c),
				core_cache(&c)->quota);
		assert_true(core_cache(&c)->evict_lsn > 0);
		core_close(&c);
	}
}

static void the_oldest_go_first(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].gc_percent = 50;
	core_open(&c);
	/* About 11 of these fill a segment. */
	for (i = 0; i < 60; i++)
		core_write(&c, i * 8, 8, 1);
	rig_settle(&c.rig, 0);
	for (; i < 120; i++)
		core_write(&c, i * 8, 8, 1);
	settle_and_check(&c);
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_HOLE);
	assert_int_equal(core_lookup(&c, 119 * 8, 8).tag, PCACHE_DATA);
	for (i = 1; i < 120; i++)
		assert_true(core_lookup(&c, i * 8, 8).tag == PCACHE_DATA ||
			    core_lookup(&c, i * 8 - 8, 8).tag == PCACHE_HOLE);
	core_expect(&c, 0, 960, 1);
	core_close(&c);
}

static void what_is_dirty_is_never_freed(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].gc_percent = 0;
	core_open(&c);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	for (i = 0; i < 100; i++)
		core_write(&c, i * 8, 8, 1);
	sim_quiesce();
	assert_int_equal(core_cache(&c)->evict_lsn, 0);
	assert_int_equal(core_stat(&c, PCACHE_STAT_GC_SEGMENTS), 0);
	core_expect(&c, 0, 800, 1);
	sim_disk_release(c.rig.disk[0]);
	settle_and_check(&c);
	core_disk_expect(&c, 0, 800, 1);
	core_close(&c);
}

/* H is in both copies before anything is stored to a segment that it frees. */
static void h_is_durable_before_a_segment_is_used_again(void **state)
{
	struct pcache_cursor_ondisk line;
	const struct sim_rec *rec;
	struct pcache_seg *seg;
	struct sim_log *log;
	u64 last, pos, off, h = 0, reused = 0;
	struct core c;
	u32 copies = 0;

	core_init(&c);
	c.opts.nr_segs = 6;
	c.opts.cache[0].quota = 6;
	c.opts.cache[0].gc_percent = 50;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	seg = core_head_seg(&c);
	off = core_seg_off(&c, seg);
	while (seg->state == PCACHE_SEG_OPEN)
		core_write(&c, 8, 8, 1);
	last = seg->last_lsn;
	sim_log_start();
	turn_over(&c, 1000);
	log = sim_log_take();
	for (pos = 0; pos < sim_log_len(log) && !reused; pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type != SIM_REC_STORE)
			continue;
		if (rec->off >= PCACHE_CURSORS_OFF && rec->len == sizeof(line) &&
		    rec->off < PCACHE_META_FIXED_LEN) {
			memcpy(&line, rec->data, sizeof(line));
			h = le64_to_cpu(line.evict_lsn);
			copies += h >= last;
		}
		reused = rec->off >= off && rec->off < off + SZ_64K;
	}
	assert_true(reused);
	assert_true(copies >= 2);
	sim_log_free(log);
	core_close(&c);
}

static void a_full_cache_goes_on_by_itself(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 4;
	c.opts.cache[0].gc_percent = 90;
	core_open(&c);
	for (i = 0; i < 300; i++)
		core_write(&c, i * 8, 8, 1);
	assert_true(core_stat(&c, PCACHE_STAT_WAITS) > 0);
	settle_and_check(&c);
	for (i = 0; i < 300; i += 60)
		core_expect(&c, i * 8, 480, 1);
	core_close(&c);
}

/* Reclaim waits for nobody: a fill that is slow keeps its segment closing. */
static void a_closing_segment_does_not_strand_parked_writes(void **state)
{
	struct pcache_resv fill, moved;
	struct pcache_cache *cache;
	struct rig_io io[16];
	struct core c;
	u32 k;

	core_init(&c);
	c.opts.cache[0].quota = 4;
	c.opts.cache[0].gc_percent = 90;
	core_open(&c);
	cache = core_cache(&c);
	assert_int_equal(pcache_seg_reserve(cache, &cache->gc_head, 512, 1,
					    PCACHE_URG_GC, &moved), 0);
	pcache_seg_release(cache, &moved);
	assert_int_equal(pcache_seg_reserve(cache, &cache->heads[0], 512, 1,
					    PCACHE_URG_NORMAL, &fill), 0);
	for (k = 0; k < ARRAY_SIZE(io); k++) {
		rig_io_init(&io[k], &c.rig, 0, PCACHE_OP_WRITE, 0, k * 8, 8,
			    false);
		rig_io_submit(&io[k], RIG_MQ);
	}
	sim_quiesce();
	assert_true(pcache_writers_wait(cache));
	pcache_seg_release(cache, &fill);
	sim_sleep(NSEC_PER_SEC);
	sim_quiesce();
	assert_false(pcache_writers_wait(cache));
	for (k = 0; k < ARRAY_SIZE(io); k++) {
		assert_int_equal(rig_io_wait(&io[k]), BLK_STS_OK);
		rig_io_free(&io[k]);
	}
	core_close(&c);
}

/* ---- second chance ---- */

static void what_was_read_since_stays(void **state)
{
	struct core c;
	u32 crc;

	for (crc = 0; crc < 2; crc++) {
		core_init(&c);
		c.opts.cache[0].data_crc = crc;
		c.opts.cache[0].gc_percent = 50;
		core_open(&c);
		core_write(&c, 0, 32, 1);
		rig_settle(&c.rig, 0);
		core_expect(&c, 8, 8, 1);
		turn_over(&c, 10000);
		settle_and_check(&c);
		assert_int_equal(core_stat(&c, PCACHE_STAT_WAITS), 0);
		assert_true(core_stat(&c, PCACHE_STAT_GC_MOVED) >= 4096);
		assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_HOLE);
		assert_int_equal(core_lookup(&c, 16, 8).tag, PCACHE_HOLE);
		/* Moved it was, and then perhaps moved no more. */
		core_expect(&c, 0, 32, 1);
		core_close(&c);
	}
}

static void moved_data_outlives_a_cut(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].gc_percent = 0;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_expect(&c, 0, 8, 1);
	rig_settle(&c.rig, 0);
	pcache_seg_close_heads(core_cache(&c), false);
	rig_settle(&c.rig, 0);
	pcache_gc_kick(core_cache(&c));
	sim_quiesce();
	assert_int_equal(core_stat(&c, PCACHE_STAT_GC_MOVED), 4096);
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_DATA);
	assert_int_equal(core_reboot(&c), 0);
	core_disk_set(&c, 0, 8, 5);
	/* It comes from the cache. */
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void no_more_than_half_a_segment_is_moved(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].gc_percent = 0;
	core_open(&c);
	for (i = 0; i < 11; i++)
		core_write(&c, i * 8, 8, 1);
	core_expect(&c, 0, 88, 1);
	pcache_seg_close_heads(core_cache(&c), false);
	rig_settle(&c.rig, 0);
	assert_in_range(core_stat(&c, PCACHE_STAT_GC_MOVED), 1, SZ_32K);
	core_expect(&c, 0, 88, 1);
	core_close(&c);
}

static void what_does_not_verify_is_not_moved(void **state)
{
	struct core c;
	u8 byte = 0xff;

	core_init(&c);
	c.opts.cache[0].data_crc = true;
	c.opts.cache[0].gc_percent = 0;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_expect(&c, 0, 8, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_FLUSH);
	pcache_seg_close_heads(core_cache(&c), false);
	pcache_wb_start(core_cache(&c));
	sim_quiesce();
	sim_pmem_poke(c.rig.pmem, core_data_off(&c, 0) + 7, &byte, 1);
	sim_disk_release(c.rig.disk[0]);
	settle_and_check(&c);
	assert_int_equal(core_stat(&c, PCACHE_STAT_GC_MOVED), 0);
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_HOLE);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* ---- unreadable records ---- */

/* The bad record's segment is gone, and H covers it: no reason to refuse. */
static void a_bad_record_of_a_retired_segment_does_no_harm_later(void **state)
{
	struct pcache_seg_header_ondisk hdr, scratch;
	struct pcache_meta meta;
	struct pcache_seg *seg;
	struct core c;
	u64 at;
	u32 id;

	core_init(&c);
	c.sim.heal_poison = false;
	c.opts.cache[0].quota = 8;
	c.opts.cache[0].gc_percent = 40;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	seg = core_head_seg(&c);
	id = seg->id;
	rig_settle(&c.rig, 0);
	at = core_rec_off(&c, seg, 0);
	sim_pmem_poison(c.rig.pmem, at, 64);
	turn_over(&c, 1000);
	assert_int_equal(seg->state, PCACHE_SEG_RETIRED);
	assert_int_equal(atomic_read(&seg->mapped), 0);
	assert_int_equal(c.rig.dev->nr_retired, 1);
	/* Its header names nobody any more. */
	pcache_seg_header_init(c.rig.dev, id, &meta, &scratch);
	assert_int_equal(pcache_meta_load(&meta, &hdr), 0);
	assert_null(memchr_inv(hdr.owner, 0, sizeof(hdr.owner)));
	core_expect(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	core_power_cycle(&c);
	sim_pmem_poison(c.rig.pmem, at, 64);
	sim_pmem_badblocks(c.rig.pmem, at / 512, 1);
	assert_int_equal(rig_register(&c.rig, false), 0);
	if (rig_attach(&c.rig, 0, true))
		fail_msg("not attached: %s", sim_klog());
	core_expect(&c, 0, 8, 1);
	turn_over(&c, 1000);
	assert_int_equal(c.rig.dev->segs[id].state, PCACHE_SEG_RETIRED);
	core_close(&c);
}

/* Its records have nothing to say any more: not even a bad one is looked at. */
static void a_segment_that_nothing_maps_is_not_read(void **state)
{
	struct pcache_seg *seg;
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	c.opts.cache[0].quota = 8;
	c.opts.cache[0].gc_percent = 40;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	seg = core_head_seg(&c);
	while (seg->state == PCACHE_SEG_OPEN)
		core_write(&c, 0, 8, 1);
	core_write(&c, 0, 8, 2);
	rig_settle(&c.rig, 0);
	assert_int_equal(atomic_read(&seg->mapped), 0);
	sim_pmem_poison(c.rig.pmem, core_rec_off(&c, seg, 0), 64);
	while (seg->state == PCACHE_SEG_CLOSED)
		turn_over(&c, 100);
	assert_int_not_equal(seg->state, PCACHE_SEG_RETIRED);
	assert_int_equal(c.rig.dev->nr_retired, 0);
	core_expect(&c, 0, 8, 2);
	core_close(&c);
}

/* ---- what is lost stays lost ---- */

static void lose_sector(struct core *c, u64 sector)
{
	u64 off = core_data_off(c, sector);

	sim_pmem_poison(c->rig.pmem, off, 64);
	rig_settle(&c->rig, 0);
	sim_pmem_cure(c->rig.pmem, off, 64);
	assert_int_equal(core_read(c, sector, 1), BLK_STS_IOERR);
}

static void a_loss_outlives_reclaim_and_cuts(void **state)
{
	struct core c;
	u32 i;
	u64 h;

	core_init(&c);
	c.sim.heal_poison = false;
	c.opts.cache[0].quota = 8;
	c.opts.cache[0].gc_percent = 40;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	lose_sector(&c, 3);
	for (i = 0; i < 3; i++) {
		h = core_cache(&c)->evict_lsn;
		turn_over(&c, 1000);
		pcache_seg_close_heads(core_cache(&c), true);
		turn_over(&c, 3000);
		settle_and_check(&c);
		assert_true(core_cache(&c)->evict_lsn > h);
		assert_int_equal(core_read(&c, 3, 1), BLK_STS_IOERR);
		core_expect(&c, 0, 3, 1);
		assert_int_equal(core_reboot(&c), 0);
		assert_int_equal(core_read(&c, 3, 1), BLK_STS_IOERR);
		core_expect(&c, 4, 4, 1);
	}
	core_write(&c, 3, 1, 2);
	core_expect(&c, 3, 1, 2);
	assert_int_equal(core_reboot(&c), 0);
	core_expect(&c, 3, 1, 2);
	core_close(&c);
}

static struct pcache_lost *lost_of(struct core *c, u64 sector)
{
	struct pcache_lost *lost;

	list_for_each_entry(lost, &core_cache(c)->lost, node)
		if (lost->sector == sector)
			return lost;
	return NULL;
}

/* Two workers log losses; the list need not be in the order of LSNs. */
static void losses_are_found_in_any_order(void **state)
{
	struct pcache_lost *first, *second;
	struct core c;
	u64 limit;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	lose_sector(&c, 3);
	core_write(&c, 9000, 8, 1);
	lose_sector(&c, 9000);
	first = lost_of(&c, 3);
	second = lost_of(&c, 9000);
	assert_true(first->lsn < second->lsn);
	limit = first->lsn;
	list_move_tail(&first->node, &core_cache(&c)->lost);
	assert_int_equal(pcache_lost_relog(core_cache(&c), limit), 0);
	assert_true(lost_of(&c, 3)->lsn > limit);
	assert_ptr_equal(lost_of(&c, 9000), second);
	core_close(&c);
}

static void only_what_is_still_lost_is_logged_again(void **state)
{
	struct pcache_lost *lost;
	struct core c;
	u32 nr = 0;
	u64 lsn;

	core_init(&c);
	c.sim.heal_poison = false;
	c.opts.cache[0].disk.block_size = 4096;
	core_open(&c);
	core_write(&c, 0, 16, 1);
	lose_sector(&c, 3);
	assert_int_equal(atomic_read(&core_cache(&c)->index.lost), 8);
	core_write(&c, 2, 4, 2);
	assert_int_equal(atomic_read(&core_cache(&c)->index.lost), 4);
	lsn = core_lsn(&c);
	assert_int_equal(pcache_lost_relog(core_cache(&c), lsn), 0);
	list_for_each_entry(lost, &core_cache(&c)->lost, node) {
		assert_true(lost->lsn > lsn);
		assert_int_equal(lost->nr_sectors, 2);
		nr++;
	}
	assert_int_equal(nr, 2);
	core_write(&c, 0, 8, 3);
	assert_int_equal(pcache_lost_relog(core_cache(&c), core_lsn(&c)), 0);
	assert_true(list_empty(&core_cache(&c)->lost));
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_clean_is_freed_down_to_the_percentage),
		cmocka_unit_test(the_oldest_go_first),
		cmocka_unit_test(what_is_dirty_is_never_freed),
		cmocka_unit_test(h_is_durable_before_a_segment_is_used_again),
		cmocka_unit_test(a_full_cache_goes_on_by_itself),
		cmocka_unit_test(a_closing_segment_does_not_strand_parked_writes),
		cmocka_unit_test(what_was_read_since_stays),
		cmocka_unit_test(moved_data_outlives_a_cut),
		cmocka_unit_test(no_more_than_half_a_segment_is_moved),
		cmocka_unit_test(what_does_not_verify_is_not_moved),
		cmocka_unit_test(a_bad_record_of_a_retired_segment_does_no_harm_later),
		cmocka_unit_test(a_segment_that_nothing_maps_is_not_read),
		cmocka_unit_test(a_loss_outlives_reclaim_and_cuts),
		cmocka_unit_test(losses_are_found_in_any_order),
		cmocka_unit_test(only_what_is_still_lost_is_logged_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
