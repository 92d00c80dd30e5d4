// SPDX-License-Identifier: GPL-2.0
/*
 * Address arithmetic of segments, and the pmem primitives.
 *
 * These are the only functions of the driver that store to persistent memory,
 * and the only ones that load from it; the address space __pmem makes sparse
 * say so.  They have no policy: what must be durable before a store, and what a
 * crash after it leaves, is said at each caller in a "persist:" comment.
 *
 * Persistence domain: a store is durable for certain only after a fence on the
 * CPU that issued it; before that, any subset of its aligned 8-byte words may
 * be.  So a caller that separates its stores from its fence stays on one CPU
 * (migrate_disable()).
 *
 * Context: any; nothing here sleeps or takes a lock.
 */
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "pcache_internal.h"

/**
 * pcache_geo_init - lay out the segments of a device
 * @geo: filled in
 * @seg_shift: log2 of the segment size in bytes, PCACHE_SEG_SHIFT_MIN..MAX
 * @size: bytes of the device
 *
 * One 64-bit CRC word per 4 KiB of the segment comes behind the header, whether
 * the cache uses them or not.  One extent takes a quarter of a segment at most,
 * so that a large write that does not fit wastes no more than that.
 *
 * Context: any.
 */
void pcache_geo_init(struct pcache_geo *geo, u32 seg_shift, u64 size)
{
	u32 seg_size = 1U << seg_shift;
	u32 crc_len = (seg_size >> PCACHE_BLOCK_SHIFT) * sizeof(__le64);
	u64 meta_len = PCACHE_META_FIXED_LEN + PCACHE_BLOCK_SIZE;
	u64 nr_segs = size >> seg_shift;

	geo->seg_shift = seg_shift;
	geo->seg_size = seg_size;
	geo->data_start = PCACHE_BLOCK_SIZE + round_up(crc_len,
						       PCACHE_BLOCK_SIZE);
	geo->rec_end = seg_size - PCACHE_BLOCK_SIZE;
	geo->max_io = min(seg_size / 4, 1U << PCACHE_CHUNK_SHIFT);
	geo->nr_segs = min_t(u64, nr_segs, S32_MAX);
	geo->meta_segs = DIV_ROUND_UP_ULL(meta_len, seg_size);
}

/**
 * pcache_pmem_read - load from pmem, the only way to do it
 * @dst: ordinary memory
 * @src: source
 * @len: bytes
 *
 * Context: any.
 * Return: 0, or -EIO if part of the source is poisoned; @dst is undefined then.
 */
int pcache_pmem_read(void *dst, const void __pmem *src, size_t len)
{
	return copy_mc_to_kernel(dst, (const void __force *)src, len) ? -EIO : 0;
}

/**
 * pcache_pmem_write - store to pmem, past the CPU's caches
 * @dst: destination, a multiple of 8
 * @src: ordinary memory
 * @len: bytes, a multiple of 8
 *
 * Context: any; durable after pcache_pmem_fence() on this CPU.
 */
void pcache_pmem_write(void __pmem *dst, const void *src, size_t len)
{
	memcpy_flushcache((void __force *)dst, src, len);
}

/**
 * pcache_pmem_zero - store zeroes to pmem
 * @dst: destination, a multiple of 8
 * @len: bytes, a multiple of 8
 *
 * Context: any; durable after pcache_pmem_fence() on this CPU.
 */
void pcache_pmem_zero(void __pmem *dst, size_t len)
{
	const void *zeroes = page_address(ZERO_PAGE(0));
	size_t part;

	for (; len; dst += part, len -= part) {
		part = min_t(size_t, len, PAGE_SIZE);
		memcpy_flushcache((void __force *)dst, zeroes, part);
	}
}

/**
 * pcache_pmem_store64 - store one aligned word, which cannot tear
 * @dst: destination, a multiple of 8
 * @value: in CPU order
 *
 * Context: any; durable after pcache_pmem_fence() on this CPU.
 */
void pcache_pmem_store64(__le64 __pmem *dst, u64 value)
{
	__le64 v = cpu_to_le64(value);

	memcpy_flushcache((void __force *)dst, &v, sizeof(v));
}

/**
 * pcache_pmem_fence - make this CPU's earlier stores to pmem durable
 *
 * Context: any.
 */
void pcache_pmem_fence(void)
{
	pmem_wmb();
}
