// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the two-copy record (meta_segment.c): what a power cut in any
 * store leaves, what poison takes away, and what the verifiers let pass.
 *
 * The cursor is in cursor_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <linux/crc32c.h>

#include "meta_tear.h"
#include "../../pcache_internal.h"

#define COPY0		SZ_4K
#define COPY1		SZ_8K
#define DEV_SIZE	SZ_16K
#define REGION		(SZ_8K + SZ_1K)
#define MAX_LEN		PCACHE_SLOT_SIZE

/* A kind of structure, and valid contents of it that differ in most words. */
struct kind {
	const char *name;
	u32 type;
	u32 len;
	u64 location[2];
	const char *(*verify)(const void *rec);
	void (*fill)(void *rec, u32 variant);
};

static void super_fill(void *rec, u32 variant)
{
	struct pcache_super_ondisk *sb = rec;
	struct pcache_geo geo;
	u32 nr = 100 + variant;

	pcache_geo_init(&geo, 20, (u64)nr << 20);
	memcpy(sb->magic, PCACHE_MAGIC, PCACHE_MAGIC_LEN);
	sb->version = cpu_to_le32(PCACHE_VERSION);
	sb->segment_shift = cpu_to_le32(20);
	sb->nr_segments = cpu_to_le32(nr);
	sb->meta_segments = cpu_to_le32(geo.meta_segs);
	memset(sb->uuid, variant ? 0x30 + variant : 0, sizeof(sb->uuid));
	memset(sb->label, variant ? 'a' + variant : 0, sizeof(sb->label) - 1);
}

static void slot_fill(void *rec, u32 variant)
{
	struct pcache_slot_ondisk *slot = rec;

	/* Variant 0 is free: all of it that could be zero is. */
	if (!variant)
		return;
	slot->state = cpu_to_le32(PCACHE_SLOT_ACTIVE);
	slot->flags = cpu_to_le32(variant % 8);
	memset(slot->uuid, 0x50 + variant, sizeof(slot->uuid));
	slot->nr_sectors = cpu_to_le64(variant * 1000000);
	slot->logical_block_size = cpu_to_le32(512);
	slot->cache_segs = cpu_to_le32(PCACHE_MIN_SEGS + variant);
	slot->queues = cpu_to_le32(variant);
	slot->gc_percent = cpu_to_le32(70 + variant);
	slot->incarnation = cpu_to_le64(variant);
	slot->incarnation_lsn = cpu_to_le64(variant * 12345);
	memset(slot->id, '0' + variant, sizeof(slot->id) - 1);
	memset(slot->path, 'a' + variant, sizeof(slot->path) - 1);
}

static void header_fill(void *rec, u32 variant)
{
	struct pcache_seg_header_ondisk *hdr = rec;

	hdr->seg_id = cpu_to_le32(7);
	/* Variant 0 is free. */
	if (!variant)
		return;
	memset(hdr->owner, 0x70 + variant, sizeof(hdr->owner));
	hdr->open_lsn = cpu_to_le64(variant * 54321);
	hdr->salt = cpu_to_le64(variant * 0x123456789abcdefULL);
}

static const struct kind kinds[] = {
	{ "superblock", PCACHE_META_SUPER, sizeof(struct pcache_super_ondisk),
	  { PCACHE_SB_OFF, SZ_1M - PCACHE_BLOCK_SIZE }, pcache_super_verify,
	  super_fill },
	{ "slot", PCACHE_META_SLOT, sizeof(struct pcache_slot_ondisk),
	  { COPY0, COPY1 }, pcache_slot_verify, slot_fill },
	{ "header", PCACHE_META_SEGMENT,
	  sizeof(struct pcache_seg_header_ondisk), { COPY0, COPY1 },
	  pcache_seg_header_verify, header_fill },
};

#define SUPER	(&kinds[0])
#define SLOT	(&kinds[1])
#define HEADER	(&kinds[2])

