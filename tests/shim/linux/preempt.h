/* SPDX-License-Identifier: GPL-2.0 */
/* Preemption, migration, kinds of context. */
#ifndef SHIM_LINUX_PREEMPT_H
#define SHIM_LINUX_PREEMPT_H

#include <linux/cleanup.h>
#include <linux/sched.h>

static inline void preempt_disable(void)
{
	current->preempt_count++;
	barrier();
}

static inline void preempt_enable_no_resched(void)
{
	barrier();
	current->preempt_count--;
}

static inline void preempt_enable(void)
{
	preempt_enable_no_resched();
	shim_yield(SHIM_YIELD_RESCHED);
}

#define preempt_disable_notrace()	preempt_disable()
#define preempt_enable_notrace()	preempt_enable()

static inline void migrate_disable(void)
{
	current->migrate_count++;
	barrier();
}

static inline void migrate_enable(void)
{
	barrier();
	current->migrate_count--;
	shim_yield(SHIM_YIELD_RESCHED);
}

static inline int preempt_count(void)
{
	return current->preempt_count + current->bh_count +
	       (current->context != SHIM_CTX_TASK);
}

static inline bool in_hardirq(void)
{
	return current->context == SHIM_CTX_HARDIRQ;
}

static inline bool in_serving_softirq(void)
{
	return current->context == SHIM_CTX_SOFTIRQ;
}

static inline bool in_softirq(void)
{
	return in_serving_softirq() || current->bh_count;
}

static inline bool in_interrupt(void)
{
	return in_hardirq() || in_softirq();
}

static inline bool in_task(void)
{
	return current->context == SHIM_CTX_TASK;
}

#define in_irq()		in_hardirq()
#define in_nmi()		false
#define in_atomic()		(preempt_count() != 0)
#define preemptible()		(preempt_count() == 0 && !current->irq_count)

DEFINE_LOCK_GUARD_0(preempt, preempt_disable(), preempt_enable())
DEFINE_LOCK_GUARD_0(migrate, migrate_disable(), migrate_enable())

#endif /* SHIM_LINUX_PREEMPT_H */
