// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of one cache as a whole (cache.c): start, recovery, drain, stop.
 */
#include "core_cuts.h"

/* ---- start ---- */

static void a_new_cache_is_empty_and_remembered(void **state)
{
	struct pcache_slot_info *info;
	struct core c;

	core_init(&c);
	c.opts.cache[0].data_crc = true;
	core_open(&c);
	info = &c.rig.dev->slots[0].info;
	assert_int_equal(info->state, PCACHE_SLOT_ACTIVE);
	assert_int_equal(info->cache_segs, 16);
	assert_int_equal(info->incarnation, 1);
	assert_int_equal(info->flags, PCACHE_SLOT_DATA_CRC);
	assert_string_equal(info->path, "/dev/vdb");
	assert_int_equal(c.rig.dev->promised, 16);
	assert_int_equal(core_cache(&c)->used_segs, 0);
	assert_true(pcache_cache_is_drained(core_cache(&c)));
	assert_int_equal(core_cache(&c)->state, PCACHE_STATE_RUNNING);
	assert_int_equal(rig_attach(&c.rig, 0, false), -EEXIST);
	core_close(&c);
}

/* Segments of a cache that is not attached wait, on no list. */
static void check_waiting(struct core *c)
{
	struct pcache_seg *seg;
	u32 id, nr = 0;

	for (id = 0; id < c->rig.dev->geo.nr_segs; id++) {
		seg = &c->rig.dev->segs[id];
		if (seg->slot != 0)
			continue;
		assert_int_equal(seg->state, PCACHE_SEG_CLOSED);
		assert_true(list_empty(&seg->node));
		assert_true(list_empty(&seg->open_node));
		assert_int_equal(atomic_read(&seg->mapped), 0);
		nr++;
	}
	assert_true(nr > 0);
}

static void an_attach_without_memory_changes_nothing(void **state)
{
	struct core_images before, after;
	int err = -ENOMEM;
	struct core c;
	u32 nth;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 9000, 3, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	core_snapshot(&c, &before);
	for (nth = 1; err; nth++) {
		sim_fail_alloc(nth);
		err = rig_attach(&c.rig, 0, true);
		assert_true(!err || err == -ENOMEM);
		if (!err)
			break;
		core_snapshot(&c, &after);
		assert_true(sim_image_equal(before.pmem, after.pmem));
		core_images_free(&after);
		check_waiting(&c);
	}
	sim_fail_alloc(0);
	assert_true(nth > 20);
	core_images_free(&before);
	core_expect(&c, 0, 8, 1);
	core_expect(&c, 9000, 3, 1);
	sim_quiesce();
	check_quiet(&c.rig, 0, 0);
	check_pool(&c.rig);
	core_close(&c);
}

static void the_backing_device_must_be_the_same(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	sim_disk_resize(c.rig.disk[0], SZ_8M);
	core_attach_fails(&c, -EFBIG, "has shrunk from 32768 to 16384 sectors");
	sim_disk_resize(c.rig.disk[0], SZ_32M);
	core_attach_fails(&c, -ESTALE, "not the same device");
	sim_disk_resize(c.rig.disk[0], SZ_16M);
	sim_bdev_set_read_only(sim_disk_bdev(c.rig.disk[0]), true);
	core_attach_fails(&c, -EROFS, "cannot be opened");
	sim_bdev_set_read_only(sim_disk_bdev(c.rig.disk[0]), false);
	sim_disk_fail(c.rig.disk[0], SIM_OP_FLUSH, 0, 0, 1, BLK_STS_IOERR);
	core_attach_fails(&c, -EIO, "flush failed");
	sim_disk_heal(c.rig.disk[0]);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* ---- recovery ---- */

static void what_was_acknowledged_comes_back(void **state)
{
	struct core c;
	u32 crc;

	for (crc = 0; crc < 2; crc++) {
		core_init(&c);
		c.opts.cache[0].data_crc = crc;
		core_open(&c);
		core_disk_set(&c, 0, 64, 9);
		core_write(&c, 0, 8, 1);
		core_write(&c, 4, 8, 2);
		core_write(&c, 7, 1, 3);
		core_write(&c, 8190, 4, 4);
		assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_ZEROES, 0, 2,
					    1, NULL), BLK_STS_OK);
		assert_int_equal(rig_io_run(&c.rig, 0, PCACHE_OP_DISCARD, 0,
					    20, 4, NULL), BLK_STS_OK);
		assert_int_equal(core_reboot(&c), 0);
		core_expect(&c, 0, 2, 1);
		core_expect(&c, 2, 1, 0);
		core_expect(&c, 3, 1, 1);
		core_expect(&c, 4, 3, 2);
		core_expect(&c, 7, 1, 3);
		core_expect(&c, 8, 4, 2);
		core_expect(&c, 12, 8, 9);
		core_expect(&c, 20, 4, 0);
		core_expect(&c, 24, 8, 9);
		core_expect(&c, 8190, 4, 4);
		sim_quiesce();
		check_quiet(&c.rig, 0, 0);
		check_pool(&c.rig);
		core_close(&c);
	}
}

