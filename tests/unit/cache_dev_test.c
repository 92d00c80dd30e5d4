// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of a pmem device (cache_dev.c, cache_dev_map.c): format, refusals,
 * superblock, slots, and what becomes of segments at a load.
 */
#include "core_cuts.h"

#include <linux/crc32c.h>

static int try_open(const char *path, u32 segment_size, bool format, bool force,
		    struct pcache_cache_dev **ret)
{
	struct pcache_cache_dev_opts opts = {
		.path = path,
		.label = "unit",
		.segment_size = segment_size,
		.format = format,
		.force = force,
	};
	struct pcache_cache_dev *dev = pcache_cache_dev_open(&opts);

	if (ret)
		*ret = IS_ERR(dev) ? NULL : dev;
	else if (!IS_ERR(dev))
		pcache_cache_dev_close(dev);
	return PTR_ERR_OR_ZERO(dev);
}

/* Registering fails with @err, says @text and changes nothing. */
static void refused(struct sim_pmem *pmem, u32 segment_size, bool format,
		    bool force, int err, const char *text)
{
	struct sim_image *before = sim_pmem_snapshot(pmem), *after;

	sim_klog_clear();
	assert_int_equal(try_open("/dev/pmem0", segment_size, format, force,
				  NULL), err);
	if (!sim_klog_has(text))
		fail_msg("not said: \"%s\", but: %s", text, sim_klog());
	/* One line: the reason. */
	assert_ptr_equal(strchr(sim_klog(), '\n'), strrchr(sim_klog(), '\n'));
	after = sim_pmem_snapshot(pmem);
	assert_true(sim_image_equal(before, after));
	sim_image_free(before);
	sim_image_free(after);
}

static struct world *world_quietly(void)
{
	struct sim_opts opts;

	sim_opts_default(&opts);
	opts.heal_poison = false;
	return world_create(1, &opts);
}

/* A formatted device of 16 MiB with segments of 64 KiB. */
static struct sim_pmem *formatted(void)
{
	struct sim_pmem *pmem = sim_pmem_create("/dev/pmem0", SZ_16M, NULL);

	assert_int_equal(try_open("/dev/pmem0", SZ_64K, true, false, NULL), 0);
	return pmem;
}

static u64 second_super(void)
{
	struct pcache_geo geo;

	pcache_geo_init(&geo, 16, SZ_16M);
	return pcache_geo_seg_off(&geo, geo.meta_segs) - PCACHE_BLOCK_SIZE;
}

/* ---- format ---- */

static void a_format_is_what_the_page_says(void **state)
{
	static const struct {
		u64 size;
		u32 segment_size;
	} cases[] = {
		{ SZ_16M, SZ_64K }, { SZ_16M, SZ_1M }, { SZ_16M + 4096, SZ_1M },
		{ SZ_32M - 4096, SZ_64K }, { SZ_64M, SZ_8M },
	};
	struct pcache_cache_dev *dev;
	struct sim_image *image;
	struct sim_pmem *pmem;
	struct media_seg ms;
	struct world *w;
	struct media m;
	u32 i, id;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		w = world_quietly();
		pmem = sim_pmem_create("/dev/pmem0", cases[i].size, NULL);
		assert_int_equal(try_open("/dev/pmem0", cases[i].segment_size,
					  true, false, &dev), 0);
		image = sim_pmem_snapshot(pmem);
		assert_true(media_open(&m, image));
		assert_int_equal(1U << m.seg_shift, cases[i].segment_size);
		assert_int_equal(m.nr_segs,
				 cases[i].size / cases[i].segment_size);
		assert_int_equal(dev->geo.nr_segs, m.nr_segs);
		assert_int_equal(dev->nr_free, m.nr_segs - m.meta_segs);
		for (id = m.meta_segs; id < m.nr_segs; id++) {
			media_read_seg(&m, id, &ms);
			assert_true(ms.valid && !ms.nr_recs);
			assert_null(memchr_inv(ms.owner, 0, 16));
		}
		for (id = 0; id < PCACHE_NR_SLOTS; id++) {
			assert_int_equal(dev->slots[id].err, 0);
			assert_int_equal(dev->slots[id].meta.good, 3);
			assert_int_equal(dev->slots[id].info.state,
					 PCACHE_SLOT_FREE);
		}
		assert_string_equal(dev->label, "unit");
		sim_image_free(image);
		pcache_cache_dev_close(dev);
		assert_int_equal(world_destroy(w), 0);
	}
}

