/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers of a test outside of any world: splitmix64. */
#ifndef SIM_DICE_H
#define SIM_DICE_H

#include <linux/types.h>

struct dice {
	u64 state;
};

static inline u64 dice_mix(u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static inline u64 dice_roll(struct dice *d)
{
	return dice_mix(d->state += 0x9e3779b97f4a7c15ull);
}

static inline u32 dice_below(struct dice *d, u32 n)
{
	return (dice_roll(d) >> 32) * n >> 32;
}

/* @first..@last, both included. */
static inline u32 dice_range(struct dice *d, u32 first, u32 last)
{
	return first + dice_below(d, last - first + 1);
}

/* True with a chance of @percent out of 100. */
static inline bool dice_chance(struct dice *d, u32 percent)
{
	return dice_below(d, 100) < percent;
}

#endif /* SIM_DICE_H */
