/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers, from the world's seed. */
#ifndef SHIM_LINUX_RANDOM_H
#define SHIM_LINUX_RANDOM_H

#include <linux/types.h>

u64 get_random_u64(void);
void get_random_bytes(void *buf, size_t len);

static inline u32 get_random_u32(void)
{
	return get_random_u64() >> 32;
}

static inline u16 get_random_u16(void)
{
	return get_random_u64() >> 48;
}

static inline u8 get_random_u8(void)
{
	return get_random_u64() >> 56;
}

static inline unsigned long get_random_long(void)
{
	return get_random_u64();
}

static inline u32 get_random_u32_below(u32 ceil)
{
	return (u64)get_random_u32() * ceil >> 32;
}

static inline u32 get_random_u32_inclusive(u32 floor, u32 ceil)
{
	return floor + get_random_u32_below(ceil - floor + 1);
}

#endif /* SHIM_LINUX_RANDOM_H */
