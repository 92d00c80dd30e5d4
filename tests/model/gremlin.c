// SPDX-License-Identifier: GPL-2.0
/*
 * Gremlins: poison and flipped bits under mapped data, errors of disks, tunables
 * that change while requests are under way.
 */
#include "model/model.h"
#include "sim/check.h"

/* A mapped sector of one of the busy regions; false: there was none. */
static bool find_mapped(struct model *m, u32 i, u64 *sector, u64 *place)
{
	const struct model_side *side = &m->side[i];
	struct pcache_run run;
	u32 k = sim_rand_below(MODEL_REGIONS);

	*sector = side->region[k].sector + sim_rand_below(side->region[k].nr);
	rcu_read_lock();
	pcache_index_lookup(&m->rig.cache[i]->index, *sector, 1, false, &run);
	rcu_read_unlock();
	*place = run.value;
	return run.tag == PCACHE_DATA;
}

/* What becomes unreadable with a place: a sector, or a whole page with a CRC. */
static void lose_cells(struct model *m, u32 i, u64 sector, u64 place)
{
	struct cells *cs = &m->side[i].cells;
	u64 first = sector, nr = 1, s;

	if (m->rig.cache[i]->data_crc) {
		first = sector - min(sector, place % 8);
		nr = 8;
	}
	for (s = first; s < first + nr && s < cs->nr; s++)
		cells_poison(cs, s);
}

static bool may_poison(const struct model *m)
{
	return m->poison && m->nr_poison < MODEL_SPARE;
}

static void spoil(struct model *m, u32 i, u64 place)
{
	u64 off = (place << SECTOR_SHIFT) + 64 * sim_rand_below(8);
	u64 word = sim_rand();

	if (!may_poison(m) || (m->rig.cache[i]->data_crc && sim_rand_below(2))) {
		m->side[i].flipped = true;
		sim_pmem_poke(m->rig.pmem, off, &word, sizeof(word));
	} else {
		sim_pmem_poison(m->rig.pmem, off, 64);
		m->nr_poison++;
	}
	m->counts.poisoned++;
}

/*
 * Spoil data that is mapped.  If the disk has it too, nobody may notice; else
 * its loss is named until it is overwritten (P9).
 */
static void spoil_some(struct model *m, u32 i)
{
	u64 sector, place;
	bool clean;

	if (!may_poison(m) && !m->rig.cache[i]->data_crc)
		return;
	if (!find_mapped(m, i, &sector, &place) ||
	    !check_sector_is_clean(&m->rig, i, sector, &clean))
		return;
	if (m->verbose)
		printf("  %llu: cache %u sector %llu at %#llx spoiled, %s\n",
		       m->now, i, sector, place, clean ? "clean" : "dirty");
	if (!clean)
		lose_cells(m, i, sector, place);
	spoil(m, i, place);
}

static void tune(struct model *m, u32 i)
{
	struct pcache_cache *cache = m->rig.cache[i];

	switch (sim_rand_below(4)) {
	case 0:
		mutex_lock(&m->rig.dev->admin_lock);
		sim_check(!pcache_cache_set_gc_percent(cache, sim_rand_below(91)));
		mutex_unlock(&m->rig.dev->admin_lock);
		break;
	case 1:
		WRITE_ONCE(cache->writeback_delay_ms, sim_rand_below(50));
		break;
	case 2:
		WRITE_ONCE(cache->writeback_percent, sim_rand_below(101));
		break;
	case 3:
		WRITE_ONCE(cache->want_relaxed, sim_rand_below(2));
		break;
	}
}

void model_gremlin(struct model *m)
{
	u32 i = sim_rand_below(m->opts.nr_caches);

	if (sim_rand_below(3) == 0)
		spoil_some(m, i);
	if (sim_rand_below(3) == 0)
		tune(m, i);
}

/* Errors that pass: write-back has to try again. */
void model_disk_faults(struct model *m)
{
	u32 i = sim_rand_below(m->opts.nr_caches);
	u64 nr = m->side[i].cells.nr, first = sim_rand_below(nr);

	if (sim_rand_below(4))
		return;
	m->side[i].may_fail = sim_rand_below(2);
	if (m->side[i].may_fail)
		sim_disk_fail(m->rig.disk[i], SIM_OP_READ, first, nr - first,
			      1 + sim_rand_below(8), BLK_STS_IOERR);
	sim_disk_fail(m->rig.disk[i], SIM_OP_WRITE | SIM_OP_ZEROES, first,
		      nr - first, 1 + sim_rand_below(4), BLK_STS_IOERR);
	sim_disk_fail(m->rig.disk[i], SIM_OP_FLUSH, 0, nr,
		      sim_rand_below(3), BLK_STS_IOERR);
}