struct fixture {
	struct world *world;
	struct sim_pmem *pmem;
	struct pcache_map map;
	const struct kind *kind;
	struct pcache_meta meta;
	u8 scratch[MAX_LEN];
	u8 rec[MAX_LEN];
};

static void bind(struct fixture *fx)
{
	const struct kind *kind = fx->kind;

	fx->meta = (struct pcache_meta){
		.map = &fx->map, .scratch = fx->scratch,
		.verify = kind->verify, .len = kind->len, .type = kind->type,
		.location = { kind->location[0], kind->location[1] },
	};
}

/* The superblock's second copy lies at the end of the meta area. */
static u64 region(const struct fixture *fx)
{
	return fx->kind == SUPER ? SZ_1M : REGION;
}

static struct fixture *fixture_open(const struct kind *kind)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct sim_opts opts;

	assert_non_null(fx);
	sim_opts_default(&opts);
	opts.max_steps = U64_MAX;
	opts.yields = 0;
	fx->world = world_create(1, &opts);
	fx->kind = kind;
	fx->pmem = sim_pmem_create("/dev/pmem0", kind == SUPER ? SZ_1M :
				   DEV_SIZE, NULL);
	fx->map.base = sim_pmem_mem(fx->pmem);
	fx->map.size = sim_pmem_size(fx->pmem);
	bind(fx);
	return fx;
}

static void fixture_close(struct fixture *fx)
{
	assert_int_equal(world_destroy(fx->world), 0);
	free(fx);
}

static void content(const struct kind *kind, u32 variant, u8 *rec)
{
	memset(rec, 0, MAX_LEN);
	kind->fill(rec, variant);
}

static int store(struct fixture *fx, u32 variant)
{
	content(fx->kind, variant, fx->rec);
	return pcache_meta_store(&fx->meta, fx->rec);
}

/* As after a restart.  The variant that was found, or an error. */
static int load(struct fixture *fx)
{
	u32 head = sizeof(struct pcache_meta_ondisk), variant;
	u8 expect[MAX_LEN];
	int err;

	bind(fx);
	err = pcache_meta_load(&fx->meta, fx->rec);
	if (err)
		return err;
	for (variant = 0; variant < 8; variant++) {
		content(fx->kind, variant, expect);
		if (!memcmp(expect + head, fx->rec + head,
			    fx->kind->len - head))
			return variant;
	}
	fail_msg("%s: content that nobody stored", fx->kind->name);
	return -1;
}

static u8 *copy_of(struct fixture *fx, int copy)
{
	return sim_pmem_mem(fx->pmem) + fx->kind->location[copy];
}

static void garble(struct fixture *fx, int copy)
{
	copy_of(fx, copy)[fx->kind->len / 2] ^= 0x40;
}

#define KINDS_END	(kinds + ARRAY_SIZE(kinds))

/* ---- loading ---- */

static void what_was_stored_is_loaded(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	int v;

	for (kind = kinds; kind < KINDS_END; kind++) {
		fx = fixture_open(kind);
		for (v = 0; v < 8; v++) {
			store(fx, v);
			assert_int_equal(load(fx), v);
			assert_int_equal(fx->meta.good, 3);
			assert_int_equal(fx->meta.seq, v + 1);
		}
		fixture_close(fx);
	}
}

static void blank_corrupt_and_unreadable_are_told_apart(void **state)
{
	const struct kind *kind;
	struct fixture *fx;

	for (kind = kinds; kind < KINDS_END; kind++) {
		fx = fixture_open(kind);
		assert_int_equal(load(fx), -ENODATA);
		garble(fx, 0);
		assert_int_equal(load(fx), -EUCLEAN);
		garble(fx, 1);
		assert_int_equal(load(fx), -EUCLEAN);
		garble(fx, 0);
		assert_int_equal(load(fx), -EUCLEAN);
		sim_pmem_poison(fx->pmem, kind->location[0], 64);
		assert_int_equal(load(fx), -EIO);
		sim_pmem_poison(fx->pmem, kind->location[1], 64);
		assert_int_equal(load(fx), -EIO);
		sim_pmem_cure(fx->pmem, kind->location[0], 64);
		assert_int_equal(load(fx), -EIO);
		assert_int_equal(pcache_meta_read_copy(&fx->meta, 0, fx->rec),
				 -ENODATA);
		fixture_close(fx);
	}
}

