// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the cursor {W, H} (meta_segment.c): a ring of lines in two
 * copies, of which the newest counts, whatever a power cut or poison leaves.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <linux/crc32c.h>

#include "meta_tear.h"
#include "../../pcache_internal.h"

#define DEV_SIZE	SZ_1M
#define SLOT		5

struct fixture {
	struct world *world;
	struct sim_pmem *pmem;
	struct pcache_map map;
	struct pcache_cursor cur;
	u8 uuid[PCACHE_UUID_LEN];
};

static void bind(struct fixture *fx)
{
	pcache_cursor_init(&fx->cur, &fx->map, SLOT, fx->uuid);
}

static struct fixture *fixture_open(void)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct sim_opts opts;

	assert_non_null(fx);
	sim_opts_default(&opts);
	opts.max_steps = U64_MAX;
	opts.yields = 0;
	fx->world = world_create(1, &opts);
	fx->pmem = sim_pmem_create("/dev/pmem0", DEV_SIZE, NULL);
	fx->map.base = sim_pmem_mem(fx->pmem);
	fx->map.size = DEV_SIZE;
	memset(fx->uuid, 0xa7, sizeof(fx->uuid));
	bind(fx);
	return fx;
}

static void fixture_close(struct fixture *fx)
{
	assert_int_equal(world_destroy(fx->world), 0);
	free(fx);
}

/* As after a restart: W, or an error.  H is always half of W here. */
static s64 load(struct fixture *fx)
{
	int err;

	bind(fx);
	err = pcache_cursor_load(&fx->cur);
	if (err)
		return err;
	assert_int_equal(fx->cur.evict_lsn, fx->cur.clean_lsn / 2);
	return fx->cur.clean_lsn;
}

static void store(struct fixture *fx, u64 w)
{
	pcache_cursor_store(&fx->cur, w, w / 2);
}

static u64 line_off(const struct fixture *fx, int copy, u64 seq)
{
	return fx->cur.location[copy] +
	       seq % PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE;
}

/* Both rings, and what is between them. */
static u64 region(const struct fixture *fx)
{
	return fx->cur.location[0];
}

static u64 region_len(const struct fixture *fx)
{
	return line_off(fx, 1, PCACHE_CURSOR_LINES - 1) + PCACHE_LINE_SIZE -
	       fx->cur.location[0];
}

static struct pcache_cursor_ondisk *line_at(struct fixture *fx, int copy,
					    u64 seq)
{
	return (void *)(sim_pmem_mem(fx->pmem) + line_off(fx, copy, seq));
}

/* ---- loading ---- */

static void a_fresh_cursor_is_zero(void **state)
{
	struct fixture *fx = fixture_open();
	static const u8 zeroes[PCACHE_LINE_SIZE];
	u64 seq;
	int copy;

	for (copy = 0; copy < 2; copy++)
		memset(line_at(fx, copy, 0), 0x77,
		       PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE);
	pcache_cursor_format(&fx->cur);
	for (copy = 0; copy < 2; copy++)
		for (seq = 2; seq <= PCACHE_CURSOR_LINES; seq++)
			assert_memory_equal(line_at(fx, copy, seq), zeroes,
					    PCACHE_LINE_SIZE);
	assert_int_equal(load(fx), 0);
	assert_true(fx->cur.complete);
	fixture_close(fx);
}

static void the_newest_line_wins(void **state)
{
	struct fixture *fx = fixture_open();
	u64 i;

	pcache_cursor_format(&fx->cur);
	for (i = 1; i < 100; i++) {
		store(fx, i * 7);
		assert_true(fx->cur.complete);
		if (i % 3)
			continue;
		assert_int_equal(load(fx), i * 7);
		assert_true(fx->cur.complete);
	}
	fixture_close(fx);
}

