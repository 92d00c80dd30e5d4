// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz target: whole images.  The image of a pool with two caches, which were
 * written, half drained and cut off, is edited; then what a boot does: register,
 * attach, read everything, write, let write-back and reclaim run, stop, and once
 * more.  Nothing may crash, hang, warn or leak; what was written after the attach
 * must be read back; and what the driver has left behind, it must take again.
 *
 * The first byte of an input chooses the image and how it is booted.  Each edit
 * names a structure of the image by number.
 */
#include "fuzz/fuzz.h"
#include "sim/rig.h"

#include <linux/crc32c.h>

#define NR_IMAGES	4
#define MAX_PLACES	1024
#define MAX_STEPS	(4ull * 1000 * 1000)
#define DISK_SECTORS	640u
#define PART		128u
#define NR_LINES	10	/* of a segment's records that can be named */

enum kind {
	KIND_META,
	KIND_CURSOR,
	KIND_RECORD,
	KIND_BYTES,
};

/* A structure of an image. */
struct place {
	enum kind type;
	u64 off;
	u32 len;
	u32 seg;
	u8 uuid[PCACHE_UUID_LEN];
};

struct base {
	struct rig_opts opts;
	struct sim_image *pmem;
	struct sim_image *disks[RIG_CACHES];
	struct place places[MAX_PLACES];
	u32 nr_places;
};

static struct base bases[NR_IMAGES];

/* ---- the images ---- */

static void base_opts(struct rig_opts *opts, u32 which)
{
	struct rig_cache_opts cache = {
		.disk = {
			.size = DISK_SECTORS * 512,
			.max_discard_sectors = 1024,
		},
		.quota = 5,
		.queues = 2,
		.data_crc = which & 1,
		.relaxed = which & 2,
		.gc_percent = 70,
		.delay_ms = 1000000,
		.percent = 100,
	};

	memset(opts, 0, sizeof(*opts));
	opts->seg_shift = 16;
	opts->nr_segs = 11;
	opts->nr_caches = 2;
	opts->cache[0] = cache;
	opts->cache[1] = cache;
}

static void io(struct rig *rig, u32 i, u8 op, u8 flags, u64 sector, u32 nr)
{
	static u8 buf[PART * 512];

	memset(buf, 1 + sector % 251, sizeof(buf));
	sim_check(!rig_io_run(rig, i, op, flags, sector, nr, buf));
}

static void base_load(struct rig *rig, u32 i)
{
	u32 n;

	for (n = 0; n < 12; n++)
		io(rig, i, PCACHE_OP_WRITE, n % 5 ? 0 : PCACHE_REQ_FUA,
		   n * 24, 8 + n % 3 * 4);
	rig_settle(rig, i);
	io(rig, i, PCACHE_OP_READ, 0, DISK_SECTORS - 40, 32);
	io(rig, i, PCACHE_OP_ZEROES, 0, 300, 40);
	io(rig, i, PCACHE_OP_FLUSH, PCACHE_REQ_PREFLUSH, 0, 0);
	io(rig, i, PCACHE_OP_DISCARD, 0, 400, 100);
	for (n = 0; n < 6; n++)
		io(rig, i, PCACHE_OP_WRITE, 0, n * 40 + 5, 3);
	sim_quiesce();
}

static void base_make(struct base *b, u32 which)
{
	struct world *w = world_create(100 + which, NULL);
	struct rig rig;
	u32 i;

	base_opts(&b->opts, which);
	rig_init(&rig, &b->opts, NULL, NULL);
	sim_check(!rig_register(&rig, true));
	for (i = 0; i < b->opts.nr_caches; i++) {
		sim_check(!rig_attach(&rig, i, false));
		base_load(&rig, i);
	}
	b->pmem = sim_pmem_snapshot(rig.pmem);
	for (i = 0; i < b->opts.nr_caches; i++)
		b->disks[i] = sim_disk_snapshot(rig.disk[i]);
	world_cut(w);
}

/* ---- their structures ---- */

static void place_add(struct base *b, enum kind type, u64 off, u32 len, u32 seg,
		      const u8 *uuid)
{
	struct place *p = &b->places[b->nr_places++];

	fuzz_check(b->nr_places <= MAX_PLACES);
	p->type = type;
	p->off = off;
	p->len = len;
	p->seg = seg;
	if (uuid)
		memcpy(p->uuid, uuid, PCACHE_UUID_LEN);
}