static void either_copy_is_enough(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	int copy, how;

	for (kind = kinds; kind < KINDS_END; kind++) {
		for (copy = 0; copy < 2; copy++) {
			for (how = 0; how < 3; how++) {
				fx = fixture_open(kind);
				store(fx, 1);
				store(fx, 2);
				if (how == 0)
					garble(fx, copy);
				else if (how == 1)
					memset(copy_of(fx, copy), 0, kind->len);
				else
					sim_pmem_poison(fx->pmem,
							kind->location[copy] +
							kind->len - 1, 1);
				assert_int_equal(load(fx), 2);
				assert_int_equal(fx->meta.good, 1 << !copy);
				fixture_close(fx);
			}
		}
	}
}

static void a_store_restores_the_copy_that_was_lost(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	int copy, poisoned;

	for (kind = kinds; kind < KINDS_END; kind++) {
		for (copy = 0; copy < 2; copy++) {
			for (poisoned = 0; poisoned < 2; poisoned++) {
				fx = fixture_open(kind);
				world_opts(fx->world)->heal_poison = true;
				store(fx, 1);
				if (poisoned)
					sim_pmem_poison(fx->pmem,
							kind->location[copy],
							64);
				else
					garble(fx, copy);
				assert_int_equal(load(fx), 1);
				store(fx, 2);
				assert_int_equal(load(fx), 2);
				assert_int_equal(fx->meta.good, 3);
				fixture_close(fx);
			}
		}
	}
}

/*
 * A copy that stays unreadable is not said to be good, and the other one is not
 * put at risk: a store either works, or leaves what was there.
 */
static int repair(struct fixture *fx)
{
	u8 rec[MAX_LEN];
	int err;

	migrate_disable();
	err = pcache_meta_repair(&fx->meta, rec);
	migrate_enable();
	return err;
}

/* Content and sequence number are those of the good copy. */
static void a_repair_makes_two_copies_that_are_alike(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	int copy;
	u64 seq;

	for (kind = kinds; kind < KINDS_END; kind++) {
		for (copy = 0; copy < 2; copy++) {
			fx = fixture_open(kind);
			store(fx, 1);
			store(fx, 2);
			garble(fx, copy);
			seq = fx->meta.seq;
			assert_int_equal(repair(fx), 0);
			assert_int_equal(load(fx), 2);
			assert_int_equal(fx->meta.good, 3);
			assert_int_equal(fx->meta.seq, seq);
			garble(fx, !copy);
			assert_int_equal(load(fx), 2);
			garble(fx, copy);
			assert_int_equal(repair(fx), -EUCLEAN);
			fixture_close(fx);
		}
	}
}

static void poison_that_stays_is_seen(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	int copy, v, had, err;

	for (kind = kinds; kind < KINDS_END; kind++) {
		for (copy = 0; copy < 2; copy++) {
			fx = fixture_open(kind);
			store(fx, 1);
			sim_pmem_poison(fx->pmem, kind->location[copy], 64);
			for (v = 2, had = 1; v < 6; v++) {
				err = store(fx, v);
				assert_true(!err || err == -EIO);
				had = err ? had : v;
				assert_int_equal(load(fx), had);
				assert_int_equal(fx->meta.good, 1 << !copy);
			}
			sim_pmem_cure(fx->pmem, kind->location[copy], 64);
			/* What could not be stored does not appear later. */
			assert_int_equal(load(fx), had);
			assert_int_equal(store(fx, 6), 0);
			assert_int_equal(fx->meta.good, 3);
			assert_int_equal(load(fx), 6);
			fixture_close(fx);
		}
	}
}

