// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of slots (cache_slot.c): which one serves a device, and what an
 * attach may ask for.
 */
#include "core_test.h"

static int attach(struct core *c, const struct pcache_start_opts *opts)
{
	struct pcache_cache_dev *dev = c->rig.dev;
	struct core_images before, after;
	struct pcache_slot_info info;
	struct pcache_cache *cache;

	core_snapshot(c, &before);
	sim_klog_clear();
	mutex_lock(&dev->admin_lock);
	cache = pcache_cache_prepare(dev, opts, &info);
	if (!IS_ERR(cache))
		assert_int_equal(pcache_cache_go_live(cache, &info), 0);
	mutex_unlock(&dev->admin_lock);
	if (IS_ERR(cache)) {
		core_snapshot(c, &after);
		assert_true(sim_image_equal(before.pmem, after.pmem));
		core_images_free(&after);
	} else {
		c->rig.cache[0] = cache;
	}
	core_images_free(&before);
	return PTR_ERR_OR_ZERO(cache);
}

static struct pcache_start_opts ask(u64 cache_bytes)
{
	struct pcache_start_opts opts = {
		.path = "/dev/vdb",
		.id = "",
		.cache_bytes = cache_bytes,
	};

	return opts;
}

static void detach(struct core *c, enum pcache_stop_mode mode)
{
	assert_int_equal(rig_stop(&c->rig, 0, mode), 0);
}

static void registered(struct core *c)
{
	core_init(c);
	core_boot(c, NULL);
	assert_int_equal(rig_register(&c->rig, true), 0);
}

static void a_quota_is_rounded_up_and_must_fit(void **state)
{
	static const struct {
		u64 bytes;
		int err;
		u32 segs;
	} cases[] = {
		{ 0, -EINVAL },
		{ 3 * SZ_64K, -EINVAL },
		{ 3 * SZ_64K + 1, 0, 4 },
		{ 4 * SZ_64K, 0, 4 },
		{ 32 * SZ_64K, 0, 32 },
		{ 32 * SZ_64K + 1, -ENOSPC },
		{ ~0ULL - SZ_1M, -ENOSPC },
	};
	struct pcache_start_opts opts;
	struct core c;
	u32 i;

	registered(&c);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		opts = ask(cases[i].bytes);
		assert_int_equal(attach(&c, &opts), cases[i].err);
		if (cases[i].err) {
			assert_true(sim_klog_has("backing /dev/vdb: cache_size"));
			continue;
		}
		assert_int_equal(core_cache(&c)->quota, cases[i].segs);
		assert_int_equal(c.rig.dev->promised, cases[i].segs);
		detach(&c, PCACHE_STOP_DRAIN);
	}
	core_close(&c);
}

static void what_is_promised_is_not_given_twice(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.nr_caches = 2;
	c.opts.cache[0].quota = 20;
	c.opts.cache[1].quota = 13;
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	assert_int_equal(rig_attach(&c.rig, 1, false), -ENOSPC);
	assert_true(sim_klog_has("needs 13 segments, 20 of 32 are promised"));
	/* One that waits keeps what it was promised. */
	detach(&c, PCACHE_STOP_KEEP);
	assert_int_equal(rig_attach(&c.rig, 1, false), -ENOSPC);
	assert_int_equal(rig_attach(&c.rig, 0, true), 0);
	detach(&c, PCACHE_STOP_DISCARD_DIRTY);
	assert_int_equal(rig_attach(&c.rig, 1, false), 0);
	core_close(&c);
}

static void queues_have_a_limit_and_a_default(void **state)
{
	struct pcache_start_opts opts = ask(SZ_1M);
	struct core c;

	registered(&c);
	opts.queues = 129;
	assert_int_equal(attach(&c, &opts), -EINVAL);
	assert_true(sim_klog_has("queues=129, at most 128"));
	opts.queues = 128;
	assert_int_equal(attach(&c, &opts), 0);
	assert_int_equal(core_cache(&c)->queues, 128);
	/* Never more heads than a quarter of the quota. */
	assert_int_equal(core_cache(&c)->nr_heads, 4);
	detach(&c, PCACHE_STOP_DRAIN);
	opts.queues = 0;
	assert_int_equal(attach(&c, &opts), 0);
	assert_int_equal(core_cache(&c)->queues,
			 min_t(u32, nr_cpu_ids, PCACHE_MAX_QUEUES));
	core_close(&c);
}

