/* SPDX-License-Identifier: GPL-2.0 */
/* Sleeping locks with shared readers. */
#ifndef SHIM_LINUX_RWSEM_H
#define SHIM_LINUX_RWSEM_H

#include <linux/cleanup.h>
#include <linux/lockdep.h>
#include <linux/types.h>

struct rw_semaphore {
	struct task_struct *writer;
	u32 readers;
	u32 waiting_writers;
	struct lockdep_map dep_map;
};

#define __RWSEM_INITIALIZER(lockname)	\
	{ .dep_map = SHIM_DEP_MAP_INIT(lockname) }
#define DECLARE_RWSEM(name)	\
	struct rw_semaphore name = __RWSEM_INITIALIZER(name)

void shim_rwsem_init(struct rw_semaphore *sem, const char *name,
		     struct lock_class_key *key);
void down_read(struct rw_semaphore *sem);
int down_read_trylock(struct rw_semaphore *sem);
int __must_check down_read_killable(struct rw_semaphore *sem);
void up_read(struct rw_semaphore *sem);
void down_write(struct rw_semaphore *sem);
int down_write_trylock(struct rw_semaphore *sem);
int __must_check down_write_killable(struct rw_semaphore *sem);
void up_write(struct rw_semaphore *sem);
void downgrade_write(struct rw_semaphore *sem);

#define init_rwsem(sem)					\
do {							\
	static struct lock_class_key __key;		\
							\
	shim_rwsem_init(sem, #sem, &__key);		\
} while (0)

static inline int rwsem_is_locked(struct rw_semaphore *sem)
{
	return sem->writer || sem->readers;
}

static inline int rwsem_is_contended(struct rw_semaphore *sem)
{
	return sem->waiting_writers != 0;
}

DEFINE_GUARD(rwsem_read, struct rw_semaphore *, down_read(_T), up_read(_T))
DEFINE_GUARD(rwsem_write, struct rw_semaphore *, down_write(_T), up_write(_T))

#endif /* SHIM_LINUX_RWSEM_H */