static void neither_copy_can_be_written(void **state)
{
	struct fixture *fx = fixture_open(SLOT);
	int copy;

	for (copy = 0; copy < 2; copy++)
		sim_pmem_poison(fx->pmem, SLOT->location[copy], 64);
	assert_int_equal(store(fx, 1), -EIO);
	assert_int_equal(load(fx), -EIO);
	fixture_close(fx);
}

/* What would not verify is not stored over what does. */
static void numbers_are_not_counted_beyond_their_end(void **state)
{
	const struct kind *kind;
	struct fixture *fx;

	for (kind = kinds; kind < KINDS_END; kind++) {
		fx = fixture_open(kind);
		fx->meta.seq = PCACHE_SEQ_LIMIT - 2;
		assert_int_equal(store(fx, 1), 0);
		assert_int_equal(load(fx), 1);
		assert_int_equal(store(fx, 2), -EIO);
		assert_int_equal(load(fx), 1);
		assert_int_equal(fx->meta.good, 3);
		fixture_close(fx);
	}
}

static void the_larger_sequence_number_wins(void **state)
{
	struct fixture *fx = fixture_open(HEADER);
	u8 old[MAX_LEN];
	int copy;

	for (copy = 0; copy < 2; copy++) {
		store(fx, 1);
		memcpy(old, copy_of(fx, copy), HEADER->len);
		store(fx, 2);
		memcpy(copy_of(fx, copy), old, HEADER->len);
		assert_int_equal(load(fx), 2);
		assert_int_equal(fx->meta.newest, !copy);
		assert_int_equal(fx->meta.good, 1 << !copy);
	}
	fixture_close(fx);
}

/* ---- power cuts ---- */

struct cut {
	struct fixture *fx;
	int before;		/* what load() said, or -ENODATA */
	int after;
	u64 seen_before, seen_after;
};

static void cut_check(void *arg)
{
	struct cut *cut = arg;
	int found = load(cut->fx);

	/* Where nothing was, a torn first store is damage. */
	if (cut->before < 0 && found == -EUCLEAN)
		found = cut->before;
	if (found != cut->before && found != cut->after)
		fail_msg("%s: found %d, not %d or %d", cut->fx->kind->name,
			 found, cut->before, cut->after);
	cut->seen_before += found == cut->before;
	cut->seen_after += found == cut->after;
}

/* Ways in which a structure can lie there before it is stored anew. */
enum layout {
	BLANK, BOTH, NEWEST0, NEWEST1, ONLY0, ONLY1,
	LATER0, LATER1,		/* one went bad after it was loaded */
	POISON0, POISON1,	/* one can't be read or written */
	NR_GROUNDS
};

static int lay_ground(struct fixture *fx, enum layout ground)
{
	u8 old[MAX_LEN];

	if (ground == BLANK)
		return load(fx);
	store(fx, 3);
	if (ground == ONLY0 || ground == ONLY1)
		garble(fx, ground == ONLY0);
	if (ground == LATER0 || ground == LATER1) {
		garble(fx, ground == LATER0);
		return 3;
	}
	if (ground == POISON0 || ground == POISON1)
		sim_pmem_poison(fx->pmem, fx->kind->location[ground == POISON0],
				64);
	if (ground == NEWEST0 || ground == NEWEST1) {
		memcpy(old, copy_of(fx, ground == NEWEST0), fx->kind->len);
		store(fx, 4);
		memcpy(copy_of(fx, ground == NEWEST0), old, fx->kind->len);
	}
	return load(fx);
}

/* The whole sequence has run. */
static void check_after(struct fixture *fx, enum layout ground,
			const struct cut *cut)
{
	if (ground == POISON0 || ground == POISON1) {
		assert_int_equal(cut->seen_after, 0);
		assert_int_equal(load(fx), cut->before);
		return;
	}
	assert_true(cut->seen_after > fx->kind->len / 8);
	assert_int_equal(load(fx), 1);
	assert_int_equal(fx->meta.good, 3);
}