static void nothing_valid_is_an_error_and_not_zero(void **state)
{
	u32 len = PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE, i, seed;
	struct fixture *fx = fixture_open();
	u8 *mem = sim_pmem_mem(fx->pmem);

	assert_int_equal(load(fx), -EUCLEAN);
	for (seed = 0; seed < 200; seed++) {
		for (i = 0; i < len; i++) {
			mem[fx->cur.location[0] + i] = sim_rand();
			mem[fx->cur.location[1] + i] = sim_rand();
		}
		assert_int_equal(load(fx), -EUCLEAN);
	}
	sim_pmem_poison(fx->pmem, fx->cur.location[1] + 100, 1);
	assert_int_equal(load(fx), -EIO);
	fixture_close(fx);
}

static void another_cache_s_cursor_is_none(void **state)
{
	struct fixture *fx = fixture_open();

	pcache_cursor_format(&fx->cur);
	store(fx, 1000);
	fx->uuid[3] ^= 1;
	assert_int_equal(load(fx), -EUCLEAN);
	fixture_close(fx);
}

static void any_one_line_can_be_lost(void **state)
{
	struct fixture *fx;
	int copy, how;
	u64 seq;

	for (how = 0; how < 3; how++) {
		for (copy = 0; copy < 2; copy++) {
			for (seq = 0; seq < PCACHE_CURSOR_LINES; seq++) {
				fx = fixture_open();
				pcache_cursor_format(&fx->cur);
				store(fx, 500);
				store(fx, 600);
				if (how == 0)
					line_at(fx, copy, seq)->seq ^= 8;
				else if (how == 1)
					memset(line_at(fx, copy, seq), 0, 64);
				else
					sim_pmem_poison(fx->pmem,
							line_off(fx, copy, seq),
							1);
				assert_int_equal(load(fx), 600);
				fixture_close(fx);
			}
		}
	}
}

/* A line in one copy only does not count yet: it must be stored again. */
static void a_line_in_one_copy_is_not_complete(void **state)
{
	struct fixture *fx;
	int copy;

	for (copy = 0; copy < 2; copy++) {
		fx = fixture_open();
		pcache_cursor_format(&fx->cur);
		store(fx, 500);
		store(fx, 600);
		memset(line_at(fx, copy, fx->cur.seq), 0, 64);
		assert_int_equal(load(fx), 600);
		assert_false(fx->cur.complete);
		store(fx, 600);
		assert_int_equal(load(fx), 600);
		assert_true(fx->cur.complete);
		fixture_close(fx);
	}
}

/* ---- where lines go ---- */

static u64 stored_line(const struct fixture *fx, const struct sim_log *log)
{
	const struct sim_rec *rec;
	u64 pos, line = U64_MAX, l;
	u64 len = PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE;
	u64 off;

	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		if (rec->type != SIM_REC_STORE)
			continue;
		off = rec->off - fx->cur.location[rec->off >=
						  fx->cur.location[1]];
		assert_true(off < len);
		l = off / PCACHE_LINE_SIZE;
		assert_true(line == U64_MAX || line == l);
		line = l;
	}
	assert_true(line != U64_MAX);
	return line;
}

static void no_line_is_written_twice_in_a_row(void **state)
{
	struct fixture *fx = fixture_open();
	u64 i, line, last = U64_MAX;
	struct sim_log *log;

	pcache_cursor_format(&fx->cur);
	for (i = 1; i < 200; i++) {
		sim_log_start();
		store(fx, i);
		log = sim_log_take();
		line = stored_line(fx, log);
		assert_true(line != last);
		last = line;
		sim_log_free(log);
		if (sim_rand_below(3) == 0)
			assert_int_equal(load(fx), i);
	}
	fixture_close(fx);
}

static void the_line_after_the_newest_is_left_out_after_a_load(void **state)
{
	struct fixture *fx = fixture_open();
	u64 seq;
	int copy;

	pcache_cursor_format(&fx->cur);
	store(fx, 300);
	seq = fx->cur.seq;
	/* What a torn update may have left. */
	for (copy = 0; copy < 2; copy++)
		memset(line_at(fx, copy, seq + 1), 0x5a, 64);
	assert_int_equal(load(fx), 300);
	store(fx, 400);
	for (copy = 0; copy < 2; copy++)
		assert_int_equal(*(u8 *)line_at(fx, copy, seq + 1), 0x5a);
	assert_int_equal(load(fx), 400);
	fixture_close(fx);
}