static void lsns_go_on_far_above_what_was_recovered(void **state)
{
	struct core c;
	u64 lsn, i;

	core_init(&c);
	core_open(&c);
	for (i = 0; i < 3; i++) {
		core_write(&c, i, 1, 1);
		lsn = core_lsn(&c);
		assert_int_equal(core_reboot(&c), 0);
		assert_true(core_lsn(&c) > lsn + PCACHE_LSN_GAP);
		assert_int_equal(c.rig.dev->slots[0].info.incarnation, i + 2);
		assert_true(c.rig.dev->slots[0].info.incarnation_lsn <
			    core_lsn(&c));
		assert_true(c.rig.dev->slots[0].info.incarnation_lsn > lsn);
	}
	core_close(&c);
}

/* The open segment was all written back; nobody ever closed it. */
static void an_idle_cache_outlives_one_cut_after_another(void **state)
{
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	rig_settle(&c.rig, 0);
	for (i = 0; i < 4; i++) {
		if (core_reboot(&c))
			fail_msg("cut %u: %s", i, sim_klog());
		sim_quiesce();
		core_expect(&c, 0, 8, 1);
	}
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	assert_int_equal(core_reboot(&c), 0);
	core_close(&c);
}

struct booted {
	struct core *c;
	u32 depth;
	u32 states;
};

static void boot_and_cut(const struct core_images *im, void *arg)
{
	struct booted *b = arg, inner = { b->c, b->depth - 1 };
	int err;

	b->states++;
	core_boot(b->c, im);
	assert_int_equal(rig_register(&b->c->rig, false), 0);
	if (b->depth)
		sim_log_start();
	err = rig_attach(&b->c->rig, 0, true);
	if (err)
		fail_msg("%d: %s", err, sim_klog());
	if (b->depth) {
		core_visit_cuts(b->c, boot_and_cut, &inner);
		b->states += inner.states;
		return;
	}
	core_expect(b->c, 0, 8, 1);
	core_expect(b->c, 4000, 8, 1);
	world_cut(b->c->world);
}

static void a_cut_in_a_recovery_is_recovered_from(void **state)
{
	struct booted b = { .depth = 2 };
	struct core_images im;
	struct core c;

	core_init(&c);
	c.opts.cache[0].queues = 2;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 4000, 8, 1);
	core_snapshot(&c, &im);
	world_cut(c.world);
	b.c = &c;
	boot_and_cut(&im, &b);
	core_images_free(&im);
	assert_true(b.states > 300);
}

/* ---- damage ---- */

static void break_line(struct core *c, u64 off)
{
	u8 junk[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	sim_pmem_poke(c->rig.pmem, off, junk, 8);
}

/* Three writes in one segment, @stops clean stops; then a line changes. */
static void damaged(u32 stops, u32 broken, const char *text)
{
	struct core c;
	u64 off;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 0; i < 3; i++)
		core_write(&c, i * 8, 8, 1);
	off = core_rec_off(&c, core_head_seg(&c), broken);
	for (i = 0; i < stops; i++) {
		assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
		if (i + 1 < stops)
			assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	}
	break_line(&c, off);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	core_attach_fails(&c, -EUCLEAN, text);
	core_close(&c);
}

static void a_broken_log_is_not_attached(void **state)
{
	damaged(0, 0, "is damaged: invalid record line");
	damaged(0, 1, "is damaged: invalid record line");
	damaged(1, 2, "is damaged: invalid record line");
	/* Without its END it may have been open, but not two attaches ago. */
	damaged(2, 3, "is damaged: no END in a closed segment");
}

