/* SPDX-License-Identifier: GPL-2.0 */
/* Lock classes and assertions on held locks. */
#ifndef SHIM_LINUX_LOCKDEP_H
#define SHIM_LINUX_LOCKDEP_H

#include <linux/lockdep_types.h>
#include <linux/bug.h>
#include <linux/sched.h>

int shim_lock_is_held(const struct lockdep_map *map);
void shim_lock_set_class(struct lockdep_map *map, struct lock_class_key *key,
			 const char *name, unsigned int subclass);

#ifdef SHIM_THREADS
#define lockdep_is_held(lock)	(READ_ONCE((lock)->owner) == current)
#else
#define lockdep_is_held(lock)		shim_lock_is_held(&(lock)->dep_map)
#endif
#define lockdep_assert(cond)		\
do {					\
	if (unlikely(!(cond)))		\
		shim_warn(__FILE__, __LINE__, "lockdep: %s", #cond);	\
} while (0)
#define lockdep_assert_held(lock)	lockdep_assert(lockdep_is_held(lock))
#define lockdep_assert_not_held(lock)	lockdep_assert(!lockdep_is_held(lock))
#define lockdep_assert_held_write(lock)	\
	lockdep_assert(shim_lock_is_held(&(lock)->dep_map) == 1)
#define lockdep_assert_held_read(lock)	\
	lockdep_assert(shim_lock_is_held(&(lock)->dep_map) == 2)
#define lockdep_assert_held_once(lock)	lockdep_assert_held(lock)
#define lockdep_assert_none_held_once()	do { } while (0)
#define lockdep_assert_irqs_disabled()	lockdep_assert(irqs_disabled())
#define lockdep_assert_irqs_enabled()	lockdep_assert(!irqs_disabled())
#define lockdep_assert_preemption_disabled()	lockdep_assert(!preemptible())
#define lockdep_assert_in_softirq()	lockdep_assert(in_softirq())

#define lockdep_set_class(lock, key)	\
	shim_lock_set_class(&(lock)->dep_map, key, #key, 0)
#define lockdep_set_class_and_name(lock, key, name)	\
	shim_lock_set_class(&(lock)->dep_map, key, name, 0)
#define lockdep_set_subclass(lock, sub)	\
	shim_lock_set_class(&(lock)->dep_map, (lock)->dep_map.key,	\
			    (lock)->dep_map.name, sub)
#define lockdep_set_novalidate_class(lock)	do { } while (0)

static inline void lockdep_register_key(struct lock_class_key *key)
{
}

static inline void lockdep_unregister_key(struct lock_class_key *key)
{
}

#define might_lock(lock)	do { } while (0)

#endif /* SHIM_LINUX_LOCKDEP_H */
