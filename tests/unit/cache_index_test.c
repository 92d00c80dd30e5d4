// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the index (cache_index.c, cache_leaf.c) against an array.
 *
 * Everything goes through the interface that the driver uses.  Memory that is
 * short is in cache_index_memory_test.c, what readers see while an index
 * changes in cache_index_race_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cache_index_model.h"

static bool accessed(struct fixture *fx, u64 sector, u32 nr)
{
	bool ret;

	pcache_index_lock(&fx->index, sector);
	ret = pcache_index_accessed(&fx->index, sector, nr);
	pcache_index_unlock(&fx->index, sector);
	return ret;
}

static void check_accessed(struct fixture *fx, u64 sector, u32 nr)
{
	bool must = false, may = false, is = accessed(fx, sector, nr);
	u64 s;

	for (s = sector; s < sector + nr; s++) {
		must |= fx->model[s].touched;
		may |= fx->model[s].may_touch &&
		       fx->model[s].tag == PCACHE_DATA;
	}
	check(fx, is || !must);
	check(fx, !is || may);
}

/* A range of any alignment, inside one chunk; often aligned or short. */
static void random_range(u64 *sector, u32 *nr)
{
	static const u32 units[] = { 1, 1, 8, 8, 8, 512 };
	static const u32 lengths[] = { 4, 24, 24, 128, 1024, 8192 };
	u32 unit = units[below(ARRAY_SIZE(units))];

	*sector = round_down(below(NR_SECTORS), unit);
	*nr = round_up(1 + below(lengths[below(ARRAY_SIZE(lengths))]), unit);
	/* Half of the time where others were before. */
	if (below(2))
		*sector = *sector % 2048 + *sector / PCACHE_CHUNK_SECTORS *
			  PCACHE_CHUNK_SECTORS;
	*nr = until_chunk_end(*sector, *nr);
}

/*
 * Replace what is mapped alike as a whole, as a fill and a relocation do: there
 * is room already, nothing is prepared, and there is no memory.
 */
static void replace_run(struct fixture *fx, u64 sector)
{
	struct pcache_run run;
	struct record *rec;
	u32 nr = 0;

	pcache_index_lock(&fx->index, sector);
	pcache_index_lookup(&fx->index, sector, PCACHE_CHUNK_SECTORS, false,
			    &run);
	pcache_index_unlock(&fx->index, sector);
	if (run.tag != PCACHE_DATA && run.tag != PCACHE_FILLING &&
	    run.tag != PCACHE_LOST)
		return;
	/* A run starts where the sector before is mapped differently. */
	while (sector && sector % PCACHE_CHUNK_SECTORS &&
	       model_continues(&fx->model[sector - 1], &fx->model[sector]))
		sector--;
	while (sector + nr < NR_SECTORS &&
	       (!nr || (sector + nr) % PCACHE_CHUNK_SECTORS) &&
	       (!nr || model_continues(&fx->model[sector + nr - 1],
				       &fx->model[sector + nr])))
		nr++;
	rec = record_add(fx, sector, nr, run.tag == PCACHE_LOST ? PCACHE_LOST :
			 PCACHE_DATA);
	world_opts(fx->world)->fail_nowait_p = 65536;
	pcache_index_lock(&fx->index, sector);
	pcache_index_set(&fx->index, sector, nr, rec->tag, rec->value);
	pcache_index_unlock(&fx->index, sector);
	world_opts(fx->world)->fail_nowait_p = 0;
	model_put(fx, rec);
}

static void evict_segment(struct fixture *fx, u32 seg)
{
	u64 s;

	pcache_index_evict(&fx->index, seg);
	for (s = 0; s < NR_SECTORS; s++)
		if ((fx->model[s].tag == PCACHE_DATA ||
		     fx->model[s].tag == PCACHE_ZERO) &&
		    entry_segment(&fx->model[s]) == seg)
			fx->model[s] = (struct model){ };
}

static enum pcache_tag random_tag(void)
{
	static const enum pcache_tag tags[] = {
		PCACHE_DATA, PCACHE_DATA, PCACHE_DATA, PCACHE_DATA,
		PCACHE_ZERO, PCACHE_ZERO, PCACHE_LOST,
	};

	return tags[below(ARRAY_SIZE(tags))];
}

/* Erase a record as GC does: page by page, and not all of it. */
static void erase_some_pages(struct fixture *fx, const struct record *rec)
{
	struct record part = *rec;
	u64 end = rec->sector + rec->nr, at;

	if (rec->tag != PCACHE_DATA)
		return;
	for (at = rec->sector; at < end; at += part.nr) {
		part.sector = at;
		part.nr = min_t(u64, end - at, PCACHE_BLOCK_SECTORS -
				at % PCACHE_BLOCK_SECTORS);
		part.value = value_at(rec, at);
		if (below(2))
			erase_part(fx, &part);
	}
}

/* What never was, or is no more, is not erased. */
static void erase_in_vain(struct fixture *fx, struct record rec)
{
	rec.value += SEG_SECTORS * NR_SEGS;
	assert_int_equal(erase_part(fx, &rec), 0);
}

