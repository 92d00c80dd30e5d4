// SPDX-License-Identifier: GPL-2.0
/*
 * Locks: spinning ones and sleeping ones.
 *
 * Whoever finds a lock taken is blocked on it; a release wakes all of them, and
 * the scheduler's choice decides who gets it.  A spinning task keeps its CPU.
 */
#include "rt.h"

#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#define SITE	__builtin_return_address(0)

static void map_init(struct lockdep_map *map, const char *name,
		     struct lock_class_key *key)
{
	*map = (struct lockdep_map){ .name = name, .key = key };
}

static void check_recursion(const void *owner, const struct lockdep_map *map,
			    const void *site)
{
	if (owner == current)
		fail_at(SIM_FAIL_LOCK_USE, site, "%s is taken twice",
			map->name ?: "a lock");
}

static void check_owner(const void *owner, const struct lockdep_map *map,
			const void *site)
{
	if (owner != current)
		fail_at(SIM_FAIL_LOCK_USE, site,
			"%s is released by a task that does not hold it",
			map->name ?: "a lock");
}

/* ---- spinlocks ---- */

void shim_spin_init(spinlock_t *lock, const char *name,
		    struct lock_class_key *key)
{
	lock->owner = NULL;
	lock->waiters = 0;
	map_init(&lock->dep_map, name, key);
}

void shim_spin_lock(spinlock_t *lock, unsigned int subclass)
{
	shim_yield(SHIM_YIELD_LOCK);
	preempt_disable();
	check_recursion(lock->owner, &lock->dep_map, SITE);
	lockdep_acquire(&lock->dep_map, subclass, false, false, SITE);
	while (lock->owner) {
		lock->waiters++;
		block_on(&lock->dep_map, lock->dep_map.name);
		lock->waiters--;
	}
	lock->owner = current;
	current->spin_count++;
}

bool shim_spin_trylock(spinlock_t *lock)
{
	shim_yield(SHIM_YIELD_LOCK);
	if (lock->owner)
		return false;
	preempt_disable();
	lockdep_acquire(&lock->dep_map, 0, false, true, SITE);
	lock->owner = current;
	current->spin_count++;
	return true;
}

void shim_spin_unlock(spinlock_t *lock)
{
	check_owner(lock->owner, &lock->dep_map, SITE);
	lockdep_release(&lock->dep_map, SITE);
	lock->owner = NULL;
	current->spin_count--;
	if (lock->waiters)
		wake_blocked(&lock->dep_map);
	preempt_enable_no_resched();
	shim_yield(SHIM_YIELD_UNLOCK);
}

int shim_cond_resched_lock(spinlock_t *lock)
{
	if (!lock->waiters)
		return 0;
	spin_unlock(lock);
	cond_resched();
	spin_lock(lock);
	return 1;
}

int atomic_dec_and_lock(atomic_t *v, spinlock_t *lock)
{
	if (atomic_add_unless(v, -1, 1))
		return 0;
	spin_lock(lock);
	if (atomic_dec_and_test(v))
		return 1;
	spin_unlock(lock);
	return 0;
}

/* ---- spinning reader-writer locks ---- */

void shim_rwlock_init(rwlock_t *lock, const char *name,
		      struct lock_class_key *key)
{
	lock->writer = NULL;
	lock->readers = 0;
	lock->waiters = 0;
	map_init(&lock->dep_map, name, key);
}

static void rwlock_wait(rwlock_t *lock)
{
	lock->waiters++;
	block_on(&lock->dep_map, lock->dep_map.name);
	lock->waiters--;
}

void read_lock(rwlock_t *lock)
{
	shim_yield(SHIM_YIELD_LOCK);
	preempt_disable();
	check_recursion(lock->writer, &lock->dep_map, SITE);
	lockdep_acquire(&lock->dep_map, 0, true, false, SITE);
	while (lock->writer)
		rwlock_wait(lock);
	lock->readers++;
	current->spin_count++;
}

static void rwlock_drop(rwlock_t *lock, const void *site)
{
	lockdep_release(&lock->dep_map, site);
	current->spin_count--;
	if (lock->waiters)
		wake_blocked(&lock->dep_map);
	preempt_enable_no_resched();
	shim_yield(SHIM_YIELD_UNLOCK);
}

void read_unlock(rwlock_t *lock)
{
	lock->readers--;
	rwlock_drop(lock, SITE);
}

void write_lock(rwlock_t *lock)
{
	shim_yield(SHIM_YIELD_LOCK);
	preempt_disable();
	check_recursion(lock->writer, &lock->dep_map, SITE);
	lockdep_acquire(&lock->dep_map, 0, false, false, SITE);
	while (lock->writer || lock->readers)
		rwlock_wait(lock);
	lock->writer = current;
	current->spin_count++;
}

void write_unlock(rwlock_t *lock)
{
	check_owner(lock->writer, &lock->dep_map, SITE);
	lock->writer = NULL;
	rwlock_drop(lock, SITE);
}

/* ---- mutexes ---- */

void shim_mutex_init(struct mutex *lock, const char *name,
		     struct lock_class_key *key)
{
	lock->owner = NULL;
	lock->waiters = 0;
	map_init(&lock->dep_map, name, key);
}

/* The state matters to sim_signal() only. */
static int sleep_on(const struct lockdep_map *map, unsigned int state)
{
	if (signal_pending_state(state, current))
		return -EINTR;
	__set_current_state(state);
	block_on(map, map->name);
	__set_current_state(TASK_RUNNING);
	return 0;
}

