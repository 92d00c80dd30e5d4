// SPDX-License-Identifier: GPL-2.0
/*
 * The flip test's program: run [--seed S] [--flips N] [--poisons N] [--only K].
 *
 * For caches with data_crc and without, N bits are flipped and N lines poisoned,
 * each on a copy of its own.  --only K repeats trial K alone and says what it is.
 * Prints outcomes by kind of place; fails if one was wrong, or if a bit was
 * not seen although there was a checksum.  The last line is "N trials, N wrong".
 */
#include "flip/flip.h"

#include <getopt.h>

/* A new pool every so many trials. */
#define PER_BASE	50

struct counts {
	u32 nr[FLIP_NR_WHERE][FLIP_NR_OUTCOMES];
};

/**
 * struct run - what to do
 * @seed: of all
 * @only: number of the only trial, or -1
 * @done: trials so far
 * @wrong: those that went wrong
 */
struct run {
	u64 seed;
	s64 only;
	u32 done;
	u32 wrong;
};

static void print_spot(const struct run *r, const struct flip_spot *spot,
		       enum flip_outcome outcome)
{
	printf("trial %u: %s %s the attach, byte %llu (%s), bit %u: %s\n",
	       r->done, spot->poison ? spot->known ? "known poison" : "poison" :
	       "flip", spot->when == FLIP_BEFORE ? "before" : "after",
	       spot->off, flip_where_names[spot->where], spot->bit,
	       flip_outcome_names[outcome]);
	if (outcome == FLIP_WRONG)
		printf("  again: tests/flip/run --seed %llu --only %u\n",
		       r->seed, r->done);
}

static void one(struct run *r, const struct flip_base *base, bool poison,
		struct counts *c)
{
	struct dice dice = { dice_mix(r->seed ^ (u64)r->done << 20) };
	struct flip_spot spot = { .poison = poison };
	enum flip_outcome outcome;

	flip_spot_choose(&spot, base, &dice);
	outcome = flip_trial(base, &spot, dice_roll(&dice));
	if (outcome == FLIP_WRONG || r->only >= 0)
		print_spot(r, &spot, outcome);
	c->nr[spot.where][outcome]++;
	r->wrong += outcome == FLIP_WRONG;
}

static void print_counts(const char *what, const struct counts *c)
{
	u32 where, k, sum;

	printf("%-24s", what);
	for (k = 0; k < FLIP_NR_OUTCOMES; k++)
		printf("%10s", flip_outcome_names[k]);
	printf("\n");
	for (where = 0; where < FLIP_NR_WHERE; where++) {
		printf("  %-22s", flip_where_names[where]);
		for (k = 0; k < FLIP_NR_OUTCOMES; k++)
			printf("%10u", c->nr[where][k]);
		printf("\n");
	}
	printf("  %-22s", "all");
	for (k = 0; k < FLIP_NR_OUTCOMES; k++) {
		for (sum = where = 0; where < FLIP_NR_WHERE; where++)
			sum += c->nr[where][k];
		printf("%10u", sum);
	}
	printf("\n");
}

static void series(struct run *r, bool data_crc, bool poison, u32 nr)
{
	struct flip_base base = {};
	struct counts c = {};
	char what[64];
	u32 k;

	for (k = 0; k < nr; k++, r->done++) {
		if (r->only >= 0 && r->only != r->done)
			continue;
		if (base.pmem && k % PER_BASE == 0) {
			flip_base_free(&base);
			base.pmem = NULL;
		}
		if (!base.pmem)
			flip_base_make(&base, r->seed + (r->done - k) +
				       k / PER_BASE, data_crc);
		one(r, &base, poison, &c);
	}
	if (base.pmem)
		flip_base_free(&base);
	snprintf(what, sizeof(what), "%s, data_crc %s",
		 poison ? "poison" : "flips", data_crc ? "on" : "off");
	if (r->only < 0)
		print_counts(what, &c);
}

static const struct option options[] = {
	{ "seed", required_argument, NULL, 's' },
	{ "flips", required_argument, NULL, 'f' },
	{ "poisons", required_argument, NULL, 'p' },
	{ "only", required_argument, NULL, 'o' },
	{ }
};

int main(int argc, char **argv)
{
	struct run r = { .seed = 1, .only = -1 };
	u32 flips = 1000, poisons = 200;
	int opt;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (opt) {
		case 's':
			r.seed = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			flips = strtoul(optarg, NULL, 0);
			break;
		case 'p':
			poisons = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			r.only = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	printf("seed %llu\n", r.seed);
	series(&r, true, false, flips);
	series(&r, false, false, flips);
	series(&r, true, true, poisons);
	series(&r, false, true, poisons);
	printf("%u trials, %u wrong\n", r.done, r.wrong);
	return !!r.wrong;
}
