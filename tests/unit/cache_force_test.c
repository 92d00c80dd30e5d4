// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of force=: what an attach gives up on request (cache.c,
 * cache_slot.c), and what a damaged cache is good for (cache_key.c).
 */
#include "core_cuts.h"

static int attach(struct core *c, enum pcache_force force)
{
	int err;

	sim_klog_clear();
	c->opts.cache[0].force = force;
	err = rig_attach(&c->rig, 0, false);
	c->opts.cache[0].force = PCACHE_FORCE_NONE;
	return err;
}

static void attached(struct core *c, enum pcache_force force)
{
	int err = attach(c, force);

	if (err)
		fail_msg("%d: %s", err, sim_klog());
}

static void refused(struct core *c, enum pcache_force force, int err,
		    const char *text)
{
	c->opts.cache[0].force = force;
	core_attach_fails(c, err, text);
	c->opts.cache[0].force = PCACHE_FORCE_NONE;
}

static void keep(struct core *c)
{
	assert_int_equal(rig_stop(&c->rig, 0, PCACHE_STOP_KEEP), 0);
}

/* A cache of two clean blocks that waits, and a third one if @dirty. */
static void waiting(struct core *c, bool dirty)
{
	core_init(c);
	core_open(c);
	core_write(c, 0, 8, 1);
	core_write(c, 9000, 8, 1);
	rig_settle(&c->rig, 0);
	if (dirty)
		core_write(c, 100, 8, 1);
	keep(c);
}

/* ---- discard-clean, discard-dirty ---- */

/* Begun anew: it knows the disk as it is, and nothing else. */
static void check_anew(struct core *c, u64 sector, u32 version)
{
	assert_int_equal(core_cache(c)->mode, PCACHE_MODE_RUNNING);
	assert_int_equal(core_lookup(c, 0, 8).tag, PCACHE_HOLE);
	core_expect(c, sector, 8, version);
	core_write(c, 200, 8, 3);
	assert_int_equal(core_reboot(c), 0);
	core_expect(c, sector, 8, version);
	core_expect(c, 200, 8, 3);
	sim_quiesce();
	check_quiet(&c->rig, 0, 0);
	check_pool(&c->rig);
	assert_int_equal(c->rig.dev->promised, c->opts.cache[0].quota);
	core_close(c);
}

static void what_is_clean_can_be_given_up(void **state)
{
	struct core c;

	waiting(&c, false);
	core_disk_set(&c, 9000, 8, 2);
	refused(&c, PCACHE_FORCE_NONE, -ESTALE, "changed behind");
	attached(&c, PCACHE_FORCE_DISCARD_CLEAN);
	assert_true(sim_klog_has("/dev/vdb, identity"));
	assert_true(sim_klog_has("is given up: 0 dirty bytes, 0 lost ones"));
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs);
	check_anew(&c, 9000, 2);
}

static void what_is_dirty_is_not_given_up_as_clean(void **state)
{
	struct core c;

	waiting(&c, true);
	core_disk_set(&c, 9000, 8, 2);
	refused(&c, PCACHE_FORCE_DISCARD_CLEAN, -ENOTEMPTY,
		"4096 dirty and 0 lost bytes of /dev/vdb");
	/* Nothing was given up. */
	core_disk_set(&c, 9000, 8, 1);
	attached(&c, PCACHE_FORCE_NONE);
	core_expect(&c, 100, 8, 1);
	core_close(&c);
}

static void what_is_lost_is_not_given_up_as_clean(void **state)
{
	struct core c;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	sim_pmem_poison(c.rig.pmem, core_data_off(&c, 3), 64);
	rig_settle(&c.rig, 0);
	keep(&c);
	refused(&c, PCACHE_FORCE_DISCARD_CLEAN, -ENOTEMPTY,
		"0 dirty and 512 lost bytes");
	attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
	assert_true(sim_klog_has("0 dirty bytes, 512 lost ones"));
	core_expect(&c, 3, 1, 0);
	core_close(&c);
}

