// SPDX-License-Identifier: GPL-2.0
/*
 * What readers see while an index changes, word by word.
 *
 * The index is compiled into this file once more, with accessors that let
 * another task run before and after every shared word is read or written.  Each
 * sector has a history of versions; a look-up that began when version A was in
 * place and ended when version B had been announced may show what lies between
 * the two and nothing else.  In particular it shows no hole in what was mapped
 * all the time.  Memory that is freed too early is caught by the address
 * sanitizer, or because it shows something else.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "../shim/sim.h"

#include <linux/mempool.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

/* The other copy, linked to the rest of the driver, keeps its names. */
#define pcache_index_accessed		race_index_accessed
#define pcache_index_bytes		race_index_bytes
#define pcache_index_erase		race_index_erase
#define pcache_index_evict		race_index_evict
#define pcache_index_exit		race_index_exit
#define pcache_index_init		race_index_init
#define pcache_index_lookup		race_index_lookup
#define pcache_index_mark		race_index_mark
#define pcache_index_page		race_index_page
#define pcache_index_module_exit	race_index_module_exit
#define pcache_index_module_init	race_index_module_init
#define pcache_index_prefetch		race_index_prefetch
#define pcache_index_prepare		race_index_prepare
#define pcache_index_replace		race_index_replace
#define pcache_index_set		race_index_set
#define pcache_leaf_entry		race_leaf_entry
#define pcache_leaf_live		race_leaf_live
#define pcache_leaf_make_room		race_leaf_make_room
#define pcache_leaf_reserves_exit	race_leaf_reserves_exit
#define pcache_leaf_reserves_init	race_leaf_reserves_init
#define pcache_leaf_retire		race_leaf_retire
#define pcache_leaf_shrink		race_leaf_shrink
#define pcache_leaf_split		race_leaf_split
#define pcache_node_alloc		race_node_alloc
#define pcache_node_destroy		race_node_destroy
#define pcache_node_retire		race_node_retire
#define pcache_preload_drop		race_preload_drop
#define pcache_preload_fill		race_preload_fill
#define pcache_split_retire		race_split_retire

static void turn(void)
{
	shim_yield(SHIM_YIELD_ATOMIC);
}

#undef READ_ONCE
#define READ_ONCE(x) ({							\
	turn();								\
	__atomic_load_n(&(x), __ATOMIC_RELAXED); })
#undef WRITE_ONCE
#define WRITE_ONCE(x, val)						\
do {									\
	turn();								\
	__atomic_store_n(&(x), (typeof(x))(val), __ATOMIC_RELAXED);	\
	turn();								\
} while (0)
#undef smp_store_release
/* Tasks are fibers: all stores are seen in order. */
#define smp_store_release(p, v)		WRITE_ONCE(*(p), v)
#undef rcu_assign_pointer
#define rcu_assign_pointer(p, v)	WRITE_ONCE(p, v)

#include "../../cache_leaf.c"
#include "../../cache_index.c"

#define SEG_SHIFT	30
#define NR_SEGS		128
#define NR_SECTORS	(2 * PCACHE_CHUNK_SECTORS)
/* Every version has room for a whole chunk on the pmem device. */
#define VERSION_STRIDE	PCACHE_CHUNK_SECTORS
#define MAX_VERSIONS	16384

/* What tasks work on: some leaves, so that they meet. */
#define AREA		(3 * LEAF_SECTORS)
#define MAX_RANGE	160

struct version {
	u64 sector;
	u32 nr;
	u8 tag;
};

struct history {
	u32 committed;		/* version that is in place */
	u32 announced;		/* version that may be in place */
	u32 last_hole;		/* newest version that unmaps */
};

static struct race {
	struct pcache_index index;
	struct pcache_seg segs[NR_SEGS];
	struct version versions[MAX_VERSIONS];
	struct history history[NR_SECTORS];
	u32 nr_versions;
	u32 ops;
	bool erases;
	bool done;
	u64 hits;
	u64 overlaps;		/* sectors that changed during the look-up */
} race;

/* ---- writers ---- */

static u64 version_value(u32 v, u64 sector)
{
	const struct version *ver = &race.versions[v];

	return ver->tag == PCACHE_DATA ?
	       (u64)v * VERSION_STRIDE + (sector - ver->sector) : v;
}

