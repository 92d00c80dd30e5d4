/* SPDX-License-Identifier: GPL-2.0 */
/* Locks of per-CPU data: preemption off while one is held. */
#ifndef SHIM_LINUX_LOCAL_LOCK_H
#define SHIM_LINUX_LOCAL_LOCK_H

#include <linux/irqflags.h>
#include <linux/percpu.h>

typedef struct {
	int unused;
} local_lock_t;

#define INIT_LOCAL_LOCK(name)		{ 0 }
#define local_lock_init(lock)		((void)(lock))
#define local_lock(lock)		({ (void)(lock); preempt_disable(); })
#define local_unlock(lock)		({ (void)(lock); preempt_enable(); })
#define local_lock_irqsave(lock, flags)	\
	({ (void)(lock); local_irq_save(flags); })
#define local_unlock_irqrestore(lock, flags)	\
	({ (void)(lock); local_irq_restore(flags); })

#endif /* SHIM_LINUX_LOCAL_LOCK_H */