static void what_is_dirty_can_be_given_up_by_name(void **state)
{
	struct core c;

	waiting(&c, true);
	attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
	assert_true(sim_klog_has("is given up: 4096 dirty bytes, 0 lost ones"));
	core_disk_expect(&c, 100, 8, 0);
	check_anew(&c, 100, 0);
}

/* Whatever is there under the path. */
static void another_disk_takes_the_place(void **state)
{
	static const u64 sizes[] = { SZ_16M, SZ_8M, SZ_32M };
	struct core_images im;
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		core_init(&c);
		c.opts.cache[0].disk.serial = "one";
		core_open(&c);
		core_write(&c, 100, 8, 1);
		core_snapshot(&c, &im);
		world_cut(c.world);
		c.opts.cache[0].disk.serial = i ? "one" : "two";
		core_boot(&c, &im);
		core_images_free(&im);
		sim_disk_resize(c.rig.disk[0], sizes[i]);
		assert_int_equal(rig_register(&c.rig, false), 0);
		refused(&c, PCACHE_FORCE_NONE, i == 1 ? -EFBIG : -ESTALE,
			"backing /dev/vdb: ");
		refused(&c, PCACHE_FORCE_ACCEPT_DAMAGE,
			i == 1 ? -EFBIG : -ESTALE, "backing /dev/vdb: ");
		refused(&c, PCACHE_FORCE_DISCARD_CLEAN, -ENOTEMPTY,
			"4096 dirty and 0 lost bytes of /dev/vdb, identity \"eui.");
		attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
		assert_int_equal(c.rig.dev->slots[0].info.nr_sectors,
				 sizes[i] >> SECTOR_SHIFT);
		core_expect(&c, 100, 8, 0);
		core_expect(&c, (sizes[i] >> SECTOR_SHIFT) - 8, 8, 0);
		keep(&c);
		attached(&c, PCACHE_FORCE_NONE);
		core_close(&c);
	}
}

/* As it was made, unless something else is asked for. */
static void it_begins_anew_as_it_was_made(void **state)
{
	struct core c;
	u8 uuid[PCACHE_UUID_LEN];

	core_init(&c);
	c.opts.cache[0].data_crc = true;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	memcpy(uuid, core_cache(&c)->uuid, sizeof(uuid));
	keep(&c);
	c.opts.cache[0].quota = 20;
	attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
	assert_memory_not_equal(uuid, core_cache(&c)->uuid, sizeof(uuid));
	assert_true(core_cache(&c)->data_crc);
	assert_int_equal(core_cache(&c)->quota, 20);
	assert_int_equal(c.rig.dev->promised, 20);
	assert_int_equal(c.rig.dev->slots[0].info.incarnation, 1);
	keep(&c);
	c.opts.cache[0].quota = 33;
	refused(&c, PCACHE_FORCE_DISCARD_DIRTY, -ENOSPC,
		"needs 33 segments, 0 of 32 are promised");
	c.opts.cache[0].quota = 32;
	c.opts.cache[0].data_crc = false;
	attached(&c, PCACHE_FORCE_DISCARD_CLEAN);
	assert_false(core_cache(&c)->data_crc);
	core_close(&c);
}

static void there_must_be_something_to_give_up(void **state)
{
	enum pcache_force force;
	struct core c;

	core_init(&c);
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	for (force = PCACHE_FORCE_DISCARD_CLEAN;
	     force <= PCACHE_FORCE_ACCEPT_DAMAGE; force++)
		refused(&c, force, -EINVAL, "force=: nothing is cached for it");
	attached(&c, PCACHE_FORCE_NONE);
	for (force = PCACHE_FORCE_DISCARD_CLEAN;
	     force <= PCACHE_FORCE_ACCEPT_DAMAGE; force++)
		assert_int_equal(attach(&c, force), -EEXIST);
	core_close(&c);
}

