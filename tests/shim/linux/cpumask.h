/* SPDX-License-Identifier: GPL-2.0 */
/* The CPUs of the world; all are online. */
#ifndef SHIM_LINUX_CPUMASK_H
#define SHIM_LINUX_CPUMASK_H

#include <linux/smp.h>

#define for_each_possible_cpu(cpu)	\
	for ((cpu) = 0; (cpu) < nr_cpu_ids; (cpu)++)
#define for_each_online_cpu(cpu)	for_each_possible_cpu(cpu)
#define for_each_present_cpu(cpu)	for_each_possible_cpu(cpu)
#define num_online_cpus()		nr_cpu_ids
#define num_possible_cpus()		nr_cpu_ids
#define num_present_cpus()		nr_cpu_ids
#define cpu_online(cpu)			((cpu) < nr_cpu_ids)
#define cpu_possible(cpu)		cpu_online(cpu)
#define cpu_to_node(cpu)		0

#endif /* SHIM_LINUX_CPUMASK_H */