static void a_format_is_loaded_as_it_was_made(void **state)
{
	struct pcache_cache_dev *dev, *again;
	struct sim_image *before, *after;
	struct world *w = world_quietly();
	struct sim_pmem *pmem;

	pmem = sim_pmem_create("/dev/pmem0", SZ_16M, NULL);
	assert_int_equal(try_open("/dev/pmem0", SZ_128K, true, false, &dev), 0);
	before = sim_pmem_snapshot(pmem);
	/* Claimed: a second one is refused. */
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, NULL), -EBUSY);
	assert_int_equal(try_open("/dev/pmem0", SZ_64K, true, true, NULL),
			 -EBUSY);
	pcache_cache_dev_close(dev);
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &again), 0);
	assert_int_equal(again->geo.seg_shift, 17);
	assert_int_equal(again->version, PCACHE_VERSION);
	assert_non_null(memchr_inv(again->uuid, 0, 16));
	/* A load stores nothing. */
	after = sim_pmem_snapshot(pmem);
	assert_true(sim_image_equal(before, after));
	sim_image_free(before);
	sim_image_free(after);
	pcache_cache_dev_close(again);
	assert_int_equal(world_destroy(w), 0);
}

static void a_second_format_leaves_nothing_of_the_first(void **state)
{
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	u8 uuid[16];
	u32 size;

	/* Whatever the two segment sizes are. */
	for (size = SZ_64K; size <= SZ_2M; size *= 2) {
		if (size == SZ_64K)
			pmem = formatted();
		assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev),
				 0);
		memcpy(uuid, dev->uuid, 16);
		pcache_cache_dev_close(dev);
		assert_int_equal(try_open("/dev/pmem0", size, true, false,
					  NULL), -EEXIST);
		assert_int_equal(try_open("/dev/pmem0", size, true, true, &dev),
				 0);
		assert_int_equal(dev->geo.seg_size, size);
		assert_memory_not_equal(dev->uuid, uuid, 16);
		pcache_cache_dev_close(dev);
		/* The new second copy is found without the first. */
		sim_pmem_poke(pmem, PCACHE_SB_OFF, uuid, 16);
		assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev),
				 0);
		assert_int_equal(dev->geo.seg_size, size);
		assert_memory_not_equal(dev->uuid, uuid, 16);
		pcache_cache_dev_close(dev);
	}
	assert_int_equal(world_destroy(w), 0);
}