static void without_a_cursor_nothing_is_attached(void **state)
{
	struct core c;
	u8 zero[64] = {};
	u32 i, copy;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	for (copy = 0; copy < 2; copy++)
		for (i = 0; i < PCACHE_CURSOR_LINES; i++)
			sim_pmem_poke(c.rig.pmem, PCACHE_CURSORS_OFF +
				      copy * PCACHE_CURSORS_LEN + i * 64, zero,
				      64);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	core_attach_fails(&c, -EUCLEAN, "no valid cursor");
	core_close(&c);
}

static void more_segments_than_the_quota_are_damage(void **state)
{
	struct pcache_slot_info info;
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 0; i < 60; i++)
		core_write(&c, i * 8, 8, 1);
	assert_true(core_cache(&c)->used_segs > 4);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	info = c.rig.dev->slots[0].info;
	info.cache_segs = 4;
	mutex_lock(&c.rig.dev->admin_lock);
	assert_int_equal(pcache_slot_store(c.rig.dev, 0, &info), 0);
	mutex_unlock(&c.rig.dev->admin_lock);
	c.opts.cache[0].quota = 4;
	core_attach_fails(&c, -EUCLEAN, "more segments than its quota");
	core_close(&c);
}

static void lsns_near_the_limit_are_damage(void **state)
{
	struct pcache_slot_info info;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	info = c.rig.dev->slots[0].info;
	info.incarnation_lsn = PCACHE_LSN_LIMIT - 4 * PCACHE_LSN_GAP;
	mutex_lock(&c.rig.dev->admin_lock);
	assert_int_equal(pcache_slot_store(c.rig.dev, 0, &info), 0);
	mutex_unlock(&c.rig.dev->admin_lock);
	core_attach_fails(&c, -EUCLEAN, "LSNs out of range");
	core_close(&c);
}

/* ---- one copy of what has two ---- */

/* Where copy @copy of each structure of the first cache starts. */
static void copies_of(struct core *c, const struct pcache_seg *seg, u32 copy,
		      u64 *at)
{
	const struct pcache_geo *geo = &c->rig.dev->geo;

	at[0] = copy ? pcache_geo_seg_off(geo, geo->meta_segs) -
		       PCACHE_BLOCK_SIZE : PCACHE_SB_OFF;
	at[1] = PCACHE_SLOTS_OFF + copy * PCACHE_SLOTS_LEN;
	at[2] = core_seg_off(c, seg) + copy * geo->rec_end;
}

#define NR_COPIES	3

static void break_copies(struct core *c, const u64 *at, bool poison)
{
	u32 i;

	for (i = 0; i < NR_COPIES; i++) {
		if (poison)
			sim_pmem_poison(c->rig.pmem, at[i], 64);
		else
			break_line(c, at[i]);
	}
}

/* What was lost in one copy is in both again, so the other one may be lost. */
static void an_attach_repairs_what_it_can(void **state)
{
	u64 at[2][NR_COPIES];
	struct core c;
	u32 copy, poison, k;

	for (copy = 0; copy < 2; copy++)
		for (poison = 0; poison < 2; poison++) {
			core_init(&c);
			c.sim.heal_poison = true;
			core_open(&c);
			core_write(&c, 0, 8, 1);
			for (k = 0; k < 2; k++)
				copies_of(&c, core_head_seg(&c), k, at[k]);
			assert_int_equal(rig_stop(&c.rig, 0,
						  PCACHE_STOP_KEEP), 0);
			for (k = 0; k < 2; k++) {
				break_copies(&c, at[(copy + k) % 2], poison);
				if (core_reboot(&c))
					fail_msg("%u: %s", k, sim_klog());
				core_expect(&c, 0, 8, 1);
			}
			core_close(&c);
		}
}

static void boot_repaired(const struct core_images *im, void *arg)
{
	struct core *c = arg;

	core_boot(c, im);
	assert_int_equal(rig_register(&c->rig, false), 0);
	if (rig_attach(&c->rig, 0, true))
		fail_msg("%s", sim_klog());
	core_expect(c, 0, 8, 1);
	world_cut(c->world);
}

