/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the headers below linux/ ask of the runtime that runs the driver.
 *
 * The simulation (rt/) is one implementation: fibers of one thread, scheduled
 * from a seed.  The other one (thread/, with SHIM_THREADS defined) has real
 * threads.  Nothing here says so; locks, atomics, waiting and the like are
 * declared such that either will do.
 */
#ifndef SHIM_H
#define SHIM_H

#include <linux/types.h>

/* Reasons to let another task run; each can be switched off per world. */
enum shim_yield_kind {
	SHIM_YIELD_LOCK,	/* before a lock is taken */
	SHIM_YIELD_UNLOCK,	/* after one was released */
	SHIM_YIELD_PMEM,	/* after a store to pmem, before and after a fence */
	SHIM_YIELD_ATOMIC,	/* before an atomic read-modify-write */
	SHIM_YIELD_RCU,		/* after a read section */
	SHIM_YIELD_WORK,	/* after work was queued */
	SHIM_YIELD_WAKE,	/* after a wake-up */
	SHIM_YIELD_BIO,		/* after a bio was submitted or has ended */
	SHIM_YIELD_ALLOC,	/* at allocations that may sleep */
	SHIM_YIELD_RESCHED,	/* cond_resched(), end of a preempt-off section */
	SHIM_NR_YIELDS
};

#ifdef SHIM_THREADS
/* Threads go on when they like (thread/). */
#define shim_yield(kind)	((void)(kind))
#define shim_yield_slow()	do { } while (0)
#else
extern unsigned int shim_yield_mask;

void shim_yield_slow(void);

static inline void shim_yield(enum shim_yield_kind kind)
{
	if (shim_yield_mask & (1U << kind))
		shim_yield_slow();
}
#endif

/* A task that may not sleep now is a bug; @what names the sleeping function. */
void shim_might_sleep(const char *what);

#define might_sleep()		shim_might_sleep(__func__)
#define might_sleep_if(cond)	\
do {				\
	if (cond)		\
		might_sleep();	\
} while (0)
#define cant_sleep()		do { } while (0)
#define might_fault()		do { } while (0)

/* A broken rule: of the kernel's, or of the driver's own (WARN). */
void shim_warn(const char *file, int line, const char *fmt, ...)
	__printf(3, 4);
void shim_bug(const char *file, int line, const char *what)
	__noreturn;

#endif /* SHIM_H */