int shim_mutex_lock(struct mutex *lock, unsigned int state,
		    unsigned int subclass)
{
	int err = 0;

	shim_might_sleep("mutex_lock");
	shim_yield(SHIM_YIELD_LOCK);
	check_recursion(lock->owner, &lock->dep_map, SITE);
	lockdep_acquire(&lock->dep_map, subclass, false, false, SITE);
	while (lock->owner && !err) {
		lock->waiters++;
		err = sleep_on(&lock->dep_map, state);
		lock->waiters--;
	}
	if (err) {
		lockdep_release(&lock->dep_map, SITE);
		return err;
	}
	lock->owner = current;
	return 0;
}

int mutex_trylock(struct mutex *lock)
{
	shim_yield(SHIM_YIELD_LOCK);
	if (in_interrupt())
		fail_at(SIM_FAIL_LOCK_USE, SITE, "mutex_trylock() in an interrupt");
	if (lock->owner)
		return 0;
	lockdep_acquire(&lock->dep_map, 0, false, true, SITE);
	lock->owner = current;
	return 1;
}

void mutex_unlock(struct mutex *lock)
{
	check_owner(lock->owner, &lock->dep_map, SITE);
	lockdep_release(&lock->dep_map, SITE);
	lock->owner = NULL;
	if (lock->waiters)
		wake_blocked(&lock->dep_map);
	shim_yield(SHIM_YIELD_UNLOCK);
}

void mutex_destroy(struct mutex *lock)
{
	if (lock->owner)
		fail_at(SIM_FAIL_LOCK_USE, SITE, "%s is destroyed while held",
			lock->dep_map.name ?: "a mutex");
}

/* ---- sleeping reader-writer locks ---- */

void shim_rwsem_init(struct rw_semaphore *sem, const char *name,
		     struct lock_class_key *key)
{
	sem->writer = NULL;
	sem->readers = 0;
	sem->waiting_writers = 0;
	map_init(&sem->dep_map, name, key);
}

/* Readers queue behind writers that wait, so that these are not starved. */
static int rwsem_read(struct rw_semaphore *sem, unsigned int state,
		      const void *site)
{
	int err = 0;

	shim_might_sleep("down_read");
	shim_yield(SHIM_YIELD_LOCK);
	check_recursion(sem->writer, &sem->dep_map, site);
	lockdep_acquire(&sem->dep_map, 0, true, false, site);
	while ((sem->writer || sem->waiting_writers) && !err)
		err = sleep_on(&sem->dep_map, state);
	if (err)
		lockdep_release(&sem->dep_map, site);
	else
		sem->readers++;
	return err;
}

static int rwsem_write(struct rw_semaphore *sem, unsigned int state,
		       const void *site)
{
	int err = 0;

	shim_might_sleep("down_write");
	shim_yield(SHIM_YIELD_LOCK);
	check_recursion(sem->writer, &sem->dep_map, site);
	lockdep_acquire(&sem->dep_map, 0, false, false, site);
	sem->waiting_writers++;
	while ((sem->writer || sem->readers) && !err)
		err = sleep_on(&sem->dep_map, state);
	sem->waiting_writers--;
	if (!err) {
		sem->writer = current;
		return 0;
	}
	lockdep_release(&sem->dep_map, site);
	wake_blocked(&sem->dep_map);
	return err;
}

void down_read(struct rw_semaphore *sem)
{
	rwsem_read(sem, TASK_UNINTERRUPTIBLE, SITE);
}

int down_read_killable(struct rw_semaphore *sem)
{
	return rwsem_read(sem, TASK_KILLABLE, SITE);
}

int down_read_trylock(struct rw_semaphore *sem)
{
	shim_yield(SHIM_YIELD_LOCK);
	if (sem->writer || sem->waiting_writers)
		return 0;
	lockdep_acquire(&sem->dep_map, 0, true, true, SITE);
	sem->readers++;
	return 1;
}

static void rwsem_drop(struct rw_semaphore *sem, const void *site)
{
	lockdep_release(&sem->dep_map, site);
	wake_blocked(&sem->dep_map);
	shim_yield(SHIM_YIELD_UNLOCK);
}

void up_read(struct rw_semaphore *sem)
{
	sem->readers--;
	rwsem_drop(sem, SITE);
}

void down_write(struct rw_semaphore *sem)
{
	rwsem_write(sem, TASK_UNINTERRUPTIBLE, SITE);
}

int down_write_killable(struct rw_semaphore *sem)
{
	return rwsem_write(sem, TASK_KILLABLE, SITE);
}

int down_write_trylock(struct rw_semaphore *sem)
{
	shim_yield(SHIM_YIELD_LOCK);
	if (sem->writer || sem->readers)
		return 0;
	lockdep_acquire(&sem->dep_map, 0, false, true, SITE);
	sem->writer = current;
	return 1;
}

void up_write(struct rw_semaphore *sem)
{
	check_owner(sem->writer, &sem->dep_map, SITE);
	sem->writer = NULL;
	rwsem_drop(sem, SITE);
}

void downgrade_write(struct rw_semaphore *sem)
{
	check_owner(sem->writer, &sem->dep_map, SITE);
	lockdep_release(&sem->dep_map, SITE);
	lockdep_acquire(&sem->dep_map, 0, true, true, SITE);
	sem->writer = NULL;
	sem->readers++;
	wake_blocked(&sem->dep_map);
}