static void a_torn_store_leaves_the_old_or_the_new(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	struct tear *tear;
	struct cut cut;
	int ground;

	for (kind = kinds; kind < KINDS_END; kind++) {
		for (ground = 0; ground < NR_GROUNDS; ground++) {
			fx = fixture_open(kind);
			cut = (struct cut){ .fx = fx, .after = 1 };
			cut.before = lay_ground(fx, ground);
			tear = tear_begin(fx->pmem, 0, region(fx));
			store(fx, 1);
			tear_end(tear);
			tear_visit(tear, cut_check, &cut);
			assert_true(tear->states > 2 * kind->len / 8);
			assert_true(cut.seen_before > kind->len / 8);
			check_after(fx, ground, &cut);
			tear_free(tear);
			fixture_close(fx);
		}
	}
}

/* After a cut in the first store, another content is stored, and cut again. */
struct double_cut {
	struct fixture *fx;
	u32 second;
	u64 states;
	u8 *image;
};

static void double_cut_check(void *arg)
{
	struct double_cut *dc = arg;
	struct fixture *fx = dc->fx;
	struct tear *tear;
	struct cut cut = { .fx = fx, .after = dc->second };

	memcpy(dc->image, sim_pmem_mem(fx->pmem), region(fx));
	cut.before = load(fx);
	tear = tear_begin(fx->pmem, 0, region(fx));
	store(fx, dc->second);
	tear_end(tear);
	tear_visit(tear, cut_check, &cut);
	dc->states += tear->states;
	tear_free(tear);
	memcpy(sim_pmem_mem(fx->pmem), dc->image, region(fx));
}

static void double_cut(const struct kind *kind, u32 first, u32 second,
		       enum layout ground)
{
	struct double_cut dc = { .second = second };
	struct fixture *fx = fixture_open(kind);
	struct tear *tear;

	dc.fx = fx;
	dc.image = malloc(region(fx));
	lay_ground(fx, ground);
	tear = tear_begin(fx->pmem, 0, region(fx));
	store(fx, first);
	tear_end(tear);
	tear_visit(tear, double_cut_check, &dc);
	assert_true(dc.states > 10000);
	tear_free(tear);
	free(dc.image);
	fixture_close(fx);
}

static void a_second_torn_store_never_completes_the_first(void **state)
{
	int ground;

	for (ground = BOTH; ground <= LATER1; ground++) {
		double_cut(HEADER, 1, 2, ground);
		/* What was to be stored is mostly zeroes: so is what clears. */
		double_cut(HEADER, 0, 2, ground);
	}
}

static void a_torn_release_of_a_slot_stays_undone(void **state)
{
	double_cut(SLOT, 0, 2, BOTH);
}

/* ---- the order of stores ---- */

static void check_order(struct fixture *fx, const struct sim_log *log)
{
	const struct sim_rec *rec;
	int copy, dirty = -1;
	u64 pos;

	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type == SIM_REC_FENCE) {
			dirty = -1;
			continue;
		}
		copy = rec->off >= fx->kind->location[1];
		/* Never both in flight. */
		assert_true(dirty == -1 || dirty == copy);
		dirty = copy;
	}
	assert_int_equal(dirty, -1);
}

static void one_copy_is_fenced_before_the_other_is_touched(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	struct sim_log *log;
	int ground;

	for (kind = kinds; kind < KINDS_END; kind++) {
		for (ground = 0; ground < NR_GROUNDS; ground++) {
			fx = fixture_open(kind);
			lay_ground(fx, ground);
			sim_log_start();
			store(fx, 1);
			log = sim_log_take();
			assert_true(sim_log_len(log) >= 4);
			check_order(fx, log);
			sim_log_free(log);
			fixture_close(fx);
		}
	}
}