/* A slot that cannot be written keeps what it has. */
static void what_cannot_be_stored_is_not_given_up(void **state)
{
	struct core c;
	u32 copy;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 100, 8, 1);
	keep(&c);
	for (copy = 0; copy < 2; copy++)
		sim_pmem_poison(c.rig.pmem, PCACHE_SLOTS_OFF +
				copy * PCACHE_SLOTS_LEN, PCACHE_SLOT_SIZE);
	assert_int_equal(attach(&c, PCACHE_FORCE_DISCARD_DIRTY), -EIO);
	assert_int_equal(c.rig.dev->slots[0].info.state, PCACHE_SLOT_ACTIVE);
	assert_int_equal(c.rig.dev->promised, 16);
	for (copy = 0; copy < 2; copy++)
		sim_pmem_cure(c.rig.pmem, PCACHE_SLOTS_OFF +
			      copy * PCACHE_SLOTS_LEN, PCACHE_SLOT_SIZE);
	core_close(&c);
}

static void without_memory_nothing_is_given_up(void **state)
{
	struct core_images before, after;
	int err = -ENOMEM;
	struct core c;
	u32 nth;

	waiting(&c, true);
	core_snapshot(&c, &before);
	for (nth = 1; err; nth++) {
		sim_fail_alloc(nth);
		err = attach(&c, PCACHE_FORCE_DISCARD_DIRTY);
		assert_true(!err || err == -ENOMEM);
		if (!err)
			break;
		core_snapshot(&c, &after);
		assert_true(sim_image_equal(before.pmem, after.pmem));
		core_images_free(&after);
	}
	sim_fail_alloc(0);
	assert_true(nth > 40);
	core_images_free(&before);
	core_expect(&c, 100, 8, 0);
	core_close(&c);
}

struct booted {
	struct core *c;
	u32 old, gone, anew;
};

/* All of the old cache, none at all, or a new one. */
static void boot_after_cut(const struct core_images *im, void *arg)
{
	struct booted *b = arg;
	int err;

	core_boot(b->c, im);
	assert_int_equal(rig_register(&b->c->rig, false), 0);
	err = rig_attach(&b->c->rig, 0, true);
	if (err == -ENOENT) {
		b->gone++;
		assert_int_equal(b->c->rig.dev->nr_free, b->c->opts.nr_segs);
		assert_int_equal(rig_attach(&b->c->rig, 0, false), 0);
		core_expect(b->c, 100, 8, 0);
	} else {
		if (err)
			fail_msg("%d: %s", err, sim_klog());
		assert_int_equal(core_read(b->c, 100, 8), BLK_STS_OK);
		if (*(u64 *)core_buffer() == core_word(100, 1)) {
			core_expect(b->c, 0, 8, 1);
			b->old++;
		} else {
			core_expect(b->c, 0, 8, 0);
			b->anew++;
		}
	}
	sim_quiesce();
	check_pool(&b->c->rig);
	world_cut(b->c->world);
}

static void a_cut_leaves_the_old_cache_or_none_or_a_new_one(void **state)
{
	struct core_images im;
	struct booted b = {};
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 100, 8, 1);
	keep(&c);
	core_snapshot(&c, &im);
	world_cut(c.world);
	core_boot(&c, &im);
	core_images_free(&im);
	assert_int_equal(rig_register(&c.rig, false), 0);
	sim_log_start();
	attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
	b.c = &c;
	core_visit_cuts(&c, boot_after_cut, &b);
	assert_true(b.old && b.gone && b.anew);
}

/* ---- accept-damage ---- */

static void spoil(struct core *c, u64 off)
{
	u8 junk[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };

	sim_pmem_poke(c->rig.pmem, off, junk, sizeof(junk));
}