static void random_step(struct fixture *fx)
{
	struct record *rec;
	u64 sector;
	u32 nr;

	random_range(&sector, &nr);
	rec = fx->nr_records ? &fx->records[below(fx->nr_records)] : NULL;
	switch (below(12)) {
	case 0 ... 3:
		set_new(fx, sector, nr, random_tag());
		break;
	case 4:
		mark_new(fx, sector, nr);
		break;
	case 5 ... 6:
		if (rec)
			erase_record(fx, rec);
		break;
	case 7:
		if (rec)
			erase_some_pages(fx, rec);
		break;
	case 8:
		if (rec)
			erase_in_vain(fx, *rec);
		break;
	case 9:
		replace_run(fx, sector);
		break;
	default:
		look_up(fx, sector, nr, below(2));
		check_accessed(fx, sector, nr);
	}
}

static void random_steps(struct fixture *fx, u32 steps, u32 fail_p)
{
	for (fx->step = 0; fx->step < steps; fx->step++) {
		world_opts(fx->world)->fail_nowait_p = fail_p;
		random_step(fx);
		world_opts(fx->world)->fail_nowait_p = 0;
		while (fx->nr_records > MAX_RECORDS - 2 ||
		       (fx->nr_records > 300 && below(2)))
			erase_record(fx, &fx->records[below(fx->nr_records)]);
		if (fx->step % 64 == 0) {
			look_at_all(fx);
			check_counts(fx);
		}
		if (fx->step % 512 == 511)
			evict_segment(fx, below(NR_SEGS));
	}
}

static void random_operations_agree_with_an_array(void **state)
{
	struct fixture *fx;
	u64 seed;

	for (seed = 1; seed <= 12; seed++) {
		fx = fixture_open(seed);
		random_steps(fx, 8000, 0);
		erase_all(fx);
		check_empty(fx);
		fixture_close(fx);
	}
}

static void random_operations_survive_failing_allocations(void **state)
{
	struct fixture *fx;
	u64 seed;

	for (seed = 1; seed <= 12; seed++) {
		fx = fixture_open(0x1000 + seed);
		random_steps(fx, 4000, seed * 5000);
		erase_all(fx);
		check_empty(fx);
		fixture_close(fx);
	}
}

/* ---- single properties ---- */

static void an_empty_index_is_one_hole(void **state)
{
	struct fixture *fx = fixture_open(1);
	struct record none = { .sector = 100, .nr = 1000, .tag = PCACHE_DATA };

	look_at_all(fx);
	assert_false(accessed(fx, 0, PCACHE_CHUNK_SECTORS));
	assert_int_equal(erase_part(fx, &none), 0);
	check_empty(fx);
	fixture_close(fx);
}

static void overwriting_keeps_the_rest_of_a_record(void **state)
{
	struct fixture *fx = fixture_open(1);
	struct record *a, *b, first;

	a = set_new(fx, 3, 40, PCACHE_DATA);
	first = *a;
	b = set_new(fx, 13, 6, PCACHE_DATA);
	look_at_all(fx);
	assert_int_equal(erase_part(fx, &first), 34);
	look_at_all(fx);
	assert_int_equal(erase_part(fx, &first), 0);
	assert_int_equal(erase_part(fx, b), 6);
	check_empty(fx);
	fixture_close(fx);
}

static void zeroes_over_whole_leaves_cost_no_leaf(void **state)
{
	struct fixture *fx = fixture_open(1);
	struct record *rec;
	size_t bytes;

	rec = set_new(fx, 0, PCACHE_BLOCK_SECTORS, PCACHE_DATA);
	bytes = pcache_index_bytes(&fx->index);
	erase_record(fx, rec);
	rec = set_new(fx, 0, PCACHE_CHUNK_SECTORS, PCACHE_ZERO);
	assert_true(pcache_index_bytes(&fx->index) <= bytes);
	look_at_all(fx);
	/* A hole is torn into it, and the rest still belongs to the record. */
	set_new(fx, LEAF_SECTORS + 5, 3, PCACHE_DATA);
	look_at_all(fx);
	check_counts(fx);
	assert_int_equal(erase_part(fx, rec), PCACHE_CHUNK_SECTORS - 3);
	look_at_all(fx);
	erase_all(fx);
	check_empty(fx);
	fixture_close(fx);
}

static void zeroes_replace_leaves_and_splits(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 i;

	for (i = 0; i < 40; i++)
		set_new(fx, LEAF_SECTORS + i * 12 + 1, 9, PCACHE_DATA);
	set_new(fx, LEAF_SECTORS, LEAF_SECTORS, PCACHE_ZERO);
	look_at_all(fx);
	check_counts(fx);
	/* All at once, and aligned differently. */
	set_new(fx, 7, 2 * LEAF_SECTORS + 50, PCACHE_ZERO);
	look_at_all(fx);
	erase_all(fx);
	check_empty(fx);
	fixture_close(fx);
}

