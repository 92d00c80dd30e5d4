/* SPDX-License-Identifier: GPL-2.0 */
/* Spinlocks with shared readers. */
#ifndef SHIM_LINUX_RWLOCK_H
#define SHIM_LINUX_RWLOCK_H

#include <linux/irqflags.h>
#include <linux/spinlock_types.h>

void shim_rwlock_init(rwlock_t *lock, const char *name,
		      struct lock_class_key *key);
void read_lock(rwlock_t *lock);
void read_unlock(rwlock_t *lock);
void write_lock(rwlock_t *lock);
void write_unlock(rwlock_t *lock);

#define rwlock_init(lock)				\
do {							\
	static struct lock_class_key __key;		\
							\
	shim_rwlock_init(lock, #lock, &__key);		\
} while (0)

#define read_lock_irqsave(lock, flags)			\
do {							\
	local_irq_save(flags);				\
	read_lock(lock);				\
} while (0)

#define write_lock_irqsave(lock, flags)			\
do {							\
	local_irq_save(flags);				\
	write_lock(lock);				\
} while (0)

static inline void read_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	read_unlock(lock);
	local_irq_restore(flags);
}

static inline void write_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	write_unlock(lock);
	local_irq_restore(flags);
}

static inline void read_lock_bh(rwlock_t *lock)
{
	local_bh_disable();
	read_lock(lock);
}

static inline void read_unlock_bh(rwlock_t *lock)
{
	read_unlock(lock);
	local_bh_enable();
}

static inline void write_lock_bh(rwlock_t *lock)
{
	local_bh_disable();
	write_lock(lock);
}

static inline void write_unlock_bh(rwlock_t *lock)
{
	write_unlock(lock);
	local_bh_enable();
}

#endif /* SHIM_LINUX_RWLOCK_H */