static void a_known_device_keeps_what_it_was_made_with(void **state)
{
	struct pcache_start_opts made = ask(SZ_1M), opts;
	struct core c;

	registered(&c);
	made.queues = 2;
	made.data_crc = true;
	made.queue_bio = true;
	assert_int_equal(attach(&c, &made), 0);
	core_write(&c, 0, 8, 1);
	detach(&c, PCACHE_STOP_KEEP);

	opts = ask(SZ_1M + 1);
	assert_int_equal(attach(&c, &opts), -EINVAL);
	assert_true(sim_klog_has("is known with another cache_size"));
	opts = ask(0);
	opts.set_data_crc = true;
	assert_int_equal(attach(&c, &opts), -EINVAL);
	assert_true(sim_klog_has("is known with another data_crc"));
	opts = ask(0);
	opts.set_order = true;
	opts.relaxed = true;
	assert_int_equal(attach(&c, &opts), -EINVAL);
	assert_true(sim_klog_has("is known with another writeback_order"));

	/* Nothing said: as before. */
	opts = ask(0);
	assert_int_equal(attach(&c, &opts), 0);
	assert_true(core_cache(&c)->data_crc);
	assert_true(core_cache(&c)->queue_bio);
	assert_int_equal(core_cache(&c)->queues, 2);
	core_expect(&c, 0, 8, 1);
	detach(&c, PCACHE_STOP_KEEP);

	/* These may change. */
	opts = ask(SZ_1M);
	opts.queues = 3;
	opts.set_queue_mode = true;
	assert_int_equal(attach(&c, &opts), 0);
	assert_false(core_cache(&c)->queue_bio);
	assert_int_equal(core_cache(&c)->queues, 3);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

/* Two disks of one size change names over a reboot. */
static void an_identity_outweighs_a_name(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.nr_caches = 2;
	c.opts.cache[0].disk.serial = "one";
	c.opts.cache[1].disk.serial = "two";
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	assert_int_equal(rig_attach(&c.rig, 0, false), -EEXIST);
	core_write(&c, 0, 8, 1);
	detach(&c, PCACHE_STOP_KEEP);
	swap(c.opts.cache[0].disk.serial, c.opts.cache[1].disk.serial);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	/* By itself nothing happens to the other disk, and asked for it fails. */
	assert_int_equal(rig_attach(&c.rig, 0, true), -ENOENT);
	assert_int_equal(rig_attach(&c.rig, 0, false), -ESTALE);
	assert_true(sim_klog_has("not the same device: identity"));
	/* The right one is found under its new name, which is remembered. */
	assert_int_equal(rig_attach(&c.rig, 1, true), 0);
	assert_string_equal(c.rig.dev->slots[0].info.path, "/dev/vdc");
	assert_int_equal(rig_io_run(&c.rig, 1, PCACHE_OP_READ, 0, 0, 8,
				    core_buffer()), BLK_STS_OK);
	core_compare(core_buffer(), 0, 8, 1);
	assert_int_equal(rig_stop(&c.rig, 1, PCACHE_STOP_DRAIN), 0);
	/* Now nobody waits for this name any more. */
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	core_close(&c);
}

/* Whoever is about to mount it finds it free. */
static void a_disk_that_nobody_knows_is_not_claimed(void **state)
{
	struct file *file;
	struct core c;

	core_init(&c);
	c.opts.nr_caches = 2;
	c.opts.cache[0].disk.serial = "one";
	c.opts.cache[1].disk.serial = "two";
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	core_write(&c, 0, 8, 1);
	detach(&c, PCACHE_STOP_KEEP);
	swap(c.opts.cache[0].disk.serial, c.opts.cache[1].disk.serial);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	file = bdev_file_open_by_path(rig_disk_path(0), BLK_OPEN_READ |
				      BLK_OPEN_WRITE, &c, NULL);
	assert_false(IS_ERR(file));
	assert_int_equal(rig_attach(&c.rig, 0, true), -ENOENT);
	assert_false(sim_klog_has("cannot be opened"));
	assert_int_equal(sim_disk_stats(c.rig.disk[0]).flushes, 0);
	bdev_fput(file);
	assert_int_equal(rig_attach(&c.rig, 0, true), -ENOENT);
	assert_int_equal(sim_disk_stats(c.rig.disk[0]).flushes, 0);
	core_close(&c);
}

static void what_has_no_identity_is_attached_on_request_only(void **state)
{
	struct core c;

	core_init(&c);
	c.opts.cache[0].disk.serial = "";
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(rig_attach(&c.rig, 0, true), -ENOENT);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	core_expect(&c, 0, 8, 1);
	core_close(&c);
}

static void a_slot_can_be_forgotten(void **state)
{
	struct pcache_start_opts opts = ask(SZ_1M);
	struct pcache_cache_dev *dev;
	struct core c;
	u32 free;

	registered(&c);
	dev = c.rig.dev;
	free = dev->nr_free;
	assert_int_equal(attach(&c, &opts), 0);
	core_write(&c, 0, 8, 1);
	detach(&c, PCACHE_STOP_KEEP);
	assert_true(dev->nr_free < free);
	mutex_lock(&dev->admin_lock);
	assert_int_equal(pcache_slot_forget(dev, 0), 0);
	mutex_unlock(&dev->admin_lock);
	assert_int_equal(dev->nr_free, free);
	assert_int_equal(dev->promised, 0);
	opts.known_only = true;
	assert_int_equal(attach(&c, &opts), -ENOENT);
	opts.known_only = false;
	assert_int_equal(attach(&c, &opts), 0);
	core_expect(&c, 0, 8, 0);
	core_close(&c);
}

static void all_slots_in_use_is_no_space(void **state)
{
	struct pcache_start_opts opts = ask(SZ_1M);
	struct core c;
	u32 i;

	registered(&c);
	for (i = 0; i < PCACHE_NR_SLOTS; i++)
		c.rig.dev->slots[i].err = i ? -EIO : 0;
	assert_int_equal(attach(&c, &opts), 0);
	assert_int_equal(core_cache(&c)->slot, 0);
	detach(&c, PCACHE_STOP_DRAIN);
	c.rig.dev->slots[0].err = -EIO;
	assert_int_equal(attach(&c, &opts), -ENOSPC);
	assert_true(sim_klog_has("all 64 backing slots are in use"));
	core_close(&c);
}

static void a_device_of_another_block_size_is_not_the_same(void **state)
{
	struct core_images im;
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	detach(&c, PCACHE_STOP_KEEP);
	core_snapshot(&c, &im);
	world_cut(c.world);
	c.opts.cache[0].disk.block_size = 4096;
	core_boot(&c, &im);
	core_images_free(&im);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(rig_attach(&c.rig, 0, true), -ESTALE);
	assert_true(sim_klog_has("block size 4096; was 32768, 512"));
	core_close(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quota_is_rounded_up_and_must_fit),
		cmocka_unit_test(what_is_promised_is_not_given_twice),
		cmocka_unit_test(queues_have_a_limit_and_a_default),
		cmocka_unit_test(a_known_device_keeps_what_it_was_made_with),
		cmocka_unit_test(an_identity_outweighs_a_name),
		cmocka_unit_test(a_disk_that_nobody_knows_is_not_claimed),
		cmocka_unit_test(what_has_no_identity_is_attached_on_request_only),
		cmocka_unit_test(a_slot_can_be_forgotten),
		cmocka_unit_test(all_slots_in_use_is_no_space),
		cmocka_unit_test(a_device_of_another_block_size_is_not_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
