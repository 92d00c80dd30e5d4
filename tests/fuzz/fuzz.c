// SPDX-License-Identifier: GPL-2.0
/*
 * What the fuzz targets share: inputs, the world below them, and the structure
 * in two copies, of which there are three kinds.
 */
#include "fuzz/fuzz.h"

#include <linux/crc32c.h>

#define MAX_LEN		PCACHE_SLOT_SIZE
#define MAX_POISONED	4

static u64 poisoned[MAX_POISONED];
static u32 nr_poisoned;

u8 fuzz_u8(struct fuzz_in *in)
{
	if (!in->left)
		return 0;
	in->left--;
	return *in->next++;
}

u16 fuzz_u16(struct fuzz_in *in)
{
	u16 low = fuzz_u8(in);

	return low | fuzz_u8(in) << 8;
}

struct sim_pmem *fuzz_ground(u64 size)
{
	struct sim_opts opts;

	sim_opts_default(&opts);
	opts.yields = 0;
	opts.split_p = 0;
	opts.max_steps = ~0ull;
	world_create(1, &opts);
	return sim_pmem_create("/dev/pmem0", size, NULL);
}

void fuzz_poison(struct sim_pmem *pmem, u64 off)
{
	fuzz_check(nr_poisoned < MAX_POISONED);
	poisoned[nr_poisoned++] = off;
	sim_pmem_poison(pmem, off, PCACHE_LINE_SIZE);
}

void fuzz_fresh(struct sim_pmem *pmem)
{
	sim_klog_clear();
	while (nr_poisoned)
		sim_pmem_cure(pmem, poisoned[--nr_poisoned], PCACHE_LINE_SIZE);
}

/* Numbers at which rules change. */
static u64 edge(struct fuzz_in *in)
{
	static const u64 edges[] = {
		0, 8, 64, 4096, 8192, 1ull << 15, 1ull << 16, 1ull << 20,
		1ull << 31, 1ull << 32, 1ull << 54, 1ull << 62, 1ull << 63, ~0ull,
	};
	u64 at = edges[fuzz_u8(in) % ARRAY_SIZE(edges)];

	return at + (fuzz_u8(in) & 31) - 16;
}

u32 fuzz_bytes(struct fuzz_in *in, u32 *at, u8 bytes[8])
{
	u8 what = fuzz_u8(in);
	u32 i, nr = 1 + (what & 7);
	u64 number;

	if (what & 64) {
		number = edge(in);
		nr = what & 1 ? 8 : 4;
		*at &= ~(nr - 1);
		memcpy(bytes, &number, sizeof(number));
	} else {
		for (i = 0; i < nr; i++)
			bytes[i] = fuzz_u8(in);
	}
	return nr;
}

u64 fuzz_edit(struct fuzz_in *in, void *buf, u32 len, u32 unit)
{
	u32 i, n, nr, at;
	u64 sealed = 0;
	u8 bytes[8];
	bool seal;

	for (i = 0; i < FUZZ_MAX_EDITS && in->left; i++) {
		at = fuzz_u16(in) % len;
		seal = fuzz_u8(in) & 1;
		nr = fuzz_bytes(in, &at, bytes);
		for (n = 0; n < nr && at + n < len; n++)
			((u8 *)buf)[at + n] = bytes[n];
		if (seal)
			sealed |= 1ull << (at / unit);
	}
	return sealed;
}

void fuzz_seal_meta(void *copy, u32 len)
{
	struct pcache_meta_ondisk *head = copy;

	head->crc = cpu_to_le32(crc32c(~0u, (u8 *)copy + 4, len - 4));
}

/* ---- two copies ---- */

/* Copies as the media has them, and what the target thinks of each. */
struct copies {
	u8 data[2][MAX_LEN];
	bool poisoned[2];
	bool good[2];
};

static u64 copy_seq(const struct copies *c, int i)
{
	const struct pcache_meta_ondisk *head = (const void *)c->data[i];

	return le64_to_cpu(head->seq);
}

