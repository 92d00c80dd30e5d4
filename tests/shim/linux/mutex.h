/* SPDX-License-Identifier: GPL-2.0 */
/* Sleeping locks. */
#ifndef SHIM_LINUX_MUTEX_H
#define SHIM_LINUX_MUTEX_H

#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/types.h>

struct mutex {
	struct task_struct *owner;
	u32 waiters;
	struct lockdep_map dep_map;
};

#define __MUTEX_INITIALIZER(lockname)	\
	{ .dep_map = SHIM_DEP_MAP_INIT(lockname) }
#define DEFINE_MUTEX(name)	struct mutex name = __MUTEX_INITIALIZER(name)

void shim_mutex_init(struct mutex *lock, const char *name,
		     struct lock_class_key *key);
int shim_mutex_lock(struct mutex *lock, unsigned int state,
		    unsigned int subclass);
int mutex_trylock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
void mutex_destroy(struct mutex *lock);

#define mutex_init(lock)				\
do {							\
	static struct lock_class_key __key;		\
							\
	shim_mutex_init(lock, #lock, &__key);		\
} while (0)

#define mutex_lock(lock)	mutex_lock_nested(lock, 0)
#define mutex_lock_io(lock)	mutex_lock(lock)

static inline void mutex_lock_nested(struct mutex *lock, unsigned int subclass)
{
	shim_mutex_lock(lock, TASK_UNINTERRUPTIBLE, subclass);
}

static inline int __must_check mutex_lock_interruptible(struct mutex *lock)
{
	return shim_mutex_lock(lock, TASK_INTERRUPTIBLE, 0);
}

static inline int __must_check mutex_lock_killable(struct mutex *lock)
{
	return shim_mutex_lock(lock, TASK_KILLABLE, 0);
}

static inline bool mutex_is_locked(struct mutex *lock)
{
	return lock->owner != NULL;
}

DEFINE_GUARD(mutex, struct mutex *, mutex_lock(_T), mutex_unlock(_T))
DEFINE_GUARD_COND(mutex, _try, mutex_trylock(_T))
DEFINE_GUARD_COND(mutex, _intr, mutex_lock_interruptible(_T) == 0)

#endif /* SHIM_LINUX_MUTEX_H */
