// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: the superblock in its two copies, and what a registration makes of
 * the pool that it describes.  The device's other bytes are those of a format.
 */
#include "fuzz/fuzz.h"

#include "pcache_cache.h"

#define SEG_SIZE	SZ_64K
#define SIZE		(12 * SEG_SIZE)
#define META_SEGS	5

static struct sim_pmem *pmem;
static struct pcache_map map;
static struct pcache_super_ondisk model;

static bool super_is_valid(const void *rec)
{
	const struct pcache_super_ondisk *sb = rec;
	u32 shift = le32_to_cpu(sb->segment_shift);
	u32 nr = le32_to_cpu(sb->nr_segments);
	u64 fixed = PCACHE_META_FIXED_LEN + PCACHE_BLOCK_SIZE, meta, at;

	if (memcmp(sb->magic, PCACHE_MAGIC, 16) || shift < 16 || shift > 30)
		return false;
	meta = (fixed + (1ull << shift) - 1) >> shift;
	at = le64_to_cpu(sb->meta.location);
	return nr <= S32_MAX && nr > meta &&
	       le32_to_cpu(sb->meta_segments) == meta && !sb->label[31] &&
	       (at == 4096 || at == (meta << shift) - 4096);
}

static struct pcache_cache_dev *pool_open(bool format)
{
	struct pcache_cache_dev_opts opts = {
		.path = "/dev/pmem0",
		.segment_size = SEG_SIZE,
		.format = format,
		.force = true,
	};

	return pcache_cache_dev_open(&opts);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct pcache_cache_dev *dev;

	pmem = fuzz_ground(SIZE);
	map.base = sim_pmem_mem(pmem);
	map.size = SIZE;
	dev = pool_open(true);
	fuzz_check(!IS_ERR(dev));
	pcache_cache_dev_close(dev);
	memcpy(&model, map.base + PCACHE_SB_OFF, sizeof(model));
	fuzz_check(super_is_valid(&model));
	return 0;
}

/* What was loaded speaks of a pool that lies on the device. */
static void check_pool(int err)
{
	struct pcache_cache_dev *dev = pool_open(false);

	if (IS_ERR(dev)) {
		fuzz_check(err || PTR_ERR(dev) == -EOPNOTSUPP ||
			   PTR_ERR(dev) == -EFBIG ||
			   PTR_ERR(dev) == -EUCLEAN ||
			   PTR_ERR(dev) == -EINVAL);
		return;
	}
	fuzz_check((u64)dev->geo.nr_segs << dev->geo.seg_shift <= SIZE);
	fuzz_check(dev->version == 1 && !dev->incompat && !dev->ro_compat);
	pcache_cache_dev_close(dev);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct pcache_super_ondisk rec;
	struct fuzz_meta fm = {
		.meta = {
			.map = &map,
			.verify = pcache_super_verify,
			.location = {
				PCACHE_SB_OFF,
				META_SEGS * SEG_SIZE - PCACHE_BLOCK_SIZE,
			},
			.len = sizeof(rec),
			.type = PCACHE_META_SUPER,
		},
		.valid = super_is_valid,
		.model = &model,
	};

	fuzz_fresh(pmem);
	check_pool(fuzz_meta_run(&in, pmem, &fm, &rec));
	return 0;
}