/* Whatever is done with it, no byte changes. */
static void use_read_only(struct core *c)
{
	core_expect(c, 8000, 8, 9);
	core_expect(c, 8000, 8, 9);
	assert_int_equal(core_stat(c, PCACHE_STAT_FILL), 0);
	assert_int_equal(core_try_write(c, 0, 8, 2), BLK_STS_IOERR);
	assert_int_equal(rig_io_run(&c->rig, 0, PCACHE_OP_DISCARD, 0, 0, 8,
				    NULL), BLK_STS_IOERR);
	core_flush(c);
	pcache_wb_start(core_cache(c));
	core_cache(c)->gc_percent = 0;
	pcache_gc_kick(core_cache(c));
	sim_quiesce();
	mutex_lock(&c->rig.dev->admin_lock);
	assert_int_equal(pcache_cache_set_gc_percent(core_cache(c), 0), -EROFS);
	mutex_unlock(&c->rig.dev->admin_lock);
	assert_int_equal(rig_stop(&c->rig, 0, PCACHE_STOP_DRAIN), -EUCLEAN);
	assert_true(sim_klog_has("is damaged, so it cannot be drained"));
	assert_int_equal(core_cache(c)->state, PCACHE_STATE_RUNNING);
}

static void attach_read_only(struct core *c, const char *why)
{
	char text[100];

	attached(c, PCACHE_FORCE_ACCEPT_DAMAGE);
	snprintf(text, sizeof(text), "backing 0 is read-only: %s", why);
	if (!sim_klog_has(text))
		fail_msg("%s: %s", text, sim_klog());
	assert_int_equal(core_cache(c)->mode, PCACHE_MODE_READ_ONLY);
	assert_string_equal(core_cache(c)->damage, why);
}

struct damage {
	void (*make)(struct core *c, u64 off);
	u32 broken;		/* line of the six */
	u32 stops;		/* clean ones between damage and attach */
	const char *why;
	u32 missing;		/* writes of the five, a mask */
};

static void poison_line(struct core *c, u64 off)
{
	sim_pmem_poison(c->rig.pmem, off, 64);
}

static void poison_headers(struct core *c, u64 off)
{
	struct pcache_geo *geo = &c->rig.dev->geo;
	u64 base = round_down(off, geo->seg_size);

	sim_pmem_poison(c->rig.pmem, base, 64);
	sim_pmem_poison(c->rig.pmem, base + geo->rec_end, 64);
}

static void spoil_headers(struct core *c, u64 off)
{
	struct pcache_geo *geo = &c->rig.dev->geo;
	u64 base = round_down(off, geo->seg_size);

	spoil(c, base);
	spoil(c, base + geo->rec_end);
}

static const struct damage damages[] = {
	{ spoil, 0, 0, "invalid record line", 0x01 },
	{ spoil, 2, 0, "invalid record line", 0x04 },
	{ spoil, 3, 1, "no END in a closed segment", 0x08 },
	{ spoil, 5, 2, "no END in a closed segment", 0x00 },
	{ spoil, 1, 2, "no END in a closed segment", 0x02 },
	{ poison_line, 0, 0, "poisoned record line", 0x01 },
	{ poison_line, 4, 2, "poisoned record line", 0x10 },
	{ poison_headers, 0, 0, "a segment has no valid header", 0x1f },
	{ spoil_headers, 0, 1, "a segment has no valid header", 0x1f },
};

/* Five writes in one segment; two are overwritten in the next one. */
static void make_damage(struct core *c, const struct damage *d)
{
	u64 off;
	u32 i;

	core_init(c);
	c->sim.heal_poison = false;
	core_open(c);
	core_disk_set(c, 8000, 8, 9);
	core_disk_set(c, 0, 40, 7);
	for (i = 0; i < 5; i++)
		core_write(c, i * 8, 8, 1);
	off = core_rec_off(c, core_head_seg(c), d->broken);
	for (i = 0; i < d->stops; i++) {
		keep(c);
		attached(c, PCACHE_FORCE_NONE);
	}
	d->make(c, off);
	keep(c);
	rig_unregister(&c->rig);
	assert_int_equal(rig_register(&c->rig, false), 0);
}

