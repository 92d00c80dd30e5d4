/* SPDX-License-Identifier: GPL-2.0 */
/* Multiplicative hashes. */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#include <linux/types.h>

#define GOLDEN_RATIO_32		0x61C88647
#define GOLDEN_RATIO_64		0x61C8864680B583EBull

static inline u32 __hash_32(u32 v)
{
	return v * GOLDEN_RATIO_32;
}

static inline u32 hash_32(u32 v, unsigned int bits)
{
	return __hash_32(v) >> (32 - bits);
}

static inline u32 hash_64(u64 v, unsigned int bits)
{
	return v * GOLDEN_RATIO_64 >> (64 - bits);
}

#define hash_long(v, bits)	hash_64(v, bits)

static inline u32 hash_ptr(const void *ptr, unsigned int bits)
{
	return hash_long((unsigned long)ptr, bits);
}

#endif /* SHIM_LINUX_HASH_H */