/* Stores to a slot of its own, while another task does the same. */
static void store_often(void *arg)
{
	struct fixture *fx = arg;
	u32 i;

	for (i = 0; i < 100; i++)
		store(fx, i % 8);
}

static void a_store_and_its_fence_are_on_one_cpu(void **state)
{
	struct fixture *fx = fixture_open(HEADER), *other;
	struct sim_log *log;

	other = malloc(sizeof(*other));
	assert_non_null(other);
	memcpy(other, fx, sizeof(*other));
	other->meta.map = &other->map;
	other->meta.scratch = other->scratch;
	other->meta.location[0] += SZ_1K;
	other->meta.location[1] += SZ_1K;
	world_opts(fx->world)->yields = (1U << SHIM_NR_YIELDS) - 1;
	world_opts(fx->world)->switch_p = 255;
	world_opts(fx->world)->migrate_p = 255;
	world_opts_changed(fx->world);
	sim_log_start();
	sim_spawn("one", store_often, fx);
	sim_spawn("other", store_often, other);
	sim_join_all();
	log = sim_log_take();
	log_check_cpus(log);
	sim_log_free(log);
	free(other);
	fixture_close(fx);
}

/* ---- verifiers ---- */

static void reseal(struct fixture *fx, int copy)
{
	struct pcache_meta_ondisk *head = (void *)copy_of(fx, copy);

	head->crc = cpu_to_le32(crc32c(PCACHE_CRC_SEED, &head->type,
				       fx->kind->len - sizeof(head->crc)));
}

static void no_bit_can_flip_unnoticed(void **state)
{
	const struct kind *kind;
	struct fixture *fx;
	u32 bit;

	for (kind = kinds; kind < KINDS_END; kind++) {
		fx = fixture_open(kind);
		store(fx, 1);
		memset(copy_of(fx, 1), 0, kind->len);
		for (bit = 0; bit < kind->len * 8; bit++) {
			copy_of(fx, 0)[bit / 8] ^= 1 << bit % 8;
			assert_int_equal(load(fx), -EUCLEAN);
			copy_of(fx, 0)[bit / 8] ^= 1 << bit % 8;
		}
		assert_int_equal(load(fx), 1);
		fixture_close(fx);
	}
}

static void a_copy_elsewhere_is_none(void **state)
{
	const struct kind *kind;
	struct fixture *fx;

	for (kind = kinds; kind < KINDS_END; kind++) {
		fx = fixture_open(kind);
		store(fx, 1);
		memcpy(copy_of(fx, 0), copy_of(fx, 1), kind->len);
		memset(copy_of(fx, 1), 0, kind->len);
		assert_int_equal(load(fx), -EUCLEAN);
		fixture_close(fx);
	}
}

static void one_kind_is_not_taken_for_another(void **state)
{
	struct fixture *fx = fixture_open(SLOT);

	store(fx, 1);
	((struct pcache_meta_ondisk *)copy_of(fx, 0))->type =
		cpu_to_le32(PCACHE_META_SEGMENT);
	reseal(fx, 0);
	memset(copy_of(fx, 1), 0, SLOT->len);
	assert_int_equal(load(fx), -EUCLEAN);
	fixture_close(fx);
}

/* A field, a value that it must not have, and the check that says so. */
struct broken {
	const struct kind *kind;
	u32 variant;
	const char *why;
	u32 off;
	u32 len;
	u64 value;
};

#define BROKEN(kind, variant, why, type, field, len, value)	\
	{ kind, variant, why, offsetof(struct type, field), len, value }
#define BROKEN_SUPER(why, field, len, value)	\
	BROKEN(SUPER, 1, why, pcache_super_ondisk, field, len, value)
#define BROKEN_SLOT(why, field, len, value)	\
	BROKEN(SLOT, 1, why, pcache_slot_ondisk, field, len, value)
