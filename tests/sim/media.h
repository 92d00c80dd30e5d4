/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second opinion on what lies on a pmem device: a reader of the format that
 * shares pcache_format.h with the driver and nothing else.  It takes everything
 * from an image and does not know which driver is running on it.
 */
#ifndef SIM_MEDIA_H
#define SIM_MEDIA_H

#include "shim/image.h"

#include "pcache_format.h"

/**
 * struct media_rec - a record
 * @lsn: its LSN
 * @sector: first logical sector
 * @nr: sectors; of END: records before it
 * @type: enum pcache_record_type
 * @flags: PCACHE_REC_*
 * @seg: number of its segment
 * @line: number of its line
 * @data: where its data starts, bytes from the start of the device
 */
struct media_rec {
	u64 lsn;
	u64 sector;
	u32 nr;
	u8 type;
	u8 flags;
	u32 seg;
	u32 line;
	u64 data;
};

/**
 * struct media_seg - a log segment
 * @owner: uuid of the cache; zero: free
 * @valid: it has a header, and its copies do not contradict each other
 * @ended: END was found
 * @open_lsn: of the header
 * @salt: of the header
 * @nr_recs: records, END included
 * @last_lsn: of the last one
 */
struct media_seg {
	u8 owner[PCACHE_UUID_LEN];
	bool valid;
	bool ended;
	u64 open_lsn;
	u64 salt;
	u32 nr_recs;
	u64 last_lsn;
};

/**
 * struct media_slot - a backing slot
 * @active: state
 * @number: of the slot
 * @uuid: of the cache
 * @flags: PCACHE_SLOT_*
 * @has_cursor: some line of the cursor is valid
 * @clean_lsn: W
 * @evict_lsn: H
 */
struct media_slot {
	bool active;
	u32 number;
	u8 uuid[PCACHE_UUID_LEN];
	u32 flags;
	bool has_cursor;
	u64 clean_lsn;
	u64 evict_lsn;
};

/**
 * struct media - a device
 * @image: its contents; not owned
 * @formatted: a superblock is valid
 * @seg_shift: log2 of the segment size
 * @nr_segs: segments, those of the meta area included
 * @meta_segs: the first of them
 */
struct media {
	const struct sim_image *image;
	bool formatted;
	u32 seg_shift;
	u32 nr_segs;
	u32 meta_segs;
};

u32 media_data_start(const struct media *m);
u64 media_seg_base(const struct media *m, u32 seg);
u64 media_rec_addr(const struct media *m, u32 seg, u32 line);
u32 media_max_recs(const struct media *m);

/* Is it a good copy of a structure that has two? */
bool media_head_good(const void *rec, u32 len, u32 type, u64 location);
/* False: neither superblock is valid. */
bool media_open(struct media *m, const struct sim_image *image);
/* The active slot that names @path; false: there is none. */
bool media_find_slot(const struct media *m, const char *path,
		     struct media_slot *slot);
void media_read_seg(const struct media *m, u32 seg, struct media_seg *ms);
/* True if the line holds a record of this life of the segment. */
bool media_read_rec(const struct media *m, u32 seg, const struct media_seg *ms,
		    u32 line, struct media_rec *rec);
bool media_owned_by(const struct media_seg *ms, const struct media_slot *slot);
bool media_data_crc_good(const struct media *m, u64 data, u64 sector, u32 nr);

#endif /* SIM_MEDIA_H */