static void boot_half_formatted(const struct core_images *im, void *arg)
{
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	u32 *seen = arg, i;
	int err;

	sim_pmem_create("/dev/pmem0", im->pmem->size, im->pmem);
	err = try_open("/dev/pmem0", 0, false, false, &dev);
	if (err) {
		assert_true(err == -EINVAL || err == -EUCLEAN);
		/* It can always be formatted again. */
		assert_int_equal(try_open("/dev/pmem0", SZ_64K, true, true,
					  &dev), 0);
		seen[0]++;
	} else {
		for (i = 0; i < PCACHE_NR_SLOTS; i++)
			assert_int_equal(dev->slots[i].err, 0);
		assert_int_equal(dev->nr_free,
				 dev->geo.nr_segs - dev->geo.meta_segs);
		seen[1]++;
	}
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

/* Every fence of the last part: slots, two headers, the superblock. */
static void a_cut_format_is_none_or_whole(void **state)
{
	struct core c = {};
	u32 seen[2] = {};
	u64 size;
	struct pcache_geo geo;

	pcache_geo_init(&geo, 20, SZ_1G);
	size = (u64)(geo.meta_segs + PCACHE_MIN_SEGS) << 20;
	c.world = world_quietly();
	sim_pmem_create("/dev/pmem0", size, NULL);
	assert_int_equal(try_open("/dev/pmem0", SZ_1M, true, false, NULL), 0);
	sim_log_start();
	assert_int_equal(try_open("/dev/pmem0", SZ_1M, true, true, NULL), 0);
	core_visit_cuts(&c, boot_half_formatted, seen);
	assert_true(seen[0] > 100 && seen[1] > 5);
}

/* ---- refusals ---- */

static void a_format_refuses_bad_geometry(void **state)
{
	static const struct {
		u32 size;
		int err;
		const char *text;
	} cases[] = {
		{ 0, -EINVAL, "segment size 0 is not" },
		{ SZ_32K, -EINVAL, "segment size 32768 is not" },
		{ SZ_64K + 1, -EINVAL, "segment size 65537 is not" },
		{ 3 * SZ_64K, -EINVAL, "segment size 196608 is not" },
		{ SZ_2G, -EINVAL, "segment size 2147483648 is not" },
		{ SZ_4M, -ENOSPC, "16777216 bytes are too small, 5 segments" },
		{ SZ_1G, -ENOSPC, "16777216 bytes are too small" },
	};
	struct world *w = world_quietly();
	struct sim_pmem *pmem;
	u32 i;

	pmem = sim_pmem_create("/dev/pmem0", SZ_16M, NULL);
	for (i = 0; i < ARRAY_SIZE(cases); i++)
		refused(pmem, cases[i].size, true, true, cases[i].err,
			cases[i].text);
	assert_int_equal(world_destroy(w), 0);
}

static void a_format_spares_what_holds_data(void **state)
{
	static const u64 places[] = {
		0, 1024, 4096, 65536 + 64, 131071, SZ_16M - 1, SZ_16M - 131072,
	};
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	u8 byte = 1, zero = 0;
	u32 i;

	pmem = sim_pmem_create("/dev/pmem0", SZ_16M, NULL);
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		sim_pmem_poke(pmem, places[i], &byte, 1);
		refused(pmem, SZ_64K, true, false, -EEXIST,
			"not formatted without force=1");
		sim_pmem_poke(pmem, places[i], &zero, 1);
	}
	/* What cannot be read is not blank. */
	sim_pmem_poison(pmem, 8192, 64);
	refused(pmem, SZ_64K, true, false, -EEXIST, "holds data at byte 8192");
	sim_pmem_cure(pmem, 8192, 64);
	assert_int_equal(try_open("/dev/pmem0", SZ_64K, true, false, &dev), 0);
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

static void a_device_that_will_not_do_is_refused(void **state)
{
	struct world *w = world_quietly();
	struct block_device *bdev;
	struct sim_pmem *pmem;
	struct file *file;
	int holder;

	pmem = formatted();
	bdev = sim_pmem_bdev(pmem);
	sim_pmem_set_dax(pmem, false);
	refused(pmem, SZ_64K, true, true, -EOPNOTSUPP, "no DAX");
	sim_pmem_set_dax(pmem, true);
	sim_pmem_set_sync(pmem, false);
	refused(pmem, SZ_64K, true, true, -EOPNOTSUPP, "asynchronous DAX");
	sim_pmem_set_sync(pmem, true);
	sim_bdev_set_read_only(bdev, true);
	refused(pmem, SZ_64K, true, true, -EROFS, "cannot be opened");
	sim_bdev_set_read_only(bdev, false);
	file = bdev_file_open_by_path("/dev/pmem0", BLK_OPEN_READ, &holder,
				      NULL);
	assert_false(IS_ERR(file));
	refused(pmem, SZ_64K, true, true, -EBUSY, "cannot be opened");
	bdev_fput(file);
	sim_path_create("/dev/null");
	assert_int_equal(try_open("/dev/none", SZ_64K, true, true, NULL),
			 -ENOENT);
	assert_int_equal(try_open("/dev/null", SZ_64K, true, true, NULL),
			 -ENOTBLK);
	/* And nothing of it is kept: now it works. */
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, NULL), 0);
	assert_int_equal(world_destroy(w), 0);
}