static void a_cut_in_a_repair_costs_nothing(void **state)
{
	u64 at[NR_COPIES];
	struct core c;
	u32 copy;

	for (copy = 0; copy < 2; copy++) {
		core_init(&c);
		core_open(&c);
		core_write(&c, 0, 8, 1);
		copies_of(&c, core_head_seg(&c), copy, at);
		assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
		break_copies(&c, at, false);
		core_power_cycle(&c);
		assert_int_equal(rig_register(&c.rig, false), 0);
		sim_log_start();
		assert_int_equal(rig_attach(&c.rig, 0, true), 0);
		assert_true(core_visit_cuts(&c, boot_repaired, &c) > 20);
	}
}

static void what_cannot_be_repaired_is_said(void **state)
{
	u64 at[NR_COPIES];
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	copies_of(&c, core_head_seg(&c), 1, at);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	/* A slot that cannot be written is another story. */
	sim_pmem_poison(c.rig.pmem, at[0], 64);
	sim_pmem_poison(c.rig.pmem, at[2], 64);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	assert_true(sim_klog_has("one superblock cannot be repaired"));
	assert_true(sim_klog_has("one header cannot be repaired"));
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* ---- drain ---- */

static void a_drain_leaves_everything_on_the_disk(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 100, 1);
	core_write(&c, 50, 100, 2);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	core_disk_expect(&c, 0, 50, 1);
	core_disk_expect(&c, 50, 100, 2);
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs);
	assert_int_equal(c.rig.dev->promised, 0);
	assert_int_equal(c.rig.dev->slots[0].info.state, PCACHE_SLOT_FREE);
	/* Gone for good. */
	assert_int_equal(core_reboot(&c), -ENOENT);
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs);
	core_close(&c);
}

static int drain_result;

static void drain_task(void *arg)
{
	struct core *c = arg;

	mutex_lock(&c->rig.dev->admin_lock);
	drain_result = pcache_cache_drain(core_cache(c));
	mutex_unlock(&c->rig.dev->admin_lock);
}

static void a_drain_can_be_interrupted_and_the_cache_runs_on(void **state)
{
	struct core c;
	u32 task;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_disk_stall(c.rig.disk[0], SIM_OP_WRITE);
	task = sim_spawn("drain", drain_task, &c);
	sim_quiesce();
	assert_int_equal(core_cache(&c)->state, PCACHE_STATE_DRAINING);
	/* It serves requests meanwhile. */
	core_write(&c, 100, 8, 1);
	core_expect(&c, 100, 8, 1);
	sim_signal(task, false);
	sim_join(task);
	assert_int_equal(drain_result, -EINTR);
	assert_int_equal(core_cache(&c)->state, PCACHE_STATE_RUNNING);
	sim_disk_release(c.rig.disk[0]);
	core_write(&c, 200, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	core_disk_expect(&c, 200, 8, 1);
	core_close(&c);
}

/* Fills and reclaim log clean records; a drain does not wait for those. */
static void a_fill_does_not_keep_a_drain_from_its_end(void **state)
{
	struct core c;
	u32 seed;

	for (seed = 1; seed <= 12; seed++) {
		core_init(&c);
		c.seed = seed;
		sim_opts_random(&c.sim, seed);
		core_open(&c);
		core_write(&c, 0, 8, 1);
		rig_settle(&c.rig, 0);
		core_expect(&c, 64 * seed, 8, 0);
		assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
		core_close(&c);
	}
}

static void drain_under_load(u32 seed, bool straight)
{
	struct core c;
	u32 k;

	core_init(&c);
	c.seed = seed;
	sim_opts_random(&c.sim, seed);
	c.opts.nr_segs = 40;
	c.opts.cache[0].quota = 32;
	c.opts.cache[0].gc_percent = 30;
	c.opts.cache[0].delay_ms = 1000;
	core_open(&c);
	for (k = 0; k < 150; k++) {
		core_write(&c, k * 8, 8, 1);
		core_expect(&c, k * 8, 8, 1);
		if (k % 5 == 0)
			core_expect(&c, 9000 + k * 8, 8, 0);
	}
	if (straight) {
		mutex_lock(&c.rig.dev->admin_lock);
		assert_int_equal(pcache_cache_quiesce(core_cache(&c),
						      PCACHE_STOP_DRAIN), 0);
		assert_int_equal(pcache_cache_quiesce(core_cache(&c),
						      PCACHE_STOP_DRAIN), 0);
		assert_int_equal(pcache_cache_stop(core_cache(&c),
						   PCACHE_STOP_DRAIN), 0);
		c.rig.cache[0] = NULL;
		mutex_unlock(&c.rig.dev->admin_lock);
	} else {
		assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	}
	for (k = 0; k < 150; k++)
		core_disk_expect(&c, k * 8, 8, 1);
	core_close(&c);
}

/* Reclaim moves what was read to the log's end while write-back ends. */
static void a_drain_ends_while_reclaim_is_at_work(void **state)
{
	u32 seed;

	for (seed = 1; seed <= 20; seed++)
		drain_under_load(seed, seed % 2);
}

static void a_drain_of_a_failed_cache_says_so(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	pcache_set_mode(core_cache(&c), PCACHE_MODE_READ_ONLY, "a test");
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), -EIO);
	core_expect(&c, 0, 8, 1);
	/* It can be kept, and is whole then. */
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	core_expect(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	core_disk_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void a_drain_does_not_conceal_a_loss(void **state)
{
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 8, 8, 1);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 8), 64);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), -EUCLEAN);
	assert_true(sim_klog_has("has 1 lost sectors"));
	assert_int_equal(core_cache(&c)->state, PCACHE_STATE_RUNNING);
	core_disk_expect(&c, 0, 8, 1);
	/* Overwritten, it is lost no more. */
	core_write(&c, 8, 8, 2);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	core_disk_expect(&c, 8, 8, 2);
	core_close(&c);
}

