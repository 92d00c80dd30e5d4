// SPDX-License-Identifier: GPL-2.0
/* Fuzz target: the header of a log segment in its two copies. */
#include "fuzz/fuzz.h"

#include "pcache_dev.h"

#define SEG_SIZE	SZ_64K
#define SEG		7u
#define SEG_OFF		((u64)SEG_SIZE * SEG)

static struct sim_pmem *pmem;
static struct pcache_map map;
static struct pcache_seg_header_ondisk model;

static bool header_is_valid(const void *rec)
{
	const struct pcache_seg_header_ondisk *h = rec;
	u8 owner = 0;
	u32 i;

	for (i = 0; i < sizeof(h->owner); i++)
		owner |= h->owner[i];
	return !h->reserved0 && le64_to_cpu(h->open_lsn) < 1ull << 62 &&
	       (owner || (!h->open_lsn && !h->salt));
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pmem = fuzz_ground(SZ_1M);
	map.base = sim_pmem_mem(pmem);
	map.size = SZ_1M;
	model.meta.type = cpu_to_le32(PCACHE_META_SEGMENT);
	memset(model.owner, 0x77, sizeof(model.owner));
	model.seg_id = cpu_to_le32(SEG);
	model.open_lsn = cpu_to_le64(1000);
	model.salt = cpu_to_le64(0x0123456789abcdefull);
	return 0;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_in in = { data, size };
	struct pcache_seg_header_ondisk rec;
	struct fuzz_meta fm = {
		.meta = {
			.map = &map,
			.verify = pcache_seg_header_verify,
			.location = {
				SEG_OFF,
				SEG_OFF + SEG_SIZE - PCACHE_BLOCK_SIZE,
			},
			.len = sizeof(rec),
			.type = PCACHE_META_SEGMENT,
		},
		.valid = header_is_valid,
		.model = &model,
	};

	fuzz_fresh(pmem);
	fuzz_meta_run(&in, pmem, &fm, &rec);
	return 0;
}
