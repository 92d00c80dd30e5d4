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
 * @mem: where the stores go
 * @from: of the device's bytes
 * @len: their number
 * @durable: what is durable of them; at first, what was before the sequence
 * @log: of the sequence
 * @fn: called in each state; leaves the device as it is
 * @arg: for @fn
 * @states: so many were seen
 * @words: pending
 * @nr_words: their number
 */
struct tear {
	u8 *mem;
	u64 from;
	u64 len;
	u8 *durable;
	struct sim_log *log;
	void (*fn)(void *arg);
	void *arg;
	u64 states;
	struct tear_word words[TEAR_MAX_WORDS];
	u32 nr_words;
};

/* The sequence starts here; it stores to these bytes of the device only. */
static inline struct tear *tear_begin(struct sim_pmem *pmem, u64 from, u64 len)
{
	struct tear *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->mem = sim_pmem_mem(pmem) + from;
	t->from = from;
	t->len = len;
	t->durable = malloc(len);
	assert_non_null(t->durable);
	memcpy(t->durable, t->mem, len);
	sim_log_start();
	return t;
}

/* It ends here, and the device is again as it was before. */
static inline void tear_end(struct tear *t)
{
	t->log = sim_log_take();
	memcpy(t->mem, t->durable, t->len);
}

static inline void tear_free(struct tear *t)
{
	sim_log_free(t->log);
	free(t->durable);
	free(t);
}

/* The state in which just those of the pending words are durable. */
static inline void tear_try(struct tear *t, bool (*kept)(u32 i, u64 how),
			    u64 how)
{
	u32 i;

	for (i = 0; i < t->nr_words; i++)
		if (kept(i, how))
			memcpy(t->mem + t->words[i].off, &t->words[i].value, 8);
	t->states++;
	t->fn(t->arg);
	for (i = 0; i < t->nr_words; i++)
		memcpy(t->mem + t->words[i].off, t->durable + t->words[i].off,
		       8);
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
	assert_true(rec->off >= t->from);
	assert_true(rec->off + rec->len <= t->from + t->len);
	assert_true(t->nr_words + rec->len / 8 <= TEAR_MAX_WORDS);
	for (i = 0; i < rec->len; i += 8, t->nr_words++) {
		t->words[t->nr_words].off = rec->off - t->from + i;
		memcpy(&t->words[t->nr_words].value, rec->data + i, 8);
	}
}

static inline void tear_fence(struct tear *t)
{
	u32 i;

	for (i = 0; i < t->nr_words; i++) {
		memcpy(t->durable + t->words[i].off, &t->words[i].value, 8);
		memcpy(t->mem + t->words[i].off, &t->words[i].value, 8);
	}
	t->nr_words = 0;
}

/* Visit all states of the sequence; the device is as after it then. */
static inline void tear_visit(struct tear *t, void (*fn)(void *arg), void *arg)
{
	const struct sim_rec *rec;
	u64 pos;

	t->fn = fn;
	t->arg = arg;
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
}

/* A task issues a fence on the CPU that issued what it fences. */
static inline void log_check_cpus(const struct sim_log *log)
{
	int cpu[8] = { -1, -1, -1, -1, -1, -1, -1, -1 };
	const struct sim_rec *rec;
	u64 pos;

	for (pos = 0; pos < sim_log_len(log); pos++) {
		rec = sim_log_rec(log, pos);
		assert_true(rec->task < ARRAY_SIZE(cpu));
		assert_true(cpu[rec->task] == -1 ||
			    cpu[rec->task] == rec->cpu);
		cpu[rec->task] = rec->type == SIM_REC_STORE ? rec->cpu : -1;
	}
}

#endif /* META_TEAR_H */