#define BROKEN_HEADER(v, why, field, len, value)	\
	BROKEN(HEADER, v, why, pcache_seg_header_ondisk, field, len, value)

static const struct broken brokens[] = {
	BROKEN_SUPER("magic", magic, 1, 0),
	BROKEN_SUPER("segment_shift", segment_shift, 4, PCACHE_SEG_SHIFT_MIN - 1),
	BROKEN_SUPER("segment_shift", segment_shift, 4, PCACHE_SEG_SHIFT_MAX + 1),
	BROKEN_SUPER("segment_shift", segment_shift, 4, 0xffffffff),
	BROKEN_SUPER("nr_segments", nr_segments, 4, 0),
	BROKEN_SUPER("nr_segments", nr_segments, 4, 1),
	BROKEN_SUPER("nr_segments", nr_segments, 4, 0x80000000),
	BROKEN_SUPER("nr_segments", nr_segments, 4, 0xffffffff),
	BROKEN_SUPER("meta_segments", meta_segments, 4, 0),
	BROKEN_SUPER("meta_segments", meta_segments, 4, 2),
	BROKEN_SUPER("label", label[PCACHE_LABEL_LEN - 1], 1, 'x'),
	BROKEN_SUPER("location", meta.location, 8, 12288),
	BROKEN_SUPER("seq", meta.seq, 8, 0),
	BROKEN_SUPER("seq", meta.seq, 8, U64_MAX),
	BROKEN_SLOT("state", state, 4, 2),
	BROKEN_SLOT("state", state, 4, 0xffffffff),
	BROKEN_SLOT("flags", flags, 4, 0x80000000),
	BROKEN_SLOT("flags", flags, 4, PCACHE_SLOT_FLAGS_ALL + 1),
	BROKEN_SLOT("nr_sectors", nr_sectors, 8, 0),
	BROKEN_SLOT("nr_sectors", nr_sectors, 8, 1ULL << 54),
	BROKEN_SLOT("nr_sectors", nr_sectors, 8, U64_MAX),
	BROKEN_SLOT("logical_block_size", logical_block_size, 4, 0),
	BROKEN_SLOT("logical_block_size", logical_block_size, 4, 256),
	BROKEN_SLOT("logical_block_size", logical_block_size, 4, 520),
	BROKEN_SLOT("logical_block_size", logical_block_size, 4, 131072),
	BROKEN_SLOT("quota", cache_segs, 4, 0),
	BROKEN_SLOT("quota", cache_segs, 4, PCACHE_MIN_SEGS - 1),
	BROKEN_SLOT("quota", gc_percent, 4, 101),
	BROKEN_SLOT("queues", queues, 4, 0),
	BROKEN_SLOT("queues", queues, 4, PCACHE_MAX_QUEUES + 1),
	BROKEN_SLOT("incarnation_lsn", incarnation_lsn, 8, PCACHE_LSN_LIMIT),
	BROKEN_SLOT("text", id[PCACHE_ID_LEN - 1], 1, 'x'),
	BROKEN_SLOT("text", path[PCACHE_PATH_LEN - 1], 1, 'x'),
	BROKEN_SLOT("reserved", reserved[0], 1, 1),
	BROKEN_SLOT("reserved", reserved[PCACHE_SLOT_SIZE - 473], 1, 1),
	BROKEN_SLOT("seq", meta.seq, 8, U64_MAX),
	BROKEN(SLOT, 0, "text", pcache_slot_ondisk, path[PCACHE_PATH_LEN - 1], 1,
	       'x'),
	BROKEN(SLOT, 0, "text", pcache_slot_ondisk, id[PCACHE_ID_LEN - 1], 1, 'x'),
	BROKEN_HEADER(1, "reserved", reserved0, 4, 1),
	BROKEN_HEADER(1, "open_lsn", open_lsn, 8, PCACHE_LSN_LIMIT),
	BROKEN_HEADER(1, "open_lsn", open_lsn, 8, U64_MAX),
	BROKEN_HEADER(0, "owner", open_lsn, 8, 1),
	BROKEN_HEADER(0, "owner", salt, 8, 1),
	BROKEN_HEADER(1, "seq", meta.seq, 8, U64_MAX),
};

