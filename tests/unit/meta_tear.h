/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every state that a power cut can leave of a short sequence of stores to pmem,
 * for tests of the metadata.
 *
 * The sequence is run once with the log on.  Then the region is put into each
 * state in turn: before every fence, the durable bytes and some of the aligned
 * 8-byte words that are pending.  Of few words all subsets are tried; of many,
 * none, all, each alone, each missing, all prefixes and some random ones.
 *
 * Include it after cmocka.h.
 */
#ifndef META_TEAR_H
#define META_TEAR_H

#include "../shim/sim.h"
#include "../shim/replay.h"

#define TEAR_ALL_SUBSETS	8	/* words of which all subsets are tried */
#define TEAR_RANDOM_SUBSETS	64
#define TEAR_MAX_WORDS		1024

struct tear_word {
	u64 off;
	u64 value;
};

/**
 * struct tear - a sequence of stores, and what is to be done in each state
 * @pmem: the device; all stores go to its first @len bytes
 * @len: bytes
 * @before: they, before the sequence
 * @log: of the sequence
 * @fn: called in each state; the device's contents are scratch then
 * @arg: for @fn
 * @states: so many were seen
 */
struct tear {
	struct sim_pmem *pmem;
	u64 len;
	u8 *before;
	struct sim_log *log;
	void (*fn)(void *arg);
	void *arg;
	u64 states;
	u8 *durable;
	struct tear_word words[TEAR_MAX_WORDS];
	u32 nr_words;
};

/* The sequence starts here. */
static inline struct tear *tear_begin(struct sim_pmem *pmem, u64 len)
{
	struct tear *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->pmem = pmem;
	t->len = len;
	t->before = malloc(len);
	t->durable = malloc(len);
	assert_true(t->before && t->durable);
	memcpy(t->before, sim_pmem_mem(pmem), len);
	sim_log_start();
	return t;
}

/* It ends here. */
static inline void tear_end(struct tear *t)
{
	t->log = sim_log_take();
}

static inline void tear_free(struct tear *t)
{
	sim_log_free(t->log);
	free(t->before);
	free(t->durable);
	free(t);
}

/* Bit i of @subset (of 64, repeated) says whether word i reached the media. */
static inline void tear_try(struct tear *t, bool (*kept)(u32 i, u64 how),
			    u64 how)
{
	u8 *mem = sim_pmem_mem(t->pmem);
	u32 i;

	memcpy(mem, t->durable, t->len);
	for (i = 0; i < t->nr_words; i++)
		if (kept(i, how))
			memcpy(mem + t->words[i].off, &t->words[i].value, 8);
	t->states++;
	t->fn(t->arg);
}

static inline bool keep_bits(u32 i, u64 how)
{
	return how >> i & 1;
}

static inline bool keep_one(u32 i, u64 how)
{
	return i == how;
}

static inline bool keep_others(u32 i, u64 how)
{
	return i != how;
}

static inline bool keep_first(u32 i, u64 how)
{
	return i < how;
}

static inline bool keep_random(u32 i, u64 how)
{
	u64 x = how + i * 0x9e3779b97f4a7c15ULL;

	x = (x ^ x >> 31) * 0xbf58476d1ce4e5b9ULL;
	return (x ^ x >> 29) & 1;
}

static inline void tear_pending(struct tear *t)
{
	u64 how;

	if (t->nr_words <= TEAR_ALL_SUBSETS) {
		for (how = 0; how < 1ULL << t->nr_words; how++)
			tear_try(t, keep_bits, how);
		return;
	}
	for (how = 0; how < t->nr_words; how++) {
		tear_try(t, keep_one, how);
		tear_try(t, keep_others, how);
		tear_try(t, keep_first, how);
	}
	tear_try(t, keep_first, t->nr_words);
	for (how = 0; how < TEAR_RANDOM_SUBSETS; how++)
		tear_try(t, keep_random, how * 1000003);
}

static inline void tear_store(struct tear *t, const struct sim_rec *rec)
{
	u32 i;

	assert_true(rec->off % 8 == 0 && rec->len % 8 == 0);
	assert_true(rec->off + rec->len <= t->len);
	assert_true(t->nr_words + rec->len / 8 <= TEAR_MAX_WORDS);
	for (i = 0; i < rec->len; i += 8, t->nr_words++) {
		t->words[t->nr_words].off = rec->off + i;
		memcpy(&t->words[t->nr_words].value, rec->data + i, 8);
	}
}

static inline void tear_fence(struct tear *t)
{
	u32 i;

	for (i = 0; i < t->nr_words; i++)
		memcpy(t->durable + t->words[i].off, &t->words[i].value, 8);
	t->nr_words = 0;
}

/* Visit all states of the sequence; the contents are as after it then. */
static inline void tear_visit(struct tear *t, void (*fn)(void *arg), void *arg)
{
	const struct sim_rec *rec;
	u64 pos;

	t->fn = fn;
	t->arg = arg;
	memcpy(t->durable, t->before, t->len);
	for (pos = 0; pos < sim_log_len(t->log); pos++) {
		rec = sim_log_rec(t->log, pos);
		if (rec->type == SIM_REC_STORE) {
			tear_store(t, rec);
		} else if (rec->type == SIM_REC_FENCE) {
			tear_pending(t);
			tear_fence(t);
		}
	}
	tear_pending(t);
	tear_fence(t);
	memcpy(sim_pmem_mem(t->pmem), t->durable, t->len);
}

#endif /* META_TEAR_H */
