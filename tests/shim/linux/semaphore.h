/* SPDX-License-Identifier: GPL-2.0 */
/* Counting semaphores. */
#ifndef SHIM_LINUX_SEMAPHORE_H
#define SHIM_LINUX_SEMAPHORE_H

#include <linux/wait.h>

struct semaphore {
	unsigned int count;
	wait_queue_head_t wait;
};

static inline void sema_init(struct semaphore *sem, int val)
{
	sem->count = val;
	init_waitqueue_head(&sem->wait);
}

static inline bool shim_sema_take(struct semaphore *sem)
{
	if (!sem->count)
		return false;
	sem->count--;
	return true;
}

static inline void down(struct semaphore *sem)
{
	wait_event(sem->wait, shim_sema_take(sem));
}

static inline int down_trylock(struct semaphore *sem)
{
	return !shim_sema_take(sem);
}

static inline void up(struct semaphore *sem)
{
	sem->count++;
	wake_up(&sem->wait);
}

#endif /* SHIM_LINUX_SEMAPHORE_H */
