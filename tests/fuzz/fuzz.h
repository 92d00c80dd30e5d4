/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzz targets share.
 *
 * An input is not the media's bytes but a list of edits of something valid, so
 * that no checksum stands in the way: each edit names a place, up to 8 bytes for
 * it, and whether the structure there is sealed anew when all edits are made.
 * An input that is used up reads as zeroes.
 *
 * Each target judges with rules of its own what the driver accepted and what it
 * refused; it ends the process where they differ.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "shim/sim.h"
#include "sim/media.h"

#include "pcache_internal.h"

/* libFuzzer's two. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

/**
 * struct fuzz_in - what is left of an input
 * @next: next byte
 * @left: their number
 */
struct fuzz_in {
	const u8 *next;
	size_t left;
};

u8 fuzz_u8(struct fuzz_in *in);
u16 fuzz_u16(struct fuzz_in *in);

/* Ends the process, which libFuzzer takes for a finding. */
#define fuzz_check(cond)						\
do {									\
	if (!(cond)) {							\
		fprintf(stderr, "fuzz: %s:%d: %s\n", __FILE__, __LINE__,	\
			#cond);						\
		abort();						\
	}								\
} while (0)

/* One world and one pmem device for all runs of a process. */
struct sim_pmem *fuzz_ground(u64 size);
/* One line of it cannot be read in this run. */
void fuzz_poison(struct sim_pmem *pmem, u64 off);
/* Before each run: the poison and the log of the one before are gone. */
void fuzz_fresh(struct sim_pmem *pmem);

#define FUZZ_MAX_EDITS	64

/* What to store at @at, which is aligned if it is a number: up to 8 bytes. */
u32 fuzz_bytes(struct fuzz_in *in, u32 *at, u8 bytes[8]);
/*
 * Overwrites places of @buf; returns which units of @unit bytes are to be sealed,
 * a bit each.
 */
u64 fuzz_edit(struct fuzz_in *in, void *buf, u32 len, u32 unit);
void fuzz_seal_meta(void *copy, u32 len);

/**
 * struct fuzz_meta - a structure in two copies, for fuzz_meta_run()
 * @meta: the driver's handle; map, location, len, type and verify are set
 * @valid: of content behind the head: the target's own rules
 * @model: a valid structure, with its type
 */
struct fuzz_meta {
	struct pcache_meta meta;
	bool (*valid)(const void *rec);
	const void *model;
};

/*
 * Two copies of @model, edited: does the driver load what it should, and is what
 * it stores then what it loads?  The result of the load; @rec gets the content.
 */
int fuzz_meta_run(struct fuzz_in *in, struct sim_pmem *pmem,
		  const struct fuzz_meta *fm, void *rec);

#endif /* FUZZ_H */