static void partitions_count_from_their_own_start(void **state)
{
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	struct sim_image *image;
	struct sim_pmem *pmem;
	u8 junk[512] = { 1 };
	u64 i;

	pmem = sim_pmem_create("/dev/pmem0", SZ_16M, NULL);
	sim_pmem_partition(pmem, "/dev/pmem0p1", 2048, SZ_8M / 512);
	sim_pmem_partition(pmem, "/dev/pmem0p2", 20000 + 1, 1024 * 8);
	sim_pmem_partition(pmem, "/dev/pmem0p3", 28200, 1024 * 4 + 1);
	assert_int_equal(try_open("/dev/pmem0p2", SZ_64K, true, true, NULL),
			 -EINVAL);
	assert_true(sim_klog_has("is no multiple of 4096"));
	assert_int_equal(try_open("/dev/pmem0p3", SZ_64K, true, true, NULL),
			 -EINVAL);
	/* What lies outside stays as it is. */
	sim_pmem_poke(pmem, SZ_1M - 512, junk, 512);
	sim_pmem_poke(pmem, SZ_1M + SZ_8M, junk, 512);
	assert_int_equal(try_open("/dev/pmem0p1", SZ_64K, true, false, &dev),
			 0);
	assert_int_equal(dev->map.size, SZ_8M);
	/* The DAX device is that of the whole disk. */
	assert_int_equal(try_open("/dev/pmem0", SZ_64K, true, true, NULL),
			 -EBUSY);
	sim_pmem_partition(pmem, "/dev/pmem0p4", 24576, 1024 * 6);
	assert_int_equal(try_open("/dev/pmem0p4", SZ_64K, true, true, NULL),
			 -EBUSY);
	assert_true(sim_klog_has("another partition's cache device"));
	pcache_cache_dev_close(dev);
	image = sim_pmem_snapshot(pmem);
	for (i = 0; i < SZ_1M - 512; i += 4096)
		assert_null(memchr_inv(sim_image_page(image, i), 0, 512));
	assert_int_equal(sim_image_page(image, SZ_1M + SZ_8M)[0], 1);
	for (i = SZ_1M + SZ_8M + 4096; i < SZ_16M; i += 4096)
		assert_null(memchr_inv(sim_image_page(image, i), 0, 4096));
	sim_image_free(image);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- superblock ---- */

static void super_seal(struct pcache_super_ondisk *sb)
{
	sb->meta.crc = cpu_to_le32(crc32c(~0U, (u8 *)sb + 4, sizeof(*sb) - 4));
}

/* Both copies get a change and verify again. */
static void super_patch(struct sim_pmem *pmem,
			void (*change)(struct pcache_super_ondisk *sb))
{
	u64 at[2] = { PCACHE_SB_OFF, second_super() };
	struct pcache_super_ondisk sb;
	int i;

	for (i = 0; i < 2; i++) {
		memcpy(&sb, sim_pmem_view(pmem) + at[i], sizeof(sb));
		change(&sb);
		super_seal(&sb);
		sim_pmem_poke(pmem, at[i], &sb, sizeof(sb));
	}
}

static void change_version(struct pcache_super_ondisk *sb)
{
	sb->version = cpu_to_le32(2);
}

static void change_incompat(struct pcache_super_ondisk *sb)
{
	sb->incompat = cpu_to_le64(1ULL << 63);
}

static void change_ro_compat(struct pcache_super_ondisk *sb)
{
	sb->ro_compat = cpu_to_le64(4);
}

static void change_compat(struct pcache_super_ondisk *sb)
{
	sb->compat = cpu_to_le64(~0ULL);
}

static void change_size(struct pcache_super_ondisk *sb)
{
	sb->nr_segments = cpu_to_le32(SZ_16M / SZ_64K + 1);
}

static void change_meta_segs(struct pcache_super_ondisk *sb)
{
	sb->meta_segments = cpu_to_le32(1);
}

static void change_label(struct pcache_super_ondisk *sb)
{
	memset(sb->label, 'x', sizeof(sb->label));
}

static void superblocks_that_are_not_ours_to_use_are_refused(void **state)
{
	static const struct {
		void (*change)(struct pcache_super_ondisk *sb);
		int err;
		const char *text;
	} cases[] = {
		{ change_version, -EOPNOTSUPP, "format version 2 is not" },
		{ change_incompat, -EOPNOTSUPP, "incompat 0x8000000000000000" },
		{ change_ro_compat, -EOPNOTSUPP, "ro_compat 0x4" },
		{ change_size, -EFBIG,
		  "formatted for 16842752 bytes, the device has 16777216" },
		{ change_meta_segs, -EUCLEAN, "both superblocks damaged" },
		{ change_label, -EUCLEAN, "both superblocks damaged" },
		{ change_compat, 0, "" },
	};
	struct sim_pmem *pmem;
	struct world *w;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		w = world_quietly();
		pmem = formatted();
		super_patch(pmem, cases[i].change);
		if (cases[i].err)
			refused(pmem, 0, false, false, cases[i].err,
				cases[i].text);
		else
			assert_int_equal(try_open("/dev/pmem0", 0, false, false,
						  NULL), 0);
		assert_int_equal(world_destroy(w), 0);
	}
}

static void one_superblock_is_enough_none_is_not(void **state)
{
	struct world *w = world_quietly();
	struct sim_pmem *pmem = formatted();
	u64 at[2] = { PCACHE_SB_OFF, second_super() };
	u8 good[2][64], bad[64];
	int i;

	memset(bad, 0x5a, sizeof(bad));
	for (i = 0; i < 2; i++) {
		memcpy(good[i], sim_pmem_view(pmem) + at[i] + 64, 64);
		sim_pmem_poke(pmem, at[i] + 64, bad, 64);
		assert_int_equal(try_open("/dev/pmem0", 0, false, false, NULL),
				 0);
		sim_pmem_poke(pmem, at[i] + 64, good[i], 64);
		sim_pmem_poison(pmem, at[i], 64);
		assert_int_equal(try_open("/dev/pmem0", 0, false, false, NULL),
				 0);
		sim_pmem_cure(pmem, at[i], 64);
	}
	sim_pmem_poke(pmem, at[0] + 64, bad, 64);
	sim_pmem_poke(pmem, at[1] + 64, bad, 64);
	refused(pmem, 0, false, false, -EUCLEAN, "both superblocks damaged");
	sim_pmem_poison(pmem, at[0], 64);
	refused(pmem, 0, false, false, -EIO, "superblock unreadable");
	assert_int_equal(world_destroy(w), 0);
}

