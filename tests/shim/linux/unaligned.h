/* SPDX-License-Identifier: GPL-2.0 */
/* Access to integers of any alignment. */
#ifndef SHIM_LINUX_UNALIGNED_H
#define SHIM_LINUX_UNALIGNED_H

#include <asm/byteorder.h>
#include <linux/string.h>
#include <linux/types.h>

#define get_unaligned(ptr) ({					\
	typeof(*(ptr)) __v;					\
	memcpy(&__v, (ptr), sizeof(__v));			\
	__v; })
#define put_unaligned(val, ptr)					\
do {								\
	typeof(*(ptr)) __v = (val);				\
	memcpy((ptr), &__v, sizeof(__v));			\
} while (0)

#define SHIM_UNALIGNED(order, bits)				\
static inline u##bits get_unaligned_##order##bits(const void *p)	\
{								\
	__##order##bits v;					\
								\
	memcpy(&v, p, sizeof(v));				\
	return order##bits##_to_cpu(v);				\
}								\
static inline void put_unaligned_##order##bits(u##bits val, void *p)	\
{								\
	__##order##bits v = cpu_to_##order##bits(val);		\
								\
	memcpy(p, &v, sizeof(v));				\
}

SHIM_UNALIGNED(le, 16)
SHIM_UNALIGNED(le, 32)
SHIM_UNALIGNED(le, 64)
SHIM_UNALIGNED(be, 16)
SHIM_UNALIGNED(be, 32)
SHIM_UNALIGNED(be, 64)

#endif /* SHIM_LINUX_UNALIGNED_H */