static void marks_take_holes_only(void **state)
{
	struct fixture *fx = fixture_open(1);
	struct record *data;

	data = set_new(fx, 20, 10, PCACHE_DATA);
	mark_new(fx, 10, 30);
	mark_new(fx, 0, 600);
	look_at_all(fx);
	/* A write replaces marks; whoever put them finds them gone. */
	set_new(fx, 12, 4, PCACHE_DATA);
	look_at_all(fx);
	assert_int_equal(erase_part(fx, &data[1]), 16);
	assert_int_equal(erase_part(fx, &data[1]), 0);
	assert_int_equal(erase_part(fx, &data[2]), 570);
	look_at_all(fx);
	erase_all(fx);
	check_empty(fx);
	fixture_close(fx);
}

static void an_unread_neighbour_is_not_accessed(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 i;

	for (i = 0; i < 70; i++) {
		set_new(fx, i * 16, PCACHE_BLOCK_SECTORS, PCACHE_DATA);
		look_up(fx, i * 16, 1, true);
		assert_true(accessed(fx, i * 16, 1));
		assert_true(accessed(fx, i * 16 + PCACHE_BLOCK_SECTORS - 1, 2));
		assert_false(accessed(fx, i * 16 + PCACHE_BLOCK_SECTORS, 8));
		assert_false(accessed(fx, i * 16 + 300, 8));
	}
	for (i = 0; i < 70; i++) {
		set_new(fx, i * 16, PCACHE_BLOCK_SECTORS, PCACHE_DATA);
		assert_false(accessed(fx, i * 16, PCACHE_BLOCK_SECTORS));
	}
	fixture_close(fx);
}

static void looking_without_touching_leaves_no_trace(void **state)
{
	struct fixture *fx = fixture_open(1);

	set_new(fx, 0, 2000, PCACHE_DATA);
	set_new(fx, 4001, 3, PCACHE_DATA);
	look_at_all(fx);
	assert_false(accessed(fx, 0, PCACHE_CHUNK_SECTORS));
	fixture_close(fx);
}

static void what_was_read_stays_accessed_when_its_leaf_is_rebuilt(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 i;

	set_new(fx, 800, PCACHE_BLOCK_SECTORS, PCACHE_DATA);
	look_up(fx, 800, PCACHE_BLOCK_SECTORS, true);
	/* From one page to a full leaf, in the order that moves it most. */
	for (i = 0; i < 64; i++) {
		if (i == 36)
			continue;
		set_new(fx, 512 + i * PCACHE_BLOCK_SECTORS,
			PCACHE_BLOCK_SECTORS, PCACHE_DATA);
		assert_true(accessed(fx, 800, PCACHE_BLOCK_SECTORS));
	}
	/* Cut into sectors, the others are still accessed. */
	set_new(fx, 802, 1, PCACHE_DATA);
	assert_true(accessed(fx, 800, 2));
	assert_false(accessed(fx, 802, 1));
	assert_true(accessed(fx, 803, 1));
	/* And back again. */
	while (fx->nr_records > 1)
		erase_record(fx, &fx->records[1]);
	assert_true(accessed(fx, 800, PCACHE_BLOCK_SECTORS));
	look_at_all(fx);
	fixture_close(fx);
}

static void eviction_leaves_lost_sectors_alone(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 i;

	for (i = 0; i < 300; i++)
		set_new(fx, i * 40 % 8000 + below(30), 1 + below(9),
			random_tag());
	for (i = 0; i < NR_SEGS; i++)
		evict_segment(fx, i);
	look_at_all(fx);
	check_counts(fx);
	assert_true(atomic_read(&fx->index.lost) > 0);
	erase_all(fx);
	check_empty(fx);
	fixture_close(fx);
}

static void large_values_come_back(void **state)
{
	struct fixture *fx = fixture_open(1);
	u64 id = (1ULL << 44) + 12345;

	/* The largest id of a miss that can ever be reached, inline and not. */
	fx->next_id = id;
	mark_new(fx, 0, PCACHE_BLOCK_SECTORS);
	look_at_all(fx);
	mark_new(fx, 16, 100);
	mark_new(fx, 1001, 2);
	look_at_all(fx);
	erase_all(fx);
	check_empty(fx);
	fixture_close(fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_index_is_one_hole),
		cmocka_unit_test(overwriting_keeps_the_rest_of_a_record),
		cmocka_unit_test(zeroes_over_whole_leaves_cost_no_leaf),
		cmocka_unit_test(zeroes_replace_leaves_and_splits),
		cmocka_unit_test(marks_take_holes_only),
		cmocka_unit_test(an_unread_neighbour_is_not_accessed),
		cmocka_unit_test(looking_without_touching_leaves_no_trace),
		cmocka_unit_test(what_was_read_stays_accessed_when_its_leaf_is_rebuilt),
		cmocka_unit_test(eviction_leaves_lost_sectors_alone),
		cmocka_unit_test(large_values_come_back),
		cmocka_unit_test(random_operations_agree_with_an_array),
		cmocka_unit_test(random_operations_survive_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