static void places_of_cache(struct base *b, const struct media *m, u32 cache)
{
	u64 slot, cursor;
	struct media_slot ms;
	u32 i, copy;

	fuzz_check(media_find_slot(m, rig_disk_path(cache), &ms));
	slot = PCACHE_SLOTS_OFF + ms.number * PCACHE_SLOT_SIZE;
	cursor = PCACHE_CURSORS_OFF + ms.number * PCACHE_CURSOR_LINES * 64;
	for (copy = 0; copy < 2; copy++) {
		place_add(b, KIND_META, slot + copy * PCACHE_SLOTS_LEN,
			  PCACHE_SLOT_SIZE, 0, NULL);
		for (i = 0; i < PCACHE_CURSOR_LINES; i++)
			place_add(b, KIND_CURSOR,
				  cursor + copy * PCACHE_CURSORS_LEN + i * 64,
				  64, 0, ms.uuid);
	}
}

static void places_of_seg(struct base *b, const struct media *m, u32 seg)
{
	u64 at = media_seg_base(m, seg), end = media_seg_base(m, seg + 1);
	u32 i;

	place_add(b, KIND_META, at, 64, seg, NULL);
	place_add(b, KIND_META, end - PCACHE_BLOCK_SIZE, 64, seg, NULL);
	for (i = 0; i < NR_LINES; i++)
		place_add(b, KIND_RECORD, media_rec_addr(m, seg, i), 64, seg,
			  NULL);
	place_add(b, KIND_BYTES, at + PCACHE_BLOCK_SIZE, 128, seg, NULL);
	place_add(b, KIND_BYTES, at + media_data_start(m), SZ_4K, seg, NULL);
}

