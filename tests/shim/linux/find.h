/* SPDX-License-Identifier: GPL-2.0 */
/* Search in bitmaps; a search that fails returns the size. */
#ifndef SHIM_LINUX_FIND_H
#define SHIM_LINUX_FIND_H

#include <linux/bits.h>
#include <linux/types.h>

unsigned long shim_find_next(const unsigned long *map, unsigned long size,
			     unsigned long from, unsigned long invert);

static inline unsigned long find_next_bit(const unsigned long *map,
					  unsigned long size,
					  unsigned long from)
{
	return shim_find_next(map, size, from, 0);
}

static inline unsigned long find_next_zero_bit(const unsigned long *map,
					       unsigned long size,
					       unsigned long from)
{
	return shim_find_next(map, size, from, ~0UL);
}

static inline unsigned long find_first_bit(const unsigned long *map,
					   unsigned long size)
{
	return find_next_bit(map, size, 0);
}

static inline unsigned long find_first_zero_bit(const unsigned long *map,
						unsigned long size)
{
	return find_next_zero_bit(map, size, 0);
}

unsigned long find_last_bit(const unsigned long *map, unsigned long size);

#define for_each_set_bit(bit, map, size)			\
	for ((bit) = find_first_bit((map), (size)); (bit) < (size);	\
	     (bit) = find_next_bit((map), (size), (bit) + 1))
#define for_each_set_bit_from(bit, map, size)			\
	for ((bit) = find_next_bit((map), (size), (bit)); (bit) < (size);	\
	     (bit) = find_next_bit((map), (size), (bit) + 1))
#define for_each_clear_bit(bit, map, size)			\
	for ((bit) = find_first_zero_bit((map), (size)); (bit) < (size);	\
	     (bit) = find_next_zero_bit((map), (size), (bit) + 1))

#endif /* SHIM_LINUX_FIND_H */