static void one_copy_is_fenced_before_the_other_is_touched(void **state)
{
	struct fixture *fx = fixture_open();
	const struct sim_rec *rec;
	int copy, dirty = -1;
	struct sim_log *log;
	u64 pos;

	pcache_cursor_format(&fx->cur);
	sim_log_start();
	store(fx, 100);
	log = sim_log_take();
	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		copy = rec->type == SIM_REC_FENCE ? -1 :
		       rec->off >= fx->cur.location[1];
		assert_true(dirty == -1 || copy == -1 || copy == dirty);
		dirty = copy;
	}
	assert_int_equal(dirty, -1);
	sim_log_free(log);
	fixture_close(fx);
}

/* Updates a cursor of its own, while another task does the same. */
static void store_often(void *arg)
{
	struct pcache_cursor *cur = arg;
	u32 i;

	for (i = 1; i < 100; i++)
		pcache_cursor_store(cur, i * 10, i);
}

static void a_store_and_its_fence_are_on_one_cpu(void **state)
{
	struct fixture *fx = fixture_open();
	struct pcache_cursor other;
	struct sim_log *log;

	pcache_cursor_init(&other, &fx->map, SLOT + 1, fx->uuid);
	world_opts(fx->world)->yields = (1U << SHIM_NR_YIELDS) - 1;
	world_opts(fx->world)->switch_p = 255;
	world_opts(fx->world)->migrate_p = 255;
	world_opts_changed(fx->world);
	sim_log_start();
	sim_spawn("one", store_often, &fx->cur);
	sim_spawn("other", store_often, &other);
	sim_join_all();
	log = sim_log_take();
	log_check_cpus(log);
	sim_log_free(log);
	fixture_close(fx);
}

static void copies_and_slots_do_not_share_a_block(void **state)
{
	struct pcache_cursor a, b;
	struct fixture *fx = fixture_open();
	u32 slot, other, len = PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE;

	for (slot = 0; slot < PCACHE_NR_SLOTS; slot++) {
		pcache_cursor_init(&a, &fx->map, slot, fx->uuid);
		assert_true(a.location[0] >= PCACHE_SLOTS_OFF +
			    2 * PCACHE_SLOTS_LEN);
		assert_true(a.location[1] + len <= PCACHE_META_FIXED_LEN);
		assert_true(a.location[0] / PCACHE_BLOCK_SIZE !=
			    a.location[1] / PCACHE_BLOCK_SIZE);
		for (other = 0; other < slot; other++) {
			pcache_cursor_init(&b, &fx->map, other, fx->uuid);
			assert_true(b.location[0] + len <= a.location[0]);
			assert_true(b.location[1] + len <= a.location[1]);
			assert_true(a.location[0] + len <= b.location[1]);
		}
	}
	fixture_close(fx);
}

/* ---- power cuts ---- */

struct cut {
	struct fixture *fx;
	s64 before, after;
	u64 seen_before, seen_after;
};

static void cut_check(void *arg)
{
	struct cut *cut = arg;
	s64 found = load(cut->fx);

	if (found != cut->before && found != cut->after)
		fail_msg("found %lld, not %lld or %lld", (long long)found,
			 (long long)cut->before, (long long)cut->after);
	cut->seen_before += found == cut->before;
	cut->seen_after += found == cut->after;
}

static void a_torn_update_leaves_the_old_or_the_new(void **state)
{
	struct fixture *fx = fixture_open();
	struct tear *tear;
	struct cut cut;
	u64 i;

	pcache_cursor_format(&fx->cur);
	/* Once around the ring and on, over blank lines and over old ones. */
	for (i = 1; i < 3 * PCACHE_CURSOR_LINES; i++) {
		cut = (struct cut){ .fx = fx, .before = (i - 1) * 100,
				    .after = i * 100 };
		tear = tear_begin(fx->pmem, region(fx), region_len(fx));
		store(fx, i * 100);
		tear_end(tear);
		tear_visit(tear, cut_check, &cut);
		assert_true(tear->states >= 512);
		assert_true(cut.seen_before && cut.seen_after);
		tear_free(tear);
		assert_int_equal(load(fx), i * 100);
	}
	fixture_close(fx);
}