/* ---- keep and discard ---- */

static void what_is_kept_waits_with_its_segments(void **state)
{
	struct core c;
	u32 used;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 1000, 8, 1);
	used = core_cache(&c)->used_segs;
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	assert_int_equal(sim_disk_stats(c.rig.disk[0]).writes, 0);
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs - used);
	assert_int_equal(c.rig.dev->promised, 16);
	/* Without a reboot, and with one. */
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	core_expect(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	assert_int_equal(core_reboot(&c), 0);
	core_expect(&c, 1000, 8, 1);
	core_close(&c);
}

static void what_is_discarded_is_gone_and_its_space_is_back(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_disk_set(&c, 0, 8, 9);
	core_write(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DISCARD_DIRTY), 0);
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs);
	assert_int_equal(c.rig.dev->promised, 0);
	core_disk_expect(&c, 0, 8, 9);
	assert_int_equal(rig_attach(&c.rig, 0, true), -ENOENT);
	/* A new cache in the old one's segments sees nothing of it. */
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	core_expect(&c, 0, 8, 9);
	core_write(&c, 8, 8, 2);
	assert_int_equal(core_reboot(&c), 0);
	core_expect(&c, 0, 8, 9);
	core_expect(&c, 8, 8, 2);
	core_close(&c);
}

static void what_waits_can_be_forgotten(void **state)
{
	struct pcache_cache_dev *dev;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	dev = c.rig.dev;
	mutex_lock(&dev->admin_lock);
	assert_int_equal(pcache_slot_forget(dev, 0), 0);
	mutex_unlock(&dev->admin_lock);
	assert_int_equal(dev->promised, 0);
	assert_int_equal(dev->nr_free, c.opts.nr_segs);
	assert_int_equal(core_reboot(&c), -ENOENT);
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs);
	core_close(&c);
}

static void an_attach_changes_nothing_until_it_goes_live(void **state)
{
	struct pcache_start_opts opts = { .path = "/dev/vdb", .id = "" };
	struct core_images before, after;
	struct pcache_slot_info info;
	struct pcache_cache_dev *dev;
	struct pcache_cache *cache;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	core_snapshot(&c, &before);
	dev = c.rig.dev;
	mutex_lock(&dev->admin_lock);
	cache = pcache_cache_prepare(dev, &opts, &info);
	assert_false(IS_ERR(cache));
	pcache_cache_abandon(cache);
	mutex_unlock(&dev->admin_lock);
	core_snapshot(&c, &after);
	assert_true(sim_image_equal(before.pmem, after.pmem));
	core_images_free(&before);
	core_images_free(&after);
	check_waiting(&c);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void caches_fail_when_their_pmem_goes_away(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	pcache_dev_removed(c.rig.dev);
	assert_true(sim_klog_has("removed while in use"));
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_FAILED);
	assert_int_equal(core_read(&c, 0, 8), BLK_STS_IOERR);
	assert_int_equal(core_try_write(&c, 0, 8, 2), BLK_STS_IOERR);
	core_close(&c);
}

