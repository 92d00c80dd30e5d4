// SPDX-License-Identifier: GPL-2.0
/*
 * Before a back end is measured: does it do the work?  Random sets, erases of
 * older records and look-ups of all alignments, against an array.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "runtime.h"

#define CHECK_SECTORS	(4 * PCACHE_CHUNK_SECTORS)
#define CHECK_OPS	40000
#define CHECK_MAX_NR	600
#define CHECK_VALUES	0x100000U
#define CHECK_SEGS	(CHECK_VALUES / BENCH_SEG_SECTORS)

struct check {
	const struct backend *be;
	u64 *model;		/* value + 1; 0: a hole */
	struct bench_hit log[CHECK_OPS];	/* off: sector */
	u32 nr_log;
	u64 next_value;
};

static void check_fail(const struct check *c, const char *what, u64 sector)
{
	fprintf(stderr, "bench-index: %s: %s at sector %llu\n", c->be->name,
		what, (unsigned long long)sector);
	exit(1);
}

static void check_lookup(struct check *c, u64 sector, u32 nr)
{
	struct bench_hit hits[BENCH_MAX_HITS];
	u32 n, i, off = 0;
	u64 expect;

	n = c->be->lookup(sector, nr, hits);
	for (i = 0; i <= n; i++) {
		for (; off < (i < n ? hits[i].off : nr); off++)
			if (c->model[sector + off])
				check_fail(c, "lost", sector + off);
		for (; i < n && off < hits[i].off + hits[i].nr; off++) {
			expect = hits[i].value + (off - hits[i].off) + 1;
			if (c->model[sector + off] != expect)
				check_fail(c, "wrong", sector + off);
		}
	}
}

static void check_step(struct check *c)
{
	u32 i, nr = 1 + bench_random(bench_random(4) ? 24 : CHECK_MAX_NR);
	u64 sector = bench_random(CHECK_SECTORS);
	struct bench_hit *rec;

	if (!bench_random(2)) {
		sector = ALIGN_DOWN(sector, 8);
		nr = ALIGN(nr, 8);
	}
	nr = bench_until_chunk_end(sector, nr);
	/* A record lies in one segment. */
	if (c->next_value % BENCH_SEG_SECTORS + nr > BENCH_SEG_SECTORS)
		c->next_value = ALIGN(c->next_value, BENCH_SEG_SECTORS);
	c->next_value %= CHECK_VALUES;
	if (bench_random(3)) {
		for (i = 0; i < nr; i++)
			c->model[sector + i] = c->next_value + i + 1;
		c->be->set(sector, nr, c->next_value);
		c->log[c->nr_log++] = (struct bench_hit){
			.off = sector, .nr = nr, .value = c->next_value };
		c->next_value += nr;
	} else if (c->nr_log) {
		rec = &c->log[bench_random(c->nr_log)];
		for (i = 0; i < rec->nr; i++)
			if (c->model[rec->off + i] == rec->value + i + 1)
				c->model[rec->off + i] = 0;
		c->be->erase(rec->off, rec->nr, rec->value);
	}
	/* Hits are at most one per sector. */
	sector = bench_random(CHECK_SECTORS);
	check_lookup(c, sector, bench_until_chunk_end(sector, BENCH_MAX_HITS));
}

static void check_counts(const struct check *c)
{
	int *counts = bench_alloc(CHECK_SEGS, sizeof(*counts));
	u64 i;

	for (i = 0; i < CHECK_SECTORS; i++)
		if (c->model[i])
			counts[(c->model[i] - 1) / BENCH_SEG_SECTORS]++;
	for (i = 0; i < CHECK_SEGS; i++)
		if (counts[i] != atomic_read(&bench_segs[i].mapped))
			check_fail(c, "wrong count", i * BENCH_SEG_SECTORS);
	free(counts);
}

void bench_check(const struct backend *be)
{
	struct check *c = bench_alloc(1, sizeof(*c));
	u32 i;

	c->be = be;
	c->model = bench_alloc(CHECK_SECTORS, sizeof(*c->model));
	bench_segs = bench_alloc(CHECK_SEGS, sizeof(*bench_segs));
	be->create(CHECK_SECTORS);
	for (i = 0; i < CHECK_OPS; i++) {
		check_step(c);
		bench_quiescent();
	}
	for (i = 0; i < CHECK_SECTORS; i += BENCH_MAX_HITS)
		check_lookup(c, i, BENCH_MAX_HITS);
	check_counts(c);
	be->destroy();
	free(bench_segs);
	free(c->model);
	free(c);
	printf("%s: agrees with the array\n", be->name);
}