static void what_was_never_a_pool_is_not_formatted(void **state)
{
	struct world *w = world_quietly();
	struct sim_pmem *pmem;
	u8 junk[4096];
	u32 i;

	pmem = sim_pmem_create("/dev/pmem0", SZ_16M, NULL);
	refused(pmem, 0, false, false, -EINVAL, "not formatted for pcache");
	for (i = 0; i < sizeof(junk); i++)
		junk[i] = sim_rand();
	for (i = 0; i < SZ_256K; i += sizeof(junk))
		sim_pmem_poke(pmem, i, junk, sizeof(junk));
	refused(pmem, 0, false, false, -EINVAL, "not formatted for pcache");
	assert_int_equal(world_destroy(w), 0);
}

static void a_shrunk_device_is_said_to_be_too_small(void **state)
{
	static const u64 sizes[] = {
		SZ_16M - SZ_64K, SZ_8M, SZ_1M, SZ_512K, SZ_256K, SZ_64K, SZ_16K,
	};
	struct sim_image *whole, *part;
	struct world *w = world_quietly();
	struct sim_pmem *pmem = formatted();
	u8 page[4096];
	u32 i;
	u64 off;

	whole = sim_pmem_snapshot(pmem);
	assert_int_equal(world_destroy(w), 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		w = world_quietly();
		part = sim_image_create(sizes[i]);
		for (off = 0; off < sizes[i]; off += sizeof(page)) {
			sim_image_read(whole, off, page, sizeof(page));
			sim_image_write(part, off, page, sizeof(page));
		}
		pmem = sim_pmem_create("/dev/pmem0", sizes[i], part);
		refused(pmem, 0, false, false, -EFBIG,
			"formatted for 16777216 bytes");
		sim_image_free(part);
		assert_int_equal(world_destroy(w), 0);
	}
	sim_image_free(whole);
}

/* ---- slots ---- */

static struct pcache_slot_info sample_slot(u32 segs)
{
	struct pcache_slot_info info = {
		.uuid = { 1, 2, 3 },
		.state = PCACHE_SLOT_ACTIVE,
		.flags = PCACHE_SLOT_DATA_CRC,
		.nr_sectors = 4096,
		.logical_block_size = 4096,
		.cache_segs = segs,
		.queues = 3,
		.gc_percent = 55,
		.incarnation = 7,
		.incarnation_lsn = 1234567,
		.id = "serial-1",
		.path = "/dev/vdb",
	};

	return info;
}

static int store_slot(struct pcache_cache_dev *dev, u32 i,
		      const struct pcache_slot_info *info)
{
	int err;

	mutex_lock(&dev->admin_lock);
	err = pcache_slot_store(dev, i, info);
	mutex_unlock(&dev->admin_lock);
	return err;
}

static void a_slot_comes_back_as_it_was_stored(void **state)
{
	struct pcache_slot_info info = sample_slot(8);
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	int i;

	formatted();
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	assert_int_equal(store_slot(dev, 0, &info), 0);
	assert_int_equal(store_slot(dev, 63, &info), 0);
	pcache_cache_dev_close(dev);
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	assert_memory_equal(&dev->slots[0].info, &info, sizeof(info));
	assert_memory_equal(&dev->slots[63].info, &info, sizeof(info));
	for (i = 1; i < 63; i++)
		assert_int_equal(dev->slots[i].info.state, PCACHE_SLOT_FREE);
	assert_int_equal(dev->promised, 16);
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

#define BAD(change)							\
static void bad_##change(struct pcache_slot_info *info)

BAD(state) { info->state = 2; }
BAD(flags) { info->flags = 8; }
BAD(uuid) { memset(info->uuid, 0, sizeof(info->uuid)); }
BAD(block_small) { info->logical_block_size = 256; }
BAD(block_odd) { info->logical_block_size = 513; }
BAD(block_large) { info->logical_block_size = 131072; }
BAD(no_sectors) { info->nr_sectors = 0; }
BAD(sectors) { info->nr_sectors = 1ULL << 55; }
BAD(quota) { info->cache_segs = PCACHE_MIN_SEGS - 1; }
BAD(percent) { info->gc_percent = 91; }
BAD(no_queues) { info->queues = 0; }
BAD(queues) { info->queues = 129; }
BAD(lsn) { info->incarnation_lsn = 1ULL << 62; }
BAD(id) { memset(info->id, 'x', sizeof(info->id)); }
BAD(path) { memset(info->path, 'x', sizeof(info->path)); }

static void a_slot_that_would_not_verify_is_not_stored(void **state)
{
	static void (*const bad[])(struct pcache_slot_info *info) = {
		bad_state, bad_flags, bad_uuid, bad_block_small, bad_block_odd,
		bad_block_large, bad_no_sectors, bad_sectors, bad_quota,
		bad_percent, bad_no_queues, bad_queues, bad_lsn, bad_id,
		bad_path,
	};
	struct world *w = world_quietly();
	struct sim_image *before, *after;
	struct pcache_slot_info info;
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	u32 i;

	pmem = formatted();
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	before = sim_pmem_snapshot(pmem);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		info = sample_slot(8);
		bad[i](&info);
		assert_int_equal(store_slot(dev, 5, &info), -EINVAL);
		assert_int_equal(dev->slots[5].info.state, PCACHE_SLOT_FREE);
	}
	after = sim_pmem_snapshot(pmem);
	assert_true(sim_image_equal(before, after));
	sim_image_free(before);
	sim_image_free(after);
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

/* 64 quotas that wrap around to something small, and some that just exceed. */
static void quotas_beyond_the_pool_are_damage(void **state)
{
	static const u32 quotas[][2] = {
		{ 0x08000000, 63 }, { 247, 2 }, { 130, 2 }, { 4, 63 },
	};
	struct pcache_slot_info info;
	struct pcache_cache_dev *dev;
	u32 i, k, sum, pool;
	struct world *w;

	for (k = 0; k < ARRAY_SIZE(quotas); k++) {
		w = world_quietly();
		formatted();
		assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev),
				 0);
		pool = dev->geo.nr_segs - dev->geo.meta_segs;
		info = sample_slot(quotas[k][0]);
		for (i = 0; i < quotas[k][1]; i++)
			assert_int_equal(store_slot(dev, i, &info), 0);
		pcache_cache_dev_close(dev);
		assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev),
				 0);
		sum = 0;
		for (i = 0; i < quotas[k][1]; i++)
			if (!dev->slots[i].err)
				sum += quotas[k][0];
		assert_true(sum <= pool);
		assert_int_equal(dev->promised, sum);
		/* As many as fit are good, the rest is said to be bad. */
		assert_true((u64)sum + quotas[k][0] > pool);
		assert_true(dev->slots_bad);
		assert_true(sim_klog_has("more segments than there are"));
		pcache_cache_dev_close(dev);
		assert_int_equal(world_destroy(w), 0);
	}
}

