// SPDX-License-Identifier: GPL-2.0
/*
 * Stamped sectors.  The filler depends on all that a stamp says, so that no two
 * writes agree in a word but by chance, and a crc32c covers the whole, so that
 * words of two of them never pass for one.
 */
#include "shim/sim.h"
#include "sim/stamp.h"

#include <linux/crc32c.h>

#define MAGIC	0x70636163686573aaull

struct stamp_ondisk {
	__le64 magic;
	__le64 lba;
	__le32 op;
	__le32 run;
	__le16 writer;
	__le16 position;
	__le32 crc;
	__le64 filler[60];
};

static_assert(sizeof(struct stamp_ondisk) == STAMP_SIZE);

static u64 mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

/* Over all but the field itself, which is taken for zero. */
static u32 stamp_crc(struct stamp_ondisk *sd)
{
	__le32 kept = sd->crc;
	u32 crc;

	sd->crc = 0;
	crc = crc32c(~0u, sd, sizeof(*sd));
	sd->crc = kept;
	return crc;
}

void stamp_write(u8 *sector, const struct stamp *st)
{
	struct stamp_ondisk sd = {
		.magic = cpu_to_le64(MAGIC),
		.lba = cpu_to_le64(st->lba),
		.op = cpu_to_le32(st->op),
		.run = cpu_to_le32(st->run),
		.writer = cpu_to_le16(st->writer),
		.position = cpu_to_le16(st->position),
	};
	u64 seed = mix(st->lba ^ mix((u64)st->op << 32 | st->run));
	u32 i;

	for (i = 0; i < ARRAY_SIZE(sd.filler); i++)
		sd.filler[i] = cpu_to_le64(seed += 0x9e3779b97f4a7c15ull);
	sd.crc = cpu_to_le32(stamp_crc(&sd));
	memcpy(sector, &sd, sizeof(sd));
}

enum stamp_what stamp_read(const u8 *sector, struct stamp *st)
{
	struct stamp_ondisk sd;

	memcpy(&sd, sector, sizeof(sd));
	if (le64_to_cpu(sd.magic) != MAGIC) {
		if (!memchr_inv(sector, 0, STAMP_SIZE))
			return STAMP_ZERO;
		if (!memchr_inv(sector, STAMP_GARBAGE_BYTE, STAMP_SIZE))
			return STAMP_GARBAGE;
		return STAMP_BAD;
	}
	if (le32_to_cpu(sd.crc) != stamp_crc(&sd))
		return STAMP_BAD;
	st->lba = le64_to_cpu(sd.lba);
	st->op = le32_to_cpu(sd.op);
	st->run = le32_to_cpu(sd.run);
	st->writer = le16_to_cpu(sd.writer);
	st->position = le16_to_cpu(sd.position);
	return STAMP_OK;
}
