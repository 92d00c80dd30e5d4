// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the index (cache_index.c, cache_leaf.c) against an array with
 * one element per sector.
 *
 * Everything goes through the interface that the driver uses.  What readers see
 * while an index changes is tested in cache_index_race_test.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../shim/sim.h"
#include "../../pcache_index.h"

#define NR_CHUNKS	3
/* The last chunk is not a whole one. */
#define NR_SECTORS	(NR_CHUNKS * PCACHE_CHUNK_SECTORS - 1000)
#define LEAF_SECTORS	512U

#define SEG_SHIFT	22
#define SEG_SECTORS	(1U << (SEG_SHIFT - PCACHE_SECTOR_SHIFT))
#define SEG_LINES	(1U << (SEG_SHIFT - 6))
#define NR_SEGS		16

#define MAX_RECORDS	4096

struct model {
	u64 value;
	u8 tag;
	bool touched;		/* a look-up that touches returned it */
	bool may_touch;		/* one came near it */
};

struct record {
	u64 sector;
	u64 value;
	u32 nr;
	u8 tag;
};

struct fixture {
	struct world *world;
	struct pcache_index index;
	struct pcache_seg segs[NR_SEGS];
	struct model model[NR_SECTORS];
	struct record records[MAX_RECORDS];
	u32 nr_records;
	u64 next_sector;	/* of the pmem device */
	u64 next_line;
	u64 next_id;
	u64 seed;
	u32 step;
};

static void check_failed(const struct fixture *fx, const char *what, int line)
{
	fail_msg("seed 0x%llx step %u: %s (line %d)", fx->seed, fx->step, what,
		 line);
}

