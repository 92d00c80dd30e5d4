// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the driver's own check of a cache at rest (cache_check.c): it
 * says nothing of what is right, and names what is not.
 */
#include "core_test.h"

/* Stop the cache, and see how often it is found wrong, and why. */
static void stop_finds(struct core *c, const char *why)
{
	int want = why ? 1 : 0;

	sim_klog_clear();
	sim_expect_warn(8);
	assert_int_equal(rig_stop(&c->rig, 0, PCACHE_STOP_KEEP), 0);
	if ((sim_expect_warn(0) < 8) != want)
		fail_msg("expected \"%s\": %s", why ?: "nothing", sim_klog());
	if (why && !sim_klog_has(why))
		fail_msg("expected \"%s\": %s", why, sim_klog());
	core_close(c);
}

/* A cache with dirty, clean, zeroed and overwritten sectors, and all is idle. */
static void open_mixed(struct core *c)
{
	core_init(c);
	core_open(c);
	core_disk_set(c, 4096, 64, 7);
	core_write(c, 0, 64, 1);
	core_write(c, 16, 8, 2);
	core_expect(c, 4096, 64, 7);
	sim_quiesce();
}

static void what_is_right_is_not_complained_of(void **state)
{
	struct core c;

	open_mixed(&c);
	stop_finds(&c, NULL);
}

static void erase(struct core *c, u64 sector, u32 nr)
{
	struct pcache_run run = core_lookup(c, sector, nr);

	assert_int_equal(run.tag, PCACHE_DATA);
	pcache_index_lock(&core_cache(c)->index, sector);
	pcache_index_erase(&core_cache(c)->index, sector, nr, run.tag,
			   run.value);
	pcache_index_unlock(&core_cache(c)->index, sector);
}

static void dirty_data_that_is_not_mapped_is_named(void **state)
{
	struct core c;

	open_mixed(&c);
	erase(&c, 8, 8);
	stop_finds(&c, "of a dirty or lost record is not mapped (I4)");
}

static void clean_data_may_be_evicted(void **state)
{
	struct core c;

	open_mixed(&c);
	erase(&c, 4096, 64);
	stop_finds(&c, NULL);
}

static void an_older_version_is_named(void **state)
{
	struct pcache_run run;
	struct core c;

	open_mixed(&c);
	run = core_lookup(&c, 0, 8);
	pcache_index_lock(&core_cache(&c)->index, 16);
	pcache_index_set(&core_cache(&c)->index, 16, 8, PCACHE_DATA,
			 run.value + 16);
	pcache_index_unlock(&core_cache(&c)->index, 16);
	stop_finds(&c, "not mapped to its newest record (I4)");
}

static void a_foreign_segment_is_named(void **state)
{
	struct pcache_cache_dev *dev;
	struct pcache_seg *seg;
	struct core c;

	open_mixed(&c);
	dev = c.rig.dev;
	seg = list_last_entry(&dev->free, struct pcache_seg, node);
	pcache_index_lock(&core_cache(&c)->index, 8192);
	pcache_index_prepare(&core_cache(&c)->index, 8192, 8, PCACHE_DATA, NULL);
	pcache_index_set(&core_cache(&c)->index, 8192, 8, PCACHE_DATA,
			 pcache_geo_seg_off(&dev->geo, seg->id) >> SECTOR_SHIFT);
	pcache_index_unlock(&core_cache(&c)->index, 8192);
	stop_finds(&c, "somebody else's segment (I5)");
}

static void a_wrong_count_is_named(void **state)
{
	struct core c;

	open_mixed(&c);
	core_cache(&c)->used_segs++;
	stop_finds(&c, "segments of its own, miscounted (I8)");
}

static void a_cache_that_the_pool_does_not_know_is_named(void **state)
{
	struct core c;

	open_mixed(&c);
	list_del_init(&core_cache(&c)->live);
	stop_finds(&c, "out of the pool's reach (I8)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_right_is_not_complained_of),
		cmocka_unit_test(dirty_data_that_is_not_mapped_is_named),
		cmocka_unit_test(clean_data_may_be_evicted),
		cmocka_unit_test(an_older_version_is_named),
		cmocka_unit_test(a_foreign_segment_is_named),
		cmocka_unit_test(a_wrong_count_is_named),
		cmocka_unit_test(a_cache_that_the_pool_does_not_know_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