static void no_broken_field_passes(void **state)
{
	const struct broken *b;
	struct fixture *fx;
	const char *why;

	for (b = brokens; b < brokens + ARRAY_SIZE(brokens); b++) {
		fx = fixture_open(b->kind);
		store(fx, b->variant);
		memset(copy_of(fx, 1), 0, b->kind->len);
		reseal(fx, 0);
		assert_int_equal(load(fx), b->variant);
		memcpy(copy_of(fx, 0) + b->off, &b->value, b->len);
		reseal(fx, 0);
		if (pcache_meta_read_copy(&fx->meta, 0, fx->rec) != -EUCLEAN)
			fail_msg("%s: %s of %llu at %u passes", b->kind->name,
				 b->why, b->value, b->off);
		/* What is common to all kinds is not the verifier's. */
		why = b->kind->verify(fx->rec);
		assert_string_equal(why ?: b->why, b->why);
		fixture_close(fx);
	}
}

static void an_empty_uuid_is_no_cache(void **state)
{
	struct fixture *fx = fixture_open(SLOT);
	struct pcache_slot_ondisk *slot = (void *)copy_of(fx, 0);

	store(fx, 1);
	memset(copy_of(fx, 1), 0, SLOT->len);
	memset(slot->uuid, 0, sizeof(slot->uuid));
	reseal(fx, 0);
	assert_int_equal(load(fx), -EUCLEAN);
	fixture_close(fx);
}

/* Versions and features of the future are valid; who opens it refuses them. */
static void a_newer_superblock_verifies(void **state)
{
	struct fixture *fx = fixture_open(SUPER);
	struct pcache_super_ondisk *sb = (void *)copy_of(fx, 0);

	store(fx, 1);
	memset(copy_of(fx, 1), 0, SUPER->len);
	sb->version = cpu_to_le32(PCACHE_VERSION + 1);
	sb->compat = cpu_to_le64(U64_MAX);
	sb->ro_compat = cpu_to_le64(U64_MAX);
	sb->incompat = cpu_to_le64(U64_MAX);
	memset(sb->reserved, 0xff, sizeof(sb->reserved));
	reseal(fx, 0);
	bind(fx);
	assert_int_equal(pcache_meta_load(&fx->meta, fx->rec), 0);
	fixture_close(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_stored_is_loaded),
		cmocka_unit_test(blank_corrupt_and_unreadable_are_told_apart),
		cmocka_unit_test(either_copy_is_enough),
		cmocka_unit_test(a_store_restores_the_copy_that_was_lost),
		cmocka_unit_test(a_repair_makes_two_copies_that_are_alike),
		cmocka_unit_test(poison_that_stays_is_seen),
		cmocka_unit_test(neither_copy_can_be_written),
		cmocka_unit_test(the_larger_sequence_number_wins),
		cmocka_unit_test(a_torn_store_leaves_the_old_or_the_new),
		cmocka_unit_test(a_second_torn_store_never_completes_the_first),
		cmocka_unit_test(a_torn_release_of_a_slot_stays_undone),
		cmocka_unit_test(one_copy_is_fenced_before_the_other_is_touched),
		cmocka_unit_test(numbers_are_not_counted_beyond_their_end),
		cmocka_unit_test(a_store_and_its_fence_are_on_one_cpu),
		cmocka_unit_test(no_bit_can_flip_unnoticed),
		cmocka_unit_test(a_copy_elsewhere_is_none),
		cmocka_unit_test(one_kind_is_not_taken_for_another),
		cmocka_unit_test(no_broken_field_passes),
		cmocka_unit_test(an_empty_uuid_is_no_cache),
		cmocka_unit_test(a_newer_superblock_verifies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
