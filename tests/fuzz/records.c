// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: the record lines of one segment: one by one, and as a scan takes
 * them.  The model is a segment with a write, a clean extent, zeroes, a discard,
 * a lost extent and END; an input says how many of them there are, edits them,
 * and chooses the rules that they must obey.
 */
#include "fuzz/fuzz.h"

#include <linux/crc32c.h>

#include "pcache_log.h"

#define SEG_SHIFT	16
#define SEG		6
#define LINES		12	/* of an input; all other lines are zero */
#define OPEN_LSN	100
#define NR_SECTORS	((1ull << 15) + 8192 + 40)

static struct sim_pmem *pmem;
static struct pcache_cache_dev dev;
static struct pcache_log_rules rules;
static struct pcache_seg seg;
static u8 owner[PCACHE_UUID_LEN];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	pmem = fuzz_ground(SZ_1M);
	dev.map.base = sim_pmem_mem(pmem);
	dev.map.size = SZ_1M;
	strscpy(dev.path, "/dev/pmem0", sizeof(dev.path));
	pcache_geo_init(&dev.geo, SEG_SHIFT, SZ_1M);
	memset(owner, 0x44, sizeof(owner));
	rules.dev = &dev;
	rules.nr_sectors = NR_SECTORS;
	return 0;
}

static void record_seal(struct pcache_record_ondisk *rec)
{
	rec->crc = cpu_to_le32(crc32c(seg.seed, (u8 *)rec + 4, 28));
}

static void seg_make(struct fuzz_in *in)
{
	u8 how = fuzz_u8(in);

	memset(&seg, 0, sizeof(seg));
	pcache_seg_setup(&seg, SEG);
	seg.state = PCACHE_SEG_CLOSED;
	seg.open_lsn = OPEN_LSN;
	seg.salt = 0xfeedull << 40;
	seg.seed = pcache_seg_seed(&seg, owner);
	rules.block_sectors = how & 1 ? 8 : 1;
	rules.data_crc = how & 2;
	rules.incarnation_lsn = how & 4 ? OPEN_LSN : OPEN_LSN - 1;
}

static void record_make(struct pcache_record_ondisk *rec, u32 line, bool end)
{
	static const u8 types[] = {
		PCACHE_REC_WRITE, PCACHE_REC_CLEAN, PCACHE_REC_ZERO,
		PCACHE_REC_DISCARD, PCACHE_REC_LOST,
	};

	memset(rec, 0, sizeof(*rec));
	rec->type = end ? PCACHE_REC_END : types[line % ARRAY_SIZE(types)];
	rec->lsn = cpu_to_le64(OPEN_LSN + 1 + line);
	rec->nr_sectors = cpu_to_le32(end ? line : 8);
	if (!end)
		rec->sector = cpu_to_le64(16 * line);
	if (pcache_key_has_data(rec->type))
		rec->data_off = cpu_to_le32(dev.geo.data_start + line * SZ_4K);
	rec->salt = cpu_to_le64(seg.salt);
	record_seal(rec);
}

/* Lines in the order of their numbers; bit mask of the poisoned ones. */
static u64 lines_make(struct fuzz_in *in, struct pcache_record_ondisk *lines)
{
	u32 nr = fuzz_u8(in) % (LINES + 1), poison = fuzz_u8(in), i;
	bool end = nr && poison & 64;
	u64 sealed;

	memset(lines, 0, LINES * sizeof(*lines));
	for (i = 0; i < nr; i++)
		record_make(&lines[i], i, end && i == nr - 1);
	sealed = fuzz_edit(in, lines, LINES * sizeof(*lines), sizeof(*lines));
	for (i = 0; i < LINES; i++)
		if (sealed >> i & 1)
			record_seal(&lines[i]);
	return poison & 128 ? 1ull << (poison % LINES) : 0;
}

static void lines_poke(const struct pcache_record_ondisk *lines, u64 poisoned)
{
	u64 off;
	u32 i;

	for (i = 0; i < LINES; i++) {
		off = pcache_geo_seg_off(&dev.geo, SEG) +
		      pcache_geo_rec_off(&dev.geo, i);
		sim_pmem_poke(pmem, off, &lines[i], sizeof(lines[i]));
		if (poisoned >> i & 1)
			fuzz_poison(pmem, off);
	}
}

/* ---- a second opinion ---- */

static bool is_sealed(const struct pcache_record_ondisk *rec)
{
	struct pcache_record_ondisk again = *rec;

	if (le64_to_cpu(rec->salt) != seg.salt ||
	    rec->reserved[0] | rec->reserved[1] | rec->reserved[2])
		return false;
	record_seal(&again);
	return again.crc == rec->crc;
}

/* As the driver is to see it: a record that lacks one bit is that record. */
static void put_right(struct pcache_record_ondisk *rec)
{
	struct pcache_record_ondisk other;
	u32 i;

	if (hweight64(le64_to_cpu(rec->salt) ^ seg.salt) > 1)
		return; /* what saves most of the time: blank lines */
	for (i = 0; i < 512 && !is_sealed(rec); i++) {
		other = *rec;
		((u8 *)&other)[i / 8] ^= 1 << i % 8;
		if (is_sealed(&other))
			*rec = other;
	}
}

