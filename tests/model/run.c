// SPDX-License-Identifier: GPL-2.0
/*
 * The model test's program: run [-v] [--seed S] [--seeds N] [--ops N]
 * [--sector N].
 *
 * Runs seeds S..S+N-1 with so many requests each, up to the first failure, which
 * prints the command that repeats it; --sector says what becomes of one sector.
 * The last line is "N runs, N requests, N failed".
 */
#include "model/model.h"

#include <getopt.h>

static void run_it(void *arg)
{
	model_run(arg);
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void print_counts(const struct model *m, double took)
{
	const struct model_counts *c = &m->counts;
	const u64 *st = c->stats;

	printf("  %llu reads, %llu writes, %llu flushes, ",
	       c->ops[PCACHE_OP_READ], c->ops[PCACHE_OP_WRITE],
	       c->ops[PCACHE_OP_FLUSH]);
	printf("%llu zeroes, %llu discards: %.0f/s\n", c->ops[PCACHE_OP_ZEROES],
	       c->ops[PCACHE_OP_DISCARD], m->ops / took);
	printf("  KiB: hit %llu, miss %llu, filled %llu, moved %llu, lost %llu\n",
	       st[PCACHE_STAT_HIT] >> 10, st[PCACHE_STAT_MISS] >> 10,
	       st[PCACHE_STAT_FILL] >> 10, st[PCACHE_STAT_GC_MOVED] >> 10,
	       st[PCACHE_STAT_LOST] >> 10);
	printf("  %llu waits, %llu batches, %llu segments freed, %llu restarts\n",
	       st[PCACHE_STAT_WAITS], st[PCACHE_STAT_BATCHES],
	       st[PCACHE_STAT_GC_SEGMENTS], c->restarts);
	printf("  %llu places spoiled, %llu healed, %llu reads failed, ",
	       c->poisoned, st[PCACHE_STAT_HEALED], c->errors);
	printf("%llu write-back errors, %llu allocations failed, %llu looks\n",
	       st[PCACHE_STAT_WRITEBACK_ERRORS], c->requests, c->live_checks);
}

/* *@done: requests, more by those of this run. */
static int run_seed(u64 seed, u32 ops, bool verbose, u64 traced, u64 *done)
{
	struct model *m = calloc(1, sizeof(*m));
	double start = seconds();
	struct world *w;
	int bad;

	if (!m)
		abort();
	m->seed = seed;
	m->ops = ops;
	m->verbose = verbose;
	m->traced = traced;
	model_profile(m);
	model_print_profile(m);
	w = world_create(seed, &m->world);
	bad = sim_try(run_it, m);
	if (bad) {
		fputs(sim_klog(), stderr);
		printf("FAILED after %u requests: %s\n", m->next_op,
		       world_failure_text(w));
		printf("  again: tests/model/run --seed %llu --ops %u -v\n",
		       seed, ops);
		world_cut(w);
	} else {
		print_counts(m, seconds() - start);
		bad = world_destroy(w);
	}
	*done += m->next_op;
	free(m);
	return bad;
}

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "seeds", required_argument, NULL, 'n' },
	{ "ops", required_argument, NULL, 'o' },
	{ "sector", required_argument, NULL, 't' },
	{ "verbose", no_argument, NULL, 'v' },
	{ }
};

int main(int argc, char **argv)
{
	u64 seed = 1, nr = 1, traced = ~0ull, done = 0, i;
	bool verbose = false;
	u32 ops = 20000;
	int opt, bad = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt_long(argc, argv, "v", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			nr = strtoull(optarg, NULL, 0);
			break;
		case 'o':
			ops = strtoul(optarg, NULL, 0);
			break;
		case 't':
			traced = strtoull(optarg, NULL, 0);
			break;
		case 'v':
			verbose = true;
			break;
		default:
			return 2;
		}
	}
	for (i = 0; i < nr && !bad; i++)
		bad = run_seed(seed + i, ops, verbose, traced, &done);
	printf("%llu runs, %llu requests, %d failed\n", i, done, !!bad);
	return !!bad;
}
