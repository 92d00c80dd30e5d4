/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Layer 4: the sample of clean mappings that an attach compares with the disk.
 */
#ifndef PCACHE_SAMPLE_H
#define PCACHE_SAMPLE_H

#include "pcache_log.h"

/* Parts of the disk that are sampled once each, at most. */
#define PCACHE_SAMPLE_PARTS	256

/* At either end of the disk all that is clean is compared. */
#define PCACHE_SAMPLE_EDGE	2048U

/* A clean record: the newest of its part of the disk. */
struct pcache_sample_rec {
	u64 sector;
	u64 value;
	u32 nr;
};

/**
 * struct pcache_sample - what an attach compares with the disk
 * @nr_sectors: of the disk
 * @part_shift: log2 of the sectors of a part
 * @recs: by part; nr is 0 where there is none
 * @first: sectors from the start of the disk: is the newest record clean?
 * @last: likewise, the last ones of the disk
 * @compared: sectors that were compared
 * @failed: reads of the disk that failed
 * @err: how the last of them did
 */
struct pcache_sample {
	u64 nr_sectors;
	u32 part_shift;
	struct pcache_sample_rec recs[PCACHE_SAMPLE_PARTS];
	bool first[PCACHE_SAMPLE_EDGE];
	bool last[PCACHE_SAMPLE_EDGE];
	u32 compared;
	u32 failed;
	int err;
};

struct pcache_sample *pcache_sample_alloc(u64 nr_sectors);
void pcache_sample_free(struct pcache_sample *sample);
void pcache_sample_note(struct pcache_sample *sample,
			const struct pcache_key *key, u64 clean_lsn);
int pcache_sample_check(struct pcache_sample *sample,
			struct pcache_cache *cache);

#endif /* PCACHE_SAMPLE_H */