/* In whole sectors and blocks, on the device, in one chunk. */
static bool extent_is_valid(const struct pcache_record_ondisk *rec)
{
	u64 first = le64_to_cpu(rec->sector), nr = le32_to_cpu(rec->nr_sectors);
	u64 end;

	return nr && !__builtin_add_overflow(first, nr, &end) &&
	       end <= NR_SECTORS && first / 8192 == (end - 1) / 8192 &&
	       !(first % rules.block_sectors) && !(nr % rules.block_sectors);
}

/* Between the page CRCs and the record itself, and no longer than may be. */
static bool data_is_valid(const struct pcache_record_ondisk *rec, u32 line)
{
	u64 off = le32_to_cpu(rec->data_off), len;
	u64 start = 4096 + 4096, end = SZ_64K - 4096 - (line + 1) * 64;

	len = (u64)le32_to_cpu(rec->nr_sectors) * 512;
	if (rules.data_crc)
		len = (len + 4095) / 4096 * 4096;
	return !(off % (rules.data_crc ? 4096 : 512)) && len <= SZ_64K / 4 &&
	       off >= start && off + len <= end;
}

/* 1 a record, 0 none, -1 one that cannot be. */
static int judge(const struct pcache_record_ondisk *rec, u32 line)
{
	u64 lsn = le64_to_cpu(rec->lsn);
	bool good;

	if (!is_sealed(rec))
		return 0;
	good = rec->flags < 4 && !rec->reserved0 && lsn > OPEN_LSN &&
	       lsn < 1ull << 62;
	if (rec->type == PCACHE_REC_END)
		good = good && !rec->sector && !rec->data_off &&
		       le32_to_cpu(rec->nr_sectors) == line;
	else if (rec->type == PCACHE_REC_WRITE || rec->type == PCACHE_REC_CLEAN)
		good = good && extent_is_valid(rec) && data_is_valid(rec, line);
	else
		good = good && rec->type >= PCACHE_REC_ZERO &&
		       rec->type <= PCACHE_REC_LOST && !rec->data_off &&
		       extent_is_valid(rec);
	return good ? 1 : -1;
}

static void check_line(const struct pcache_record_ondisk *rec, u32 line,
		       bool poisoned)
{
	u64 base = pcache_geo_seg_off(&dev.geo, SEG);
	int ret, want = judge(rec, line);
	struct pcache_key key;

	ret = pcache_key_read(&rules, &seg, line, &key);
	if (poisoned) {
		fuzz_check(ret == -EIO);
		return;
	}
	fuzz_check(ret == (want < 0 ? -EUCLEAN : want));
	if (ret <= 0)
		return;
	fuzz_check(key.lsn == le64_to_cpu(rec->lsn));
	fuzz_check(key.sector == le64_to_cpu(rec->sector));
	fuzz_check(key.nr_sectors == le32_to_cpu(rec->nr_sectors));
	if (pcache_key_has_data(key.type))
		fuzz_check(key.value * 512 ==
			   base + le32_to_cpu(rec->data_off));
}

/* What a scan says of a segment without poison. */
static void check_scan(const struct pcache_record_ondisk *lines)
{
	bool ended = false, damaged = false;
	u64 last = 0;
	u32 i, n = 0;
	int what;

	for (; n < LINES && !ended; n++) {
		what = judge(&lines[n], n);
		if (!what)
			break;
		damaged = what < 0 || le64_to_cpu(lines[n].lsn) <= last;
		if (damaged)
			break;
		last = le64_to_cpu(lines[n].lsn);
		ended = lines[n].type == PCACHE_REC_END;
	}
	if (!ended && rules.incarnation_lsn >= OPEN_LSN)
		damaged = true;
	for (i = n + 1; i < LINES && !ended; i++)
		damaged |= judge(&lines[i], i) &&
			   le64_to_cpu(lines[i].lsn) > last;
	fuzz_check(seg.nr_recs == n && seg.last_lsn == last);
	fuzz_check(seg.ended == ended && !!seg.damage == damaged);
}

/* With poison: nothing is shown that is not there. */
static void check_poisoned_scan(const struct pcache_record_ondisk *lines)
{
	if (seg.damage || seg.ended)
		return;
	fuzz_check(seg.nr_recs <= LINES);
	fuzz_check(!seg.nr_recs || judge(&lines[seg.nr_recs - 1],
					 seg.nr_recs - 1) > 0);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct pcache_record_ondisk lines[LINES];
	struct fuzz_in in = { data, size };
	u64 poisoned;
	u32 i;

	fuzz_fresh(pmem);
	seg_make(&in);
	poisoned = lines_make(&in, lines);
	lines_poke(lines, poisoned);
	for (i = 0; i < LINES; i++)
		put_right(&lines[i]);
	for (i = 0; i < LINES; i++)
		check_line(&lines[i], i, poisoned >> i & 1);
	pcache_seg_scan(&rules, &seg, 0);
	if (poisoned)
		check_poisoned_scan(lines);
	else
		check_scan(lines);
	return 0;
}
