/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * On-media format of a pcache cache device.
 *
 * Only what lies on the persistent memory is declared here; the driver, the
 * tool and the tests share this header.  Every integer is little-endian, every
 * structure is naturally aligned, padding is explicit and zero, and nothing
 * depends on the page size or on the kernel's configuration.
 *
 *	meta area      [4 KiB unused][superblock 4 KiB]
 *		       [backing slots, copy 0][backing slots, copy 1]
 *		       [cursors, copy 0][cursors, copy 1] ...
 *		       [last 4 KiB: the superblock's other copy]
 *	log segment    [header 4 KiB][page CRCs][data grows up -->
 *			     <-- records grow down][header's other copy 4 KiB]
 *
 * The meta area takes the first segments, as many as it needs.  All locations
 * are bytes from the start of the block device (of the partition, if it is
 * one).  Every structure names its own location and carries a crc32c, so that
 * each can be judged alone.
 */
#ifndef PCACHE_FORMAT_H
#define PCACHE_FORMAT_H

#include <linux/types.h>
#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/stddef.h>
#else
#include <assert.h>
#include <stddef.h>
#endif

#define PCACHE_VERSION		1

/* First 16 bytes after the common header of a superblock. */
#define PCACHE_MAGIC		"\x89pcache\r\n\x1a\npmem\x01"
#define PCACHE_MAGIC_LEN	16

#define PCACHE_UUID_LEN		16
#define PCACHE_LABEL_LEN	32
#define PCACHE_PATH_LEN		256
#define PCACHE_ID_LEN		128

/* Geometry.  Shifts are of bytes unless the name says otherwise. */
#define PCACHE_SECTOR_SHIFT	9
#define PCACHE_BLOCK_SHIFT	12
#define PCACHE_BLOCK_SIZE	4096
#define PCACHE_BLOCK_SECTORS	8
#define PCACHE_LINE_SIZE	64

#define PCACHE_SEG_SHIFT_MIN	16	/* 64 KiB */
#define PCACHE_SEG_SHIFT_MAX	30	/* 1 GiB */

/* No read, write or write-zeroes record crosses a chunk. */
#define PCACHE_CHUNK_SHIFT	22

#define PCACHE_NR_SLOTS		64
#define PCACHE_SLOT_SIZE	1024
#define PCACHE_CURSOR_LINES	16	/* per slot and copy */

#define PCACHE_SB_OFF		4096
#define PCACHE_SLOTS_OFF	8192
#define PCACHE_SLOTS_LEN	(PCACHE_NR_SLOTS * PCACHE_SLOT_SIZE)
#define PCACHE_CURSORS_OFF	(PCACHE_SLOTS_OFF + 2 * PCACHE_SLOTS_LEN)
#define PCACHE_CURSORS_LEN	\
	(PCACHE_NR_SLOTS * PCACHE_CURSOR_LINES * PCACHE_LINE_SIZE)
/* End of all that has a fixed place; the superblock's copy follows somewhere */
#define PCACHE_META_FIXED_LEN	(PCACHE_CURSORS_OFF + 2 * PCACHE_CURSORS_LEN)

/* Smallest quota of a cache: one open segment per head, and some to reclaim. */
#define PCACHE_MIN_SEGS		4
#define PCACHE_MAX_QUEUES	128
#define PCACHE_GC_PERCENT_MAX	90

/* An LSN at or above this one can only be damage. */
#define PCACHE_LSN_LIMIT	(1ULL << 62)
/* The same for the version of a structure's content, and zero as well. */
#define PCACHE_SEQ_LIMIT	(1ULL << 62)
/* LSNs left out after a recovery: what was recovered counts as flushed. */
#define PCACHE_LSN_GAP		(1ULL << 16)

/* The type word of a structure: what it claims to be. */
enum pcache_meta_type {
	PCACHE_META_SUPER	= 0x62735f70,	/* "p_sb" */
	PCACHE_META_SLOT	= 0x6c735f70,	/* "p_sl" */
	PCACHE_META_SEGMENT	= 0x67735f70,	/* "p_sg" */
};

/**
 * struct pcache_meta_ondisk - head of every structure that has two copies
 * @crc: crc32c of the whole structure behind this field
 * @type: enum pcache_meta_type
 * @seq: version of the content; the valid copy with the larger one wins
 * @location: where this copy lies
 */
struct pcache_meta_ondisk {
	__le32	crc;
	__le32	type;
	__le64	seq;
	__le64	location;
};

/**
 * struct pcache_super_ondisk - the superblock
 * @meta: common head
 * @magic: PCACHE_MAGIC
 * @version: PCACHE_VERSION; a larger one is refused
 * @segment_shift: log2 of the segment size
 * @compat: features that an older driver may ignore
 * @ro_compat: features that an older driver may ignore when it only reads
 * @incompat: features that an older driver must refuse
 * @uuid: identity of this cache device
 * @label: free text, zero-padded
 * @nr_segments: segments of the device, those of the meta area included
 * @meta_segments: segments that the meta area takes
 * @reserved: zero
 */
struct pcache_super_ondisk {
	struct pcache_meta_ondisk meta;
	__u8	magic[PCACHE_MAGIC_LEN];
	__le32	version;
	__le32	segment_shift;
	__le64	compat;
	__le64	ro_compat;
	__le64	incompat;
	__u8	uuid[PCACHE_UUID_LEN];
	__u8	label[PCACHE_LABEL_LEN];
	__le32	nr_segments;
	__le32	meta_segments;
	__u8	reserved[128];
};

/* State of a backing slot. */
enum pcache_slot_state {
	PCACHE_SLOT_FREE	= 0,
	PCACHE_SLOT_ACTIVE	= 1,
};

/* Flags of a backing slot. */
#define PCACHE_SLOT_DATA_CRC	(1U << 0)	/* pages carry a crc32c */
#define PCACHE_SLOT_RELAXED	(1U << 1)	/* write-back may span barriers */
#define PCACHE_SLOT_BIO		(1U << 2)	/* queue_mode=bio */
#define PCACHE_SLOT_FLAGS_ALL	(PCACHE_SLOT_DATA_CRC | PCACHE_SLOT_RELAXED | \
				 PCACHE_SLOT_BIO)

/**
 * struct pcache_slot_ondisk - one backing device that this pool serves
 * @meta: common head
 * @uuid: identity of the cache; fresh whenever the slot leaves FREE
 * @state: enum pcache_slot_state
 * @flags: PCACHE_SLOT_*
 * @nr_sectors: size of the backing device, in 512-byte sectors
 * @logical_block_size: of the backing device, in bytes
 * @cache_segs: quota, in segments
 * @queues: number of queues asked for
 * @gc_percent: use of the quota above which clean segments are reclaimed
 * @incarnation: number of attaches, the present one included
 * @incarnation_lsn: last LSN that the attach gave away; a segment that was
 *	opened at or below it was closed by that attach at the latest
 * @id: identity of the backing device, zero-padded text; empty if unknown
 * @path: how it was named at attach, zero-padded text
 * @reserved: zero
 */
struct pcache_slot_ondisk {
	struct pcache_meta_ondisk meta;
	__u8	uuid[PCACHE_UUID_LEN];
	__le32	state;
	__le32	flags;
	__le64	nr_sectors;
	__le32	logical_block_size;
	__le32	cache_segs;
	__le32	queues;
	__le32	gc_percent;
	__le64	incarnation;
	__le64	incarnation_lsn;
	__u8	id[PCACHE_ID_LEN];
	__u8	path[PCACHE_PATH_LEN];
	__u8	reserved[PCACHE_SLOT_SIZE - 472];
};

/**
 * struct pcache_cursor_ondisk - how far write-back and reclaim have come
 * @crc: crc32c of the rest, seeded with the cache's uuid
 * @reserved0: zero
 * @seq: number of the update; the line is its remainder by the ring's length
 * @location: where this line lies
 * @clean_lsn: W: every record up to here is on the backing device, or newer ones
 *	that are in the log, or on the device, took its place
 * @evict_lsn: H: every record up to here is void
 * @reserved: zero
 */
struct pcache_cursor_ondisk {
	__le32	crc;
	__le32	reserved0;
	__le64	seq;
	__le64	location;
	__le64	clean_lsn;
	__le64	evict_lsn;
	__le64	reserved[3];
};

/**
 * struct pcache_seg_header_ondisk - first and last 4 KiB of a log segment
 * @meta: common head
 * @owner: uuid of the cache that it belongs to; zero: free
 * @seg_id: number of this segment
 * @reserved0: zero
 * @open_lsn: newest LSN of the cache when the segment was opened
 * @salt: random; new at every opening
 */
struct pcache_seg_header_ondisk {
	struct pcache_meta_ondisk meta;
	__u8	owner[PCACHE_UUID_LEN];
	__le32	seg_id;
	__le32	reserved0;
	__le64	open_lsn;
	__le64	salt;
};

enum pcache_record_type {
	PCACHE_REC_WRITE	= 1,	/* data that the backing may not have */
	PCACHE_REC_CLEAN	= 2,	/* data that the backing has */
	PCACHE_REC_ZERO		= 3,	/* reads as zeroes */
	PCACHE_REC_DISCARD	= 4,	/* reads as zeroes while it is cached */
	PCACHE_REC_LOST		= 5,	/* newest data could not be read */
	PCACHE_REC_END		= 6,	/* no more records in this segment */
};

/* Flags of a record. */
#define PCACHE_REC_FUA		(1U << 0)	/* ends its epoch */
#define PCACHE_REC_NOUNMAP	(1U << 1)	/* ZERO: keep blocks allocated */
#define PCACHE_REC_FLAGS_ALL	(PCACHE_REC_FUA | PCACHE_REC_NOUNMAP)

/**
 * struct pcache_record_ondisk - one entry of the log, always one line
 * @crc: crc32c of what lies between this field and @salt, seeded with the
 *	segment's owner, number, open_lsn and salt; the rest is the same in all
 *	records of a segment's life, and is compared
 * @type: enum pcache_record_type
 * @flags: PCACHE_REC_*
 * @reserved0: zero
 * @lsn: log sequence number
 * @sector: first logical sector; END: zero
 * @nr_sectors: length; END: number of records before this one
 * @data_off: where the data starts, bytes from the start of the segment; zero
 *	for a record without data
 * @salt: the segment's, so that data which looks like a record isn't one
 * @reserved: zero
 */
struct pcache_record_ondisk {
	__le32	crc;
	__u8	type;
	__u8	flags;
	__le16	reserved0;
	__le64	lsn;
	__le64	sector;
	__le32	nr_sectors;
	__le32	data_off;
	__le64	salt;
	__le64	reserved[3];
};

/* What the CRC of a record covers. */
#define PCACHE_RECORD_CRC_START	offsetof(struct pcache_record_ondisk, type)
#define PCACHE_RECORD_CRC_LEN	\
	(offsetof(struct pcache_record_ondisk, salt) - PCACHE_RECORD_CRC_START)

static_assert(sizeof(PCACHE_MAGIC) == PCACHE_MAGIC_LEN + 1);

static_assert(sizeof(struct pcache_meta_ondisk) == 24);
static_assert(offsetof(struct pcache_meta_ondisk, type) == 4);
static_assert(offsetof(struct pcache_meta_ondisk, seq) == 8);
static_assert(offsetof(struct pcache_meta_ondisk, location) == 16);

static_assert(sizeof(struct pcache_super_ondisk) == 256);
static_assert(offsetof(struct pcache_super_ondisk, magic) == 24);
static_assert(offsetof(struct pcache_super_ondisk, version) == 40);
static_assert(offsetof(struct pcache_super_ondisk, segment_shift) == 44);
static_assert(offsetof(struct pcache_super_ondisk, compat) == 48);
static_assert(offsetof(struct pcache_super_ondisk, ro_compat) == 56);
static_assert(offsetof(struct pcache_super_ondisk, incompat) == 64);
static_assert(offsetof(struct pcache_super_ondisk, uuid) == 72);
static_assert(offsetof(struct pcache_super_ondisk, label) == 88);
static_assert(offsetof(struct pcache_super_ondisk, nr_segments) == 120);
static_assert(offsetof(struct pcache_super_ondisk, meta_segments) == 124);
static_assert(offsetof(struct pcache_super_ondisk, reserved) == 128);

static_assert(sizeof(struct pcache_slot_ondisk) == PCACHE_SLOT_SIZE);
static_assert(offsetof(struct pcache_slot_ondisk, uuid) == 24);
static_assert(offsetof(struct pcache_slot_ondisk, state) == 40);
static_assert(offsetof(struct pcache_slot_ondisk, flags) == 44);
static_assert(offsetof(struct pcache_slot_ondisk, nr_sectors) == 48);
static_assert(offsetof(struct pcache_slot_ondisk, logical_block_size) == 56);
static_assert(offsetof(struct pcache_slot_ondisk, cache_segs) == 60);
static_assert(offsetof(struct pcache_slot_ondisk, queues) == 64);
static_assert(offsetof(struct pcache_slot_ondisk, gc_percent) == 68);
static_assert(offsetof(struct pcache_slot_ondisk, incarnation) == 72);
static_assert(offsetof(struct pcache_slot_ondisk, incarnation_lsn) == 80);
static_assert(offsetof(struct pcache_slot_ondisk, id) == 88);
static_assert(offsetof(struct pcache_slot_ondisk, path) == 216);
static_assert(offsetof(struct pcache_slot_ondisk, reserved) == 472);

static_assert(sizeof(struct pcache_cursor_ondisk) == PCACHE_LINE_SIZE);
static_assert(offsetof(struct pcache_cursor_ondisk, seq) == 8);
static_assert(offsetof(struct pcache_cursor_ondisk, location) == 16);
static_assert(offsetof(struct pcache_cursor_ondisk, clean_lsn) == 24);
static_assert(offsetof(struct pcache_cursor_ondisk, evict_lsn) == 32);
static_assert(offsetof(struct pcache_cursor_ondisk, reserved) == 40);

static_assert(sizeof(struct pcache_seg_header_ondisk) == PCACHE_LINE_SIZE);
static_assert(offsetof(struct pcache_seg_header_ondisk, owner) == 24);
static_assert(offsetof(struct pcache_seg_header_ondisk, seg_id) == 40);
static_assert(offsetof(struct pcache_seg_header_ondisk, open_lsn) == 48);
static_assert(offsetof(struct pcache_seg_header_ondisk, salt) == 56);

static_assert(sizeof(struct pcache_record_ondisk) == PCACHE_LINE_SIZE);
static_assert(offsetof(struct pcache_record_ondisk, type) == 4);
static_assert(offsetof(struct pcache_record_ondisk, flags) == 5);
static_assert(offsetof(struct pcache_record_ondisk, lsn) == 8);
static_assert(offsetof(struct pcache_record_ondisk, sector) == 16);
static_assert(offsetof(struct pcache_record_ondisk, nr_sectors) == 24);
static_assert(offsetof(struct pcache_record_ondisk, data_off) == 28);
static_assert(offsetof(struct pcache_record_ondisk, salt) == 32);
static_assert(offsetof(struct pcache_record_ondisk, reserved) == 40);

#endif /* PCACHE_FORMAT_H */
