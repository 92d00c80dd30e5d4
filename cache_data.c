// SPDX-License-Identifier: GPL-2.0
/*
 * Data of extents: between chains of bios and segments.
 *
 * Whatever enters the cache is read once from where it comes (I9).  Without
 * data_crc it goes straight to pmem.  With data_crc an extent starts on a 4 KiB
 * page of its segment, its last page is padded with zeroes, and each page goes
 * through a page of ours, so that the CRC is that of what was stored, whatever
 * the caller does to its buffer meanwhile (P10).  The CRC is seeded with the
 * page's logical address and is found from the pmem address alone.
 *
 * Whatever leaves the cache is verified in a page of ours before it goes to a
 * caller, never in the caller's pages.
 *
 * Places are sectors of the pmem device, counted from the start of the block
 * device; positions are places in a chain of bios that advance as data moves.
 *
 * Context: process or RCU read section; nothing here sleeps or takes a lock.
 */
#include <linux/crc32c.h>
#include <linux/highmem.h>

#include "pcache_cache.h"

/**
 * pcache_pos_init - the start of a chain of bios
 * @pos: filled in
 * @bio: first bio, or NULL
 *
 * Context: any.
 */
void pcache_pos_init(struct pcache_pos *pos, struct bio *bio)
{
	pos->bio = bio;
	if (bio)
		pos->iter = bio->bi_iter;
}

/**
 * pcache_pos_advance - leave data out
 * @pos: the position
 * @bytes: not beyond the end of the chain
 *
 * Context: any.
 */
void pcache_pos_advance(struct pcache_pos *pos, u32 bytes)
{
	/* Mostly a bio is used up, and where in it that was does not matter. */
	while (bytes && bytes >= pos->iter.bi_size) {
		bytes -= pos->iter.bi_size;
		pcache_pos_init(pos, pos->bio->bi_next);
	}
	if (bytes)
		bio_advance_iter(pos->bio, &pos->iter, bytes);
}

/* The piece at @pos: inside one page, at most @bytes. */
static struct bio_vec pos_piece(const struct pcache_pos *pos, u32 bytes)
{
	struct bio_vec bv = bio_iter_iovec(pos->bio, pos->iter);

	bv.bv_len = min(bv.bv_len, bytes);
	return bv;
}

static void pos_read(struct pcache_pos *pos, void *buf, u32 bytes)
{
	struct bio_vec bv;

	for (; bytes; bytes -= bv.bv_len, buf += bv.bv_len) {
		bv = pos_piece(pos, bytes);
		memcpy_from_bvec(buf, &bv);
		pcache_pos_advance(pos, bv.bv_len);
	}
}

static void pos_write(struct pcache_pos *pos, const void *buf, u32 bytes)
{
	struct bio_vec bv;

	for (; bytes; bytes -= bv.bv_len, buf += bv.bv_len) {
		bv = pos_piece(pos, bytes);
		memcpy_to_bvec(&bv, buf);
		pcache_pos_advance(pos, bv.bv_len);
	}
}

/**
 * pcache_pos_zero - fill with zeroes
 * @pos: where; advances
 * @bytes: length
 *
 * Context: any.
 */
void pcache_pos_zero(struct pcache_pos *pos, u32 bytes)
{
	struct bio_vec bv;

	for (; bytes; bytes -= bv.bv_len) {
		bv = pos_piece(pos, bytes);
		memzero_bvec(&bv);
		pcache_pos_advance(pos, bv.bv_len);
	}
}

/**
 * pcache_pos_copy - copy from one chain of bios to another
 * @dst: where to; advances
 * @src: where from; advances
 * @bytes: length
 *
 * Context: any.
 */
void pcache_pos_copy(struct pcache_pos *dst, struct pcache_pos *src, u32 bytes)
{
	struct bio_vec bv;
	void *from;

	for (; bytes; bytes -= bv.bv_len) {
		bv = pos_piece(src, bytes);
		from = bvec_kmap_local(&bv);
		pos_write(dst, from, bv.bv_len);
		kunmap_local(from);
		pcache_pos_advance(src, bv.bv_len);
	}
}