static void check_damaged(struct core *c, const struct damage *d)
{
	u32 i;

	for (i = 0; i < 5; i++)
		core_expect(c, i * 8, 8, d->missing & 1 << i ? 7 : 1);
}

static void what_is_damaged_can_be_read(void **state)
{
	const struct damage *d;
	struct core_images before, after;
	struct core c;
	u32 i, k;

	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		d = &damages[i];
		make_damage(&c, d);
		refused(&c, PCACHE_FORCE_NONE, -EUCLEAN, d->why);
		refused(&c, PCACHE_FORCE_DISCARD_CLEAN, -EUCLEAN, d->why);
		core_snapshot(&c, &before);
		for (k = 0; k < 2; k++) {
			attach_read_only(&c, d->why);
			check_damaged(&c, d);
			use_read_only(&c);
			keep(&c);
		}
		core_snapshot(&c, &after);
		assert_true(sim_image_equal(before.pmem, after.pmem));
		assert_true(sim_image_equal(before.disks[0], after.disks[0]));
		core_images_free(&before);
		core_images_free(&after);
		/* That it was read once does not make it whole. */
		refused(&c, PCACHE_FORCE_NONE, -EUCLEAN, d->why);
		core_close(&c);
	}
}

static void what_is_missing_is_named(void **state)
{
	struct core c;

	make_damage(&c, &damages[1]);
	attached(&c, PCACHE_FORCE_ACCEPT_DAMAGE);
	assert_true(sim_klog_has("record lines 2 to 2 are missing, LSNs from 4 to 4"));
	assert_true(sim_klog_has("what was written last may be missing"));
	core_close(&c);
	make_damage(&c, &damages[3]);
	attached(&c, PCACHE_FORCE_ACCEPT_DAMAGE);
	assert_true(sim_klog_has("record lines from 5 on may be missing, LSNs from 7 on"));
	core_close(&c);
}

static void what_is_damaged_can_be_let_go_of(void **state)
{
	struct core c;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(damages); i++) {
		make_damage(&c, &damages[i]);
		if (i % 2) {
			attached(&c, PCACHE_FORCE_ACCEPT_DAMAGE);
			assert_int_equal(rig_stop(&c.rig, 0,
						  PCACHE_STOP_DISCARD_DIRTY), 0);
			attached(&c, PCACHE_FORCE_NONE);
		} else {
			attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
			assert_true(sim_klog_has("was dirty nobody knows"));
		}
		assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_RUNNING);
		core_expect(&c, 0, 8, 7);
		core_write(&c, 0, 8, 2);
		core_expect(&c, 0, 8, 2);
		sim_quiesce();
		check_pool(&c.rig);
		core_close(&c);
	}
}

/* Which would be damaged as well, the next time. */
static void no_new_cache_is_made_beside_an_unknown_segment(void **state)
{
	struct core_images before, after;
	struct core c;
	u8 junk[64] = { 0x11 };
	u64 off;

	core_init(&c);
	c.opts.nr_caches = 2;
	c.opts.nr_segs = 40;
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	core_write(&c, 0, 8, 1);
	off = core_seg_off(&c, core_head_seg(&c));
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	sim_pmem_poke(c.rig.pmem, off, junk, 64);
	sim_pmem_poke(c.rig.pmem, off + c.rig.dev->geo.rec_end, junk, 64);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	core_snapshot(&c, &before);
	assert_int_equal(rig_attach(&c.rig, 1, false), -EUCLEAN);
	assert_true(sim_klog_has("no new one is attached"));
	core_snapshot(&c, &after);
	assert_true(sim_image_equal(before.pmem, after.pmem));
	core_images_free(&before);
	core_images_free(&after);
	/* Begun anew, the known one leaves the segment to nobody. */
	c.opts.cache[0].force = PCACHE_FORCE_DISCARD_DIRTY;
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	c.opts.cache[0].force = PCACHE_FORCE_NONE;
	assert_int_equal(rig_attach(&c.rig, 1, false), 0);
	assert_int_equal(core_reboot(&c), 0);
	assert_int_equal(rig_attach(&c.rig, 1, true), 0);
	core_close(&c);
}