static void two_caches_share_a_pool_and_nothing_else(void **state)
{
	u8 *buf = core_buffer();
	struct core c;

	core_init(&c);
	c.opts.nr_caches = 2;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	assert_int_equal(rig_io_run(&c.rig, 1, PCACHE_OP_WRITE, 0, 0, 8,
				    core_pattern(0, 8, 2)), BLK_STS_OK);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DISCARD_DIRTY), 0);
	assert_int_equal(rig_io_run(&c.rig, 1, PCACHE_OP_READ, 0, 0, 8, buf),
			 BLK_STS_OK);
	core_compare(buf, 0, 8, 2);
	assert_int_equal(rig_stop(&c.rig, 1, PCACHE_STOP_DRAIN), 0);
	sim_disk_peek(c.rig.disk[1], 0, buf, 8);
	core_compare(buf, 0, 8, 2);
	core_disk_expect(&c, 0, 8, 0);
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs);
	core_close(&c);
}

static void gc_percent_is_checked_stored_and_obeyed(void **state)
{
	struct pcache_cache *cache;
	struct core c;

	core_init(&c);
	core_open(&c);
	cache = core_cache(&c);
	mutex_lock(&c.rig.dev->admin_lock);
	assert_int_equal(pcache_cache_set_gc_percent(cache, 91), -EINVAL);
	assert_int_equal(cache->gc_percent, 70);
	assert_int_equal(pcache_cache_set_gc_percent(cache, 90), 0);
	assert_int_equal(pcache_cache_set_gc_percent(cache, 0), 0);
	mutex_unlock(&c.rig.dev->admin_lock);
	c.opts.cache[0].gc_percent = 0;
	assert_int_equal(core_reboot(&c), 0);
	assert_int_equal(core_cache(&c)->gc_percent, 0);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_cache_is_empty_and_remembered),
		cmocka_unit_test(an_attach_without_memory_changes_nothing),
		cmocka_unit_test(the_backing_device_must_be_the_same),
		cmocka_unit_test(what_was_acknowledged_comes_back),
		cmocka_unit_test(lsns_go_on_far_above_what_was_recovered),
		cmocka_unit_test(an_idle_cache_outlives_one_cut_after_another),
		cmocka_unit_test(a_cut_in_a_recovery_is_recovered_from),
		cmocka_unit_test(a_broken_log_is_not_attached),
		cmocka_unit_test(without_a_cursor_nothing_is_attached),
		cmocka_unit_test(more_segments_than_the_quota_are_damage),
		cmocka_unit_test(lsns_near_the_limit_are_damage),
		cmocka_unit_test(an_attach_repairs_what_it_can),
		cmocka_unit_test(a_cut_in_a_repair_costs_nothing),
		cmocka_unit_test(what_cannot_be_repaired_is_said),
		cmocka_unit_test(a_drain_leaves_everything_on_the_disk),
		cmocka_unit_test(a_drain_can_be_interrupted_and_the_cache_runs_on),
		cmocka_unit_test(a_fill_does_not_keep_a_drain_from_its_end),
		cmocka_unit_test(a_drain_ends_while_reclaim_is_at_work),
		cmocka_unit_test(a_drain_of_a_failed_cache_says_so),
		cmocka_unit_test(a_drain_does_not_conceal_a_loss),
		cmocka_unit_test(what_is_kept_waits_with_its_segments),
		cmocka_unit_test(what_is_discarded_is_gone_and_its_space_is_back),
		cmocka_unit_test(what_waits_can_be_forgotten),
		cmocka_unit_test(an_attach_changes_nothing_until_it_goes_live),
		cmocka_unit_test(caches_fail_when_their_pmem_goes_away),
		cmocka_unit_test(two_caches_share_a_pool_and_nothing_else),
		cmocka_unit_test(gc_percent_is_checked_stored_and_obeyed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