static void __pmem *place_addr(const struct pcache_cache *cache, u64 place)
{
	return cache->dev->map.base + (place << PCACHE_SECTOR_SHIFT);
}

static struct pcache_seg *place_seg(const struct pcache_cache *cache, u64 place)
{
	return &cache->dev->segs[place >> (cache->dev->geo.seg_shift -
					   PCACHE_SECTOR_SHIFT)];
}

/* ---- page CRCs ---- */

/* Where the CRC of the 4 KiB page at @place (its first sector) is kept. */
static __le64 __pmem *page_crc_addr(const struct pcache_cache *cache, u64 place)
{
	u64 off = place << PCACHE_SECTOR_SHIFT;
	u64 in_seg = off & (cache->dev->geo.seg_size - 1);

	return cache->dev->map.base + (off - in_seg) + PCACHE_BLOCK_SIZE +
	       (in_seg >> PCACHE_BLOCK_SHIFT) * sizeof(__le64);
}

/* CRC of a page whose first sector is logical sector @sector. */
static u32 page_crc(u64 sector, const void *page)
{
	__le64 seed = cpu_to_le64(sector);
	u32 crc = crc32c(PCACHE_CRC_SEED, &seed, sizeof(seed));

	return crc32c(crc, page, PCACHE_BLOCK_SIZE);
}

static void write_crc_pages(struct pcache_cache *cache, u64 place, u64 sector,
			    struct pcache_pos *src, u32 bytes)
{
	void *page;
	u32 part;

	for (; bytes; bytes -= part) {
		part = min_t(u32, bytes, PCACHE_BLOCK_SIZE);
		page = *get_cpu_ptr(cache->dev->bounce);
		pos_read(src, page, part);
		memset(page + part, 0, PCACHE_BLOCK_SIZE - part);
		/* persist: as for pcache_data_write(). */
		pcache_pmem_write(place_addr(cache, place), page,
				  PCACHE_BLOCK_SIZE);
		pcache_pmem_store64(page_crc_addr(cache, place),
				    page_crc(sector, page));
		put_cpu_ptr(cache->dev->bounce);
		place += PCACHE_BLOCK_SIZE >> PCACHE_SECTOR_SHIFT;
		sector += PCACHE_BLOCK_SIZE >> PCACHE_SECTOR_SHIFT;
	}
}

static int read_verified_page(struct pcache_cache *cache, u64 place, u64 sector,
			      void *page)
{
	__le64 crc;

	if (pcache_pmem_read(page, place_addr(cache, place), PCACHE_BLOCK_SIZE) ||
	    pcache_pmem_read(&crc, page_crc_addr(cache, place), sizeof(crc)))
		return -EIO;
	return le64_to_cpu(crc) == page_crc(sector, page) ? 0 : -EILSEQ;
}

static int read_crc_pages(struct pcache_cache *cache, u64 place, u64 sector,
			  struct pcache_pos *dst, u32 bytes, u32 *done)
{
	u32 skip, part;
	void *page;
	int err;

	for (; bytes; bytes -= part, *done += part) {
		skip = (place << PCACHE_SECTOR_SHIFT) & (PCACHE_BLOCK_SIZE - 1);
		part = min_t(u32, bytes, PCACHE_BLOCK_SIZE - skip);
		page = *get_cpu_ptr(cache->dev->bounce);
		err = read_verified_page(cache,
					 place - (skip >> PCACHE_SECTOR_SHIFT),
					 sector - (skip >> PCACHE_SECTOR_SHIFT),
					 page);
		if (!err)
			pos_write(dst, page + skip, part);
		put_cpu_ptr(cache->dev->bounce);
		if (err)
			return err;
		place += part >> PCACHE_SECTOR_SHIFT;
		sector += part >> PCACHE_SECTOR_SHIFT;
	}
	return 0;
}

/* ---- plain data ---- */

/* A piece that is not a multiple of 8 goes through a page of ours. */
static u32 write_bounced(struct pcache_cache *cache, void __pmem *dst,
			 struct pcache_pos *src, u32 bytes)
{
	u32 part = min_t(u32, bytes, PCACHE_BLOCK_SIZE);
	void *page = *get_cpu_ptr(cache->dev->bounce);