static void boot_and_look_at_slots(const struct core_images *im, void *arg)
{
	struct core *c = arg;
	u32 i;

	core_boot(c, im);
	assert_int_equal(rig_register(&c->rig, false), 0);
	assert_false(c->rig.dev->slots_bad);
	for (i = 0; i < PCACHE_NR_SLOTS; i++)
		assert_int_equal(c->rig.dev->slots[i].err, 0);
	assert_int_equal(rig_attach(&c->rig, 0, false), 0);
	assert_int_equal(rig_stop(&c->rig, 0, PCACHE_STOP_DRAIN), 0);
	assert_int_equal(c->rig.dev->nr_free, c->opts.nr_segs);
	core_close(c);
}

static void a_cut_in_the_first_attach_costs_nothing(void **state)
{
	struct core c;

	core_init(&c);
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	sim_log_start();
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	assert_true(core_visit_cuts(&c, boot_and_look_at_slots, &c) > 20);
}

static void a_cut_in_the_letting_go_leaves_one_or_the_other(void **state)
{
	struct core c;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 0);
	rig_settle(&c.rig, 0);
	sim_log_start();
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_DRAIN), 0);
	assert_true(core_visit_cuts(&c, boot_and_look_at_slots, &c) > 5);
}

/* Both copies of a slot bad: its cache is out of reach, and nothing else. */
static void an_unreadable_slot_keeps_segments_of_unknown_owners(void **state)
{
	struct pcache_slot *slot;
	u8 junk[64];
	struct core c;
	u32 segs;
	int i;

	core_init(&c);
	c.sim.heal_poison = false;
	core_open(&c);
	core_write(&c, 0, 8, 1);
	core_write(&c, 9000, 8, 1);
	segs = core_cache(&c)->used_segs;
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	slot = &c.rig.dev->slots[0];
	memset(junk, 0xee, sizeof(junk));
	for (i = 0; i < 2; i++)
		sim_pmem_poke(c.rig.pmem, slot->meta.location[i] + 64, junk,
			      64);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(c.rig.dev->slots[0].err, -EUCLEAN);
	assert_true(sim_klog_has("backing slot 0: both copies bad"));
	assert_int_equal(c.rig.dev->nr_free, c.opts.nr_segs - segs);
	assert_int_equal(c.rig.dev->nr_retired, segs);
	/* The backing device is unknown now, and gets another slot. */
	assert_int_equal(rig_attach(&c.rig, 0, true), -ENOENT);
	assert_int_equal(rig_attach(&c.rig, 0, false), 0);
	assert_int_equal(core_cache(&c)->slot, 1);
	core_close(&c);
}

