// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of what has to come first: each holds one task at the moment that
 * matters, or watches for it, and sees whether another one waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "core_test.h"

/* Schedules to try where the moment cannot be held. */
#define SCHEDULES	40

/* Far more than anything takes that does not wait. */
#define LONG		5000

/**
 * struct moment - between the test and a task
 * @c: the core
 * @seg: what it is about
 * @held: the task is there
 * @release: it may go on
 * @done: it went on
 * @slot: what the media said when the segment became free
 * @known: the slot was in use then
 */
struct moment {
	struct core *c;
	struct pcache_seg *seg;
	bool held;
	bool release;
	bool done;
	struct media_slot slot;
	bool known;
};

static void wait_for(const bool *flag)
{
	while (!READ_ONCE(*flag))
		sim_yield();
}

/* A closed segment with data, some of which is still mapped. */
static struct pcache_seg *closed_segment(struct core *c)
{
	struct pcache_seg *seg;

	core_write(c, 0, 8, 1);
	seg = core_head_seg(c);
	while (seg->state == PCACHE_SEG_OPEN)
		core_write(c, 8, 8, 1);
	return seg;
}

static void reclaim_all(struct core *c)
{
	mutex_lock(&c->rig.dev->admin_lock);
	assert_int_equal(pcache_cache_set_gc_percent(core_cache(c), 0), 0);
	mutex_unlock(&c->rig.dev->admin_lock);
}

/* ---- held ---- */

static void a_hole_is_marked_before_it_is_read(void **state)
{
	struct rig_io io;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 8, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_READ);
	rig_io_init(&io, &c.rig, 0, PCACHE_OP_READ, 0, 0, 8, false);
	rig_io_submit(&io, RIG_MQ);
	assert_int_equal(core_lookup(&c, 0, 8).tag, PCACHE_FILLING);
	core_write(&c, 0, 4, 2);
	sim_disk_release(c.rig.disk[0]);
	assert_int_equal(rig_io_wait(&io), BLK_STS_OK);
	rig_io_free(&io);
	sim_quiesce();
	core_expect(&c, 0, 4, 2);
	core_expect(&c, 4, 4, 1);
	core_close(&c);
}

/* As while a record is stored: it has its LSN, and the segment is locked. */
static void store_slowly(void *arg)
{
	struct moment *mo = arg;
	u32 i;

	spin_lock(&mo->seg->lock);
	atomic64_inc(&core_cache(mo->c)->lsn);
	mo->held = true;
	for (i = 0; i < LONG; i++)
		sim_yield();
	mo->done = true;
	spin_unlock(&mo->seg->lock);
}

static void check_horizon(bool closing)
{
	struct pcache_resv resv;
	struct core c;
	struct moment mo = { .c = &c };

	core_init(&c);
	core_open(&c);
	assert_int_equal(pcache_seg_reserve(core_cache(&c),
					    &core_cache(&c)->heads[0], 0, 1,
					    PCACHE_URG_NORMAL, &resv), 0);
	mo.seg = resv.seg;
	if (closing)
		pcache_seg_close_heads(core_cache(&c), true);
	assert_int_equal(mo.seg->state,
			 closing ? PCACHE_SEG_CLOSING : PCACHE_SEG_OPEN);
	sim_spawn("store", store_slowly, &mo);
	wait_for(&mo.held);
	assert_int_equal(pcache_log_horizon(core_cache(&c)), core_lsn(&c));
	assert_true(mo.done);
	sim_join_all();
	pcache_seg_release(core_cache(&c), &resv);
	core_close(&c);
}

static void the_horizon_waits_for_open_segments(void **state)
{
	check_horizon(false);
}

static void the_horizon_waits_for_closing_segments(void **state)
{
	check_horizon(true);
}

static void read_slowly(void *arg)
{
	struct moment *mo = arg;
	struct pcache_run run;

	rcu_read_lock();
	pcache_index_lookup(&core_cache(mo->c)->index, 0, 8, false, &run);
	mo->held = true;
	wait_for(&mo->release);
	rcu_read_unlock();
}

static void a_segment_is_not_free_while_it_is_read(void **state)
{
	struct core c;
	struct moment mo = { .c = &c };
	u32 i;

	core_init(&c);
	core_open(&c);
	mo.seg = closed_segment(&c);
	sim_spawn("read", read_slowly, &mo);
	wait_for(&mo.held);
	reclaim_all(&c);
	while (core_cache(&c)->evict_lsn < mo.seg->last_lsn)
		sim_yield();
	for (i = 0; i < LONG; i++)
		sim_yield();
	assert_int_equal(mo.seg->state, PCACHE_SEG_CLOSED);
	mo.release = true;
	sim_join_all();
	sim_quiesce();
	assert_int_equal(mo.seg->state, PCACHE_SEG_FREE);
	core_close(&c);
}

/* ---- watched ---- */

/* What does the media say in the moment in which a segment becomes free? */
static void watch_segment(void *arg)
{
	struct moment *mo = arg;
	struct sim_image *image;
	struct media m;

	mo->held = true;
	while (READ_ONCE(mo->seg->state) != PCACHE_SEG_FREE)
		sim_yield();
	image = sim_pmem_snapshot(mo->c->rig.pmem);
	assert_true(media_open(&m, image));
	mo->known = media_find_slot(&m, rig_disk_path(0), &mo->slot);
	sim_image_free(image);
}

