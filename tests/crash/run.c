// SPDX-License-Identifier: GPL-2.0
/*
 * The crash test's program.
 *
 *	run [-v] [--seed S] [--seeds N] [--jobs N] [--states N] [--per-point N]
 *	    [--deep N] [--deep-cuts N] [--pairs] [--sites FILE] [--total N]
 *	    [--events N] [--quiet]
 *	run -v --seed S --point P --state K [--then P:K]
 *	run --minimise --seed S [as above]
 *	run --oracle N [--seed S]
 *
 * The first form records runs S..S+N-1, cuts each at its points, and recovers
 * from the states that power cuts can leave; the second repeats one state;
 * the third looks for the smallest run that shows what run S does, and exits 1 if
 * it finds one; the fourth compares the oracle with its definitions.
 * --limits A,B,C,D,E,P makes runs smaller: see struct limits.
 * --states limits a run, --total all of them; --sites writes which places of the
 * driver's source were cut at; --events says how many are printed that led to a
 * violation.  Exits 1 after the first violation.
 */
#include "crash/enumerate.h"
#include "crash/minimise.h"
#include "crash/report.h"
#include "crash/sites.h"

#include <getopt.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	OPT_SEED = 256, OPT_SEEDS, OPT_STATES, OPT_PER_POINT, OPT_DEEP,
	OPT_DEEP_CUTS, OPT_PAIRS, OPT_SITES, OPT_TOTAL, OPT_POINT, OPT_STATE,
	OPT_THEN, OPT_QUIET, OPT_EVENTS, OPT_JOBS, OPT_ORACLE, OPT_LIMITS,
	OPT_MINIMISE,
};

#define MAX_JOBS	16

static const struct option options[] = {
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "seeds", required_argument, NULL, OPT_SEEDS },
	{ "states", required_argument, NULL, OPT_STATES },
	{ "per-point", required_argument, NULL, OPT_PER_POINT },
	{ "deep", required_argument, NULL, OPT_DEEP },
	{ "deep-cuts", required_argument, NULL, OPT_DEEP_CUTS },
	{ "pairs", no_argument, NULL, OPT_PAIRS },
	{ "sites", required_argument, NULL, OPT_SITES },
	{ "total", required_argument, NULL, OPT_TOTAL },
	{ "point", required_argument, NULL, OPT_POINT },
	{ "state", required_argument, NULL, OPT_STATE },
	{ "then", required_argument, NULL, OPT_THEN },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "events", required_argument, NULL, OPT_EVENTS },
	{ "oracle", required_argument, NULL, OPT_ORACLE },
	{ "jobs", required_argument, NULL, OPT_JOBS },
	{ "limits", required_argument, NULL, OPT_LIMITS },
	{ "minimise", no_argument, NULL, OPT_MINIMISE },
	{ }
};

/**
 * struct args - the command line
 * @job: what to try in each run
 * @seed: the first run
 * @seeds: runs
 * @total: states in all runs
 * @oracle: only check the oracle, with so many histories
 * @jobs: processes that share the seeds
 * @limits: of all runs
 * @minimise: look for the smallest run
 * @sites: file, or NULL
 */
struct args {
	struct job job;
	u64 seed;
	u64 seeds;
	u64 total;
	u32 oracle;
	u32 jobs;
	struct limits limits;
	bool minimise;
	const char *sites;
};

static bool parse_limits(const char *text, struct limits *lim)
{
	unsigned int plain;
	char end;

	if (sscanf(text, "%u,%u,%u,%u,%u,%u%c", &lim->of[0], &lim->of[1],
		   &lim->of[2], &lim->of[3], &lim->of[4], &plain, &end) != 6)
		return false;
	lim->plain = plain;
	return true;
}

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
	case OPT_DEEP_CUTS:
		a->job.deep_cuts = strtoul(optarg, NULL, 0);
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
	case OPT_ORACLE:
		a->oracle = strtoul(optarg, NULL, 0);
		return true;
	case OPT_LIMITS:
		return parse_limits(optarg, &a->limits);
	case OPT_MINIMISE:
		a->minimise = true;
		return true;
	case OPT_JOBS:
		a->jobs = strtoul(optarg, NULL, 0);
		return a->jobs && a->jobs <= MAX_JOBS;
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
	setup_limit(&su, &a->limits);
	if (a->job.verbose)
		setup_print(&su);
	r = recording_make(&su);
	if (!r) {
		c->violations++;
		return false;
	}
	good = enumerate(r, &a->job, c);
	c->violations += !good;
	recording_free(r);
	return good;
}

/* ---- several processes ---- */

/**
 * struct share - what the processes share
 * @stop: one has found a violation
 * @of: by process, what it counted, and of which calls
 */
struct share {
	bool stop;
	struct {
		struct counts counts;
		struct site_hits hits;
	} of[MAX_JOBS];
};

/* The seeds of one process. */
static void run_part(const struct args *a, struct share *sh, u32 job)
{
	struct counts *c = &sh->of[job].counts;
	u64 i;

	sites_count(&sh->of[job].hits);
	for (i = job; i < a->seeds && !READ_ONCE(sh->stop); i += a->jobs)
		if (c->distinct >= a->total / a->jobs)
			break;
		else if (!run_seed(a, a->seed + i, c))
			WRITE_ONCE(sh->stop, true);
	fflush(stdout);
}

/* False: one of them died. */
static bool run_parts(const struct args *a, struct share *sh)
{
	bool good = true;
	int status;
	u32 i;

	if (a->jobs == 1) {
		run_part(a, sh, 0);
		return true;
	}
	fflush(stdout);
	for (i = 0; i < a->jobs; i++)
		if (!fork()) {
			run_part(a, sh, i);
			_exit(0);
		}
	for (i = 0; i < a->jobs; i++)
		if (wait(&status) < 0 || status) {
			fprintf(stderr, "crash: a process died\n");
			good = false;
			WRITE_ONCE(sh->stop, true);
		}
	return good;
}

/* All counts are numbers of the same type. */
static void add_counts(struct counts *to, const struct counts *c)
{
	u64 *sum = (u64 *)to;
	const u64 *add = (const u64 *)c;
	u32 i;

	for (i = 0; i < sizeof(*c) / sizeof(u64); i++)
		sum[i] += add[i];
}

int main(int argc, char **argv)
{
	struct args a = {
		.seed = 1, .seeds = 1, .total = ~0ull, .jobs = 1,
		.job = {
			.per_point = 12, .most = 2000, .deep = 10,
			.deep_cuts = 3, .only.point = NO_SPOT,
			.then.point = NO_SPOT,
		},
	};
	static struct site_hits hits;
	double start = seconds();
	struct counts c = {};
	struct share *sh;
	bool good;
	u32 i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!parse(argc, argv, &a))
		return 2;
	if (a.oracle)
		return oracle_check(a.seed, a.oracle) ? 0 : 1;
	report_job(&a.job);
	if (a.minimise)
		return minimise(&a.job, a.seed) ? 1 : 0;
	sh = mmap(NULL, sizeof(*sh), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		return 2;
	good = run_parts(&a, sh);
	sites_count(&hits);
	for (i = 0; i < a.jobs; i++) {
		add_counts(&c, &sh->of[i].counts);
		sites_merge(&sh->of[i].hits);
	}
	if (a.sites && !sites_write(a.sites)) {
		fprintf(stderr, "crash: cannot write %s\n", a.sites);
		good = false;
	}
	report_counts(&c, seconds() - start);
	return good && !c.violations ? 0 : 1;
}