/* What was given up with the damage does not damage what comes after it. */
static void what_began_anew_is_attached_again(void **state)
{
	struct core c;
	u32 i;

	for (i = 0; i < 2; i++) {
		make_damage(&c, &damages[ARRAY_SIZE(damages) - 1]);
		if (i) {
			mutex_lock(&c.rig.dev->admin_lock);
			assert_int_equal(pcache_slot_forget(c.rig.dev, 0), 0);
			mutex_unlock(&c.rig.dev->admin_lock);
		}
		attached(&c, i ? PCACHE_FORCE_NONE : PCACHE_FORCE_DISCARD_DIRTY);
		core_write(&c, 0, 8, 2);
		assert_int_equal(core_reboot(&c), 0);
		assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_RUNNING);
		core_expect(&c, 0, 8, 2);
		core_expect(&c, 8, 8, 7);
		assert_int_equal(c.rig.dev->nr_retired, 0);
		sim_quiesce();
		check_pool(&c.rig);
		core_close(&c);
	}
}

/* Older records of the same sectors do not come back over newer ones. */
static void the_newest_record_that_is_there_counts(void **state)
{
	struct pcache_seg *seg;
	struct core c;
	u64 off;
	u32 k;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	for (k = 1; k < 6; k++)
		core_write(&c, 0, 8, k);
	seg = core_head_seg(&c);
	for (k = 0; k < 14; k++)
		core_write(&c, 100 + k * 8, 8, 1);
	core_write(&c, 100, 8, 2);
	assert_ptr_not_equal(core_head_seg(&c), seg);
	off = core_rec_off(&c, seg, 4);
	core_power_cycle(&c);
	sim_pmem_poison(c.rig.pmem, off, 64);
	assert_int_equal(rig_register(&c.rig, false), 0);
	attach_read_only(&c, "poisoned record line");
	core_expect(&c, 0, 8, 4);
	core_expect(&c, 100, 8, 2);
	core_expect(&c, 108, 8, 1);
	keep(&c);
	core_close(&c);
}

/* A line that was copied from before is no record of where it lies. */
static void a_record_that_comes_twice_counts_once(void **state)
{
	struct core c;
	u64 off;
	u8 *mem;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 1; i < 4; i++)
		core_write(&c, 0, 8, i);
	core_write(&c, 100, 8, 1);
	off = core_rec_off(&c, core_head_seg(&c), 0);
	mem = sim_pmem_mem(c.rig.pmem);
	memcpy(mem + off - 2 * 64, mem + off, 64);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	attach_read_only(&c, "LSN does not rise");
	assert_true(sim_klog_has("record lines 2 to 2 are missing"));
	core_expect(&c, 0, 8, 2);
	core_expect(&c, 100, 8, 1);
	core_close(&c);
}

/*
 * Each record is what it should be, in its own segment.  Which of two is the newer
 * one nobody knows, so nothing may be written back.
 */
static void an_lsn_that_comes_twice_is_damage(void **state)
{
	struct pcache_record_ondisk rec;
	struct pcache_seg *seg;
	struct core c;

	core_init(&c);
	c.opts.cache[0].quota = 8;
	c.opts.cache[0].queues = 2;
	core_open(&c);
	core_write_by_head(&c, 0, 0);
	core_write_by_head(&c, 1, 8);
	core_write_by_head(&c, 0, 8);
	seg = core_head_seg(&c);
	rec = core_record(&c, seg, 1);
	le64_add_cpu(&rec.lsn, -1);
	core_record_put(&c, seg, 1, rec);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	refused(&c, PCACHE_FORCE_NONE, -EUCLEAN, "an LSN comes twice");
	refused(&c, PCACHE_FORCE_DISCARD_CLEAN, -EUCLEAN, "an LSN comes twice");
	attach_read_only(&c, "an LSN comes twice");
	core_expect(&c, 0, 16, 1);
	keep(&c);
	core_close(&c);
}

