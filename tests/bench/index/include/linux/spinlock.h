/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spinlocks between real threads.  Uncontended they cost what the kernel's
 * cost: one compare-and-exchange to take, one plain store to release.
 */
#ifndef BENCH_LINUX_SPINLOCK_H
#define BENCH_LINUX_SPINLOCK_H

#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/spinlock_types.h>
#include <linux/string.h>

static inline void spin_lock_init(spinlock_t *lock)
{
	lock->locked = 0;
}

static inline void spin_lock(spinlock_t *lock)
{
	unsigned int old = 0;

	while (unlikely(!__atomic_compare_exchange_n(&lock->locked, &old, 1,
						     false, __ATOMIC_ACQUIRE,
						     __ATOMIC_RELAXED))) {
		while (__atomic_load_n(&lock->locked, __ATOMIC_RELAXED))
			__builtin_ia32_pause();
		old = 0;
	}
}

static inline void spin_unlock(spinlock_t *lock)
{
	__atomic_store_n(&lock->locked, 0, __ATOMIC_RELEASE);
}

#define spin_lock_nested(lock, subclass)	spin_lock(lock)
#define spin_lock_bh(lock)			spin_lock(lock)
#define spin_unlock_bh(lock)			spin_unlock(lock)
#define spin_lock_irq(lock)			spin_lock(lock)
#define spin_unlock_irq(lock)			spin_unlock(lock)
#define spin_lock_irqsave(lock, flags)		((void)(flags), spin_lock(lock))
#define spin_unlock_irqrestore(lock, flags)	\
	((void)(flags), spin_unlock(lock))

#endif /* BENCH_LINUX_SPINLOCK_H */