#define check(fx, cond)	\
	((cond) ? (void)0 : check_failed(fx, #cond, __LINE__))

static struct fixture *fixture_open(u64 seed)
{
	struct fixture *fx = calloc(1, sizeof(*fx));
	struct sim_opts opts;

	assert_non_null(fx);
	sim_opts_default(&opts);
	opts.max_steps = U64_MAX;
	fx->seed = seed;
	fx->next_id = 1;
	fx->world = world_create(seed, &opts);
	assert_int_equal(pcache_index_module_init(), 0);
	assert_int_equal(pcache_index_init(&fx->index, NR_SECTORS, fx->segs,
					   SEG_SHIFT), 0);
	return fx;
}

static void fixture_close(struct fixture *fx)
{
	pcache_index_exit(&fx->index);
	pcache_index_module_exit();
	assert_int_equal(world_destroy(fx->world), 0);
	free(fx);
}

static u32 below(u32 n)
{
	return sim_rand_below(n);
}

/* ---- the model ---- */

static u64 value_at(const struct record *rec, u64 sector)
{
	return rec->value + (rec->tag == PCACHE_DATA ? sector - rec->sector : 0);
}

static void model_put(struct fixture *fx, const struct record *rec)
{
	u64 s;

	for (s = rec->sector; s < rec->sector + rec->nr; s++)
		fx->model[s] = (struct model){
			.tag = rec->tag, .value = value_at(rec, s) };
}

static u32 model_erase(struct fixture *fx, const struct record *rec)
{
	u32 done = 0;
	u64 s;

	for (s = rec->sector; s < rec->sector + rec->nr; s++) {
		if (fx->model[s].tag != rec->tag ||
		    fx->model[s].value != value_at(rec, s))
			continue;
		fx->model[s] = (struct model){ };
		done++;
	}
	return done;
}

static bool model_continues(const struct model *a, const struct model *b)
{
	if (a->tag != b->tag)
		return false;
	if (a->tag == PCACHE_HOLE)
		return true;
	return b->value == a->value + (a->tag == PCACHE_DATA);
}

static u32 entry_segment(const struct model *m)
{
	return m->tag == PCACHE_DATA ? m->value / SEG_SECTORS :
	       m->value / SEG_LINES;
}

/* Mapped sectors of every segment, and lost ones. */
static void check_counts(struct fixture *fx)
{
	int counts[NR_SEGS] = { }, lost = 0, i;
	u64 s;

	for (s = 0; s < NR_SECTORS; s++) {
		if (fx->model[s].tag == PCACHE_HOLE ||
		    fx->model[s].tag == PCACHE_FILLING)
			continue;
		counts[entry_segment(&fx->model[s])]++;
		lost += fx->model[s].tag == PCACHE_LOST;
	}
	for (i = 0; i < NR_SEGS; i++)
		check(fx, atomic_read(&fx->segs[i].mapped) == counts[i]);
	check(fx, atomic_read(&fx->index.lost) == lost);
}

/* ---- looking ---- */

/* One run is right, and as long as it can be. */
static void check_run(struct fixture *fx, u64 sector, u32 nr,
		      const struct pcache_run *run)
{
	u32 max = min(nr, LEAF_SECTORS - (u32)(sector % LEAF_SECTORS)), i;
	const struct model *m = &fx->model[sector];

	check(fx, run->nr >= 1 && run->nr <= max);
	check(fx, run->tag == m->tag);
	check(fx, run->tag == PCACHE_HOLE || run->value == m->value);
	for (i = 1; i < run->nr; i++)
		check(fx, model_continues(&m[i - 1], &m[i]));
	check(fx, run->nr == max || !model_continues(&m[i - 1], &m[i]));
}

static void model_touch(struct fixture *fx, u64 sector,
			const struct pcache_run *run, u32 nr)
{
	u64 from = round_down(sector, PCACHE_BLOCK_SECTORS), s;
	u64 to = min_t(u64, round_up(sector + nr, PCACHE_BLOCK_SECTORS), NR_SECTORS);

	for (s = from; s < to; s++)
		fx->model[s].may_touch = true;
	for (s = sector; s < sector + run->nr; s++)
		fx->model[s].touched = run->tag == PCACHE_DATA;
}

static void look_up(struct fixture *fx, u64 sector, u32 nr, bool touch)
{
	struct pcache_run run;
	bool locked = below(2);
	u32 done;

	for (done = 0; done < nr; done += run.nr) {
		if (locked)
			pcache_index_lock(&fx->index, sector + done);
		else
			rcu_read_lock();
		pcache_index_lookup(&fx->index, sector + done, nr - done,
				    touch, &run);
		if (locked)
			pcache_index_unlock(&fx->index, sector + done);
		else
			rcu_read_unlock();
		check_run(fx, sector + done, nr - done, &run);
		if (touch)
			model_touch(fx, sector + done, &run, nr - done);
	}
}

static void look_at_all(struct fixture *fx)
{
	look_up(fx, 0, NR_SECTORS, false);
}

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

/* ---- changing ---- */

static u32 until_chunk_end(u64 sector, u32 nr)
{
	u64 end = min_t(u64, NR_SECTORS, round_up(sector + 1,
						  PCACHE_CHUNK_SECTORS));

	return min_t(u64, nr, end - sector);
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

/* A place that no earlier record had, in one segment. */
static u64 new_value(struct fixture *fx, enum pcache_tag tag, u32 nr)
{
	u64 value;

	if (tag == PCACHE_FILLING)
		return fx->next_id++;
	if (tag != PCACHE_DATA)
		return fx->next_line++ % (NR_SEGS * SEG_LINES);
	if (fx->next_sector % SEG_SECTORS + nr > SEG_SECTORS)
		fx->next_sector = round_up(fx->next_sector, SEG_SECTORS);
	value = fx->next_sector % (NR_SEGS * SEG_SECTORS);
	fx->next_sector += nr;
	return value;
}

static struct record *record_add(struct fixture *fx, u64 sector, u32 nr,
				 enum pcache_tag tag)
{
	struct record *rec = &fx->records[fx->nr_records++];

	assert_true(fx->nr_records <= MAX_RECORDS);
	rec->sector = sector;
	rec->nr = nr;
	rec->tag = tag;
	rec->value = new_value(fx, tag, nr);
	return rec;
}

/* Prepare and set; without memory for it, a preload has to do. */
static void set_record(struct fixture *fx, const struct record *rec)
{
	struct pcache_preload pre = { };
	int err;

	pcache_index_lock(&fx->index, rec->sector);
	err = pcache_index_prepare(&fx->index, rec->sector, rec->nr, rec->tag,
				   NULL);
	if (err) {
		pcache_index_unlock(&fx->index, rec->sector);
		check(fx, err == -ENOMEM);
		look_up(fx, rec->sector, rec->nr, false);
		pcache_preload_fill(&fx->index, &pre, rec->sector, rec->nr,
				    GFP_NOIO);
		pcache_index_lock(&fx->index, rec->sector);
		check(fx, !pcache_index_prepare(&fx->index, rec->sector,
						rec->nr, rec->tag, &pre));
	}
	pcache_index_set(&fx->index, rec->sector, rec->nr, rec->tag,
			 rec->value);
	pcache_index_unlock(&fx->index, rec->sector);
	pcache_preload_drop(&fx->index, &pre);
	model_put(fx, rec);
}

static struct record *set_new(struct fixture *fx, u64 sector, u32 nr,
			      enum pcache_tag tag)
{
	struct record *rec = record_add(fx, sector, nr, tag);

	set_record(fx, rec);
	return rec;
}

static u32 erase_part(struct fixture *fx, const struct record *rec)
{
	u32 done, expect = model_erase(fx, rec);

	pcache_index_lock(&fx->index, rec->sector);
	done = pcache_index_erase(&fx->index, rec->sector, rec->nr, rec->tag,
				  rec->value);
	pcache_index_unlock(&fx->index, rec->sector);
	check(fx, done == expect);
	return done;
}

static u32 erase_record(struct fixture *fx, struct record *rec)
{
	u32 done = erase_part(fx, rec);

	*rec = fx->records[--fx->nr_records];
	return done;
}

static void mark_new(struct fixture *fx, u64 sector, u32 nr)
{
	struct record *rec = record_add(fx, sector, nr, PCACHE_FILLING);
	u32 marked, expect = 0;
	u64 s;

	pcache_index_lock(&fx->index, sector);
	if (pcache_index_prepare(&fx->index, sector, nr, PCACHE_FILLING,
				 NULL)) {
		pcache_index_unlock(&fx->index, sector);
		fx->nr_records--;
		return;
	}
	marked = pcache_index_mark(&fx->index, sector, nr, rec->value);
	pcache_index_unlock(&fx->index, sector);
	for (s = sector; s < sector + nr; s++) {
		if (fx->model[s].tag != PCACHE_HOLE)
			continue;
		fx->model[s] = (struct model){ .tag = PCACHE_FILLING,
					       .value = rec->value };
		expect++;
	}
	check(fx, marked == expect);
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

static void erase_all(struct fixture *fx)
{
	while (fx->nr_records)
		erase_record(fx, &fx->records[fx->nr_records - 1]);
	rcu_barrier();
}

/* Nothing is mapped any more: no count and no memory may be left. */
static void check_empty(struct fixture *fx)
{
	look_at_all(fx);
	check_counts(fx);
	check(fx, pcache_index_bytes(&fx->index) == 0);
}

/* ---- random operations ---- */

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
		part.nr = min_t(u64, end - at, PCACHE_BLOCK_SECTORS - at % PCACHE_BLOCK_SECTORS);
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

	for (seed = 1; seed <= 8; seed++) {
		fx = fixture_open(seed);
		random_steps(fx, 3000, 0);
		erase_all(fx);
		check_empty(fx);
		fixture_close(fx);
	}
}

static void random_operations_survive_failing_allocations(void **state)
{
	struct fixture *fx;
	u64 seed;

	for (seed = 1; seed <= 8; seed++) {
		fx = fixture_open(0x1000 + seed);
		random_steps(fx, 2000, seed * 7000);
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
		set_new(fx, 512 + i * PCACHE_BLOCK_SECTORS, PCACHE_BLOCK_SECTORS, PCACHE_DATA);
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

/* ---- memory ---- */

static const struct { u64 sector; u32 nr; } shapes[] = {
	{ 0, 8 }, { 0, 1 }, { 3, 2 }, { 5, 6 }, { 0, 512 }, { 1, 511 },
	{ 8, 504 }, { 508, 8 }, { 0, PCACHE_CHUNK_SECTORS },
	{ 1, PCACHE_CHUNK_SECTORS - 2 }, { 100, 4000 }, { 509, 6 },
	{ 1023, 1026 }, { PCACHE_CHUNK_SECTORS - 1, 1 },
};

static const enum pcache_tag tags[] = {
	PCACHE_DATA, PCACHE_ZERO, PCACHE_LOST, PCACHE_FILLING,
};

/* Ways that a chunk can look like before it is prepared for something. */
#define NR_GROUNDS	6

static void lay_ground(struct fixture *fx, u32 ground)
{
	u32 i;

	switch (ground) {
	case 0:
		break;
	case 1:
		for (i = 0; i < 16; i++)
			set_new(fx, i * 512 + 80, 8, PCACHE_DATA);
		break;
	case 2:
		set_new(fx, 0, PCACHE_CHUNK_SECTORS, PCACHE_ZERO);
		break;
	case 3:
		set_new(fx, 0, PCACHE_CHUNK_SECTORS, PCACHE_DATA);
		break;
	case 4:
		for (i = 0; i < 100; i++)
			set_new(fx, i * 80 + 3, 7, PCACHE_DATA);
		break;
	case 5:
		for (i = 0; i < 16; i++)
			set_new(fx, i * 512 + 3, 1, PCACHE_LOST);
	}
}

/* Leave nothing in the reserves, so that the next allocation fails if told. */
static void drain(mempool_t *pool, void **kept, u32 *nr)
{
	void *element;

	world_opts(world_current())->fail_nowait_p = 65536;
	while ((element = mempool_alloc(pool, GFP_NOWAIT)) != NULL)
		kept[(*nr)++] = element;
	world_opts(world_current())->fail_nowait_p = 0;
}

static void refill(mempool_t *pool, void **kept, u32 nr)
{
	while (nr)
		mempool_free(kept[--nr], pool);
}

struct drained {
	void *leaves[64], *splits[16], *nodes[16];
	u32 nr_leaves, nr_splits, nr_nodes;
};

static void drain_all(struct fixture *fx, struct drained *d)
{
	memset(d, 0, sizeof(*d));
	drain(&fx->index.leaf_pool, d->leaves, &d->nr_leaves);
	drain(&fx->index.split_pool, d->splits, &d->nr_splits);
	drain(&fx->index.node_pool, d->nodes, &d->nr_nodes);
}

static void refill_all(struct fixture *fx, struct drained *d)
{
	refill(&fx->index.leaf_pool, d->leaves, d->nr_leaves);
	refill(&fx->index.split_pool, d->splits, d->nr_splits);
	refill(&fx->index.node_pool, d->nodes, d->nr_nodes);
}

/*
 * The @nth allocation fails (0: all do), which need not make it impossible: a
 * larger piece of memory may do instead.  True if none failed.
 */
static bool prepare_fails_cleanly(struct fixture *fx, u32 shape,
				  enum pcache_tag tag, u64 nth)
{
	u64 failed, sector = shapes[shape].sector;
	struct drained d;
	int err;

	drain_all(fx, &d);
	failed = sim_mem_stats().failed;
	sim_fail_alloc(nth);
	world_opts(fx->world)->fail_nowait_p = nth ? 0 : 65536;
	pcache_index_lock(&fx->index, sector);
	err = pcache_index_prepare(&fx->index, sector, shapes[shape].nr, tag,
				   NULL);
	pcache_index_unlock(&fx->index, sector);
	world_opts(fx->world)->fail_nowait_p = 0;
	sim_fail_alloc(0);
	failed = sim_mem_stats().failed - failed;
	if (nth)
		check(fx, err == 0 || (err == -ENOMEM && failed));
	else
		check(fx, err == (failed ? -ENOMEM : 0));
	look_up(fx, 0, PCACHE_CHUNK_SECTORS, false);
	check_counts(fx);
	if (err && !fx->nr_records)
		check(fx, pcache_index_bytes(&fx->index) == 0);
	rcu_barrier();
	refill_all(fx, &d);
	/* Whoever has made room uses it. */
	if (!err && tag == PCACHE_FILLING)
		mark_new(fx, sector, shapes[shape].nr);
	else if (!err)
		set_new(fx, sector, shapes[shape].nr, tag);
	return !failed;
}

static void a_failed_prepare_changes_nothing(void **state)
{
	u32 shape, t, ground;
	struct fixture *fx;
	u64 nth;

	for (ground = 0; ground < NR_GROUNDS; ground++) {
		for (shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
			for (t = 0; t < ARRAY_SIZE(tags); t++) {
				fx = fixture_open(ground * 1000 + shape * 10 + t);
				lay_ground(fx, ground);
				prepare_fails_cleanly(fx, shape, tags[t], 0);
				for (nth = 1; nth < 100; nth++)
					if (prepare_fails_cleanly(fx, shape,
								  tags[t], nth))
						break;
				check(fx, nth < 100);
				erase_all(fx);
				check_empty(fx);
				fixture_close(fx);
			}
		}
	}
}

static void a_preload_is_always_enough(void **state)
{
	struct pcache_preload pre = { };
	u32 shape, t, ground;
	struct fixture *fx;
	struct drained d;
	u64 sector;
	int err;

	for (ground = 0; ground < NR_GROUNDS; ground++) {
		for (shape = 0; shape < ARRAY_SIZE(shapes); shape++) {
			t = (ground + shape) % ARRAY_SIZE(tags);
			sector = shapes[shape].sector;
			fx = fixture_open(ground * 100 + shape);
			lay_ground(fx, ground);
			pcache_preload_fill(&fx->index, &pre, sector,
					    shapes[shape].nr, GFP_NOIO);
			drain_all(fx, &d);
			world_opts(fx->world)->fail_nowait_p = 65536;
			pcache_index_lock(&fx->index, sector);
			err = pcache_index_prepare(&fx->index, sector,
						   shapes[shape].nr, tags[t],
						   &pre);
			pcache_index_unlock(&fx->index, sector);
			world_opts(fx->world)->fail_nowait_p = 0;
			check(fx, !err);
			look_at_all(fx);
			pcache_preload_drop(&fx->index, &pre);
			refill_all(fx, &d);
			fixture_close(fx);
		}
	}
}

static void a_preload_may_be_dropped_unused(void **state)
{
	struct fixture *fx = fixture_open(1);
	struct pcache_preload pre = { };
	u32 i;

	for (i = 0; i < 100; i++) {
		pcache_preload_fill(&fx->index, &pre, i, PCACHE_CHUNK_SECTORS -
				    2 * i, GFP_NOIO);
		pcache_preload_drop(&fx->index, &pre);
	}
	pcache_preload_drop(&fx->index, &pre);
	check_empty(fx);
	fixture_close(fx);
}

static void erasing_needs_no_memory(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 i;

	for (i = 0; i < 400; i++)
		set_new(fx, below(NR_SECTORS - 200), 1 + below(100),
			random_tag());
	for (i = 0; i < fx->nr_records; i++) {
		struct record *rec = &fx->records[i];

		if (until_chunk_end(rec->sector, rec->nr) != rec->nr)
			fail_msg("record %u crosses a chunk", i);
	}
	world_opts(fx->world)->fail_nowait_p = 65536;
	while (fx->nr_records)
		erase_record(fx, &fx->records[below(fx->nr_records)]);
	rcu_barrier();
	check_empty(fx);
	world_opts(fx->world)->fail_nowait_p = 0;
	fixture_close(fx);
}

static void init_fails_at_every_allocation_without_a_leak(void **state)
{
	struct pcache_index *index = calloc(1, sizeof(*index));
	struct pcache_seg seg = { };
	struct world *world = world_create(1, NULL);
	u64 nth, failed;
	int err;

	assert_int_equal(pcache_index_module_init(), 0);
	for (nth = 1, err = -ENOMEM; err; nth++) {
		memset(index, 0, sizeof(*index));
		failed = sim_mem_stats().failed;
		sim_fail_alloc(nth);
		err = pcache_index_init(index, NR_SECTORS, &seg, SEG_SHIFT);
		sim_fail_alloc(0);
		failed = sim_mem_stats().failed - failed;
		assert_int_equal(err, failed ? -ENOMEM : 0);
		pcache_index_exit(index);
	}
	assert_true(nth > 5);
	pcache_index_module_exit();
	assert_int_equal(world_destroy(world), 0);
	free(index);
}

static void module_init_fails_at_every_allocation_without_a_leak(void **state)
{
	struct world *world;
	u64 nth, failed = 1;
	int err;

	for (nth = 1; failed; nth++) {
		world = world_create(nth, NULL);
		sim_fail_alloc(nth);
		err = pcache_index_module_init();
		sim_fail_alloc(0);
		failed = sim_mem_stats().failed;
		assert_int_equal(err, failed ? -ENOMEM : 0);
		pcache_index_module_exit();
		assert_int_equal(world_destroy(world), 0);
	}
	assert_true(nth > 5);
}

static void exit_frees_what_is_still_mapped(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 ground;

	for (ground = 0; ground < NR_GROUNDS; ground++)
		lay_ground(fx, ground);
	for (ground = 0; ground < 200; ground++)
		mark_new(fx, PCACHE_CHUNK_SECTORS + below(8000), 1 + below(20));
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
		cmocka_unit_test(a_failed_prepare_changes_nothing),
		cmocka_unit_test(a_preload_is_always_enough),
		cmocka_unit_test(a_preload_may_be_dropped_unused),
		cmocka_unit_test(erasing_needs_no_memory),
		cmocka_unit_test(init_fails_at_every_allocation_without_a_leak),
		cmocka_unit_test(module_init_fails_at_every_allocation_without_a_leak),
		cmocka_unit_test(exit_frees_what_is_still_mapped),
		cmocka_unit_test(random_operations_agree_with_an_array),
		cmocka_unit_test(random_operations_survive_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
