/* SPDX-License-Identifier: GPL-2.0 */
/* Bits in words and arrays of words. */
#ifndef SHIM_LINUX_BITOPS_H
#define SHIM_LINUX_BITOPS_H

#include <linux/bits.h>
#include <linux/find.h>
#include <linux/types.h>
#include <shim.h>

static inline int fls(unsigned int x)
{
	return x ? 32 - __builtin_clz(x) : 0;
}

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline unsigned long __fls(unsigned long x)
{
	return 63 - __builtin_clzl(x);
}

static inline unsigned long __ffs(unsigned long x)
{
	return __builtin_ctzl(x);
}

#define ffz(x)			__ffs(~(x))
#define __ffs64(x)		__ffs(x)
#define ffs(x)			__builtin_ffs(x)
#define hweight8(x)		__builtin_popcount((u8)(x))
#define hweight16(x)		__builtin_popcount((u16)(x))
#define hweight32(x)		__builtin_popcount((u32)(x))
#define hweight64(x)		__builtin_popcountll(x)
#define hweight_long(x)		__builtin_popcountl(x)

static inline bool test_bit(unsigned long nr, const volatile unsigned long *p)
{
	return READ_ONCE(p[BIT_WORD(nr)]) & BIT_MASK(nr);
}

static inline bool test_bit_acquire(unsigned long nr,
				    const volatile unsigned long *p)
{
	return __atomic_load_n(&p[BIT_WORD(nr)], __ATOMIC_ACQUIRE) &
	       BIT_MASK(nr);
}

static inline bool test_and_set_bit(unsigned long nr,
				    volatile unsigned long *p)
{
	shim_yield(SHIM_YIELD_ATOMIC);
	return __atomic_fetch_or(&p[BIT_WORD(nr)], BIT_MASK(nr),
				 __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline bool test_and_clear_bit(unsigned long nr,
				      volatile unsigned long *p)
{
	shim_yield(SHIM_YIELD_ATOMIC);
	return __atomic_fetch_and(&p[BIT_WORD(nr)], ~BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline bool test_and_change_bit(unsigned long nr,
				       volatile unsigned long *p)
{
	shim_yield(SHIM_YIELD_ATOMIC);
	return __atomic_fetch_xor(&p[BIT_WORD(nr)], BIT_MASK(nr),
				  __ATOMIC_SEQ_CST) & BIT_MASK(nr);
}

static inline void set_bit(unsigned long nr, volatile unsigned long *p)
{
	test_and_set_bit(nr, p);
}

static inline void clear_bit(unsigned long nr, volatile unsigned long *p)
{
	test_and_clear_bit(nr, p);
}

static inline void change_bit(unsigned long nr, volatile unsigned long *p)
{
	test_and_change_bit(nr, p);
}

#define test_and_set_bit_lock(nr, p)	test_and_set_bit(nr, p)
#define clear_bit_unlock(nr, p)		clear_bit(nr, p)
#define __clear_bit_unlock(nr, p)	clear_bit(nr, p)

static inline void __set_bit(unsigned long nr, unsigned long *p)
{
	p[BIT_WORD(nr)] |= BIT_MASK(nr);
}

static inline void __clear_bit(unsigned long nr, unsigned long *p)
{
	p[BIT_WORD(nr)] &= ~BIT_MASK(nr);
}

static inline bool __test_and_set_bit(unsigned long nr, unsigned long *p)
{
	bool old = test_bit(nr, p);

	__set_bit(nr, p);
	return old;
}

static inline bool __test_and_clear_bit(unsigned long nr, unsigned long *p)
{
	bool old = test_bit(nr, p);

	__clear_bit(nr, p);
	return old;
}

static inline void assign_bit(unsigned long nr, volatile unsigned long *p,
			      bool value)
{
	if (value)
		set_bit(nr, p);
	else
		clear_bit(nr, p);
}

static inline void __assign_bit(unsigned long nr, unsigned long *p, bool value)
{
	if (value)
		__set_bit(nr, p);
	else
		__clear_bit(nr, p);
}

static inline u32 rol32(u32 x, unsigned int n)
{
	return (x << (n & 31)) | (x >> (-n & 31));
}

static inline u32 ror32(u32 x, unsigned int n)
{
	return (x >> (n & 31)) | (x << (-n & 31));
}

static inline u64 rol64(u64 x, unsigned int n)
{
	return (x << (n & 63)) | (x >> (-n & 63));
}

static inline u64 ror64(u64 x, unsigned int n)
{
	return (x >> (n & 63)) | (x << (-n & 63));
}

static inline s32 sign_extend32(u32 value, int index)
{
	int shift = 31 - index;

	return (s32)(value << shift) >> shift;
}

#endif /* SHIM_LINUX_BITOPS_H */
