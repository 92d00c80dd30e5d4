// SPDX-License-Identifier: GPL-2.0
/*
 * The smallest run that still shows a violation.
 *
 * Whatever a run consists of is halved, then lowered by one, as long as some run
 * of that size shows one; each size gets several seeds, since a smaller run is
 * another run.  In the smallest one every state of every point is tried, so what
 * is printed is the earliest cut.  Runs are tried in processes of their own: one
 * that goes wrong leaves nothing behind.
 */
#include "crash/minimise.h"
#include "crash/report.h"

#include <sys/wait.h>
#include <unistd.h>

#define SEEDS_EACH	10

struct hunt {
	struct job job;
	struct limits lim;
	u64 seed;
	u32 runs;
};

static bool shows(const struct job *job, u64 seed, const struct limits *lim)
{
	struct counts c = {};
	struct recording *r;
	struct setup su;
	bool good;

	setup_make(&su, seed);
	setup_limit(&su, lim);
	r = recording_make(&su);
	if (!r)
		return true;
	good = enumerate(r, job, &c);
	recording_free(r);
	return !good;
}

static bool shows_apart(struct hunt *h, u64 seed, const struct limits *lim)
{
	int status;
	pid_t pid;

	h->runs++;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		report_quiet();
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		_exit(shows(&h->job, seed, lim));
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid &&
	       WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

static bool hunt(struct hunt *h, const struct limits *lim)
{
	u64 seed = h->seed;
	u32 i;

	for (i = 0; i < SEEDS_EACH; i++) {
		if (shows_apart(h, seed, lim)) {
			h->lim = *lim;
			h->seed = seed;
			return true;
		}
		seed = dice_mix(h->seed + i) >> 32;
	}
	return false;
}

static bool lower(struct hunt *h, u32 which)
{
	struct limits lim = h->lim;
	u32 old = lim.of[which];
	bool done = false;

	for (lim.of[which] = old / 2; lim.of[which] && hunt(h, &lim);
	     lim.of[which] /= 2)
		done = true;
	lim = h->lim;
	if (lim.of[which] > 1) {
		lim.of[which]--;
		done |= hunt(h, &lim);
	}
	return done;
}

static void print_limits(const struct hunt *h)
{
	u32 i;

	printf("smallest, after %u runs:", h->runs);
	for (i = 0; i < NR_LIMITS; i++)
		printf(" %u %s", h->lim.of[i], limit_names[i]);
	puts(h->lim.plain ? ", nothing else" : ", with failures besides");
}

bool minimise(const struct job *job, u64 seed)
{
	struct hunt h = { .job = *job, .seed = seed };
	struct limits lim;
	struct setup su;
	bool again;
	u32 i;

	setup_make(&su, seed);
	setup_sizes(&su, &lim);
	if (!hunt(&h, &lim)) {
		printf("no run of this size shows a violation\n");
		return false;
	}
	lim.plain = true;
	hunt(&h, &lim);
	do {
		again = false;
		for (i = 0; i < NR_LIMITS; i++)
			again |= lower(&h, i);
	} while (again);
	print_limits(&h);
	h.job.per_point = 1000;
	h.job.most = 1000u * 1000 * 1000;
	report_job(&h.job);
	return shows(&h.job, h.seed, &h.lim);
}