/* The shard is locked: versions of a sector rise. */
static u32 version_new(u64 sector, u32 nr, enum pcache_tag tag)
{
	u32 v = ++race.nr_versions;

	sim_check(v < MAX_VERSIONS);
	race.versions[v] = (struct version){
		.sector = sector, .nr = nr, .tag = tag };
	return v;
}

static void announce(u64 sector, u32 v)
{
	race.history[sector].announced = v;
	if (race.versions[v].tag == PCACHE_HOLE)
		race.history[sector].last_hole = v;
}

static void commit(u64 sector, u32 nr)
{
	for (; nr; nr--, sector++)
		race.history[sector].committed =
			race.history[sector].announced;
}

static enum pcache_tag committed_tag(u64 sector)
{
	return race.versions[race.history[sector].committed].tag;
}

static void write_range(u64 sector, u32 nr, enum pcache_tag tag)
{
	struct pcache_preload pre = { };
	u64 s;
	u32 v;

	pcache_preload_fill(&race.index, &pre, sector, nr, GFP_NOIO);
	pcache_index_lock(&race.index, sector);
	sim_check(!pcache_index_prepare(&race.index, sector, nr, tag, &pre));
	v = version_new(sector, nr, tag);
	for (s = sector; s < sector + nr; s++)
		announce(s, v);
	pcache_index_set(&race.index, sector, nr, tag,
			 version_value(v, sector));
	commit(sector, nr);
	pcache_index_unlock(&race.index, sector);
	pcache_preload_drop(&race.index, &pre);
}

static void mark_range(u64 sector, u32 nr)
{
	u32 v, marked = 0;
	u64 s;

	pcache_index_lock(&race.index, sector);
	if (!pcache_index_prepare(&race.index, sector, nr, PCACHE_FILLING,
				  NULL)) {
		v = version_new(sector, nr, PCACHE_FILLING);
		for (s = sector; s < sector + nr; s++) {
			if (committed_tag(s) != PCACHE_HOLE)
				continue;
			announce(s, v);
			marked++;
		}
		sim_check(pcache_index_mark(&race.index, sector, nr, v) ==
			  marked);
		commit(sector, nr);
	}
	pcache_index_unlock(&race.index, sector);
}

/* Unmap what is left of some earlier version. */
static void erase_version(u32 old)
{
	struct version ver = race.versions[old];
	u32 v, erased = 0;
	u64 s;

	if (!old || ver.tag == PCACHE_HOLE)
		return;
	pcache_index_lock(&race.index, ver.sector);
	v = version_new(ver.sector, ver.nr, PCACHE_HOLE);
	for (s = ver.sector; s < ver.sector + ver.nr; s++) {
		if (race.history[s].committed != old)
			continue;
		announce(s, v);
		erased++;
	}
	sim_check(pcache_index_erase(&race.index, ver.sector, ver.nr, ver.tag,
				     version_value(old, ver.sector)) == erased);
	commit(ver.sector, ver.nr);
	pcache_index_unlock(&race.index, ver.sector);
}

static void random_range(u64 *sector, u32 *nr)
{
	u32 unit = sim_rand_below(2) ? PCACHE_BLOCK_SECTORS : 1;

	*sector = round_down(sim_rand_below(AREA), unit);
	*nr = round_up(1 + sim_rand_below(sim_rand_below(2) ? 12 : MAX_RANGE),
		       unit);
	if (!sim_rand_below(16)) {
		*sector = round_down(*sector, LEAF_SECTORS);
		*nr = LEAF_SECTORS;
	}
	*sector += sim_rand_below(2) * PCACHE_CHUNK_SECTORS;
}

static void writer(void *arg)
{
	static const enum pcache_tag tags[] = {
		PCACHE_DATA, PCACHE_DATA, PCACHE_DATA, PCACHE_ZERO, PCACHE_LOST,
	};
	u32 i, kind, nr;
	u64 sector;

	for (i = 0; i < race.ops; i++) {
		random_range(&sector, &nr);
		kind = race.erases ? sim_rand_below(6) : 0;
		if (kind <= 2)
			write_range(sector, nr,
				    tags[sim_rand_below(ARRAY_SIZE(tags))]);
		else if (kind == 3)
			mark_range(sector, nr);
		else
			erase_version(sim_rand_below(race.nr_versions + 1));
	}
}

