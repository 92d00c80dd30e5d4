/* SPDX-License-Identifier: GPL-2.0 */
/* Exchange and compare-and-exchange of any scalar of up to 8 bytes. */
#ifndef SHIM_ASM_CMPXCHG_H
#define SHIM_ASM_CMPXCHG_H

#include <linux/compiler.h>
#include <shim.h>

#define xchg(ptr, val) ({						\
	shim_yield(SHIM_YIELD_ATOMIC);					\
	__atomic_exchange_n((ptr), (typeof(*(ptr)))(val),		\
			    __ATOMIC_SEQ_CST); })
#define xchg_relaxed(ptr, val)	xchg(ptr, val)
#define xchg_acquire(ptr, val)	xchg(ptr, val)
#define xchg_release(ptr, val)	xchg(ptr, val)

#define cmpxchg(ptr, old, new) ({					\
	typeof(*(ptr)) __old = (old);					\
	shim_yield(SHIM_YIELD_ATOMIC);					\
	__atomic_compare_exchange_n((ptr), &__old,			\
				    (typeof(*(ptr)))(new), false,	\
				    __ATOMIC_SEQ_CST,			\
				    __ATOMIC_SEQ_CST);			\
	__old; })
#define cmpxchg_relaxed(ptr, old, new)	cmpxchg(ptr, old, new)
#define cmpxchg_acquire(ptr, old, new)	cmpxchg(ptr, old, new)
#define cmpxchg_release(ptr, old, new)	cmpxchg(ptr, old, new)
#define cmpxchg64(ptr, old, new)	cmpxchg(ptr, old, new)

#define try_cmpxchg(ptr, oldp, new) ({					\
	shim_yield(SHIM_YIELD_ATOMIC);					\
	__atomic_compare_exchange_n((ptr), (oldp),			\
				    (typeof(*(ptr)))(new), false,	\
				    __ATOMIC_SEQ_CST,			\
				    __ATOMIC_SEQ_CST); })
#define try_cmpxchg_relaxed(ptr, oldp, new)	try_cmpxchg(ptr, oldp, new)
#define try_cmpxchg_acquire(ptr, oldp, new)	try_cmpxchg(ptr, oldp, new)
#define try_cmpxchg_release(ptr, oldp, new)	try_cmpxchg(ptr, oldp, new)

#endif /* SHIM_ASM_CMPXCHG_H */
