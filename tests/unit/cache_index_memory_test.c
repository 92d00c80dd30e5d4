// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the index (cache_leaf.c above all) when memory is short: what
 * fails changes nothing, what may not fail does not, and nothing leaks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "cache_index_model.h"

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

static void set_somewhere(struct fixture *fx)
{
	u64 sector = below(NR_SECTORS);
	u32 nr = until_chunk_end(sector, 1 + below(100));

	set_new(fx, sector, nr, tags[below(3)]);
}

static void erasing_needs_no_memory(void **state)
{
	struct fixture *fx = fixture_open(1);
	u32 i;

	for (i = 0; i < 400; i++)
		set_somewhere(fx);
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
		cmocka_unit_test(a_failed_prepare_changes_nothing),
		cmocka_unit_test(a_preload_is_always_enough),
		cmocka_unit_test(a_preload_may_be_dropped_unused),
		cmocka_unit_test(erasing_needs_no_memory),
		cmocka_unit_test(init_fails_at_every_allocation_without_a_leak),
		cmocka_unit_test(module_init_fails_at_every_allocation_without_a_leak),
		cmocka_unit_test(exit_frees_what_is_still_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