static void a_slot_that_cannot_be_written_stays_as_it_is(void **state)
{
	struct pcache_slot_info info = sample_slot(8);
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	int i;

	pmem = formatted();
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	for (i = 0; i < 2; i++)
		sim_pmem_poison(pmem, dev->slots[7].meta.location[i] + 512, 64);
	assert_int_equal(store_slot(dev, 7, &info), -EIO);
	assert_true(sim_klog_has("backing slot 7: cannot be written"));
	assert_int_equal(dev->slots[7].info.state, PCACHE_SLOT_FREE);
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

static void a_slot_in_one_copy_is_completed_before_it_is_built_upon(void **state)
{
	struct pcache_slot_info info = sample_slot(8);
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	u8 junk[64] = { 1 };

	pmem = formatted();
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	assert_int_equal(store_slot(dev, 2, &info), 0);
	sim_pmem_poke(pmem, dev->slots[2].meta.location[0], junk, 64);
	pcache_cache_dev_close(dev);
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	assert_int_equal(dev->slots[2].meta.good, 2);
	assert_int_equal(store_slot(dev, 9, &info), 0);
	pcache_cache_dev_close(dev);
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	assert_int_equal(dev->slots[2].meta.good, 3);
	assert_memory_equal(&dev->slots[2].info, &info, sizeof(info));
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

/* ---- segments at a load ---- */

static void segments_over_known_bad_blocks_are_not_handed_out(void **state)
{
	struct world *w = world_quietly();
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	u32 nr_free;

	pmem = formatted();
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	nr_free = dev->nr_free;
	pcache_cache_dev_close(dev);
	sim_pmem_badblocks(pmem, 100 * 128 + 77, 1);
	sim_pmem_badblocks(pmem, 120 * 128 - 1, 2);
	assert_int_equal(try_open("/dev/pmem0", 0, false, false, &dev), 0);
	assert_int_equal(dev->segs[100].state, PCACHE_SEG_RETIRED);
	assert_int_equal(dev->segs[119].state, PCACHE_SEG_RETIRED);
	assert_int_equal(dev->segs[120].state, PCACHE_SEG_RETIRED);
	assert_int_equal(dev->segs[101].state, PCACHE_SEG_FREE);
	assert_int_equal(dev->nr_free, nr_free - 3);
	assert_int_equal(dev->nr_retired, 3);
	pcache_cache_dev_close(dev);
	assert_int_equal(world_destroy(w), 0);
}

static void a_segment_without_a_header_is_damage_for_every_cache(void **state)
{
	struct core c;
	u8 junk[64];
	u64 off;

	core_init(&c);
	core_open(&c);
	core_write(&c, 0, 8, 1);
	off = core_seg_off(&c, core_head_seg(&c));
	assert_int_equal(rig_stop(&c.rig, 0, PCACHE_STOP_KEEP), 0);
	memset(junk, 0x11, sizeof(junk));
	sim_pmem_poke(c.rig.pmem, off, junk, 64);
	sim_pmem_poke(c.rig.pmem, off + c.rig.dev->geo.rec_end, junk, 64);
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_true(c.rig.dev->headers_bad);
	assert_int_equal(c.rig.dev->nr_retired, 1);
	assert_int_equal(rig_attach(&c.rig, 0, true), -EUCLEAN);
	assert_true(sim_klog_has("a segment has no valid header"));
	core_close(&c);
}

/* Both headers of segment 9 are replaced by those of 8, or by ones that say 8. */
static void check_foreign_headers(bool copied)
{
	struct pcache_seg_header_ondisk hdr;
	struct core c;
	u64 off;
	int i;

	core_init(&c);
	core_boot(&c, NULL);
	assert_int_equal(rig_register(&c.rig, true), 0);
	for (i = 0; i < 2; i++) {
		off = pcache_geo_seg_off(&c.rig.dev->geo, 9) +
		      i * c.rig.dev->geo.rec_end;
		memcpy(&hdr, sim_pmem_view(c.rig.pmem) + off -
		       (copied ? SZ_64K : 0), sizeof(hdr));
		hdr.seg_id = cpu_to_le32(8);
		hdr.meta.crc = cpu_to_le32(crc32c(~0U, (u8 *)&hdr + 4,
						  sizeof(hdr) - 4));
		sim_pmem_poke(c.rig.pmem, off, &hdr, sizeof(hdr));
	}
	core_power_cycle(&c);
	assert_int_equal(rig_register(&c.rig, false), 0);
	assert_int_equal(c.rig.dev->segs[8].state, PCACHE_SEG_FREE);
	assert_int_equal(c.rig.dev->segs[9].state, PCACHE_SEG_RETIRED);
	core_close(&c);
}

static void headers_of_another_segment_are_damage(void **state)
{
	check_foreign_headers(true);
	check_foreign_headers(false);
}

/* ---- the pool ---- */

static void the_pool_counts_what_it_gives_and_takes(void **state)
{
	struct pcache_cache_dev *dev;
	struct pcache_cache *cache;
	struct pcache_seg *seg[4];
	struct core c;
	u32 nr_free;

	core_init(&c);
	c.opts.cache[0].quota = 4;
	core_open(&c);
	dev = c.rig.dev;
	cache = core_cache(&c);
	nr_free = dev->nr_free;
	seg[0] = pcache_dev_seg_get(cache, 2);
	seg[1] = pcache_dev_seg_get(cache, 2);
	assert_ptr_not_equal(seg[0], seg[1]);
	assert_null(pcache_dev_seg_get(cache, 2));
	seg[2] = pcache_dev_seg_get(cache, 1);
	assert_null(pcache_dev_seg_get(cache, 1));
	seg[3] = pcache_dev_seg_get(cache, 0);
	assert_null(pcache_dev_seg_get(cache, 0));
	assert_int_equal(cache->used_segs, 4);
	assert_int_equal(dev->nr_free, nr_free - 4);
	/* The longest unused comes first. */
	pcache_dev_seg_put(dev, seg[1], cache);
	assert_ptr_equal(list_last_entry(&dev->free, struct pcache_seg, node),
			 seg[1]);
	assert_int_equal(cache->used_segs, 3);
	/* Bad ones do not come back. */
	seg[0]->has_badblocks = true;
	pcache_dev_seg_put(dev, seg[0], cache);
	assert_int_equal(seg[0]->state, PCACHE_SEG_RETIRED);
	pcache_dev_seg_retire(cache, seg[2], "a test");
	pcache_dev_seg_put(dev, seg[3], cache);
	assert_int_equal(cache->used_segs, 0);
	assert_int_equal(dev->nr_retired, 2);
	assert_int_equal(dev->nr_free, nr_free - 2);
	core_close(&c);
}

static void an_open_that_finds_no_memory_lets_go_of_all(void **state)
{
	struct world *w = world_quietly();
	struct sim_image *before, *after;
	struct pcache_cache_dev *dev;
	struct sim_pmem *pmem;
	int err = -ENOMEM;
	u32 nth;

	pmem = formatted();
	before = sim_pmem_snapshot(pmem);
	for (nth = 1; err; nth++) {
		sim_fail_alloc(nth);
		err = try_open("/dev/pmem0", SZ_128K, true, true, &dev);
		assert_true(!err || err == -ENOMEM);
		if (!err)
			break;
		/* A format that fails has not begun. */
		after = sim_pmem_snapshot(pmem);
		assert_true(sim_image_equal(before, after));
		sim_image_free(after);
	}
	assert_true(nth > 3);
	sim_fail_alloc(0);
	pcache_cache_dev_close(dev);
	sim_image_free(before);
	assert_int_equal(world_destroy(w), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_what_the_page_says),
		cmocka_unit_test(a_format_is_loaded_as_it_was_made),
		cmocka_unit_test(a_second_format_leaves_nothing_of_the_first),
		cmocka_unit_test(a_cut_format_is_none_or_whole),
		cmocka_unit_test(a_format_refuses_bad_geometry),
		cmocka_unit_test(a_format_spares_what_holds_data),
		cmocka_unit_test(a_device_that_will_not_do_is_refused),
		cmocka_unit_test(partitions_count_from_their_own_start),
		cmocka_unit_test(superblocks_that_are_not_ours_to_use_are_refused),
		cmocka_unit_test(one_superblock_is_enough_none_is_not),
		cmocka_unit_test(what_was_never_a_pool_is_not_formatted),
		cmocka_unit_test(a_shrunk_device_is_said_to_be_too_small),
		cmocka_unit_test(a_slot_comes_back_as_it_was_stored),
		cmocka_unit_test(a_slot_that_would_not_verify_is_not_stored),
		cmocka_unit_test(quotas_beyond_the_pool_are_damage),
		cmocka_unit_test(a_cut_in_the_first_attach_costs_nothing),
		cmocka_unit_test(a_cut_in_the_letting_go_leaves_one_or_the_other),
		cmocka_unit_test(an_unreadable_slot_keeps_segments_of_unknown_owners),
		cmocka_unit_test(a_slot_that_cannot_be_written_stays_as_it_is),
		cmocka_unit_test(a_slot_in_one_copy_is_completed_before_it_is_built_upon),
		cmocka_unit_test(segments_over_known_bad_blocks_are_not_handed_out),
		cmocka_unit_test(a_segment_without_a_header_is_damage_for_every_cache),
		cmocka_unit_test(headers_of_another_segment_are_damage),
		cmocka_unit_test(the_pool_counts_what_it_gives_and_takes),
		cmocka_unit_test(an_open_that_finds_no_memory_lets_go_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
