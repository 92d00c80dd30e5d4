// SPDX-License-Identifier: GPL-2.0
/*
 * Spinlocks and mutexes: one word with the owner.  A holder may lose its CPU here,
 * which it can't in the kernel, so whoever waits gives way after a while.
 */
#include "thread.h"

#include <linux/mutex.h>

void shim_spin_init(spinlock_t *lock, const char *name,
		    struct lock_class_key *key)
{
	lock->owner = NULL;
}

static bool take(struct task_struct **owner)
{
	struct task_struct *none = NULL;

	return !__atomic_load_n(owner, __ATOMIC_RELAXED) &&
	       __atomic_compare_exchange_n(owner, &none, current, false,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void give(struct task_struct **owner, const void *site)
{
	if (__atomic_load_n(owner, __ATOMIC_RELAXED) != current)
		fail_at(SIM_FAIL_LOCK_USE, site, "unlock by somebody else");
	__atomic_store_n(owner, NULL, __ATOMIC_RELEASE);
}

void shim_spin_lock(spinlock_t *lock, unsigned int subclass)
{
	u32 spins = 0;

	if (lockdep_is_held(lock))
		sim_fail(SIM_FAIL_LOCK_USE, "a spinlock is taken twice");
	while (!take(&lock->owner))
		thread_pause(&spins);
	current->spin_count++;
}

bool shim_spin_trylock(spinlock_t *lock)
{
	if (!take(&lock->owner))
		return false;
	current->spin_count++;
	return true;
}

void shim_spin_unlock(spinlock_t *lock)
{
	current->spin_count--;
	give(&lock->owner, lock);
}

void shim_mutex_init(struct mutex *lock, const char *name,
		     struct lock_class_key *key)
{
	lock->owner = NULL;
}

int shim_mutex_lock(struct mutex *lock, unsigned int state,
		    unsigned int subclass)
{
	u32 spins = 0;

	shim_might_sleep("mutex_lock");
	while (!take(&lock->owner)) {
		thread_pause(&spins);
		if (spins > 1000)
			sim_sleep(50 * NSEC_PER_USEC);
	}
	return 0;
}

int mutex_trylock(struct mutex *lock)
{
	return take(&lock->owner);
}

void mutex_unlock(struct mutex *lock)
{
	give(&lock->owner, lock);
}
