/* SPDX-License-Identifier: GPL-2.0 */
/* Which CPU this is. */
#ifndef SHIM_LINUX_SMP_H
#define SHIM_LINUX_SMP_H

#include <linux/preempt.h>
#include <linux/threads.h>

unsigned int shim_nr_cpus(void);
int shim_this_cpu(void);

#define nr_cpu_ids		shim_nr_cpus()
/* Asked while the task could move at any time: a bug, and reported. */
#define smp_processor_id()	shim_this_cpu()
#define raw_smp_processor_id()	(current->cpu)

static inline int get_cpu(void)
{
	preempt_disable();
	return current->cpu;
}

#define put_cpu()		preempt_enable()

#endif /* SHIM_LINUX_SMP_H */