static void a_torn_format_leaves_no_cursor_or_the_first(void **state)
{
	struct fixture *fx = fixture_open();
	struct cut cut = { .fx = fx, .before = -EUCLEAN, .after = 0 };
	struct tear *tear;
	u64 i;

	/* The ring is full of lines of a cache that is gone. */
	pcache_cursor_format(&fx->cur);
	for (i = 1; i < 40; i++)
		store(fx, i * 100);
	fx->uuid[0] ^= 0xff;
	bind(fx);
	tear = tear_begin(fx->pmem, region(fx), region_len(fx));
	pcache_cursor_format(&fx->cur);
	tear_end(tear);
	tear_visit(tear, cut_check, &cut);
	assert_true(cut.seen_before && cut.seen_after);
	assert_int_equal(load(fx), 0);
	tear_free(tear);
	fixture_close(fx);
}

/*
 * An update is cut, the cache goes on from what it finds, and its next update
 * is cut, @depth times: what was found unfinished once never appears.
 */
struct chain {
	struct fixture *fx;
	u32 depth;
	u64 next;
	u64 calls;
	u64 states;
};

static void chain_check(void *arg);

static void chain_step(struct chain *c, s64 before)
{
	struct cut cut = { .fx = c->fx, .before = before, .after = c->next };
	struct chain deeper = { .fx = c->fx, .depth = c->depth - 1,
				.next = c->next + 100 };
	struct tear *tear;

	tear = tear_begin(c->fx->pmem, region(c->fx), region_len(c->fx));
	store(c->fx, c->next);
	tear_end(tear);
	if (deeper.depth)
		tear_visit(tear, chain_check, &deeper);
	else
		tear_visit(tear, cut_check, &cut);
	c->states += tear->states + deeper.states;
	tear_free(tear);
}

/* Not all states are gone on from, but other ones each time. */
static void chain_check(void *arg)
{
	u64 len, from;
	struct chain *c = arg;
	u8 *image, *mem;

	if (c->calls++ % 29)
		return;
	from = region(c->fx);
	len = region_len(c->fx);
	mem = sim_pmem_mem(c->fx->pmem) + from;
	image = malloc(len);
	assert_non_null(image);
	memcpy(image, mem, len);
	chain_step(c, load(c->fx));
	memcpy(mem, image, len);
	free(image);
}

static void updates_that_were_cut_never_come_back(void **state)
{
	struct fixture *fx = fixture_open();
	struct chain c = { .fx = fx, .depth = 3, .next = 1100 };
	u64 i;

	pcache_cursor_format(&fx->cur);
	for (i = 1; i < 20; i++)
		store(fx, i * 50);
	assert_int_equal(load(fx), 950);
	chain_step(&c, 950);
	assert_true(c.states > 100000);
	fixture_close(fx);
}

/* ---- the verifier ---- */

static void reseal(struct fixture *fx, int copy, u64 seq)
{
	struct pcache_cursor_ondisk *line = line_at(fx, copy, seq);

	line->crc = cpu_to_le32(crc32c(fx->cur.seed, (u8 *)line + 4,
				       sizeof(*line) - 4));
}

static void no_bit_can_flip_unnoticed(void **state)
{
	struct fixture *fx = fixture_open();
	u32 bit;
	u8 *line;

	pcache_cursor_format(&fx->cur);
	memset(line_at(fx, 1, 1), 0, PCACHE_LINE_SIZE);
	line = (u8 *)line_at(fx, 0, 1);
	for (bit = 0; bit < PCACHE_LINE_SIZE * 8; bit++) {
		line[bit / 8] ^= 1 << bit % 8;
		assert_int_equal(load(fx), -EUCLEAN);
		line[bit / 8] ^= 1 << bit % 8;
	}
	assert_int_equal(load(fx), 0);
	fixture_close(fx);
}