	pos_read(src, page, part);
	/* persist: as for pcache_data_write(). */
	pcache_pmem_write(dst, page, part);
	put_cpu_ptr(cache->dev->bounce);
	return part;
}

static void write_plain(struct pcache_cache *cache, u64 place,
			struct pcache_pos *src, u32 bytes)
{
	void __pmem *dst = place_addr(cache, place);
	struct bio_vec bv;
	void *from;
	u32 part;

	for (; bytes; bytes -= part, dst += part) {
		bv = pos_piece(src, bytes);
		part = bv.bv_len;
		if (part % sizeof(u64)) {
			part = write_bounced(cache, dst, src, bytes);
			continue;
		}
		from = bvec_kmap_local(&bv);
		/* persist: as for pcache_data_write(). */
		pcache_pmem_write(dst, from, part);
		kunmap_local(from);
		pcache_pos_advance(src, part);
	}
}

static int read_plain(struct pcache_cache *cache, u64 place,
		      struct pcache_pos *dst, u32 bytes, u32 *done)
{
	const void __pmem *src = place_addr(cache, place);
	u32 sector = 1U << PCACHE_SECTOR_SHIFT;
	bool by_sector = false;
	struct bio_vec bv;
	void *to;
	int err;

	while (bytes) {
		bv = pos_piece(dst, by_sector ? sector - *done % sector : bytes);
		to = bvec_kmap_local(&bv);
		err = pcache_pmem_read(to, src + *done, bv.bv_len);
		kunmap_local(to);
		if (err && by_sector)
			return err;
		if (err) {
			/* What lies before the bad sector is good. */
			by_sector = true;
			continue;
		}
		flush_dcache_page(bv.bv_page);
		pcache_pos_advance(dst, bv.bv_len);
		*done += bv.bv_len;
		bytes -= bv.bv_len;
	}
	return 0;
}

/**
 * pcache_data_write - store the data of an extent, and its page CRCs
 * @cache: the cache
 * @place: first sector on the pmem device; reserved
 * @sector: first logical sector
 * @src: the data; advances
 * @nr: sectors
 *
 * Not fenced: the caller stays on this CPU until it has called
 * pcache_pmem_fence() (migrate_disable()).
 *
 * Context: process.
 */
void pcache_data_write(struct pcache_cache *cache, u64 place, u64 sector,
		       struct pcache_pos *src, u32 nr)
{
	/*
	 * persist: nothing need be durable.  The place is reserved and no
	 * record names it yet, so a crash leaves bytes that nobody reads.
	 */
	if (cache->data_crc)
		write_crc_pages(cache, place, sector, src,
				nr << PCACHE_SECTOR_SHIFT);
	else
		write_plain(cache, place, src, nr << PCACHE_SECTOR_SHIFT);
}

/**
 * pcache_data_read - load data of an extent, verified if it has CRCs
 * @cache: the cache
 * @place: first sector on the pmem device
 * @sector: first logical sector
 * @dst: where to; advances by what was read
 * @nr: sectors
 * @good: sectors that were read before the one that failed, or before the page
 *	that failed if pages have CRCs
 *
 * Context: process; RCU read section, or whatever else keeps the segment.
 * Return: 0; -EIO if the media is poisoned; -EILSEQ if a CRC does not match.
 */
int pcache_data_read(struct pcache_cache *cache, u64 place, u64 sector,
		     struct pcache_pos *dst, u32 nr, u32 *good)
{
	u32 bytes = nr << PCACHE_SECTOR_SHIFT, done = 0;
	int err;

	if (cache->data_crc)
		err = read_crc_pages(cache, place, sector, dst, bytes, &done);
	else
		err = read_plain(cache, place, dst, bytes, &done);
	*good = done >> PCACHE_SECTOR_SHIFT;
	if (err == -EIO)
		/* A store need not cure it, and may well be lost there. */
		WRITE_ONCE(place_seg(cache, place)->has_badblocks, true);
	return err;
}