/* ---- readers ---- */

/* Does a run show what the sector was between the two moments? */
static void check_sector(u64 sector, u32 off, const struct pcache_run *run,
			 const struct history *before)
{
	const struct history *now = &race.history[sector];
	u64 value = run->value + (run->tag == PCACHE_DATA ? off : 0);
	u32 v = run->tag == PCACHE_DATA ? value / VERSION_STRIDE : value;

	race.overlaps += before->committed != now->announced;
	if (run->tag == PCACHE_HOLE) {
		sim_check(now->last_hole >= before->committed);
		return;
	}
	race.hits++;
	sim_check(v >= before->committed && v <= now->announced);
	sim_check(race.versions[v].tag == run->tag);
	sim_check(value == version_value(v, sector));
}

static void read_range(u64 sector, u32 nr)
{
	struct history before[LEAF_SECTORS + MAX_RANGE];
	struct pcache_run run;
	u32 i, done;

	memcpy(before, &race.history[sector], nr * sizeof(before[0]));
	for (done = 0; done < nr; done += run.nr) {
		rcu_read_lock();
		pcache_index_lookup(&race.index, sector + done, nr - done,
				    sim_rand_below(2), &run);
		rcu_read_unlock();
		sim_check(run.nr && run.nr <= nr - done);
		for (i = 0; i < run.nr; i++)
			check_sector(sector + done + i, i, &run,
				     &before[done + i]);
	}
}

static void reader(void *arg)
{
	u64 sector;
	u32 nr;

	while (!race.done) {
		random_range(&sector, &nr);
		read_range(sector, nr);
	}
}

/* ---- the race ---- */

static void race_begin(u64 seed)
{
	struct sim_opts opts;

	memset(&race, 0, sizeof(race));
	sim_opts_default(&opts);
	opts.yields |= 1U << SHIM_YIELD_ATOMIC;
	/* Grace periods of some steps, so that memory is reused at once. */
	opts.step_ns = 100 * NSEC_PER_USEC;
	opts.max_steps = U64_MAX;
	opts.hung_ns = U64_MAX;
	/* Replace all entries of a mempool, too. */
	opts.reserve_p = seed % 3 ? 0 : 64;
	world_create(seed, &opts);
	assert_int_equal(pcache_index_module_init(), 0);
	assert_int_equal(pcache_index_init(&race.index, NR_SECTORS, race.segs,
					   SEG_SHIFT), 0);
}

static void race_end(void)
{
	pcache_index_exit(&race.index);
	pcache_index_module_exit();
	assert_int_equal(world_destroy(world_current()), 0);
}

static void run_race(u64 seed, u32 ops, bool erases)
{
	u32 writers[2], i;

	race_begin(seed);
	race.ops = ops;
	race.erases = erases;
	/* Without erases, all is mapped from the start on, and stays so. */
	if (!erases)
		for (i = 0; i < 2; i++)
			write_range(i * PCACHE_CHUNK_SECTORS,
				    PCACHE_CHUNK_SECTORS, PCACHE_DATA);
	for (i = 0; i < 2; i++)
		writers[i] = sim_spawn("writer", writer, NULL);
	for (i = 0; i < 3; i++)
		sim_spawn("reader", reader, NULL);
	for (i = 0; i < 2; i++)
		sim_join(writers[i]);
	race.done = true;
	sim_join_all();
	assert_true(race.hits > ops);
	assert_true(race.overlaps > ops);
	race_end();
}

static void readers_see_the_old_or_the_new_version(void **state)
{
	u64 seed;

	for (seed = 1; seed <= 60; seed++)
		run_race(seed, 300, true);
}

static void readers_see_no_hole_in_what_is_overwritten(void **state)
{
	u64 seed;

	for (seed = 1; seed <= 30; seed++)
		run_race(1000 + seed, 300, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_the_old_or_the_new_version),
		cmocka_unit_test(readers_see_no_hole_in_what_is_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
