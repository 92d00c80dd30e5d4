// SPDX-License-Identifier: GPL-2.0
/*
 * The crash test's program.
 *
 *	run [-v] [--seed S] [--seeds N] [--states N] [--per-point N]
 *	    [--deep N] [--pairs] [--sites FILE] [--total N]
 *	run -v --seed S --point P --state K [--then P:K]
 *
 * The first form records runs S..S+N-1, cuts each at its points, and recovers
 * from the states that power cuts can leave; the second repeats one state.
 * --states limits a run, --total all of them; --sites writes which places of the
 * driver's source were cut at.  Exits 1 after the first violation.
 */
#include "crash/enumerate.h"
#include "crash/report.h"
#include "crash/sites.h"

#include <getopt.h>

enum { OPT_SEED = 256, OPT_SEEDS, OPT_STATES, OPT_PER_POINT, OPT_DEEP,
       OPT_PAIRS, OPT_SITES, OPT_TOTAL, OPT_POINT, OPT_STATE, OPT_THEN,
       OPT_QUIET, OPT_EVENTS };

static const struct option options[] = {
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "seeds", required_argument, NULL, OPT_SEEDS },
	{ "states", required_argument, NULL, OPT_STATES },
	{ "per-point", required_argument, NULL, OPT_PER_POINT },
	{ "deep", required_argument, NULL, OPT_DEEP },
	{ "pairs", no_argument, NULL, OPT_PAIRS },
	{ "sites", required_argument, NULL, OPT_SITES },
	{ "total", required_argument, NULL, OPT_TOTAL },
	{ "point", required_argument, NULL, OPT_POINT },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "then", required_argument, NULL, OPT_THEN },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "events", required_argument, NULL, OPT_EVENTS },
	{ }
};

/**
 * struct args - the command line
 * @job: what to try in each run
 * @seed: the first run
 * @seeds: runs
 * @total: states in all runs
 * @sites: file, or NULL
 */
struct args {
	struct job job;
	u64 seed;
	u64 seeds;
	u64 total;
	const char *sites;
};

static bool parse_spot(const char *text, struct spot *at)
{
	char *end;

	at->point = strtoull(text, &end, 0);
	if (*end != ':')
		return false;
	at->state = strtoul(end + 1, &end, 0);
	return !*end;
}

static bool parse_one(struct args *a, int opt)
{
	switch (opt) {
	case 'v':
		a->job.verbose = true;
		return true;
	case OPT_SEED:
		a->seed = strtoull(optarg, NULL, 0);
		return true;
	case OPT_SEEDS:
		a->seeds = strtoull(optarg, NULL, 0);
		return true;
	case OPT_STATES:
		a->job.most = strtoul(optarg, NULL, 0);
		return true;
	case OPT_PER_POINT:
		a->job.per_point = strtoul(optarg, NULL, 0);
		return true;
	case OPT_DEEP:
		a->job.deep = strtoul(optarg, NULL, 0);
		return true;
	case OPT_PAIRS:
		a->job.pairs = true;
		return true;
	case OPT_SITES:
		a->sites = optarg;
		return true;
	case OPT_TOTAL:
		a->total = strtoull(optarg, NULL, 0);
		return true;
	case OPT_POINT:
		a->job.only.point = strtoull(optarg, NULL, 0);
		return true;
	case OPT_STATE:
		a->job.only.state = strtoul(optarg, NULL, 0);
		return true;
	case OPT_THEN:
		return parse_spot(optarg, &a->job.then);
	case OPT_EVENTS:
		report_events(strtoull(optarg, NULL, 0));
		return true;
	case OPT_QUIET:
		report_quiet();
		return true;
	default:
		return false;
	}
}

static bool parse(int argc, char **argv, struct args *a)
{
	int opt;

	while ((opt = getopt_long(argc, argv, "v", options, NULL)) != -1)
		if (!parse_one(a, opt))
			return false;
	return optind == argc;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static bool run_seed(const struct args *a, u64 seed, struct counts *c)
{
	struct recording *r;
	struct setup su;
	bool good;

	setup_make(&su, seed);
	if (a->job.verbose)
		setup_print(&su);
	r = recording_make(&su);
	if (!r)
		return false;
	good = enumerate(r, &a->job, c);
	recording_free(r);
	return good;
}

int main(int argc, char **argv)
{
	struct args a = {
		.seed = 1, .seeds = 1, .total = ~0ull,
		.job = {
			.per_point = 12, .most = 2000, .deep = 10,
			.deep_cuts = 3, .only.point = NO_SPOT,
			.then.point = NO_SPOT,
		},
	};
	struct counts c = {};
	double start = seconds();
	bool good = true;
	u64 i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse(argc, argv, &a))
		return 2;
	for (i = 0; good && i < a.seeds && c.distinct < a.total; i++)
		good = run_seed(&a, a.seed + i, &c);
	if (a.sites && !sites_write(a.sites)) {
		fprintf(stderr, "crash: cannot write %s\n", a.sites);
		good = false;
	}
	report_counts(&c, seconds() - start);
	return good ? 0 : 1;
}