/* All at the same time: the iterator has to hold one record of each. */
static void any_number_of_segments_can_be_read(void **state)
{
	struct pcache_slot_info info;
	struct core c;
	u32 i;

	core_init(&c);
	c.opts.cache[0].quota = 32;
	c.opts.cache[0].queues = 8;
	core_open(&c);
	for (i = 0; i < 24; i++)
		core_write_by_head(&c, i % 8, i * 8);
	keep(&c);
	info = c.rig.dev->slots[0].info;
	info.cache_segs = 4;
	mutex_lock(&c.rig.dev->admin_lock);
	assert_int_equal(pcache_slot_store(c.rig.dev, 0, &info), 0);
	mutex_unlock(&c.rig.dev->admin_lock);
	c.opts.cache[0].quota = 4;
	attach_read_only(&c, "more segments than its quota");
	for (i = 0; i < 24; i++)
		core_expect(&c, i * 8, 8, 1);
	core_close(&c);
}

static void without_a_cursor_nothing_can_be_accepted(void **state)
{
	struct core c;
	u32 i;

	waiting(&c, true);
	for (i = 0; i < 2 * PCACHE_CURSOR_LINES; i++)
		spoil(&c, PCACHE_CURSORS_OFF + i / PCACHE_CURSOR_LINES *
		      PCACHE_CURSORS_LEN + i % PCACHE_CURSOR_LINES * 64);
	/* Nobody knows which segments are void. */
	refused(&c, PCACHE_FORCE_NONE, -EUCLEAN, "no valid cursor");
	refused(&c, PCACHE_FORCE_ACCEPT_DAMAGE, -EUCLEAN, "no valid cursor");
	refused(&c, PCACHE_FORCE_DISCARD_CLEAN, -EUCLEAN, "no valid cursor");
	attached(&c, PCACHE_FORCE_DISCARD_DIRTY);
	assert_true(sim_klog_has("was dirty nobody knows"));
	check_anew(&c, 100, 0);
}

static void more_than_the_quota_can_be_read(void **state)
{
	struct core_images before, after;
	struct pcache_slot_info info;
	struct core c;
	u32 i;

	core_init(&c);
	core_open(&c);
	for (i = 0; i < 60; i++)
		core_write(&c, i * 8, 8, 1);
	rig_settle(&c.rig, 0);
	core_write(&c, 0, 8, 1);
	keep(&c);
	core_disk_set(&c, 8000, 8, 9);
	info = c.rig.dev->slots[0].info;
	info.cache_segs = 4;
	mutex_lock(&c.rig.dev->admin_lock);
	assert_int_equal(pcache_slot_store(c.rig.dev, 0, &info), 0);
	mutex_unlock(&c.rig.dev->admin_lock);
	c.opts.cache[0].quota = 4;
	core_snapshot(&c, &before);
	attach_read_only(&c, "more segments than its quota");
	for (i = 0; i < 60; i++)
		core_expect(&c, i * 8, 8, 1);
	/* Most of it is clean: reclaim would have something to do. */
	use_read_only(&c);
	core_snapshot(&c, &after);
	assert_true(sim_image_equal(before.pmem, after.pmem));
	core_images_free(&before);
	core_images_free(&after);
	core_close(&c);
}

