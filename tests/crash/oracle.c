// SPDX-License-Identifier: GPL-2.0
/*
 * Is the oracle right?  Small random histories and contents are judged by hist.c
 * and, by the bare definitions of hist.h, over every choice of versions.
 *
 * For P3 the oracle only looks at writes that are certainly there, so it may
 * pass contents of zeroes that the definitions refuse; never the reverse, and
 * with stamps alone they must agree.
 */
#include "shim/sim.h"
#include "crash/hist.h"
#include "sim/dice.h"

#define SECTORS		3
#define OPS		7
#define FLUSHES		3

enum law { LAW_L1, LAW_L2, LAW_L3 };

static const char * const law_names[] = { "L1 and P3", "L2", "L3" };

/**
 * struct op - a write of the history
 * @first: sector
 * @nr: sectors
 * @kind: enum hist_kind
 * @fua: durable when it ends
 * @start: when it is submitted
 * @end: when it ends, or HIST_NEVER
 */
struct op {
	u32 first;
	u32 nr;
	u8 kind;
	bool fua;
	u64 start;
	u64 end;
};

/**
 * struct story - a history and contents
 * @op: writes in the order of submission; the first one was always there
 * @flush: flushes
 * @hist: the same for the oracle
 * @contents: per sector
 * @when: time of the cut
 * @choice: per sector, number of the write that is taken to be there
 */
struct story {
	struct op op[OPS + 1];
	struct { u64 start; u64 end; } flush[FLUSHES];
	struct space space;
	struct hist *hist;
	u32 contents[SECTORS];
	u64 when;
	u32 choice[SECTORS];
};

/* ---- making one ---- */

static bool covers(const struct op *op, u32 s)
{
	return s >= op->first && s - op->first < op->nr;
}

/* Writes of one sector never overlap in time. */
static u64 free_from(const struct story *st, u32 k)
{
	u64 from = 1;
	u32 i, s;

	for (i = 1; i < k; i++)
		for (s = 0; s < SECTORS; s++)
			if (covers(&st->op[i], s) && covers(&st->op[k], s))
				from = max(from, st->op[i].end + 1);
	return from;
}

static void make_ops(struct story *st, struct dice *d)
{
	u64 last = 0;
	u32 k;

	st->op[0] = (struct op){ .nr = SECTORS, .fua = true };
	for (k = 1; k <= OPS; k++) {
		struct op *op = &st->op[k];

		op->first = dice_below(d, SECTORS);
		op->nr = dice_range(d, 1, SECTORS - op->first);
		op->kind = dice_chance(d, 70) ? HIST_DATA :
			   dice_range(d, HIST_ZERO, HIST_DISCARD);
		op->fua = dice_chance(d, 20);
		/* Times are unique: writes start at 16 n, end at 16 n + k. */
		op->start = max(last, free_from(st, k)) / 16 * 16 + 16;
		op->end = op->start + 16 * dice_below(d, 4) + k;
		last = op->start;
	}
	for (k = 0; k < FLUSHES; k++) {
		st->flush[k].start = 16 * dice_below(d, 2 * OPS) + 10 + k;
		st->flush[k].end = st->flush[k].start +
				   16 * dice_below(d, 3) + 3;
	}
	st->when = 16 * dice_range(d, 1, 2 * OPS) + 15;
}

/* Events before @when in the order of time, as a recording has them. */
static void tell(struct story *st)
{
	u64 now;
	u32 k;

	for (now = 1; now < 64 * OPS; now++) {
		for (k = 1; k <= OPS; k++) {
			const struct op *op = &st->op[k];

			if (op->start == now)
				hist_start(st->hist, op->first, op->nr, k,
					   op->kind, op->fua, now);
			if (op->end == now)
				hist_end(st->hist, op->first, op->nr, k, now);
		}
		for (k = 0; k < FLUSHES; k++) {
			if (st->flush[k].start == now)
				hist_flush_start(st->hist, OPS + 1 + k, now);
			if (st->flush[k].end == now)
				hist_flush_end(st->hist, OPS + 1 + k, now);
		}
	}
	hist_seal(st->hist);
}

static void make_contents(struct story *st, struct dice *d)
{
	u32 s, k;

	for (s = 0; s < SECTORS; s++) {
		do {
			k = dice_below(d, OPS + 1);
		} while (!covers(&st->op[k], s) || st->op[k].start >= st->when);
		st->contents[s] = k;
		if (st->op[k].kind != HIST_DATA)
			st->contents[s] = CONTENT_ZERO;
	}
}

