/* SPDX-License-Identifier: GPL-2.0 */
/* Arrays of bits. */
#ifndef SHIM_LINUX_BITMAP_H
#define SHIM_LINUX_BITMAP_H

#include <linux/bitops.h>
#include <linux/string.h>
#include <linux/types.h>

#define BITMAP_BYTES(bits)	(BITS_TO_LONGS(bits) * sizeof(long))

unsigned long *bitmap_alloc(unsigned int bits, gfp_t gfp);
unsigned long *bitmap_zalloc(unsigned int bits, gfp_t gfp);
void bitmap_free(const unsigned long *map);

void bitmap_set(unsigned long *map, unsigned int start, unsigned int len);
void bitmap_clear(unsigned long *map, unsigned int start, unsigned int len);
unsigned int bitmap_weight(const unsigned long *map, unsigned int bits);
bool bitmap_empty(const unsigned long *map, unsigned int bits);
bool bitmap_full(const unsigned long *map, unsigned int bits);
bool bitmap_equal(const unsigned long *a, const unsigned long *b,
		  unsigned int bits);
bool bitmap_intersects(const unsigned long *a, const unsigned long *b,
		       unsigned int bits);
bool bitmap_subset(const unsigned long *a, const unsigned long *b,
		   unsigned int bits);
unsigned long bitmap_find_next_zero_area(unsigned long *map, unsigned long size,
					 unsigned long start, unsigned int nr,
					 unsigned long align_mask);

static inline void bitmap_zero(unsigned long *map, unsigned int bits)
{
	memset(map, 0, BITMAP_BYTES(bits));
}

static inline void bitmap_fill(unsigned long *map, unsigned int bits)
{
	memset(map, 0xff, BITMAP_BYTES(bits));
}

static inline void bitmap_copy(unsigned long *dst, const unsigned long *src,
			       unsigned int bits)
{
	memcpy(dst, src, BITMAP_BYTES(bits));
}

/* dst = a op b, whole words; bits past the end follow the operands'. */
#define SHIM_BITMAP_OP(name, expr)					\
static inline void bitmap_##name(unsigned long *dst, const unsigned long *a,	\
				 const unsigned long *b, unsigned int bits)	\
{									\
	unsigned int i;							\
									\
	for (i = 0; i < BITS_TO_LONGS(bits); i++)			\
		dst[i] = (expr);					\
}

SHIM_BITMAP_OP(and, a[i] & b[i])
SHIM_BITMAP_OP(or, a[i] | b[i])
SHIM_BITMAP_OP(xor, a[i] ^ b[i])
SHIM_BITMAP_OP(andnot, a[i] & ~b[i])

#endif /* SHIM_LINUX_BITMAP_H */