static bool copy_is_good(const struct fuzz_meta *fm, const struct copies *c,
			 int i)
{
	u64 seq = copy_seq(c, i);

	return !c->poisoned[i] && seq && seq < 1ull << 62 &&
	       media_head_good(c->data[i], fm->meta.len, fm->meta.type,
			       fm->meta.location[i]) &&
	       fm->valid(c->data[i]);
}

/* From the input to the media. */
static void copies_make(struct fuzz_in *in, struct sim_pmem *pmem,
			const struct fuzz_meta *fm, struct copies *c)
{
	u32 len = fm->meta.len, how = fuzz_u8(in), i;
	u8 both[2 * MAX_LEN];
	u64 sealed;

	for (i = 0; i < 2; i++) {
		struct pcache_meta_ondisk *head = (void *)(both + i * len);

		memcpy(head, fm->model, len);
		head->location = cpu_to_le64(fm->meta.location[i]);
		head->seq = cpu_to_le64(2 + (how & 1 && i));
		fuzz_seal_meta(head, len);
		if (how & 2 << i)
			memset(head, 0, len);
	}
	sealed = fuzz_edit(in, both, 2 * len, len);
	for (i = 0; i < 2; i++) {
		if (sealed >> i & 1)
			fuzz_seal_meta(both + i * len, len);
		memcpy(c->data[i], both + i * len, len);
		sim_pmem_poke(pmem, fm->meta.location[i], c->data[i], len);
		c->poisoned[i] = how & 8 << i;
		if (c->poisoned[i])
			fuzz_poison(pmem, fm->meta.location[i]);
		c->good[i] = copy_is_good(fm, c, i);
	}
}

static void check_load(const struct fuzz_meta *fm, const struct pcache_meta *meta,
		       const struct copies *c, const void *rec, int err)
{
	int best = !c->good[0] ||
		   (c->good[1] && copy_seq(c, 1) > copy_seq(c, 0));

	fuzz_check(!err == (c->good[0] || c->good[1]));
	if (err) {
		fuzz_check(err == -ENODATA || err == -EUCLEAN || err == -EIO);
		fuzz_check(err == -EIO || !(c->poisoned[0] || c->poisoned[1]));
		return;
	}
	fuzz_check(!memcmp(rec, c->data[best], fm->meta.len));
	fuzz_check(meta->good == 3 || meta->good == 1 << best);
	fuzz_check((meta->good == 3) == (c->good[0] && c->good[1] &&
					 copy_seq(c, 0) == copy_seq(c, 1)));
}

/* What was loaded is stored: both copies have it, but where poison stays. */
static void check_store(const struct fuzz_meta *fm, struct pcache_meta *meta,
			const struct copies *c, void *rec)
{
	u32 head = sizeof(struct pcache_meta_ondisk);
	u8 again[MAX_LEN];
	bool last = meta->seq + 1 >= 1ull << 62;
	int err;

	err = pcache_meta_store(meta, rec);
	if (last)
		fuzz_check(err == -EIO);
	else if (!c->poisoned[0] && !c->poisoned[1])
		fuzz_check(!err && meta->good == 3);
	fuzz_check(!pcache_meta_load(meta, again));
	fuzz_check(!memcmp(again + head, (u8 *)rec + head, fm->meta.len - head));
}

int fuzz_meta_run(struct fuzz_in *in, struct sim_pmem *pmem,
		  const struct fuzz_meta *fm, void *rec)
{
	struct pcache_meta meta = fm->meta;
	u8 scratch[MAX_LEN];
	struct copies c;
	int err;

	meta.scratch = scratch;
	copies_make(in, pmem, fm, &c);
	err = pcache_meta_load(&meta, rec);
	check_load(fm, &meta, &c, rec, err);
	if (!err)
		check_store(fm, &meta, &c, rec);
	return err;
}
