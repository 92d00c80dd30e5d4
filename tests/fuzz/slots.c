// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: a backing slot in its two copies. */
#include "fuzz/fuzz.h"

#include "pcache_dev.h"

#define SLOT	3

static struct sim_pmem *pmem;
static struct pcache_map map;
static struct pcache_slot_ondisk model;

static bool zero(const void *p, size_t len)
{
	const u8 *b = p;

	while (len && !*b)
		b++, len--;
	return !len;
}

static bool active_is_valid(const struct pcache_slot_ondisk *s)
{
	u32 lbs = le32_to_cpu(s->logical_block_size);
	u64 nr = le64_to_cpu(s->nr_sectors);

	if (le32_to_cpu(s->flags) & ~PCACHE_SLOT_FLAGS_ALL)
		return false;
	if (zero(s->uuid, 16) || lbs < 512 || lbs > 65536 || lbs & (lbs - 1))
		return false;
	if (!nr || nr > (1ull << 54) - 1)
		return false;
	return le32_to_cpu(s->cache_segs) >= 4 &&
	       le32_to_cpu(s->gc_percent) <= 90 &&
	       le32_to_cpu(s->queues) - 1 < 128 &&
	       le64_to_cpu(s->incarnation_lsn) < 1ull << 62;
}

static bool slot_is_valid(const void *rec)
{
	const struct pcache_slot_ondisk *s = rec;

	if (!zero(s->reserved, sizeof(s->reserved)) || s->id[127] || s->path[255])
		return false;
	return !s->state || (le32_to_cpu(s->state) == 1 && active_is_valid(s));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pmem = fuzz_ground(SZ_1M);
	map.base = sim_pmem_mem(pmem);
	map.size = SZ_1M;
	model.meta.type = cpu_to_le32(PCACHE_META_SLOT);
	memset(model.uuid, 0x5a, sizeof(model.uuid));
	model.state = cpu_to_le32(PCACHE_SLOT_ACTIVE);
	model.nr_sectors = cpu_to_le64(32768);
	model.logical_block_size = cpu_to_le32(512);
	model.cache_segs = cpu_to_le32(16);
	model.queues = cpu_to_le32(2);
	model.gc_percent = cpu_to_le32(70);
	model.incarnation = cpu_to_le64(1);
	memcpy(model.id, "serial-1", 8);
	memcpy(model.path, "/dev/vdb", 8);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct pcache_slot_ondisk rec;
	struct fuzz_meta fm = {
		.meta = {
			.map = &map,
			.verify = pcache_slot_verify,
			.location = {
				PCACHE_SLOTS_OFF + SLOT * PCACHE_SLOT_SIZE,
				PCACHE_SLOTS_OFF + SLOT * PCACHE_SLOT_SIZE +
				PCACHE_SLOTS_LEN,
			},
			.len = PCACHE_SLOT_SIZE,
			.type = PCACHE_META_SLOT,
		},
		.valid = slot_is_valid,
		.model = &model,
	};

	fuzz_fresh(pmem);
	fuzz_meta_run(&in, pmem, &fm, &rec);
	return 0;
}
