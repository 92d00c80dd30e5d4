/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts and bottom halves, on and off. */
#ifndef SHIM_LINUX_IRQFLAGS_H
#define SHIM_LINUX_IRQFLAGS_H

#include <linux/preempt.h>

#define typecheck_irq_flags(flags)	\
	BUILD_BUG_ON(!__same_type(flags, unsigned long))

static inline unsigned long shim_irq_save(void)
{
	unsigned long flags = current->irq_count;

	current->irq_count = 1;
	barrier();
	return flags;
}

static inline void shim_irq_restore(unsigned long flags)
{
	barrier();
	current->irq_count = flags;
	if (!flags)
		shim_yield(SHIM_YIELD_RESCHED);
}

#define local_irq_save(flags)		((flags) = shim_irq_save())
#define local_irq_restore(flags)	shim_irq_restore(flags)
#define local_irq_disable()		((void)shim_irq_save())
#define local_irq_enable()		shim_irq_restore(0)
#define irqs_disabled()			\
	(current->irq_count || in_hardirq())

static inline void local_bh_disable(void)
{
	current->bh_count++;
	barrier();
}

static inline void local_bh_enable(void)
{
	barrier();
	current->bh_count--;
	shim_yield(SHIM_YIELD_RESCHED);
}

#endif /* SHIM_LINUX_IRQFLAGS_H */