static void h_is_stored_before_a_segment_is_free(void **state)
{
	struct core c;
	u64 last;
	u32 i;

	core_init(&c);
	for (i = 0; i < SCHEDULES; i++) {
		struct moment mo = { .c = &c };

		core_open(&c);
		mo.seg = closed_segment(&c);
		last = mo.seg->last_lsn;
		sim_spawn("watch", watch_segment, &mo);
		wait_for(&mo.held);
		reclaim_all(&c);
		sim_join_all();
		assert_true(mo.known && mo.slot.evict_lsn >= last);
		core_close(&c);
	}
}

static void a_slot_is_free_before_its_segments_are(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	for (i = 0; i < SCHEDULES; i++) {
		struct moment mo = { .c = &c };

		core_open(&c);
		mo.seg = closed_segment(&c);
		sim_spawn("watch", watch_segment, &mo);
		wait_for(&mo.held);
		assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DISCARD_DIRTY),
				 0);
		sim_join_all();
		assert_false(mo.known);
		core_close(&c);
	}
}

/* An unfinished batch of an earlier life may have written anything below. */
static void a_checkpoint_covers_what_an_earlier_life_wrote(void **state)
{
	bool partly = false;
	u64 top, clean, lsn;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].relaxed = true;
	core_open(&c);
	/* More than one batch takes. */
	for (i = 0; i < 1500; i++)
		assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0,
					    i * 2, 1, NULL), BLK_STS_OK);
	top = core_lsn(&c);
	assert_int_equal(core_reboot(&c), 0);
	pcache_wb_start(core_cache(&c));
	do {
		sim_yield();
		lsn = READ_ONCE(core_cache(&c)->checkpoint_lsn);
		clean = READ_ONCE(core_cache(&c)->clean_lsn);
		assert_true(!lsn || lsn >= top);
		partly |= clean && clean < top;
	} while (clean < top);
	assert_true(partly);
	core_close(&c);
}

/* What replaces it comes in a later batch: at the checkpoint it is missing. */
static void a_checkpoint_has_what_is_overwritten_later(void **state)
{
	u64 word;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].relaxed = true;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	/* More than one batch takes. */
	for (i = 0; i < 1500; i++)
		assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0,
					    8 + i * 2, 1, NULL), BLK_STS_OK);
	core_write(&c, 0, 8, 2);
	pcache_wb_start(core_cache(&c));
	while (!READ_ONCE(core_cache(&c)->checkpoint_lsn))
		sim_yield();
	sim_disk_peek(c.rig.disk[0], 0, core_buffer(), 1);
	word = *(u64 *)core_buffer();
	assert_true(word == core_word(0, 1) || word == core_word(0, 2));
	core_close(&c);
}

/* H rises to the last LSN of a round, so the round must go in that order. */
static void what_ends_first_is_reclaimed_first(void **state)
{
	struct pcache_resv first, second;
	struct pcache_seg *seg, *next;
	struct pcache_cache *cache;
	struct core c;

	core_init(&c);
	c.opts.cache[0].queues = 2;
	core_open(&c);
	cache = core_cache(&c);
	assert_int_equal(pcache_seg_reserve(cache, &cache->heads[0], 0, 1,
					    PCACHE_URG_NORMAL, &second), 0);
	assert_int_equal(pcache_seg_reserve(cache, &cache->heads[1], 0, 1,
					    PCACHE_URG_NORMAL, &first), 0);
	seg = first.seg;
	next = second.seg;
	pcache_seg_close_heads(cache, true);
	pcache_seg_release(cache, &first);
	pcache_seg_release(cache, &second);
	pcache_wb_start(cache);
	sim_quiesce();
	assert_ptr_equal(list_first_entry(&cache->clean, struct pcache_seg,
					  node), seg);
	assert_ptr_equal(list_next_entry(seg, node), next);
	core_close(&c);
}

/* An H that is in one copy only may still go back. */
static void half_a_cursor_frees_no_segment(void **state)
{
	const struct pcache_cursor *cur;
	struct core_images im;
	struct pcache_seg *seg;
	struct core c;
	u32 id;

	core_init(&c);
	core_open(&c);
	seg = closed_segment(&c);
	id = seg->id;
	reclaim_all(&c);
	while (seg->state != PCACHE_SEG_FREE)
		sim_sleep(NSEC_PER_MSEC);
	cur = &core_cache(&c)->cursor;
	core_snapshot(&c, &im);
	sim_image_fill(im.pmem, cur->location[1] + PCACHE_LINE_SIZE *
		       (cur->seq % PCACHE_CURSOR_LINES), 0, PCACHE_LINE_SIZE);
	world_cut(c.world);
	core_boot(&c, &im);
	core_images_free(&im);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(c.rig.dev->segs[id].state, PCACHE_SEG_CLOSED);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	assert_int_equal(c.rig.dev->segs[id].state, PCACHE_SEG_FREE);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_is_marked_before_it_is_read),
		cmocka_unit_test(the_horizon_waits_for_open_segments),
		cmocka_unit_test(the_horizon_waits_for_closing_segments),
		cmocka_unit_test(a_segment_is_not_free_while_it_is_read),
		cmocka_unit_test(h_is_stored_before_a_segment_is_free),
		cmocka_unit_test(a_slot_is_free_before_its_segments_are),
		cmocka_unit_test(a_checkpoint_has_what_is_overwritten_later),
		cmocka_unit_test(what_ends_first_is_reclaimed_first),
		cmocka_unit_test(half_a_cursor_frees_no_segment),
		cmocka_unit_test(a_checkpoint_covers_what_an_earlier_life_wrote),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
