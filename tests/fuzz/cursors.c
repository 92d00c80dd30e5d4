// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: the ring of cursor lines, in its two copies.  An input sets lines,
 * with numbers that fit their places unless it edits them, and then bytes of them.
 */
#include "fuzz/fuzz.h"

#include <linux/crc32c.h>

#define SLOT	5
#define LINES	PCACHE_CURSOR_LINES
#define RING	(LINES * PCACHE_LINE_SIZE)

static struct sim_pmem *pmem;
static struct pcache_map map;
static u8 uuid[PCACHE_UUID_LEN];

static u64 line_place(u32 copy, u32 i)
{
	return PCACHE_CURSORS_OFF + copy * PCACHE_CURSORS_LEN + SLOT * RING +
	       i * PCACHE_LINE_SIZE;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pmem = fuzz_ground(SZ_1M);
	map.base = sim_pmem_mem(pmem);
	map.size = SZ_1M;
	memset(uuid, 0x33, sizeof(uuid));
	return 0;
}

static void line_seal(struct pcache_cursor_ondisk *line)
{
	line->crc = cpu_to_le32(crc32c(crc32c(~0u, uuid, 16), (u8 *)line + 4,
				       60));
}

static void lines_make(struct fuzz_in *in, struct pcache_cursor_ondisk *lines)
{
	u64 seq, lsn, sealed;
	u32 i, which;

	memset(lines, 0, 2 * RING);
	for (i = fuzz_u8(in) % (2 * LINES); i; i--) {
		which = fuzz_u8(in) % (2 * LINES);
		seq = (u64)fuzz_u8(in) % 8 * LINES + which % LINES;
		lsn = fuzz_u16(in);
		lines[which].seq = cpu_to_le64(seq);
		lines[which].location = cpu_to_le64(line_place(which / LINES,
							       which % LINES));
		lines[which].clean_lsn = cpu_to_le64(lsn);
		lines[which].evict_lsn = cpu_to_le64(lsn / 2);
		line_seal(&lines[which]);
	}
	sealed = fuzz_edit(in, lines, 2 * RING, PCACHE_LINE_SIZE);
	for (i = 0; i < 2 * LINES; i++)
		if (sealed >> i & 1)
			line_seal(&lines[i]);
}

static bool line_is_valid(const struct pcache_cursor_ondisk *line, u32 copy,
			  u32 i)
{
	struct pcache_cursor_ondisk again = *line;
	u64 seq = le64_to_cpu(line->seq);

	line_seal(&again);
	return again.crc == line->crc && !line->reserved0 &&
	       !(line->reserved[0] | line->reserved[1] | line->reserved[2]) &&
	       le64_to_cpu(line->location) == line_place(copy, i) &&
	       seq && seq < 1ull << 62 && seq % LINES == i &&
	       le64_to_cpu(line->clean_lsn) < 1ull << 62 &&
	       le64_to_cpu(line->evict_lsn) <= le64_to_cpu(line->clean_lsn);
}

/* The first of the valid lines with the greatest number; -1: there is none. */
static int newest_of(const struct pcache_cursor_ondisk *lines, u64 poisoned)
{
	int i, best = -1;

	for (i = 0; i < 2 * LINES; i++) {
		if (poisoned >> i & 1 ||
		    !line_is_valid(&lines[i], i / LINES, i % LINES))
			continue;
		if (best < 0 || le64_to_cpu(lines[i].seq) >
				le64_to_cpu(lines[best].seq))
			best = i;
	}
	return best;
}

static void check_load(const struct pcache_cursor_ondisk *lines, u64 poisoned)
{
	int best = newest_of(lines, poisoned), err;
	struct pcache_cursor cur, again;

	pcache_cursor_init(&cur, &map, SLOT, uuid);
	err = pcache_cursor_load(&cur);
	/* Nothing can follow a number that is near the limit. */
	if (best >= 0 && le64_to_cpu(lines[best].seq) >= 1ull << 61) {
		fuzz_check(err == -EUCLEAN);
		return;
	}
	fuzz_check(!err == (best >= 0));
	if (err) {
		fuzz_check(err == (poisoned ? -EIO : -EUCLEAN));
		return;
	}
	fuzz_check(cur.clean_lsn == le64_to_cpu(lines[best].clean_lsn));
	fuzz_check(cur.evict_lsn == le64_to_cpu(lines[best].evict_lsn));
	if (poisoned)
		return;
	/* An attach refuses LSNs that come so near to the limit. */
	if (cur.clean_lsn + 7 >= 1ull << 62)
		return;
	/* The next update wins over all that lies here. */
	pcache_cursor_store(&cur, cur.clean_lsn + 7, cur.evict_lsn + 7);
	pcache_cursor_init(&again, &map, SLOT, uuid);
	fuzz_check(!pcache_cursor_load(&again));
	fuzz_check(again.clean_lsn == cur.clean_lsn && again.complete);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct pcache_cursor_ondisk lines[2 * LINES];
	struct fuzz_in in = { data, size };
	u64 poisoned = 0;
	u32 i, how;

	fuzz_fresh(pmem);
	how = fuzz_u8(&in);
	lines_make(&in, lines);
	sim_pmem_poke(pmem, line_place(0, 0), lines, RING);
	sim_pmem_poke(pmem, line_place(1, 0), lines + LINES, RING);
	if (how & 128)
		poisoned |= 1ull << (how % (2 * LINES));
	for (i = 0; i < 2 * LINES; i++)
		if (poisoned >> i & 1)
			fuzz_poison(pmem, line_place(i / LINES, i % LINES));
	check_load(lines, poisoned);
	return 0;
}