/* The way to dirty data whose disk is not what it was any more. */
static void a_changed_disk_can_be_accepted_read_only(void **state)
{
	struct core_images before, after;
	struct core c;

	waiting(&c, true);
	core_disk_set(&c, 9000, 8, 2);
	core_disk_set(&c, 8000, 8, 9);
	core_snapshot(&c, &before);
	attach_read_only(&c, "its disk was changed");
	core_expect(&c, 100, 8, 1);
	core_expect(&c, 9000, 8, 1);
	use_read_only(&c);
	keep(&c);
	sim_disk_fail(c.rig.disk[0], SIM_OP_READ, 0, 32768, ~0U, BLK_STS_IOERR);
	attach_read_only(&c, "its disk cannot be read");
	core_expect(&c, 100, 8, 1);
	assert_int_equal(core_read(&c, 8000, 8), BLK_STS_IOERR);
	keep(&c);
	core_snapshot(&c, &after);
	assert_true(sim_image_equal(before.pmem, after.pmem));
	assert_true(sim_image_equal(before.disks[0], after.disks[0]));
	core_images_free(&before);
	core_images_free(&after);
	core_close(&c);
}

static void what_is_not_damaged_is_attached_as_ever(void **state)
{
	struct core c;

	waiting(&c, true);
	attached(&c, PCACHE_FORCE_ACCEPT_DAMAGE);
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_RUNNING);
	core_expect(&c, 100, 8, 1);
	core_write(&c, 100, 8, 2);
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	core_disk_expect(&c, 100, 8, 2);
	core_close(&c);
}

/* To accept damage that was not there is no word on what goes bad later. */
static void damage_that_comes_later_is_not_accepted(void **state)
{
	struct core c;
	u64 off;

	waiting(&c, false);
	attached(&c, PCACHE_FORCE_ACCEPT_DAMAGE);
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_RUNNING);
	core_disk_set(&c, 200, 8, 9);
	core_write(&c, 100, 8, 2);
	core_write(&c, 200, 8, 2);
	off = core_rec_off(&c, core_head_seg(&c), 1);
	sim_pmem_poison(c.rig.pmem, off, 64);
	pcache_wb_start(core_cache(&c));
	sim_quiesce();
	/* W stays below a record that nobody can read. */
	assert_int_equal(core_cache(&c)->mode, PCACHE_MODE_READ_ONLY);
	assert_false(pcache_cache_is_drained(core_cache(&c)));
	assert_int_equal(pcache_cache_drain(core_cache(&c)), -EIO);
	core_disk_expect(&c, 200, 8, 9);
	core_expect(&c, 200, 8, 2);
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_clean_can_be_given_up),
		cmocka_unit_test(what_is_dirty_is_not_given_up_as_clean),
		cmocka_unit_test(what_is_lost_is_not_given_up_as_clean),
		cmocka_unit_test(what_is_dirty_can_be_given_up_by_name),
		cmocka_unit_test(another_disk_takes_the_place),
		cmocka_unit_test(it_begins_anew_as_it_was_made),
		cmocka_unit_test(there_must_be_something_to_give_up),
		cmocka_unit_test(what_cannot_be_stored_is_not_given_up),
		cmocka_unit_test(without_memory_nothing_is_given_up),
		cmocka_unit_test(a_cut_leaves_the_old_cache_or_none_or_a_new_one),
		cmocka_unit_test(what_is_damaged_can_be_read),
		cmocka_unit_test(what_is_missing_is_named),
		cmocka_unit_test(what_is_damaged_can_be_let_go_of),
		cmocka_unit_test(no_new_cache_is_made_beside_an_unknown_segment),
		cmocka_unit_test(what_began_anew_is_attached_again),
		cmocka_unit_test(the_newest_record_that_is_there_counts),
		cmocka_unit_test(a_record_that_comes_twice_counts_once),
		cmocka_unit_test(an_lsn_that_comes_twice_is_damage),
		cmocka_unit_test(any_number_of_segments_can_be_read),
		cmocka_unit_test(without_a_cursor_nothing_can_be_accepted),
		cmocka_unit_test(more_than_the_quota_can_be_read),
		cmocka_unit_test(a_changed_disk_can_be_accepted_read_only),
		cmocka_unit_test(what_is_not_damaged_is_attached_as_ever),
		cmocka_unit_test(damage_that_comes_later_is_not_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
