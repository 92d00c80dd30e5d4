/* SPDX-License-Identifier: GPL-2.0 */
/* Memory barriers; pmem_wmb() is the pmem model's fence. */
#ifndef SHIM_ASM_BARRIER_H
#define SHIM_ASM_BARRIER_H

#include <linux/compiler.h>
#include <shim.h>

#ifdef __SANITIZE_THREAD__
/* The sanitizer knows no fences: one word that all pass through is stronger. */
extern int shim_fence_word;
#define smp_mb()	((void)__atomic_fetch_add(&shim_fence_word, 0, __ATOMIC_SEQ_CST))
#define smp_rmb()		smp_mb()
#define smp_wmb()		smp_mb()
#else
#define smp_mb()		__atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
#define smp_wmb()		__atomic_thread_fence(__ATOMIC_RELEASE)
#endif
#define mb()			smp_mb()
#define rmb()			smp_rmb()
#define wmb()			smp_wmb()
#define smp_mb__before_atomic()	barrier()
#define smp_mb__after_atomic()	barrier()
#define smp_mb__after_spinlock()	barrier()
#define smp_read_barrier_depends()	barrier()

#define smp_load_acquire(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	\
	__atomic_store_n((p), (typeof(*(p)))(v), __ATOMIC_RELEASE)
#define smp_store_mb(var, value)	\
do {					\
	WRITE_ONCE(var, value);		\
	smp_mb();			\
} while (0)

/* Whoever changes the condition is another task: let it run. */
#define smp_cond_load_relaxed(ptr, cond) ({	\
	typeof(ptr) __ptr = (ptr);		\
	typeof(*(ptr)) VAL;			\
	for (;;) {				\
		VAL = READ_ONCE(*__ptr);	\
		if (cond)			\
			break;			\
		cpu_relax();			\
	}					\
	VAL; })
#define smp_cond_load_acquire(ptr, cond)	smp_cond_load_relaxed(ptr, cond)

void pmem_wmb(void);
void shim_relax(void);

#define cpu_relax()		shim_relax()

#endif /* SHIM_ASM_BARRIER_H */