static void places_find(struct base *b)
{
	struct media m;
	u32 i;

	fuzz_check(media_open(&m, b->pmem));
	place_add(b, KIND_META, PCACHE_SB_OFF, 256, 0, NULL);
	place_add(b, KIND_META, media_seg_base(&m, m.meta_segs) - SZ_4K, 256, 0,
		  NULL);
	for (i = 0; i < b->opts.nr_caches; i++)
		places_of_cache(b, &m, i);
	for (i = m.meta_segs; i < m.nr_segs; i++)
		places_of_seg(b, &m, i);
	place_add(b, KIND_BYTES, 0, b->pmem->size - 1, 0, NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	u32 i;

	for (i = 0; i < NR_IMAGES; i++) {
		base_make(&bases[i], i);
		places_find(&bases[i]);
	}
	return 0;
}

/* ---- edits ---- */

/* Of a record, by the header that lies before it now. */
static void seal_record(struct sim_image *image, const struct place *p)
{
	struct pcache_seg_header_ondisk hdr;
	struct pcache_record_ondisk rec;
	__le64 life[3];
	u32 seed;

	sim_image_read(image, (u64)p->seg << 16, &hdr, sizeof(hdr));
	sim_image_read(image, p->off, &rec, sizeof(rec));
	life[0] = cpu_to_le64(p->seg);
	life[1] = hdr.open_lsn;
	life[2] = hdr.salt;
	seed = crc32c(crc32c(~0u, hdr.owner, 16), life, sizeof(life));
	rec.salt = hdr.salt;
	rec.crc = cpu_to_le32(crc32c(seed, (u8 *)&rec + 4, 28));
	sim_image_write(image, p->off, &rec, sizeof(rec));
}

static void seal(struct sim_image *image, const struct place *p)
{
	u32 seed = ~0u, start = 4;
	u8 buf[PCACHE_SLOT_SIZE];
	__le32 crc;

	if (p->type == KIND_RECORD)
		seal_record(image, p);
	if (p->type == KIND_RECORD || p->type == KIND_BYTES)
		return;
	if (p->type == KIND_CURSOR)
		seed = crc32c(seed, p->uuid, PCACHE_UUID_LEN);
	sim_image_read(image, p->off, buf, p->len);
	crc = cpu_to_le32(crc32c(seed, buf + start, p->len - start));
	sim_image_write(image, p->off, &crc, sizeof(crc));
}

static void copy_over(struct sim_image *image, const struct place *to,
		      const struct place *from)
{
	u8 buf[SZ_4K];
	u32 len = min3(to->len, from->len, (u32)sizeof(buf));

	sim_image_read(image, from->off, buf, len);
	sim_image_write(image, to->off, buf, len);
}

static void edit_bytes(struct fuzz_in *in, struct sim_image *image,
		       const struct place *p)
{
	u32 at = fuzz_u16(in), nr;
	u8 bytes[8];

	if (p->len > 65536)
		at |= fuzz_u8(in) << 16;
	at %= p->len;
	nr = fuzz_bytes(in, &at, bytes);
	sim_image_write(image, p->off + at, bytes, min(nr, p->len - at));
}

/* One edit; true if the place is to be sealed, which it returns. */
static bool edit(struct fuzz_in *in, const struct base *b,
		 struct sim_image *image, const struct place **place,
		 u64 *poison)
{
	const struct place *p = &b->places[fuzz_u16(in) % b->nr_places];
	u8 what = fuzz_u8(in);

	*place = p;
	switch (what >> 4 & 7) {
	case 6:
		*poison = p->off;
		return false;
	case 7:
		copy_over(image, p, &b->places[fuzz_u16(in) % b->nr_places]);
		break;
	default:
		edit_bytes(in, image, p);
	}
	return what & 8;
}

#define MAX_EDITS	24

static struct sim_image *edited(struct fuzz_in *in, const struct base *b,
				u64 *poison)
{
	struct sim_image *image = sim_image_clone(b->pmem);
	const struct place *sealed[MAX_EDITS];
	u32 i, n = 0;

	for (i = 0; i < MAX_EDITS && in->left; i++)
		if (edit(in, b, image, &sealed[n], poison))
			n++;
	/* Headers first: they say how records are sealed. */
	for (i = 0; i < n; i++)
		if (sealed[i]->type != KIND_RECORD)
			seal(image, sealed[i]);
	for (i = 0; i < n; i++)
		if (sealed[i]->type == KIND_RECORD)
			seal(image, sealed[i]);
	return image;
}

/* ---- a boot ---- */

struct boot {
	const struct base *base;
	struct sim_image *pmem;
	u64 poison;
	bool known_only;
};

static void read_all(struct rig *rig, u32 i)
{
	u8 buf[PART * 512];
	u32 sector;

	for (sector = 0; sector < DISK_SECTORS; sector += PART)
		rig_io_run(rig, i, PCACHE_OP_READ, 0, sector, PART, buf);
}

/* What is acknowledged can be read. */
static void write_some(struct rig *rig, u32 i)
{
	u8 buf[16 * 512], back[16 * 512];
	u32 n;

	for (n = 0; n < 6; n++) {
		memset(buf, 0xa0 + n, sizeof(buf));
		if (rig_io_run(rig, i, PCACHE_OP_WRITE, 0, n * 32, 16, buf))
			continue;
		if (!rig_io_run(rig, i, PCACHE_OP_READ, 0, n * 32, 16, back))
			sim_check(!memcmp(buf, back, sizeof(buf)));
	}
	rig_io_run(rig, i, PCACHE_OP_FLUSH, PCACHE_REQ_PREFLUSH, 0, 0, NULL);
}

static void use(struct rig *rig, u32 i)
{
	struct pcache_cache *cache = rig->cache[i];

	read_all(rig, i);
	write_some(rig, i);
	pcache_wb_start(cache);
	pcache_gc_kick(cache);
	sim_sleep(20 * NSEC_PER_MSEC);
}

/* Bit mask of the caches that could be attached. */
static u32 boot_once(struct rig *rig, bool known_only)
{
	u32 i, attached = 0;

	if (rig_register(rig, false))
		return 0;
	for (i = 0; i < rig->opts->nr_caches; i++)
		if (!rig_attach(rig, i, known_only))
			attached |= 1u << i;
	for (i = 0; i < rig->opts->nr_caches; i++) {
		if (!rig->cache[i])
			continue;
		use(rig, i);
		sim_check(!rig_stop(rig, i, PCACHE_STOP_KEEP));
	}
	rig_unregister(rig);
	return attached;
}

static void boot(void *arg)
{
	struct boot *b = arg;
	struct rig rig;
	u32 first, again;

	rig_init(&rig, &b->base->opts, b->pmem,
		 (struct sim_image *const *)b->base->disks);
	if (b->poison)
		sim_pmem_poison(rig.pmem, b->poison, 64);
	first = boot_once(&rig, b->known_only);
	again = boot_once(&rig, true);
	/* A record in a line that cannot be read is damage, found too late. */
	sim_check(b->poison || !(first & ~again));
	rig_exit(&rig);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct fuzz_in in = { data, size };
	u8 how = fuzz_u8(&in);
	struct boot b = {
		.base = &bases[how % NR_IMAGES],
		.known_only = how & 8,
	};
	struct sim_opts opts;
	struct world *w;

	sim_opts_default(&opts);
	opts.max_steps = MAX_STEPS;
	opts.heal_poison = how & 16;
	opts.lockdep = how & 32;
	opts.switch_p = how & 64 ? 96 : 8;
	b.pmem = edited(&in, b.base, &b.poison);
	w = world_create(how, &opts);
	fuzz_check(!sim_try(boot, &b));
	fuzz_check(!world_destroy(w));
	sim_image_free(b.pmem);
	return 0;
}