/* ---- the definitions ---- */

static bool may_be(const struct story *st, u32 s, u32 k)
{
	const struct op *op = &st->op[k];
	u32 content = st->contents[s];

	if (!covers(op, s) || op->start >= st->when)
		return false;
	switch (op->kind) {
	case HIST_DATA:
		return content == k;
	case HIST_ZERO:
		return content == CONTENT_ZERO;
	default:
		return content == CONTENT_ZERO || content < k;
	}
}

/* When the law wants the write to be there if something from later on is. */
static u64 wanted_from(const struct story *st, u32 k, enum law law)
{
	const struct op *op = &st->op[k];
	u64 when = op->fua ? op->end : HIST_NEVER;
	u32 i;

	if (law != LAW_L2)
		return op->end;
	for (i = 0; i < FLUSHES; i++)
		if (st->flush[i].start >= op->end)
			when = min(when, st->flush[i].end);
	return when;
}

static bool nothing_missing(const struct story *st, enum law law)
{
	u64 m = 0;
	u32 s, k;

	for (s = 0; s < SECTORS; s++)
		m = max(m, st->op[st->choice[s]].start);
	if (law == LAW_L1)
		m = st->when;
	for (s = 0; s < SECTORS; s++)
		for (k = st->choice[s] + 1; k <= OPS; k++)
			if (covers(&st->op[k], s) &&
			    st->op[k].start < st->when &&
			    wanted_from(st, k, law) < m)
				return false;
	return true;
}

/* P3: what had not ended is in all of its sectors or in none. */
static bool nothing_torn(const struct story *st)
{
	u32 s, k, in, out;

	for (k = 1; k <= OPS; k++) {
		if (st->op[k].start >= st->when || st->op[k].end < st->when)
			continue;
		for (s = in = out = 0; s < SECTORS; s++)
			if (covers(&st->op[k], s)) {
				in += st->choice[s] == k;
				out += st->choice[s] != k;
			}
		if (in && out)
			return false;
	}
	return true;
}

/* Does one choice for sectors @s and up satisfy the law? */
static bool some_choice(struct story *st, u32 s, enum law law)
{
	u32 k;

	if (s == SECTORS)
		return nothing_missing(st, law) &&
		       (law != LAW_L1 || nothing_torn(st));
	for (k = 0; k <= OPS; k++) {
		st->choice[s] = k;
		if (may_be(st, s, k) && some_choice(st, s + 1, law))
			return true;
	}
	return false;
}

/* ---- comparing ---- */

static bool by_oracle(const struct story *st, enum law law)
{
	char why[HIST_WHY];

	switch (law) {
	case LAW_L1:
		return hist_recovered(st->hist, st->contents, st->when, why);
	case LAW_L2:
		return hist_disk_legal(st->hist, st->contents, st->when, why);
	default:
		return hist_disk_cut(st->hist, st->contents, st->when, why);
	}
}

static bool stamps_alone(const struct story *st)
{
	u32 s, k;

	for (s = 0; s < SECTORS; s++)
		if (st->contents[s] >= CONTENT_FIRST)
			return false;
	for (k = 1; k <= OPS; k++)
		if (st->op[k].kind == HIST_DISCARD)
			return false;
	return true;
}

static bool agree(struct story *st, u64 *counts, enum law law)
{
	bool good = some_choice(st, 0, law), says = by_oracle(st, law);

	counts[good]++;
	return good == says || (law == LAW_L1 && says && !stamps_alone(st));
}

bool oracle_check(u64 seed, u32 nr)
{
	struct dice d = { .state = seed };
	u64 counts[3][2] = {};
	bool good = true;
	u32 i, law;

	for (i = 0; good && i < nr; i++) {
		struct story st = {};

		space_add(&st.space, 0, SECTORS);
		st.hist = hist_create(&st.space);
		make_ops(&st, &d);
		tell(&st);
		make_contents(&st, &d);
		for (law = 0; good && law < 3; law++)
			good = agree(&st, counts[law], law);
		if (!good)
			printf("oracle: wrong about %s, seed %llu, history %u\n",
			       law_names[law - 1], seed, i);
		hist_free(st.hist);
	}
	for (law = 0; law < 3; law++)
		printf("oracle, %s: %llu good, %llu bad\n", law_names[law],
		       counts[law][1], counts[law][0]);
	return good;
}
