/* SPDX-License-Identifier: GPL-2.0 */
/*
 * An index beside an array with one element per sector that says the same, for
 * the tests of the index: whatever is done to the one is done to the other.
 *
 * Include it after cmocka.h.
 */
#ifndef CACHE_INDEX_MODEL_H
#define CACHE_INDEX_MODEL_H

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

static inline void check_failed(const struct fixture *fx, const char *what,
				int line)
{
	fail_msg("seed 0x%llx step %u: %s (line %d)", fx->seed, fx->step, what,
		 line);
}

#define check(fx, cond)	\
	((cond) ? (void)0 : check_failed(fx, #cond, __LINE__))

static inline struct fixture *fixture_open(u64 seed)
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

static inline void fixture_close(struct fixture *fx)
{
	pcache_index_exit(&fx->index);
	pcache_index_module_exit();
	assert_int_equal(world_destroy(fx->world), 0);
	free(fx);
}

static inline u32 below(u32 n)
{
	return sim_rand_below(n);
}

static inline u64 value_at(const struct record *rec, u64 sector)
{
	return rec->value + (rec->tag == PCACHE_DATA ? sector - rec->sector : 0);
}

static inline void model_put(struct fixture *fx, const struct record *rec)
{
	u64 s;

	for (s = rec->sector; s < rec->sector + rec->nr; s++)
		fx->model[s] = (struct model){
			.tag = rec->tag, .value = value_at(rec, s) };
}

static inline u32 model_erase(struct fixture *fx, const struct record *rec)
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

static inline bool model_continues(const struct model *a, const struct model *b)
{
	if (a->tag != b->tag)
		return false;
	if (a->tag == PCACHE_HOLE)
		return true;
	return b->value == a->value + (a->tag == PCACHE_DATA);
}

static inline u32 entry_segment(const struct model *m)
{
	return m->tag == PCACHE_DATA ? m->value / SEG_SECTORS :
	       m->value / SEG_LINES;
}

/* Mapped sectors of every segment, and lost ones. */
static inline void check_counts(struct fixture *fx)
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

/* One run is right, and as long as it can be. */
static inline void check_run(struct fixture *fx, u64 sector, u32 nr,
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

static inline void model_touch(struct fixture *fx, u64 sector,
			       const struct pcache_run *run, u32 nr)
{
	u64 from = round_down(sector, PCACHE_BLOCK_SECTORS), s;
	u64 to = min_t(u64, round_up(sector + nr, PCACHE_BLOCK_SECTORS), NR_SECTORS);

	for (s = from; s < to; s++)
		fx->model[s].may_touch = true;
	for (s = sector; s < sector + run->nr; s++)
		fx->model[s].touched = run->tag == PCACHE_DATA;
}

static inline void look_up(struct fixture *fx, u64 sector, u32 nr, bool touch)
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

static inline void look_at_all(struct fixture *fx)
{
	look_up(fx, 0, NR_SECTORS, false);
}

static inline u32 until_chunk_end(u64 sector, u32 nr)
{
	u64 end = min_t(u64, NR_SECTORS, round_up(sector + 1,
						  PCACHE_CHUNK_SECTORS));

	return min_t(u64, nr, end - sector);
}

/* A place that no earlier record had, in one segment. */
static inline u64 new_value(struct fixture *fx, enum pcache_tag tag, u32 nr)
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

static inline struct record *record_add(struct fixture *fx, u64 sector, u32 nr,
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
static inline void set_record(struct fixture *fx, const struct record *rec)
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

static inline struct record *set_new(struct fixture *fx, u64 sector, u32 nr,
				     enum pcache_tag tag)
{
	struct record *rec = record_add(fx, sector, nr, tag);

	set_record(fx, rec);
	return rec;
}

static inline u32 erase_part(struct fixture *fx, const struct record *rec)
{
	u32 done, expect = model_erase(fx, rec);

	pcache_index_lock(&fx->index, rec->sector);
	done = pcache_index_erase(&fx->index, rec->sector, rec->nr, rec->tag,
				  rec->value);
	pcache_index_unlock(&fx->index, rec->sector);
	check(fx, done == expect);
	return done;
}

static inline u32 erase_record(struct fixture *fx, struct record *rec)
{
	u32 done = erase_part(fx, rec);

	*rec = fx->records[--fx->nr_records];
	return done;
}

static inline void mark_new(struct fixture *fx, u64 sector, u32 nr)
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

static inline void erase_all(struct fixture *fx)
{
	while (fx->nr_records)
		erase_record(fx, &fx->records[fx->nr_records - 1]);
	rcu_barrier();
}

/* Nothing is mapped any more: no count and no memory may be left. */
static inline void check_empty(struct fixture *fx)
{
	look_at_all(fx);
	check_counts(fx);
	check(fx, pcache_index_bytes(&fx->index) == 0);
}

#endif /* CACHE_INDEX_MODEL_H */
