/* SPDX-License-Identifier: GPL-2.0 */
/* Spinlocks and rwlocks as the simulation keeps them. */
#ifndef SHIM_LINUX_SPINLOCK_TYPES_H
#define SHIM_LINUX_SPINLOCK_TYPES_H

#include <linux/lockdep_types.h>
#include <linux/types.h>

struct task_struct;

typedef struct spinlock {
	struct task_struct *owner;
	u32 waiters;
	struct lockdep_map dep_map;
} spinlock_t;

typedef spinlock_t raw_spinlock_t;

typedef struct {
	struct task_struct *writer;
	u32 readers;
	u32 waiters;
	struct lockdep_map dep_map;
} rwlock_t;

#define __SPIN_LOCK_UNLOCKED(name)	\
	((spinlock_t){ .dep_map = SHIM_DEP_MAP_INIT(name) })
#define __RW_LOCK_UNLOCKED(name)	\
	((rwlock_t){ .dep_map = SHIM_DEP_MAP_INIT(name) })
#define DEFINE_SPINLOCK(name)	\
	spinlock_t name = { .dep_map = SHIM_DEP_MAP_INIT(name) }
#define DEFINE_RAW_SPINLOCK(name)	DEFINE_SPINLOCK(name)
#define DEFINE_RWLOCK(name)	\
	rwlock_t name = { .dep_map = SHIM_DEP_MAP_INIT(name) }

#endif /* SHIM_LINUX_SPINLOCK_TYPES_H */
