/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Spinlocks.
 *
 * A task that finds a lock held lets others run until it is free.  A holder is
 * not preemptible: nothing else runs on its CPU, but other CPUs go on.
 */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <linux/atomic.h>
#include <linux/bottom_half.h>
#include <linux/cleanup.h>
#include <linux/irqflags.h>
#include <linux/lockdep.h>
#include <linux/preempt.h>
#include <linux/rwlock.h>
#include <linux/spinlock_types.h>

void shim_spin_init(spinlock_t *lock, const char *name,
		    struct lock_class_key *key);
void shim_spin_lock(spinlock_t *lock, unsigned int subclass);
bool shim_spin_trylock(spinlock_t *lock);
void shim_spin_unlock(spinlock_t *lock);

#define spin_lock_init(lock)				\
do {							\
	static struct lock_class_key __key;		\
							\
	shim_spin_init(lock, #lock, &__key);		\
} while (0)

static inline void spin_lock(spinlock_t *lock)
{
	shim_spin_lock(lock, 0);
}

static inline void spin_lock_nested(spinlock_t *lock, int subclass)
{
	shim_spin_lock(lock, subclass);
}

#define spin_lock_nest_lock(lock, nest)	spin_lock_nested(lock, 1)

static inline void spin_unlock(spinlock_t *lock)
{
	shim_spin_unlock(lock);
}

static inline int spin_trylock(spinlock_t *lock)
{
	return shim_spin_trylock(lock);
}

static inline void spin_lock_irq(spinlock_t *lock)
{
	local_irq_disable();
	spin_lock(lock);
}

static inline void spin_unlock_irq(spinlock_t *lock)
{
	spin_unlock(lock);
	local_irq_enable();
}

#define spin_lock_irqsave(lock, flags)			\
do {							\
	typecheck_irq_flags(flags);			\
	local_irq_save(flags);				\
	spin_lock(lock);				\
} while (0)

#define spin_lock_irqsave_nested(lock, flags, subclass)	\
do {							\
	local_irq_save(flags);				\
	spin_lock_nested(lock, subclass);		\
} while (0)

static inline void spin_unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
	spin_unlock(lock);
	local_irq_restore(flags);
}

#define spin_trylock_irqsave(lock, flags) ({		\
	bool __locked;					\
	local_irq_save(flags);				\
	__locked = spin_trylock(lock);			\
	if (!__locked)					\
		local_irq_restore(flags);		\
	__locked; })

static inline void spin_lock_bh(spinlock_t *lock)
{
	local_bh_disable();
	spin_lock(lock);
}

static inline void spin_unlock_bh(spinlock_t *lock)
{
	spin_unlock(lock);
	local_bh_enable();
}

static inline int spin_is_locked(spinlock_t *lock)
{
	return lock->owner != NULL;
}

static inline int spin_is_contended(spinlock_t *lock)
{
	return lock->waiters != 0;
}

#define assert_spin_locked(lock)	lockdep_assert_held(lock)

int shim_cond_resched_lock(spinlock_t *lock);
#define cond_resched_lock(lock)		shim_cond_resched_lock(lock)

int atomic_dec_and_lock(atomic_t *v, spinlock_t *lock);

#define raw_spin_lock_init(lock)	spin_lock_init(lock)
#define raw_spin_lock(lock)		spin_lock(lock)
#define raw_spin_unlock(lock)		spin_unlock(lock)
#define raw_spin_lock_irq(lock)		spin_lock_irq(lock)
#define raw_spin_unlock_irq(lock)	spin_unlock_irq(lock)
#define raw_spin_lock_irqsave(l, f)	spin_lock_irqsave(l, f)
#define raw_spin_unlock_irqrestore(l, f)	spin_unlock_irqrestore(l, f)

DEFINE_GUARD(spinlock, spinlock_t *, spin_lock(_T), spin_unlock(_T))
DEFINE_GUARD_COND(spinlock, _try, spin_trylock(_T))
DEFINE_GUARD(raw_spinlock, raw_spinlock_t *, spin_lock(_T), spin_unlock(_T))
DEFINE_GUARD(spinlock_irq, spinlock_t *, spin_lock_irq(_T), spin_unlock_irq(_T))
DEFINE_GUARD(spinlock_bh, spinlock_t *, spin_lock_bh(_T), spin_unlock_bh(_T))
DEFINE_LOCK_GUARD_1(spinlock_irqsave, spinlock_t,
		    spin_lock_irqsave(_T->lock, _T->flags),
		    spin_unlock_irqrestore(_T->lock, _T->flags),
		    unsigned long flags)

#endif /* SHIM_LINUX_SPINLOCK_H */
