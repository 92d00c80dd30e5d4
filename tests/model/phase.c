// SPDX-License-Identifier: GPL-2.0
/*
 * Phases of a run: requests, a look at everything while nothing moves, and then
 * perhaps a stop and a start.
 */
#include "model/model.h"
#include "sim/check.h"

#define PHASE_OPS	4000

static void say(const struct model *m, const char *what, u32 i)
{
	if (m->verbose)
		printf("  op %u: %s cache %u\n", m->next_op, what, i);
}

static void collect_stats(struct model *m, u32 i)
{
	u32 k;

	for (k = 0; k < PCACHE_NR_STATS; k++)
		m->counts.stats[k] += pcache_cache_stat(m->rig.cache[i], k);
}

/* ---- while nothing moves ---- */

static void settle(struct model *m)
{
	u32 i;

	for (i = 0; i < m->opts.nr_caches; i++) {
		sim_disk_heal(m->rig.disk[i]);
		m->side[i].may_fail = false;
		model_read_regions(m, i);
	}
	for (i = 0; i < m->opts.nr_caches; i++) {
		rig_settle(&m->rig, i);
		/*
		 * What was spoiled when write-back had its copy already was dirty
		 * when it was read; it is clean now, and healed.
		 */
		if (m->side[i].flipped) {
			model_read_regions(m, i);
			rig_settle(&m->rig, i);
		}
	}
}

static void check_all(struct model *m)
{
	u32 i;

	for (i = 0; i < m->opts.nr_caches; i++) {
		sim_check(list_empty(&m->rig.cache[i]->waiting_writes));
		sim_check(list_empty(&m->rig.cache[i]->waiting_reads));
		check_quiet(&m->rig, i, m->side[i].flipped ? CHECK_POISON : 0);
	}
	check_pool(&m->rig);
}

/* ---- stops and starts ---- */

static void attach(struct model *m, u32 i, bool known)
{
	int err = rig_attach(&m->rig, i, known);

	if (err)
		sim_fail(SIM_FAIL_CHECK, "cache %u is not attached: %d", i, err);
}

static void restart_keep(struct model *m, u32 i)
{
	say(m, "keep", i);
	collect_stats(m, i);
	sim_check(!rig_stop(&m->rig, i, PCACHE_STOP_KEEP));
	attach(m, i, true);
}

/* The backing device alone is what counts from now on. */
static void compare_disk(struct model *m, u32 i, bool rebase)
{
	struct cells *cs = &m->side[i].cells;
	u8 data[STAMP_SIZE];
	const char *why;
	u64 sector;

	for (sector = 0; sector < cs->nr; sector++) {
		sim_disk_peek(m->rig.disk[i], sector, data, 1);
		why = rebase ? cells_rebase(cs, sector, data) :
			       cells_check(cs, sector, data, m->now, m->now);
		if (why)
			sim_fail(SIM_FAIL_CHECK, "disk %u sector %llu %s after a stop",
				 i, sector, why);
	}
}

static void restart_drain(struct model *m, u32 i)
{
	say(m, "drain", i);
	model_overwrite_lost(m, i);
	collect_stats(m, i);
	sim_check(!rig_stop(&m->rig, i, PCACHE_STOP_DRAIN));
	compare_disk(m, i, false);
	m->side[i].flipped = false;
	attach(m, i, false);
}

static void restart_discard(struct model *m, u32 i)
{
	say(m, "discard dirty data of", i);
	collect_stats(m, i);
	sim_check(!rig_stop(&m->rig, i, PCACHE_STOP_DISCARD_DIRTY));
	compare_disk(m, i, true);
	m->side[i].flipped = false;
	attach(m, i, false);
}

static void restart_pool(struct model *m)
{
	u32 i;

	for (i = 0; i < m->opts.nr_caches; i++) {
		say(m, "keep and unregister", i);
		collect_stats(m, i);
		sim_check(!rig_stop(&m->rig, i, PCACHE_STOP_KEEP));
	}
	rig_unregister(&m->rig);
	sim_pmem_cure(m->rig.pmem, 0, sim_pmem_size(m->rig.pmem));
	m->nr_poison = 0;
	sim_check(!rig_register(&m->rig, false));
	/* In any order. */
	for (i = m->opts.nr_caches; i--; )
		attach(m, i, true);
}

static void restart(struct model *m)
{
	u32 i = sim_rand_below(m->opts.nr_caches);
	u32 k = sim_rand_below(16);

	m->counts.restarts += k < 12;
	if (k < 5)
		restart_keep(m, i);
	else if (k < 8)
		restart_pool(m);
	else if (k < 11)
		restart_drain(m, i);
	else if (k < 12)
		restart_discard(m, i);
}

/* ---- a run ---- */

static void begin(struct model *m)
{
	u32 i;

	rig_init(&m->rig, &m->opts, NULL, NULL);
	sim_check(!rig_register(&m->rig, true));
	m->next_op = 1;
	for (i = 0; i < m->opts.nr_caches; i++) {
		cells_init(&m->side[i].cells,
			   m->opts.cache[i].disk.size >> SECTOR_SHIFT, 1 + i);
		attach(m, i, false);
	}
}

static void end(struct model *m)
{
	u32 i;

	for (i = 0; i < m->opts.nr_caches; i++) {
		restart_drain(m, i);
		cells_exit(&m->side[i].cells);
	}
	m->counts.requests = sim_mem_stats().failed;
	rig_exit(&m->rig);
}

void model_run(struct model *m)
{
	begin(m);
	while (m->next_op < m->ops) {
		m->phase_end = min(m->next_op + PHASE_OPS, m->ops);
		model_disk_faults(m);
		model_run_clients(m);
		/* Stops find work half done, now and then. */
		if (sim_rand_below(3)) {
			settle(m);
			check_all(m);
		}
		restart(m);
	}
	settle(m);
	check_all(m);
	end(m);
}