static void no_broken_field_passes(void **state)
{
	static const struct {
		u32 off;
		u64 value;
	} broken[] = {
		{ 8, 0 },				/* seq */
		{ 8, 18 },	/* a line further */
		{ 8, PCACHE_SEQ_LIMIT + 1 },
		{ 8, U64_MAX },
		{ 16, 0 },				/* location */
		{ 16, PCACHE_CURSORS_OFF },
		{ 24, PCACHE_LSN_LIMIT },		/* W */
		{ 24, U64_MAX },
		{ 24, 49 },	/* below H */
		{ 32, 101 },				/* H above W */
		{ 32, U64_MAX },
		{ 40, 1 }, { 48, 1 }, { 56, 1 },	/* reserved */
	};
	struct fixture *fx;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(broken); i++) {
		fx = fixture_open();
		/* Of the two lines of this cursor one is left. */
		fx->cur.clean_lsn = 100;
		fx->cur.evict_lsn = 50;
		store(fx, 100);
		memset(line_at(fx, 1, 1), 0, PCACHE_LINE_SIZE);
		assert_int_equal(load(fx), 100);
		memcpy((u8 *)line_at(fx, 0, 1) + broken[i].off,
		       &broken[i].value, 8);
		reseal(fx, 0, 1);
		if (load(fx) != -EUCLEAN)
			fail_msg("%llu at %u passes",
				 (unsigned long long)broken[i].value,
				 broken[i].off);
		fixture_close(fx);
	}
}

/* The updates after it would not verify: an older one would come back. */
static void a_number_that_leaves_no_room_is_damage(void **state)
{
	struct fixture *fx = fixture_open();

	pcache_cursor_format(&fx->cur);
	fx->cur.seq = PCACHE_SEQ_LIMIT - 3;
	store(fx, 100);
	assert_int_equal(load(fx), -EUCLEAN);
	bind(fx);
	pcache_cursor_format(&fx->cur);
	fx->cur.seq = PCACHE_SEQ_LIMIT / 4;
	store(fx, 100);
	assert_int_equal(load(fx), 100);
	store(fx, 200);
	assert_int_equal(load(fx), 200);
	fixture_close(fx);
}

static void a_line_elsewhere_is_none(void **state)
{
	struct fixture *fx = fixture_open();
	u64 seq;

	pcache_cursor_format(&fx->cur);
	for (seq = 2; seq < PCACHE_CURSOR_LINES; seq++)
		memcpy(line_at(fx, 0, seq), line_at(fx, 0, 1),
		       PCACHE_LINE_SIZE);
	memset(line_at(fx, 0, 1), 0, PCACHE_LINE_SIZE);
	memcpy(line_at(fx, 1, 3), line_at(fx, 1, 1), PCACHE_LINE_SIZE);
	memset(line_at(fx, 1, 1), 0, PCACHE_LINE_SIZE);
	assert_int_equal(load(fx), -EUCLEAN);
	fixture_close(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fresh_cursor_is_zero),
		cmocka_unit_test(the_newest_line_wins),
		cmocka_unit_test(nothing_valid_is_an_error_and_not_zero),
		cmocka_unit_test(another_cache_s_cursor_is_none),
		cmocka_unit_test(any_one_line_can_be_lost),
		cmocka_unit_test(a_line_in_one_copy_is_not_complete),
		cmocka_unit_test(no_line_is_written_twice_in_a_row),
		cmocka_unit_test(the_line_after_the_newest_is_left_out_after_a_load),
		cmocka_unit_test(one_copy_is_fenced_before_the_other_is_touched),
		cmocka_unit_test(a_store_and_its_fence_are_on_one_cpu),
		cmocka_unit_test(copies_and_slots_do_not_share_a_block),
		cmocka_unit_test(a_torn_update_leaves_the_old_or_the_new),
		cmocka_unit_test(a_torn_format_leaves_no_cursor_or_the_first),
		cmocka_unit_test(updates_that_were_cut_never_come_back),
		cmocka_unit_test(no_bit_can_flip_unnoticed),
		cmocka_unit_test(no_broken_field_passes),
		cmocka_unit_test(a_number_that_leaves_no_room_is_damage),
		cmocka_unit_test(a_line_elsewhere_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
